"""Workers at the same time with the same client, message or parcel."""

import random
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from chalicelib.entry import Status
from chalicelib.events import OrderStatusChanged, PickupStalled
from chalicelib.messages import enclose
from chalicelib.settings import Shop
from tests.conversations import envelope, message, shop_that_chats
from tests.interleaving import Choose, InterleavedWorld
from tests.mistakes.shop import AGREED, COMPLETE, counted, person_edits, person_makes, shop_with_scenario
from tests.world import MORNING, World

CALLER = "79161234567"
PHONE = "+7 916 123-45-67"
WITH_EXTENSION = f"{PHONE} доб. 123"
"""The same client for the reader, but another group: the gate sees the last ten digits only."""
BY_SIP = f"sip:{CALLER}@10.0.0.1"
"""Likewise."""

TIMES = 50

Deliver = Callable[[World], object]


# The same webhook


@pytest.mark.parametrize(
    "deliver",
    [
        lambda world: world.call(CALLER, "a"),
        lambda world: world.lead("1:1", Phone=PHONE),
        lambda world: world.parcel("ACCEPTED_AT_PICK_UP_POINT", MORNING),
    ],
    ids=["call", "lead", "parcel"],
)
def test_the_same_webhook_many_times_at_once_has_one_effect(world: World, deliver: Deliver) -> None:
    with ThreadPoolExecutor(TIMES) as senders:
        list(senders.map(lambda _: deliver(world), range(TIMES)))
    with ThreadPoolExecutor(8) as workers:
        list(workers.map(lambda _: world.step(world.used.work), range(8)))
    world.work()
    assert len(world.orders) + len(world.messages) == 1
    assert len([entry for entry in world.entries() if not entry.source.startswith("@")]) == 1


# Every order of two workers' steps that a few switches can make, and random ones


def schedules(steps: int) -> Iterator[Choose]:
    """The second worker comes in before each step of the first one; strict turns; and by chance."""
    for switch in range(steps + 1):
        yield lambda ready, step, switch=switch: ready[0 if step < switch else -1]  # type: ignore[misc]
    yield lambda ready, step: ready[step % len(ready)]
    for seed in range(20):
        chance = random.Random(seed)  # noqa: S311 -- to be repeated, not to be secret
        yield lambda ready, _, chance=chance: chance.choice(ready)  # type: ignore[misc]


def steps_alone(folder: Path, prepare: Deliver, deliver: Deliver, shop: Shop | None) -> int:
    """How many steps the first worker takes if nobody disturbs it."""
    world = InterleavedWorld(folder, shop)
    prepare(world)
    deliver(world)
    first, *_ = world.taken_out()
    world.work_at_once([first], lambda ready, _: ready[0])
    world.close()
    return len(world.turns.taken)


def nothing(world: World) -> None:
    """A new client."""


def known_client(world: World) -> None:
    world.make_order({"phone": PHONE, "status": "new"})
    world.later(minutes=1)


def client_with_a_task(world: World) -> None:
    known_client(world)
    world.call(CALLER, "before")
    world.work()


def client_who_called(world: World) -> None:
    world.call(CALLER, "before")
    world.work()
    world.later(minutes=1)


def each_schedule(
    folder: Path, prepare: Deliver, deliver: Deliver, shop: Shop | None = None, *, twice: bool = False
) -> Iterator[InterleavedWorld]:
    """The world after each order of steps; ``twice``: two workers have the one message."""
    for number, choose in enumerate(schedules(steps_alone(folder / "alone", prepare, deliver, shop))):
        world = InterleavedWorld(folder / str(number), shop)
        prepare(world)
        deliver(world)
        envelopes = world.taken_out()
        assert len({envelope.group for envelope in envelopes}) == len(envelopes)
        world.work_at_once(envelopes * 2 if twice else envelopes, choose)
        world.work_for(minutes=2)
        assert world.entries(Status.OPEN, Status.PARKED, Status.QUARANTINED) == []
        yield world
        world.close()


def call_and_lead(world: World) -> None:
    world.call(CALLER, "a")
    world.lead("1:1", Phone=WITH_EXTENSION, Name="Анна")


def two_calls_and_a_lead(world: World) -> None:
    call_and_lead(world)
    world.call(BY_SIP, "b")


@pytest.mark.parametrize("deliver", [call_and_lead, two_calls_and_a_lead])
def test_what_a_new_client_does_at_once_becomes_one_order(tmp_path: Path, deliver: Deliver) -> None:
    for world in each_schedule(tmp_path, nothing, deliver):
        assert len(world.orders) == 1, world.turns.taken


def chat(world: World, text: str, message_id: str, **fields: Any) -> None:
    """Each message in a group of its own: the gate need not see whose it is."""
    told = message(text, message_id, world.now, **fields)
    world.engine.work.put(envelope(told, world.now, group=message_id))


def one_writes_a_lot(world: World) -> None:
    for number, text in enumerate(["Здравствуйте", "Нужен тент", "До 5 декабря"]):
        chat(world, text, f"m{number}")


def one_writes_and_tells_the_phone(world: World) -> None:
    chat(world, "Нужен тент", "m1")
    chat(world, "", "m2", phone=f"+{CALLER}")


def one_tells_the_phone_and_calls(world: World) -> None:
    chat(world, "Нужен тент", "m1", phone=f"+{CALLER}")
    world.call(CALLER, "a")


@pytest.mark.parametrize(
    "deliver", [one_writes_a_lot, one_writes_and_tells_the_phone, one_tells_the_phone_and_calls]
)
def test_what_a_client_writes_at_once_becomes_one_order(tmp_path: Path, deliver: Deliver) -> None:
    for world in each_schedule(tmp_path, nothing, deliver, shop_that_chats(request_form={})):
        (order,) = world.orders
        assert "Нужен тент" in order.get("customerComment", "") + order["managerComment"] + "".join(
            task["commentary"] for task in world.tasks
        ), world.turns.taken
        assert order.get("phone", "") in {"", f"+{CALLER}"}
        assert deliver is one_writes_a_lot or order["phone"] == f"+{CALLER}", world.turns.taken


ONE_MESSAGE: Mapping[str, tuple[Deliver, Deliver]] = {
    "new caller": (nothing, lambda world: world.call(CALLER, "a")),
    "known caller": (known_client, lambda world: world.call(CALLER, "a")),
    "one more call": (client_with_a_task, lambda world: world.call(CALLER, "a")),
    "hidden caller": (nothing, lambda world: world.call(None, "a")),
    "lead": (nothing, lambda world: world.lead("1:1", Phone=PHONE)),
    "lead after a call": (client_who_called, lambda world: world.lead("1:1", Phone=PHONE)),
    "parcel": (nothing, lambda world: world.parcel("ACCEPTED_AT_PICK_UP_POINT", MORNING)),
}


@pytest.mark.parametrize("name", ONE_MESSAGE)
def test_two_workers_with_one_message_have_one_effect(tmp_path: Path, name: str) -> None:
    """One of them was thought dead: its time-out has passed, but it goes on."""
    prepare, deliver = ONE_MESSAGE[name]
    world = World(tmp_path / "serial")
    prepare(world)
    deliver(world)
    world.work_for(minutes=2)
    expected = effects(world)
    world.close()
    for raced in each_schedule(tmp_path, prepare, deliver, twice=True):
        assert effects(raced) == expected, raced.turns.taken


def effects(world: World) -> dict[str, Any]:
    return {
        "orders": [
            (
                order.get("externalId"),
                order["status"],
                order.get("customerComment"),
                order.get("managerComment"),
            )
            for order in world.state["orders"]
        ],
        "tasks": [(task["text"], task["commentary"]) for task in world.tasks],
        "messages": [message["body"] for message in world.messages],
        "alerts": world.alerts,
    }


def two_leads(world: World) -> None:
    world.lead("1:1", "form-1", Phone=PHONE, Textarea="Хочу тент", payment='{"products": ["Тент=900"]}')
    world.lead(
        "1:2", "form-2", Phone=WITH_EXTENSION, Textarea="Хочу чехол", payment='{"products": ["Чехол=500"]}'
    )


def test_two_leads_that_complete_one_call_at_once_lose_nothing(tmp_path: Path) -> None:
    for world in each_schedule(tmp_path, client_who_called, two_leads):
        comments = " ".join(order.get("customerComment", "") for order in world.orders)
        items = sorted(item["offer"]["displayName"] for order in world.orders for item in order["items"])
        assert "Хочу тент" in comments, world.turns.taken
        assert "Хочу чехол" in comments, world.turns.taken
        assert items == ["Тент", "Чехол"], world.turns.taken


def two_calls(world: World) -> None:
    for call_id, phone in (("a", CALLER), ("b", BY_SIP)):
        world.later(minutes=1)
        world.call(phone, call_id)


def test_two_calls_of_a_known_client_at_once_are_both_told(tmp_path: Path) -> None:
    for world in each_schedule(tmp_path, client_with_a_task, two_calls):
        told = " ".join(task["commentary"] for task in world.tasks)
        for moment in ("11:01", "11:02", "11:03"):
            assert moment in told, world.turns.taken


def arrival_and_delivery(world: World) -> None:
    world.parcel("ACCEPTED_AT_PICK_UP_POINT", MORNING)
    world.parcel("DELIVERED", MORNING + timedelta(minutes=1), number="")


def test_two_statuses_of_one_parcel_at_once_end_in_the_newer_one(tmp_path: Path) -> None:
    for world in each_schedule(tmp_path, nothing, arrival_and_delivery):
        assert world.order("1001A")["status"] == "complete", world.turns.taken
        assert len(world.messages) <= 1


def waiting_parcel(world: World) -> None:
    world.parcel("ACCEPTED_AT_PICK_UP_POINT", world.now)
    world.work()
    world.application.checks.accept("stalled-pickups")
    world.later(days=5)


def stalled_and_collected(world: World) -> None:
    world.application.checks.run("stalled-pickups")
    world.parcel("DELIVERED", world.now)


def test_nobody_is_left_with_a_task_about_a_parcel_that_is_collected_at_the_same_time(tmp_path: Path) -> None:
    for world in each_schedule(tmp_path, waiting_parcel, stalled_and_collected):
        assert [task for task in world.tasks if not task["complete"]] == [], world.turns.taken
        assert world.order("1001A")["status"] == "complete"


def stalled_twice(world: World) -> None:
    """The arrival's time became known only between two looks."""
    order_id = world.order("1001A")["id"]
    for minutes in (0, 7):
        stalled = PickupStalled(
            order_id=order_id,
            order_number="1001A",
            arrived_at=MORNING + timedelta(minutes=minutes),
            step=timedelta(days=5),
        )
        world.engine.work.put(enclose(stalled, f"pickup:{minutes}", "", world.now))


def test_one_step_found_under_two_times_is_told_once(tmp_path: Path) -> None:
    for world in each_schedule(tmp_path, waiting_parcel, stalled_twice):
        assert len(world.tasks) == 1, world.turns.taken


def wrong_step(world: World) -> None:
    order_id = person_makes(world, **{**COMPLETE, "items": []})
    person_edits(world, order_id, status=AGREED)


def told_by_trigger_and_history(world: World) -> None:
    order_id = world.order_ids()[-1]
    changed = OrderStatusChanged(order_id=order_id, order_number="1002A", status=AGREED, at=world.now)
    world.engine.work.put(enclose(changed, "trigger", "trigger", world.now))
    world.engine.work.put(enclose(changed, "history", "history", world.now))


def test_a_wrong_step_that_is_told_twice_at_once_goes_back_once(tmp_path: Path) -> None:
    strict = shop_with_scenario(on_mistake="put-back")
    for world in each_schedule(tmp_path, wrong_step, told_by_trigger_and_history, strict):
        assert world.orders[-1]["status"] == "new", world.turns.taken
        assert [task["complete"] for task in world.tasks] == [False], world.turns.taken
        assert len(counted(world)) == 1, world.turns.taken
