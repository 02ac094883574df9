"""Each night: what we accepted against what is in the CRM."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from chalicelib.entry import Status
from sandbox.retailcrm.removing import Removal
from tests.reconciliation.night import BY_ANNA, BY_PROGRAM, WITHOUT_TRACE, Night


@pytest.fixture
def night(tmp_path: Path) -> Iterator[Night]:
    with closing(Night(tmp_path)) as world:
        yield world


def external_id(world: Night, order_id: int) -> str:
    (order,) = (order for order in world.orders if order["id"] == order_id)
    return str(order["externalId"])


def test_nothing_is_told_while_everything_agrees(night: Night) -> None:
    night.new_order(1)
    night.new_task(1)
    night.night()
    assert night.told == []
    last = night.check.last()
    assert last is not None
    assert (last.total, last.looked.orders, last.looked.tasks) == (0, 1, 1)


def test_an_order_that_is_lost_without_a_trace_is_made_again_once(night: Night) -> None:
    order_id = night.new_order(1)
    wanted = external_id(night, order_id)
    night.sandbox.remove_order(order_id, WITHOUT_TRACE)
    night.night()
    (order,) = night.orders
    assert (order["externalId"], order["phone"], order["firstName"]) == (wanted, "+79160000001", "Анна")
    assert "пропал из CRM и создан заново" in order["managerComment"]
    (told,) = night.told
    assert "пропал без следа: создаём заново" in told
    for _ in range(3):
        night.night()
    assert len(night.orders) == 1
    assert len(night.told) == 1


def test_an_order_is_made_again_with_what_was_added_to_it(night: Night) -> None:
    night.call("79160000001", "a")
    night.work()
    night.later(minutes=5)
    payment = '{"amount": "900", "products": ["Тент=900"]}'
    night.lead("1:1", Phone="+79160000001", Name="Анна", Input="Тент на прицеп", payment=payment)
    night.work()
    night.talk("79160000001", "b")
    night.work()
    (before,) = night.orders
    night.sandbox.remove_order(before["id"], WITHOUT_TRACE)
    night.night()
    (order,) = night.orders
    for name in ("externalId", "firstName", "phone", "summ", "customerComment", "orderMethod", "call"):
        assert order.get(name) == before.get(name), name
    assert [item["productName"] for item in order["items"]] == ["Тент"]
    comment, _, remark = order["managerComment"].partition("\n\nЗаказ 1002A от ")
    assert comment == before["managerComment"]
    assert "создан заново" in remark


@pytest.mark.parametrize(
    ("removal", "fate", "words"),
    [
        (BY_ANNA, "deleted", "удалён: Анна Смирнова"),
        (BY_PROGRAM, "program", "удалён другой программой"),
        (Removal(by=1, into=1001), "merged", "объединён с заказом 1001A"),
    ],
)
def test_an_order_that_somebody_removed_is_told_and_stays_away(
    night: Night, removal: Removal, fate: str, words: str
) -> None:
    order_id = night.new_order(1)
    wanted = external_id(night, order_id)
    night.sandbox.remove_order(order_id, removal)
    assert night.differences() == {f"order-gone:{wanted}": fate}
    night.night()
    night.night()
    assert night.orders == []
    (told,) = night.told
    assert words in told


def test_an_order_is_not_made_again_for_a_client_who_has_another_one(night: Night) -> None:
    order_id = night.new_order(1)
    night.sandbox.remove_order(order_id, WITHOUT_TRACE)
    night.later(hours=2)
    night.make_order({"phone": "+79160000001", "status": "new"})
    night.night()
    assert len(night.orders) == 1
    night.night()
    first, second = night.told
    assert "создаём заново" in first
    assert "не создан заново: у клиента уже есть другой открытый заказ" in second


def test_an_order_that_is_lost_again_is_left_to_a_person(night: Night) -> None:
    night.sandbox.remove_order(night.new_order(1), WITHOUT_TRACE)
    night.night()
    (order,) = night.orders
    night.sandbox.remove_order(order["id"], WITHOUT_TRACE)
    night.night()
    night.night()
    assert night.orders == []
    assert "создали заново, и его снова нет" in night.told[-1]
    assert len(night.told) == 2


def test_an_order_without_its_external_id_is_not_gone(night: Night) -> None:
    order_id = night.new_order(1)
    night.edit_order(order_id, {"externalId": "by-hand"})
    assert night.differences() == {}


def test_an_external_id_that_is_there_twice_is_told(night: Night) -> None:
    order_id = night.new_order(1)
    books = night.sandbox.crm.books
    order = books.orders.get(order_id)
    assert order is not None
    wanted = external_id(night, order_id)
    books.orders.add({**order, "number": "copy"} | {"id": books.orders.next_id}, night.now)
    assert night.differences() == {f"order-twice:{wanted}": "person"}


def test_a_task_that_is_lost_without_a_trace_is_made_again_once(night: Night) -> None:
    night.new_order(1)
    task_id = night.new_task(1)
    night.later(minutes=5)
    before = night.task(task_id)
    night.sandbox.remove_task(task_id, WITHOUT_TRACE)
    night.night()
    (task,) = night.tasks
    assert (task["text"], task["performer"]) == (before["text"], before["performer"])
    assert task["order"] == before["order"]
    (told,) = night.told
    assert "пропала без следа: ставим заново" in told
    for _ in range(3):
        night.night()
    assert len(night.tasks) == 1
    assert len(night.told) == 1


def test_what_is_made_again_goes_to_somebody_who_is_still_there(tmp_path: Path) -> None:
    with closing(Night(tmp_path, changes={"assignment": {"orders": True}})) as night:
        order_id = night.new_order(1)
        night.call(None, "hidden")
        night.work()
        (task,) = night.tasks
        assert (night.orders[0]["managerId"], task["performer"]) == (1, 1)
        night.later(minutes=5)
        night.sandbox.remove_order(order_id, WITHOUT_TRACE)
        night.sandbox.remove_task(task["id"], WITHOUT_TRACE)
        users = night.sandbox.crm.books.users
        users.change(1, {**(users.get(1) or {}), "active": False}, night.now)
        night.restart()  # the list of users is ten minutes old at most
        night.night()
        assert [order["managerId"] for order in night.orders] == [2]
        assert [task["performer"] for task in night.tasks] == [2]


def test_a_task_that_was_made_again_is_ours_as_the_first_one_was(night: Night) -> None:
    night.new_order(1)
    night.sandbox.remove_task(night.new_task(1), WITHOUT_TRACE)
    night.night()
    night.talk("79160000001", "talk")
    night.work()
    (task,) = night.tasks
    assert task["complete"]


def test_a_task_that_somebody_deleted_stays_away(night: Night) -> None:
    night.new_order(1)
    task_id = night.new_task(1)
    night.sandbox.remove_task(task_id, BY_ANNA)
    assert night.differences() == {f"task-gone:{task_id}": "deleted"}
    night.night()
    night.night()
    assert night.tasks == []
    (told,) = night.told
    assert "удалена: Анна Смирнова" in told


def test_a_task_that_was_completed_before_it_got_lost_is_over(night: Night) -> None:
    night.new_order(1)
    task_id = night.new_task(1)
    night.edit_task(task_id, {"complete": True})
    night.sandbox.remove_task(task_id, WITHOUT_TRACE)
    assert night.differences() == {f"task-gone:{task_id}": "over"}
    night.night()
    assert (night.tasks, night.told) == ([], [])


def test_a_task_that_a_person_had_changed_is_theirs(night: Night) -> None:
    night.new_order(1)
    task_id = night.new_task(1)
    night.edit_task(task_id, {"performerId": 2})
    night.sandbox.remove_task(task_id, WITHOUT_TRACE)
    night.night()
    assert night.tasks == []
    assert "проверьте, нужна ли" in night.told[0]


def test_a_task_on_an_order_that_is_finished_is_over(night: Night) -> None:
    order_id = night.new_order(1)
    task_id = night.new_task(1)
    night.edit_order(order_id, {"status": "complete"})
    night.sandbox.remove_task(task_id, WITHOUT_TRACE)
    assert night.differences() == {f"task-gone:{task_id}": "over"}


def test_a_task_that_is_lost_again_is_left_to_a_person(night: Night) -> None:
    night.new_order(1)
    night.sandbox.remove_task(night.new_task(1), WITHOUT_TRACE)
    night.night()
    (task,) = night.tasks
    night.sandbox.remove_task(task["id"], WITHOUT_TRACE)
    night.night()
    night.night()
    assert night.tasks == []
    assert "поставлена заново, и её снова нет" in night.told[-1]


def test_a_status_that_was_lost_is_set_again(night: Night) -> None:
    night.parcel("DELIVERED", night.now)
    night.work()
    assert night.order("1001A")["status"] == "complete"
    night.set_status_unseen(1001, "delivering")
    night.night()
    assert night.order("1001A")["status"] == "complete"
    (told,) = night.told
    assert "Заказ 1001A: статус delivering вместо complete, исправляем" in told
    night.night()
    assert len(night.told) == 1


def test_a_status_that_a_person_set_back_is_told_and_stays(night: Night) -> None:
    night.parcel("DELIVERED", night.now)
    night.work()
    night.later(minutes=30)
    night.edit_order(1001, {"status": "delivering"})
    night.night()
    night.night()
    assert night.order("1001A")["status"] == "delivering"
    (told,) = night.told
    assert "статус delivering вернули (другая программа), по данным курьера complete" in told


def test_an_order_that_went_on_is_as_it_should_be(night: Night) -> None:
    night.parcel("ACCEPTED_AT_PICK_UP_POINT", night.now)
    night.work()
    night.later(minutes=30)
    night.edit_order(1001, {"status": "complete"})
    assert night.differences() == {}


def test_what_is_not_at_its_end_is_told_once(night: Night) -> None:
    night.post("tilda", "demo-token", b"\xff\xfe=1")
    night.parcel("DELIVERED", night.now, number="9999X", cdek_number="777")
    night.work_for(minutes=3)
    assert {entry.status for entry in night.entries(Status.PARKED, Status.QUARANTINED)} == {
        Status.PARKED,
        Status.QUARANTINED,
    }
    night.night()
    night.night()
    (told,) = night.told
    assert "расхождений 2" in told
    assert "не доведено до конца (order-not-found)" in told


def test_it_compares_once_a_night(night: Night) -> None:
    night.new_order(1)
    nights = []
    for _ in range(6 * 24 * 2):
        night.application.checks.run_due(each_tick=False)
        last = night.check.last()
        if last is not None and last.at not in nights:
            nights.append(last.at)
        night.later(minutes=10)
    times = [at.astimezone(night.shop.shop.timezone).strftime("%d %H:%M") for at in nights]
    assert times == ["20 11:00", "21 04:00", "22 04:00"]


def test_a_note_that_is_gone_is_told(night: Night) -> None:
    night.post("crm-main", "demo-token", b"order_number=1001A&template=handed_over")
    night.work_for(minutes=5)
    (note,) = night.state["notes"]
    assert night.differences() == {}
    night.sandbox.crm.books.notes.remove(note["id"])
    assert night.differences() == {f"note-gone:{note['id']}": "person"}


def test_before_a_person_accepts_it_nothing_is_put_right(tmp_path: Path) -> None:
    with closing(Night(tmp_path, accepted=False)) as world:
        world.sandbox.remove_order(world.new_order(1), WITHOUT_TRACE)
        world.night()
        assert world.orders == []
        (told,) = world.told
        assert "можно создать заново" in told
        assert "leadkeeper checks accept reconciliation" in told
        world.accept()
        world.later(minutes=10)
        world.compare()
        assert len(world.orders) == 1


@pytest.mark.parametrize(
    "change",
    [
        {"reconciliation": {"repair": False}},
        {"shop": {"mode": "observe"}},
        {"rules": {"observe": ["lost-in-crm"]}},
        {"sources": {"tilda": {"provider": "tilda", "token": "demo-token", "mode": "observe"}}},
    ],
)
def test_it_only_tells_if_the_shop_wants_that(tmp_path: Path, change: dict[str, dict[str, object]]) -> None:
    with closing(Night(tmp_path)) as world:
        order_id = world.new_order(1)
        world.sandbox.remove_order(order_id, WITHOUT_TRACE)
    with closing(Night(tmp_path, changes=change)) as other:
        other.now = world.now
        other.sandbox = world.sandbox
        other.restart()
        other.night()
        assert other.orders == []
        assert "можно создать заново" in other.told[0]
