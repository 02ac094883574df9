"""What the books keep for the console's page Effect: each call, parcel, order and mistake once."""

from collections.abc import Iterator, Mapping
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from chalicelib.books.answers import Answers
from chalicelib.books.calls import Calls
from chalicelib.books.durations import Durations
from chalicelib.books.facts import Facts, together
from chalicelib.books.mistakes import Mistakes
from chalicelib.books.part import Part
from chalicelib.books.parts import PARTS
from chalicelib.books.pickups import Pickups
from chalicelib.books.reading import Books
from chalicelib.books.refusals import Refusals
from chalicelib.books.statuses import Statuses
from chalicelib.entry import Status
from chalicelib.events import MistakesMade
from chalicelib.interventions import discard
from chalicelib.settings import Shop
from tests.mistakes.shop import (
    AGREED,
    CANCELLED,
    COURIER,
    IVAN,
    history,
    person_edits,
    person_makes,
    shop_with_scenario,
    trigger,
)
from tests.mistakes.shop import COMPLETE as LACKS_NOTHING
from tests.told_calls import CLIENT, PBX, SOURCES, TRACKING, miss, talk
from tests.world import MORNING, World, example_shop

WAITING = "arrived-in-pickup-point"
AnyPart = TypeVar("AnyPart", bound=Part)


def a_shop(**changes: Mapping[str, Any]) -> Shop:
    return example_shop(sources=SOURCES, **changes)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with closing(World(tmp_path, a_shop())) as world:
        yield world


def booked(world: World, kind: type[AnyPart]) -> AnyPart:
    """What the check books of everything that happened so far."""
    world.work()
    books = Books(world.engine.documents, world.engine.journal, world.shop.shop.timezone)
    while books.standing().booked_at != world.now or books.standing().hours_to_book:
        world.application.checks.run("books")
    return together(day.facts for day in books.days(MORNING.date(), world.now.date())).part(kind)


# Calls


@pytest.mark.parametrize("way", ["none", "module"])
def test_each_missed_and_answered_call_counts_once(tmp_path: Path, way: str) -> None:
    with closing(World(tmp_path, a_shop(telephony={"calls": way}))) as world:
        world.register_telephony()
        for again in ("", "told twice"):
            miss(world, "a", again=again)
            talk(world, "b", direction="inbound", phone="+79160000002", again=again)
        miss(world, "x", TRACKING)
        talk(world, "y", TRACKING, direction="inbound", phone="+79160000002")
        talk(world, "c", direction="outbound", phone="+79160000003")
        calls = booked(world, Calls)
        assert (calls.missed, calls.answered) == (1, 1)


def test_a_hidden_callers_call_counts_once(world: World) -> None:
    for length in (None, timedelta(minutes=2)):
        miss(world, "a", phone=None, again=str(length))
        talk(world, "b", direction="inbound", phone=None, talked=length, again=str(length))
    calls = booked(world, Calls)
    assert (calls.missed, calls.answered) == (1, 1)


def test_a_phone_that_rang_in_vain_counts_only_if_nobody_answers(world: World) -> None:
    miss(world, "a", is_final=False)
    talk(world, "a", direction="inbound", ago=-0.5)
    miss(world, "b", is_final=False, phone="+79160000002")
    miss(world, "b", is_final=False, phone="+79160000002", again="second phone")
    world.work_for(minutes=3)
    calls = booked(world, Calls)
    assert (calls.missed, calls.answered) == (1, 1)


def test_an_own_number_is_no_client(tmp_path: Path) -> None:
    with closing(World(tmp_path, a_shop(shop={"own_numbers": [CLIENT]}))) as world:
        miss(world)
        talk(world, direction="inbound")
        assert booked(world, Calls) == Calls()


def test_how_fast_clients_were_called_back(world: World) -> None:
    miss(world, "a")
    miss(world, "b", phone="+79160000002")
    world.work()
    world.later(minutes=20)
    talk(world, "c")
    talk(world, "d", phone="+79160000002", direction="inbound")
    calls = booked(world, Calls)
    assert calls.called_back.total == 2
    assert calls.called_back.within(0.5) == pytest.approx(timedelta(minutes=20), rel=0.05)
    assert calls.called_again == 1


def test_who_was_not_called_back_in_time_is_counted(tmp_path: Path) -> None:
    with closing(World(tmp_path, a_shop(telephony={"escalate_after": "30m"}))) as world:
        world.make_order({"phone": CLIENT, "status": "new", "managerId": 1})
        miss(world)
        world.work()
        world.later(minutes=31)
        assert booked(world, Calls).overdue == 1


def test_in_observe_mode_calls_count_and_tasks_do_not(tmp_path: Path) -> None:
    with closing(World(tmp_path, a_shop(shop={"mode": "observe"}))) as world:
        miss(world)
        talk(world, "b", direction="inbound", phone="+79160000002")
        assert booked(world, Calls) == Calls(missed=1, answered=1)


# Answers to new orders


def test_how_fast_somebody_looked_at_a_new_order(world: World) -> None:
    world.application.checks.run("moved-on")
    before = booked(world, Answers)
    order_id = world.make_order({"phone": CLIENT, "status": "new"})
    world.later(minutes=45)
    world.edit_order(order_id, {"status": AGREED})
    for _ in range(2):
        world.later(minutes=5)
        world.application.checks.run("moved-on")
        world.work()
    answer = Answers(delays=Durations.of([timedelta(minutes=45)]))
    assert booked(world, Answers) == before.merged(answer)


# Parcels


def stalled(world: World, **waits: float) -> int:
    """A parcel has waited, and its client was to be called."""
    world.application.checks.accept("stalled-pickups")
    world.parcel("ACCEPTED_AT_PICK_UP_POINT", world.now)
    world.work()
    world.later(**waits)
    world.application.checks.run("stalled-pickups")
    world.work()
    return int(world.order("1001A")["id"])


@pytest.mark.parametrize(
    ("code", "end"), [("DELIVERED", "parcel:delivered"), ("NOT_DELIVERED", "parcel:returning")]
)
def test_how_a_parcel_ended_after_the_call(world: World, code: str, end: str) -> None:
    stalled(world, days=5)
    world.later(hours=3)
    world.parcel(code, world.now)
    pickups = booked(world, Pickups)
    assert pickups == Pickups(asked={"5d": 1}, ends={"5d": {end: 1}})
    assert pickups.ended("5d", [end, "complete"]) == 1


def test_a_task_that_could_not_be_made_is_no_call(world: World) -> None:
    world.fault(target="retailcrm", kind="400", path="/api/v5/tasks/create")
    stalled(world, days=5)
    assert booked(world, Pickups) == Pickups()
    [parked] = world.entries(Status.PARKED)
    discard(world.engine, parked, "Иван", world.now)
    assert booked(world, Pickups) == Pickups()


def test_an_end_counts_for_the_last_call(world: World) -> None:
    stalled(world, days=5)
    world.later(days=5)
    world.application.checks.run("stalled-pickups")
    world.work()
    world.later(hours=3)
    world.parcel("DELIVERED", world.now)
    pickups = booked(world, Pickups)
    assert pickups == Pickups(asked={"5d": 1, "10d": 1}, ends={"10d": {"parcel:delivered": 1}})


def test_who_collects_before_any_call_is_not_counted(world: World) -> None:
    stalled(world, days=4)
    world.parcel("DELIVERED", world.now)
    assert booked(world, Pickups) == Pickups()


def test_an_end_that_a_person_tells_the_crm_counts_once(world: World) -> None:
    world.application.checks.accept("stalled-pickups")
    world.application.checks.run("moved-on")
    order_id = world.make_order({"phone": CLIENT, "status": WAITING})
    world.later(days=5)
    world.application.checks.run("stalled-pickups")
    world.work()
    world.later(minutes=5)
    world.edit_order(order_id, {"status": "complete"})
    world.later(minutes=5)
    for _ in range(2):
        world.application.checks.run("moved-on")
        world.work()
        world.later(minutes=5)
    assert booked(world, Pickups) == Pickups(asked={"5d": 1}, ends={"5d": {"complete": 1}})


def test_a_refused_parcel_counts_once_with_its_reason(world: World) -> None:
    for code in ("NOT_DELIVERED", "POSTOMAT_SEIZED"):
        world.parcel(code, world.now, status_reason_code="17")
        world.work()
        world.later(minutes=1)
    assert booked(world, Refusals).parcels == {"changed_mind": 1}


@pytest.mark.parametrize("changes", [{"status_reason_code": "31"}, {"deleted": True}])
def test_what_the_shop_asked_for_or_the_courier_took_back_is_no_refusal(
    world: World, changes: Mapping[str, Any]
) -> None:
    world.parcel("NOT_DELIVERED", world.now, **changes)
    assert booked(world, Refusals) == Refusals()


def test_each_status_that_an_order_got_counts_once_whoever_tells(tmp_path: Path) -> None:
    with closing(World(tmp_path, shop_with_scenario())) as world:
        history(world)
        world.later(minutes=1)
        order_id = person_makes(world, IVAN, **LACKS_NOTHING)
        for status in (AGREED, CANCELLED):
            person_edits(world, order_id, IVAN, status=status)
            trigger(world, order_id, status=status)
            world.work()
            world.later(minutes=2)
            history(world)
        assert booked(world, Statuses).entered == {"new": 1, AGREED: 1, CANCELLED: 1}


# Mistakes


def test_mistakes_count_by_rule(tmp_path: Path) -> None:
    with closing(World(tmp_path, shop_with_scenario())) as world:
        history(world)
        world.later(minutes=1)
        lacking = {**COURIER, "address": {"city": "Томск"}}
        order_id = person_makes(world, IVAN, **{**LACKS_NOTHING, "delivery": lacking})
        person_edits(world, order_id, IVAN, status=AGREED)
        for _ in range(2):
            history(world)
            world.work()
            world.later(minutes=2)
        [made] = [
            event for entry in world.entries() for event in entry.events if isinstance(event, MistakesMade)
        ]
        mistakes = booked(world, Mistakes)
        assert mistakes.steps == 1
        assert mistakes.rules == dict.fromkeys(made.rules, 1)
        assert "address" in mistakes.rules


# All parts


SECONDS = st.integers(0, 10**7)


@example([239], 1)
@example([38], 1)
@given(st.lists(SECONDS, min_size=1), st.floats(0.01, 1))
def test_durations_are_read_within_five_percent(seconds: list[int], share: float) -> None:
    kept = Durations.of(timedelta(seconds=each) for each in seconds)
    exact = sorted(seconds)[max(int(-(-len(seconds) * share // 1)) - 1, 0)]
    found = kept.within(share)
    assert found is not None
    assert found.total_seconds() == pytest.approx(exact, rel=0.05, abs=1)


@given(st.lists(SECONDS), st.lists(SECONDS))
def test_durations_added_up_are_those_of_both(one: list[int], other: list[int]) -> None:
    spans = [[timedelta(seconds=each) for each in some] for some in (one, other, one + other)]
    first, second, both = map(Durations.of, spans)
    assert first.merged(second) == second.merged(first) == both
    assert both.total == len(one) + len(other)


def test_nothing_has_no_median() -> None:
    assert Durations().within(0.5) is None


def test_each_part_comes_back_from_its_document(world: World) -> None:
    miss(world, "a")
    world.work()
    world.later(minutes=20)
    talk(world, "c")
    stalled(world, days=5)
    world.parcel("NOT_DELIVERED", world.now)
    world.work()
    facts = together(Facts.of(entry, PARTS) for entry in world.entries())
    assert {"calls", "pickups", "refusals"} <= facts.content().keys()
    assert Facts.read(facts.content(), PARTS).content() == facts.content()
    assert PBX in str(facts.content())
    assert CLIENT not in str(facts.content())
