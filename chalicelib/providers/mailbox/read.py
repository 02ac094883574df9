"""What a letter says: who wrote, when, what, and which files came with it."""

import re
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from email.message import Message
from email.parser import BytesParser
from itertools import islice
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field, SecretStr

from chalicelib.errors import Unreadable
from chalicelib.events import Attachment, MessageReceived
from chalicelib.gate.webhook import Webhook
from chalicelib.phones import normalise
from chalicelib.providers.mailbox import body, skipped
from chalicelib.providers.mailbox.headers import addresses, is_address, moment, readable, value
from chalicelib.providers.mailbox.phone import only_phone
from chalicelib.providers.mailbox.record import Letter, from_content
from chalicelib.providers.polling import PolledSettings
from chalicelib.providers.reading import Reading

LONGEST_HEADER = 300
LONGEST_WAY = timedelta(days=2)
"""So long a letter may have been on its way. One that says that it is older has a wrong date."""

CLOCKS_DIFFER = timedelta(minutes=5)
MOST_FILES = 50
_ADDRESSES = re.compile(r"[\w.+-]{1,64}@[\w-]+(?:\.[\w-]+)+", re.ASCII)


def _one_line(text: str) -> str:
    if not text.isascii() or not text.isprintable():
        raise ValueError("it has other characters than an IMAP login can have")
    return text


def _secret_line(secret: SecretStr) -> SecretStr:
    _one_line(secret.get_secret_value())
    return secret


def _phone(text: str) -> str:
    phone = normalise(text, typed=True)
    if phone is None:
        raise ValueError("this is no phone; write it like +7 916 123-45-67")
    return phone


Phone = Annotated[str, AfterValidator(_phone)]


class Settings(PolledSettings):
    """What a mailbox source can set. Addresses are whole, or ``@domain``, or ``name@`` of any domain.

    Attributes:
        host: the IMAP server.
        port: for IMAP over TLS. Only a server on this machine is asked in the clear.
        user: the mailbox's login, usually its address.
        password: a password for this application alone.
        folder: which folder is looked into.
        own_addresses: the shop's own, besides ``user``: what they write is no client's.
        own_phones: the shop's own: they are not a client's when they stand in a letter.
        forms: addresses from which forms of the shop's sites write: the client stands in the text.
        ignored: whose letters nobody needs.
    """

    host: str = Field(min_length=1)
    port: int = Field(default=993, gt=0, lt=65536)
    user: Annotated[str, AfterValidator(_one_line)] = Field(min_length=1)
    password: Annotated[SecretStr, AfterValidator(_secret_line)] = Field(min_length=1)
    folder: str = Field(default="INBOX", min_length=1)
    own_addresses: frozenset[str] = frozenset()
    own_phones: frozenset[Phone] = frozenset()
    forms: frozenset[str] = frozenset()
    ignored: frozenset[str] = frozenset({"noreply@", "no-reply@", "donotreply@", "do-not-reply@"})

    @property
    def ours(self) -> frozenset[str]:
        """Addresses that are no client's."""
        return self.own_addresses | {self.user}


def read(webhook: Webhook, settings: Settings, zone: ZoneInfo) -> Reading:
    """Read a letter, or say why it is nobody's.

    Raises:
        Unreadable: ``unexpected-content``: it has no sender, or is nested too deep.
    """
    del zone  # A letter's date has an offset.
    told = from_content(webhook.body)
    try:
        letter = BytesParser().parsebytes(told.content)
        return _read(told, letter, settings, told.arrived_at or webhook.received_at)
    except RecursionError:
        raise Unreadable("unexpected-content", "nested too deep") from None


def _read(told: Letter, letter: Message, settings: Settings, arrived_at: datetime) -> Reading:
    writers = [*addresses(letter, "from")]
    is_form = any(skipped.is_among(address, settings.forms) for _, address in writers)
    note = "" if is_form else skipped.why(letter)
    if note:
        return Reading(note=note)
    text = body.text(letter)
    # Who is to be answered: a form writes from the site's address, and names the client there.
    clients = _clients([*addresses(letter, "reply-to"), *writers], settings)
    if is_form and not clients:
        clients = _named_in(text, settings)
    if not clients and not is_form:
        if writers:
            return Reading(note="own-letter")
        raise Unreadable("unexpected-content", "the letter names no sender")
    address = clients[0][1] if clients else ""
    if skipped.is_among(address, settings.ignored):
        return Reading(note="ignored-sender")
    phone = only_phone(text, settings.own_phones)
    message = MessageReceived(
        message_id=told.id,
        medium="mail",
        chat=address or phone or told.id,
        name=next((name for name, _ in clients if name), "")[:LONGEST_HEADER],
        phone=phone,
        email=address,
        subject=readable(value(letter, "subject"))[:LONGEST_HEADER],
        text=text,
        attachments=tuple(_attachments(told, letter)),
        at=_written_at(letter, arrived_at),
    )
    return Reading((message,))


def _clients(people: Sequence[tuple[str, str]], settings: Settings) -> list[tuple[str, str]]:
    """Those who are not the shop."""
    return [one for one in people if not skipped.is_among(one[1], settings.ours | settings.forms)]


def _named_in(text: str, settings: Settings) -> list[tuple[str, str]]:
    """The client whom a form's letter names: the only address in it that is not the shop's."""
    named = {one.lower() for one in _ADDRESSES.findall(text)}
    found = _clients([("", address) for address in sorted(named) if is_address(address)], settings)
    return found if len(found) == 1 else []


def _attachments(told: Letter, letter: Message) -> Iterator[Attachment]:
    if told.attachments:
        yield from map(body.told_file, told.attachments)
    else:
        yield from islice(body.files(letter, is_whole=told.is_whole), MOST_FILES)


def _written_at(letter: Message, arrived_at: datetime) -> datetime:
    """What the letter says, if that can be true: many a computer's clock or zone is wrong."""
    written = moment(letter, "date")
    if written is not None and -LONGEST_WAY <= written - arrived_at <= CLOCKS_DIFFER:
        return written
    return arrived_at
