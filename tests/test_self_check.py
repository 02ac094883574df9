import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from chalicelib import self_check
from chalicelib.entry import Status
from chalicelib.metrics import EmbeddedMetrics
from tests.infra.processes import ROOT
from tests.world import World


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with closing(World(tmp_path)) as world:
        yield world


def looked(world: World) -> list[tuple[str, str, float]]:
    """Each metric of one look, with its dimension besides the stage."""
    written: list[str] = []
    self_check.look(world.engine, EmbeddedMetrics("test", world.clock, written.append))
    found = []
    for line in map(json.loads, written):
        directive = line["_aws"]["CloudWatchMetrics"][0]
        name = directive["Metrics"][0]["Name"]
        found.append((name, "".join(line[key] for key in directive["Dimensions"][0][1:]), line[name]))
    return found


def test_nothing_waits_in_an_empty_shop(world: World) -> None:
    assert looked(world) == [
        ("Waiting", "work", 0),
        ("Waiting", "notify", 0),
        ("ParkedNow", "", 0),
        ("QuarantinedNow", "", 0),
        ("CheckRan", "self-check", 1),
    ]


def test_it_tells_what_waits_and_what_needs_a_person(world: World) -> None:
    world.post("cdek", "demo-token", b"{broken", "application/json")
    world.fault(target="retailcrm", kind="400", path="orders/create", times=1)
    world.call("+79161234567", "call-1")
    while world.step(world.used.work):
        pass
    world.call("+79161234568", "call-2")
    assert looked(world)[:4] == [
        ("Waiting", "work", 1),
        ("Waiting", "notify", 2),
        ("ParkedNow", "", 1),
        ("QuarantinedNow", "", 1),
    ]


def test_a_look_that_fails_has_not_run(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_statuses: object) -> dict[Status, int]:
        raise OSError("the store is away")

    monkeypatch.setattr(world.engine.journal, "counts", broken)
    written: list[str] = []
    with pytest.raises(OSError, match="the store is away"):
        self_check.look(world.engine, EmbeddedMetrics("test", world.clock, written.append))
    assert written
    assert not any("CheckRan" in line for line in written)


def test_an_alarm_waits_for_it() -> None:
    stack = json.loads((ROOT / "infra" / "stack.json").read_text("utf-8"))
    assert self_check.NAME in stack["Parameters"]["Checks"]["Default"].split(",")
