"""What all reading of an account has in common: its shop, its clock, its pages."""

import re
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from chalicelib.crm.retailcrm import requests
from chalicelib.crm.retailcrm.client import Parameters, RetailCrmClient
from chalicelib.errors import Unreachable

PAGE_SIZE = 100
PAGE = str(PAGE_SIZE)
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d(:\d\d)?")
SIGNIFICANT_DIGITS = 10
"""By which phones are searched for: the CRM compares in a way of its own."""


class AccountReading:
    """Reads what belongs to one shop of an account.

    Times cross this border as aware UTC, inside it in the account's zone.
    """

    def __init__(
        self,
        client: RetailCrmClient,
        *,
        site: str,
        zone: ZoneInfo,
        finished_groups: frozenset[str],
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """Work in this shop (``site``) of the account whose clock is in ``zone``."""
        self._client = client
        self._site = site
        self._zone = zone
        self._finished_groups = finished_groups
        self._monotonic = monotonic

    def _of_our_shop(self) -> Parameters:
        return [("filter[sites][]", self._site)] if self._site else []

    def _day(self, moment: datetime) -> str:
        """On the account's clock, as filters have it."""
        return moment.astimezone(self._zone).date().isoformat()

    def _day_before(self, moment: datetime) -> str:
        return (moment.astimezone(self._zone) - timedelta(days=1)).date().isoformat()

    def _second(self, moment: datetime) -> str:
        """Likewise, as the history's filters have it."""
        return moment.astimezone(self._zone).strftime(requests.DATE_TIME)

    def _moment(self, text: str) -> datetime:
        """A time of the account, without offset, as UTC."""
        try:
            # Ten times as fast as strptime, which a look at thousands of orders feels.
            local = datetime.fromisoformat(text if _MOMENT.fullmatch(text) else "")
        except ValueError:
            raise Unreachable("crm-unreachable", "unexpected answer: a time in another form") from None
        return local.replace(tzinfo=self._zone).astimezone(UTC)

    def _with_ids(self, what: str, wanted: Collection[int]) -> Iterator[Mapping[str, Any]]:
        """The answers about these ids, one for each 100."""
        ids = sorted(wanted)
        for first in range(0, len(ids), PAGE_SIZE):
            batch = [("filter[ids][]", str(each)) for each in ids[first : first + PAGE_SIZE]]
            yield self._client.get(what, [*batch, ("limit", PAGE)])
