"""A step that breaks a rule is counted once, told once to who made it, or taken back; never in a loop."""

from collections.abc import Iterator, Mapping
from contextlib import closing
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from chalicelib.absences import Absence
from chalicelib.crm.port import OrderChange
from chalicelib.crm.retailcrm.adapter import RetailCrm
from chalicelib.entry import Status
from chalicelib.mistakes.memory import DayOfMistakes, day_key
from tests.mistakes.shop import (
    AGREED,
    ANNA,
    CANCELLED,
    COMPLETE,
    COURIER,
    FORMER,
    IVAN,
    PHONE,
    SCENARIO,
    SENT,
    TENT,
    counted,
    history,
    person_edits,
    person_makes,
    shop_with_scenario,
    trigger,
    we_edit,
)
from tests.world import World

NO_HOUSE = {**COURIER, "address": {"city": "Томск", "street": "Ленина"}}


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with closing(World(tmp_path, shop_with_scenario())) as world:
        history(world)
        world.later(minutes=1)
        yield world


@pytest.fixture
def strict(tmp_path: Path) -> Iterator[World]:
    """Whose orders go back."""
    with closing(World(tmp_path, shop_with_scenario(on_mistake="put-back"))) as world:
        history(world)
        world.later(minutes=1)
        yield world


def agreed(world: World, user: int = ANNA, **fields: Any) -> int:
    """A person calls an order agreed that lacks something."""
    order_id = person_makes(world, IVAN, **{**COMPLETE, "delivery": NO_HOUSE, **fields})
    world.later(seconds=20)
    person_edits(world, order_id, user, status=AGREED)
    world.later(seconds=1)
    return order_id


def order(world: World, order_id: int) -> Mapping[str, Any]:
    return next(order for order in world.orders if order["id"] == order_id)


def test_who_made_the_step_learns_exactly_what_is_missing(world: World) -> None:
    order_id = agreed(world, phone="112", customer={"id": world.make_customer({"firstName": "Анна"})})
    trigger(world, order_id, AGREED)
    (task,) = world.tasks
    assert (task["performer"], task["order"]["id"], task["complete"]) == (ANNA, order_id, False)
    assert task["text"] == "Заказ 1002A, «Согласован»: нет верного телефона; в адресе нет: дом"
    assert "— нет верного телефона\n— в адресе нет: дом\n" in task["commentary"]
    (mistake,) = counted(world)
    assert (mistake.user_id, mistake.status, mistake.rules) == (ANNA, AGREED, ("phone", "address"))
    assert order(world, order_id)["status"] == AGREED


def test_an_item_without_a_price_and_a_wrong_way_of_delivery_are_named(tmp_path: Path) -> None:
    agreed_status = {"name": "Согласован", "requires": ["delivery", "items"]}
    statuses = {"new": {"next": [AGREED]}, AGREED: agreed_status}
    shop = shop_with_scenario(statuses=statuses, rules={"deliveries": ["self-delivery"]})
    with closing(World(tmp_path, shop)) as world:
        history(world)
        world.later(minutes=1)
        gift = {"productName": "Чехол в подарок", "quantity": 1, "initialPrice": 0}
        order_id = agreed(world, delivery=COURIER, items=[TENT, gift])
        trigger(world, order_id, AGREED)
        (task,) = world.tasks
        assert task["text"] == (
            "Заказ 1002A, «Согласован»: способ доставки «courier» не подходит;"
            " нет цены или количества: Чехол в подарок"
        )


def test_the_same_step_told_twice_is_one_mistake(world: World) -> None:
    order_id = agreed(world)
    trigger(world, order_id, AGREED)
    history(world)
    person_edits(world, order_id, managerComment="Позвонить завтра")
    trigger(world, order_id)
    world.later(minutes=15)
    trigger(world, order_id, AGREED)
    history(world)
    assert len(world.tasks) == len(counted(world)) == 1
    assert world.entry.plan == ()


def test_the_history_alone_is_enough(world: World) -> None:
    agreed(world)
    history(world)
    assert [task["text"] for task in world.tasks] == ["Заказ 1002A, «Согласован»: в адресе нет: дом"]
    assert len(counted(world)) == 1


def test_a_right_step_is_nobodys_business(world: World) -> None:
    order_id = agreed(world, delivery=COURIER)
    trigger(world, order_id, AGREED)
    history(world)
    assert not world.tasks
    assert not counted(world)


def test_the_task_is_completed_when_everything_is_mended(world: World) -> None:
    order_id = agreed(world, items=[])
    trigger(world, order_id, AGREED)
    person_edits(world, order_id, IVAN, delivery=COURIER)
    trigger(world, order_id)
    assert [task["complete"] for task in world.tasks] == [False]
    person_edits(world, order_id, IVAN, items=[TENT])
    trigger(world, order_id)
    (task,) = world.tasks
    assert task["complete"]
    assert "Закрыто автоматически" in task["commentary"]
    assert "всё исправлено" in task["commentary"]


def test_what_is_missing_later_is_told_in_a_new_task(world: World) -> None:
    order_id = agreed(world)
    trigger(world, order_id, AGREED)
    person_edits(world, order_id, items=[])
    trigger(world, order_id)
    old, new = world.tasks
    assert old["complete"]
    assert "см. новую задачу" in old["commentary"]
    assert not new["complete"]
    assert "в адресе нет: дом; нет товаров" in new["text"]


def test_what_is_missing_in_the_next_status_too_is_told_for_that(tmp_path: Path) -> None:
    statuses = {**SCENARIO["statuses"], SENT: {"requires": ["address"]}}
    with closing(World(tmp_path, shop_with_scenario(statuses=statuses))) as world:
        order_id = agreed(world)
        trigger(world, order_id, AGREED)
        person_edits(world, order_id, status=SENT)
        trigger(world, order_id, SENT)
        assert [(task["text"], task["complete"]) for task in world.tasks] == [
            ("Заказ 1002A, «Согласован»: в адресе нет: дом", True),
            (f"Заказ 1002A, «{SENT}»: в адресе нет: дом", False),
        ]


def test_the_task_is_completed_when_the_order_goes_on(world: World) -> None:
    order_id = agreed(world)
    trigger(world, order_id, AGREED)
    world.later(minutes=1)
    person_edits(world, order_id, status=CANCELLED, statusComment="Передумал")
    trigger(world, order_id, CANCELLED)
    (task,) = world.tasks
    assert task["complete"]
    assert "новый статус «Отменён»" in task["commentary"]


def test_a_task_that_a_person_changed_is_theirs(world: World) -> None:
    order_id = agreed(world)
    trigger(world, order_id, AGREED)
    (task,) = world.tasks
    world.edit_task(task["id"], {"text": "Жду ответа клиента"})
    person_edits(world, order_id, delivery=COURIER)
    trigger(world, order_id)
    (task,) = world.tasks
    assert (task["text"], task["complete"]) == ("Жду ответа клиента", False)


def test_a_task_that_a_person_completed_does_not_come_again(world: World) -> None:
    order_id = agreed(world)
    trigger(world, order_id, AGREED)
    world.edit_task(world.tasks[0]["id"], {"complete": True})
    person_edits(world, order_id, managerComment="Так надо")
    trigger(world, order_id)
    assert len(world.tasks) == 1


def test_a_forbidden_step_tells_which_ones_there_are(world: World) -> None:
    order_id = agreed(world, delivery=COURIER)
    trigger(world, order_id, AGREED)
    world.later(minutes=1)
    person_edits(world, order_id, status="complete")
    trigger(world, order_id, "complete")
    (task,) = world.tasks
    assert task["text"] == (
        "Заказ 1002A, «Выполнен»: перевод «Согласован» → «Выполнен» не предусмотрен,"
        " можно «В пути», «Отменён»"
    )
    assert [mistake.rules for mistake in counted(world)] == [("step",)]


def test_an_order_may_not_begin_anywhere(world: World) -> None:
    order_id = person_makes(world, ANNA, **COMPLETE, status=AGREED)
    trigger(world, order_id, AGREED)
    assert "заказ создан сразу в статусе «Согласован», можно «Новый»" in world.tasks[0]["text"]


def test_a_status_that_the_scenario_does_not_know_is_a_mistake_to_enter_and_none_to_leave(
    world: World,
) -> None:
    order_id = agreed(world, delivery=COURIER)
    for status in ("no-product", "offer-analog"):
        person_edits(world, order_id, status=status)
        world.later(seconds=1)
    trigger(world, order_id, "offer-analog")
    (task,) = world.tasks
    assert task["text"] == (
        "Заказ 1002A, «offer-analog»: перевод «no-product» → «offer-analog» не предусмотрен"
    )
    person_edits(world, order_id, status=AGREED)
    trigger(world, order_id, AGREED)
    assert [task["complete"] for task in world.tasks] == [True]
    assert [mistake.status for mistake in counted(world)] == ["no-product", "offer-analog"]


def test_of_several_steps_between_two_looks_each_must_be_allowed(world: World) -> None:
    order_id = agreed(world)
    for status in ("complete", AGREED, SENT):
        person_edits(world, order_id, status=status)
        world.later(seconds=1)
    history(world)
    assert [(mistake.status, mistake.rules) for mistake in counted(world)] == [
        ("complete", ("step",)),
        (AGREED, ("step",)),
        (SENT, ("track_number",)),
    ]
    # Of the requirements those of the present status count alone.
    assert [task["text"] for task in world.tasks] == ["Заказ 1002A, «В пути»: нет трек-номера"]


def test_a_forbidden_step_is_found_however_long_we_were_away(world: World) -> None:
    order_id = person_makes(world, IVAN, **COMPLETE)
    history(world)
    person_edits(world, order_id, status="complete")
    monday = world.now
    world.later(days=2)
    person_edits(world, order_id, IVAN, status=AGREED)
    world.later(days=3)
    history(world)
    assert order(world, order_id)["status"] == AGREED
    made = DayOfMistakes.model_validate(world.engine.documents.get(day_key(monday.date())).content).made
    assert [(mistake.status, mistake.user_id, mistake.rules) for mistake in made] == [
        ("complete", ANNA, ("step",))
    ]


def test_a_program_is_counted_and_nobody_gets_a_task(strict: World) -> None:
    order_id = strict.make_order({**COMPLETE, "delivery": NO_HOUSE})
    strict.edit_order(order_id, {"status": AGREED})
    trigger(strict, order_id, AGREED)
    assert strict.tasks == []
    assert order(strict, order_id)["status"] == AGREED
    assert [(mistake.user_id, mistake.rules) for mistake in counted(strict)] == [(None, ("address",))]


def test_what_we_moved_back_of_our_own_accord_is_not_told(world: World) -> None:
    order_id = agreed(world, delivery=COURIER)
    person_edits(world, order_id, status=SENT, delivery={**COURIER, "data": {"trackNumber": "77"}})
    trigger(world, order_id, SENT)
    world.later(minutes=1)
    we_edit(world, order_id, status=AGREED)
    person_edits(world, order_id, delivery={**COURIER, "data": {"trackNumber": ""}})
    trigger(world, order_id)
    assert not world.tasks
    assert not counted(world)


def test_our_own_steps_are_no_mistakes(strict: World) -> None:
    # The courier's word moves the order on through us, and skips what a person would have to pass.
    strict.parcel("ACCEPTED_AT_PICK_UP_POINT", strict.now)
    strict.work()
    history(strict)
    assert strict.order("1001A")["status"] == "arrived-in-pickup-point"
    assert not strict.tasks
    assert not counted(strict)


def test_mistakes_may_only_be_counted(tmp_path: Path) -> None:
    with closing(World(tmp_path, shop_with_scenario(on_mistake="count"))) as world:
        trigger(world, agreed(world), AGREED)
        assert world.tasks == []
        assert len(counted(world)) == 1


def test_in_observe_mode_nothing_is_done(tmp_path: Path) -> None:
    shop = shop_with_scenario(on_mistake="put-back")
    rules = shop.rules.model_copy(update={"observe": frozenset({"order-status-changed", "order-edited"})})
    with closing(World(tmp_path, shop.model_copy(update={"rules": rules}))) as world:
        order_id = agreed(world)
        trigger(world, order_id, AGREED)
        assert world.status() is Status.OBSERVED
        assert [action.kind for action in world.entry.plan] == [
            "announce",
            "create-task",
            "set-order-status",
        ]
        assert not world.tasks
        assert not counted(world)
        assert order(world, order_id)["status"] == AGREED


@pytest.mark.parametrize("user", [FORMER, ANNA])
def test_who_is_not_there_gets_no_task(world: World, user: int) -> None:
    today = date(2026, 11, 20)
    anna, *others = world.shop.people
    anna = anna.model_copy(update={"absent": (Absence(today, today),)})
    world.shop = world.shop.model_copy(update={"people": (anna, *others)})
    world.restart()
    order_id = agreed(world, user)
    trigger(world, order_id, AGREED)
    (task,) = world.tasks
    # The order's manager.
    assert task["performer"] == IVAN
    name = {FORMER: "Пётр Уволенный", ANNA: "Анна Смирнова"}[user]
    assert f", {name}" in task["commentary"]


def test_a_key_that_may_not_read_users_holds_no_mistake_up(world: World) -> None:
    today = date(2026, 11, 20)
    anna, *others = world.shop.people
    anna = anna.model_copy(update={"absent": (Absence(today, today),)})
    world.shop = world.shop.model_copy(update={"people": (anna, *others)})
    world.restart()
    world.fault(target="retailcrm", kind="403", path="/users", times=100)
    trigger(world, agreed(world), AGREED)
    (task,) = world.tasks
    assert task["performer"] == IVAN
    assert "Статус поставлен" in task["commentary"]


def test_an_order_goes_back_with_the_reason_and_a_task(strict: World) -> None:
    order_id = agreed(strict)
    trigger(strict, order_id, AGREED)
    back = order(strict, order_id)
    assert (back["status"], back["statusComment"]) == ("new", "Leadkeeper: в адресе нет: дом")
    (task,) = strict.tasks
    assert "Заказ возвращён в статус «Новый»" in task["commentary"]
    assert len(counted(strict)) == 1


def test_an_order_that_went_back_is_not_judged_again(strict: World) -> None:
    order_id = agreed(strict)
    trigger(strict, order_id, AGREED)
    history(strict)
    strict.later(minutes=15)
    trigger(strict, order_id, AGREED)
    trigger(strict, order_id, "new")
    person_edits(strict, order_id, managerComment="Уточняю адрес")
    history(strict)
    assert order(strict, order_id)["status"] == "new"
    assert [task["complete"] for task in strict.tasks] == [False]
    assert len(counted(strict)) == 1


def test_the_task_is_completed_although_the_order_is_back(strict: World) -> None:
    order_id = agreed(strict)
    trigger(strict, order_id, AGREED)
    strict.later(days=2)
    person_edits(strict, order_id, delivery=COURIER)
    trigger(strict, order_id)
    (task,) = strict.tasks
    assert task["complete"]
    assert "заказ можно снова перевести в «Согласован»" in task["commentary"]
    strict.later(minutes=1)
    person_edits(strict, order_id, status=AGREED)
    trigger(strict, order_id, AGREED)
    assert order(strict, order_id)["status"] == AGREED
    assert len(strict.tasks) == 1


def test_the_news_of_the_way_back_leads_nowhere_however_soon_it_comes(strict: World) -> None:
    order_id = agreed(strict)
    for status in (AGREED, "new"):
        strict.post("crm-main", "demo-token", f"order_id={order_id}&status={status}".encode())
        # Not even the count of the mistake has come through.
        strict.step(strict.used.work)
    assert not counted(strict)
    assert [action.kind for action in strict.entry.plan] == ["announce"]


def test_a_step_that_is_counted_already_does_not_go_back(tmp_path: Path) -> None:
    with closing(World(tmp_path, shop_with_scenario(on_mistake="count"))) as world:
        order_id = agreed(world)
        trigger(world, order_id, AGREED)
        world.shop = shop_with_scenario(on_mistake="put-back")
        world.restart()
        person_edits(world, order_id, items=[])
        trigger(world, order_id)
        assert order(world, order_id)["status"] == AGREED
        assert len(world.tasks) == len(counted(world)) == 1


def test_the_history_may_tell_of_a_step_later_than_the_trigger(
    strict: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    told, known_from = RetailCrm.changes_of_order, strict.now + timedelta(seconds=40)

    def late(crm: RetailCrm, order_id: int, since: datetime) -> tuple[OrderChange, ...]:
        changes = told(crm, order_id, since)
        return changes if strict.now >= known_from else changes[:-1]

    monkeypatch.setattr(RetailCrm, "changes_of_order", late)
    crm = strict.shop.crm.model_copy(update={"search_lag": timedelta(minutes=1)})
    strict.shop = strict.shop.model_copy(update={"crm": crm})
    strict.restart()
    order_id = agreed(strict)
    trigger(strict, order_id, AGREED)
    assert order(strict, order_id)["status"] == AGREED
    strict.work_for(seconds=40)
    assert order(strict, order_id)["status"] == "new"


def test_the_same_step_again_is_another_mistake_and_goes_back_again(strict: World) -> None:
    order_id = agreed(strict)
    trigger(strict, order_id, AGREED)
    strict.later(minutes=15)
    person_edits(strict, order_id, status=AGREED)
    trigger(strict, order_id, AGREED)
    assert order(strict, order_id)["status"] == "new"
    assert len(strict.tasks) == 1
    assert len(counted(strict)) == 2


def test_our_own_words_are_no_reason(strict: World) -> None:
    order_id = person_makes(strict, ANNA, **COMPLETE)
    for _ in range(2):
        strict.later(minutes=15)
        person_edits(strict, order_id, status=CANCELLED)
        trigger(strict, order_id, CANCELLED)
        assert order(strict, order_id)["status"] == "new"
    person_edits(strict, order_id, status=CANCELLED, statusComment="Купил в другом месте")
    strict.later(minutes=15)
    trigger(strict, order_id, CANCELLED)
    assert order(strict, order_id)["status"] == CANCELLED
    assert all(task["complete"] for task in strict.tasks)


def test_who_moved_the_order_on_meanwhile_wins(strict: World) -> None:
    order_id = agreed(strict)
    strict.fault(target="retailcrm", kind="refuse", path=f"/orders/{order_id}/edit")
    strict.post("crm-main", "demo-token", f"order_id={order_id}&status={AGREED}".encode())
    strict.work()
    assert len(strict.tasks) == 1
    strict.clear_faults()
    person_edits(strict, order_id, status=SENT, delivery={**COURIER, "data": {"trackNumber": "77"}})
    strict.work_for(minutes=30)
    assert strict.status() is Status.DONE
    assert order(strict, order_id)["status"] == SENT
    history(strict)
    assert order(strict, order_id)["status"] == SENT
    assert [task["complete"] for task in strict.tasks] == [True]


def test_an_order_does_not_go_back_when_the_crm_answers_hours_later(strict: World) -> None:
    """By then it may be on its way."""
    order_id = agreed(strict)
    strict.fault(target="retailcrm", kind="refuse", path=f"/orders/{order_id}/edit")
    strict.post("crm-main", "demo-token", f"order_id={order_id}&status={AGREED}".encode())
    strict.work()
    assert len(strict.tasks) == 1
    strict.later(hours=2)
    strict.clear_faults()
    strict.work_for(minutes=30)
    assert strict.status() is Status.DONE
    assert order(strict, order_id)["status"] == AGREED


def test_of_a_step_that_is_taken_back_the_client_hears_nothing(strict: World) -> None:
    texts = strict.shop.messages.model_copy(
        update={"order_statuses": {"new": "order_accepted", AGREED: "in_production"}}
    )
    strict.shop = strict.shop.model_copy(update={"messages": texts})
    strict.restart()
    order_id = agreed(strict)
    trigger(strict, order_id, AGREED)
    history(strict)
    trigger(strict, order_id, "new")
    assert order(strict, order_id)["status"] == "new"
    assert strict.messages == []
    person_edits(strict, order_id, status=AGREED, delivery=COURIER)
    strict.later(minutes=15)
    trigger(strict, order_id, AGREED)
    history(strict)
    assert len(strict.messages) == 1


def test_what_is_found_late_stays_where_it_is(strict: World) -> None:
    order_id = agreed(strict)
    strict.later(hours=2)
    history(strict)
    assert order(strict, order_id)["status"] == AGREED
    (task,) = strict.tasks
    assert "возвращён" not in task["commentary"]


def looks(world: World) -> int:
    """How often the CRM's history was read."""
    return world.sandbox.requests_so_far()["GET /api/v5/orders/history 200"]


def test_what_is_old_and_right_costs_no_look_at_the_history(world: World) -> None:
    order_id = agreed(world, delivery=COURIER)
    trigger(world, order_id, AGREED)
    world.later(days=3)
    person_edits(world, order_id, managerComment="Ждёт")
    before = looks(world)
    trigger(world, order_id)
    assert looks(world) == before > 0
    assert world.entry.reason == "no-mistakes"


def test_another_phone_of_the_client_is_enough(world: World) -> None:
    customer = world.make_customer({"firstName": "Анна", "phones": [{"number": PHONE}]})
    order_id = agreed(world, phone="", customer={"id": customer}, delivery=COURIER)
    trigger(world, order_id, AGREED)
    assert world.tasks == []
