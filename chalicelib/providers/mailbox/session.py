"""A session with an IMAP server, which only looks: no letter is marked as read, moved or removed."""

import imaplib
import re
import ssl
from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime
from email.utils import format_datetime, parsedate_to_datetime
from typing import Any

from chalicelib.errors import Refused, Unreachable
from chalicelib.providers.mailbox.answers import Nonsense, Value, messages, number_of, text_of
from chalicelib.providers.mailbox.headers import identity
from chalicelib.providers.mailbox.read import Settings
from chalicelib.providers.mailbox.record import Letter
from chalicelib.providers.mailbox.structure import attachments
from chalicelib.shopfile import LOOPBACK_HOSTS

TIMEOUT_SECONDS = 20
"""For each answer of the server."""

LONGEST_START = 2048
"""Bytes of a letter's text by which it is told from another one with the same headers."""

LONGEST_LETTER = 100_000
"""Bytes of a letter that are fetched and kept. What is longer has files, and they stay where they are."""

HEADERS, START, LETTER = b"BODY[HEADER.FIELDS", b"BODY[TEXT]", b"BODY[]"
"""How the names begin of what was asked for. A server may write the rest in its own way."""

GLANCE = (
    "(UID INTERNALDATE RFC822.SIZE BODY.PEEK[HEADER.FIELDS (MESSAGE-ID DATE FROM SUBJECT)]"
    f" BODY.PEEK[TEXT]<0.{LONGEST_START}>)"
)

_CODE = re.compile(rb"\[([A-Z-]+)")


@dataclass(frozen=True, slots=True)
class Glance:
    """What tells a letter from any other.

    Attributes:
        uid: its number in the folder.
        arrived_at: when the server got it; None if that cannot be read.
        size: of the whole letter in bytes.
        id: what makes it the same letter wherever it lies.
    """

    uid: int
    arrived_at: datetime | None
    size: int
    id: str


class Session:
    """One folder, open for reading."""

    def __init__(self, connection: imaplib.IMAP4, settings: Settings) -> None:
        """Look into the folder of these settings; the connection is logged in."""
        self._connection = connection
        self._host = settings.host
        self._answer(connection.select(_mailbox(settings.folder), readonly=True))
        validity = connection.response("UIDVALIDITY")[1]
        self.validity = text_of(validity[0]) if validity else b""
        """What the server says of its numbers: with another one the same number is another letter."""

    def since(self, day: date) -> list[int]:
        """The numbers of the letters that came on this day or later, in the order in which they came."""
        data = self._answer(self._connection.uid("SEARCH", "SINCE", _day(day)))
        return sorted(int(number) for line in data for number in text_of(line).split() if number.isdigit())

    def glances(self, uids: Sequence[int]) -> list[Glance]:
        """What tells these letters apart. One that is gone meanwhile is not among them."""
        numbers = ",".join(map(str, uids))
        return [_glance(told) for told in self._fetch(numbers, GLANCE) if _part(told, HEADERS) is not None]

    def letter(self, glance: Glance) -> Letter | None:
        """The beginning of a letter; None if it is gone meanwhile."""
        is_long = glance.size > LONGEST_LETTER
        what = "(UID BODYSTRUCTURE" if is_long else "(UID"
        for told in self._fetch(str(glance.uid), f"{what} BODY.PEEK[]<0.{LONGEST_LETTER}>)"):
            content = _part(told, LETTER)
            if content is not None:
                files = attachments(told.get(b"BODYSTRUCTURE")) if is_long else ()
                return Letter(glance.id, glance.arrived_at, glance.size, files, content[:LONGEST_LETTER])
        return None

    def _fetch(self, numbers: str, what: str) -> list[dict[bytes, Value]]:
        return list(messages(self._answer(self._connection.uid("FETCH", numbers, what))))

    def _answer(self, answer: tuple[str, Sequence[Any]]) -> Sequence[Any]:
        """What the server tells.

        Raises:
            Refused: it says no.
        """
        word, data = answer
        if word != "OK":
            raise Refused("source-refused", f"{self._host} answers {word}{_code(data)}")
        return data


@contextmanager
def opened(settings: Settings) -> Iterator[Session]:
    """A session, encrypted unless the server is this machine; it ends with the block.

    Raises:
        Unreachable: the server does not answer, or not as it should.
        Refused: it lets nobody in with this password, has no such folder, or is not whom it claims to be.
    """
    with _trouble(settings.host):
        connection = _connected(settings)
        try:
            with _trouble(settings.host, "lets nobody in; most want a password made for this application"):
                connection.login(_quoted(settings.user), settings.password.get_secret_value())
            yield Session(connection, settings)
        finally:
            # Whether the server says goodbye changes nothing.
            with suppress(imaplib.IMAP4.error, OSError):
                connection.logout()
            with suppress(OSError):
                connection.shutdown()


def _glance(told: Mapping[bytes, Value]) -> Glance:
    arrived_at = _moment(text_of(told.get(b"INTERNALDATE")))
    return Glance(
        uid=number_of(told.get(b"UID")),
        arrived_at=arrived_at,
        size=number_of(told.get(b"RFC822.SIZE")),
        id=identity(_part(told, HEADERS) or b"", _part(told, START) or b"", arrived_at),
    )


def _part(told: Mapping[bytes, Value], name: bytes) -> bytes | None:
    """A part of the letter; None if the server tells something else, such as a flag that somebody has set."""
    return next((text_of(value) for own, value in told.items() if own.startswith(name)), None)


def _connected(settings: Settings) -> imaplib.IMAP4:
    if settings.host in LOOPBACK_HOSTS:
        return imaplib.IMAP4(settings.host, settings.port, timeout=TIMEOUT_SECONDS)
    return imaplib.IMAP4_SSL(
        settings.host, settings.port, ssl_context=ssl.create_default_context(), timeout=TIMEOUT_SECONDS
    )


@contextmanager
def _trouble(host: str, refusal: str = "refuses a command") -> Iterator[None]:
    """What the library raises, in our words: a server's own words may repeat ours."""
    try:
        yield
    except ssl.SSLCertVerificationError:
        raise Refused("source-refused", f"the certificate of {host} is not valid") from None
    except (imaplib.IMAP4.abort, OSError, Nonsense) as error:
        raise Unreachable("source-unreachable", f"{host}: {type(error).__name__}") from None
    except imaplib.IMAP4.error as error:
        raise Refused("source-refused", f"{host} {refusal}{_code(error.args)}") from None


def _code(words: Sequence[object]) -> str:
    """The server's code for what is wrong, such as ``AUTHENTICATIONFAILED`` (RFC 5530); empty without one."""
    raw = b" ".join(word if isinstance(word, bytes) else str(word).encode() for word in words)
    found = _CODE.search(raw)
    return f": {found[1].decode()}" if found else ""


def _mailbox(name: str) -> str:
    """A folder's name as IMAP writes it: in quotes, and what is not ASCII in its own kind of UTF-7."""
    encoded = re.sub(r"[^\x20-\x7e]+", _base64, name.replace("&", "&-"))
    return _quoted(encoded)


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _base64(run: re.Match[str]) -> str:
    encoded = b64encode(run[0].encode("utf-16-be")).decode().rstrip("=").replace("/", ",")
    return f"&{encoded}-"


def _day(day: date) -> str:
    """As IMAP writes it, whatever this machine's language: ``20-Nov-2026``."""
    moment = datetime(day.year, day.month, day.day, tzinfo=UTC)
    return "-".join(format_datetime(moment).split()[1:4])


def _moment(text: bytes) -> datetime | None:
    """The moment that ``20-Nov-2026 11:05:00 +0700`` says, in UTC."""
    try:
        return parsedate_to_datetime(text.decode("ascii").replace("-", " ", 2)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
