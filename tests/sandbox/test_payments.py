import httpx

from tests.sandbox.helpers import create_order, post, refusal


def test_a_payment_counts_when_it_is_paid(crm: httpx.Client) -> None:
    created = post(
        crm, "/orders/payments/create", "payment", {"order": {"id": 1001}, "type": "cash", "amount": 4990}
    )
    assert created.status_code == 201
    number = created.json()["id"]
    assert crm.get("/orders/demo-1001").json()["order"]["prepaySum"] == 0
    edited = post(crm, f"/orders/payments/{number}/edit", "payment", {"status": "paid"}, by="id")
    assert edited.json()["id"] == number
    order = crm.get("/orders/demo-1001").json()["order"]
    assert (order["prepaySum"], order["fullPaidAt"]) == (4990, "2026-11-23 12:00:00")


def test_a_payment_is_edited_by_external_id_too(crm: httpx.Client) -> None:
    order = create_order(crm, payments=[{"externalId": "pay-1", "type": "cash", "amount": 5}])
    assert post(crm, "/orders/payments/pay-1/edit", "payment", {"amount": 7}).status_code == 200
    read = crm.get(f"/orders/{order['id']}", params={"by": "id"}).json()["order"]
    assert [payment["amount"] for payment in read["payments"].values()] == [7]


def test_a_payment_can_be_deleted(crm: httpx.Client) -> None:
    order = create_order(crm, externalId="x", payments=[{"type": "cash"}])
    assert crm.post(f"/orders/payments/{order['payments'][0]['id']}/delete").status_code == 200
    assert crm.get("/orders/x").json()["order"]["payments"] == []


def test_a_payment_without_an_order_is_refused(crm: httpx.Client) -> None:
    response = post(crm, "/orders/payments/create", "payment", {"type": "cash"})
    assert refusal(response)[2] == {"order": "Set one of the following fields: id, externalId, number"}


def test_an_unknown_payment_is_not_found(crm: httpx.Client) -> None:
    response = post(crm, "/orders/payments/9/edit", "payment", {}, by="id")
    assert refusal(response) == (404, "Payment not found", None)
