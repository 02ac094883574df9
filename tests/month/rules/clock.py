"""When it is done what must follow: at once, at the next look, or once the CRM is back."""

import heapq
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from itertools import count

from tests.month.effects import AT_ONCE, Span
from tests.month.happenings import Outage

SOON = timedelta(minutes=12)
"""A trigger that did not come: the history is looked at every few minutes. A new order's ladder likewise."""

HOURLY = timedelta(minutes=90)
"""How late a look at waiting parcels may be."""

RECOVERY = timedelta(minutes=26)
"""How long after an outage the last thing has been caught up with."""

A_SECOND = timedelta(seconds=1)
"""The CRM's and couriers' clocks have no smaller part."""


class Clock:
    """What happens, in its order, and when the CRM is there.

    Attributes:
        now: the present moment.
    """

    def __init__(self, now: datetime, outages: Sequence[Outage]) -> None:
        self.now = now
        self._outages = outages
        self._numbers = count()
        self._agenda: list[tuple[datetime, int, Callable[[], None]]] = []

    def at(self, moment: datetime, what: Callable[[], None]) -> None:
        """Do this then; of two at the same moment first what was said first."""
        heapq.heappush(self._agenda, (moment, next(self._numbers), what))

    def once_there(self, moment: datetime, what: Callable[[], None]) -> None:
        """Do this then, or as soon as the CRM is back."""

        def do() -> None:
            back = next((each.until for each in self._outages if each.at <= self.now < each.until), None)
            if back is None:
                what()
            else:
                self.at(back, do)

        self.at(moment, do)

    def run(self, end: datetime) -> None:
        """Until the end."""
        while self._agenda and self._agenda[0][0] <= end:
            self.now, _, what = heapq.heappop(self._agenda)
            what()

    def span(self, patience: timedelta = AT_ONCE) -> Span:
        """When it is done what is due now."""
        last = self.now + patience
        for outage in self._outages:
            if outage.at - patience <= self.now <= outage.until + RECOVERY:
                last = max(last, outage.until + RECOVERY + patience)
        return Span(self.now - A_SECOND, last - A_SECOND)
