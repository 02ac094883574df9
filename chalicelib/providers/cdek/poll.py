"""Ask CDEK what its webhooks do not tell: until when a parcel waits, and how those stand of which none came.

What it answers is put into the form of its webhooks, under their ids: what a webhook told already is known.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import httpx

from chalicelib.errors import Unreadable
from chalicelib.events import ParcelStatus
from chalicelib.gate.form import Unparsable, json_value
from chalicelib.gate.tickets import fingerprint
from chalicelib.providers.cdek.api import Api
from chalicelib.providers.cdek.gate import DELIV_PROBLEM, MOMENTS, ORDER_STATUS, ticket_of
from chalicelib.providers.cdek.read import Settings
from chalicelib.providers.cdek.statuses import STATUSES
from chalicelib.providers.couriers import Following
from chalicelib.providers.polling import LONGEST_ROUND, Asking, Record
from chalicelib.providers.reading import plausible_moment

UUID = re.compile(r"[0-9A-Za-z-]{1,50}")
SHIPMENT = ("is_return", "is_reverse", "is_client_return", "cdek_number", "number")
"""What each message of a shipment says of it. Nothing of its client is kept."""

Json = Mapping[str, Any]


class Cdek:
    """Asks about the parcels of one source. Implements ``couriers.FollowsParcels``."""

    every = timedelta(minutes=10)
    overlap = timedelta(minutes=5)

    def __init__(self, settings: Settings, zone: ZoneInfo, transport: httpx.BaseTransport | None) -> None:
        """Ask in the name of the contract."""
        # A parcel on its way back takes two requests, and arrivals are asked about besides.
        self._at_once = max(settings.requests_per_minute // 2, 1)
        self.following = Following(
            delivery_types=settings.delivery_types,
            follow_for=settings.follow_for,
            ask_often=settings.silent_for,
            ask_seldom=settings.silent_for,
            requests_per_minute=self._at_once,
            requests_per_round=int(self._at_once * (LONGEST_ROUND / timedelta(minutes=1))),
            unheard_for=settings.silent_for,
        )
        self._zone = zone
        self._settings = settings
        self._transport = transport

    def pages(self, asking: Asking) -> Iterator[Sequence[Record]]:
        """See the port. A page for each parcel.

        After an outage there may be more arrivals than CDEK may be asked about at once. Then no parcels are
        taken: the next round hears of the same arrivals, and goes on with those whose terms are not known.
        """
        api = Api(self._settings, self._transport)
        asked = 0
        for arrival in _arrivals(asking):
            term_id = _term_id(arrival)
            if asking.is_known(term_id):
                continue
            if asked == self._at_once:
                return
            asked += 1
            found = api.order(f"/v2/orders/{arrival['uuid']}")
            told = {"keep_free_until": found["entity"].get("keep_free_until") if found else None}
            message = {**arrival, "attributes": {**arrival["attributes"], **told}}
            yield [*(self._records(found) if found else ()), self._record(message, term_id)]
        for (parcel,) in asking.parcels():
            if parcel.track_number.isdecimal():
                found = api.order("/v2/orders", cdek_number=parcel.track_number)
                if found is not None:
                    yield [*self._records(found), *self._present_term(found)]
                    yield from self._ways_back(api, found)

    def _ways_back(self, api: Api, found: Json) -> Iterator[list[Record]]:
        """The shipments that bring a parcel back to the shop."""
        number = str(found["entity"].get("cdek_number"))
        for related in _mappings(found.get("related_entities")):
            back = str(related.get("cdek_number") or "")
            if related.get("type") == "return_order" and back.isdecimal():
                shipment = api.order("/v2/orders", cdek_number=back)
                if shipment is not None:
                    entity = {**shipment["entity"], "is_return": True}
                    direct = [{"type": "direct_order", "cdek_number": number}]
                    yield self._records({"entity": entity, "related_entities": direct})

    def _present_term(self, found: Json) -> Iterator[Record]:
        """Until when a parcel waits: CDEK may tell it late, and a client may ask for more."""
        keep_until = found["entity"].get("keep_free_until")
        arrivals = [message for message in _messages(found) if keep_until and _is_arrival(message)]
        for arrival in arrivals:
            yield self._record(arrival, f"{_term_id(arrival)}:{keep_until}")

    def _records(self, found: Json) -> list[Record]:
        return [self._record(message) for message in _messages(found)]

    def _record(self, message: Json, dedup_id: str = "") -> Record:
        """A message as a webhook would have brought it."""
        content = json.dumps(message).encode()
        ticket = ticket_of(message)
        at: datetime | None = None
        with suppress(Unreadable):  # It goes to quarantine.
            at = plausible_moment(str(message["attributes"].get(MOMENTS[message["type"]])), self._zone)
        if ticket is None:
            return Record(f"content:{fingerprint(content)}", "", at, content)
        return Record(dedup_id or ticket.dedup_id, ticket.group, at, content)


def poller(settings: Settings, zone: ZoneInfo, transport: httpx.BaseTransport | None) -> Cdek | None:
    """What asks this source, if it has the account of the contract."""
    return Cdek(settings, zone, transport) if settings.may_ask else None


def _arrivals(asking: Asking) -> Iterator[Json]:
    """The webhooks that told lately that a client's parcel waits."""
    for webhook in asking.heard():
        with suppress(Unparsable):
            message = json_value(webhook.body)
            attributes = message.get("attributes") if isinstance(message, Mapping) else None
            if not isinstance(message, Mapping) or not isinstance(attributes, Mapping):
                continue
            is_new = _is_arrival(message) and not attributes.get("keep_free_until")
            if is_new and UUID.fullmatch(str(message.get("uuid"))):
                yield message


def _is_arrival(message: Json) -> bool:
    """Whether it tells that a client's parcel waits."""
    attributes = message["attributes"]
    is_told = STATUSES.get(str(attributes.get("code"))) is ParcelStatus.WAITING
    return is_told and not _is_back(attributes)


def _term_id(arrival: Json) -> str:
    return f"term:{arrival['uuid']}:{arrival['attributes'].get('status_date_time')}"


def _messages(found: Json) -> Iterator[Json]:
    """Each status and each problem of a shipment, in the form of a webhook."""
    entity = found["entity"]
    shipment = {name: entity.get(name) for name in SHIPMENT}
    related = [
        {name: one.get(name) for name in ("type", "cdek_number")}
        for one in _mappings(found.get("related_entities"))
    ]
    for status in _mappings(entity.get("statuses")):
        attributes = {
            **shipment,
            "related_entities": related,
            "code": status.get("code"),
            "status_reason_code": status.get("reason_code"),
            "status_date_time": status.get("date_time"),
            "city_name": status.get("city"),
            "deleted": status.get("deleted"),
            "keep_free_until": entity.get("keep_free_until"),
        }
        yield {"type": ORDER_STATUS, "uuid": entity.get("uuid"), "attributes": attributes}
    for problem in _mappings(entity.get("delivery_problem")):
        told = {name: problem.get(name) for name in ("code", "create_date")}
        yield {"type": DELIV_PROBLEM, "uuid": entity.get("uuid"), "attributes": {**shipment, **told}}


def _mappings(value: object) -> list[Json]:
    return [one for one in value if isinstance(one, Mapping)] if isinstance(value, list) else []


def _is_back(attributes: Json) -> bool:
    return any(attributes.get(name) is True for name in ("is_return", "is_reverse", "is_client_return"))
