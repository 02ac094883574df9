"""Which days are counted next."""

from datetime import date, timedelta

from chalicelib.periods import Period
from chalicelib.profit.progress import HISTORY, RECOUNTED, Progress

TODAY = date(2026, 11, 20)
DAY = timedelta(days=1)


def a_day(progress: Progress, today: date, most: int = 1000) -> tuple[Progress, list[date]]:
    """What is counted on one day."""
    counted: list[date] = []
    for _ in range(most):
        stretch = progress.due(today)
        if stretch is None:
            break
        counted += [stretch.first + number * DAY for number in range((stretch.last - stretch.first).days + 1)]
        progress = progress.after(stretch, today)
    return progress, counted


def test_a_first_start_counts_each_day_once_the_newest_first() -> None:
    _, counted = a_day(Progress(), TODAY)
    assert sorted(counted) == [TODAY - HISTORY + number * DAY for number in range(HISTORY.days)]
    assert counted[:7] == [TODAY - (7 - number) * DAY for number in range(7)]


def test_the_next_day_only_the_last_weeks_are_counted_again() -> None:
    progress, _ = a_day(Progress(), TODAY)
    _, counted = a_day(progress, TODAY + DAY)
    assert max(counted) == TODAY
    assert min(counted) <= TODAY - RECOUNTED
    assert len(counted) <= RECOUNTED.days + 7


def test_a_slow_first_start_goes_on_where_it_was() -> None:
    progress, first = a_day(Progress(), TODAY, most=20)
    progress, second = a_day(progress, TODAY + DAY, most=20)
    assert min(second) < min(first) - 50 * DAY
    days = {*first, *second}
    assert len(days) == (max(days) - min(days)).days + 1


def test_after_weeks_without_a_round_no_day_is_left_out() -> None:
    progress, _ = a_day(Progress(), TODAY)
    later = TODAY + 100 * DAY
    _, counted = a_day(progress, later)
    assert {TODAY - DAY + number * DAY for number in range(101)} <= set(counted)


def test_a_round_that_a_day_cut_off_is_not_taken_for_a_whole_one() -> None:
    progress, _ = a_day(Progress(), TODAY)
    progress, _ = a_day(progress, TODAY + 30 * DAY, most=2)
    assert progress.recounted_on == TODAY
    progress, _ = a_day(progress, TODAY + 31 * DAY)
    assert progress.recounted_on == TODAY + 31 * DAY


def test_the_first_start_reaches_last_month_a_year_ago_on_any_day() -> None:
    days = [date(2027, 1, 1) + number * DAY for number in range(3 * 366)]
    for today in days:
        last_month = Period.containing("month", today).previous
        assert last_month.first.replace(year=last_month.first.year - 1) >= today - HISTORY
