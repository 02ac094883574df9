"""Which advertisement brought a caller, as far as a notification tells it."""

import re
from collections.abc import Mapping
from datetime import datetime

from chalicelib.events import Attribution, CallTracked

PARAMETERS = {
    "source": ("utm_source",),
    "medium": ("utm_medium",),
    "campaign": ("utm_campaign",),
    # What the visitor typed says more than the keyword that the shop had bought.
    "keyword": ("search_query", "utm_term"),
    "content": ("utm_content",),
}
"""The fields that tell each of our values; the first one that is filled wins."""

VISITOR_IDS = {
    "visitor_id": "uis",
    "ym_client_id": "yandex",
    "ua_client_id": "google",
    "yclid": "yclid",
    "gclid": "gclid",
}
"""The fields that hold an id of the visitor or of their click, and whose it is."""

_UNFILLED = re.compile(r"\{+[^{}]*\}+|\(not set\)|\(none\)|<не указано>|<не заполнено>|null", re.IGNORECASE)


def tracked(
    fields: Mapping[str, object], call_id: str, phone: str | None, called_at: datetime
) -> CallTracked | None:
    """What the notification knows of the caller's visit; None if that is nothing."""
    values = {ours: _first_filled(fields, names) for ours, names in PARAMETERS.items()}
    page, referrer = (_first_filled(fields, (name,)) for name in ("entrance_page", "referrer"))
    ids = tuple(
        (system, value) for name, system in VISITOR_IDS.items() if (value := _first_filled(fields, (name,)))
    )
    if not (any(values.values()) or page or referrer or ids):
        return None
    return CallTracked(
        call_id=call_id,
        phone=phone,
        attribution=Attribution(**values),
        landing_page=page,
        referrer=referrer,
        visitor_ids=ids,
        called_at=called_at,
    )


def _first_filled(fields: Mapping[str, object], names: tuple[str, ...]) -> str:
    """The first usable text. What an advertisement or the platform left unfilled is none."""
    values = (str(value).strip() for name in names if isinstance(value := fields.get(name), str | int))
    return next((value for value in values if value and not _UNFILLED.fullmatch(value)), "")
