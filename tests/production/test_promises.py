"""What production promises, and what is ready: whole stories."""

from datetime import timedelta
from itertools import permutations
from pathlib import Path

import pytest

from chalicelib.entry import Status
from tests.production.workshop import Workshop, a_shop

# The stories begin on Friday, 20 November 2026, at 11:00 in the shop's zone; it opens at 9:00 each day.
NEAR = "Заказ T1: производство обещало до 25.11.2026, ещё не готов"
PAST = "Заказ T1 не готов: производство обещало до 25.11.2026"


@pytest.fixture
def world(tmp_path: Path) -> Workshop:
    return Workshop(tmp_path)


def texts(world: Workshop) -> list[str]:
    return [task["text"] for task in world.open_tasks]


def until(world: Workshop, day: int, hour: int) -> None:
    """Let time pass until this local hour in November."""
    world.now = world.now.replace(day=day, hour=hour - 7, minute=0)
    world.work()


class TestPromised:
    def test_the_day_before_and_the_day_after_the_manager_hears(self, world: Workshop) -> None:
        world.make()
        world.tells("promised", date="2026-11-25", text="Ждём ткань")
        world.work()
        assert "обещает готовность до 25.11.2026" in world.made["managerComment"]
        assert "Ждём ткань" in world.made["managerComment"]
        until(world, 24, 8)
        assert not world.tasks
        until(world, 24, 9)
        assert texts(world) == [NEAR]
        until(world, 26, 8)
        assert texts(world) == [NEAR]
        until(world, 26, 9)
        assert texts(world) == [PAST]
        until(world, 30, 20)
        assert len(world.tasks) == 2

    def test_another_day_moves_it(self, world: Workshop) -> None:
        world.make()
        world.tells("promised", "e1", date="2026-11-22")
        world.work()
        until(world, 21, 10)
        assert len(world.open_tasks) == 1
        world.tells("promised", "e2", date="2026-11-25")
        world.work()
        assert not world.open_tasks
        until(world, 23, 12)
        assert not world.open_tasks
        until(world, 24, 12)
        assert texts(world) == [NEAR]

    def test_a_day_that_is_over_already(self, world: Workshop) -> None:
        world.make()
        world.tells("promised", date="2026-11-18")
        world.work()
        assert [text[:18] for text in texts(world)] == ["Заказ T1 не готов:"]

    @pytest.mark.parametrize("ends", ["ready", "cancelled", "next status by hand"])
    def test_what_ends_it(self, world: Workshop, ends: str) -> None:
        order_id = world.make()
        world.look()
        world.tells("promised", "e1", date="2026-11-25")
        world.work()
        until(world, 24, 12)
        assert texts(world) == [NEAR]
        if ends == "ready":
            world.tells("ready", "e2")
        else:
            status = "cancel-other" if ends == "cancelled" else "assembling-complete"
            world.edit_order(order_id, {"status": status})
        world.work()
        world.look()
        assert not world.open_tasks
        until(world, 27, 12)
        assert not world.open_tasks

    def test_the_field_promises_moves_and_takes_back(self, world: Workshop) -> None:
        order_id = world.make()
        world.look()
        world.fill(order_id, production_promised="2026-11-22")
        world.later(minutes=5)
        world.look()
        until(world, 21, 10)
        assert len(world.open_tasks) == 1
        world.fill(order_id, production_promised="2026-11-25")
        world.look()
        assert not world.open_tasks
        until(world, 24, 12)
        assert texts(world) == [NEAR]
        world.fill(order_id, production_promised="")
        world.look()
        assert not world.open_tasks
        until(world, 28, 12)
        assert not world.open_tasks

    @pytest.mark.parametrize("day", ["9999-12-31", "0001-01-01", "скоро"])
    def test_a_field_that_says_no_day_is_no_promise(self, world: Workshop, day: str) -> None:
        order_id = world.make()
        world.look()
        world.fill(order_id, production_promised=day)
        world.look()
        world.work_for(minutes=3)
        assert not world.entries(Status.PARKED, Status.OPEN)
        until(world, 30, 12)
        assert not world.tasks

    def test_a_person_who_changed_the_task_keeps_it(self, world: Workshop) -> None:
        world.make()
        world.tells("promised", "e1", date="2026-11-25")
        world.work()
        until(world, 24, 12)
        (task,) = world.open_tasks
        world.edit_task(task["id"], {"commentary": "Звонил, обещают вечером"})
        world.tells("ready", "e2")
        world.work()
        assert [task["id"] for task in world.open_tasks] == [task["id"]]

    def test_an_older_word_that_comes_late_changes_nothing(self, world: Workshop) -> None:
        world.make()
        first = world.now.isoformat()
        world.later(hours=1)
        world.tells("promised", "e2", date="2026-11-25")
        world.tells("promised", "e1", date="2026-11-21", at=first)
        world.work()
        until(world, 23, 12)
        assert not world.tasks


class TestReady:
    def test_the_order_goes_on_and_its_client_hears_once(self, world: Workshop) -> None:
        world.make()
        world.look()
        world.tells("ready", "e1")
        world.tells("ready", "e1")
        world.tells("ready", "e2")
        world.work()
        assert world.made["status"] == "assembling-complete"
        for _ in range(3):
            world.later(minutes=5)
            world.look()
        assert len(world.messages) == 1
        assert not world.tasks
        assert "заказ готов" in world.made["managerComment"]

    def test_elsewhere_than_expected_a_person_decides(self, world: Workshop) -> None:
        world.make(status="new")
        world.tells("ready", "e1")
        world.tells("ready", "e2")
        world.work()
        assert world.made["status"] == "new"
        (task,) = world.open_tasks
        assert task["text"] == "Заказ T1 готов, но статус не тот: проверьте"
        assert "«new»" in task["commentary"]
        assert not world.messages

    def test_the_crms_own_status_says_ready_as_well(self, tmp_path: Path) -> None:
        world = Workshop(tmp_path, a_shop(ready_status="send-to-assembling"))
        order_id = world.make()
        world.look()
        world.later(minutes=5)
        world.edit_order(order_id, {"status": "send-to-assembling"})
        world.look()
        assert world.made["status"] == "assembling-complete"
        for _ in range(3):
            world.later(minutes=5)
            world.look()
        assert len(world.messages) == 1

    def test_an_order_that_waits_for_an_answer_goes_on_as_well(self, tmp_path: Path) -> None:
        world = Workshop(tmp_path, a_shop(question_status="send-to-assembling"))
        world.make(status="send-to-assembling")
        world.tells("ready")
        world.work()
        assert world.made["status"] == "assembling-complete"

    def test_a_person_who_puts_it_back_is_not_overruled(self, world: Workshop) -> None:
        order_id = world.make()
        world.look()
        world.tells("ready")
        world.work()
        world.later(minutes=5)
        world.look()
        world.edit_order(order_id, {"status": "assembling"})
        world.later(minutes=5)
        world.look()
        assert world.made["status"] == "assembling"

    @pytest.mark.parametrize("is_looked_at", [True, False])
    def test_what_is_made_again_goes_on_when_it_is_ready_again(
        self, world: Workshop, is_looked_at: bool
    ) -> None:
        order_id = world.make()
        world.look()
        told_at = world.now
        world.tells("ready", "e1")
        world.work()
        world.later(hours=1)
        world.edit_order(order_id, {"status": "assembling"})
        if is_looked_at:
            world.look()
            world.tells("ready", "e2", at=told_at.isoformat())
            world.work()
            assert world.made["status"] == "assembling", "what was ready before it went back is no news"
        world.later(hours=1)
        world.tells("ready", "e3")
        world.work()
        assert world.made["status"] == "assembling-complete"

    @pytest.mark.parametrize("status", ["assembling-complete", "cancel-other"])
    def test_nobody_need_decide_once_it_went_on_or_ended(self, world: Workshop, status: str) -> None:
        order_id = world.make(status="new")
        world.look()
        world.tells("ready")
        world.work()
        assert len(world.open_tasks) == 1
        world.later(minutes=5)
        world.edit_order(order_id, {"status": status})
        world.look()
        assert not world.open_tasks

    def test_ready_after_its_end_a_person_decides(self, world: Workshop) -> None:
        world.make(status="cancel-other")
        world.later(minutes=5)
        world.tells("ready")
        world.work()
        world.look()
        assert "закрыт" in world.open_tasks[0]["commentary"]

    def test_without_a_next_status_the_order_has_a_note(self, tmp_path: Path) -> None:
        world = Workshop(tmp_path, a_shop(next_status="", making=[]))
        world.make()
        world.tells("ready", text="Две упаковки")
        world.work()
        assert world.made["status"] == "assembling"
        assert "Две упаковки" in world.made["managerComment"]
        assert not world.tasks


@pytest.mark.parametrize("order", list(permutations(range(4)))[::3])
def test_whatever_the_order_in_which_it_comes_the_end_is_the_same(
    world: Workshop, order: tuple[int, ...]
) -> None:
    order_id = world.make()
    world.look()
    begins = world.now
    news = [
        ("question", {"question_id": "q1", "text": "Цвет?"}),
        ("promised", {"date": "2026-11-22"}),
        ("promised", {"date": "2026-11-25"}),
        ("ready", {}),
    ]
    world.later(hours=1)
    for number in (*order, *order):
        kind, fields = news[number]
        at = (begins + timedelta(minutes=number)).isoformat()
        assert world.tells(kind, f"e{number}", at=at, **fields).status == 200
        world.work_for(minutes=1)
    assert not world.open_tasks
    assert world.order("T1")["status"] == "assembling-complete"
    assert world.order("T1")["id"] == order_id
    until(world, 30, 12)
    assert not world.open_tasks
    assert not world.entries(Status.PARKED, Status.QUARANTINED)
