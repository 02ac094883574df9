"""Which text a client gets when, and that they get it once."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from chalicelib.entry import Entry, Status
from chalicelib.settings import Shop
from tests.world import MORNING, World, shop_without_scenario

ALL_PARCEL_TEXTS = {
    "in_transit": "handed_over",
    "in_city": "in_city",
    "courier": "courier_today",
    "waiting": "arrived",
    "delivered": "delivered",
    "returned": "returned",
}
PREPAYED = {"prepayed": "order_accepted"}


def shop(messages: Mapping[str, Any] | None = None, **tables: Mapping[str, Any]) -> Shop:
    return shop_without_scenario(messages=messages or {}, **tables)


@pytest.fixture
def open_world(tmp_path: Path) -> Iterator[Callable[[Shop | None], World]]:
    worlds: list[World] = []

    def opened(own: Shop | None = None) -> World:
        worlds.append(World(tmp_path, own or shop()))
        # The first look at the CRM's history tells nobody anything.
        look(worlds[-1])
        return worlds[-1]

    yield opened
    for world in worlds:
        world.close()


@pytest.fixture
def world(open_world: Callable[[Shop | None], World]) -> World:
    return open_world(None)


def look(world: World) -> None:
    world.application.checks.run("moved-on")
    world.work()


def trigger(world: World, **fields: object) -> None:
    """A trigger of the CRM calls."""
    assert world.post("crm-main", "demo-token", urlencode(fields).encode()).status == 200
    world.work()


def order(world: World, **fields: Any) -> int:
    return world.make_order({"firstName": "Мария", "phone": "+79165550001", "managerId": 1, **fields})


def bodies(world: World) -> list[str]:
    return [message["body"] for message in world.messages]


def notes(world: World) -> list[str]:
    """Without our marker."""
    return [note["text"].partition("\n\nLeadkeeper")[0] for note in world.state["notes"]]


def last(world: World, kind: str) -> Entry:
    """The newest entry with an event of this kind."""
    return next(entry for entry in world.entries() if any(event.kind == kind for event in entry.events))


# One parcel's way


def test_each_status_of_a_parcel_sends_its_text_and_no_other(
    open_world: Callable[[Shop | None], World],
) -> None:
    own = shop(
        {"order_statuses": {**PREPAYED, "assembling": "in_production"}}, rules={"sms": ALL_PARCEL_TEXTS}
    )
    world = open_world(own)
    order_id = world.order("1001A")["id"]
    for status in ("prepayed", "assembling"):
        world.edit_order(order_id, {"status": status})
        world.later(minutes=2)
        look(world)
    world.edit_order(order_id, {"status": "delivering"})
    codes = (
        "CREATED",
        "RECEIVED_AT_SHIPMENT_WAREHOUSE",
        "SENT_TO_TRANSIT_CITY",
        "ACCEPTED_IN_RECIPIENT_CITY",
        "ACCEPTED_AT_RECIPIENT_CITY_WAREHOUSE",
        "TAKEN_BY_COURIER",
        "RETURNED_TO_RECIPIENT_CITY_WAREHOUSE",
        "TAKEN_BY_COURIER",
        "ACCEPTED_AT_PICK_UP_POINT",
        "DELIVERED",
    )
    for code in codes:
        for _ in range(2):
            world.parcel(code, world.now)
        world.work()
        world.later(hours=3)
        look(world)
    link = "https://www.cdek.ru/ru/tracking?order_id=10000000011"
    assert bodies(world) == [
        "Ольга, заказ 1001A принят. Спасибо! Защитные тенты",
        "Ольга, заказ 1001A в производстве. Напишем, как только отправим. Защитные тенты",
        f"Ольга, заказ 1001A передан в доставку, трек 10000000011: {link} Защитные тенты",
        (
            "Ольга, заказ 1001A уже в вашем городе. Скоро сообщим, когда его можно будет получить."
            " Защитные тенты"
        ),
        (
            "Ольга, сегодня курьер привезёт заказ 1001A. К оплате 4 990 ₽. Он позвонит, будьте, пожалуйста,"
            " на связи. Защитные тенты"
        ),
        (
            "Ольга, заказ 1001A ждёт вас: Москва, пункт выдачи СДЭК, ул. Примерная, 1. Трек 10000000011."
            " К оплате 4 990 ₽. Защитные тенты"
        ),
        "Ольга, спасибо за заказ! Защитные тенты",
    ]


def test_a_parcels_day_sends_nothing_at_night_and_in_the_morning_what_is_still_true(
    open_world: Callable[[Shop | None], World],
) -> None:
    """The client is in Moscow, four hours behind the shop, and their night ends at 10:00."""
    quiet = {"quiet": "Mon-Sun 21:00-10:00"}
    world = open_world(shop(rules={"sms": ALL_PARCEL_TEXTS}, client_time=quiet))
    told: list[tuple[str, int]] = []
    codes = {
        12: "SENT_TO_TRANSIT_CITY",
        23: "ACCEPTED_IN_RECIPIENT_CITY",
        24 + 3: "ACCEPTED_AT_PICK_UP_POINT",
        24 + 15: "DELIVERED",
        24 + 23: "DELIVERED",
    }
    world.later(hours=4)  # 11:00 in Moscow
    for hour in range(11, 2 * 24):
        if hour in codes:
            for _ in range(2):
                world.parcel(codes[hour], world.now)
        world.work()
        told.append((f"{hour // 24}d {hour % 24}:00", len(world.messages)))
        world.later(hours=1)
    changes = [moment for (_, before), (moment, after) in pairwise([("", 0), *told]) if after > before]
    assert changes == ["0d 12:00", "1d 10:00", "1d 15:00"]
    assert [body.split(":")[0].split(".")[0] for body in bodies(world)] == [
        "Ольга, заказ 1001A передан в доставку, трек 10000000011",
        "Ольга, заказ 1001A ждёт вас",
        "Ольга, спасибо за заказ! Защитные тенты",
    ]


def test_a_parcel_in_the_city_is_on_its_way_for_a_shop_that_knows_no_better(world: World) -> None:
    world.edit_order(world.order("1001A")["id"], {"status": "assembling"})
    world.parcel("ACCEPTED_IN_RECIPIENT_CITY", MORNING)
    world.work()
    assert world.order("1001A")["status"] == "delivering"


def test_two_parcels_of_an_order_arrive_and_the_client_hears_of_both(world: World) -> None:
    for parcel in ("1", "2", "1", "2"):
        world.later(minutes=5)
        world.parcel("ACCEPTED_AT_PICK_UP_POINT", world.now, parcel=parcel)
        world.work()
    assert len(world.messages) == 2


def test_who_pays_on_delivery_and_who_is_the_manager(open_world: Callable[[Shop | None], World]) -> None:
    own = shop({}, rules={"sms": {"returned": "returned"}})
    anna = own.people[0].model_copy(update={"phone": "+79990000001"})
    world = open_world(own.model_copy(update={"people": (anna, *own.people[1:])}))
    world.parcel("NOT_DELIVERED", MORNING)
    world.work()
    # CDEK has no status for "back at the shop"; another courier has.
    assert bodies(world) == []
    order_id = order(world)
    trigger(world, order_id=order_id, template="order_accepted")
    assert bodies(world) == [
        "Мария, заказ 1002A принят. Спасибо! Ваш менеджер Анна Смирнова, +7 999 000-00-01. Защитные тенты"
    ]


# Order statuses


def test_a_status_is_found_in_the_history_without_any_trigger(world: World) -> None:
    order_id = order(world)
    world.edit_order(order_id, {"status": "prepayed"})
    look(world)
    look(world)
    assert bodies(world) == ["Мария, заказ 1002A принят. Спасибо! Защитные тенты"]


def test_trigger_and_history_together_send_one(world: World) -> None:
    order_id = order(world)
    world.edit_order(order_id, {"status": "prepayed"})
    trigger(world, order_id=order_id, status="prepayed")
    look(world)
    world.later(minutes=11)
    trigger(world, order_number="1002A", status="prepayed")
    assert len(world.messages) == 1
    assert last(world, "order-status-changed").reason == "already-told"


def test_a_status_that_comes_again_and_again_sends_one(world: World) -> None:
    order_id = order(world)
    for _ in range(3):
        for status in ("prepayed", "assembling"):
            world.edit_order(order_id, {"status": status})
            world.later(minutes=15)
            look(world)
            trigger(world, order_id=order_id, status=status)
    assert len(world.messages) == 2


def test_a_status_that_was_passed_meanwhile_sends_nothing(world: World) -> None:
    order_id = order(world)
    world.edit_order(order_id, {"status": "prepayed"})
    world.edit_order(order_id, {"status": "cancel-other"})
    look(world)
    assert bodies(world) == []
    assert last(world, "order-status-changed").reason == "status-changed-again"


def test_what_is_no_longer_true_when_it_is_due_is_not_sent_and_may_be_true_again(world: World) -> None:
    order_id = order(world)
    world.edit_order(order_id, {"status": "prepayed"})
    world.application.checks.run("moved-on")
    assert world.step(world.used.work)
    world.edit_order(order_id, {"status": "cancel-other"})
    world.work()
    assert bodies(world) == []
    assert last(world, "sms-due").results[0].note == "no-longer-true"
    world.later(minutes=5)
    world.edit_order(order_id, {"status": "prepayed"})
    look(world)
    assert len(world.messages) == 1


def test_the_first_look_at_the_history_tells_nobody_anything(tmp_path: Path) -> None:
    with closing(World(tmp_path, shop())) as world:
        world.edit_order(order(world), {"status": "prepayed"})
        world.later(minutes=1)
        look(world)
        look(world)
        assert bodies(world) == []


def test_parcel_and_order_status_that_name_the_same_text_send_one(
    open_world: Callable[[Shop | None], World],
) -> None:
    world = open_world(shop({"order_statuses": {"arrived-in-pickup-point": "arrived"}}))
    world.parcel("ACCEPTED_AT_PICK_UP_POINT", MORNING)
    world.work()
    look(world)
    assert last(world, "order-status-changed").reason == "already-told"
    other = order(world, delivery={"code": "cdek", "data": {"trackNumber": "10000000022"}})
    world.edit_order(other, {"status": "arrived-in-pickup-point"})
    look(world)
    world.parcel("ACCEPTED_AT_PICK_UP_POINT", MORNING, "1002A", cdek_number="10000000022")
    world.work()
    assert len(world.messages) == 2


@pytest.mark.parametrize("courier", ["cdek", "Cdek-Own"])
def test_a_courier_that_writes_itself_is_left_to_it(
    open_world: Callable[[Shop | None], World], courier: str
) -> None:
    world = open_world(shop({"not_for": {"arrived": [courier]}}))
    world.parcel("ACCEPTED_AT_PICK_UP_POINT", MORNING)
    world.work()
    assert len(world.messages) == (0 if courier == "cdek" else 1)
    assert world.order("1001A")["status"] == "arrived-in-pickup-point"


def test_an_order_without_a_phone_is_noted(world: World) -> None:
    order_id = world.make_order({"firstName": "Мария"})
    world.edit_order(order_id, {"status": "prepayed"})
    look(world)
    assert last(world, "order-status-changed").reason == "no-phone"


def test_an_order_that_is_gone_is_nobodys_trouble(world: World) -> None:
    trigger(world, order_id=4711, status="prepayed")
    assert (world.status(), world.entry.reason) == (Status.IGNORED, "order-is-gone")
    trigger(world, order_id=4711, status="some-other")
    assert world.entry.reason == "status-sends-nothing"


def test_in_observe_mode_nothing_is_sent(open_world: Callable[[Shop | None], World]) -> None:
    world = open_world(shop({}, rules={"observe": ["order-status-changed", "message-wanted"]}))
    order_id = order(world)
    world.edit_order(order_id, {"status": "prepayed"})
    look(world)
    trigger(world, order_id=order_id, template="arrived")
    assert (bodies(world), notes(world)) == ([], [])
    assert last(world, "message-wanted").status is Status.OBSERVED


# Reminders


def test_who_does_not_collect_is_reminded_once_a_step(open_world: Callable[[Shop | None], World]) -> None:
    reminders = {"5d": "pickup_reminder", "10d": "pickup_last_call"}
    world = open_world(shop({"pickup_reminders": reminders}))
    world.application.checks.accept("stalled-pickups")
    world.parcel("ACCEPTED_AT_PICK_UP_POINT", world.now)
    world.work()
    for _ in range(24):
        world.later(hours=12)
        world.application.checks.run("stalled-pickups")
        world.work()
    place = "Москва, пункт выдачи СДЭК, ул. Примерная, 1"
    assert bodies(world)[1:] == [
        (
            f"Ольга, заказ 1001A ещё ждёт вас: {place}. Заберите его, пожалуйста, пока он не уехал обратно."
            " Защитные тенты"
        ),
        "Ольга, заказ 1001A скоро уедет обратно. Заберите его, пожалуйста. Защитные тенты",
    ]
    assert len(world.tasks) == 2


def test_who_collects_in_the_last_moment_is_not_reminded(open_world: Callable[[Shop | None], World]) -> None:
    world = open_world(shop({"pickup_reminders": {"5d": "pickup_reminder"}}))
    world.application.checks.accept("stalled-pickups")
    world.edit_order(world.order("1001A")["id"], {"status": "arrived-in-pickup-point"})
    world.later(days=6)
    world.application.checks.run("stalled-pickups")
    assert world.step(world.used.work)
    world.edit_order(world.order("1001A")["id"], {"status": "complete"})
    world.work()
    assert bodies(world) == []


# By hand


def test_a_wish_is_sent_once_and_its_result_stands_on_the_clients_card(world: World) -> None:
    for _ in range(3):
        trigger(world, order_number="1001A", template="arrived")
        world.work_for(seconds=30)
    assert len(world.messages) == 1
    assert notes(world) == ['SMS "arrived" по заказу 1001A отправлено 20.11 в 11:00']
    world.later(minutes=11)
    trigger(world, order_number="1001A", template="arrived")
    assert notes(world)[1:] == [
        'SMS "arrived" по заказу 1001A не отправлено 20.11 в 11:12: клиент его уже получил'
    ]
    assert len(world.messages) == 1


def test_a_day_later_a_person_may_send_it_again(world: World) -> None:
    for _ in range(2):
        trigger(world, order_number="1001A", template="arrived")
        world.later(days=1, minutes=1)
    assert len(world.messages) == 2


def birthday(world: World) -> int:
    customer = world.make_customer({"firstName": "Пётр", "phones": [{"number": "8 916 555-00-09"}]})
    for _ in range(2):
        trigger(world, customer_id=customer, template="birthday")
        world.later(minutes=20)
        world.work()
    return customer


def test_a_birthday_is_wished_to_a_client_who_has_no_order(
    open_world: Callable[[Shop | None], World],
) -> None:
    world = open_world(shop({"marketing": ["promotion"]}))
    birthday(world)
    (message,) = world.messages
    assert message["to"] == "+79165550009"
    assert message["body"] == "Пётр, с днём рождения! Здоровья и радости! Защитные тенты"
    assert notes(world)[0] == 'SMS "birthday" отправлено 20.11 в 11:00'


def test_marketing_needs_consent_and_the_card_says_so(world: World) -> None:
    birthday(world)
    assert bodies(world) == []
    wanted = 'SMS "birthday" не отправлено 20.11 в 11:00: неизвестно, согласен ли клиент на рекламу'
    assert notes(world)[0] == wanted


def test_what_is_wished_at_night_goes_out_in_the_clients_morning(
    open_world: Callable[[Shop | None], World],
) -> None:
    """It is 11:00 in the shop, and 7:00 in Moscow."""
    world = open_world(shop(client_time={"quiet": "Mon-Sun 21:00-10:00"}))
    trigger(world, order_number="1001A", template="arrived")
    world.work_for(timedelta(minutes=10), hours=2)
    assert (bodies(world), notes(world)) == ([], [])
    world.work_for(timedelta(minutes=10), hours=3)
    assert len(world.messages) == 1
    assert notes(world) == ['SMS "arrived" по заказу 1001A отправлено 20.11 в 14:00']


def test_a_gateway_that_refuses_is_told_on_the_card(world: World) -> None:
    """The sandbox knows this number as an invalid one, as the real Twilio does."""
    order(world, phone="+15005550001")
    trigger(world, order_number="1002A", template="arrived")
    world.work_for(seconds=30)
    (note,) = notes(world)
    refused = 'SMS "arrived" по заказу 1002A не отправлено 20.11 в 11:00: номер не принимает SMS'
    assert note.startswith(refused)


def test_what_is_not_there_is_parked_and_told(world: World) -> None:
    for fields, reason in (
        ({"order_id": 4711, "template": "arrived"}, "order-not-found"),
        ({"customer_id": 4711, "template": "birthday"}, "customer-not-found"),
        ({"customer_id": 4711, "template": "arrived"}, "text-needs-order"),
        ({"order_number": "1001A", "template": "arived"}, "no-such-text"),
    ):
        trigger(world, **fields)
        assert (world.status(), world.entry.reason) == (Status.PARKED, reason)
    assert len(world.alerts) == 4
    assert "Этот текст SMS о заказе" in world.alerts[-2]
    assert "Нет такого текста SMS" in world.alerts[-1]


def test_a_number_that_the_search_does_not_show_yet_is_waited_for(world: World) -> None:
    world.sandbox.configure({"search_lag": 3})
    order(world)
    trigger(world, order_number="1002A", template="order_accepted")
    assert bodies(world) == []
    world.work_for(seconds=30)
    assert len(world.messages) == 1


def test_the_manager_who_phones_knows_what_the_client_was_told(
    open_world: Callable[[Shop | None], World],
) -> None:
    world = open_world(None)
    world.application.checks.accept("stalled-pickups")
    order_id = order(world)
    world.edit_order(order_id, {"status": "prepayed"})
    look(world)
    world.edit_order(order_id, {"status": "arrived-in-pickup-point"})
    world.later(days=6)
    world.application.checks.run("stalled-pickups")
    world.work()
    assert "Клиенту уже отправлено: SMS «заказ принят»" in world.tasks[-1]["commentary"]
