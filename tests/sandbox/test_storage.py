from pathlib import Path

import httpx

from sandbox.clock import SteppedClock
from sandbox.storage import SqliteStore
from sandbox.transport import SandboxTransport
from sandbox.world import Sandbox
from tests.sandbox.helpers import CRM, create_order, create_task, edit_order, found


def crm_of(sandbox: Sandbox) -> httpx.Client:
    return httpx.Client(transport=SandboxTransport(sandbox), base_url=CRM, headers={"X-API-KEY": "inspector"})


def test_a_restart_keeps_the_world(tmp_path: Path) -> None:
    clock = SteppedClock()
    store = SqliteStore(tmp_path / "world.db")
    sandbox = Sandbox(clock, store)
    sandbox.configure({"search_lag": 5})
    with crm_of(sandbox) as crm:
        create_order(crm, externalId="call-1", phone="+79160001122", items=[{"productName": "Тент"}])
        edit_order(crm, 1001, status="complete")
        create_task(crm, order={"id": 1001})
    before = sandbox.state()
    store.close()

    reopened = SqliteStore(tmp_path / "world.db")
    again = Sandbox(clock, reopened)
    after = again.state()
    assert {**after, "requests": before["requests"]} == before
    with crm_of(again) as crm:
        assert found(crm, "/orders", customer="9160001122") == [1002]
        assert crm.get("/orders/history").json()["pagination"]["totalCount"] == 4
        new = create_order(crm, phone="89160001122", items=[{"productName": "Тент"}])
    assert (new["id"], new["customer"]["id"], new["items"][0]["id"]) == (1003, 2, 3)
    reopened.close()


def test_a_reset_empties_the_file(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "world.db")
    sandbox = Sandbox(SteppedClock(), store)
    with crm_of(sandbox) as crm:
        create_order(crm)
    sandbox.reset()
    store.close()
    reopened = SqliteStore(tmp_path / "world.db")
    assert [order["id"] for order in Sandbox(SteppedClock(), reopened).state()["orders"]] == [1001]
    reopened.close()
