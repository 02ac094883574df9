"""Days, weeks and months as people write them."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.periods import KINDS, Kind, Period, latest

days = st.dates(min_value=date(2001, 1, 1), max_value=date(2900, 1, 1))


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2026-11-22", date(2026, 11, 22), date(2026, 11, 22)),
        ("2026-W47", date(2026, 11, 16), date(2026, 11, 22)),
        ("2026-11", date(2026, 11, 1), date(2026, 11, 30)),
        ("2026-W01", date(2025, 12, 29), date(2026, 1, 4)),
        ("2026-W53", date(2026, 12, 28), date(2027, 1, 3)),
        ("2028-02", date(2028, 2, 1), date(2028, 2, 29)),
    ],
)
def test_what_a_period_spans(text: str, first: date, last: date) -> None:
    period = Period.parse(text)
    assert (period.first, period.last, period.key) == (first, last, text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2026",
        "22.11.2026",
        "2026-13",
        "2026-02-30",
        "2025-W53",
        "2026-W00",
        "2026-w47",
        "0001-01-01",
    ],
)
def test_what_is_no_period(text: str) -> None:
    with pytest.raises(ValueError, match="is no period"):
        Period.parse(text)


@given(st.sampled_from(KINDS), days)
def test_periods_cover_each_day_once(kind: Kind, day: date) -> None:
    period = Period.containing(kind, day)
    assert day in period.days
    assert Period.parse(period.key) == period
    assert period.next.previous == period
    assert period.next.first == date.fromordinal(period.last.toordinal() + 1)


def test_the_latest_ones_begin_with_the_running_one() -> None:
    keys = [period.key for period in latest("month", date(2026, 2, 28), 3)]
    assert keys == ["2026-02", "2026-01", "2025-12"]
