"""Ask ApiShip for the statuses that it announced, and now and then for all that changed.

Facts are from ``apiship/apiship-sdk-php`` (commit 2d7690b) and ApiShip's description of its API.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from urllib.parse import quote
from zoneinfo import ZoneInfo

import httpx

from chalicelib.errors import Unreachable, Unreadable
from chalicelib.gate.form import Unparsable, json_value
from chalicelib.gate.tickets import fingerprint
from chalicelib.providers.apiship.gate import group_of, order_of, status_id
from chalicelib.providers.apiship.read import ASKED, Settings
from chalicelib.providers.polling import TIMEOUT, Asking, Record, answer
from chalicelib.providers.reading import plausible_moment

AT_ONCE = 100
"""Orders for one request, and statuses on one page. What ApiShip takes at most is not stated."""

HINTED_FOR = timedelta(minutes=10)
"""So long we ask about an order that was announced, unless we get to know the very status."""

LATE = timedelta(minutes=15)
"""So much ApiShip's clock may differ, and an answer may lag behind."""

SWEPT_AT = "changes_asked_at"

KEPT = {
    "orderInfo": ("orderId", "clientNumber", "providerKey", "providerNumber"),
    "status": ("key", "description", "providerDescription", "created", "createdProvider"),
}
"""What of an answer goes into a record."""


class ApiShip:
    """Asks for one account. Implements ``polling.Poller``."""

    def __init__(self, settings: Settings, zone: ZoneInfo, transport: httpx.BaseTransport | None) -> None:
        """Ask with the account's token."""
        self.every = settings.every
        self.overlap = settings.changes_every + LATE
        self._changes_every = settings.changes_every
        self._zone = zone
        self._http = httpx.Client(
            base_url=settings.api_url,
            headers={"authorization": settings.api_token.get_secret_value()},
            timeout=TIMEOUT,
            transport=transport,
            follow_redirects=False,  # They would carry the token elsewhere.
        )

    def pages(self, asking: Asking) -> Iterator[Sequence[Record]]:
        """See the port."""
        if asking.until - self._swept_at(asking) >= self._changes_every:
            rows = self._changed(asking.since)
            for page in _pages(len(rows)):
                yield [self._record(row) for row in rows[page]]
            asking.remember({SWEPT_AT: asking.until.isoformat()})
        else:
            orders = _announced(asking)
            for page in _pages(len(orders)):
                yield [self._record(row) for row in self._standing(orders[page])]

    def _swept_at(self, asking: Asking) -> datetime:
        known = asking.recall().get(SWEPT_AT)
        return datetime.fromisoformat(known) if known else asking.until - self._changes_every

    def _changed(self, since: datetime) -> list[object]:
        """The newest status of each order whose status changed since then."""
        found = answer(
            self._http, "GET", f"/orders/statuses/date/{quote(since.isoformat(timespec='seconds'))}"
        )
        if not isinstance(found, list):
            raise Unreachable("source-unreachable", "the answer is no list of statuses")
        return found

    def _standing(self, orders: Sequence[int]) -> list[object]:
        """The status of each of these orders that are ours."""
        found = answer(self._http, "POST", "/orders/statuses", json={"orderIds": orders})
        if not isinstance(found, Mapping) or not {"succeedOrders", "failedOrders"} & found.keys():
            raise Unreachable("source-unreachable", "the answer holds no statuses")
        rows = found.get("succeedOrders") or []
        if not isinstance(rows, list):
            raise Unreachable("source-unreachable", "the answer is no list of statuses")
        return rows

    def _record(self, row: object) -> Record:
        content = json.dumps(_kept(row)).encode()
        told = status_id(row) or f"content:{fingerprint(content)}"
        return Record(told, group_of(row), self._heard_at(row), content, ASKED)

    def _heard_at(self, row: object) -> datetime | None:
        """When ApiShip heard of it: a courier may have told it long after it happened."""
        status = row.get("status") if isinstance(row, Mapping) else None
        with suppress(Unreadable):  # It goes to quarantine.
            if isinstance(status, Mapping):
                return plausible_moment(
                    str(status.get("created") or status.get("createdProvider")), self._zone
                )
        return None


def poller(settings: Settings, zone: ZoneInfo, transport: httpx.BaseTransport | None) -> ApiShip:
    """What asks this source."""
    return ApiShip(settings, zone, transport)


def _pages(length: int) -> list[slice]:
    return [slice(first, first + AT_ONCE) for first in range(0, length, AT_ONCE)]


def _announced(asking: Asking) -> list[int]:
    """The orders that ApiShip announced lately, without those whose announced status we know."""
    orders: dict[int, None] = {}
    for webhook in asking.heard():
        if webhook.received_at < asking.until - HINTED_FOR:
            break  # The newest come first.
        if webhook.path == ASKED:
            continue
        with suppress(Unparsable):  # A person has been told of it.
            message = json_value(webhook.body)
            order, told = order_of(message), status_id(message)
            if order is not None and not (told and asking.is_known(told)):
                orders[order] = None
    return list(orders)


def _kept(row: object) -> object:
    if not isinstance(row, Mapping):
        return row
    parts = {name: row.get(name) for name in KEPT}
    return {
        name: {key: part.get(key) for key in KEPT[name]} if isinstance(part, Mapping) else part
        for name, part in parts.items()
    }
