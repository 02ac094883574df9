import json
from pathlib import Path

from chalicelib.entry import Status
from tests.world import World, example_shop

PHONE = "+7 (916) 123-45-67"
CART = {
    "sys": "none",
    "systranid": "0",
    "orderid": "1500000001",
    "products": [
        {"name": "Тент", "quantity": 2, "price": "900", "amount": 1800, "sku": "TP-1"},
        {"name": "Люверсы", "quantity": 10, "price": "12.5", "amount": 125},
    ],
    "amount": "2045",
    "subtotal": "1925",
    "promocode": "MAY",
    "discount": "180",
    "delivery": "Курьер",
    "delivery_price": 300,
    "delivery_address": "Москва, ул. Примерная, 1",
}


def test_lead_becomes_an_order_with_everything_the_client_told(world: World) -> None:
    world.lead(
        "1234567:4802000001",
        Name="Анна Примерова",
        Phone=PHONE,
        Email="anna@example.com",
        payment=json.dumps(CART),
        formname="Cart",
        utm_source="yandex",
        utm_medium="cpc",
        utm_campaign="tents",
        utm_term="купить тент",
        Укажите_Ваш_город="Томск",
    )
    world.work()
    (order,) = world.orders
    assert order["externalId"] == "lead-tilda-1234567:4802000001"
    assert order["orderMethod"] == "landing-page"
    assert order["phone"] == "+79161234567"
    assert order["email"] == "anna@example.com"
    assert order["firstName"] == "Анна Примерова"
    assert [(item["quantity"], item["initialPrice"]) for item in order["items"]] == [(2, 900), (10, 12.5)]
    assert order["discountManualAmount"] == 180
    assert order["delivery"]["cost"] == 300
    assert order["delivery"]["address"]["text"] == "Москва, ул. Примерная, 1"
    assert order["totalSumm"] == 2045
    assert order["source"] == {
        "source": "yandex",
        "medium": "cpc",
        "campaign": "tents",
        "keyword": "купить тент",
    }
    assert "Укажите Ваш город: Томск" in order["customerComment"]
    assert "Сумма на сайте: 2 045 ₽" in order["managerComment"]
    assert "Номер на сайте: 1500000001" in order["managerComment"]
    assert "Промокод: MAY" in order["managerComment"]


VISIT = {
    "referer": "https://tents.example.ru/?yclid=17",
    "COOKIES": "_ym_uid=1700000000123456789",
    "utm_source": "yandex",
    "utm_term": "тент",
}
PAGE = "Страница: https://tents.example.ru/?yclid=17\nyandex: 1700000000123456789\nyclid: 17"


def test_the_page_and_the_visitors_ids_stand_in_the_comment(world: World) -> None:
    world.lead("1:1", Phone=PHONE, formname="Вопрос", **VISIT)
    world.work()
    (order,) = world.orders
    assert order["managerComment"] == f"Заявка с формы «Вопрос»\n{PAGE}"
    assert order["source"] == {"source": "yandex", "keyword": "тент"}


def test_a_repeated_form_tells_where_it_came_from_in_full(world: World) -> None:
    world.lead("1:1", Phone=PHONE)
    world.lead("1:2", Phone=PHONE, **VISIT)
    world.work()
    assert f"Искал: «тент»\nИсточник: yandex\n{PAGE}" in world.tasks[0]["commentary"]


def test_the_shop_has_fields_of_its_own_for_it(tmp_path: Path) -> None:
    fields = {"yandex": "ym_client_id", "yclid": "yclid", "landing_page": "landing_page", "referrer": "color"}
    world = World(tmp_path, example_shop(crm={"visitor_fields": fields}))
    world.lead("1:1", Phone=PHONE, **VISIT)
    world.call("79161234568", "a")
    world.lead("1:2", Phone="79161234568", form="form2", **VISIT)
    world.work()
    written = {
        "ym_client_id": "1700000000123456789",
        "yclid": "17",
        "landing_page": "https://tents.example.ru/?yclid=17",
    }
    assert [order["customFields"] for order in world.orders] == [written, written]
    world.close()


def test_lead_completes_the_order_of_a_call_within_a_day(world: World) -> None:
    world.call("79161234567", "a")
    world.work()
    world.later(hours=23)
    world.lead("1:1", Phone=PHONE, Name="Анна", payment=json.dumps(CART), utm_source="yandex")
    world.work()
    (order,) = world.orders
    assert order["orderMethod"] == "missed-call"
    assert order["firstName"] == "Анна"
    assert len(order["items"]) == 2
    assert order["source"]["source"] == "yandex"
    assert order["source"].get("medium", "") == ""
    assert "Пропущенный звонок" in order["managerComment"]
    assert "клиент сам оставил заявку" in order["managerComment"]


def test_completing_keeps_what_the_manager_entered(world: World) -> None:
    world.call("79161234567", "a")
    world.work()
    order_id = world.orders[0]["id"]
    world.edit_order(
        order_id,
        {
            "firstName": "Анна Ивановна",
            "customerComment": "Ждёт звонка",
            "items": [{"productName": "Верёвка", "quantity": 3, "initialPrice": 50}],
        },
    )
    world.lead("1:1", Phone=PHONE, Name="Анна", payment=json.dumps(CART))
    world.work()
    (order,) = world.orders
    assert order["firstName"] == "Анна Ивановна"
    assert order["customerComment"] == "Ждёт звонка"
    assert [item["quantity"] for item in order["items"]] == [3, 2, 10]


def test_call_order_is_completed_once_then_another_form_is_an_order(world: World) -> None:
    world.call("79161234567", "a")
    world.work()
    world.lead("1:1", form="form1", Phone=PHONE)
    world.work()
    world.later(hours=1)
    world.lead("1:2", form="form2", Phone=PHONE)
    world.work()
    assert [order["orderMethod"] for order in world.orders] == ["missed-call", "landing-page"]


def test_call_order_older_than_a_day_is_left_alone(world: World) -> None:
    world.call("79161234567", "a")
    world.work()
    world.later(hours=25)
    world.lead("1:1", Phone=PHONE)
    world.work()
    assert len(world.orders) == 2


def test_closed_call_order_is_left_alone(world: World) -> None:
    world.call("79161234567", "a")
    world.work()
    world.edit_order(world.orders[0]["id"], {"status": "cancel-other"})
    world.lead("1:1", Phone=PHONE)
    world.work()
    assert len(world.orders) == 2


def test_same_form_within_a_quarter_of_an_hour_is_a_task(world: World) -> None:
    world.sandbox.configure({"search_lag": 60})
    world.lead("1:1", Phone=PHONE, Textarea="Хочу тент")
    world.work()
    world.later(minutes=14)
    world.lead("1:2", Phone=PHONE, Textarea="Хочу тент синего цвета")
    world.work()
    (order,) = world.orders
    (task,) = world.tasks
    assert task["order"]["id"] == order["id"]
    assert "Хочу тент синего цвета" in task["commentary"]


def test_each_repeat_adds_what_it_says_to_the_one_task(world: World) -> None:
    for number in range(4):
        world.lead(f"1:{number}", Phone=PHONE, Textarea=f"вопрос {number}", payment=json.dumps(CART))
        world.later(minutes=1)
        world.work()
    (task,) = world.tasks
    assert task["text"].startswith("Клиент ещё 3 раза отправил форму")
    for number in (1, 2, 3):
        assert f"вопрос {number}" in task["commentary"]
    assert "Люверсы: 10 × 12,50 ₽" in task["commentary"]
    assert "Промокод: MAY" in task["commentary"]


def test_old_lead_that_is_replayed_after_a_newer_one_is_an_order(world: World) -> None:
    old = world.now
    world.later(days=3)
    world.lead("1:2", Phone=PHONE)
    world.work()
    world.now, now = old, world.now
    world.lead("1:1", Phone=PHONE)
    world.now = now
    world.work()
    assert len(world.orders) == 2


def test_what_is_no_email_address_is_no_identity(world: World) -> None:
    world.lead("1:1", Phone="нет", Email="нет")
    world.lead("1:2", Phone="нет", Email="нет")
    world.work()
    assert len(world.orders) == 2
    assert "email" not in world.orders[0]
    assert "E-mail: нет" in world.orders[0]["managerComment"]


def test_ids_that_differ_only_in_their_punctuation_are_two_orders(world: World) -> None:
    world.lead("1:2", Phone="+7 916 000-00-01")
    world.lead("1-2", Phone="+7 916 000-00-02")
    world.lead("1/2", Phone="+7 916 000-00-03")
    world.work()
    assert len(world.orders) == 3


def test_same_form_later_is_a_second_order(world: World) -> None:
    world.lead("1:1", Phone=PHONE)
    world.work()
    world.later(minutes=15)
    world.lead("1:2", Phone=PHONE)
    world.work()
    assert len(world.orders) == 2


def test_another_form_at_once_is_a_second_order(world: World) -> None:
    world.lead("1:1", form="form1", Phone=PHONE)
    world.lead("1:2", form="form2", Phone=PHONE)
    world.work()
    assert len(world.orders) == 2


def test_lead_repeated_after_it_completed_a_call_is_a_task(world: World) -> None:
    world.call("79161234567", "a")
    world.work()
    world.lead("1:1", Phone=PHONE)
    world.work()
    world.later(minutes=5)
    world.lead("1:2", Phone=PHONE)
    world.work()
    assert len(world.orders) == 1
    assert len(world.tasks) == 1


def test_lead_without_usable_phone_is_an_order_with_what_was_typed(world: World) -> None:
    world.lead("1:1", Name="Анна", Phone="пишите в телеграм @anna", Email="anna@example.com")
    world.work()
    (order,) = world.orders
    assert "phone" not in order
    assert "Телефон не распознан: «пишите в телеграм @anna»" in order["managerComment"]
    assert order["email"] == "anna@example.com"


def test_leads_with_nothing_but_an_email_are_told_apart_by_it(world: World) -> None:
    world.lead("1:1", Email="anna@example.com")
    world.lead("1:2", Email="ANNA@example.com ")
    world.lead("1:3", Email="boris@example.com")
    world.work()
    assert len(world.orders) == 2
    assert len(world.tasks) == 1


def test_lead_without_phone_and_email_is_still_an_order(world: World) -> None:
    world.lead("1:1", Textarea="Перезвоните мне")
    world.lead("1:2", Textarea="И мне")
    world.work()
    assert len(world.orders) == 2


def test_lead_attaches_to_the_known_client(world: World) -> None:
    client = world.make_customer({"firstName": "Анна", "phones": [{"number": "+7 916 123 45 67"}]})
    world.lead("1:1", Phone=PHONE)
    world.work()
    assert world.orders[0]["customer"]["id"] == client


def test_tilda_probe_makes_nothing(world: World) -> None:
    reply = world.post("tilda", "", b"test=test")
    assert (reply.status, reply.body) == (200, "ok")
    world.work()
    assert world.entries() == []
    assert world.entries(Status.QUARANTINED) == []


def test_what_is_too_long_for_an_email_address_is_none(world: World) -> None:
    """A pattern that tries each dot would keep a worker busy for minutes."""
    world.lead("1:1", Phone="нет", Email="a@" + "." * 200_000 + "@")
    world.work()
    (order,) = world.orders
    assert order.get("email", "") == ""


def test_an_email_address_pasted_with_invisible_characters_is_the_same_client(world: World) -> None:
    world.lead("1:1", Phone="нет", Email="\u200banna@example.com\u00a0")
    world.lead("1:2", Phone="нет", Email="anna@example.com")
    world.work()
    (order,) = world.orders
    assert order["email"] == "anna@example.com"
    assert len(world.tasks) == 1


def test_a_repeat_with_invisible_characters_updates_the_task_that_is_there(world: World) -> None:
    for number in range(3):
        world.lead(
            f"1:{number}", Phone=PHONE, Name="Анна\u00a0При\u200bмерова", Textarea="два\u200b\x0bслова"
        )
    world.work()
    assert len(world.orders) == 1
    assert len(world.tasks) == 1
    assert world.orders[0]["firstName"] == "Анна Примерова"
