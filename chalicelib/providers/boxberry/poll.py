"""Ask Boxberry for the statuses of each parcel."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import httpx
from pydantic import ValidationError

from chalicelib.errors import Refused, Unreachable, Unreadable
from chalicelib.gate.tickets import fingerprint
from chalicelib.providers.boxberry.read import Settings, Status
from chalicelib.providers.couriers import Following, parcel_record
from chalicelib.providers.polling import TIMEOUT, Asking, Followed, Record, answer

ABOUT_THE_TOKEN = ("token", "токен", "ключ", "доступ", "авториз")
"""Parts of an error's text, in small letters, by which it concerns all parcels."""

MOST_ERRORS = 50
"""If so many questions in a row have no other answer, the trouble is not the parcels."""


class Boxberry:
    """Asks about the parcels of one source. Implements ``couriers.FollowsParcels``."""

    overlap = timedelta()

    def __init__(self, settings: Settings, zone: ZoneInfo, transport: httpx.BaseTransport | None) -> None:
        """Ask with this token."""
        self.every = settings.every
        self.following = Following.by(settings, parcels_per_request=1)
        self._zone = zone
        self._url = settings.api_url
        self._http = httpx.Client(
            params={"token": settings.token.get_secret_value(), "method": "ListStatuses"},
            timeout=TIMEOUT,
            transport=transport,
            follow_redirects=False,  # The address holds the token.
        )

    def pages(self, asking: Asking) -> Iterator[Sequence[Record]]:
        """See the port. A page for each parcel."""
        errors = before = _number(asking.recall().get("errors"))
        for (parcel,) in asking.parcels():
            statuses = self._statuses(parcel)
            errors = 0 if statuses is not None else errors + 1
            yield [self._record(parcel, status) for status in statuses or ()]
        if errors != before:
            asking.remember({"errors": errors})
        if errors >= MOST_ERRORS:
            raise Unreachable("source-unreachable", f"it answers the last {errors} questions with an error")

    def _statuses(self, parcel: Followed) -> list[object] | None:
        """What it knows of a parcel; None if nothing.

        Raises:
            Refused: it refuses the token.
            Unreachable: the answer is not what is documented.
        """
        found = answer(self._http, "GET", self._url, params={"ImId": parcel.track_number})
        first = found[0] if isinstance(found, list) and found else found
        error = first.get("err") if isinstance(first, Mapping) else None
        if isinstance(error, str) and error:
            if any(part in error.lower() for part in ABOUT_THE_TOKEN):
                raise Refused("source-refused", "it refuses the token")
            return None
        if not isinstance(found, list):
            raise Unreachable("source-unreachable", "the answer is no list of statuses")
        return found

    def _record(self, parcel: Followed, value: object) -> Record:
        told = {"track_number": parcel.track_number, "order_number": parcel.order_number, "status": value}
        content = json.dumps(told).encode()
        code: str = fingerprint(content)
        at: datetime | None = None
        with suppress(ValidationError, Unreadable):  # It goes to quarantine.
            status = Status.model_validate(value)
            code, at = status.code, status.at(self._zone)
        return parcel_record(parcel.track_number, code, at, content, parcel.order_number)


def poller(settings: Settings, zone: ZoneInfo, transport: httpx.BaseTransport | None) -> Boxberry:
    """What asks this source."""
    return Boxberry(settings, zone, transport)


def _number(value: object) -> int:
    return value if isinstance(value, int) else 0
