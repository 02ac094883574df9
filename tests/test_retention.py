"""Personal data expires, and a repeat is still recognised."""

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from chalicelib.entry import Status
from chalicelib.interventions import replay
from tests.engine.contract import received
from tests.world import World

CALLER = "79161234567"


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    world = World(tmp_path)
    yield world
    world.close()


def a_repeat_does_nothing_after_personal_data_has_expired(world: World) -> None:
    """Also run on AWS's engine."""
    world.call(CALLER, "a")
    message = received(world.engine.work)
    world.process(message, world.engine.work)
    assert world.status() is Status.DONE
    world.later(days=90)
    world.engine.expire(world.now)
    before = json.dumps(world.state)
    world.engine.work.put(message.envelope)
    world.work()
    found = world.engine.journal.get(message.envelope.id)
    assert found is not None
    assert found.status is Status.EXPIRED
    assert world.engine.work.depth().messages == 0
    assert world.entries() == []
    assert json.dumps(world.state) == before


def test_a_repeat_does_nothing_after_personal_data_has_expired(world: World) -> None:
    a_repeat_does_nothing_after_personal_data_has_expired(world)


def test_the_same_id_with_another_content_is_kept_for_a_person_even_then(world: World) -> None:
    world.lead("1:1", Phone=f"+{CALLER}")
    world.work()
    world.later(days=90)
    world.engine.expire(world.now)
    world.lead("1:1", Phone="+79160000000")
    world.work()
    assert len(world.orders) == 1
    assert world.status() is Status.QUARANTINED
    assert world.entry.reason == "same-id-different-content"


def test_a_client_who_comes_again_after_long_is_found_in_the_crm(world: World) -> None:
    world.call(CALLER, "a")
    world.work()
    world.later(days=90)
    world.engine.expire(world.now)
    world.call(CALLER, "b")
    world.work()
    # The order is still open there: a task, and no second order.
    assert len(world.orders) == 1
    assert len(world.tasks) == 1


def test_what_a_person_replays_keeps_its_claim_while_the_memory_of_others_goes(world: World) -> None:
    world.call("79160000001", "old")
    world.work()
    world.later(days=1)
    world.fault(target="retailcrm", kind="refuse", path="orders/create")
    world.call(CALLER, "a")
    world.work_for(days=11, step=timedelta(hours=6))
    (parked,) = world.entries(Status.PARKED)
    world.later(days=77)
    assert replay(world.engine, parked, "Анна", world.now) is None
    world.work()
    world.later(days=3)
    world.engine.expire(world.now)
    waiting = world.engine.journal.get(parked.id)
    assert waiting is not None
    assert waiting.is_open
    assert world.engine.documents.get(f"client:+{CALLER}").version
    assert world.engine.documents.get("client:+79160000001").version == 0
    world.clear_faults()
    world.work()
    assert [order["externalId"] for order in world.orders][1:] == ["call-mango-a"]
    world.engine.expire(world.now)
    ended = world.engine.journal.get(parked.id)
    assert ended is not None
    assert ended.status is Status.EXPIRED
