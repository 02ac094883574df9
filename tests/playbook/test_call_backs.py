"""A missed call closes itself once somebody has talked to the client; else somebody above hears."""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from chalicelib.entry import Status
from chalicelib.events import CalledBack, CallMissed
from chalicelib.interventions import replay
from tests.told_calls import CLIENT, SOURCES, TRACKING, miss, talk, tell
from tests.world import World, example_shop


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    world = a_world(tmp_path)
    yield world
    world.close()


def a_world(folder: Path, **tables: Mapping[str, Any]) -> World:
    return World(folder, example_shop(sources=SOURCES, **tables))


def a_known_client(world: World, **fields: Any) -> int:
    order = world.make_order({"phone": CLIENT, "status": "new", "managerId": 1, **fields})
    world.later(minutes=1)
    return order


def open_tasks(world: World) -> list[dict[str, Any]]:
    return [task for task in world.tasks if not task["complete"]]


def reports(world: World) -> list[CalledBack]:
    events = [event for entry in world.entries() for event in entry.events]
    return [event for event in events if isinstance(event, CalledBack)]


@pytest.mark.parametrize(
    ("direction", "words"), [("outbound", "клиенту перезвонили"), ("inbound", "клиент дозвонился")]
)
def test_a_talk_after_the_missed_call_completes_the_task(world: World, direction: str, words: str) -> None:
    a_known_client(world)
    miss(world)
    world.work()
    world.later(minutes=7)
    talk(world, direction=direction)
    world.work()
    (task,) = world.tasks
    assert task["complete"]
    note = f"Закрыто автоматически, 20.11 в 11:08: {words}, сотрудник: Анна Смирнова, разговор 2 мин 5 с"
    assert note in task["commentary"]
    assert world.entries(Status.PARKED, Status.OPEN) == []


def test_who_talked_may_be_unknown(world: World) -> None:
    a_known_client(world)
    miss(world)
    world.work()
    talk(world, employee="", talked=None, answered_at=None, called_at=world.now)
    world.work()
    assert "11:01: клиенту перезвонили\n" in world.task(1)["commentary"]


def test_all_missed_calls_until_the_talk_are_closed_by_it(world: World) -> None:
    a_known_client(world)
    for call in ("a", "b", "c"):
        miss(world, call)
        world.work()
        world.later(minutes=1)
    talk(world)
    world.work()
    assert [task["complete"] for task in world.tasks] == [True]


def test_a_talk_before_the_missed_call_closes_nothing(world: World) -> None:
    a_known_client(world)
    talk(world, ago=5)
    miss(world, ago=4)
    world.work()
    talk(world, "another", ago=6)
    world.work()
    assert len(open_tasks(world)) == 1


def test_a_talk_that_is_told_before_the_missed_call_prevents_the_task(world: World) -> None:
    a_known_client(world)
    talk(world, ago=1)
    world.work()
    miss(world, ago=4)
    world.work()
    assert world.tasks == []
    (report,) = reports(world)
    assert report.delay == timedelta(minutes=3)
    assert report.employee == "101"


def test_that_somebody_answered_may_be_heard_after_the_end(world: World) -> None:
    talk(world)
    world.work()
    talk(world, again="answer", talked=None, employee="")
    world.work()
    miss(world, ago=5)
    world.work()
    assert "сотрудник: Анна Смирнова, разговор 2 мин 5 с" in world.orders[0]["managerComment"]


def test_the_next_missed_call_is_a_new_task(world: World) -> None:
    a_known_client(world)
    miss(world, "a")
    world.work()
    world.later(minutes=1)
    talk(world)
    world.work()
    world.later(minutes=1)
    miss(world, "b")
    world.work()
    assert [task["complete"] for task in world.tasks] == [True, False]
    assert "2 пропущенных" not in world.tasks[1]["text"]


@pytest.mark.parametrize(
    "change", [{"text": "Позвоню завтра"}, {"commentary": "Просил вечером"}, {"performerId": 2}]
)
def test_a_task_that_a_person_changed_is_theirs(world: World, change: dict[str, Any]) -> None:
    a_known_client(world)
    miss(world)
    world.work()
    world.edit_task(1, change)
    before = world.task(1)
    world.later(minutes=1)
    talk(world)
    world.work()
    assert world.task(1) == before
    assert world.entries(Status.PARKED) == []


class TestOneCall:
    """A call is one thing, whatever is told of it, in any order."""

    def test_that_it_was_answered_beats_that_it_was_missed(self, world: World) -> None:
        a_known_client(world)
        talk(world, "a", direction="inbound")
        miss(world, "a")
        world.work()
        assert world.tasks == []

    def test_that_it_was_answered_may_come_late(self, world: World) -> None:
        a_known_client(world)
        miss(world, "a")
        world.work()
        talk(world, "a", direction="inbound", ago=3)
        world.work()
        assert open_tasks(world) == []

    def test_that_it_was_missed_may_be_told_in_several_webhooks(self, world: World) -> None:
        event = CallMissed(call_id="a", phone=CLIENT, called_at=world.now)
        tell(world, event)
        tell(world, event, again="again")
        world.work()
        tell(world, event, again="once more")
        world.work()
        assert len(world.orders) == 1
        assert world.tasks == []

    def test_a_hidden_caller_who_was_answered_after_all(self, world: World) -> None:
        miss(world, "a", phone=None)
        miss(world, "b", phone=None)
        world.work()
        talk(world, "a", phone=None, direction="inbound")
        talk(world, "c", phone=None, direction="inbound")
        world.work()
        assert [task["complete"] for task in world.tasks] == [True, False]
        talk(world, "d", phone=None, direction="inbound")
        miss(world, "d", phone=None)
        world.work()
        assert len(world.tasks) == 2

    def test_a_hidden_caller_who_is_answered_while_their_task_is_being_made(self, world: World) -> None:
        world.fault(target="retailcrm", kind="503", method="POST")
        miss(world, "a", phone=None)
        world.work()
        talk(world, "a", phone=None, direction="inbound")
        world.work()
        assert world.tasks == []
        world.clear_faults()
        world.work_for(minutes=20)
        assert [task["complete"] for task in world.tasks] == [True]


class TestFirstTimeCaller:
    def test_the_order_is_told_of_the_talk(self, world: World) -> None:
        miss(world)
        world.work()
        assert world.orders[0]["call"] is True
        world.edit_order(world.orders[0]["id"], {"managerComment": "Не удалять"})
        world.later(minutes=3)
        talk(world)
        talk(world, "another", ago=-1)
        world.work()
        (order,) = world.orders
        assert order["call"] is False
        assert order["managerComment"] == (
            "Не удалять\n\n20.11 в 11:03 клиенту перезвонили, сотрудник: Анна Смирнова, разговор 2 мин 5 с"
        )
        assert [report.delay for report in reports(world)] == [timedelta(minutes=3)]

    def test_the_talk_may_be_told_first(self, world: World) -> None:
        talk(world, ago=1)
        world.work()
        miss(world, ago=4)
        world.work()
        (order,) = world.orders
        assert not order.get("call")
        assert order["managerComment"].endswith("разговор 2 мин 5 с")
        assert [report.delay for report in reports(world)] == [timedelta(minutes=3)]

    def test_who_called_again_waited_once_since_their_first_call(self, world: World) -> None:
        miss(world)
        world.work()
        world.later(minutes=5)
        miss(world, "again")
        world.work()
        assert [order["call"] for order in world.orders] == [True]
        world.later(minutes=3)
        talk(world)
        world.work()
        assert [task["complete"] for task in world.tasks] == [True]
        assert [report.delay for report in reports(world)] == [timedelta(minutes=8)]

    def test_a_lead_in_between_changes_nothing_about_it(self, world: World) -> None:
        miss(world)
        world.lead("1:1", Phone=CLIENT, Name="Анна")
        world.work()
        world.later(minutes=3)
        talk(world)
        world.work()
        (order,) = world.orders
        assert order["call"] is False
        assert order["firstName"] == "Анна"

    def test_an_order_that_is_gone_holds_nothing_up(self, world: World) -> None:
        miss(world)
        world.work()
        world.lose_the_crm()
        world.later(minutes=3)
        talk(world)
        world.work()
        assert world.entries(Status.PARKED, Status.OPEN) == []

    def test_an_answered_call_alone_makes_nothing(self, world: World) -> None:
        talk(world, direction="inbound")
        world.work()
        assert world.orders == world.tasks == []
        assert world.entry.reason == "call-answered"


class TestTwoSystems:
    def test_one_missed_call_that_two_systems_tell_of_is_told_once(self, world: World) -> None:
        miss(world, "a")
        miss(world, "x", TRACKING, ago=-2)
        world.work()
        assert len(world.orders) == 1
        assert world.tasks == []
        assert world.entry.reason == "told-by-another-source"

    def test_a_replay_of_the_first_one_does_not_find_the_other(self, world: World) -> None:
        world.fault(target="retailcrm", kind="400", path="orders/create", times=2)
        miss(world, "a")
        world.work()
        (parked,) = world.entries(Status.PARKED)
        miss(world, "x", TRACKING)
        world.work()
        world.clear_faults()
        assert replay(world.engine, parked, "Анна", world.now) is None
        world.work()
        assert len(world.orders) == 1

    def test_after_a_talk_it_is_another_call(self, world: World) -> None:
        a_known_client(world)
        miss(world, "a")
        world.work()
        world.later(minutes=2)
        talk(world)
        world.work()
        world.later(minutes=2)
        miss(world, "x", TRACKING)
        world.work()
        assert len(open_tasks(world)) == 1

    def test_beyond_the_window_it_is_another_call(self, world: World) -> None:
        miss(world, "a")
        world.work()
        world.later(minutes=11)
        miss(world, "x", TRACKING)
        world.work()
        assert len(open_tasks(world)) == 1

    def test_the_window_is_the_shops(self, tmp_path: Path) -> None:
        world = a_world(tmp_path, telephony={"same_call_within": "1m"})
        miss(world, "a")
        world.later(minutes=2)
        miss(world, "x", TRACKING)
        world.work()
        assert len(open_tasks(world)) == 1
        world.close()

    def test_a_talk_in_another_system_closes_the_task(self, world: World) -> None:
        a_known_client(world)
        miss(world)
        world.work()
        talk(world, source=TRACKING, ago=-1)
        world.work()
        assert open_tasks(world) == []


class TestWrongClocks:
    def test_a_talk_from_the_future_hides_no_later_call(self, world: World) -> None:
        a_known_client(world)
        talk(world, ago=-7 * 60)
        world.work()
        world.later(minutes=5)
        miss(world)
        world.work()
        assert len(open_tasks(world)) == 1

    def test_a_missed_call_from_the_past_is_not_taken_for_an_old_one(self, world: World) -> None:
        a_known_client(world)
        talk(world)
        world.work()
        world.later(minutes=5)
        miss(world, ago=4 * 60)
        world.work()
        assert len(open_tasks(world)) == 1

    def test_a_missed_call_from_the_future_is_closed_by_a_talk_of_today(self, world: World) -> None:
        a_known_client(world)
        miss(world, ago=-7 * 60)
        world.work()
        world.later(minutes=5)
        talk(world)
        world.work()
        assert open_tasks(world) == []

    @pytest.mark.parametrize("hours", [-7, 7])
    def test_a_clock_that_is_wrong_throughout_still_closes(self, world: World, hours: int) -> None:
        a_known_client(world)
        miss(world, ago=hours * 60)
        world.work()
        world.later(minutes=5)
        talk(world, ago=hours * 60)
        world.work()
        assert open_tasks(world) == []


class TestNobodyCallsBack:
    @pytest.fixture
    def world(self, tmp_path: Path) -> Iterator[World]:
        world = a_world(tmp_path, telephony={"escalate_after": "30m"})
        yield world
        world.close()

    def test_who_is_above_hears(self, world: World) -> None:
        order = a_known_client(world)
        miss(world)
        world.work()
        world.work_for(timedelta(minutes=1), minutes=29)
        assert len(world.tasks) == 1
        world.work_for(timedelta(minutes=1), minutes=1)
        world.later(days=1)
        world.work()
        _, task = world.tasks
        assert (task["performer"], task["order"]["id"], task["phone"]) == (2, order, CLIENT)
        assert task["text"] == (
            "Клиенту не перезвонили за 30 мин: +7 916 123-45-67, звонил 20.11 в 11:01,"
            " ответственный: Анна Смирнова"
        )
        assert "Звонили на +7 495 000-00-01" in task["commentary"]

    def test_more_calls_about_the_same_task_are_one_escalation(self, world: World) -> None:
        a_known_client(world)
        for call in ("a", "b", "c"):
            miss(world, call)
            world.work()
            world.later(minutes=5)
        world.work_for(timedelta(minutes=5), hours=3)
        assert [task["performer"] for task in world.tasks] == [1, 2]

    def test_a_talk_closes_both_tasks_and_is_reported_once(self, world: World) -> None:
        a_known_client(world)
        miss(world)
        world.work_for(timedelta(minutes=1), minutes=31)
        talk(world)
        world.work()
        assert [task["complete"] for task in world.tasks] == [True, True]
        assert [report.delay for report in reports(world)] == [timedelta(minutes=31)]

    def test_nobody_hears_of_a_client_who_was_called_back(self, world: World) -> None:
        a_known_client(world)
        miss(world)
        world.work()
        world.later(minutes=3)
        talk(world)
        world.work_for(timedelta(minutes=5), hours=2)
        assert len(world.tasks) == 1

    @pytest.mark.parametrize("change", [{"complete": True}, {"commentary": "Просил позвонить завтра"}])
    def test_nobody_hears_of_what_a_person_has_taken_over(self, world: World, change: dict[str, Any]) -> None:
        a_known_client(world)
        miss(world)
        world.work()
        world.edit_task(1, change)
        world.work_for(timedelta(minutes=5), hours=2)
        assert len(world.tasks) == 1

    def test_the_newer_task_has_a_time_of_its_own(self, world: World) -> None:
        a_known_client(world)
        miss(world, "a")
        world.work()
        world.edit_task(1, {"complete": True})
        world.later(minutes=20)
        miss(world, "b")
        world.work_for(timedelta(minutes=1), minutes=25)
        assert len(world.tasks) == 2
        world.work_for(timedelta(minutes=1), minutes=6)
        assert len(world.tasks) == 3

    def test_the_shops_nights_do_not_count(self, world: World) -> None:
        a_known_client(world)
        world.later(hours=8, minutes=50)  # 19:51 in Tomsk; the shop closes at 20:00
        miss(world)
        world.work_for(timedelta(minutes=10), hours=13)
        assert len(world.tasks) == 1
        world.work_for(timedelta(minutes=1), minutes=40)
        assert len(world.tasks) == 2

    def test_nobody_is_above_the_one_who_is(self, world: World) -> None:
        a_known_client(world, managerId=2)
        miss(world)
        world.work_for(timedelta(minutes=5), hours=2)
        assert len(world.tasks) == 1

    def test_a_first_time_caller_is_looked_after_by_the_ladder_for_new_orders(self, world: World) -> None:
        miss(world)
        world.work_for(timedelta(minutes=5), hours=2)
        assert world.tasks == []

    def test_in_observe_mode_nobody_hears(self, tmp_path: Path) -> None:
        world = a_world(tmp_path / "w", telephony={"escalate_after": "30m"})
        a_known_client(world)
        miss(world)
        world.work()
        world.shop = example_shop(sources=SOURCES, rules={"observe": ["call-missed"]})
        world.restart()
        world.work_for(timedelta(minutes=5), hours=2)
        assert len(world.tasks) == 1
        world.close()


def test_delay_counts_the_shops_hours_only(world: World) -> None:
    a_known_client(world)
    world.later(hours=8, minutes=50)  # 19:51 in Tomsk
    miss(world)
    world.work()
    world.later(hours=13, minutes=19)  # 09:10 on the next day
    talk(world)
    world.work()
    (report,) = reports(world)
    assert report.delay == timedelta(minutes=9 + 10)
    assert report.missed_at + timedelta(hours=13, minutes=19) == report.answered_at


def test_observed_talks_complete_nothing(tmp_path: Path) -> None:
    world = a_world(tmp_path, rules={"observe": ["call-answered"]})
    a_known_client(world)
    miss(world)
    world.work()
    talk(world)
    world.work()
    assert len(open_tasks(world)) == 1
    assert world.entry.status is Status.OBSERVED
    world.close()
