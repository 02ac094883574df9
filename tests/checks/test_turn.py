"""Two processes that tick at once: one works, the other one leaves it alone."""

from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from chalicelib.checks.turn import LONGEST, turn
from chalicelib.functions import tick
from tests.world import World


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with closing(World(tmp_path)) as world:
        yield world


def is_free(world: World) -> bool:
    with turn(world.engine.documents, world.clock) as is_ours:
        return is_ours


def test_nobody_has_it_but_one(world: World) -> None:
    with turn(world.engine.documents, world.clock) as is_ours:
        assert is_ours
        world.now += LONGEST - timedelta(seconds=1)
        assert not is_free(world)
    assert is_free(world)


def test_it_is_given_back_after_a_failure(world: World) -> None:
    with pytest.raises(OSError, match="away"), turn(world.engine.documents, world.clock):
        raise OSError("away")
    assert is_free(world)


def test_who_was_killed_holds_nobody_up_for_long(world: World) -> None:
    with turn(world.engine.documents, world.clock):
        world.now += LONGEST
        with turn(world.engine.documents, world.clock) as is_theirs:
            assert is_theirs
        world.now += timedelta(seconds=1)
    assert is_free(world)


def test_who_was_late_does_not_give_back_what_is_not_theirs(world: World) -> None:
    with turn(world.engine.documents, world.clock):
        world.now += LONGEST
        second = turn(world.engine.documents, world.clock)
        assert second.__enter__()
    assert not is_free(world)
    second.__exit__(None, None, None)


def test_two_at_the_very_same_moment_are_told_apart(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    documents = world.engine.documents
    seen = documents.get("turn:checks")
    monkeypatch.setattr(documents, "get", lambda _key: seen)
    with turn(documents, world.clock) as is_ours, turn(documents, world.clock) as is_theirs:
        assert (is_ours, is_theirs) == (True, False)


def test_a_tick_looks_after_incidents_and_runs_what_is_due(world: World) -> None:
    world.post("tilda", "demo-token", b"{", "application/json")
    world.work()
    tick(world.application)
    world.work()
    assert world.alerts[-1].splitlines()[0] == "Сбой: есть непрочитанные события"
    world.later(minutes=30)
    tick(world.application)
    world.work()
    assert world.alerts[-1].splitlines()[0] != "Сбой: есть непрочитанные события"


def test_a_tick_leaves_the_last_one_alone(world: World) -> None:
    world.post("tilda", "demo-token", b"{", "application/json")
    world.work()
    told = len(world.alerts)
    with turn(world.engine.documents, world.clock):
        tick(world.application)
    world.work()
    assert len(world.alerts) == told
