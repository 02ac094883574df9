"""Put what was counted and what was entered together."""

from collections.abc import Sequence
from datetime import date, datetime
from zoneinfo import ZoneInfo

from chalicelib.engine.port import Documents
from chalicelib.periods import Period
from chalicelib.profit.entered_memory import EnteredBook
from chalicelib.profit.memory import CountedBook
from chalicelib.profit.statement import Statement, statement


class Statements:
    """What is known of periods. A reading of up to 100 of them takes a document of each and a few more."""

    def __init__(self, documents: Documents, zone: ZoneInfo) -> None:
        """Read these documents; ``zone`` is the shop's."""
        self._counted = CountedBook(documents)
        self._entered = EnteredBook(documents)
        self._zone = zone

    def counted_at(self) -> datetime | None:
        """When the CRM's orders were counted last; None if they never were."""
        return self._counted.progress().counted_at

    def of(self, periods: Sequence[Period], today: date) -> list[Statement]:
        """One for each of these periods, in their order."""
        if not periods:
            return []
        counted_at = self.counted_at()
        until = today if counted_at is None else counted_at.astimezone(self._zone).date()
        counted = self._counted.periods(periods)
        rows = self._entered.rows(
            min(period.first for period in periods), max(period.last for period in periods)
        )
        return [statement(period, rows, counted.get(period), until) for period in periods]
