"""Random faults of CRM and gateway, random pauses and restarts: each client ends with what is theirs."""

import random
from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest

from chalicelib.entry import Status
from tests.world import World, example_shop

CALLERS = ("79160000001", "79160000002")
FAULTS = ("drop", "503", "refuse", "500", "hang", "garbage", "429")
PLACES: tuple[dict[str, str], ...] = (
    {},
    {"method": "POST"},
    {"method": "GET"},
    {"path": "tasks"},
    {"path": "orders/create"},
)

NOBODY_CALLED = "Клиенту не перезвонили"


@pytest.mark.parametrize("seed", range(60))
def test_each_client_has_one_order_and_one_task_and_one_message(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 -- to be repeated, not to be secret
    world = World(tmp_path, example_shop(crm={"search_lag": "60s"}))
    world.sandbox.configure({"search_lag": chance.choice([0, 5, 55]), "twilio_lag": chance.choice([0, 20])})
    calls = live_through_trouble(world, chance)
    world.parcel("ACCEPTED_AT_PICK_UP_POINT", world.now)
    world.work_for(minutes=10)
    world.clear_faults()
    world.work_for(step=timedelta(seconds=20), minutes=60)

    orders = Counter(order["phone"] for order in world.orders)
    # Nobody calls back in this test, so whoever hears of that has a task, too.
    tasks = Counter((task["text"].startswith(NOBODY_CALLED), task["phone"]) for task in world.tasks)
    assert orders == {f"+{phone}": 1 for phone in calls}
    called_twice = [f"+{phone}" for phone, count in calls.items() if count > 1]
    assert tasks == {(is_about_that, phone): 1 for is_about_that in (False, True) for phone in called_twice}
    assert len(world.messages) == 1
    assert world.entries(Status.OPEN, Status.PARKED) == []
    world.close()


def live_through_trouble(world: World, chance: random.Random) -> Counter[str]:
    """Calls come in while things break; returns how many different ones each client made."""
    calls: Counter[str] = Counter()
    for _ in range(12):
        if chance.random() < 0.5:
            target = chance.choice(["retailcrm", "retailcrm", "twilio"])
            place = chance.choice(PLACES)
            world.fault(target=target, kind=chance.choice(FAULTS), times=chance.randint(1, 6), **place)
        for _ in range(chance.randint(0, 2)):
            phone = chance.choice(CALLERS)
            calls[phone] += 1
            for _ in range(chance.choice([1, 1, 2])):
                world.call(phone, f"{phone}-{calls[phone]}")
        world.later(seconds=chance.choice([1, 3, 30, 90]))
        world.work()
        if chance.random() < 0.1:
            world.restart()
    return calls
