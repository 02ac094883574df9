"""What a message of Standard Webhooks says: a lead or words of a client, as ``schemas/`` define them."""

import json
import logging
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field

from chalicelib.errors import Unreadable
from chalicelib.events import AnyEvent, Attachment, LeadSubmitted, MessageReceived
from chalicelib.gate.checked_content import Invalid
from chalicelib.gate.webhook import Webhook
from chalicelib.phones import normalise
from chalicelib.providers.forms import LONGEST_ANSWER
from chalicelib.providers.messengers import LONGEST_FILE_NAME
from chalicelib.providers.origin import GOOGLE_COOKIE, PARAMETERS, YANDEX_COOKIE, Origin, origin
from chalicelib.providers.reading import (
    BLANKS,
    Reading,
    Secret,
    SourceSettings,
    plausible_moment,
    web_address,
)
from chalicelib.providers.standard.content import CONTENT, LEAD_SUBMITTED, MESSAGE_RECEIVED
from chalicelib.providers.standard.gate import key_of

SHORTEST_KEY = 24
"""Bytes, as the standard demands it."""

UNKNOWN_TYPE = "unknown-type"
KOPECK = Decimal("0.01")

TEXTS = (
    *("form_name", "name", "email", "number", "delivery_name", "delivery_address", "payment", "promocode"),
    "is_paid",
)
"""Fields that our event has under the same name."""

SUMS = ("total", "discount", "delivery_cost")
COOKIE_OF = {"yandex": YANDEX_COOKIE, "google": GOOGLE_COOKIE}

log = logging.getLogger(__name__)


def _usable(secret: str) -> str:
    if len(key_of(secret)) < SHORTEST_KEY:
        raise ValueError(f"it must be whsec_ and base64 of {SHORTEST_KEY} to 64 random bytes")
    return secret


SigningSecret = Annotated[Secret, AfterValidator(_usable)]


class Settings(SourceSettings):
    """What a source of this kind can set.

    Attributes:
        secret: what the sender signs with; a list while it is being replaced.
    """

    secret: Annotated[SigningSecret | tuple[SigningSecret, ...], Field(min_length=1, repr=False)]


def read(webhook: Webhook, settings: Settings, zone: ZoneInfo) -> Reading:
    """Read a message: one event, or a note that we do not know its type.

    Raises:
        Unreadable: ``wrong-encoding``, ``broken-json`` or ``unexpected-content``. Its sender was told so.
    """
    del settings
    try:
        content = CONTENT.of(webhook.body)
    except Invalid as invalid:
        raise Unreadable(invalid.reason, invalid.detail) from None
    reader = READERS.get(content["type"])
    if reader is None:
        log.warning("a message of an unknown type")
        return Reading(note=UNKNOWN_TYPE)
    return Reading((reader(webhook.path[0], content, zone),))


def _lead(message_id: str, content: Mapping[str, Any], zone: ZoneInfo) -> LeadSubmitted:
    data = _filled(content["data"])
    return LeadSubmitted.model_validate(
        {
            **{name: data[name] for name in TEXTS if name in data},
            **{name: _sum(data[name]) for name in SUMS if name in data},
            "lead_id": message_id,
            "form": data.get("form", ""),
            "phone": normalise(data.get("phone", ""), typed=True),
            "phone_typed": data.get("phone", ""),
            "items": [_item(item) for item in data.get("items", ())],
            "answers": [(name, _answer(value)) for name, value in _filled(data.get("answers", {})).items()],
            **_origin(data)._asdict(),
            "submitted_at": plausible_moment(content["timestamp"], zone),
        }
    )


def _message(message_id: str, content: Mapping[str, Any], zone: ZoneInfo) -> MessageReceived:
    data = _filled(content["data"])
    return MessageReceived(
        message_id=message_id,
        medium=data["medium"],
        chat=data["chat"],
        name=data.get("name", ""),
        phone=normalise(data.get("phone", ""), typed=True),
        text=data.get("text", ""),
        attachments=tuple(_attachment(_filled(file)) for file in data.get("attachments", ())),
        chat_url=web_address(data.get("chat_url", "")),
        **_origin(data)._asdict(),
        at=plausible_moment(content["timestamp"], zone),
    )


def _attachment(file: Mapping[str, Any]) -> Attachment:
    size = int(file["size"]) if "size" in file else None
    return Attachment(name=file["name"][:LONGEST_FILE_NAME], url=web_address(file.get("url", "")), size=size)


def _origin(data: Mapping[str, Any]) -> Origin:
    said = _filled(data.get("attribution", {}))
    ids = _filled(data.get("visitor_ids", {}))
    return origin(
        (
            {parameter: said.get(ours, "") for parameter, ours in PARAMETERS.items()},
            {COOKIE_OF.get(system, system): value for system, value in ids.items()},
        ),
        landing_page=data.get("landing_page", ""),
        referrer=data.get("referrer", ""),
        cookies=data.get("cookies", ""),
    )


def _item(item: Mapping[str, Any]) -> dict[str, Any]:
    filled = _filled(item)
    return {**filled, **{name: _sum(filled[name]) for name in ("quantity", "price") if name in filled}}


def _sum(value: str | float) -> Decimal:
    """To the kopeck. The text of a number is what its sender wrote, the number itself only nearly."""
    return Decimal(str(value)).quantize(KOPECK)


def _answer(value: str | float) -> str:
    text = value if isinstance(value, str) else json.dumps(value)
    return text if len(text) <= LONGEST_ANSWER else text[:LONGEST_ANSWER] + "…"


def _filled(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Those that say something."""
    return {
        name: value
        for name, value in fields.items()
        if value not in BLANKS and not (isinstance(value, str) and not value.strip())
    }


READERS: Mapping[str, Callable[[str, Mapping[str, Any], ZoneInfo], AnyEvent]] = {
    LEAD_SUBMITTED: _lead,
    MESSAGE_RECEIVED: _message,
}
