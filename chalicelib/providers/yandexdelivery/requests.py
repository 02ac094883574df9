"""Ask about other-day requests: those of a few days in each round, until all have had their turn.

``requests/info`` lists by the day on which a request was made, not by that on which it changed. So all days
are gone through, again and again, on which a parcel may have been sent that is still on its way.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import httpx
from pydantic import ValidationError

from chalicelib.errors import Unreachable, Unreadable
from chalicelib.events import ParcelStatus
from chalicelib.gate.tickets import fingerprint
from chalicelib.providers.couriers import parcel_group
from chalicelib.providers.polling import Asking, Record
from chalicelib.providers.yandexdelivery.api import Api, part, rows_of
from chalicelib.providers.yandexdelivery.read import REQUEST, Request, Settings
from chalicelib.providers.yandexdelivery.statuses import hides_place, request_status

DAY = timedelta(days=1)
UTC_FORM = "%Y-%m-%dT%H:%M:%S.%fZ"
ASKED_FROM = "other_day_from"
"""Where we remember on which day the next round begins; empty for the oldest one."""

GIVEN_UP_AFTER = timedelta(hours=2)
"""So long a status waits for what more there is to know of it: a client should hear until when it is kept."""

MOST_DETAILS = 200
"""Questions about single requests in one round."""

STATE = ("status", "timestamp_utc", "timestamp", "reason")
"""What of a status goes into a record."""


class Requests:
    """The other-day requests of one account."""

    def __init__(self, settings: Settings, zone: ZoneInfo, transport: httpx.BaseTransport | None) -> None:
        """Ask with the account's token."""
        self._api = Api(settings.other_day_url, settings.api_token.get_secret_value(), transport)
        self._follow_for = settings.follow_for
        self._days = settings.days_per_round
        self._zone = zone

    def pages(self, asking: Asking) -> Iterator[Sequence[Record]]:
        """A page for each day, beginning where the last round ended."""
        details = Details(self._api)
        begin = self._begin(asking)
        for _ in range(self._days):
            end = min(begin + DAY, asking.until)
            span = {"from": begin.strftime(UTC_FORM), "to": end.strftime(UTC_FORM)}
            rows = rows_of(self._api.told("POST", "/api/b2b/platform/requests/info", json=span), "requests")
            yield [record for row in rows for record in self._records(row, details, asking)]
            if details.are_enough:
                return  # What was left out of this day is asked for in the next round.
            is_last = end >= asking.until
            asking.remember({**asking.recall(), ASKED_FROM: "" if is_last else end.isoformat()})
            if is_last:
                break
            begin = end
        if details.trouble is not None:
            raise details.trouble

    def _begin(self, asking: Asking) -> datetime:
        oldest = asking.until - self._follow_for
        known = asking.recall().get(ASKED_FROM)
        begin = datetime.fromisoformat(known) if known else oldest
        return begin if oldest <= begin < asking.until else oldest

    def _records(self, row: object, details: "Details", asking: Asking) -> list[Record]:
        """What is new about one request."""
        record = self._record(row, part(row, "state"))
        if record.at is None:
            return [record]
        code = str(part(row, "state").get("status"))
        is_told_in_full = not hides_place(code) and request_status(code) is not ParcelStatus.WAITING
        if is_told_in_full or record.at < asking.since:
            return [record]
        if asking.is_known(record.dedup_id):
            return []
        try:
            if hides_place(code):
                return self._with_history(row, record, details, asking)
            return [self._record(row, part(row, "state"), details.keep_until(row))]
        except Unreachable:
            if asking.until - record.at < GIVEN_UP_AFTER:
                return []
        return [record]

    def _with_history(self, row: object, newest: Record, details: "Details", asking: Asking) -> list[Record]:
        """A status that is no place, and those that it hides."""
        hidden = []
        for state in details.history(row):
            record = self._record(row, state)
            if record.at is None or record.at < asking.since or record.dedup_id == newest.dedup_id:
                continue
            if not asking.is_known(record.dedup_id):
                waits = request_status(str(state.get("status"))) is ParcelStatus.WAITING
                hidden.append(self._record(row, state, details.keep_until(row)) if waits else record)
        return [*hidden, newest]

    def _record(self, row: object, state: Mapping[str, Any], keep_until: str = "") -> Record:
        """One status of a request. Of its client nothing is kept."""
        known: Mapping[str, Any] = row if isinstance(row, Mapping) else {}
        told = {
            "request_id": known.get("request_id"),
            "courier_order_id": known.get("courier_order_id"),
            "order_number": part(part(row, "request"), "info").get("operator_request_id"),
            "state": {name: state.get(name) for name in STATE},
            "keep_until": keep_until,
        }
        content = json.dumps(told).encode()
        with suppress(ValidationError, Unreadable):
            request = Request.model_validate(told)
            at = request.state.at(self._zone)
            dedup_id = f"request:{request.request_id}:{request.state.status}:{at.isoformat()}"
            return Record(
                dedup_id, parcel_group(request.order_number, request.request_id), at, content, REQUEST
            )
        # It goes to quarantine.
        return Record(f"content:{fingerprint(content)}", "", None, content, REQUEST)


class Details:
    """What a round asks about single requests. After one failure no other one is asked about.

    Attributes:
        trouble: what happened, if something did.
    """

    def __init__(self, api: Api) -> None:
        """Ask there."""
        self._api = api
        self._asked = 0
        self.trouble: Unreachable | None = None

    @property
    def are_enough(self) -> bool:
        """Whether the round has asked as much as it may."""
        return self._asked >= MOST_DETAILS

    def keep_until(self, row: object) -> str:
        """Until when a request waits for its client; empty if Yandex does not say.

        Raises:
            Unreachable: nobody knows now.
        """
        found = self._ask("actual_info", row)
        return str(found.get("destination_storage_expiration_date") or "")

    def history(self, row: object) -> list[Mapping[str, Any]]:
        """All statuses of a request.

        Raises:
            Unreachable: nobody knows now.
        """
        states = self._ask("history", row).get("state_history")
        return [state for state in states if isinstance(state, Mapping)] if isinstance(states, list) else []

    def _ask(self, what: str, row: object) -> Mapping[str, Any]:
        if self.trouble is not None or self.are_enough:
            raise self.trouble or Unreachable("source-unreachable", "asked enough for one round")
        self._asked += 1
        request_id = str(row.get("request_id")) if isinstance(row, Mapping) else ""
        try:
            found = self._api.of_one("GET", f"/api/b2b/platform/request/{what}", request_id=request_id)
        except Unreachable as error:
            self.trouble = error
            raise
        return found or {}
