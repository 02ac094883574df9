from typing import Any

import httpx
import pytest

from sandbox.clock import SteppedClock
from sandbox.world import Sandbox
from tests.sandbox.helpers import create_task, found, post, refusal


def test_a_task_needs_only_text_and_performer(crm: httpx.Client) -> None:
    task = crm.get(f"/tasks/{create_task(crm)}").json()["task"]
    assert (task["text"], task["performer"], task["performerType"]) == ("Перезвонить", 1, "user")
    assert (task["complete"], task["createdAt"]) == (False, "2026-11-23 12:00:00")
    assert "performerId" not in task


@pytest.mark.parametrize("name", ["text", "performerId"])
def test_a_task_without_text_or_performer_is_refused(crm: httpx.Client, name: str) -> None:
    fields = {"text": "Перезвонить", "performerId": 1}
    del fields[name]
    response = post(crm, "/tasks/create", "task", fields)
    assert refusal(response) == (400, "Task is not loaded", {name: "This value should not be blank."})


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("performerId", 99),
        ("datetime", "2026-11-23 12:00:00"),
        ("order", {"number": "nothing"}),
        ("customer", {"id": 99}),
        ("orderId", 1001),
    ],
)
def test_a_bad_field_is_refused(crm: httpx.Client, field: str, value: Any) -> None:
    response = post(crm, "/tasks/create", "task", {"text": "x", "performerId": 1, field: value})
    assert list(refusal(response)[2]) == [field]


@pytest.mark.parametrize("reference", [{"id": 1001}, {"externalId": "demo-1001"}, {"number": "1001A"}])
def test_a_task_shows_the_order_however_it_was_named(crm: httpx.Client, reference: dict[str, Any]) -> None:
    task = crm.get(f"/tasks/{create_task(crm, order=reference)}").json()["task"]
    assert task["order"] == {"id": 1001, "number": "1001A", "externalId": "demo-1001", "site": "tents"}


def test_a_task_is_completed(crm: httpx.Client, clock: SteppedClock) -> None:
    task = create_task(crm)
    clock.advance(60)
    assert post(crm, f"/tasks/{task}/edit", "task", {"complete": True}).status_code == 200
    assert crm.get(f"/tasks/{task}").json()["task"]["completedAt"] == "2026-11-23 12:01:00"
    post(crm, f"/tasks/{task}/edit", "task", {"complete": False})
    assert "completedAt" not in crm.get(f"/tasks/{task}").json()["task"]


def test_a_task_passes_to_another_performer_and_order(crm: httpx.Client) -> None:
    task = create_task(crm, customer={"id": 1})
    post(crm, f"/tasks/{task}/edit", "task", {"performerId": 2, "order": {"id": 1001}})
    read = crm.get(f"/tasks/{task}").json()["task"]
    assert (read["performer"], read["order"]["number"], read["customer"]["id"]) == (2, "1001A", 1)


def test_filters(crm: httpx.Client) -> None:
    first = create_task(
        crm, order={"id": 1001}, text="Повторный звонок [mango:1]", datetime="2026-11-23 13:00"
    )
    second = create_task(crm, performerId=2, phone="+79161112233", complete=True)
    for filters, expected in (
        ({}, [second, first]),
        ({"ids": [str(first)]}, [first]),
        ({"orderNumber": "1001A"}, [first]),
        ({"text": "[mango:1]"}, [first]),
        ({"performers": ["2"]}, [second]),
        ({"status": "performing"}, [first]),
        ({"status": "completed"}, [second]),
        ({"customer": "9161112233"}, [second]),
        ({"dateFrom": "2026-11-23", "dateTo": "2026-11-23"}, [first]),
        ({"createdAtFrom": "2026-11-24"}, []),
        ({"completedAtTo": "2026-11-23"}, [second]),
    ):
        assert found(crm, "/tasks", **filters) == expected, filters


def test_there_is_no_filter_by_order_id(crm: httpx.Client) -> None:
    response = crm.get("/tasks", params={"filter[orderId]": 1001})
    assert list(refusal(response)[2]) == ["children[orderId]"]


def test_a_lagging_search_does_not_show_a_new_task(
    sandbox: Sandbox, shop_crm: httpx.Client, clock: SteppedClock
) -> None:
    sandbox.configure({"search_lag": 5})
    task = create_task(shop_crm, order={"id": 1001})
    assert found(shop_crm, "/tasks", orderNumber="1001A") == []
    clock.advance(5)
    assert found(shop_crm, "/tasks", orderNumber="1001A") == [task]


def test_a_users_comment_can_be_read(crm: httpx.Client, sandbox: Sandbox) -> None:
    task = create_task(crm)
    sandbox.add_task_comment(task, 2, "Будет готово в среду")
    (comment,) = crm.get(f"/tasks/{task}/comments").json()["comments"]
    assert (comment["creator"], comment["text"]) == (2, "Будет готово в среду")


def test_an_unknown_task_is_not_found(crm: httpx.Client) -> None:
    for path in ("/tasks/77", "/tasks/nothing", "/tasks/77/comments"):
        assert crm.get(path).status_code == 404
