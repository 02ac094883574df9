"""Ask 5Post for the statuses of many parcels at once."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import httpx
from pydantic import ValidationError

from chalicelib.errors import Refused, Unreachable, Unreadable
from chalicelib.gate.tickets import fingerprint
from chalicelib.providers.couriers import Following, parcel_record
from chalicelib.providers.fivepost.read import Settings, Status
from chalicelib.providers.polling import TIMEOUT, Asking, Followed, Record, answer, json_of, respond
from chalicelib.providers.reading import plausible_moment

PARCELS_AT_ONCE = 100
TOKEN = "/jwt-generate-claims/rs256/1"  # noqa: S105 -- where a token is made
CLAIMS = {"subject": "OpenAPI", "audience": "A122019!"}
"""The same for everybody, as the SDK has them."""

OF_A_NUMBER = frozenset({httpx.codes.BAD_REQUEST, httpx.codes.NOT_FOUND, httpx.codes.UNPROCESSABLE_ENTITY})
"""Refusals that may be the fault of a single number in the question (unverified)."""

MOST_REFUSED = 10
"""If it refuses so many numbers in a round, the trouble is not the numbers."""

REFUSES_ALL = "refuses_all"
"""Remembered: in most rounds a small shop has nothing to ask."""


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
        self._refused = 0
        self._http = httpx.Client(
            base_url=settings.api_url,
            timeout=TIMEOUT,
            transport=transport,
            follow_redirects=False,  # They would carry the token elsewhere.
        )

    def pages(self, asking: Asking) -> Iterator[Sequence[Record]]:
        """See the port. A token holds for an hour: there is a new one for each round that has a question."""
        token, asked = "", 0
        self._refused = 0
        refused_all = refuses_all = bool(asking.recall().get(REFUSES_ALL))
        for parcels in asking.parcels():
            token = token or self._token()
            known = {self._number(parcel): parcel for parcel in parcels}
            rows = self._statuses(list(known), token)
            asked += len(known)
            refuses_all = self._refused == asked
            yield [self._record(row, known) for row in rows]
        if refuses_all != refused_all:
            asking.remember({REFUSES_ALL: refuses_all})
        if refuses_all:
            raise Refused("source-refused", "it refuses each number that it is asked about")

    def _token(self) -> str:
        found = answer(self._http, "POST", TOKEN, params={"apikey": self._key}, data=CLAIMS)
        token = found.get("jwt") if isinstance(found, Mapping) else None
        if not isinstance(token, str) or not token.isascii() or not token.isprintable():
            raise Unreachable("source-unreachable", "it answers without a token")
        return token

    def _statuses(self, numbers: Sequence[str], token: str) -> list[object]:
        """What it knows of these. If it refuses the question, each half is asked about alone.

        Raises:
            Refused: it refuses us, or too many numbers.
            Unreachable: it does not answer, or not as documented.
        """
        name = "orderId" if self._by_track_number else "senderOrderId"
        response = respond(
            self._http,
            "POST",
            "/api/v1/getOrderStatus",
            headers={"Authorization": f"Bearer {token}"},
            json=[{name: number} for number in numbers],
        )
        if response.status_code in OF_A_NUMBER and self._refused < MOST_REFUSED:
            half = len(numbers) // 2
            if half:
                return [*self._statuses(numbers[:half], token), *self._statuses(numbers[half:], token)]
            self._refused += 1
            return []
        found = json_of(response)
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
