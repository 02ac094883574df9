"""What is known of a period: its indicators, what is missing, and the profit if nothing is. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from chalicelib.periods import Period, days_between
from chalicelib.profit.entered import Rows, entered
from chalicelib.profit.formula import COUNTED, ENTERED, Indicator, Result, Values, missing, result
from chalicelib.profit.memory import CountedPeriod

Why = Literal["not-entered", "not-counted", "no-leads", "nothing-sold", "nothing-kept"]


@dataclass(frozen=True, slots=True)
class Gap:
    """Why an indicator is not known.

    Attributes:
        days: of what was not entered, the days that lack it.
    """

    indicator: Indicator
    why: Why
    days: Sequence[date] = ()


@dataclass(frozen=True, slots=True)
class Statement:
    """One period.

    Attributes:
        days: those of its days that are over or running; all of this is about them.
        is_over: False while orders may still be made in it that are not counted.
        counted: what the CRM's orders come to; None if they are not all counted yet.
        values: the indicators that are known.
        gaps: those that are not.
        result: what the formula comes to; None if an indicator is not known.
    """

    period: Period
    days: Sequence[date]
    is_over: bool
    counted: CountedPeriod | None
    values: Values
    gaps: Sequence[Gap]
    result: Result | None

    @property
    def is_unentered(self) -> bool:
        """True if nobody entered anything, of any of its days."""
        unentered = [gap for gap in self.gaps if gap.why == "not-entered" and gap.days == self.days]
        return len(unentered) == len(ENTERED)

    @property
    def is_blank(self) -> bool:
        """True if nobody entered anything, nor was there an order."""
        has_orders = self.counted is not None and self.counted.leads > 0
        return self.is_unentered and not has_orders


def statement(period: Period, rows: Rows, counted: CountedPeriod | None, counted_until: date) -> Statement:
    """What is known of a period.

    Args:
        period: the period.
        rows: what people entered.
        counted: what was counted of the CRM's orders; None if nothing was.
        counted_until: the last day that is counted, perhaps not to its end.
    """
    days = list(days_between(period.first, min(period.last, counted_until)))
    from_people = entered(rows, days)
    if counted is not None and counted.days != len(days):
        counted = None
    from_crm = counted.indicators() if counted is not None else {}
    values = {**from_people.values, **from_crm}
    gaps = [
        Gap(indicator, _why_not_counted(counted))
        if indicator in COUNTED
        else Gap(indicator, "not-entered", from_people.gaps.get(indicator, ()))
        for indicator in missing(values)
    ]
    return Statement(
        period=period,
        days=days,
        is_over=period.last < counted_until,
        counted=counted,
        values=values,
        gaps=gaps,
        result=None if gaps else result(values),
    )


def _why_not_counted(counted: CountedPeriod | None) -> Why:
    if counted is None:
        return "not-counted"
    if not counted.leads:
        return "no-leads"
    return "nothing-kept" if counted.clients else "nothing-sold"
