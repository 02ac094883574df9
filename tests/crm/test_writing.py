"""What is written to the CRM, and that writing it again does no harm."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from chalicelib.actions import (
    CompleteOrder,
    CompleteTask,
    CreateOrder,
    CreateTask,
    SetOrderStatus,
    Topic,
    UpdateTask,
    WrittenTask,
)
from chalicelib.crm.port import CreatedOrder
from chalicelib.errors import Refused, Unreachable
from chalicelib.events import Attribution, LeadItem
from tests.crm.shop import SEEDED, CrmShop

NOON = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
MARKER = "lk-0123456789ab-1"
ATTRIBUTION = Attribution(source="yandex", medium="cpc", campaign="tents")


def a_lead(**changes: Any) -> CreateOrder:
    order = CreateOrder(
        external_id="lead-tilda-1",
        form="form100",
        occurred_at=NOON,
        method="landing-page",
        status="new",
        name="Мария",
        phone="+79165550011",
        email="maria@example.com",
        items=(
            LeadItem(name="Тент 4×6", price=Decimal("4990.50"), quantity=Decimal(2), sku="T-46"),
            LeadItem(name="Люверс T-1", sku="T-1"),
        ),
        discount=Decimal(500),
        delivery_cost=Decimal(300),
        delivery_address="Томск, пр. Ленина, 1",
        attribution=ATTRIBUTION,
        custom_fields=(("yclid", "17"),),
        customer_comment="Позвоните вечером",
        manager_comment="Заявка с сайта",
    )
    return order.model_copy(update=changes)


def a_completion(order_id: int, **changes: Any) -> CompleteOrder:
    completion = CompleteOrder(
        order_id=order_id,
        form="form100",
        occurred_at=NOON,
        name="Мария",
        email="maria@example.com",
        items=(LeadItem(name="Тент 4×6", price=Decimal(4990)),),
        discount=Decimal(500),
        delivery_cost=Decimal(300),
        delivery_address="Томск, пр. Ленина, 1",
        attribution=ATTRIBUTION,
        custom_fields=(("yclid", "17"), ("landing_page", "https://example.com/")),
        customer_comment="Позвоните вечером",
        manager_comment="23.11. 12:00 клиент сам оставил заявку, заказ дополнен\nЗаявка с сайта",
    )
    return completion.model_copy(update=changes)


def a_task(**changes: Any) -> CreateTask:
    task = CreateTask(
        order_id=SEEDED,
        order_number="1001A",
        text="Перезвонить клиенту",
        commentary="Звонил дважды",
        due_at=NOON + timedelta(minutes=15, seconds=42),
        performer_id=2,
        phone="+79161112233",
    )
    return task.model_copy(update=changes)


def names(order: dict[str, Any]) -> list[str]:
    return [item.get("productName") or item["offer"]["displayName"] for item in order["items"]]


# Orders


def test_an_order_is_made_with_everything_that_is_known(shop: CrmShop) -> None:
    created = shop.crm.create_order(a_lead())
    order = shop.order(created.id)
    assert created == CreatedOrder(id=order["id"], number=order["number"])
    assert order["externalId"] == "lead-tilda-1"
    assert (order["orderMethod"], order["status"], order["site"]) == ("landing-page", "new", "tents")
    assert order["firstName"] == "Мария"
    assert (order["phone"], order["email"]) == ("+79165550011", "maria@example.com")
    assert order["call"] is False
    assert names(order) == ["Тент 4×6 (T-46)", "Люверс T-1"]
    assert [(item["quantity"], item["initialPrice"]) for item in order["items"]] == [(2, 4990.5), (1, 0)]
    assert (order["discountManualAmount"], order["delivery"]["cost"]) == (500, 300)
    assert order["totalSumm"] == 2 * 4990.5 - 500 + 300
    assert order["delivery"]["address"]["text"] == "Томск, пр. Ленина, 1"
    assert order["source"] == {"source": "yandex", "medium": "cpc", "campaign": "tents"}
    assert order["customFields"] == {"yclid": "17"}
    assert order["customerComment"] == "Позвоните вечером"
    assert order["managerComment"] == "Заявка с сайта"


def test_the_order_of_a_missed_call_asks_for_a_call(shop: CrmShop) -> None:
    action = CreateOrder(
        external_id="call-mango-1",
        must_call=True,
        occurred_at=NOON,
        method="missed-call",
        status="new",
        phone="+79165550011",
    )
    order = shop.order(shop.crm.create_order(action).id)
    assert order["call"] is True
    assert order["items"] == []


def test_an_order_belongs_to_the_known_client(shop: CrmShop) -> None:
    client = shop.person_makes("customer", firstName="Мария", phones=[{"number": "89165550011"}])
    order = shop.order(shop.crm.create_order(a_lead(customer_id=client)).id)
    assert order["customer"]["id"] == client


def test_a_second_order_with_the_same_external_id_is_the_first_one(shop: CrmShop) -> None:
    first = shop.crm.create_order(a_lead())
    second = shop.crm.create_order(a_lead(name="Другое имя"))
    assert second == first
    assert len(shop.orders) == 1
    assert shop.orders[0]["firstName"] == "Мария"


def test_an_external_id_with_a_slash_is_looked_up_whole(shop: CrmShop) -> None:
    first = shop.crm.create_order(a_lead(external_id="call/1?by=id#x%2F"))
    assert shop.crm.create_order(a_lead(external_id="call/1?by=id#x%2F")) == first


def test_an_order_whose_answer_was_lost_is_found_by_the_second_attempt(shop: CrmShop) -> None:
    shop.fault("drop", times=1, path="orders/create")
    with pytest.raises(Unreachable) as caught:
        shop.crm.create_order(a_lead())
    assert caught.value.maybe_done
    created = shop.crm.create_order(a_lead())
    assert [order["id"] for order in shop.orders] == [created.id]


def test_an_order_is_found_again_although_the_search_lags(shop: CrmShop) -> None:
    shop.sandbox.configure({"search_lag": 60})
    assert shop.crm.create_order(a_lead()) == shop.crm.create_order(a_lead())


def test_an_order_that_the_crm_refuses_for_another_reason_is_refused(shop: CrmShop) -> None:
    with pytest.raises(Refused) as caught:
        shop.crm.create_order(a_lead(status="no-such-status"))
    assert caught.value.reason == "crm-refused"
    assert "Order is not loaded" in caught.value.detail
    assert "status" in caught.value.detail
    assert shop.orders == []


def test_a_custom_field_that_the_account_does_not_have_is_refused(shop: CrmShop) -> None:
    with pytest.raises(Refused, match="clid"):
        shop.crm.create_order(a_lead(custom_fields=(("clid", "17"),)))


def test_an_account_with_one_shop_needs_no_site() -> None:
    shop = CrmShop(site="")
    first = shop.crm.create_order(a_lead())
    assert shop.crm.create_order(a_lead()) == first
    assert all("site" not in request.url.query.decode() for request in shop.wire.requests)
    assert all(b"site=" not in request.content for request in shop.wire.requests)


# Completing an order


def test_a_lead_completes_the_order_of_a_call(shop: CrmShop) -> None:
    order_id = shop.person_makes("order", phone="+79165550011", managerComment="Пропущенный звонок")
    shop.crm.complete_order(a_completion(order_id))
    order = shop.order(order_id)
    assert (order["firstName"], order["email"]) == ("Мария", "maria@example.com")
    assert names(order) == ["Тент 4×6"]
    assert order["totalSumm"] == 4990 - 500 + 300
    assert order["delivery"]["address"]["text"] == "Томск, пр. Ленина, 1"
    assert order["source"]["campaign"] == "tents"
    assert order["customerComment"] == "Позвоните вечером"
    assert order["managerComment"].startswith("Пропущенный звонок\n\n23.11.")


def test_completing_keeps_what_people_wrote(shop: CrmShop) -> None:
    order_id = shop.person_makes(
        "order",
        firstName="Мария Ивановна",
        email="work@example.com",
        phone="+79165550011",
        items=[{"productName": "Чехол", "initialPrice": 100, "quantity": 3}],
        discountManualAmount=50,
        delivery={"cost": 700, "address": {"text": "Омск"}},
        customerComment="Нужен чехол",
        managerComment="Говорила с клиентом",
        customFields={"yclid": "16", "color": "red"},
    )
    shop.crm.complete_order(a_completion(order_id))
    order = shop.order(order_id)
    assert (order["firstName"], order["email"]) == ("Мария Ивановна", "work@example.com")
    assert names(order) == ["Чехол", "Тент 4×6"]
    assert [item["quantity"] for item in order["items"]] == [3, 1]
    assert order["discountManualAmount"] == 50
    assert (order["delivery"]["cost"], order["delivery"]["address"]["text"]) == (700, "Омск")
    assert order["customFields"] == {"yclid": "16", "color": "red", "landing_page": "https://example.com/"}
    assert order["customerComment"] == "Нужен чехол\n\nПозвоните вечером"
    assert order["managerComment"].startswith("Говорила с клиентом\n\n23.11.")


def test_completing_twice_adds_nothing_twice(shop: CrmShop) -> None:
    order_id = shop.person_makes("order", phone="+79165550011", customerComment="Нужен чехол")
    shop.crm.complete_order(a_completion(order_id))
    once = shop.order(order_id)
    shop.crm.complete_order(a_completion(order_id))
    assert shop.order(order_id) == once
    shop.person_edits_order(
        order_id, managerComment=f"{once['managerComment']}\nПозвонила".replace("\n", " \n ")
    )
    shop.crm.complete_order(a_completion(order_id))
    assert names(shop.order(order_id)) == names(once)


def test_an_order_whose_completion_lost_its_answer_is_not_completed_again(shop: CrmShop) -> None:
    order_id = shop.person_makes("order", phone="+79165550011")
    shop.fault("drop", times=1, path="/edit")
    with pytest.raises(Unreachable) as caught:
        shop.crm.complete_order(a_completion(order_id))
    assert caught.value.maybe_done
    shop.crm.complete_order(a_completion(order_id))
    assert names(shop.order(order_id)) == ["Тент 4×6"]


def test_a_plain_form_leaves_the_items_alone(shop: CrmShop) -> None:
    order_id = shop.person_makes("order", items=[{"productName": "Чехол", "initialPrice": 100}])
    shop.crm.complete_order(a_completion(order_id, items=()))
    assert names(shop.order(order_id)) == ["Чехол"]


def test_a_lead_without_campaign_leaves_the_source_alone(shop: CrmShop) -> None:
    order_id = shop.person_makes("order", source={"source": "phone", "medium": "74950000001"})
    shop.crm.complete_order(a_completion(order_id, attribution=Attribution()))
    assert shop.order(order_id)["source"] == {"source": "phone", "medium": "74950000001"}


def test_an_order_that_is_gone_cannot_be_completed(shop: CrmShop) -> None:
    with pytest.raises(Refused, match="order-not-found"):
        shop.crm.complete_order(a_completion(999))


# Status


def test_the_status_is_set_with_its_comment(shop: CrmShop) -> None:
    action = SetOrderStatus(order_id=SEEDED, from_status="delivering", status="complete", comment="Вручён")
    assert shop.crm.set_order_status(action) is True
    order = shop.order(SEEDED)
    assert (order["status"], order["statusComment"]) == ("complete", "Вручён")


def test_a_status_that_a_person_changed_meanwhile_stays(shop: CrmShop) -> None:
    shop.person_edits_order(SEEDED, status="cancel-other")
    action = SetOrderStatus(order_id=SEEDED, from_status="delivering", status="complete")
    assert shop.crm.set_order_status(action) is False
    assert shop.order(SEEDED)["status"] == "cancel-other"


def test_a_status_that_is_already_set_is_not_written_again(shop: CrmShop) -> None:
    action = SetOrderStatus(order_id=SEEDED, from_status="delivering", status="complete")
    assert shop.crm.set_order_status(action) is True
    since = shop.order(SEEDED)["statusUpdatedAt"]
    shop.later(hours=1)
    assert shop.crm.set_order_status(action) is True
    assert shop.order(SEEDED)["statusUpdatedAt"] == since
    assert sum(request.method == "POST" for request in shop.wire.requests) == 1


def test_an_unknown_status_is_refused_with_the_crms_words(shop: CrmShop) -> None:
    action = SetOrderStatus(order_id=SEEDED, from_status="delivering", status="deliverd")
    with pytest.raises(Refused) as caught:
        shop.crm.set_order_status(action)
    assert caught.value.reason == "crm-refused"
    assert "status" in caught.value.detail


def test_the_status_of_an_order_that_is_gone_cannot_be_set(shop: CrmShop) -> None:
    with pytest.raises(Refused, match="order-not-found"):
        shop.crm.set_order_status(SetOrderStatus(order_id=999, from_status="new", status="complete"))


# Tasks


def test_a_task_is_made_with_its_marker_and_is_due_on_the_accounts_clock(shop: CrmShop) -> None:
    task_id = shop.crm.create_task(a_task(), MARKER)
    (task,) = shop.tasks
    assert task["id"] == task_id
    assert task["text"] == "Перезвонить клиенту"
    assert task["commentary"] == f"Звонил дважды\n\nLeadkeeper {MARKER}"
    assert task["datetime"] == "2026-11-23 12:15"
    assert task["performer"] == 2
    assert task["order"]["id"] == SEEDED
    assert task["phone"] == "+79161112233"


def test_a_task_is_due_on_the_clock_of_another_account() -> None:
    shop = CrmShop(zone=ZoneInfo("Asia/Tomsk"))
    shop.crm.create_task(a_task(), MARKER)
    assert shop.tasks[0]["datetime"] == "2026-11-23 16:15"


def test_a_task_needs_no_order_and_no_phone(shop: CrmShop) -> None:
    shop.crm.create_task(a_task(order_id=None, order_number="", phone=""), MARKER)
    assert "order" not in shop.tasks[0]


def test_a_task_is_read_again(shop: CrmShop) -> None:
    task_id = shop.crm.create_task(a_task(), MARKER)
    task = shop.crm.task(task_id)
    assert task is not None
    assert (task.id, task.text, task.performer_id) == (task_id, "Перезвонить клиенту", 2)
    assert task.commentary == "Звонил дважды"
    assert not task.is_complete
    assert shop.crm.task(999) is None


@pytest.mark.parametrize("with_order", [True, False])
def test_a_task_is_found_by_its_marker_once_the_search_shows_it(shop: CrmShop, *, with_order: bool) -> None:
    shop.sandbox.configure({"search_lag": 60})
    action = a_task() if with_order else a_task(order_id=None, order_number="")
    since = shop.clock.now
    shop.later(seconds=5)
    task_id = shop.crm.create_task(action, MARKER)
    assert shop.crm.find_task(action, MARKER, since) is None
    shop.later(seconds=60)
    assert shop.crm.find_task(action, MARKER, since) == task_id
    assert shop.crm.find_task(action, "lk-0123456789ab-2", since) is None
    assert shop.crm.find_task(action, MARKER[:-1], since) is None


def test_a_task_is_found_after_midnight_of_the_account(shop: CrmShop) -> None:
    shop.clock.now = datetime(2026, 11, 23, 20, 59, 50, tzinfo=UTC)  # 23:59:50 in Moscow
    since = shop.clock.now
    task_id = shop.crm.create_task(a_task(), MARKER)
    shop.later(seconds=20)
    assert shop.crm.find_task(a_task(), MARKER, since) == task_id
    assert shop.crm.find_task(a_task(), MARKER, since + timedelta(seconds=20)) == task_id


def test_a_task_is_found_on_a_later_page(shop: CrmShop) -> None:
    since = shop.clock.now
    task_id = shop.crm.create_task(a_task(order_id=None, order_number=""), MARKER)
    for _ in range(205):
        shop.person_makes("task", text="Другая задача", performerId=2)
    assert shop.crm.find_task(a_task(order_id=None, order_number=""), MARKER, since) == task_id
    pages = [request for request in shop.wire.requests if request.url.path.endswith("/tasks")]
    assert len(pages) == 3


def test_looking_for_a_task_that_is_not_there_ends_with_the_last_page(shop: CrmShop) -> None:
    assert shop.crm.find_task(a_task(), MARKER, shop.clock.now) is None
    assert len(shop.wire.requests) == 1


def test_a_task_whose_answer_was_lost_is_found(shop: CrmShop) -> None:
    since = shop.clock.now
    shop.fault("drop", times=1, path="tasks/create")
    with pytest.raises(Unreachable) as caught:
        shop.crm.create_task(a_task(), MARKER)
    assert caught.value.maybe_done
    assert shop.crm.find_task(a_task(), MARKER, since) == shop.tasks[0]["id"]


def test_a_task_is_brought_up_to_date_and_keeps_its_marker(shop: CrmShop) -> None:
    task_id = shop.crm.create_task(a_task(), MARKER)
    topic = Topic(name="callback", order_id=SEEDED, event_ids=("a", "b"), moments=(NOON, NOON))
    update = UpdateTask(
        task_id=task_id,
        before=a_task_written(),
        text="Перезвонить: 2 звонка",
        commentary="Звонил трижды",
        performer_id=2,
        marker=MARKER,
        topic=topic,
    )
    assert shop.crm.update_task(update)
    once = shop.tasks
    assert shop.crm.update_task(update)
    assert shop.tasks == once
    assert once[0]["text"] == "Перезвонить: 2 звонка"
    assert once[0]["commentary"] == f"Звонил трижды\n\nLeadkeeper {MARKER}"
    assert (once[0]["performer"], once[0]["datetime"]) == (2, "2026-11-23 12:15")
    assert once[0]["order"]["id"] == SEEDED
    assert shop.crm.find_task(a_task(), MARKER, NOON) == task_id


def test_a_task_is_handed_on_once_whether_or_not_the_answer_was_lost(shop: CrmShop) -> None:
    task_id = shop.crm.create_task(a_task(), MARKER)
    update = UpdateTask(
        task_id=task_id,
        before=a_task_written(),
        text="Перезвонить: 2 звонка",
        commentary="Звонил трижды",
        performer_id=1,
        former_performer_id=2,
        marker=MARKER,
        topic=Topic(name="callback", order_id=SEEDED, event_ids=("a", "b"), moments=(NOON, NOON)),
    )
    assert shop.crm.update_task(update)
    once = shop.tasks
    assert shop.crm.update_task(update)
    assert shop.tasks == once
    assert once[0]["performer"] == 1


CHANGES: list[dict[str, Any]] = [
    {"text": "Позвоню сама"},
    {"commentary": "Дозвонилась"},
    {"performerId": 1},
    {"complete": True},
    {"datetime": "2026-11-24 10:00"},
]


@pytest.mark.parametrize("change", CHANGES)
def test_a_task_that_a_person_has_changed_is_left_alone(shop: CrmShop, change: dict[str, Any]) -> None:
    task_id = shop.crm.create_task(a_task(), MARKER)
    shop.person_edits_task(task_id, **change)
    before = shop.tasks
    update = UpdateTask(
        task_id=task_id,
        before=a_task_written(),
        text="Перезвонить: 2 звонка",
        commentary="Дважды",
        performer_id=2,
        marker=MARKER,
        topic=Topic(name="callback", order_id=SEEDED, event_ids=("a", "b"), moments=(NOON, NOON)),
    )
    assert not shop.crm.update_task(update)
    assert shop.tasks == before


def a_task_written() -> WrittenTask:
    task = a_task()
    return WrittenTask(text=task.text, commentary=task.commentary, due_at=task.due_at, order_id=task.order_id)


def a_task_completion(task_id: int) -> CompleteTask:
    return CompleteTask(
        ladder="pickup:1001",
        task_id=task_id,
        before=a_task_written(),
        commentary=f"{a_task().commentary}\n\nЗакрыто: посылка получена",
        performer_id=2,
        marker=MARKER,
    )


def test_a_task_is_completed_with_a_note_and_keeps_its_marker(shop: CrmShop) -> None:
    task_id = shop.crm.create_task(a_task(), MARKER)
    assert shop.crm.complete_task(a_task_completion(task_id))
    once = shop.tasks
    assert shop.crm.complete_task(a_task_completion(task_id))
    assert shop.tasks == once
    assert once[0]["complete"]
    assert once[0]["commentary"] == f"Звонил дважды\n\nЗакрыто: посылка получена\n\nLeadkeeper {MARKER}"
    assert (once[0]["text"], once[0]["performer"]) == (a_task().text, 2)


@pytest.mark.parametrize("change", CHANGES)
def test_a_task_that_a_person_has_changed_is_not_completed(shop: CrmShop, change: dict[str, Any]) -> None:
    task_id = shop.crm.create_task(a_task(), MARKER)
    shop.person_edits_task(task_id, **change)
    before = shop.tasks
    assert not shop.crm.complete_task(a_task_completion(task_id))
    assert not shop.crm.complete_task(a_task_completion(999))
    assert shop.tasks == before


def test_a_task_that_was_moved_to_another_order_is_not_completed(shop: CrmShop) -> None:
    task_id = shop.crm.create_task(a_task(), MARKER)
    other = shop.person_makes("order", phone="+79990000000")
    shop.person_edits_task(task_id, order={"id": other})
    assert not shop.crm.complete_task(a_task_completion(task_id))
    assert not shop.tasks[0]["complete"]


def test_of_a_task_from_before_that_was_remembered_neither_due_time_nor_order_counts(shop: CrmShop) -> None:
    task_id = shop.crm.create_task(a_task(), MARKER)
    shop.person_edits_task(task_id, datetime="2026-12-31 10:00")
    written = WrittenTask(text=a_task().text, commentary=a_task().commentary)
    assert shop.crm.complete_task(a_task_completion(task_id).model_copy(update={"before": written}))


@pytest.mark.parametrize("seconds", [0, 1, 59])
def test_a_due_time_is_compared_to_the_minute(shop: CrmShop, seconds: int) -> None:
    task = a_task(due_at=a_task().due_at.replace(second=seconds))
    task_id = shop.crm.create_task(task, MARKER)
    written = a_task_written().model_copy(update={"due_at": task.due_at})
    assert shop.crm.complete_task(a_task_completion(task_id).model_copy(update={"before": written}))


def test_a_task_for_nobody_is_refused_with_the_crms_words(shop: CrmShop) -> None:
    with pytest.raises(Refused) as caught:
        shop.crm.create_task(a_task(performer_id=77), MARKER)
    assert "Task is not loaded" in caught.value.detail
    assert "performerId" in caught.value.detail
