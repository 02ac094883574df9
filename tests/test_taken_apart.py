"""A webhook with several independent messages: each becomes an envelope of its own, whatever happens."""

from collections.abc import Iterator
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from chalicelib.entry import Status
from chalicelib.gate.gate import Gate
from chalicelib.gate.provider import Source
from tests.crashes import CrashingWorld
from tests.providers.test_whatsapp import SETTINGS, a_message, a_value, signed, status, told
from tests.test_crashes import Scenario, crash_at_each_step, effects
from tests.world import World, example_shop

SHOP = example_shop(sources={"shop": {"provider": "whatsapp", **SETTINGS}})


def receive(world: World, *numbers: int, **fields: Any) -> None:
    """A webhook with these messages, each of another client."""
    messages = [a_message(number, **{"from": f"7999000000{number}"}) for number in numbers]
    gate = Gate({"shop": Source("shop", "whatsapp", SETTINGS)}, world.engine.work.put)
    assert gate.receive(signed(told([a_value(*messages, **fields)]))).status == 200


def several(world: World) -> None:
    receive(world, 1, 2, statuses=[status(word="failed")])


def several_and_one_again(world: World) -> None:
    receive(world, 1, 2)
    receive(world, 2)


def in_any_order(world: World) -> dict[str, Any]:
    """Two clients do not wait for each other."""
    seen = effects(world)
    return {**seen, "orders": sorted(seen["orders"], key=lambda order: str(order["externalId"]))}


@pytest.mark.parametrize("scenario", [several, several_and_one_again])
def test_crash_at_any_step_ends_with_each_message_once(tmp_path: Path, scenario: Scenario) -> None:
    crash_at_each_step(tmp_path, scenario, partial(CrashingWorld, shop=SHOP), in_any_order)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with closing(World(tmp_path, SHOP)) as world:
        yield world


def test_the_journal_says_what_became_of_it(world: World) -> None:
    several(world)
    world.work()
    reasons = sorted(entry.reason for entry in world.entries() if entry.source == "shop")
    assert reasons == ["", "", "not-delivered", "taken-apart"]


def test_one_that_fails_keeps_no_other_back(world: World) -> None:
    world.fault(target="retailcrm", kind="400", path="/orders/create", times=1)
    receive(world, 1, 2)
    world.work_for(minutes=2)
    assert len(world.orders) == 1
    (parked,) = world.entries(Status.PARKED)
    assert parked.reason == "crm-refused"


def test_months_later_a_repeat_in_other_company_is_known(world: World) -> None:
    receive(world, 1, 2)
    world.work_for(minutes=2)
    world.later(days=60)
    receive(world, 2, 3)
    receive(world, 1)
    world.work_for(minutes=2)
    assert len(world.orders) == 3
