"""Short ways to write to the pretend CRM."""

import json
from typing import Any

import httpx

CRM = "https://shop.example/api/v5"
TWILIO = "https://api.twilio.com/2010-04-01/Accounts/ACsandbox"
PERSON = {"phone": "+7 916 000-11-22", "firstName": "Мария"}


def post(crm: httpx.Client, path: str, field: str, entity: object, **plain: str) -> httpx.Response:
    return crm.post(path, data={field: json.dumps(entity), **plain})


def create_order(crm: httpx.Client, **fields: Any) -> dict[str, Any]:
    response = post(crm, "/orders/create", "order", fields)
    assert response.status_code == 201, response.text
    order: dict[str, Any] = response.json()["order"]
    return order


def edit_order(crm: httpx.Client, order_id: int, **fields: Any) -> dict[str, Any]:
    response = post(crm, f"/orders/{order_id}/edit", "order", fields, by="id")
    assert response.status_code == 200, response.text
    order: dict[str, Any] = response.json()["order"]
    return order


def create_task(crm: httpx.Client, **fields: Any) -> int:
    response = post(crm, "/tasks/create", "task", {"text": "Перезвонить", "performerId": 1, **fields})
    assert response.status_code == 201, response.text
    return int(response.json()["id"])


def found(crm: httpx.Client, path: str, **filters: Any) -> list[int]:
    """The ids that a list answers; a Python list is a filter with brackets."""
    query = {
        f"filter[{name}]" + ("[]" if isinstance(value, list) else ""): value
        for name, value in filters.items()
    }
    response = crm.get(path, params=query)
    assert response.status_code == 200, response.text
    return [each["id"] for each in response.json()[path.strip("/")]]


def refusal(response: httpx.Response) -> tuple[int, str, Any]:
    content = response.json()
    assert content["success"] is False
    return response.status_code, content["errorMsg"], content.get("errors")
