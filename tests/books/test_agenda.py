"""Which hours are booked when."""

from datetime import UTC, datetime, timedelta
from itertools import chain
from zoneinfo import ZoneInfo

import pytest

from chalicelib.books.agenda import LONGEST, Agenda
from chalicelib.books.moments import HOUR, day_of, hour_of, hours_between, hours_of

ZONE = ZoneInfo("Asia/Tomsk")
NOW = datetime(2026, 11, 20, 4, 35, tzinfo=UTC)
PRESENT = datetime(2026, 11, 20, 4, tzinfo=UTC)
OLDEST = PRESENT - timedelta(days=90)
PARTS = ("incoming",)


def due(agenda: Agenda) -> list[datetime]:
    """The newest first."""
    stretches = [list(hours_between(*stretch, ZONE))[::-1] for stretch in agenda.newest_first()]
    return list(chain.from_iterable(stretches))


def all_booked(agenda: Agenda) -> Agenda:
    for hour in due(agenda):
        agenda = agenda.booked(hour, 0)
    return agenda


BOOKED = all_booked(Agenda.anew(NOW, OLDEST, PARTS, ZONE))


def test_at_first_all_hours_are_due_and_the_newest_comes_first() -> None:
    agenda = Agenda.anew(NOW, OLDEST, PARTS, ZONE)
    hours = due(agenda)
    assert hours[:2] == [PRESENT, PRESENT - HOUR]
    assert hours[-1] == OLDEST
    assert len(hours) == 90 * 24 + 1
    assert agenda.hours_to_book == len(hours)
    assert all(until - since <= LONGEST for since, until in agenda.newest_first())


def test_the_present_hour_is_due_at_each_look() -> None:
    assert due(BOOKED) == []
    later = BOOKED.at(NOW + timedelta(minutes=5), OLDEST, ZONE)
    assert due(later) == [PRESENT]


def test_an_hour_is_due_once_more_when_it_is_over() -> None:
    before = all_booked(BOOKED.at(PRESENT + timedelta(minutes=58), OLDEST, ZONE))
    after = before.at(PRESENT + timedelta(minutes=63), OLDEST, ZONE)
    assert due(after)[:2] == [PRESENT + HOUR, PRESENT]


def test_an_hour_is_due_again_as_it_grows_older() -> None:
    agenda, seen = BOOKED, []
    now = NOW
    while now < NOW + timedelta(days=16):
        now += timedelta(minutes=5)
        agenda = agenda.at(now, OLDEST, ZONE)
        if PRESENT in due(agenda):
            seen.append(now - PRESENT)
        agenda = all_booked(agenda)
    ages = [age for age in seen if age > timedelta(hours=1, minutes=15)]
    assert [round(age / HOUR) for age in ages] == [2, 7, 25, 15 * 24 + 1]


def test_after_a_downtime_all_hours_since_then_are_due() -> None:
    after = BOOKED.at(NOW + timedelta(days=3), OLDEST, ZONE)
    hours = set(due(after))
    assert set(hours) >= {PRESENT + number * HOUR for number in range(3 * 24 + 1)}


def test_what_is_not_booked_in_one_run_stays_due() -> None:
    agenda = Agenda.anew(NOW, OLDEST, PARTS, ZONE)
    for hour in due(agenda)[:48]:
        agenda = agenda.booked(hour, 0)
    later = agenda.at(NOW + timedelta(minutes=5), OLDEST, ZONE)
    assert due(later)[:2] == [PRESENT, PRESENT - 48 * HOUR]


def test_another_set_of_parts_is_noticed() -> None:
    assert BOOKED.is_made_of(PARTS)
    assert not BOOKED.is_made_of(("calls", *PARTS))
    assert not Agenda().is_made_of(())


def test_hours_whose_entries_may_be_gone_are_never_due() -> None:
    old, oldest = OLDEST - HOUR, OLDEST
    agenda = BOOKED.with_hours([old, oldest], oldest)
    assert due(agenda) == [oldest]


def test_an_hour_is_due_when_the_number_of_its_unsettled_entries_changes() -> None:
    hour, other = PRESENT - 5 * HOUR, PRESENT - 9 * HOUR
    agenda = BOOKED.booked(hour, 2).booked(other, 1)
    assert due(agenda.with_unsettled({hour: 2, other: 1}, NOW, OLDEST)) == []
    assert due(agenda.with_unsettled({hour: 1, other: 1}, NOW, OLDEST)) == [hour]
    assert due(agenda.with_unsettled({hour: 2}, NOW, OLDEST)) == [other]
    assert due(agenda.with_unsettled({other: 1}, hour, OLDEST)) == [], "the later hour was not counted"


def test_an_agenda_survives_being_stored() -> None:
    agenda = BOOKED.booked(PRESENT, 3).with_hours([PRESENT - HOUR], OLDEST)
    assert Agenda.model_validate(agenda.content()) == agenda


def test_hours_begin_on_the_shops_clock() -> None:
    moment = datetime(2026, 11, 20, 4, 35, tzinfo=UTC)
    assert hour_of(moment, ZONE) == PRESENT
    kolkata = hour_of(moment, ZoneInfo("Asia/Kolkata"))
    assert kolkata == datetime(2026, 11, 20, 4, 30, tzinfo=UTC)


def test_a_day_has_as_many_hours_as_the_clock_shows() -> None:
    day = datetime(2026, 10, 25, tzinfo=UTC).date()
    assert len(hours_of(day, ZONE)) == 24
    assert len(hours_of(day, ZoneInfo("Europe/Berlin"))) == 25


@pytest.mark.parametrize("zone", ["Asia/Kathmandu", "America/Santiago", "Australia/Lord_Howe"])
@pytest.mark.parametrize("begins", [datetime(2026, 4, 3, tzinfo=UTC), datetime(2026, 10, 2, tzinfo=UTC)])
def test_each_moment_is_in_an_hour_of_its_day(zone: str, begins: datetime) -> None:
    shop = ZoneInfo(zone)
    moments = [begins + timedelta(minutes=10 * number) for number in range(6 * 24 * 4)]
    assert [at for at in moments if hour_of(at, shop) not in hours_of(day_of(at, shop), shop)] == []
