"""Production's questions, and how their answers come back: whole stories."""

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from chalicelib.entry import Status
from chalicelib.ladder_memory import production_key
from tests.production.workshop import ASKED, Workshop, a_shop

ASKED_OF_T1 = f"Производство спрашивает по заказу T1: {ASKED}"


@pytest.fixture
def world(tmp_path: Path) -> Workshop:
    return Workshop(tmp_path)


def test_a_question_is_a_task_for_the_orders_manager(world: Workshop) -> None:
    order_id = world.make()
    assert world.asks(author="Пётр, цех 2", links=["https://shop.example/drawing/1"]).status == 200
    world.work()
    (task,) = world.open_tasks
    assert (task["performer"], task["order"]["id"]) == (1, order_id)
    assert task["text"] == ASKED_OF_T1
    for words in (ASKED, "Пётр, цех 2", "https://shop.example/drawing/1", "+7 916 123-45-67"):
        assert words in task["commentary"]
    assert "«production_answer»" in task["commentary"]


def test_the_answer_in_the_field_goes_back_signed_and_completes_the_task(world: Workshop) -> None:
    order_id = world.make()
    world.look()
    world.asks()
    world.work()
    world.later(minutes=30)
    world.answer(order_id, "Чёрные")
    world.look()
    (answer,) = world.answers
    assert (answer["question_id"], answer["text"], answer["order"]) == ("q-e1", "Чёрные", "T1")
    assert (answer["question"], answer["author"]) == (ASKED, "Анна Смирнова")
    assert not world.open_tasks
    assert "Закрыто автоматически" in world.tasks[0]["commentary"]
    world.later(minutes=10)
    world.look()
    assert len(world.answers) == 1


def test_the_answer_under_the_task_goes_back_as_well(world: Workshop) -> None:
    world.make()
    world.asks()
    world.work()
    (task,) = world.open_tasks
    world.later(minutes=20)
    world.sandbox.add_task_comment(task["id"], 1, "Уточняю у клиента")
    world.sandbox.add_task_comment(task["id"], 1, "Чёрные")
    world.edit_task(task["id"], {"complete": True})
    world.later(minutes=5)
    world.look()
    (answer,) = world.answers
    assert (answer["text"], answer["author"]) == ("Чёрные", "Анна Смирнова")
    assert "Закрыто автоматически" not in world.task(task["id"])["commentary"]


def test_an_answer_under_the_task_is_heard_however_long_we_were_away(world: Workshop) -> None:
    world.make()
    world.asks()
    world.look()
    (task,) = world.open_tasks
    world.sandbox.add_task_comment(task["id"], 1, "Чёрные")
    world.edit_task(task["id"], {"complete": True})
    world.later(days=9)
    world.look()
    assert [answer["text"] for answer in world.answers] == ["Чёрные"]
    world.later(minutes=5)
    world.look()
    assert len(world.answers) == 1


def test_a_task_completed_without_a_word_answers_nothing_and_the_field_still_does(world: Workshop) -> None:
    order_id = world.make()
    world.look()
    world.asks()
    world.work()
    world.edit_task(world.open_tasks[0]["id"], {"complete": True})
    world.later(minutes=5)
    world.look()
    assert not world.answers
    world.answer(order_id, "Чёрные")
    world.later(minutes=5)
    world.look()
    assert [answer["text"] for answer in world.answers] == ["Чёрные"]


def test_a_task_that_is_opened_again_and_completed_with_a_word_answers(world: Workshop) -> None:
    world.make()
    world.asks()
    world.work()
    (task,) = world.open_tasks
    for words in ("", "Чёрные"):
        world.edit_task(task["id"], {"complete": False})
        if words:
            world.sandbox.add_task_comment(task["id"], 1, words)
        world.edit_task(task["id"], {"complete": True})
        world.later(minutes=6)
        world.look()
    assert [answer["text"] for answer in world.answers] == ["Чёрные"]


def test_a_task_that_a_person_changed_is_theirs(world: Workshop) -> None:
    order_id = world.make()
    world.look()
    world.asks()
    world.work()
    (task,) = world.open_tasks
    world.edit_task(task["id"], {"text": "Спросить клиента про цвет"})
    world.answer(order_id, "Чёрные")
    world.later(minutes=5)
    world.look()
    assert len(world.answers) == 1
    assert [open_task["id"] for open_task in world.open_tasks] == [task["id"]]


def test_several_questions_have_a_task_and_an_answer_each(world: Workshop) -> None:
    order_id = world.make()
    world.look()
    world.asks("e1")
    world.asks("e2", "Шаг люверсов?")
    world.asks("e3", "Упаковка?")
    world.work()
    assert len(world.open_tasks) == 3
    for text in ("2: 30 см", "Чёрные", "Плёнка"):
        world.answer(order_id, text)
        world.later(minutes=5)
        world.look()
    given = {answer["question_id"]: answer["text"] for answer in world.answers}
    assert given == {"q-e2": "30 см", "q-e1": "Чёрные", "q-e3": "Плёнка"}
    assert not world.open_tasks


def test_a_size_is_no_number_of_a_question(world: Workshop) -> None:
    order_id = world.make()
    world.look()
    world.asks("e1")
    world.asks("e2", "Шаг люверсов?")
    world.work()
    for text in ("1.5 мм", "2.5 м"):
        world.answer(order_id, text)
        world.later(minutes=5)
        world.look()
    given = [(answer["question_id"], answer["text"]) for answer in world.answers]
    assert given == [("q-e1", "1.5 мм"), ("q-e2", "2.5 м")]


def test_what_the_field_held_before_is_no_answer(world: Workshop) -> None:
    order_id = world.make()
    world.answer(order_id, "старый ответ")
    world.later(minutes=5)
    world.asks()
    world.work()
    world.look()
    assert not world.answers
    assert len(world.open_tasks) == 1


def test_an_answer_that_comes_before_its_question_is_one(world: Workshop) -> None:
    order_id = world.make()
    world.look()
    asked_at = world.now
    world.later(minutes=10)
    world.answer(order_id, "Чёрные")
    world.look()
    world.later(minutes=10)
    world.asks(at=asked_at.isoformat())
    world.work()
    assert [answer["text"] for answer in world.answers] == ["Чёрные"]
    assert not world.tasks


def test_a_question_that_comes_after_the_order_was_made_is_a_note(world: Workshop) -> None:
    world.make()
    asked_at = world.now
    world.later(minutes=10)
    world.tells("ready", "e2")
    world.work()
    world.asks("e1", at=asked_at.isoformat())
    world.work()
    assert not world.tasks
    assert ASKED in world.made["managerComment"]


def test_once_the_order_is_made_nobody_need_answer(world: Workshop) -> None:
    world.make()
    world.asks()
    world.work()
    world.later(minutes=10)
    world.tells("ready", "e2")
    world.work()
    assert not world.open_tasks
    assert not world.answers


def test_once_the_order_is_cancelled_nobody_need_answer(world: Workshop) -> None:
    order_id = world.make()
    world.look()
    world.asks()
    world.work()
    world.later(minutes=10)
    world.edit_order(order_id, {"status": "cancel-other"})
    world.look()
    assert not world.open_tasks


def test_a_question_that_comes_after_the_order_was_cancelled_is_a_note(world: Workshop) -> None:
    order_id = world.make()
    asked_at = world.now
    world.later(minutes=10)
    world.edit_order(order_id, {"status": "cancel-other"})
    world.asks(at=asked_at.isoformat())
    world.work()
    assert not world.tasks
    assert ASKED in world.made["managerComment"]


def test_a_question_about_a_cancelled_order_reaches_its_manager(world: Workshop) -> None:
    world.make(status="cancel-other")
    world.later(minutes=10)
    world.asks()
    world.work()
    (task,) = world.open_tasks
    assert "заказ уже закрыт" in task["commentary"]


def test_the_same_question_again_is_none(world: Workshop) -> None:
    world.make()
    for event_id in ("e1", "e1", "e2"):
        world.asks(event_id, question_id="q-1")
        world.later(minutes=1)
    world.work()
    assert len(world.tasks) == 1


def test_the_same_id_with_other_words_is_another_question(world: Workshop) -> None:
    world.make()
    world.asks("e1", question_id="q-1")
    world.asks("e2", "А какой шаг?", question_id="q-1")
    world.work()
    assert len(world.open_tasks) == 2


def test_long_questions_about_one_order_fit_into_a_document(world: Workshop) -> None:
    order_id = world.make()
    links = [f"https://shop.example/{'a' * 1500}/{number}" for number in range(20)]
    for number in range(12):
        world.asks(f"e{number}", f"{number} {'ш' * 9_000}", links=links)
        world.work()
    assert len(world.open_tasks) == 2
    content = json.dumps(world.engine.documents.get(production_key(order_id)).content, ensure_ascii=False)
    assert len(content.encode()) < 300_000


def test_a_comment_is_a_note_on_the_order(world: Workshop) -> None:
    world.make(managerComment="Звонить после 12")
    world.tells("comment", text="Раскрой начат", author="Цех 2")
    world.work()
    assert not world.tasks
    comment = world.made["managerComment"]
    assert "Звонить после 12" in comment
    assert "Раскрой начат" in comment


def test_an_order_that_is_not_there_is_for_a_person(world: Workshop) -> None:
    world.asks(order="T9")
    world.work_for(minutes=3)
    (entry,) = world.entries(Status.PARKED)
    assert entry.reason == "order-not-found"
    assert world.alerts


@pytest.mark.parametrize("which", [{"order": "external-7"}, {"order": ..., "order_id": "id"}])
def test_the_external_id_and_the_crms_id_name_the_order_as_well(
    world: Workshop, which: dict[str, Any]
) -> None:
    order_id = world.make(externalId="external-7")
    named: dict[str, Any] = {name: order_id if value == "id" else value for name, value in which.items()}
    world.asks(**named)
    world.work()
    assert len(world.open_tasks) == 1


class TestInTheCrm:
    def test_a_field_asks(self, world: Workshop) -> None:
        order_id = world.make()
        world.look()
        world.fill(order_id, production_question=ASKED)
        world.later(minutes=5)
        world.look()
        assert [task["text"] for task in world.open_tasks] == [
            f"Производство спрашивает по заказу T1: {ASKED}"
        ]
        world.answer(order_id, "Чёрные")
        world.later(minutes=5)
        world.look()
        assert not world.open_tasks
        assert not world.answers, "who asks in the CRM reads the answer there"
        world.fill(order_id, production_question="Шаг?")
        world.later(minutes=5)
        world.look()
        assert len(world.open_tasks) == 1

    @pytest.mark.parametrize("days", [1, 9])
    def test_what_the_field_held_before_we_watched_is_no_answer(self, world: Workshop, days: int) -> None:
        order_id = world.make(customFields={"production_answer": "старый ответ"})
        world.later(days=days)
        world.make_order({"number": "T2"})
        world.look()
        world.later(minutes=5)
        world.fill(order_id, production_question=ASKED)
        world.look()
        assert [task["text"] for task in world.open_tasks] == [ASKED_OF_T1]

    def test_who_answers_before_we_look_for_the_first_time_has_no_task(self, world: Workshop) -> None:
        order_id = world.make()
        world.later(days=1)
        world.look()
        world.later(minutes=5)
        world.fill(order_id, production_question=ASKED)
        world.later(minutes=1)
        world.answer(order_id, "Чёрные")
        world.look()
        assert not world.tasks
        assert "production-answered" in [event.kind for entry in world.entries() for event in entry.events]

    def test_a_status_asks_by_its_comment(self, tmp_path: Path) -> None:
        world = Workshop(tmp_path, a_shop(question_status="send-to-assembling"))
        order_id = world.make()
        world.look()
        world.later(minutes=5)
        world.edit_order(order_id, {"status": "send-to-assembling", "statusComment": ASKED})
        world.look()
        assert [task["text"] for task in world.open_tasks] == [
            f"Производство спрашивает по заказу T1: {ASKED}"
        ]
        world.edit_order(order_id, {"managerComment": "что-то ещё"})
        world.later(minutes=5)
        world.look()
        assert len(world.tasks) == 1
        world.edit_order(order_id, {"status": "assembling"})
        world.later(minutes=5)
        world.look()
        world.edit_order(order_id, {"status": "send-to-assembling", "statusComment": "Шаг?"})
        world.later(minutes=5)
        world.look()
        assert len(world.tasks) == 2

    def test_what_stood_there_before_we_watched_is_no_news(self, tmp_path: Path) -> None:
        fields = {"production_question": ASKED, "production_promised": "2026-11-21"}
        world = Workshop(tmp_path, a_shop(ready_status="send-to-assembling"))
        order_id = world.make(customFields=fields, status="send-to-assembling")
        world.later(days=8)
        world.look()
        world.edit_order(order_id, {"managerComment": "Позвонить"})
        world.later(minutes=5)
        world.look()
        assert not world.tasks
        assert world.made["status"] == "send-to-assembling"
        world.fill(order_id, production_question="Шаг?")
        world.later(minutes=5)
        world.look()
        assert len(world.open_tasks) == 1


class TestDeadProduction:
    def test_for_days_it_blocks_nobody_and_gets_the_answer_in_the_end(self, world: Workshop) -> None:
        order_id = world.make()
        world.look()
        world.asks()
        world.work()
        world.fault(target="production", kind="500")
        world.answer(order_id, "Чёрные")
        world.look()
        assert not world.open_tasks, "the manager has done their part"
        world.work_for(step=timedelta(minutes=15), days=3)
        assert any("Производство" in alert for alert in world.alerts)
        assert len(world.alerts) < 10
        world.clear_faults()
        world.call("79160000000", "a")
        world.work_for(step=timedelta(minutes=1), minutes=20)
        assert [answer["text"] for answer in world.answers] == ["Чёрные"]
        assert len(world.orders) == 2

    def test_after_ten_days_a_person_is_told(self, world: Workshop) -> None:
        order_id = world.make()
        world.look()
        world.asks()
        world.work()
        world.fault(target="production", kind="refuse")
        world.answer(order_id, "Чёрные")
        world.look()
        world.work_for(step=timedelta(hours=1), days=11)
        (parked,) = world.entries(Status.PARKED)
        assert parked.reason == "production-unreachable"
        assert any("не отвечала 10 дней" in alert for alert in world.alerts)

    def test_an_answer_that_was_lost_is_sent_again_and_known_by_its_id(self, world: Workshop) -> None:
        order_id = world.make()
        world.look()
        world.asks()
        world.work()
        world.fault(target="production", kind="drop", times=2)
        world.answer(order_id, "Чёрные")
        world.look()
        world.work_for(minutes=5)
        assert len(world.answers) == 1
        assert world.sandbox.requests_so_far()["POST /production/answers 200"] == 1
        assert world.sandbox.requests_so_far()["POST /production/answers dropped"] == 2


def test_observe_mode_writes_nothing(tmp_path: Path) -> None:
    world = Workshop(tmp_path)
    world.shop = a_shop().model_copy(update={"shop": a_shop().shop.model_copy(update={"mode": "observe"})})
    world.restart()
    world.make()
    for number, (kind, fields) in enumerate(
        [
            ("question", {"question_id": "q", "text": ASKED}),
            ("comment", {"text": "Раскрой"}),
            ("promised", {"date": "2026-11-25"}),
            ("ready", {}),
        ]
    ):
        assert world.tells(kind, f"e{number}", **fields).status == 200
    world.work()
    assert {entry.status for entry in world.entries()} == {Status.OBSERVED}
    assert not world.tasks
    assert world.made["status"] == "assembling"
    assert not world.made.get("managerComment")


def test_numbers_that_begin_again_are_other_questions(world: Workshop) -> None:
    """What we remember of an order expires sooner than the journal's ids."""
    order_id = world.make()
    world.look()
    for event_id, words in (("e1", "Чёрные"), ("e2", "Белые")):
        world.asks(event_id)
        world.work()
        world.answer(order_id, words)
        world.later(minutes=5)
        world.look()
        memory = world.engine.documents.get(production_key(order_id))
        world.engine.documents.put(replace(memory, content={}))
        world.answer(order_id, "")
        world.later(minutes=5)
        world.look()
    assert [answer["text"] for answer in world.answers] == ["Чёрные", "Белые"]
