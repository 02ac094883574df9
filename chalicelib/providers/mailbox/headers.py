"""What a letter's headers say, however they are written.

They are taken as they came: the library's stricter policy gives up on headers that real letters hold, such
as raw Windows-1251, or an address that is none.
"""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from email.errors import HeaderParseError
from email.header import decode_header
from email.message import Message
from email.parser import BytesParser
from email.utils import getaddresses, parsedate_to_datetime

from chalicelib.gate.tickets import fingerprint
from chalicelib.plain_text import printable

UTF_8 = "utf-8"
CUT_OFF = "unexpected end of data"
"""What the library says of bytes that end within a character."""

REPLACED, FEW = "\ufffd", 20
"""A text is in UTF-8, but damaged, if fewer than one in so many characters cannot be read."""

LONGEST_ADDRESS = 254
LONGEST_HEADER = 4000
MOST_COMMENTS = 50
"""In a header of addresses: the library goes down into each that stands in another one."""

IDENTIFYING = ("message-id", "date", "from", "subject")

_ADDRESS = re.compile(r"[!-?A-~]{1,64}@[a-z0-9.-]+\.[a-z0-9-]{2,}")
_BOUNDARY = b"--"


def values(letter: Message, name: str) -> list[str]:
    """All headers of that name as they came, on one line each. What is not ASCII stands in surrogates."""
    return [
        " ".join(str(value).split())[:LONGEST_HEADER]
        for own, value in letter.raw_items()
        if own.lower() == name
    ]


def value(letter: Message, name: str) -> str:
    """The first header of that name as it came; empty if there is none."""
    return next(iter(values(letter, name)), "")


def readable(text: str) -> str:
    """A header's text as a person reads it: encoded words decoded, without control characters."""
    try:
        parts = decode_header(text)
    except (HeaderParseError, ValueError):
        parts = [(text, None)]
    decoded = "".join(
        part if isinstance(part, str) else text_in(part, charset or "") for part, charset in parts
    )
    return " ".join(printable(_without_surrogates(decoded)).split())


def text_in(content: bytes, charset: str) -> str:
    """The text in that charset; if it is not in it, in one that it may be meant to be in."""
    for guess in (charset, UTF_8):
        try:
            return content.decode(guess)
        except UnicodeDecodeError as error:
            if error.reason == CUT_OFF:
                return content[: error.start].decode(guess)
        except (LookupError, ValueError):
            continue
    readable = content.decode(UTF_8, "replace")
    is_damaged = readable.count(REPLACED) * FEW < len(readable)
    return readable if is_damaged else content.decode("cp1251", "replace")


def addresses(letter: Message, name: str) -> Iterator[tuple[str, str]]:
    """Name and address of each person in that header. An address is in lower case, and is one."""
    told = [one for one in values(letter, name) if one.count("(") <= MOST_COMMENTS]
    for person, address in getaddresses(told):
        plain = readable(address).lower()
        if is_address(plain):
            yield readable(person), plain


def is_address(text: str) -> bool:
    """Whether it is an e-mail address in lower case, as a CRM takes it."""
    return len(text) <= LONGEST_ADDRESS and _ADDRESS.fullmatch(text) is not None


def moment(letter: Message, name: str) -> datetime | None:
    """When that header says it was, in UTC; None if it says nothing that can be read."""
    try:
        told = parsedate_to_datetime(value(letter, name))
        return (told if told.tzinfo else told.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def identity(headers: bytes, start: bytes, arrived_at: datetime | None) -> str:
    """What makes it the same letter wherever it lies, and however often it was delivered.

    The Message-ID alone does not: programs forget it, or give the same one to all that they send. Some
    servers make the boundaries between a letter's parts anew each time (unverified), so they do not count.

    Args:
        headers: at least the identifying ones.
        start: the beginning of the text.
        arrived_at: stands for a date that the letter does not tell.
    """
    letter = BytesParser().parsebytes(headers, headersonly=True)
    told = {name: value(letter, name) for name in IDENTIFYING}
    if not told["date"] and arrived_at is not None:
        told["date"] = arrived_at.isoformat()
    lines = (line.strip() for line in start.splitlines())
    words = b"\n".join(line for line in lines if line and not line.startswith(_BOUNDARY))
    return fingerprint(*told.values(), words)


def _without_surrogates(text: str) -> str:
    """What came as bytes without a charset, in the one that it may be meant to be in."""
    if text.isascii():
        return text
    return text_in(text.encode("utf-8", "surrogateescape"), "")
