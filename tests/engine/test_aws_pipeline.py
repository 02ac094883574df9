"""The pipeline's proofs on AWS's queues and table, with moto in process."""

import json
from collections import Counter
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from secrets import token_urlsafe

import pytest

from chalicelib.engine.aws.journal import MAX_INLINE_CONTENT
from chalicelib.entry import Status
from chalicelib.interventions import replay
from tests.aws_world import AwsWorld, CrashingAwsWorld
from tests.engine.contract import received
from tests.engine.moto_aws import MotoCloud
from tests.test_crashes import CALLER, SCENARIOS, Scenario, crash_at_each_step, gateway_away
from tests.test_interventions import a_replay_killed_at_each_step_ends_with_one_order
from tests.test_retention import a_repeat_does_nothing_after_personal_data_has_expired

READING = {"GetItem", "BatchGetItem", "Query"}
QUEUE_CALLS = {"SendMessage", "ReceiveMessage", "DeleteMessage", "ChangeMessageVisibility"}


@pytest.fixture
def world(tmp_path: Path, cloud: MotoCloud) -> Iterator[AwsWorld]:
    world = AwsWorld(tmp_path, cloud)
    yield world
    world.close()


class Calls:
    """The calls of AWS since it was made."""

    def __init__(self, cloud: MotoCloud) -> None:
        self._made: Counter[str] = Counter()
        cloud.listener = self._hear

    def _hear(self, call: str) -> None:
        moment, operation = call.split()
        self._made[operation] += moment == "before"

    def of_queues(self) -> dict[str, int]:
        return {operation: count for operation, count in self._made.items() if operation in QUEUE_CALLS}

    def writing(self) -> dict[str, int]:
        return {
            operation: count
            for operation, count in self._made.items()
            if operation not in QUEUE_CALLS | READING
        }

    def reading(self) -> dict[str, int]:
        return {operation: count for operation, count in self._made.items() if operation in READING}


# An outage of the gateway is as one of the CRM, and has the most steps: once on one engine is enough.
@pytest.mark.parametrize(
    "scenario", [one for one in SCENARIOS if one is not gateway_away], ids=lambda scenario: scenario.__name__
)
def test_a_crash_at_any_call_of_aws_ends_with_exactly_one_effect(
    tmp_path: Path, cloud: MotoCloud, scenario: Scenario
) -> None:
    crash_at_each_step(tmp_path, scenario, partial(CrashingAwsWorld, cloud=cloud))


def test_accepting_a_webhook_is_one_call(world: AwsWorld, cloud: MotoCloud) -> None:
    calls = Calls(cloud)
    assert world.call(CALLER, "a").status == 200
    assert calls.of_queues() == {"SendMessage": 1}
    assert not calls.writing()
    assert not calls.reading()


def test_a_new_callers_event_costs_six_writes(world: AwsWorld, cloud: MotoCloud) -> None:
    world.call("79160000001", "the source's first webhook ever costs one write more")
    world.work()
    world.call(CALLER, "a")
    message = received(world.engine.work)
    calls = Calls(cloud)
    world.process(message, world.engine.work)
    assert len(world.orders) == 2
    assert world.status() is Status.DONE
    assert calls.of_queues() == {"DeleteMessage": 1}
    # id, entry with its content, claim; plan, what we remember, result
    assert calls.writing() == {"PutItem": 3, "UpdateItem": 3}


def test_a_repeat_costs_no_write(world: AwsWorld, cloud: MotoCloud) -> None:
    world.call(CALLER, "a")
    first = received(world.engine.work)
    world.process(first, world.engine.work)
    world.later(minutes=6)  # the queue has forgotten it, the journal has not
    world.engine.work.put(first.envelope)
    repeat = received(world.engine.work)
    calls = Calls(cloud)
    world.process(repeat, world.engine.work)
    assert calls.reading() == {"GetItem": 1}
    assert not calls.writing()
    assert calls.of_queues() == {"DeleteMessage": 1}
    assert len(world.orders) == 1


def test_a_repeat_does_nothing_after_personal_data_has_expired(world: AwsWorld) -> None:
    a_repeat_does_nothing_after_personal_data_has_expired(world)


def test_a_large_webhook_costs_one_write_more(world: AwsWorld, cloud: MotoCloud) -> None:
    world.lead("1:0", Phone="+79160000001")  # the source's first webhook ever costs one write more
    world.work()
    world.lead("1:1", Phone="+79161234567", Textarea=token_urlsafe(MAX_INLINE_CONTENT))
    message = received(world.engine.work)
    calls = Calls(cloud)
    world.process(message, world.engine.work)
    assert world.status() is Status.DONE
    assert sum(calls.writing().values()) == 7


def test_writes_whose_answers_are_lost_end_with_exactly_one_effect(world: AwsWorld, cloud: MotoCloud) -> None:
    """boto3 repeats each of them by itself, and a condition that was true the first time no longer is."""
    attempts = [cloud.lose_first_answers(operation) for operation in ("PutItem", "UpdateItem")]
    world.call(CALLER, "a")
    world.parcel("ACCEPTED_AT_PICK_UP_POINT", world.now)
    world.work()
    world.work_for(minutes=10)
    assert [set(numbers) for numbers in attempts] == [{1, 2}, {1, 2}]
    assert len(world.orders) == 1
    assert len(world.messages) == 1
    assert {entry.status for entry in world.entries()} == {Status.DONE}


def test_the_largest_cart_that_comes_in_is_brought_to_its_end(world: AwsWorld) -> None:
    # Names that are as hard to compress as can be; events and plan repeat them.
    products = [{"name": token_urlsafe(46_000), "price": "1", "quantity": 1} for _ in range(4)]
    reply = world.lead("1:1", Phone="+79161234567", payment=json.dumps({"products": products}))
    assert reply.status == 200
    world.work()
    assert len(world.entry.model_dump_json()) > 400_000
    assert world.status() is Status.DONE
    assert len(world.orders) == 1


def test_a_dead_letter_is_replayed_and_then_redriven_with_one_effect(world: AwsWorld) -> None:
    world.fault(target="retailcrm", kind="refuse")
    world.call(CALLER, "a")
    message = received(world.engine.work)
    world.process(message, world.engine.work)
    world.engine.work.done(message.receipt)
    world.clear_faults()
    assert world.status() is Status.OPEN
    world.later(hours=2)
    assert replay(world.engine, world.entry, "Анна", world.now) is None
    world.work_for(minutes=10)
    assert world.status() is Status.DONE
    world.engine.work.put(message.envelope)
    world.work()
    assert len(world.orders) == 1


def test_a_replay_killed_at_each_step_ends_with_one_order(tmp_path: Path, cloud: MotoCloud) -> None:
    a_replay_killed_at_each_step_ends_with_one_order(lambda step: AwsWorld(tmp_path / f"step{step}", cloud))
