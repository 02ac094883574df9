"""Ask about express claims: their journal from where we have read it, and each claim that was announced.

The journal names no order of the shop's: that stands in the claim.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import httpx

from chalicelib.errors import Unreachable, Unreadable
from chalicelib.gate.form import Unparsable
from chalicelib.gate.tickets import fingerprint
from chalicelib.providers.couriers import parcel_group
from chalicelib.providers.polling import Asking, Record
from chalicelib.providers.reading import plausible_moment
from chalicelib.providers.yandexdelivery.api import Api, rows_of
from chalicelib.providers.yandexdelivery.gate import claim_of, fields_of
from chalicelib.providers.yandexdelivery.read import CLAIM, REQUEST, Settings

CURSOR = "journal"
"""Where we remember how far the journal was read."""

PAGES = 20
"""Of the journal in one round, each of up to 1,000 changes."""

MOST_CLAIMS = 200
"""Questions about single claims in one round."""

ANNOUNCED_FOR = timedelta(minutes=5)
"""So long we ask about a claim that was announced."""

GIVEN_UP_AFTER = timedelta(hours=2)
"""So long a change waits for its claim's order. Then it goes without, and a person hears of it."""

Claim = Mapping[str, Any]


class Claims:
    """The express claims of one account."""

    def __init__(self, settings: Settings, zone: ZoneInfo, transport: httpx.BaseTransport | None) -> None:
        """Ask with the account's token."""
        self._api = Api(
            f"{settings.express_url}/b2b/cargo/integration/v2/claims",
            settings.api_token.get_secret_value(),
            transport,
        )
        self._zone = zone

    def pages(self, asking: Asking) -> Iterator[Sequence[Record]]:
        """The journal first, then what was announced and does not stand there yet."""
        claims: dict[str, Claim | None] = {}
        yield from self._journal(asking, claims)
        for claim_id in _announced(asking):
            claim = claims.get(claim_id) or self._claim(claim_id)
            if claim is not None:
                yield [self._record(claim_id, claim.get("status"), claim.get("updated_ts"), claim)]

    def _journal(self, asking: Asking, claims: dict[str, Claim | None]) -> Iterator[Sequence[Record]]:
        for _ in range(PAGES):
            cursor = asking.recall().get(CURSOR)
            found = self._api.told("POST", "/journal", json={"cursor": cursor} if cursor else {})
            changes, following = rows_of(found, "events"), found.get("cursor")
            if not isinstance(following, str):
                raise Unreachable("source-unreachable", "the journal has no cursor")
            for change in changes:
                record = self._changed(change, asking, claims)
                if record is not None:
                    yield [record]
                if len(claims) >= MOST_CLAIMS:
                    return  # The same page comes again in the next round, and what we have is known.
            asking.remember({**asking.recall(), CURSOR: following})
            if not changes or following == cursor:
                return

    def _changed(self, change: object, asking: Asking, claims: dict[str, Claim | None]) -> Record | None:
        """What a line of the journal says, if it is news about a status."""
        told: Mapping[str, Any] = change if isinstance(change, Mapping) else {}
        if told.get("change_type") == "price_changed":
            return None
        claim_id, status, updated = claim_of(told), told.get("new_status"), told.get("updated_ts")
        record = self._record(claim_id, status, updated, None)
        if record.at is None:
            return record
        if record.at < asking.since or asking.is_known(record.dedup_id):
            return None
        if claim_id not in claims:
            try:
                claims[claim_id] = self._claim(claim_id)
            except Unreachable:
                if asking.until - record.at < GIVEN_UP_AFTER:
                    raise
                claims[claim_id] = None
        return self._record(claim_id, status, updated, claims[claim_id])

    def _claim(self, claim_id: str) -> Claim | None:
        return self._api.of_one("POST", "/info", claim_id=claim_id)

    def _record(self, claim_id: str, status: object, updated: object, claim: Claim | None) -> Record:
        """A status of a claim. It passes each once, as far as that means anything to its client."""
        numbers = _order_numbers(claim or {})
        told = {"claim_id": claim_id, "status": status, "updated_ts": updated, "order_numbers": numbers}
        content = json.dumps(told).encode()
        at = self._moment(updated)
        if not (claim_id and isinstance(status, str) and status and at):
            # It goes to quarantine.
            return Record(f"content:{fingerprint(content)}", "", None, content, CLAIM)
        group = parcel_group(numbers[0] if len(numbers) == 1 else "", claim_id)
        return Record(f"claim:{claim_id}:{status}", group, at, content, CLAIM)

    def _moment(self, text: object) -> datetime | None:
        try:
            return plausible_moment(str(text), self._zone)
        except Unreadable:
            return None


def _announced(asking: Asking) -> list[str]:
    """The claims that Yandex announced lately."""
    found: dict[str, None] = {}
    for webhook in asking.heard():
        if webhook.received_at < asking.until - ANNOUNCED_FOR:
            break  # The newest come first.
        if webhook.path in {REQUEST, CLAIM}:
            continue
        try:
            found[claim_of(fields_of(webhook))] = None
        except Unparsable:
            continue  # A person has been told of it.
    return [claim_id for claim_id in found if claim_id][:MOST_CLAIMS]


def _order_numbers(claim: Claim) -> list[str]:
    """The shop's numbers of the orders that a claim brings."""
    points = claim.get("route_points")
    numbers = [
        str(point["external_order_id"])
        for point in (points if isinstance(points, list) else [])
        if isinstance(point, Mapping)
        and point.get("type") == "destination"
        and point.get("external_order_id")
    ]
    return list(dict.fromkeys(numbers))
