"""Telephony tells a call, tracking what its caller searched for: one order, whoever is first."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from datetime import timedelta
from itertools import permutations
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from chalicelib.books.calls import Calls
from chalicelib.gate.gate import Gate
from chalicelib.gate.provider import Source
from tests.world import World, example_shop

from .test_calltouch import CALL as CALLTOUCH
from .test_roistat import RINGING as ROISTAT

CALLER = "79165550001"
TOKEN = "a-token"
SOURCES: Mapping[str, Mapping[str, Any]] = {
    "mango": {"provider": "mango", "api_key": "demo-key", "api_salt": "demo-salt"},
    "calltouch": {"provider": "calltouch", "token": TOKEN},
    "roistat": {"provider": "roistat", "token": TOKEN},
}


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with closing(World(tmp_path, example_shop(sources=SOURCES))) as world:
        sources = {name: Source(name, str(table["provider"]), table) for name, table in SOURCES.items()}
        world.gate = Gate(sources, world.engine.work.put)
        yield world


def local(world: World) -> str:
    """Now, in the shop's zone, as tracking systems write it."""
    return f"{world.now + timedelta(hours=7):%Y-%m-%d %H:%M:%S}"


def calltouch(world: World, *, is_over: bool) -> None:
    told = {**CALLTOUCH, "callerphone": CALLER, "calltime": local(world)}
    shown = told if is_over else {name: told[name] for name in told if name not in {"status", "duration"}}
    assert world.post("calltouch", TOKEN, urlencode(shown).encode()).status == 200


def roistat(world: World, *, is_over: bool) -> None:
    told = {**ROISTAT, "caller": CALLER, "date": local(world)}
    shown = {**told, "status": "NOANSWER", "duration": 42} if is_over else told
    assert world.post("roistat", TOKEN, json.dumps(shown).encode(), "application/json").status == 200


@pytest.mark.parametrize("tracking", [calltouch, roistat])
@pytest.mark.parametrize("order", range(6))
def test_whoever_is_first(world: World, tracking: Callable[..., None], order: int) -> None:
    at = world.now
    telling: list[Callable[[], object]] = [
        lambda: tracking(world, is_over=False),
        lambda: world.call(CALLER, "a"),
        lambda: tracking(world, is_over=True),
    ]
    for delay, step in enumerate(list(permutations(telling))[order]):
        world.now = at
        step()
        world.now = at + timedelta(seconds=30 * delay)
        world.work()
    [made] = world.orders
    assert made["phone"] == f"+{CALLER}"
    expected = {"source": "yandex", "medium": "cpc", "campaign": "kuhni", "keyword": "купить стол"}
    assert made["source"].items() >= expected.items()
    assert made["managerComment"].count("Искал: «купить стол»") == 1
    assert world.tasks == []
    assert world.alerts == []


@pytest.mark.parametrize("tracking", [calltouch, roistat])
def test_tracking_alone_makes_nothing(world: World, tracking: Callable[..., None]) -> None:
    for is_over in (False, True):
        tracking(world, is_over=is_over)
        world.work_for(minutes=2)
    assert (world.orders, world.tasks, world.alerts) == ([], [], [])


def test_two_tracking_systems_and_the_telephone_company_make_one_order(world: World) -> None:
    for is_over in (False, True):
        calltouch(world, is_over=is_over)
        roistat(world, is_over=is_over)
    world.call(CALLER, "a")
    world.work_for(minutes=2)
    [made] = world.orders
    assert made["source"]["keyword"] == "купить стол"


@pytest.mark.parametrize("tracking", [calltouch, roistat])
def test_the_end_of_a_call_alone_brings_order_and_keyword(
    tmp_path: Path, tracking: Callable[..., None]
) -> None:
    source = SOURCES[tracking.__name__]
    with closing(
        World(tmp_path, example_shop(sources={tracking.__name__: {**source, "tells_calls": True}}))
    ) as world:
        gate_source = Source(tracking.__name__, str(source["provider"]), source)
        world.gate = Gate({tracking.__name__: gate_source}, world.engine.work.put)
        tracking(world, is_over=True)
        world.work()
        [made] = world.orders
        assert made["source"]["keyword"] == "купить стол"
        assert made["managerComment"].count("Искал: «купить стол»") == 1


@pytest.mark.parametrize("is_tracking_first", [True, False])
@pytest.mark.parametrize("tracking", [calltouch, roistat])
def test_a_call_that_both_tell_of_is_one_in_the_books(
    tmp_path: Path, tracking: Callable[..., None], *, is_tracking_first: bool
) -> None:
    tables = {**SOURCES, tracking.__name__: {**SOURCES[tracking.__name__], "tells_calls": True}}
    with closing(World(tmp_path, example_shop(sources=tables))) as world:
        sources = {name: Source(name, str(table["provider"]), table) for name, table in tables.items()}
        world.gate = Gate(sources, world.engine.work.put)
        telling: list[Callable[[], object]] = [
            lambda: tracking(world, is_over=True),
            lambda: world.call(CALLER, "a"),
        ]
        for tell in telling if is_tracking_first else reversed(telling):
            tell()
            world.work()
        booked = [Calls.of(entry) for entry in world.entries()]
        assert [sum(calls.missed for calls in booked), sum(calls.answered for calls in booked)] == [1, 0]
