from typing import Any

import httpx
import pytest

from tests.sandbox.helpers import create_order, create_task, edit_order, post


def history(crm: httpx.Client, path: str = "/orders/history", **filters: Any) -> list[dict[str, Any]]:
    query = {f"filter[{name}]": value for name, value in filters.items()}
    records: list[dict[str, Any]] = crm.get(path, params=query).json()["history"]
    return records


def test_a_creation_carries_the_whole_order(crm: httpx.Client) -> None:
    order = create_order(crm, externalId="call-1", phone="+79160001122")
    (record,) = history(crm, orderId=order["id"])
    assert (record["created"], record["field"], record["oldValue"]) == (True, "status", None)
    assert record["newValue"] == {"code": "new"}
    assert record["order"]["customer"]["phones"] == [{"number": "+79160001122"}]
    assert record["order"]["payments"] == []


def test_each_changed_field_is_a_record_with_a_short_order(crm: httpx.Client) -> None:
    last = history(crm)[-1]["id"]
    edit_order(
        crm,
        1001,
        status="arrived-at-pickup",
        managerId=2,
        managerComment="звонил",
        customFields={"color": "green"},
        delivery={"cost": 100, "address": {"city": "Томск"}},
    )
    records = history(crm, sinceId=last)
    assert [(each["field"], each["oldValue"], each["newValue"]) for each in records] == [
        ("status", {"code": "delivering"}, {"code": "arrived-at-pickup"}),
        ("manager_comment", None, "звонил"),
        ("manager", {"id": 1}, {"id": 2}),
        ("custom_color", None, "green"),
        ("delivery_cost", 0, 100),
        ("delivery_address.city", "Москва", "Томск"),
    ]
    assert records[0]["order"] == {
        "id": 1001,
        "number": "1001A",
        "externalId": "demo-1001",
        "managerId": 2,
        "site": "tents",
        "status": "arrived-at-pickup",
    }
    assert "created" not in records[0]


def test_an_edit_that_changes_nothing_leaves_no_record(crm: httpx.Client) -> None:
    before = history(crm)
    edit_order(crm, 1001, status="delivering", firstName="Ольга")
    assert history(crm) == before


def test_items_and_payments_are_recorded(crm: httpx.Client) -> None:
    last = history(crm)[-1]["id"]
    order = edit_order(
        crm,
        1001,
        items=[{"productName": "Люверс", "initialPrice": 9}],
        payments=[{"type": "cash", "amount": 5}],
    )
    (payment,) = order["payments"]
    post(crm, f"/orders/payments/{payment}/edit", "payment", {"status": "paid"}, by="id")
    fields = [each["field"] for each in history(crm, sinceId=last)]
    assert fields == ["order_product", "order_product", "payments", "payments.status"]


def test_our_own_writes_can_be_told_from_others(crm: httpx.Client, shop_crm: httpx.Client) -> None:
    edit_order(shop_crm, 1001, call=True)
    assert history(shop_crm)[-1]["apiKey"] == {"current": True}
    assert history(crm)[-1]["apiKey"] == {"current": False}


def test_since_id_is_exclusive_and_counts_what_is_left(crm: httpx.Client) -> None:
    for number in range(3):
        edit_order(crm, 1001, managerComment=f"раз {number}")
    ids = [record["id"] for record in history(crm)]
    answer = crm.get("/orders/history", params={"filter[sinceId]": ids[1], "limit": 20}).json()
    assert [record["id"] for record in answer["history"]] == ids[2:]
    assert answer["pagination"]["totalCount"] == len(ids) - 2


@pytest.mark.parametrize("path", ["/orders/history", "/customers/history", "/tasks/history"])
def test_since_id_together_with_a_page_is_refused(crm: httpx.Client, path: str) -> None:
    assert crm.get(path, params={"filter[sinceId]": 1, "page": 1}).status_code == 400


def test_history_of_a_time(crm: httpx.Client) -> None:
    (status,) = history(crm, startDate="2026-11-22 00:00:00", endDate="2026-11-22 23:59:59")
    assert status["newValue"] == {"code": "delivering"}
    assert crm.get("/orders/history", params={"filter[startDate]": "2026-11-22"}).status_code == 400


def test_history_of_a_customer(crm: httpx.Client) -> None:
    post(crm, "/customers/1/edit", "customer", {"email": "olga@example.org"}, by="id")
    created, changed = history(crm, "/customers/history", customerId=1)
    assert (created["field"], created["created"], created["newValue"]) == ("id", True, 1)
    assert (changed["field"], changed["newValue"]) == ("email", "olga@example.org")


def test_history_of_a_task(crm: httpx.Client) -> None:
    task = create_task(crm)
    post(crm, f"/tasks/{task}/edit", "task", {"complete": True})
    fields = [record["field"] for record in history(crm, "/tasks/history", taskId=task)]
    assert fields == ["id", "complete", "completed_at"]
