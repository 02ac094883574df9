from datetime import datetime
from typing import Any

import httpx
import pytest

from sandbox.clock import SteppedClock
from sandbox.world import Sandbox
from tests.sandbox.helpers import PERSON, create_order, create_task, edit_order


def test_the_state_holds_everything(anybody: httpx.Client, crm: httpx.Client, twilio: httpx.Client) -> None:
    create_order(crm, externalId="call-1", **PERSON)
    create_task(crm)
    twilio.post("/Messages.json", data={"To": "+79160001122", "From": "Tents", "Body": "x"})
    anybody.post("/bottelegram-sandbox/sendMessage", json={"chat_id": 5, "text": "тревога"})
    crm.get("/orders/call-1")
    state = anybody.get("/sandbox/state").json()
    assert [order["externalId"] for order in state["orders"]] == ["demo-1001", "call-1"]
    assert [customer["firstName"] for customer in state["customers"]] == ["Ольга", "Мария"]
    assert [task["text"] for task in state["tasks"]] == ["Перезвонить"]
    assert [message["to"] for message in state["messages"]] == ["+79160001122"]
    assert [message["text"] for message in state["telegram"]] == ["тревога"]
    assert state["requests"] == {
        "POST /api/v5/orders/create 201": 1,
        "POST /api/v5/tasks/create 201": 1,
        "POST /2010-04-01/Accounts/ACsandbox/Messages.json 201": 1,
        "POST /bot{token}/sendMessage 200": 1,
        "GET /api/v5/orders/{id} 200": 1,
    }


def test_arrivals_tell_when_orders_were_made(
    anybody: httpx.Client, crm: httpx.Client, clock: SteppedClock
) -> None:
    clock.advance(0.25)
    made = clock()
    order_id = create_order(crm, externalId="call-1", **PERSON)["id"]
    clock.advance(60)
    edit_order(crm, order_id, firstName="Анна")
    newest = anybody.get("/sandbox/arrivals").json()[-1]
    assert datetime.fromisoformat(newest.pop("at")) == made
    assert newest == {"externalId": "call-1", "phone": PERSON["phone"]}


def test_faults_are_set_listed_and_cleared(anybody: httpx.Client, crm: httpx.Client) -> None:
    fault = {"target": "retailcrm", "kind": "503", "times": 2, "path": "/users"}
    assert anybody.post("/sandbox/faults", json=fault).status_code == 200
    assert crm.get("/users").status_code == 503
    assert anybody.get("/sandbox/faults").json() == [fault | {"seconds": 0.0, "times": 1, "method": None}]
    assert anybody.delete("/sandbox/faults").json() == []
    assert crm.get("/users").status_code == 200


@pytest.mark.parametrize(
    "fault",
    [
        {"target": "mars", "kind": "503"},
        {"target": "twilio", "kind": "fire"},
        {"target": "twilio", "kind": "latency"},
        {"target": "twilio", "kind": "503", "times": 0},
        {"target": "twilio", "kind": "503", "path": 1},
        {"target": "twilio", "kind": "503", "until": 1},
        [],
    ],
)
def test_a_malformed_fault_is_refused(anybody: httpx.Client, fault: object) -> None:
    response = anybody.post("/sandbox/faults", json=fault)
    assert response.status_code == 400
    assert response.json()["error"]


def test_settings_are_changed(anybody: httpx.Client) -> None:
    changes = {"search_lag": 5, "rate_limit": None, "twilio_lag": 1.5}
    assert anybody.post("/sandbox/settings", json=changes).status_code == 200
    assert changes.items() <= anybody.get("/sandbox/settings").json().items()


@pytest.mark.parametrize(
    "changes",
    [{"lag": 5}, {"search_lag": "5"}, {"search_lag": -1}, {"rate_limit": 1.5}, {"twilio_balance": 5}],
)
def test_a_malformed_setting_is_refused(anybody: httpx.Client, changes: dict[str, Any]) -> None:
    assert anybody.post("/sandbox/settings", json=changes).status_code == 400


def test_a_task_comment_is_added(anybody: httpx.Client, crm: httpx.Client) -> None:
    task = create_task(crm)
    comment = {"task": task, "creator": 2, "text": "Готово"}
    assert anybody.post("/sandbox/comments", json=comment).status_code == 200
    assert crm.get(f"/tasks/{task}/comments").json()["comments"][0]["text"] == "Готово"
    assert anybody.post("/sandbox/comments", json=comment | {"task": 99}).status_code == 400


def test_a_reset_begins_anew(anybody: httpx.Client, crm: httpx.Client, sandbox: Sandbox) -> None:
    before = sandbox.state()
    create_order(crm)
    sandbox.configure({"search_lag": 5})
    anybody.post("/sandbox/faults", json={"target": "twilio", "kind": "hang"})
    assert anybody.post("/sandbox/reset").status_code == 200
    assert sandbox.state() == before


def test_unknown_paths_and_methods(anybody: httpx.Client) -> None:
    assert anybody.get("/sandbox/nothing").status_code == 404
    assert anybody.put("/sandbox/state").status_code == 405
    assert anybody.get("/nothing").status_code == 404


def test_people_remove_orders_and_tasks(anybody: httpx.Client, crm: httpx.Client) -> None:
    deleted, merged = (create_order(crm, **PERSON)["id"] for _ in range(2))
    task = create_task(crm)
    for removal in ({"order": deleted, "by": 2}, {"order": merged, "into": 1001}, {"task": task, "by": 2}):
        assert anybody.post("/sandbox/removals", json=removal).json() == {"ok": True}
    assert [order["id"] for order in anybody.get("/sandbox/state").json()["orders"]] == [1001]
    assert crm.get(f"/orders/{deleted}", params={"by": "id"}).status_code == 404
    assert crm.get(f"/tasks/{task}").status_code == 404
    history = crm.get("/orders/history", params={"limit": 100}).json()["history"]
    first, second = (record for record in history if record.get("deleted"))
    assert (first["order"]["id"], first["user"]) == (deleted, {"id": 2})
    assert second["combinedTo"]["id"] == 1001


@pytest.mark.parametrize(
    "removal", [{}, {"order": 9}, {"task": 9}, {"order": "1001"}, {"order": 1001, "into": 9}]
)
def test_what_is_not_there_cannot_be_removed(anybody: httpx.Client, removal: dict[str, Any]) -> None:
    assert anybody.post("/sandbox/removals", json=removal).status_code == 400
