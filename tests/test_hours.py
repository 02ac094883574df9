from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict, ValidationError

from chalicelib.hours import ALWAYS, DAYS, WorkingHours

TOMSK = ZoneInfo("Asia/Tomsk")
BERLIN = ZoneInfo("Europe/Berlin")
ZONES = ("Asia/Tomsk", "Europe/Berlin", "America/Havana", "Australia/Lord_Howe", "Asia/Kolkata")

days = st.lists(st.sampled_from(DAYS), min_size=1, max_size=3, unique=True).map(",".join) | st.tuples(
    st.sampled_from(DAYS), st.sampled_from(DAYS)
).map("-".join)
clocks = st.tuples(st.integers(0, 23), st.integers(0, 59)).map(lambda clock: f"{clock[0]:02}:{clock[1]:02}")
times = st.lists(clocks, min_size=2, max_size=2, unique=True).map("-".join)
spans = st.tuples(days, times).map(" ".join)
hours = st.lists(spans, min_size=1, max_size=3).map(", ".join).map(WorkingHours.parse) | st.just(ALWAYS)
# Whole minutes, so that the open minutes between two moments can be counted one by one.
moments = st.integers(0, 2 * 366 * 24 * 60).map(
    lambda minutes: datetime(2024, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
)
zones = st.sampled_from(ZONES).map(ZoneInfo)


def tomsk(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=TOMSK)


def berlin(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN)


@pytest.mark.parametrize(
    ("text", "moment", "expected"),
    [
        # 2025-11-17 is a Monday.
        ("Mon-Sun 09:00-20:00", "2025-11-17 09:00", True),
        ("Mon-Sun 09:00-20:00", "2025-11-23 19:59:59.999", True),
        ("Mon-Sun 09:00-20:00", "2025-11-17 20:00", False),
        ("Mon-Sun 09:00-20:00", "2025-11-17 08:59:59", False),
        ("Mon-Fri 09:00-20:00, Sat 10:00-16:00", "2025-11-22 09:30", False),
        ("Mon-Fri 09:00-20:00, Sat 10:00-16:00", "2025-11-22 10:00", True),
        ("Mon-Fri 09:00-20:00, Sat 10:00-16:00", "2025-11-23 12:00", False),
        ("Mon,Wed 10:00-14:00", "2025-11-19 12:00", True),
        ("Mon,Wed 10:00-14:00", "2025-11-18 12:00", False),
        ("Mon, Wed-Thu 10:00-14:00, Sat 11:00-12:00", "2025-11-20 12:00", True),
        ("Mon-Fri 09:00-13:00, Mon-Fri 14:00-18:00", "2025-11-18 13:30", False),
        ("Fri 20:00-02:00", "2025-11-22 01:59", True),
        ("Fri 20:00-02:00", "2025-11-21 01:00", False),
        ("Fri 20:00-02:00", "2025-11-22 02:00", False),
        ("Sun 20:00-02:00", "2025-11-17 01:00", True),
        ("Sat-Mon 10:00-14:00", "2025-11-17 10:00", True),
        ("Sat-Mon 10:00-14:00", "2025-11-18 10:00", False),
        ("mon – fri 9:00 – 24:00", "2025-11-17 23:59", True),
        ("Mon 20:00-00:00", "2025-11-17 23:59", True),
        ("Mon 20:00-00:00", "2025-11-18 00:00", False),
        ("always", "2025-11-18 03:00", True),
        (" Always ", "2025-11-23 23:59:59", True),
    ],
)
def test_open_and_closed(text: str, moment: str, expected: bool) -> None:
    assert WorkingHours.parse(text).is_open(tomsk(moment), TOMSK) is expected


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("", '"" is no day'),
        ("Monday 09:00-20:00", '"Monday" is no day'),
        ("09:00-20:00", '"09:00-20:00" is no day'),
        ("Mon-Tue-Wed 09:00-20:00", '"Mon-Tue-Wed" is no day'),
        ("Mon-Fri 09:00-20:00, Sut 10:00-16:00", '"Sut" is no day'),
        ("Mon-Fri 09:00-20:00,", '"" is no day'),
        ("Mon-Fri", '"Mon-Fri" has no times'),
        ("Mon-Fri 09:00-20:00, Sat", '"Sat" has no times'),
        ("Mon 09:00-13:00 14:00-18:00", '"Mon 09:00-13:00 14:00-18:00" is more than'),
        ("Mon 9-20", '"9-20" is no pair of times'),
        ("Mon 09:00", '"09:00" is no pair of times'),
        ("Mon 09:60-20:00", '"09:60-20:00" is no pair of times'),
        ("Mon 09:00-24:01", '"09:00-24:01" is no pair of times'),
        ("Mon 24:00-09:00", '"24:00-09:00" is no pair of times'),
        ("Mon 09:00-09:00", '"09:00-09:00" is no time at all'),
    ],
)
def test_an_error_names_the_wrong_part_and_the_right_form(text: str, wrong: str) -> None:
    with pytest.raises(ValueError) as caught:  # noqa: PT011 -- the whole message is looked at
        WorkingHours.parse(text)
    assert str(caught.value).startswith(wrong)
    assert str(caught.value).endswith('write it like "Mon-Fri 09:00-20:00, Sat 10:00-16:00" or "always"')


def test_two_ways_of_writing_the_same_hours_are_equal() -> None:
    assert WorkingHours.parse("always") == WorkingHours.parse("Mon-Sun 00:00-24:00") == ALWAYS
    assert hash(WorkingHours.parse("Sat,Sun 10:00-12:00")) == hash(WorkingHours.parse("sat-sun 10:00-12:00"))
    assert WorkingHours.parse("Sat 10:00-12:00") != WorkingHours.parse("Sat 10:00-12:30")


class Desk(BaseModel):
    model_config = ConfigDict(frozen=True)

    hours: WorkingHours = ALWAYS


def test_a_model_reads_and_writes_hours_as_text() -> None:
    desk = Desk.model_validate({"hours": "Mon-Fri 09:00-20:00"})
    assert desk == Desk(hours=WorkingHours.parse("Mon-Fri 09:00-20:00"))
    assert desk.model_dump(mode="json") == {"hours": "Mon-Fri 09:00-20:00"}
    assert Desk.model_validate_json(desk.model_dump_json()) == desk
    assert str(Desk().hours) == "always"


@pytest.mark.parametrize("wrong", ["Mon 9-20", 9])
def test_a_model_refuses_wrong_hours(wrong: object) -> None:
    with pytest.raises(ValidationError, match='write it like "Mon-Fri 09:00-20:00'):
        Desk.model_validate({"hours": wrong})


def test_the_next_opening() -> None:
    office = WorkingHours.parse("Mon-Fri 09:00-20:00, Sat 10:00-16:00")
    assert office.next_opening(tomsk("2025-11-20 12:30"), TOMSK) == tomsk("2025-11-20 12:30")
    assert office.next_opening(tomsk("2025-11-20 20:00"), TOMSK) == tomsk("2025-11-21 09:00")
    assert office.next_opening(tomsk("2025-11-22 17:00"), TOMSK) == tomsk("2025-11-24 09:00")
    assert office.next_opening(tomsk("2025-11-20 20:00"), TOMSK).tzinfo is UTC


def test_the_next_opening_may_be_a_week_ahead() -> None:
    mondays = WorkingHours.parse("Mon 09:00-10:00")
    assert mondays.next_opening(tomsk("2025-11-17 10:00"), TOMSK) == tomsk("2025-11-24 09:00")


def test_opening_and_closing_follow_the_clock_across_its_changes() -> None:
    office = WorkingHours.parse("Mon-Sun 09:00-20:00")
    # Clocks went forward in the night to 2025-03-30 and back in the night to 2025-10-26.
    assert office.next_opening(berlin("2025-03-29 21:00"), BERLIN) == datetime(2025, 3, 30, 7, tzinfo=UTC)
    assert office.next_opening(berlin("2025-10-25 21:00"), BERLIN) == datetime(2025, 10, 26, 8, tzinfo=UTC)
    night = WorkingHours.parse("Sat 22:00-06:00")
    assert night.add_open_time(berlin("2025-03-29 22:00"), timedelta(hours=7), BERLIN) == berlin(
        "2025-03-30 06:00"
    )
    assert night.add_open_time(berlin("2025-10-25 22:00"), timedelta(hours=9), BERLIN) == berlin(
        "2025-10-26 06:00"
    )


def test_an_opening_that_the_clock_skips_comes_after_the_change() -> None:
    early = WorkingHours.parse("Sun 02:30-08:00")
    assert early.next_opening(berlin("2025-03-30 00:00"), BERLIN) == berlin("2025-03-30 03:30")


def test_a_span_that_the_clock_skips_is_left_out() -> None:
    early = WorkingHours.parse("Sun 02:00-03:00")
    assert early.next_opening(berlin("2025-03-30 00:00"), BERLIN) == berlin("2025-04-06 02:00")


def test_add_open_time() -> None:
    office = WorkingHours.parse("Mon-Fri 09:00-20:00, Sat 10:00-16:00")
    quarter = timedelta(minutes=15)
    assert office.add_open_time(tomsk("2025-11-20 12:00"), quarter, TOMSK) == tomsk("2025-11-20 12:15")
    assert office.add_open_time(tomsk("2025-11-20 19:45"), quarter, TOMSK) == tomsk("2025-11-20 20:00")
    assert office.add_open_time(tomsk("2025-11-20 19:50"), quarter, TOMSK) == tomsk("2025-11-21 09:05")
    assert office.add_open_time(tomsk("2025-11-22 23:00"), quarter, TOMSK) == tomsk("2025-11-24 09:15")
    assert office.add_open_time(tomsk("2025-11-21 19:00"), timedelta(hours=8), TOMSK) == tomsk(
        "2025-11-24 10:00"
    )


def test_overlapping_spans_count_once() -> None:
    office = WorkingHours.parse("Mon 09:00-14:00, Mon 13:00-18:00")
    assert office.add_open_time(tomsk("2025-11-17 09:00"), timedelta(hours=9), TOMSK) == tomsk(
        "2025-11-17 18:00"
    )


def test_a_moment_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="has no time zone"):
        ALWAYS.is_open(datetime(2025, 11, 20, 12), TOMSK)  # noqa: DTZ001 -- the mistake under test


@given(hours, moments, zones)
def test_the_next_opening_is_open_and_never_before_the_moment(
    open_hours: WorkingHours, moment: datetime, zone: ZoneInfo
) -> None:
    opening = open_hours.next_opening(moment, zone)
    assert moment <= opening
    assert open_hours.is_open(opening, zone)
    assert open_hours.is_open(moment, zone) is (opening == moment)


@given(hours, moments)
def test_between_closing_and_opening_nobody_works(open_hours: WorkingHours, moment: datetime) -> None:
    opening = open_hours.next_opening(moment, TOMSK)
    assert opening - moment <= timedelta(days=8)
    minutes = range(0, (opening - moment) // timedelta(minutes=1), 7)
    assert not any(open_hours.is_open(moment + timedelta(minutes=minute), TOMSK) for minute in minutes)


@given(hours, moments)
def test_open_is_what_the_wall_clock_says(open_hours: WorkingHours, moment: datetime) -> None:
    # Tomsk has no daylight saving time, so the week's minutes tell it all.
    local = moment.astimezone(TOMSK)
    week = 7 * 24 * 60
    minute = local.weekday() * 24 * 60 + local.hour * 60 + local.minute
    expected = any(
        (minute - (span.weekday * 24 * 60 + span.opens)) % week < span.closes - span.opens
        for span in open_hours.spans
    )
    assert open_hours.is_open(moment, TOMSK) is expected


@given(hours, moments, st.integers(1, 120), zones)
def test_as_much_open_time_passes_as_was_added(
    open_hours: WorkingHours, moment: datetime, minutes: int, zone: ZoneInfo
) -> None:
    due = open_hours.add_open_time(moment, timedelta(minutes=minutes), zone)
    opening = open_hours.next_opening(moment, zone)
    passed = 0
    at = opening
    while at < due:
        if open_hours.is_open(at, zone):
            passed += 1
            at += timedelta(minutes=1)
        else:
            at = open_hours.next_opening(at, zone)
    assert passed == minutes
    assert due >= moment + timedelta(minutes=minutes)


@given(hours, moments, st.integers(0, 500), zones)
def test_open_time_between_two_moments_is_what_was_added(
    open_hours: WorkingHours, moment: datetime, minutes: int, zone: ZoneInfo
) -> None:
    due = open_hours.add_open_time(moment, timedelta(minutes=minutes), zone)
    assert open_hours.open_time_between(moment, due, zone) == timedelta(minutes=minutes)
    assert open_hours.open_time_between(due, moment, zone) == timedelta()


@pytest.mark.parametrize(
    ("text", "ends"),
    [
        ("Mon-Sun 22:00-08:00", "2026-11-20T08:00"),
        ("Mon-Sun 22:00-24:00, Mon-Sun 00:00-07:30", "2026-11-20T07:30"),
        ("Mon-Sun 22:00-05:00, Fri 04:00-12:00", "2026-11-20T12:00"),
        ("Mon-Fri 05:00-06:00", "2026-11-20T03:00"),
        ("Fri 03:00-04:00, Fri 04:00-05:00, Fri 05:01-06:00", "2026-11-20T05:00"),
        ("always", "2026-11-27T03:00"),
    ],
)
def test_when_the_hours_end(text: str, ends: str) -> None:
    zone = ZoneInfo("Asia/Tomsk")
    friday_night = datetime(2026, 11, 20, 3, 0, tzinfo=zone)
    found = WorkingHours.parse(text).next_closing(friday_night, zone)
    assert found.astimezone(zone).isoformat(timespec="minutes") == f"{ends}+07:00"
