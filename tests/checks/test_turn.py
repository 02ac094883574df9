"""Two processes that tick at once: of each round one works, and the other one leaves it alone."""

import threading
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from chalicelib.alerts.incidents import Incidents
from chalicelib.bootstrap import Application
from chalicelib.checks.running import TICK, CheckRunner
from chalicelib.checks.turn import LONGEST, turn
from chalicelib.functions import tick
from tests.checks.test_running import FakeCheck, Look
from tests.crashes import Crash, Steps, Watched
from tests.world import World

NAME = "checks"
PATIENCE_SECONDS = 20


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with closing(World(tmp_path)) as world:
        yield world


def is_free(world: World) -> bool:
    with turn(world.engine.documents, world.clock, NAME) as is_ours:
        return is_ours


def test_nobody_has_it_but_one(world: World) -> None:
    with turn(world.engine.documents, world.clock, NAME) as is_ours:
        assert is_ours
        world.now += LONGEST - timedelta(seconds=1)
        assert not is_free(world)
    assert is_free(world)


def test_it_is_given_back_after_a_failure(world: World) -> None:
    with pytest.raises(OSError, match="away"), turn(world.engine.documents, world.clock, NAME):
        raise OSError("away")
    assert is_free(world)


def test_who_was_killed_holds_nobody_up_for_long(world: World) -> None:
    with turn(world.engine.documents, world.clock, NAME):
        world.now += LONGEST
        with turn(world.engine.documents, world.clock, NAME) as is_theirs:
            assert is_theirs
        world.now += timedelta(seconds=1)
    assert is_free(world)


def test_who_was_late_does_not_give_back_what_is_not_theirs(world: World) -> None:
    with turn(world.engine.documents, world.clock, NAME):
        world.now += LONGEST
        second = turn(world.engine.documents, world.clock, NAME)
        assert second.__enter__()
    assert not is_free(world)
    second.__exit__(None, None, None)


def test_two_at_the_very_same_moment_are_told_apart(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    documents = world.engine.documents
    seen = documents.get(f"turn:{NAME}")
    monkeypatch.setattr(documents, "get", lambda _key: seen)
    with turn(documents, world.clock, NAME) as is_ours, turn(documents, world.clock, NAME) as is_theirs:
        assert (is_ours, is_theirs) == (True, False)


def test_a_tick_looks_after_incidents_and_runs_what_is_due(world: World) -> None:
    world.post("tilda", "demo-token", b"{", "application/json")
    world.work()
    tick(world.application)
    world.work()
    assert world.alerts[-1].splitlines()[0] == "Сбой: есть непрочитанные события"
    world.later(hours=4)
    tick(world.application)
    world.work()
    assert "Сбой, и никто не отозвался: есть непрочитанные события" in world.alerts[-1]


def with_checks(world: World, *checks: FakeCheck) -> Application:
    return replace(world.application, checks=CheckRunner(checks, world.engine, world.clock))


def test_what_takes_long_holds_up_nothing_that_is_looked_at_each_minute(world: World) -> None:
    was_looked_at = threading.Event()
    waited: list[bool] = []
    parcels = Look("parcels", timedelta(hours=1), lambda: waited.append(was_looked_at.wait(PATIENCE_SECONDS)))
    endpoints = Look("endpoints", TICK, was_looked_at.set)
    tick(with_checks(world, parcels, endpoints))
    assert waited == [True]


def test_what_takes_minutes_holds_up_nothing_in_the_ticks_that_follow(world: World) -> None:
    parcels, endpoints = FakeCheck("parcels", timedelta(hours=1)), FakeCheck("endpoints", TICK)
    application = with_checks(world, parcels, endpoints)
    with turn(world.engine.documents, world.clock, NAME):
        for _ in range(3):
            tick(application)
            world.later(minutes=1)
        assert (endpoints.looks, parcels.looks) == (3, 0)
    tick(application)
    assert (endpoints.looks, parcels.looks) == (4, 1)


class BrokenIncidents(Incidents):
    def look_after(self) -> None:
        raise OSError("away")


def test_reminders_that_fail_hold_up_no_look_and_are_an_error_of_the_tick(world: World) -> None:
    endpoints = FakeCheck("endpoints", TICK)
    broken = BrokenIncidents(world.engine.documents, world.engine.notify, world.clock)
    with pytest.raises(OSError, match="away"):
        tick(replace(with_checks(world, endpoints), incidents=broken))
    assert endpoints.looks == 1
    assert is_free(world)


def test_timers_that_fail_hold_up_no_look(world: World) -> None:
    endpoints = FakeCheck("endpoints", TICK)
    timers: Any = Watched("timers", world.engine.timers, Steps("before timers.due"))
    broken = replace(with_checks(world, endpoints), engine=replace(world.engine, timers=timers))
    with pytest.raises(Crash):
        tick(broken)
    assert endpoints.looks == 1
