"""Kill the worker at each step of a reply by a messenger that does not know repeats."""

from functools import partial
from pathlib import Path

from chalicelib.entry import Status
from tests.conversations import shop_that_chats, write
from tests.crashes import Crash, CrashingWorld, Steps, worth_a_crash
from tests.test_crashes import finish, run
from tests.world import World


def new_client(world: World) -> None:
    write(world, "Здравствуйте", "m1")


def test_a_reply_that_may_have_been_sent_is_not_sent_again_and_a_person_hears_of_it(tmp_path: Path) -> None:
    make = partial(CrashingWorld, shop=shop_that_chats(request_form={"times": 1}))
    counted = Steps()
    run(tmp_path / "whole", new_client, counted, make).close()
    unknown = 0
    for number, name in worth_a_crash(counted.names):
        world = make(tmp_path / str(number), Steps(crash_at=number))
        new_client(world)
        try:
            finish(world)
        except Crash:
            world.resume()
            finish(world)
        replies = [sent for sent in world.state["telegram"] if "once" in sent]
        parked = world.entries(Status.PARKED)
        assert len(world.orders) == 1, name
        assert len(replies) <= 1, name
        assert len(replies) + len(parked) >= 1, name
        if parked:
            assert [entry.reason for entry in parked] == ["unknown-result"], name
            assert world.alerts, name
            unknown += 1
        world.close()
    assert unknown
