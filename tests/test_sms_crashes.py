"""Kill the worker at each step of a message that more than one gateway may send."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from chalicelib.entry import Status
from tests.crashes import Crash, CrashingWorld, Steps, worth_a_crash
from tests.test_crashes import crash_at_each_step, effects, finish, run
from tests.test_sms_gateways import TWILIO, SmsWorld, a_shop
from tests.world import MORNING, World

REFUSED = {**TWILIO, "sender": "+15005550007"}


class CrashingSmsWorld(CrashingWorld, SmsWorld):
    """A world with several gateways whose worker can be killed at a step."""


def arrival(world: World) -> None:
    world.parcel("ACCEPTED_AT_PICK_UP_POINT", MORNING)


def arrival_without_delivery(world: World) -> None:
    world.sandbox.configure({"twilio_outcome": "expired"})
    arrival(world)


def arrival_that_nobody_delivers(world: World) -> None:
    world.sandbox.configure({"twilio_outcome": "failed", "smsc_outcome": "failed"})
    arrival(world)


def receipt_of_a_failure(world: World) -> None:
    assert isinstance(world, CrashingSmsWorld)
    world.sandbox.configure({"twilio_outcome": "failed"})
    steps, world.steps = world.steps, None
    world.restart()
    world.arrive()
    world.receipt(world.messages[0], "undelivered", "30003")
    world.steps = steps
    world.restart()


def question(world: World) -> None:
    assert isinstance(world, SmsWorld)
    world.twilio_sends(MessageSid="SM1", From="+79161112233", Body="?", SmsStatus="received")


def message(world: World) -> None:
    assert isinstance(world, SmsWorld)
    world.twilio_sends(MessageSid="SM1", From="+79161112233", Body="Когда?", SmsStatus="received")


def outside(world: World) -> dict[str, Any]:
    """What a manager and a client notice. Who looked a message up need not check its delivery any more."""
    seen = effects(world)
    return {**seen, "statuses": set(seen["statuses"]) - {Status.IGNORED}}


@pytest.mark.parametrize(
    ("order", "settings", "scenario"),
    [
        (("smsc",), {}, arrival),
        (("twilio", "smsc"), {"twilio": REFUSED}, arrival),
        (("twilio", "smsc"), {"delivered_within": "30m"}, arrival),
        (("twilio", "smsc"), {"delivered_within": "30m"}, arrival_without_delivery),
        (("twilio", "smsc"), {"delivered_within": "30m"}, arrival_that_nobody_delivers),
        (("twilio", "smsc"), {}, receipt_of_a_failure),
        (("twilio",), {}, question),
        (("twilio",), {}, message),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_crash_at_any_step_ends_with_exactly_one_effect(
    tmp_path: Path, order: tuple[str, ...], settings: dict[str, Any], scenario: Callable[[World], None]
) -> None:
    make = partial(CrashingSmsWorld, shop=a_shop(*order, **settings))
    crash_at_each_step(tmp_path, scenario, make, outside)


def test_a_gateway_that_cannot_look_up_never_sends_twice_and_a_person_hears_of_it(tmp_path: Path) -> None:
    make = partial(CrashingSmsWorld, shop=a_shop("smsru", "twilio"))
    counted = Steps()
    run(tmp_path / "whole", arrival, counted, make).close()
    unknown = 0
    for number, name in worth_a_crash(counted.names):
        world = make(tmp_path / str(number), Steps(crash_at=number))
        arrival(world)
        try:
            finish(world)
        except Crash:
            world.resume()
            finish(world)
        parked = world.entries(Status.PARKED)
        assert len(world.state["smsru"]) + len(parked) >= 1, name
        assert len(world.state["smsru"]) <= 1, name
        assert not world.messages, name
        if parked:
            assert [entry.reason for entry in parked] == ["unknown-result"], name
            assert world.alerts, name
            unknown += 1
        world.close()
    assert unknown
