"""What the rules can read, from a CRM whose people type as they like."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.actions import AddNote, SetOrderStatus
from chalicelib.crm.port import TaskCount
from chalicelib.crm.retailcrm.answers import text_of
from chalicelib.crm.retailcrm.models import OrderAnswer
from chalicelib.errors import Refused, Unreachable
from sandbox.retailcrm.removing import Removal
from tests.crm.shop import SEEDED, URL, CrmShop, answering

PHONE = "+79165550011"
SPELLINGS = [
    "+79165550011",
    "89165550011",
    "79165550011",
    "9165550011",
    "8 (916) 555-00-11",
    "+7 916 555 00 11",
    "8-916-555-00-11",
    "8.916.555.00.11 ",
]


@pytest.mark.parametrize("typed", SPELLINGS)
def test_orders_are_found_however_the_phone_was_typed(shop: CrmShop, typed: str) -> None:
    order_id = shop.person_makes("order", phone=typed)
    (order,) = shop.crm.orders_of_phone(PHONE)
    assert order.id == order_id
    assert typed.strip() in {phone.strip() for phone in order.phones}


@pytest.mark.parametrize("typed", SPELLINGS)
def test_orders_are_found_by_their_second_phone(shop: CrmShop, typed: str) -> None:
    order_id = shop.person_makes("order", phone="+79160000001", additionalPhone=typed)
    assert [order.id for order in shop.crm.orders_of_phone(PHONE)] == [order_id]


def test_a_phone_that_only_contains_the_digits_is_somebody_else(shop: CrmShop) -> None:
    shop.person_makes("order", phone="+49 9165550011")
    assert shop.crm.orders_of_phone(PHONE) == []


def test_orders_of_a_phone_come_newest_first(shop: CrmShop) -> None:
    first = shop.person_makes("order", phone=PHONE)
    shop.later(hours=1)
    second = shop.person_makes("order", phone=PHONE, createdAt="2026-01-01 00:00:00")
    third = shop.person_makes("order", phone=PHONE)
    same_moment = shop.person_makes("order", phone=PHONE)
    assert [order.id for order in shop.crm.orders_of_phone(PHONE)] == [same_moment, third, first, second]


def test_nobody_has_orders_of_an_unknown_phone(shop: CrmShop) -> None:
    assert shop.crm.orders_of_phone("+79990000000") == []


def test_orders_are_found_by_e_mail_address_whatever_its_case(shop: CrmShop) -> None:
    order_id = shop.person_makes("order", email="Maria@Example.com")
    shop.person_makes("order", email="anna.maria@example.com")
    assert [order.id for order in shop.crm.orders_of_email("maria@example.com")] == [order_id]


def test_one_order_is_read_by_its_id(shop: CrmShop) -> None:
    order = shop.crm.order(SEEDED)
    assert order is not None
    assert order.number == "1001A"
    assert order.external_id == "demo-1001"
    assert order.first_name == "Ольга"
    assert order.phones == ("+79161112233",)
    assert order.manager_id == 1
    assert order.method == "landing-page"
    assert order.city == "Москва"
    assert order.pickup_address == "Москва, пункт выдачи СДЭК, ул. Примерная, 1"
    assert order.track_number == "10000000011"
    assert order.is_open


def test_an_order_that_is_gone_is_none(shop: CrmShop) -> None:
    assert shop.crm.order(999) is None


def test_an_order_is_found_by_its_number(shop: CrmShop) -> None:
    order = shop.crm.order_by_number("1001A")
    assert order is not None
    assert order.id == SEEDED


def test_an_order_is_found_by_its_external_id_where_couriers_got_that(shop: CrmShop) -> None:
    order = shop.crm.order_by_number("demo-1001")
    assert order is not None
    assert order.id == SEEDED


def test_an_order_is_found_by_the_exact_track_number(shop: CrmShop) -> None:
    order = shop.crm.order_by_track_number("10000000011")
    assert order is not None
    assert order.id == SEEDED
    assert shop.crm.order_by_track_number("1000000001") is None


@pytest.mark.parametrize("number", ["1001", "1001B", ""])
def test_no_order_is_found_by_another_number(shop: CrmShop, number: str) -> None:
    assert shop.crm.order_by_number(number) is None


@pytest.mark.parametrize("typed", SPELLINGS)
def test_a_client_is_found_however_the_phone_was_typed(shop: CrmShop, typed: str) -> None:
    client = shop.person_makes("customer", firstName="Мария", phones=[{"number": typed}])
    assert [found.id for found in shop.crm.customers_of_phone(PHONE)] == [client]
    assert shop.crm.customers_of_phone("+79990000000") == []


def test_all_cards_of_a_phone_are_found_also_by_a_second_one_the_oldest_first(shop: CrmShop) -> None:
    phones = [{"number": "+7 495 000-00-00"}, {"number": SPELLINGS[0]}]
    first = shop.person_makes("customer", firstName="Мария", phones=phones)
    second = shop.person_makes("customer", firstName="Маша", phones=[{"number": SPELLINGS[1]}])
    assert [found.id for found in shop.crm.customers_of_phone(PHONE)] == [first, second]


@pytest.mark.parametrize("typed", ["maria@example.com", "MARIA@Example.com", " Maria@example.com "])
def test_a_client_is_found_however_the_e_mail_address_was_typed(shop: CrmShop, typed: str) -> None:
    client = shop.person_makes("customer", firstName="Мария", email="Maria@example.com")
    assert [found.id for found in shop.crm.customers_of_email(typed)] == [client]
    assert shop.crm.customers_of_email("aria@example.com") == []


@pytest.mark.parametrize("name", ["Пётр Семёнов", "СЕМЕНОВ Петр", "семёнов, петр"])
def test_a_client_is_found_by_full_name(shop: CrmShop, name: str) -> None:
    client = shop.person_makes("customer", firstName="Петр", lastName="Семенов")
    shop.person_makes("customer", firstName="Петр", lastName="Семенов", patronymic="Ильич")
    found = shop.crm.customers_named(name)
    assert found is not None
    assert [each.id for each in found] == [client]


def test_a_first_name_alone_is_nobodys(shop: CrmShop) -> None:
    shop.person_makes("customer", firstName="Петр")
    assert shop.crm.customers_named("Петр") == []


def test_a_name_that_too_many_have_is_nobodys(shop: CrmShop) -> None:
    for _ in range(101):
        shop.person_makes("customer", firstName="Анна", lastName="Иванова")
    assert shop.crm.customers_named("Анна Иванова") is None


def test_a_client_accepts_advertising_if_they_said_so_for_messages(shop: CrmShop) -> None:
    assert shop.crm.accepts_marketing(PHONE) is None
    client = shop.person_makes("customer", firstName="Мария", phones=[{"number": PHONE}])
    assert shop.crm.accepts_marketing(PHONE) is None

    def said(channel: str, *, active: bool) -> bool | None:
        shop.person_subscribes(client, channel, active=active)
        return shop.crm.accepts_marketing(PHONE)

    assert said("email", active=True) is None
    assert said("sms", active=True) is True
    assert said("sms", active=False) is False


@pytest.mark.parametrize(
    ("status", "is_open"),
    [("new", True), ("arrived-in-pickup-point", True), ("complete", False), ("cancel-other", False)],
)
def test_an_order_is_open_unless_its_status_belongs_to_a_finished_group(
    shop: CrmShop, status: str, *, is_open: bool
) -> None:
    shop.person_edits_order(SEEDED, status=status)
    order = shop.crm.order(SEEDED)
    assert order is not None
    assert order.is_open is is_open


def test_the_list_of_statuses_is_read_once_in_ten_minutes(shop: CrmShop) -> None:
    def lists_read() -> int:
        return sum("reference/statuses" in str(request.url) for request in shop.wire.requests)

    shop.crm.order(SEEDED)
    shop.later(minutes=9)
    shop.crm.order(SEEDED)
    assert lists_read() == 1
    shop.later(minutes=1)
    shop.crm.order(SEEDED)
    assert lists_read() == 2


def test_a_search_lags_and_a_read_by_id_does_not(shop: CrmShop) -> None:
    shop.sandbox.configure({"search_lag": 60})
    order_id = shop.person_makes("order", phone=PHONE)
    assert shop.crm.orders_of_phone(PHONE) == []
    assert shop.crm.order(order_id) is not None
    shop.later(seconds=60)
    assert [order.id for order in shop.crm.orders_of_phone(PHONE)] == [order_id]


# Times


def test_times_of_the_account_become_utc(shop: CrmShop) -> None:
    order_id = shop.person_makes("order", createdAt="2026-07-01 02:30:00", phone=PHONE)
    order = shop.crm.order(order_id)
    assert order is not None
    assert order.created_at == datetime(2026, 6, 30, 23, 30, tzinfo=UTC)
    assert order.created_at.utcoffset() == timedelta(0)


@pytest.mark.parametrize(
    ("zone", "written", "utc"),
    [
        ("Asia/Tomsk", "2026-07-01 02:30:00", datetime(2026, 6, 30, 19, 30, tzinfo=UTC)),
        ("Europe/Berlin", "2026-07-01 02:30:00", datetime(2026, 7, 1, 0, 30, tzinfo=UTC)),
        ("Europe/Berlin", "2026-01-01 02:30:00", datetime(2026, 1, 1, 1, 30, tzinfo=UTC)),
    ],
)
def test_another_account_has_another_clock(zone: str, written: str, utc: datetime) -> None:
    shop = CrmShop(zone=ZoneInfo(zone))
    order_id = shop.person_makes("order", createdAt=written, statusUpdatedAt=written, phone=PHONE)
    order = shop.crm.order(order_id)
    assert order is not None
    assert order.created_at == utc
    assert order.status_since == utc


@settings(max_examples=40, deadline=None)
@given(
    utc=st.datetimes(datetime(2015, 1, 1), datetime(2035, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001 -- the strategy wants bounds without zone
)
def test_any_moment_survives_the_way_through_the_accounts_zone(utc: datetime) -> None:
    moscow = utc.astimezone(ZoneInfo("Europe/Moscow"))
    order = one_order({"createdAt": f"{moscow:%Y-%m-%d %H:%M:%S}"})
    assert order.created_at == utc.replace(microsecond=0)


def test_a_time_in_another_form_is_an_answer_that_we_did_not_get() -> None:
    with pytest.raises(Unreachable) as caught:
        one_order({"createdAt": "2026-07-01T02:30:00+03:00"})
    assert caught.value.reason == "crm-unreachable"
    assert not caught.value.maybe_done


# Shapes of answers


def one_order(fields: dict[str, Any]) -> Any:
    order = {"id": 7, "status": "new", "createdAt": "2026-07-01 02:30:00", **fields}

    def answer(request: httpx.Request) -> httpx.Response:
        if "statuses" in request.url.path:
            return httpx.Response(200, json={"success": True, "statuses": []})
        return httpx.Response(200, json={"success": True, "order": order})

    return answering(answer).order(7)


def test_what_is_still_to_pay_is_the_total_less_what_was_paid(shop: CrmShop) -> None:
    order_id = shop.person_makes(
        "order",
        phone=PHONE,
        items=[{"productName": "Тент", "initialPrice": 4990.5, "quantity": 2}],
        payments=[{"type": "cash", "status": "paid", "amount": 1000}, {"type": "cash", "amount": 8981}],
    )
    by_id = shop.crm.order(order_id)
    (found,) = shop.crm.orders_of_phone(PHONE)
    assert by_id is not None
    assert by_id.to_pay == found.to_pay == Decimal(8981)


def test_nothing_is_to_pay_when_too_much_was_paid() -> None:
    assert one_order({"totalSumm": 100, "prepaySum": 150}).to_pay == 0


@pytest.mark.parametrize(
    "payments",
    [
        [],
        {},
        [{"id": 1, "status": "paid", "amount": 10}],
        {"1": {"id": 1, "status": "paid", "amount": 10}, "2": {"id": 2}},
    ],
)
def test_payments_may_come_as_a_list_and_as_an_object(payments: object) -> None:
    assert one_order({"payments": payments}).id == 7


def test_empty_maps_may_come_as_empty_lists() -> None:
    order = one_order({"delivery": [], "source": [], "customFields": [], "items": []})
    assert (order.city, order.pickup_address, order.track_number) == ("", "", "")
    order = one_order({"delivery": {"address": [], "data": []}, "customer": {"id": 1, "phones": []}})
    assert (order.city, order.pickup_address, order.phones) == ("", "", ())


def test_items_may_come_as_an_object_and_ids_as_texts() -> None:
    order = one_order({"items": {"5": {"id": "5"}}, "managerId": "3", "number": 12, "externalId": 34})
    assert (order.manager_id, order.number, order.external_id) == (3, "12", "34")


def test_the_phones_of_an_order_are_its_own_and_its_clients() -> None:
    client = {"id": 3, "phones": [{"number": "8 916 555-00-11"}, {"number": "+79160000001"}, {}]}
    order = one_order({"phone": "+79160000001", "additionalPhone": "84951112233", "customer": client})
    assert order.phones == ("+79160000001", "84951112233", "8 916 555-00-11")


def test_the_pickup_point_wins_over_the_delivery_address() -> None:
    delivery = {"address": {"text": "Томск"}, "data": {"pickuppointAddress": "Томск, пр. Ленина, 1"}}
    assert one_order({"delivery": delivery}).pickup_address == "Томск, пр. Ленина, 1"


def test_an_order_without_most_of_its_fields_can_be_read() -> None:
    order = one_order({})
    assert order.status_since is None
    assert order.phones == ()
    assert order.to_pay == 0


@pytest.mark.parametrize("order", [{}, {"id": 1}, [], "text", None, 7])
def test_an_order_that_cannot_be_read_is_an_answer_that_we_did_not_get(order: object) -> None:
    crm = answering(lambda _request: httpx.Response(200, json={"success": True, "order": order}))
    with pytest.raises(Unreachable) as caught:
        crm.order(7)
    assert caught.value.reason == "crm-unreachable"
    assert not caught.value.maybe_done


WAITING = "arrived-in-pickup-point"


def test_orders_in_a_status_come_page_by_page(shop: CrmShop) -> None:
    waiting = [shop.person_makes("order", status=WAITING) for _ in range(230)]
    shop.person_makes("order", status="new")
    pages = list(shop.crm.orders_in([WAITING]))
    assert [len(page) for page in pages] == [100, 100, 30]
    assert sorted(order.id for page in pages for order in page) == waiting
    lists = [request for request in shop.wire.requests if request.url.path.endswith("/orders")]
    assert len(lists) == 3
    assert {request.url.params["filter[sites][]"] for request in lists} == {"tents"}


def test_an_order_that_moves_to_another_page_meanwhile_is_given_once(shop: CrmShop) -> None:
    for _ in range(101):
        shop.person_makes("order", status=WAITING)
    pages = shop.crm.orders_in([WAITING])
    first = next(pages)
    shop.person_makes("order", status=WAITING)
    (second,) = pages
    ids = [order.id for order in [*first, *second]]
    assert len(ids) == len(set(ids)) == 101


def test_a_status_that_the_search_shows_late_is_looked_at_again() -> None:
    """The list is only filtered by what the search knows."""

    def answer(request: httpx.Request) -> httpx.Response:
        if "statuses" in request.url.path:
            return httpx.Response(200, json={"success": True, "statuses": {}})
        orders = [
            {"id": number, "status": status, "createdAt": "2026-11-20 10:00:00"}
            for number, status in enumerate([WAITING, "complete"])
        ]
        pagination = {"totalPageCount": 1}
        return httpx.Response(200, json={"success": True, "pagination": pagination, "orders": orders})

    (page,) = answering(answer).orders_in([WAITING])
    assert [order.status for order in page] == [WAITING]


def test_a_status_that_half_of_all_orders_have_is_refused_at_once() -> None:
    requests: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        requests.append(request)
        return httpx.Response(
            200, json={"success": True, "pagination": {"totalPageCount": 501}, "orders": []}
        )

    with pytest.raises(Refused) as caught:
        list(answering(answer).orders_in(["complete"]))
    assert caught.value.reason == "too-many-orders"
    assert len(requests) == 1


def test_orders_are_read_by_their_ids_a_hundred_at_once(shop: CrmShop) -> None:
    ids = [shop.person_makes("order", phone=PHONE) for _ in range(130)]
    assert sorted(order.id for order in shop.crm.orders_with_ids([*ids, 999])) == ids
    lists = [request for request in shop.wire.requests if request.url.path.endswith("/orders")]
    assert len(lists) == 2


def test_the_history_tells_changes_of_status_in_utc(shop: CrmShop) -> None:
    before = shop.crm.order_changes(None, shop.clock.now)
    assert before.changes == ()
    order_id = shop.person_makes("order", phone=PHONE)
    shop.later(minutes=7)
    shop.person_edits_order(order_id, status="client-confirmed", managerComment="Позвонила")
    read = shop.crm.order_changes(None, shop.clock.now - timedelta(hours=1))
    made, moved = (change for change in read.changes if change.is_status)
    assert (made.before, made.after) == ("", "new")
    assert (moved.order_id, moved.before, moved.after) == (order_id, "new", "client-confirmed")
    assert moved.at == shop.clock.now.replace(microsecond=0)
    assert read.last_id is not None
    again = shop.crm.order_changes(read.last_id, shop.clock.now)
    assert (again.changes, again.last_id) == ((), read.last_id)


def test_a_long_history_is_read_in_stretches(shop: CrmShop) -> None:
    for _ in range(620):
        shop.person_makes("order", phone=PHONE)
    since = shop.clock.now - timedelta(hours=1)
    first = shop.crm.order_changes(None, since)
    assert len(shop.wire.requests) == 5
    second = shop.crm.order_changes(first.last_id, since)
    ids = [change.order_id for change in [*first.changes, *second.changes]]
    assert len(first.changes) == 500
    assert len(ids) == len(set(ids)) == 620


def test_other_shops_orders_in_the_history_are_not_ours() -> None:
    def answer(_request: httpx.Request) -> httpx.Response:
        records = [
            {
                "id": number,
                "createdAt": "2026-11-20 10:00:00",
                "field": "status",
                "oldValue": {"code": "new"},
                "newValue": "complete",
                "order": {"id": 7, "site": site},
            }
            for number, site in enumerate(["tents", "other"], start=1)
        ]
        return httpx.Response(200, json={"success": True, "pagination": {}, "history": records})

    read = answering(answer).order_changes(0, datetime(2026, 11, 20, tzinfo=UTC))
    (change,) = read.changes
    assert (change.before, change.after) == ("new", "complete")
    assert read.last_id == 2


def test_the_history_tells_who_changed_what(shop: CrmShop) -> None:
    order_id = shop.person_makes("order", phone=PHONE)
    shop.person_edits_order(order_id, customFields={"color": "синий"}, user=2)
    ours = SetOrderStatus(order_id=order_id, from_status="new", status="client-confirmed")
    shop.crm.set_order_status(ours)
    changes = shop.crm.changes_of_order(order_id, shop.clock.now - timedelta(hours=1))
    assert [(change.field, change.after, change.user_id, change.is_ours) for change in changes] == [
        ("status", "new", None, False),
        ("custom_color", "синий", 2, False),
        ("status", "client-confirmed", None, True),
    ]


def test_an_order_tells_what_rules_ask_of_it(shop: CrmShop) -> None:
    order_id = shop.person_makes(
        "order",
        phone=PHONE,
        items=[
            {
                "offer": {"externalId": "tent-3x4"},
                "quantity": 2,
                "discountManualAmount": 90,
                "properties": [{"code": "colour", "name": "Цвет", "value": "синий"}],
            },
            {"productName": "Кольцо", "initialPrice": 10, "status": "failure"},
        ],
        delivery={
            "code": "cdek",
            "cost": 300,
            "address": {"city": "Томск", "street": "Ленина", "building": "1"},
        },
        customFields={"color": "синий"},
        discountManualAmount=100,
    )
    order = shop.crm.order(order_id)
    assert order is not None
    tent, ring = order.items
    assert (tent.sku, tent.properties) == ("tent-3x4", {"Цвет": "синий"})
    assert [tent.quantity, tent.price] == [2, 4900]
    assert (ring.sku, ring.name, ring.is_cancelled) == ("", "Кольцо", True)
    assert [order.goods, order.delivery_cost, order.discount, order.total] == [9700, 300, 100, 10000]
    assert (order.address.city, order.address.building) == ("Томск", "1")
    assert order.prepaid == 0
    assert order.custom_fields == {"color": "синий"}


def test_the_users_are_remembered_for_ten_minutes(shop: CrmShop) -> None:
    anna, ivan, former = sorted(shop.crm.users(), key=lambda user: user.id)
    assert (anna.name, anna.is_active) == ("Анна Смирнова", True)
    assert anna.groups == {"manager"}
    assert not former.is_active
    shop.crm.users()
    assert len(shop.wire.requests) == 1
    shop.later(minutes=10)
    assert ivan in shop.crm.users()
    assert len(shop.wire.requests) == 2


def test_orders_of_some_hours_are_not_those_of_the_whole_day(shop: CrmShop) -> None:
    early = shop.person_makes("order", phone=PHONE)
    shop.later(hours=2)
    since = shop.clock.now
    late = shop.person_makes("order", phone=PHONE)
    shop.later(hours=1)
    found = [order.id for page in shop.crm.orders_made(since.replace(microsecond=0)) for order in page]
    assert found == [late]
    until = since - timedelta(hours=1)
    assert [
        order.id for page in shop.crm.orders_made(since - timedelta(hours=3), until) for order in page
    ] == [early]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (True, "true"),
        (["3", "4"], "3, 4"),
        ({"code": "new"}, "new"),
        ({"id": 7}, "7"),
        (None, ""),
        ([], ""),
        ({}, ""),
        (0, "0"),
    ],
)
def test_values_of_all_kinds_become_text(value: object, text: str) -> None:
    assert text_of(value) == text


def test_open_tasks_are_counted_once_a_minute(shop: CrmShop) -> None:
    assert shop.crm.open_tasks(2).count == 0
    for performer in (1, 2, 2):
        shop.person_makes("task", text="Дело", performerId=performer)
    shop.later(seconds=59)
    assert [shop.crm.open_tasks(user).count for user in (1, 2)] == [1, 0]
    assert shop.crm.open_tasks(2).age == timedelta(seconds=59)
    shop.later(seconds=1)
    assert shop.crm.open_tasks(2) == TaskCount(count=2)
    shop.person_edits_task(2, text="Дело", performerId=2, complete=True)
    shop.later(minutes=1)
    assert shop.crm.open_tasks(2).count == 1


def test_orders_are_read_by_their_external_ids(shop: CrmShop) -> None:
    made = [shop.person_makes("order", externalId=f"call-{number}") for number in range(120)]
    before = len(shop.wire.requests)
    found = shop.crm.orders_with_external_ids([f"call-{number}" for number in range(130)])
    assert sorted(order.id for order in found) == made
    assert len(shop.wire.requests) - before == 3 + 1, "and the list of statuses once"


def test_the_history_tells_who_removed_an_order(shop: CrmShop) -> None:
    since = shop.clock()
    deleted, merged, lost = (shop.person_makes("order", phone=PHONE) for _ in range(3))
    shop.sandbox.remove_order(deleted, Removal(by=2))
    shop.sandbox.remove_order(merged, Removal(into=SEEDED))
    shop.sandbox.remove_order(lost, Removal(leaves_trace=False))
    assert [shop.crm.order(order_id) for order_id in (deleted, merged, lost)] == [None] * 3
    assert shop.crm.orders_with_ids([deleted, merged, lost]) == []
    told = {
        order_id: [
            (change.user_id, change.is_ours, change.merged_into)
            for change in shop.crm.changes_of_order(order_id, since)
            if change.is_removal
        ]
        for order_id in (deleted, merged, lost)
    }
    assert told == {deleted: [(2, False, None)], merged: [(None, False, SEEDED)], lost: []}


def test_the_history_tells_what_became_of_a_task(shop: CrmShop) -> None:
    since = shop.clock()
    first, second = (shop.person_makes("task", text="Позвонить", performerId=1) for _ in range(2))
    shop.person_edits_task(first, text="Позвонить", performerId=1, complete=True)
    shop.sandbox.remove_task(first, Removal(by=2))
    changes = shop.crm.changes_of_task(first, since)
    assert [change.field for change in changes if not change.is_creation and not change.is_removal] == [
        "complete",
        "completed_at",
    ]
    assert (changes[0].is_creation, changes[-1].is_removal, changes[-1].user_id) == (True, True, 2)
    assert [task.id for task in shop.crm.tasks_with_ids([first, second])] == [second]


def test_it_is_told_which_notes_there_are(shop: CrmShop) -> None:
    customer = shop.person_makes("customer", firstName="Ольга")
    note = shop.crm.add_note(AddNote(customer_id=customer, text="SMS"), "lk-1-1")
    assert shop.crm.known_notes([note, note + 1]) == {note}


class TestCompletedTasks:
    def test_those_of_orders_since_a_moment(self, shop: CrmShop) -> None:
        def task(**fields: Any) -> int:
            return shop.person_makes("task", text="Позвонить", performerId=1, **fields)

        early = task(order={"id": SEEDED})
        shop.person_edits_task(early, complete=True)
        shop.later(hours=1)
        since = shop.clock.now
        late, of_nothing, open_one = task(order={"id": SEEDED}), task(), task(order={"id": SEEDED})
        for each in (late, of_nothing):
            shop.person_edits_task(each, complete=True)
        assert open_one
        (found,) = shop.crm.completed_tasks(since)
        assert (found.id, found.order_id, found.order_number) == (late, SEEDED, "1001A")
        assert found.at == shop.clock.now.replace(microsecond=0)

    def test_more_than_a_page(self, shop: CrmShop) -> None:
        since = shop.clock.now.replace(microsecond=0)
        ids = [
            shop.person_makes("task", text="Да", performerId=1, order={"id": SEEDED}, complete=True)
            for _ in range(101)
        ]
        assert {task.id for task in shop.crm.completed_tasks(since)} == set(ids)

    def test_the_newest_comment_that_says_something(self, shop: CrmShop) -> None:
        task_id = shop.person_makes("task", text="Цвет?", performerId=1)
        assert shop.crm.last_comment(task_id) is None
        assert shop.crm.last_comment(999_999) is None
        for user, text in ((1, "Узнаю"), (2, " Чёрные "), (1, " ")):
            shop.sandbox.add_task_comment(task_id, user, text)
        comment = shop.crm.last_comment(task_id)
        assert comment is not None
        assert (comment.text, comment.user_id) == ("Чёрные", 2)


def test_orders_and_clients_have_addresses_for_people(shop: CrmShop) -> None:
    assert shop.crm.order_link(12) == f"{URL}/orders/12/edit"
    assert shop.crm.customer_link(7) == f"{URL}/customers/7/edit"


def test_what_the_goods_come_to_is_the_total_without_the_delivery() -> None:
    """``summ`` may be the sum before discounts; that of the total is documented."""
    order = {"id": 7, "status": "new", "createdAt": "2026-11-20 12:00:00", "delivery": {"cost": 300}}
    assert OrderAnswer.model_validate({**order, "summ": 1000, "totalSumm": 1200}).goods == 900
