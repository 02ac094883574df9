"""Four times an hour: what the CRM's orders tell of the profit formula, day by day. It tells nobody."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from chalicelib.checks.port import Finding
from chalicelib.crm.port import CrmReader, Order
from chalicelib.engine.port import Documents
from chalicelib.periods import days_between
from chalicelib.profit.counting import DayCount, sale
from chalicelib.profit.memory import CountedBook
from chalicelib.profit.progress import DAY, Stretch
from chalicelib.profit.settings import ProfitSettings

MOST_PAGES = 30
"""Of 100 orders, besides the running day and the rest of a stretch: checks have two requests a second."""

CRM_TICK = timedelta(seconds=1)
"""The CRM keeps whole seconds."""


class ProfitCheck:
    """The check ``profit``. Implements ``checks.port.Watch``."""

    name = "profit"
    every = timedelta(minutes=15)
    has_baseline = False

    def __init__(
        self, settings: ProfitSettings, crm: CrmReader, documents: Documents, zone: ZoneInfo
    ) -> None:
        """Count by the days of this zone, the shop's."""
        self._settings = settings
        self._crm = crm
        self._book = CountedBook(documents)
        self._zone = zone

    def find(self, now: datetime) -> Iterable[Finding]:
        """Count the running day, then what is due, as far as this run comes.

        Raises:
            LeadkeeperError: the CRM does not answer. What was counted is remembered.
        """
        today = now.astimezone(self._zone).date()
        self._count(Stretch(today, today))
        progress = self._book.progress().model_copy(update={"counted_at": now})
        self._book.remember(progress)
        pages = 0
        while pages < MOST_PAGES and (stretch := progress.due(today)):
            pages += self._count(stretch)
            progress = progress.after(stretch, today)
            self._book.remember(progress)
        return ()

    def look(self, now: datetime) -> Sequence[str]:
        """How far the counting came. It asks the CRM nothing."""
        progress = self._book.progress()
        if progress.counted_at is None:
            return ("nothing is counted yet",)
        due = progress.due(now.astimezone(self._zone).date())
        rest = f"next {due.first} to {due.last}" if due else "nothing more today"
        return (f"counted back to {progress.oldest or progress.counted_at.date()}; {rest}",)

    def _count(self, stretch: Stretch) -> int:
        """Count these days and write them down. Returns how many pages of orders that took."""
        counts = {day: DayCount() for day in days_between(stretch.first, stretch.last)}
        pages = 0
        for orders in self._orders(stretch):
            pages += 1
            for order in orders:
                day = order.created_at.astimezone(self._zone).date()
                counts[day].add(sale(order, self._settings))
        self._book.put({day: count.counted() for day, count in counts.items()})
        return pages

    def _orders(self, stretch: Stretch) -> Iterator[Sequence[Order]]:
        until = self._midnight(stretch.last + DAY) - CRM_TICK
        return self._crm.orders_made(self._midnight(stretch.first), until)

    def _midnight(self, day: date) -> datetime:
        return datetime.combine(day, time(), self._zone)
