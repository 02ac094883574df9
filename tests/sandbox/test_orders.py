from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from sandbox.clock import SteppedClock
from tests.sandbox.helpers import PERSON, create_order, edit_order, found, post, refusal

NOT_LOADED = "Order is not loaded"
NO_CHOICE = "The value you selected is not a valid choice."


def test_a_new_order_gets_the_defaults(crm: httpx.Client) -> None:
    order = create_order(crm, externalId="lead-1", firstName="Мария")
    assert order["number"] == f"{order['id']}A"
    assert (order["status"], order["orderMethod"], order["site"]) == ("new", "shopping-cart", "tents")
    assert order["createdAt"] == order["statusUpdatedAt"] == "2026-11-23 12:00:00"


def test_fields_without_a_value_are_left_out(crm: httpx.Client) -> None:
    order = create_order(crm, externalId="lead-1")
    assert {"phone", "managerId", "statusComment", "source"} & set(order) == set()


def test_an_explicit_number_is_kept(crm: httpx.Client) -> None:
    assert create_order(crm, number="T-77")["number"] == "T-77"


def test_a_used_external_id_is_refused(crm: httpx.Client) -> None:
    create_order(crm, externalId="call-1", phone="+79160001122")
    again = post(crm, "/orders/create", "order", {"externalId": "call-1"})
    assert refusal(again) == (400, "Order already exists.", None)
    assert len(found(crm, "/orders", externalIds=["call-1"])) == 1


def test_of_many_at_the_same_time_one_wins(crm: httpx.Client) -> None:
    def create(_: int) -> int:
        return post(crm, "/orders/create", "order", {"externalId": "call-1"}).status_code

    with ThreadPoolExecutor(8) as threads:
        statuses = sorted(threads.map(create, range(16)))
    assert statuses == [201] + [400] * 15


@pytest.mark.parametrize(
    ("fields", "path"),
    [
        ({"status": "nonsense"}, "status"),
        ({"orderMethod": "nonsense"}, "orderMethod"),
        ({"orderType": "nonsense"}, "orderType"),
        ({"managerId": 99}, "managerId"),
        ({"shipmentStore": "nonsense"}, "shipmentStore"),
        ({"delivery": {"code": "nonsense"}}, "delivery.code"),
        ({"items": [{"status": "nonsense"}]}, "items[0].status"),
        ({"payments": [{"type": "nonsense"}]}, "payments[0].type"),
    ],
)
def test_an_unknown_code_is_refused_under_its_key(
    crm: httpx.Client, fields: dict[str, Any], path: str
) -> None:
    response = post(crm, "/orders/create", "order", fields)
    assert refusal(response) == (400, NOT_LOADED, {path: NO_CHOICE})


@pytest.mark.parametrize(
    ("fields", "path"),
    [
        ({"createdAt": "2026-11-23"}, "createdAt"),
        ({"shipmentDate": "23.11.2026"}, "shipmentDate"),
        ({"call": "maybe"}, "call"),
        ({"phone": ["1"]}, "phone"),
        ({"items": {"id": 1}}, "items"),
        ({"items": [{"quantity": 0}]}, "items[0].quantity"),
        ({"nonsense": 1}, "nonsense"),
    ],
)
def test_a_malformed_field_is_refused(crm: httpx.Client, fields: dict[str, Any], path: str) -> None:
    status, message, errors = refusal(post(crm, "/orders/create", "order", fields))
    assert (status, message, list(errors)) == (400, NOT_LOADED, [path])


def test_a_missing_parameter_is_named(crm: httpx.Client) -> None:
    assert refusal(crm.post("/orders/create", data={})) == (400, "Parameter 'order' is missing", None)


@pytest.mark.parametrize("text", ["{", "[]", "7", "null"])
def test_an_order_that_is_no_json_object_is_refused(crm: httpx.Client, text: str) -> None:
    assert crm.post("/orders/create", data={"order": text}).status_code == 400


def test_an_order_joins_the_customer_with_the_same_phone(crm: httpx.Client) -> None:
    first = create_order(crm, phone="+7 (916) 000-11-22", firstName="Мария")
    second = create_order(crm, phone="89160001122")
    assert second["customer"]["id"] == first["customer"]["id"]
    assert second["customer"]["firstName"] == "Мария"
    assert second["customer"]["type"] == "customer"


def test_an_order_with_a_new_phone_makes_a_customer(crm: httpx.Client) -> None:
    first, second = create_order(crm, phone="+79160001122"), create_order(crm, phone="+79160001123")
    assert second["customer"]["id"] != first["customer"]["id"]
    assert second["customer"]["phones"] == [{"number": "+79160001123"}]


def test_orders_without_a_phone_do_not_share_a_customer(crm: httpx.Client) -> None:
    first, second = create_order(crm, firstName="Мария"), create_order(crm, firstName="Мария")
    assert second["customer"]["id"] != first["customer"]["id"]


def test_an_order_of_a_named_customer_takes_the_person_over(crm: httpx.Client) -> None:
    customer = create_order(crm, **PERSON)["customer"]
    order = create_order(crm, customer={"id": customer["id"]})
    assert (order["firstName"], order["phone"]) == (PERSON["firstName"], PERSON["phone"])


@pytest.mark.parametrize("reference", [{"id": 999}, {"externalId": "nobody"}])
def test_an_unknown_customer_is_refused(crm: httpx.Client, reference: dict[str, Any]) -> None:
    name, value = next(iter(reference.items()))
    response = post(crm, "/orders/create", "order", {"customer": reference})
    expected = {f"customer.{name}": f"Customer with {name}={value} not found."}
    assert refusal(response) == (400, NOT_LOADED, expected)


def test_the_sum_counts_items_discounts_and_delivery(crm: httpx.Client) -> None:
    order = create_order(
        crm,
        items=[
            {"productName": "Тент", "initialPrice": 1000, "quantity": 2, "discountManualAmount": 100},
            {"productName": "Люверс", "initialPrice": 10.5, "quantity": 10, "discountManualPercent": 10},
        ],
        delivery={"code": "courier", "cost": 300},
        discountManualAmount=94.5,
    )
    assert (order["summ"], order["totalSumm"], order["prepaySum"]) == (1800, 2100, 0)


def test_an_item_of_the_catalogue_brings_its_price(crm: httpx.Client) -> None:
    order = create_order(crm, items=[{"offer": {"externalId": "tent-3x4"}, "quantity": 2}])
    assert order["items"][0]["offer"]["displayName"] == "Тент защитный 3×4 м"
    assert order["totalSumm"] == 9980


def test_an_unknown_offer_id_is_refused(crm: httpx.Client) -> None:
    response = post(crm, "/orders/create", "order", {"items": [{"offer": {"id": 77}}]})
    assert refusal(response)[2] == {"items[0].offer.id": "Offer with id 77 not found."}


def test_payments_are_a_list_in_create_and_an_object_in_reads(crm: httpx.Client) -> None:
    order = create_order(crm, payments=[{"type": "cash", "amount": 10}])
    assert [payment["type"] for payment in order["payments"]] == ["cash"]
    read = crm.get(f"/orders/{order['id']}", params={"by": "id"}).json()["order"]
    assert list(read["payments"]) == [str(order["payments"][0]["id"])]


def test_empty_maps_come_as_empty_lists(crm: httpx.Client) -> None:
    order = crm.get("/orders/demo-1001").json()["order"]
    assert (order["customFields"], order["payments"]) == ([], [])


def test_an_order_is_read_by_external_id_or_by_id(crm: httpx.Client) -> None:
    assert crm.get("/orders/demo-1001").json()["order"]["number"] == "1001A"
    assert crm.get("/orders/1001", params={"by": "id"}).json()["order"]["externalId"] == "demo-1001"
    assert refusal(crm.get("/orders/1001")) == (404, "Not found", None)


def test_an_external_id_may_hold_any_characters(crm: httpx.Client) -> None:
    create_order(crm, externalId="чат/№ 1")
    assert crm.get("/orders/%D1%87%D0%B0%D1%82%2F%E2%84%96%201").json()["order"]["externalId"] == "чат/№ 1"


def test_any_other_way_to_name_an_order_is_refused(crm: httpx.Client) -> None:
    response = crm.get("/orders/1001A", params={"by": "number"})
    assert refusal(response)[2] == {"children[by]": "This value is not valid."}


def test_the_demo_order_is_on_its_way_and_not_paid(crm: httpx.Client) -> None:
    order = crm.get("/orders/demo-1001").json()["order"]
    assert (order["status"], order["managerId"], order["firstName"]) == ("delivering", 1, "Ольга")
    assert order["totalSumm"] - order["prepaySum"] == 4990
    assert order["delivery"]["data"]["trackNumber"] == "10000000011"
    assert order["delivery"]["integrationCode"] == "cdek"


def test_a_change_of_status_sets_its_date(crm: httpx.Client, clock: SteppedClock) -> None:
    clock.advance(60)
    order = edit_order(crm, 1001, status="arrived-at-pickup", statusComment="ячейка 5")
    assert order["statusUpdatedAt"] == "2026-11-23 12:01:00"
    assert order["statusComment"] == "ячейка 5"


def test_a_status_comment_without_a_change_of_status_is_passed_over(crm: httpx.Client) -> None:
    assert "statusComment" not in edit_order(crm, 1001, statusComment="ячейка 5")
    assert "statusComment" not in edit_order(crm, 1001, status="delivering", statusComment="ячейка 5")


def test_an_edit_without_a_change_of_status_leaves_its_date(crm: httpx.Client) -> None:
    before = crm.get("/orders/demo-1001").json()["order"]["statusUpdatedAt"]
    assert edit_order(crm, 1001, managerComment="звонил")["statusUpdatedAt"] == before


def test_the_status_date_can_be_written(crm: httpx.Client) -> None:
    order = create_order(crm, status="arrived-at-pickup", statusUpdatedAt="2026-11-10 10:00:00")
    assert order["statusUpdatedAt"] == "2026-11-10 10:00:00"


def test_an_edit_with_items_deletes_those_left_out(crm: httpx.Client) -> None:
    order = create_order(crm, items=[{"productName": name, "initialPrice": 100} for name in "АБ"])
    kept = order["items"][0]["id"]
    items = [{"id": kept, "quantity": 3}, {"productName": "В", "initialPrice": 1}]
    edited = edit_order(crm, order["id"], items=items)
    assert [(item.get("productName"), item["quantity"]) for item in edited["items"]] == [("А", 3), ("В", 1)]
    assert edited["items"][0]["id"] == kept
    assert edited["totalSumm"] == 301


def test_an_edit_without_items_keeps_them(crm: httpx.Client) -> None:
    assert len(edit_order(crm, 1001, call=True)["items"]) == 1


def test_an_edit_naming_an_unknown_item_is_refused(crm: httpx.Client) -> None:
    response = post(crm, "/orders/1001/edit", "order", {"items": [{"id": 999}]}, by="id")
    assert refusal(response)[2] == {"items[0].id": "This value is not valid."}


def test_an_edit_of_the_delivery_keeps_its_other_parts(crm: httpx.Client) -> None:
    order = edit_order(crm, 1001, delivery={"data": {"trackNumber": "222"}})
    assert order["delivery"]["data"]["trackNumber"] == "222"
    assert order["delivery"]["address"]["city"] == "Москва"


def test_the_couriers_own_status_cannot_be_written(crm: httpx.Client) -> None:
    order = edit_order(crm, 1001, delivery={"data": {"status": "delivered"}})
    assert "status" not in order["delivery"]["data"]


def test_the_address_text_is_made_of_its_parts(crm: httpx.Client) -> None:
    order = create_order(crm, delivery={"address": {"city": "Томск", "street": "Ленина", "building": "1"}})
    assert order["delivery"]["address"]["text"] == "Томск, Ленина, 1"


def test_null_takes_a_field_away(crm: httpx.Client) -> None:
    assert "managerId" not in edit_order(crm, 1001, managerId=None)


def test_an_edit_of_an_unknown_order_is_not_found(crm: httpx.Client) -> None:
    assert refusal(post(crm, "/orders/nobody/edit", "order", {})) == (404, "Not found", None)


def test_an_upload_loads_all(crm: httpx.Client) -> None:
    response = post(crm, "/orders/upload", "orders", [{"externalId": "u1"}, {"externalId": "u2"}])
    assert response.status_code == 201
    assert [row["externalId"] for row in response.json()["uploadedOrders"]] == ["u1", "u2"]


def test_an_upload_that_partly_fails_is_460_with_both_kinds_of_rows(crm: httpx.Client) -> None:
    orders = [{"externalId": "u1"}, {"externalId": "demo-1001"}, {"externalId": "u3", "status": "nonsense"}]
    response = post(crm, "/orders/upload", "orders", orders)
    content = response.json()
    assert response.status_code == 460
    assert [row["externalId"] for row in content["uploadedOrders"]] == ["u1"]
    assert content["failedOrders"] == [{"externalId": "demo-1001"}, {"externalId": "u3"}]
    assert content["errors"] == ["Order with externalId=demo-1001 already exists.", f"status: {NO_CHOICE}"]


def test_an_upload_of_more_than_fifty_is_refused(crm: httpx.Client) -> None:
    assert post(crm, "/orders/upload", "orders", [{}] * 51).status_code == 400


def test_statuses_by_id_and_external_id(crm: httpx.Client) -> None:
    order = create_order(crm)
    query = {"ids[]": [order["id"], 999], "externalIds[]": "demo-1001"}
    rows = crm.get("/orders/statuses", params=query).json()["orders"]
    assert [(row["id"], row["status"], row["group"]) for row in rows] == [
        (order["id"], "new", "new"),
        (1001, "delivering", "delivery"),
    ]


def test_statuses_of_nothing_are_refused(crm: httpx.Client) -> None:
    assert crm.get("/orders/statuses").status_code == 400
