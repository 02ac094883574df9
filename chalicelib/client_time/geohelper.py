"""GeoHelper tells the region of a Russian number, also of a mobile one.

It answers from the registry of number ranges. Who took their number to another operator, or themselves to
another town, is not where it says: a good guess, no more.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

import httpx

from chalicelib.errors import LeadkeeperError, Refused, Unreachable

TIMEOUT = httpx.Timeout(2.5, connect=2)
"""A message or a task must not wait for a guess."""

TOO_MANY = 429
FIRST_SERVER_ERROR = 500


@dataclass(frozen=True, slots=True)
class NumberRange:
    """Numbers that belong to one region.

    Attributes:
        first: digits with the country code, as a number.
        last: likewise.
        zone: the region's zone; None if it is unknown.
    """

    first: int
    last: int
    zone: ZoneInfo | None

    def __contains__(self, number: int) -> bool:
        """Whether a number is one of them."""
        return self.first <= number <= self.last


class GeoHelper:
    """GeoHelper's method ``phone-data``."""

    def __init__(self, url: str, api_key: str, transport: httpx.BaseTransport | None = None) -> None:
        """Ask with this key."""
        self._http = httpx.Client(base_url=url, timeout=TIMEOUT, transport=transport)
        self._api_key = api_key

    def range_of(self, phone: str) -> NumberRange:
        """The range of a number (E.164); the number alone if GeoHelper tells none.

        Raises:
            Unreachable: it does not answer as it should.
            Refused: it refuses the key or the number.
        """
        number = int(phone.removeprefix("+"))
        result = self._ask(phone).get("result")
        found = result if isinstance(result, Mapping) else {}
        first, last = _number(found.get("rangeStart")), _number(found.get("rangeEnd"))
        zone = _zone(found.get("region"))
        if first is None or last is None or not first <= number <= last:
            return NumberRange(number, number, zone)
        return NumberRange(first, last, zone)

    def _ask(self, phone: str) -> Mapping[str, Any]:
        # No URL in an error: it holds the key and the phone.
        try:
            response = self._http.get(
                "/api/v1/phone-data",
                params={"apiKey": self._api_key, "filter[phone]": phone, "locale[lang]": "ru"},
            )
        except httpx.HTTPError as error:
            raise Unreachable("geohelper-unreachable", type(error).__name__) from None
        if not response.is_success:
            raise _failure(response.status_code)
        try:
            answer = response.json()
        except ValueError:
            answer = None
        if not isinstance(answer, Mapping) or answer.get("success") is not True:
            raise Unreachable("geohelper-unreachable", "unexpected answer")
        return answer


def _failure(status: int) -> LeadkeeperError:
    passes = status == TOO_MANY or status >= FIRST_SERVER_ERROR
    return (
        Unreachable("geohelper-unreachable", f"HTTP {status}")
        if passes
        else Refused("geohelper-refused", f"HTTP {status}")
    )


def _number(value: object) -> int | None:
    """Numbers and texts alike: two of its own clients differ."""
    text = str(value)
    return int(text) if text.isdecimal() else None


def _zone(region: object) -> ZoneInfo | None:
    name = region.get("timezone") if isinstance(region, Mapping) else None
    try:
        return ZoneInfo(str(name)) if name else None
    except (KeyError, ValueError, OSError):
        return None
