from pathlib import Path

import httpx
import pytest

from sandbox.clock import SteppedClock
from sandbox.storage import SqliteStore
from sandbox.transport import SandboxTransport
from sandbox.world import Sandbox
from tests.sandbox.helpers import CRM, create_order, edit_order, found, post, refusal

STATUS = {"name": "Раскрой", "group": "assembling", "ordering": 70}


def statuses(crm: httpx.Client) -> dict[str, dict[str, object]]:
    entries: dict[str, dict[str, object]] = crm.get("/reference/statuses").json()["statuses"]
    return entries


def test_a_status_is_made_and_then_changed(crm: httpx.Client) -> None:
    assert post(crm, "/reference/statuses/cutting/edit", "status", STATUS).status_code == 201
    made = {"code": "cutting", "active": True, **STATUS}
    assert statuses(crm)["cutting"] == made
    answer = post(crm, "/reference/statuses/cutting/edit", "status", {"name": "Крой"})
    assert answer.status_code == 200
    assert statuses(crm)["cutting"] == made | {"name": "Крой"}


def test_a_new_status_belongs_to_its_group_and_orders_may_have_it(crm: httpx.Client) -> None:
    order = create_order(crm)["id"]
    post(crm, "/reference/statuses/cutting/edit", "status", STATUS)
    groups = crm.get("/reference/status-groups").json()["statusGroups"]
    assert groups["assembling"]["statuses"][-1] == "cutting"
    assert edit_order(crm, order, status="cutting")["status"] == "cutting"
    assert found(crm, "/orders", extendedStatus=["assembling-group"]) == [order]
    assert found(crm, "/orders", extendedStatus=["cutting"]) == [order]
    listed = crm.get("/orders/statuses", params={"ids[]": order}).json()["orders"]
    assert listed[0]["group"] == "assembling"


@pytest.mark.parametrize(
    ("entry", "errors"),
    [
        ({"group": "new", "ordering": 1}, {"name": "This value should not be blank."}),
        ({"name": "X", "ordering": 1}, {"group": "This value should not be blank."}),
        ({"name": "X", "group": "new"}, {"ordering": "This value should not be blank."}),
        ({**STATUS, "group": "moon"}, {"group": "The value you selected is not a valid choice."}),
        ({**STATUS, "colour": "red"}, {"colour": "This form should not contain extra fields."}),
        ({**STATUS, "name": " "}, {"name": "This value should not be blank."}),
    ],
)
def test_a_status_that_says_too_little_or_nonsense_is_refused(
    crm: httpx.Client, entry: dict[str, object], errors: dict[str, str]
) -> None:
    answer = post(crm, "/reference/statuses/cutting/edit", "status", entry)
    assert refusal(answer) == (400, "Errors in the entity format", errors)
    assert "cutting" not in statuses(crm)


def test_an_order_cannot_get_what_was_switched_off(crm: httpx.Client) -> None:
    order = create_order(crm, orderMethod="phone", status="redirect")
    post(crm, "/reference/order-methods/phone/edit", "orderMethod", {"active": False})
    post(crm, "/reference/statuses/redirect/edit", "status", {"active": False})
    answer = post(crm, "/orders/create", "order", {"orderMethod": "phone", "status": "redirect"})
    assert set(refusal(answer)[2]) == {"orderMethod", "status"}
    assert edit_order(crm, order["id"], firstName="Анна")["status"] == "redirect"
    assert found(crm, "/orders", extendedStatus=["redirect"]) == [order["id"]]


def test_an_order_method_and_a_store_are_made(crm: httpx.Client) -> None:
    assert post(crm, "/reference/order-methods/fax/edit", "orderMethod", {"name": "Факс"}).status_code == 201
    assert create_order(crm, orderMethod="fax")["orderMethod"] == "fax"
    assert post(crm, "/reference/stores/tomsk/edit", "store", {"name": "Томск"}).status_code == 201
    assert crm.get("/reference/stores").json()["stores"][-1]["code"] == "tomsk"
    assert create_order(crm, shipmentStore="tomsk")["shipmentStore"] == "tomsk"


def test_no_method_edits_a_group_of_statuses(crm: httpx.Client) -> None:
    answer = post(crm, "/reference/status-groups/repair/edit", "statusGroup", {"name": "Ремонт"})
    assert refusal(answer)[:2] == (404, "API method not found")


def test_what_was_made_survives_a_restart_and_goes_with_a_reset(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "world.db")
    headers = {"X-API-KEY": "inspector"}
    sandbox = Sandbox(SteppedClock(), store)
    with httpx.Client(transport=SandboxTransport(sandbox), base_url=CRM, headers=headers) as crm:
        post(crm, "/reference/statuses/cutting/edit", "status", STATUS)
    again = Sandbox(SteppedClock(), store)
    with httpx.Client(transport=SandboxTransport(again), base_url=CRM, headers=headers) as crm:
        assert "cutting" in statuses(crm)
        again.reset()
        assert "cutting" not in statuses(crm)
    store.close()


def test_a_new_account_lacks_what_the_shop_made(sandbox: Sandbox, crm: httpx.Client) -> None:
    sandbox.configure({"new_account": True})
    assert "arrived-at-pickup" not in statuses(crm)
    assert "e-mail" not in crm.get("/reference/order-methods").json()["orderMethods"]
    assert [store["code"] for store in crm.get("/reference/stores").json()["stores"]] == ["main"]
    assert crm.get("/custom-fields").json()["customFields"] == []
    answer = post(crm, "/orders/create", "order", {"status": "arrived-at-pickup"})
    assert refusal(answer)[2] == {"status": "The value you selected is not a valid choice."}


def test_a_key_may_lack_a_scope(sandbox: Sandbox, crm: httpx.Client, shop_crm: httpx.Client) -> None:
    sandbox.configure({"missing_scopes": ["reference_write"]})
    answer = post(shop_crm, "/reference/statuses/cutting/edit", "status", STATUS)
    assert refusal(answer)[:2] == (403, "Access denied.")
    assert shop_crm.get("/reference/statuses").status_code == 200
    assert post(crm, "/reference/statuses/cutting/edit", "status", STATUS).status_code == 201
    scopes = shop_crm.get("https://shop.example/api/credentials").json()["scopes"]
    assert "reference_write" not in scopes
    assert "reference_read" in scopes


@pytest.mark.parametrize(
    "setting", [{"new_account": 1}, {"missing_scopes": "x"}, {"missing_scopes": ["fly"]}]
)
def test_nonsense_settings_are_refused(sandbox: Sandbox, setting: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=next(iter(setting))):
        sandbox.configure(setting)
