"""``leadkeeper mistakes`` as a person runs it."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from chalicelib import bootstrap
from standalone.cli import main
from tests.mistakes.shop import (
    AGREED,
    ANNA,
    CANCELLED,
    COMPLETE,
    IVAN,
    counted,
    history,
    person_edits,
    person_makes,
    shop_with_scenario,
)
from tests.world import World, example_shop


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with closing(World(tmp_path, shop_with_scenario())) as world:
        history(world)
        world.later(minutes=1)
        yield world


def run(monkeypatch: pytest.MonkeyPatch, world: World, *arguments: str) -> Result:
    monkeypatch.setattr(bootstrap, "application", lambda: world.application)
    return CliRunner().invoke(main, ["mistakes", *arguments])


def words(output: str) -> list[list[str]]:
    return [line.split() for line in output.splitlines()]


def test_the_report_names_managers_and_rules(monkeypatch: pytest.MonkeyPatch, world: World) -> None:
    assert run(monkeypatch, world, "report").stdout == "no mistakes\n"
    for user in (ANNA, IVAN, IVAN):
        order_id = person_makes(world, user, **{**COMPLETE, "phone": "112"}, email="a@example.com")
        person_edits(world, order_id, user, status=AGREED)
        person_edits(world, order_id, user, items=[])
    history(world)
    assert words(run(monkeypatch, world, "report").stdout) == [
        ["manager", "phone", "items"],
        ["Иван", "Петров", "2", "2"],
        ["Анна", "Смирнова", "1", "1"],
        ["all", "3", "3"],
    ]
    assert run(monkeypatch, world, "report", "--csv").stdout.splitlines() == [
        "manager,phone,items",
        "Иван Петров,2,2",
        "Анна Смирнова,1,1",
        "all,3,3",
    ]
    world.later(days=3)
    assert run(monkeypatch, world, "report", "--days", "3").stdout == "no mistakes\n"
    assert run(monkeypatch, world, "report", "--days", "4").stdout != "no mistakes\n"


def test_a_try_finds_what_orders_lack_and_writes_nothing(
    monkeypatch: pytest.MonkeyPatch, world: World
) -> None:
    for _ in range(7):
        person_makes(world, **{**COMPLETE, "status": AGREED, "phone": "112"}, email="a@example.com")
    person_makes(world, **COMPLETE, status=CANCELLED)
    before = world.sandbox.requests_so_far()
    result = run(monkeypatch, world, "try", "--last", "500")
    assert result.exit_code == 0
    lines = words(result.stdout)
    assert lines[0] == ["9", "orders,", "8", "of", "them", "with", "mistakes"]
    assert [
        "Согласован",
        "phone",
        "task",
        "7",
        "1008A,",
        "1007A,",
        "1006A,",
        "1005A,",
        "1004A,",
        "…",
    ] in lines
    assert ["Отменён", "reason", "task", "1", "1009A"] in lines
    assert ["Иван", "Петров", "7", "1"] in lines
    assert "9 orders read" in result.stderr
    after = world.sandbox.requests_so_far()
    assert {name for name, count in after.items() if count != before.get(name, 0)} <= {
        "GET /api/v5/orders 200",
        "GET /api/v5/users 200",
        "GET /api/v5/reference/statuses 200",
    }
    assert not counted(world)
    assert not world.tasks


def test_a_try_looks_at_the_newest_orders_alone(monkeypatch: pytest.MonkeyPatch, world: World) -> None:
    person_makes(world, **COMPLETE, status=CANCELLED)
    world.later(minutes=1)
    person_makes(world, **COMPLETE, status="no-product")
    result = run(monkeypatch, world, "try", "--last", "1")
    assert words(result.stdout) == [
        ["1", "orders,", "0", "of", "them", "with", "mistakes"],
        ["1", "in", "statuses", "that", "scenario.toml", "does", "not", "know:", "1003A"],
    ]


def test_without_a_scenario_there_is_nothing_to_try(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with closing(World(tmp_path, example_shop().model_copy(update={"scenario": None}))) as world:
        result = run(monkeypatch, world, "try")
    assert result.exit_code == 2
    assert "scenario.toml: there is none beside the shop file" in result.stderr


def test_a_crm_out_of_reach_is_told_in_one_line(monkeypatch: pytest.MonkeyPatch, world: World) -> None:
    world.fault(target="retailcrm", kind="refuse")
    result = run(monkeypatch, world, "try")
    assert result.exit_code == 1
    assert result.stderr.startswith("leadkeeper: crm-unreachable")
