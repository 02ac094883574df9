"""What people enter of the formula: rows of days, weeks and months, put together for any days. Pure.

For each day the narrowest row counts that has the indicator: a day's own, else its week's, else its month's.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction

from chalicelib.periods import KINDS, Period
from chalicelib.profit.formula import COSTS_A_CLIENT, ENTERED, Indicator

AMOUNTS = frozenset({Indicator.REACH, Indicator.CHR, Indicator.CAPEX, Indicator.H})
"""A row's amount belongs to all of its days alike. What is no amount is the same on each of them."""

Row = Mapping[Indicator, Decimal]
Rows = Mapping[Period, Row]


@dataclass(frozen=True, slots=True)
class Entered:
    """What was entered for a stretch of days.

    Attributes:
        values: of the indicators that each of the days has.
        gaps: the days that lack an indicator, by the indicator; of none that has no gap.
    """

    values: Mapping[Indicator, Fraction]
    gaps: Mapping[Indicator, Sequence[date]]


def entered(rows: Rows, days: Sequence[date]) -> Entered:
    """Put together what the rows say of these days."""
    by_day = {indicator: [_of_day(rows, indicator, day) for day in days] for indicator in ENTERED}
    whole = {
        indicator: [value for value in told if value is not None]
        for indicator, told in by_day.items()
        if days and None not in told
    }
    gaps = {
        indicator: [day for day, value in zip(days, told, strict=True) if value is None]
        for indicator, told in by_day.items()
        if indicator not in whole
    }
    return Entered({indicator: _together(indicator, whole) for indicator in whole}, gaps)


def _of_day(rows: Rows, indicator: Indicator, day: date) -> Fraction | None:
    for kind in KINDS:
        period = Period.containing(kind, day)
        value = rows.get(period, {}).get(indicator)
        if value is not None:
            return Fraction(value) / (len(period.days) if indicator in AMOUNTS else 1)
    return None


def _together(indicator: Indicator, whole: Mapping[Indicator, Sequence[Fraction]]) -> Fraction:
    values = whole[indicator]
    if indicator in AMOUNTS:
        return sum(values, Fraction(0))
    return _mean(values, _weights(indicator, whole))


def _weights(indicator: Indicator, whole: Mapping[Indicator, Sequence[Fraction]]) -> Iterable[Fraction]:
    """C1 counts by how many were reached on a day, the cost of a client by how many of them became leads."""
    reach = whole.get(Indicator.REACH, ())
    if indicator not in COSTS_A_CLIENT:
        return reach
    return [seen * share for seen, share in zip(reach, whole.get(Indicator.C1, ()), strict=False)]


def _mean(values: Sequence[Fraction], weights: Iterable[Fraction]) -> Fraction:
    """The weighted mean; the plain one where nothing has a weight."""
    pairs = list(zip(values, weights, strict=False))
    weight = sum((each for _, each in pairs), Fraction(0))
    if not weight:
        return sum(values, Fraction(0)) / len(values)
    return sum((value * each for value, each in pairs), Fraction(0)) / weight
