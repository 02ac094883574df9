"""A message, as MAX tells of it. Its fields are those of ``max-messenger/api-schema`` 0.0.33."""

import re
from collections.abc import Iterator
from typing import Self

from pydantic import model_validator

from chalicelib.events import Attachment
from chalicelib.phones import normalise
from chalicelib.providers.messengers import (
    Address,
    FileName,
    Latitude,
    Longitude,
    Millisecond,
    Size,
    place,
)
from chalicelib.providers.reading import Identifier, Payload

WORDS = {"image": "photo", "video": "video", "audio": "audio", "sticker": "sticker", "share": "link"}
"""Our word for each kind of file without a name; any other kind is a ``file``."""

CARD, KEYBOARD = "contact", "inline_keyboard"
FORWARDED = "forward"

_CARD_NAME = re.compile(r"^FN[^:\r\n]*:([^\r\n]+)", re.MULTILINE | re.IGNORECASE)
_CARD_PHONE = re.compile(r"^TEL[^:\r\n]*:([^\r\n]+)", re.MULTILINE | re.IGNORECASE)


class User(Payload):
    """Somebody in MAX."""

    user_id: Identifier
    is_bot: bool = False
    first_name: str = ""
    last_name: str = ""

    @property
    def name(self) -> str:
        """How they call themselves."""
        return f"{self.first_name} {self.last_name}".strip()


class Details(Payload):
    """The ``payload`` of an attachment."""

    url: Address = ""
    vcf_info: str = ""
    max_info: User | None = None


class Attached(Payload):
    """Something that came with a message: a file, a card, a place."""

    type: str
    filename: FileName = ""
    size: Size = None
    payload: Details = Details()
    latitude: Latitude | None = None
    longitude: Longitude | None = None

    @property
    def attachment(self) -> Attachment | None:
        """As a file; None of what is none."""
        if self.type in {CARD, KEYBOARD}:
            return None
        if self.latitude is not None and self.longitude is not None:
            return place(self.latitude, self.longitude)
        name = self.filename or WORDS.get(self.type, "file")
        return Attachment(name=name, url=self.payload.url, size=self.size)

    @property
    def card(self) -> str:
        """What a card out of somebody's address book says; empty of anything else."""
        if self.type != CARD:
            return ""
        found = (_CARD_NAME.search(self.payload.vcf_info), _CARD_PHONE.search(self.payload.vcf_info))
        return " ".join(match[1].strip() for match in found if match)

    @property
    def phone(self) -> str | None:
        """The number on a card in E.164."""
        found = _CARD_PHONE.search(self.payload.vcf_info)
        return normalise(found[1], typed=False) if found else None


class Body(Payload):
    """What was written."""

    mid: str = ""
    text: str = ""
    attachments: tuple[Attached, ...] = ()

    @property
    def lines(self) -> Iterator[str]:
        """The text, and what cards say."""
        yield self.text
        yield from (attached.card for attached in self.attachments)


class Link(Payload):
    """Another message that this one forwards, or replies to."""

    type: str
    message: Body = Body()


class Recipient(Payload):
    """Where it was written."""

    chat_id: Identifier
    chat_type: str


class Message(Payload):
    """A message; one that only forwards another may have no body."""

    sender: User | None = None
    recipient: Recipient
    timestamp: Millisecond
    body: Body = Body()
    link: Link | None = None

    @model_validator(mode="after")
    def _can_be_told_from_others(self) -> Self:
        if not self.body.mid and not (self.link and self.link.message.mid):
            raise ValueError("a message without any id")
        return self

    @property
    def id(self) -> str:
        """MAX's id; without a body chat, moment and the id of what is forwarded have to do."""
        forwarded = self.link.message.mid if self.link else ""
        return self.body.mid or f"{self.recipient.chat_id}:{self.timestamp}:{forwarded}"

    @property
    def written(self) -> str:
        """All that it says."""
        return "\n".join(line for part in self._parts for line in part.lines if line)

    @property
    def attachments(self) -> tuple[Attachment, ...]:
        """The files."""
        attached = (attached for part in self._parts for attached in part.attachments)
        return tuple(file for one in attached if (file := one.attachment) is not None)

    @property
    def clients_phone(self) -> str | None:
        """In E.164, if the client shared their own card; anybody can send somebody else's."""
        cards = (attached for attached in self.body.attachments if attached.type == CARD)
        return next((card.phone for card in cards if self._is_senders(card.payload.max_info)), None)

    def _is_senders(self, user: User | None) -> bool:
        return self.sender is not None and user is not None and user.user_id == self.sender.user_id

    @property
    def _parts(self) -> tuple[Body, ...]:
        if self.link is None or self.link.type != FORWARDED:
            return (self.body,)
        return (self.body, self.link.message)
