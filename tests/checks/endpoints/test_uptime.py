"""What is kept of the endpoints' last hours and days, on a fake clock."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import ClassVar
from zoneinfo import ZoneInfo

import pytest

from chalicelib.books.moments import hour_of
from chalicelib.bootstrap import sqlite_engine
from chalicelib.checks.endpoints.answers import Answer
from chalicelib.checks.endpoints.finished_days import DOCUMENT, UptimeCheck
from chalicelib.checks.endpoints.judging import Sighting
from chalicelib.checks.endpoints.settings import LONGEST_NAME, MOST_WATCHED
from chalicelib.checks.endpoints.tallies import Tally
from chalicelib.checks.endpoints.uptime import (
    KEPT_DAYS,
    RING_HOURS,
    DaysOfOne,
    HourOfAll,
    Uptime,
    UptimeHistory,
    days_key,
    hour_key,
    ring_key,
)
from chalicelib.checks.endpoints.uptime_keeper import UptimeKeeper
from chalicelib.engine.port import Document, Documents
from tests.engine.moto_aws import moto_cloud
from tests.world import MORNING, World

from .shop import BAD, CONTROL, HANGS, WELL, Watching, endpoint

KEY = "endpoint:Site"
TOMSK = ZoneInfo("Asia/Tomsk")
DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
LARGEST_DOCUMENT = 400 * 1024


@pytest.fixture
def documents(tmp_path: Path) -> Iterator[Documents]:
    with closing(sqlite_engine(tmp_path)) as engine:
        yield engine.documents


def uptime(world: World, key: str = KEY) -> Uptime:
    return UptimeHistory(world.engine.documents, TOMSK).of([key], world.now)[key]


def test_an_hour_is_counted_as_it_was_seen(world: World) -> None:
    watching = Watching(world, endpoint())
    watching.outside.replies["site"] = Answer(200, took=timedelta(milliseconds=120))
    watching.rounds(20)
    watching.outside.replies["site"] = Answer(502, took=timedelta(milliseconds=5))
    watching.rounds(10)
    watching.outside.replies["site"] = Answer(200, took=timedelta(milliseconds=120))
    watching.rounds(31)
    last = uptime(world).last_hours()
    assert (last.probes, last.failures, last.watched) == (61, 10, 61 * 60)
    # From the third failure on, until the second success.
    assert last.down == 9 * 60
    assert last.latencies == (0, 0, 0, 51)
    assert last.latency(0.5) == timedelta(milliseconds=125)


def test_a_longer_interval_weighs_as_much(world: World) -> None:
    watching = Watching(world, endpoint(every="5m"))
    watching.rounds(61)
    last = uptime(world).last_hours()
    assert (last.probes, last.watched) == (12, 3600)


def test_a_parent_that_is_asked_more_often_is_not_counted_twice(world: World) -> None:
    watching = Watching(world, endpoint("Router", every="30m"), endpoint("Site", parent="Router"))
    watching.outside.replies.update({"site": HANGS, "router": HANGS})
    watching.rounds(61)
    last = uptime(world, "endpoint:Router").last_hours()
    assert last.probes >= 58
    assert last.watched <= 61 * 60 + 30 * 60


def test_maintenance_is_kept_apart(world: World) -> None:
    window = "2026-11-20 11:00 - 2026-11-20 11:30"
    watching = Watching(world, endpoint(maintenance=[window]))
    watching.outside.replies["site"] = BAD
    watching.rounds(26)
    last = uptime(world).last_hours()
    assert (last.maintenance, last.down, last.uptime) == (26 * 60, 0, None)


def test_trouble_of_our_own_network_counts_for_nobody(world: World) -> None:
    watching = Watching(world, endpoint(), control_probe={"urls": [CONTROL]})
    watching.outside.replies.update({"site": HANGS, "control": HANGS})
    watching.rounds(30)
    assert uptime(world).last_hours().probes == 0


def test_a_time_in_which_nobody_looked_is_neither_good_nor_bad(world: World) -> None:
    watching = Watching(world, endpoint())
    watching.rounds(11)
    world.later(hours=3)
    watching.rounds(11)
    last = uptime(world).last_hours()
    assert last.probes == 22
    assert last.watched == 22 * 60


def test_it_is_written_at_once_and_then_every_five_minutes_whatever_is_asked(world: World) -> None:
    watching = Watching(world, *(endpoint(f"e{number}") for number in range(50)))
    key = hour_key(hour_of(world.now, TOMSK))
    watching.round()
    assert uptime(world, "endpoint:e7").last_hours().probes == 1
    watching.rounds(4)
    assert world.engine.documents.get(key).version == 1
    watching.rounds(51)
    assert world.engine.documents.get(key).version == 12


class Racing:
    """Documents of which somebody else has always just written the one that is to be written."""

    def __init__(self, documents: Documents) -> None:
        self.get = documents.get
        self.get_many = documents.get_many
        self._put = documents.put
        self.lost: set[str] = set()

    def put(self, document: Document) -> Document:
        if document.key not in self.lost:
            self.lost.add(document.key)
            other = HourOfAll.model_validate(document.content).with_tallies(MORNING, {KEY: Tally(probes=100)})
            self._put(replace(document, content=other.content()))
        return self._put(document)


def test_who_loses_a_race_adds_to_what_the_other_one_kept(documents: Documents) -> None:
    keeper = UptimeKeeper(Racing(documents), TOMSK)
    keeper.add({KEY: Sighting(KEY, "Site", None)}, {}, {KEY: HOUR}, MORNING)
    # The other one wrote the same one as well, and a hundred.
    assert HourOfAll.model_validate(documents.get(hour_key(MORNING)).content).tallies[KEY].probes == 102


def test_a_finished_day_is_kept_and_the_ring_used_again(world: World) -> None:
    watching = Watching(world, endpoint(every="10m"))
    check = UptimeCheck(world.engine.documents, TOMSK)
    for number in range(6 * 24 * 4):
        watching.outside.replies["site"] = BAD if 6 * 24 <= number < 6 * 30 else WELL
        world.later(minutes=9)
        watching.round()
        check.find(world.now)
    found = uptime(world)
    today = world.now.astimezone(TOMSK).date()
    days = {day: tally for day, tally in found.days.items() if tally.probes}
    assert list(found.days) == [today - back * DAY for back in reversed(range(KEPT_DAYS))]
    assert sum(tally.probes for tally in days.values()) >= 6 * 24 * 4 - 6
    whole = {today - back * DAY: days[today - back * DAY].probes for back in (1, 2, 3)}
    assert set(whole.values()) == {144}
    # From the third failure of 36 on, until the second success.
    assert found.last_days(KEPT_DAYS).down == 35 * 600
    assert found.last_days(1) == days[today]
    assert len(list(found.hours)) == 24


def a_day(documents: Documents, day: date, probes: int = 1) -> None:
    """Each hour of a day in Tomsk, as rounds leave it."""
    midnight = datetime(day.year, day.month, day.day, tzinfo=TOMSK).astimezone(UTC)
    for number in range(24):
        hour = midnight + number * HOUR
        document = documents.get(hour_key(hour))
        content = HourOfAll(hour=hour, tallies={KEY: Tally(probes=probes, watched=3600)}).content()
        documents.put(replace(document, content=content))


def test_a_day_is_kept_once_however_often_the_check_runs_or_dies(documents: Documents) -> None:
    first = date(2026, 11, 19)
    a_day(documents, first)
    a_day(documents, first + DAY)
    after = datetime(2026, 11, 20, 17, 15, tzinfo=UTC)  # 00:15 in Tomsk.
    for _ in range(2):
        UptimeCheck(documents, TOMSK).find(after)
        rolled = documents.get(DOCUMENT)
        # As if the process had died before it wrote how far it is.
        documents.put(replace(rolled, content={}))
    kept = DaysOfOne.model_validate(documents.get(days_key(KEY)).content).days
    assert {day: tally.probes for day, tally in kept.items()} == {first: 24, first + DAY: 24}


def test_a_day_is_not_closed_before_the_last_round_has_kept_it(documents: Documents) -> None:
    a_day(documents, date(2026, 11, 20))
    check = UptimeCheck(documents, TOMSK)
    check.find(datetime(2026, 11, 20, 17, 5, tzinfo=UTC))
    assert documents.get(days_key(KEY)).version == 0
    check.find(datetime(2026, 11, 20, 17, 10, tzinfo=UTC))
    version = documents.get(days_key(KEY)).version
    assert version == 1
    check.find(datetime(2026, 11, 21, 3, 0, tzinfo=UTC))
    assert documents.get(days_key(KEY)).version == version


def test_yesterday_is_there_before_the_check_has_kept_it(documents: Documents) -> None:
    a_day(documents, date(2026, 11, 20))
    found = UptimeHistory(documents, TOMSK).of([KEY], datetime(2026, 11, 20, 17, 5, tzinfo=UTC))[KEY]
    assert found.days[date(2026, 11, 20)].probes == 24


def test_ninety_days_are_enough(documents: Documents) -> None:
    check = UptimeCheck(documents, TOMSK)
    first = date(2026, 7, 1)
    for number in range(KEPT_DAYS + 5):
        day = first + number * DAY
        a_day(documents, day)
        check.find(datetime(day.year, day.month, day.day, 18, tzinfo=UTC))
    kept = DaysOfOne.model_validate(documents.get(days_key(KEY)).content).days
    assert len(kept) == KEPT_DAYS
    assert min(kept) == first + 5 * DAY


def test_the_check_says_how_far_it_is(documents: Documents) -> None:
    check = UptimeCheck(documents, TOMSK)
    assert check.look(MORNING) == ["days kept until never"]
    check.find(MORNING)
    assert check.look(MORNING) == ["days kept until 2026-11-19"]


def test_the_largest_documents_fit_into_a_table() -> None:
    busy = Tally(
        probes=60,
        failures=60,
        watched=3600,
        down=3600,
        maintenance=3600,
        latencies=(*[10] * 15, 60),
    )
    names = [f"endpoint:{number:04}" + "😀" * (LONGEST_NAME - 4) for number in range(MOST_WATCHED)]
    hour = HourOfAll(hour=MORNING, tallies=dict.fromkeys(names, busy)).content()
    assert len(json.dumps(hour, ensure_ascii=False).encode()) < LARGEST_DOCUMENT
    day = busy.model_copy(update={"probes": 1440, "latencies": (*[1000] * 15, 1440)})
    days = DaysOfOne(days={date(2026, 1, 1) + number * DAY: day for number in range(KEPT_DAYS)})
    assert len(json.dumps(days.content()).encode()) < LARGEST_DOCUMENT // 20


def test_two_hours_at_the_same_place_of_the_ring_are_not_mixed(documents: Documents) -> None:
    old, new = MORNING - RING_HOURS * HOUR, MORNING
    assert hour_key(old) == hour_key(new)
    content = HourOfAll(hour=old, tallies={KEY: Tally(probes=9)}).content()
    document = documents.put(replace(documents.get(hour_key(old)), content=content))
    history = UptimeHistory(documents, TOMSK)
    assert history.of([KEY], MORNING)[KEY].last_hours().probes == 0
    renewed = HourOfAll.model_validate(document.content).with_tallies(new, {KEY: Tally(probes=1)})
    assert renewed.tallies == {KEY: Tally(probes=1)}


def test_each_place_of_the_ring_is_its_own() -> None:
    hours = {hour_key(MORNING + number * HOUR) for number in range(RING_HOURS)}
    assert hours == {ring_key(number) for number in range(RING_HOURS)}


def test_a_page_costs_one_reading_of_a_hundred_documents(documents: Documents) -> None:
    class Counting:
        get, put = documents.get, documents.put
        asked: ClassVar[list[int]] = []

        def get_many(self, keys: Sequence[str]) -> Mapping[str, Document]:
            self.asked.append(len(keys))
            return documents.get_many(keys)

    counting = Counting()
    names = [f"endpoint:{number}" for number in range(50)]
    for minute in range(0, 24 * 60, 30):
        UptimeHistory(counting, TOMSK).of(names, MORNING + timedelta(minutes=minute))
    assert len(counting.asked) == 48
    assert max(counting.asked) <= 100


def test_a_table_of_aws_keeps_the_same() -> None:
    day = date(2026, 11, 20)
    after = datetime(2026, 11, 20, 17, 30, tzinfo=UTC)
    with moto_cloud() as cloud:
        documents = cloud.engine("uptime", lambda: after).documents
        a_day(documents, day)
        keeper = UptimeKeeper(documents, TOMSK)
        for minute in range(0, 12, 6):
            keeper.add({KEY: Sighting(KEY, "Site", None)}, {}, {KEY: HOUR}, after + timedelta(minutes=minute))
        UptimeCheck(documents, TOMSK).find(after)
        found = UptimeHistory(documents, TOMSK).of([KEY, "endpoint:Other"], after)
    assert found[KEY].days[day] == Tally(probes=24, watched=24 * 3600)
    assert found[KEY].days[day + DAY].probes == 2
    assert found["endpoint:Other"].last_days(KEPT_DAYS).probes == 0
