"""What production tells, as ``schemas/`` define it."""

import logging
from collections.abc import Mapping
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from chalicelib.errors import Unreadable
from chalicelib.events import (
    AnyEvent,
    ProductionAsked,
    ProductionCommented,
    ProductionPromised,
    ProductionReady,
)
from chalicelib.gate.checked_content import Invalid
from chalicelib.gate.webhook import Webhook
from chalicelib.production.source import ProductionSource
from chalicelib.providers.production.content import CONTENT, TYPES
from chalicelib.providers.reading import Reading, plausible_moment

UNKNOWN_TYPE = "unknown-type"
log = logging.getLogger(__name__)


class Settings(ProductionSource):
    """What a source of this kind can set."""


def read(webhook: Webhook, settings: Settings, zone: ZoneInfo) -> Reading:
    """Read an event, or say that we do not know its type.

    Raises:
        Unreadable: ``wrong-encoding``, ``broken-json`` or ``unexpected-content``. Its sender was told so.
    """
    del settings
    try:
        content = CONTENT.of(webhook.body)
    except Invalid as invalid:
        raise Unreadable(invalid.reason, invalid.detail) from None
    if content["type"] not in TYPES:
        log.warning("an event of an unknown type")
        return Reading(note=UNKNOWN_TYPE)
    return Reading((_event(content, webhook, zone),))


def _event(content: Mapping[str, Any], webhook: Webhook, zone: ZoneInfo) -> AnyEvent:
    told_at = content.get("at")
    at = plausible_moment(told_at, zone) if told_at else webhook.received_at
    common = {
        "order_id": content.get("order_id"),
        "order_number": (content.get("order") or "").strip(),
        "author": (content.get("author") or "").strip(),
        "text": (content.get("text") or "").strip(),
        "links": tuple(content.get("links") or ()),
        "at": min(at, webhook.received_at),
    }
    match content["type"]:
        case "question":
            return ProductionAsked(question_id=content["question_id"].strip(), **common)
        case "comment":
            return ProductionCommented(**common)
        case "promised":
            return ProductionPromised(day=date.fromisoformat(content["date"]), **common)
        case _:
            return ProductionReady(**common)
