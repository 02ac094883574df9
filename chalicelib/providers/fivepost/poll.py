"""Ask 5Post for the statuses of many parcels at once."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import httpx
from pydantic import ValidationError

from chalicelib.errors import Unreachable, Unreadable
from chalicelib.gate.tickets import fingerprint
from chalicelib.providers.couriers import Following, parcel_record
from chalicelib.providers.fivepost.read import Settings, Status
from chalicelib.providers.polling import TIMEOUT, Asking, Followed, Record, answer
from chalicelib.providers.reading import plausible_moment

PARCELS_AT_ONCE = 100
TOKEN = "/jwt-generate-claims/rs256/1"  # noqa: S105 -- where a token is made
CLAIMS = {"subject": "OpenAPI", "audience": "A122019!"}
"""The same for everybody, as the SDK has them."""


class FivePost:
    """Asks about the parcels of one source. Implements ``couriers.FollowsParcels``."""

    overlap = timedelta()

    def __init__(self, settings: Settings, zone: ZoneInfo, transport: httpx.BaseTransport | None) -> None:
        """Ask with this key."""
        self.every = settings.every
        self.following = Following.by(settings, PARCELS_AT_ONCE)
        self._zone = zone
        self._key = settings.api_key.get_secret_value()
        self._by_track_number = settings.asks_by == "track_number"
        self._http = httpx.Client(
            base_url=settings.api_url,
            timeout=TIMEOUT,
            transport=transport,
            follow_redirects=False,  # They would carry the token elsewhere.
        )

    def pages(self, asking: Asking) -> Iterator[Sequence[Record]]:
        """See the port. A token holds for an hour: there is a new one for each round that has a question."""
        token = ""
        for parcels in asking.parcels():
            token = token or self._token()
            known = {self._number(parcel): parcel for parcel in parcels}
            yield [self._record(row, known) for row in self._statuses(known, token)]

    def _token(self) -> str:
        found = answer(self._http, "POST", TOKEN, params={"apikey": self._key}, data=CLAIMS)
        token = found.get("jwt") if isinstance(found, Mapping) else None
        if not isinstance(token, str) or not token.isascii() or not token.isprintable():
            raise Unreachable("source-unreachable", "it answers without a token")
        return token

    def _statuses(self, known: Mapping[str, Followed], token: str) -> list[object]:
        name = "orderId" if self._by_track_number else "senderOrderId"
        found = answer(
            self._http,
            "POST",
            "/api/v1/getOrderStatus",
            headers={"Authorization": f"Bearer {token}"},
            json=[{name: number} for number in known],
        )
        if not isinstance(found, list):
            raise Unreachable("source-unreachable", "the answer is no list of statuses")
        return found

    def _record(self, row: object, known: Mapping[str, Followed]) -> Record:
        try:
            status = Status.model_validate(row)
        except ValidationError:
            return _unreadable(row)
        parcel = known.get(status.order_id if self._by_track_number else status.sender_order_id)
        if parcel is None:
            return _unreadable(row)
        told = {"track_number": parcel.track_number, "order_number": parcel.order_number, "status": row}
        content = json.dumps(told).encode()
        at: datetime | None = None
        with suppress(Unreadable):  # It goes to quarantine.
            at = plausible_moment(status.change_date, self._zone)
        return parcel_record(parcel.track_number, status.code, at, content, parcel.order_number)

    def _number(self, parcel: Followed) -> str:
        return parcel.track_number if self._by_track_number else parcel.order_number


def poller(settings: Settings, zone: ZoneInfo, transport: httpx.BaseTransport | None) -> FivePost:
    """What asks this source."""
    return FivePost(settings, zone, transport)


def _unreadable(row: object) -> Record:
    """A row of which we do not know whose it is: somebody must see it."""
    content = json.dumps({"status": row}).encode()
    return Record(f"content:{fingerprint(content)}", "", None, content)
