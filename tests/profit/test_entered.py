"""Rows of days, weeks and months, put together."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from chalicelib.periods import KINDS, Period
from chalicelib.profit.entered import Rows, entered
from chalicelib.profit.entered_memory import EnteredBook
from chalicelib.profit.formula import COSTS_A_CLIENT, ENTERED, Indicator
from tests.alerts.memory import MemoryDocuments

NOVEMBER = Period.parse("2026-11")


def rows(written: Mapping[str, Mapping[Indicator, int | str]]) -> Rows:
    return {
        Period.parse(key): {indicator: Decimal(value) for indicator, value in row.items()}
        for key, row in written.items()
    }


def of(key: str, written: Mapping[str, Mapping[Indicator, int | str]]) -> Mapping[Indicator, Fraction]:
    return entered(rows(written), Period.parse(key).days).values


def test_a_months_amount_is_shared_by_its_days() -> None:
    told = {"2026-11": {Indicator.H: 90_000, Indicator.COGS: 3000}}
    assert of("2026-11", told) == {Indicator.H: 90_000, Indicator.COGS: 3000}
    assert of("2026-11-20", told) == {Indicator.H: 3000, Indicator.COGS: 3000}
    assert of("2026-W47", told)[Indicator.H] == 21_000


def test_the_narrowest_row_counts() -> None:
    told: dict[str, dict[Indicator, int | str]] = {
        "2026-11": {Indicator.REACH: 300},
        "2026-W47": {Indicator.REACH: 700},
        "2026-11-20": {Indicator.REACH: 5000},
    }
    assert of("2026-11-20", told)[Indicator.REACH] == 5000
    assert of("2026-W47", told)[Indicator.REACH] == 6 * 100 + 5000
    assert of("2026-11", told)[Indicator.REACH] == 23 * 10 + 6 * 100 + 5000


def test_a_row_says_nothing_of_what_it_does_not_have() -> None:
    told: dict[str, dict[Indicator, int | str]] = {
        "2026-11": {Indicator.H: 3000},
        "2026-11-20": {Indicator.REACH: 1},
    }
    assert of("2026-11-20", told) == {Indicator.H: 100, Indicator.REACH: 1}


def test_a_day_without_a_value_is_a_gap_and_never_zero() -> None:
    told = {f"2026-11-{day:02}": {Indicator.REACH: 10} for day in range(1, 30)}
    found = entered(rows(told), NOVEMBER.days)
    assert Indicator.REACH not in found.values
    assert found.gaps[Indicator.REACH] == [date(2026, 11, 30)]
    assert set(found.gaps) == set(ENTERED)


def test_zero_is_a_value() -> None:
    assert of("2026-11-20", {"2026-11": {Indicator.CAPEX: 0}}) == {Indicator.CAPEX: 0}


def test_a_share_counts_by_how_many_it_is_of() -> None:
    told: dict[str, dict[Indicator, int | str]] = {
        "2026-W46": {Indicator.REACH: 900, Indicator.C1: "0.1", Indicator.CAC: 100},
        "2026-W47": {Indicator.REACH: 100, Indicator.C1: "0.9", Indicator.CAC: 200},
    }
    fortnight = [*Period.parse("2026-W46").days, *Period.parse("2026-W47").days]
    found = entered(rows(told), fortnight).values
    # 90 leads of 900, and 90 of 100.
    assert found[Indicator.C1] == Fraction(180, 1000)
    assert found[Indicator.CAC] == 150


def test_where_nobody_was_reached_each_day_counts_alike() -> None:
    told: dict[str, dict[Indicator, int | str]] = {
        "2026-11": {Indicator.REACH: 0, Indicator.C1: "0.1", Indicator.COGS: 10},
        "2026-11-20": {Indicator.COGS: 40},
    }
    found = of("2026-11", told)
    assert (found[Indicator.C1], found[Indicator.COGS]) == (Fraction(1, 10), Fraction(11))


@given(
    st.sampled_from(KINDS),
    st.dates(date(2020, 1, 1), date(2030, 1, 1)),
    st.fixed_dictionaries({each: st.decimals(0, 1, places=3) for each in ENTERED}),
)
def test_a_periods_own_row_says_what_was_written(
    kind: str, day: date, row: Mapping[Indicator, Decimal]
) -> None:
    period = next(Period.containing(each, day) for each in KINDS if each == kind)
    found = entered({period: row}, period.days)
    assert found.values == {indicator: Fraction(value) for indicator, value in row.items()}
    assert not found.gaps


def test_what_was_entered_is_kept_changed_and_taken_away() -> None:
    book = EnteredBook(MemoryDocuments())
    day = Period.parse("2026-11-20")
    book.put({NOVEMBER: {Indicator.H: Decimal("0.10")}, day: {Indicator.H: Decimal(1)}})
    book.put({NOVEMBER: {Indicator.CAC: Decimal(5)}, day: {Indicator.H: None}})
    assert book.rows(day.first, day.last) == {
        NOVEMBER: {Indicator.H: Decimal("0.10"), Indicator.CAC: Decimal(5)}
    }


def test_a_week_is_found_from_either_of_its_years() -> None:
    book = EnteredBook(MemoryDocuments())
    weeks = [Period.parse("2026-W01"), Period.parse("2026-W53")]
    book.put({week: {cost: Decimal(1) for cost in COSTS_A_CLIENT} for week in weeks})
    for day, week in ((date(2025, 12, 29), weeks[0]), (date(2027, 1, 3), weeks[1])):
        assert week in book.rows(day, day)


def test_writing_the_same_again_changes_nothing() -> None:
    documents = MemoryDocuments()
    for _ in range(2):
        EnteredBook(documents).put({NOVEMBER: {Indicator.H: Decimal(1)}})
    assert documents.get("profit-entered:2026").version == 1
