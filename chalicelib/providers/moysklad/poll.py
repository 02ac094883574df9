"""Ask MoySklad what changed: as soon as a webhook says that something did, and now and then without one.

Which moment to ask from is our own business. A webhook's ``reportUrl`` is not followed: it tells no more,
and who knows the source's URL could send our key elsewhere with it.
"""

import json
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import httpx
from pydantic import AwareDatetime

from chalicelib.memory import Memory
from chalicelib.providers.moysklad.client import Client
from chalicelib.providers.moysklad.read import STOCK, Settings
from chalicelib.providers.polling import Asking, Record
from chalicelib.stock.pieces import in_pieces

HEARD_WITHIN = timedelta(minutes=5)
"""So long after it came in a webhook may reach the journal."""

RECKONED_WITHIN = timedelta(minutes=5)
"""MoySklad reckons stock anew some time after it changed; its documentation wants 5 minutes of overlap."""

WITHOUT_WEBHOOKS = timedelta(minutes=30)
"""They may be switched off, or lost: after so long it is asked all the same."""

LONGEST_BACK = timedelta(hours=23, minutes=50)
"""MoySklad looks back for a day at most. What changed before is found by the daily check."""


class Asked(Memory):
    """How far MoySklad was asked.

    Attributes:
        at: when; None before the first time.
        heard_at: when the newest webhook came in that was seen to.
    """

    at: AwareDatetime | None = None
    heard_at: AwareDatetime | None = None


class Changes:
    """Asks one source. Implements ``polling.Poller``."""

    overlap = HEARD_WITHIN

    def __init__(self, settings: Settings, client: Client) -> None:
        """Ask through this client."""
        self.every = settings.every
        self._client = client

    def pages(self, asking: Asking) -> Iterator[Sequence[Record]]:
        """See the port. Nothing at all if nothing is said to have changed."""
        before = Asked.model_validate(asking.recall())
        now = asking.until
        heard_at = max((hook.received_at for hook in asking.heard() if hook.path != STOCK), default=None)
        if not _is_due(before, heard_at, now):
            return
        since = max((before.at or asking.since) - RECKONED_WITHIN, now - LONGEST_BACK)
        yield list(self._records(since, now))
        asking.remember(Asked(at=now, heard_at=heard_at or before.heard_at).content())

    def _records(self, since: datetime, now: datetime) -> Iterator[Record]:
        changed = self._client.changed(since)
        skus = self._client.skus({offer for offers in changed.values() for offer in offers})
        told: dict[str, dict[str, float]] = {}
        for store, offers in changed.items():
            for offer, quantity in offers.items():
                if quantity is not None and offer in skus:
                    told.setdefault(skus[offer], {})[store] = quantity
        for number, piece in enumerate(in_pieces(told)):
            content = {"at": now.isoformat(), "offers": {offer.sku: dict(offer.stores) for offer in piece}}
            dedup_id = f"stock:{now.isoformat()}:{number}"
            yield Record(dedup_id, "stock", now, json.dumps(content).encode(), STOCK)


def _is_due(before: Asked, heard_at: datetime | None, now: datetime) -> bool:
    if before.at is None or now - before.at >= WITHOUT_WEBHOOKS:
        return True
    return heard_at is not None and (before.heard_at is None or heard_at > before.heard_at)


def poller(settings: Settings, zone: ZoneInfo, transport: httpx.BaseTransport | None) -> Changes:
    """What asks this source."""
    del zone  # MoySklad's times are Moscow's.
    return Changes(settings, Client(settings, transport))
