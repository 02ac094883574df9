from typing import Any

import httpx
import pytest

from sandbox.world import Sandbox
from tests.sandbox.helpers import post, refusal

CALL = {
    "date": "2026-11-23 11:59:00",
    "type": "in",
    "phone": "+79160001122",
    "result": "no answer",
    "externalId": "mango-1",
}


@pytest.fixture
def telephony(crm: httpx.Client) -> httpx.Client:
    """The CRM after our telephony module was registered."""
    module = {
        "integrationCode": "leadkeeper",
        "integrations": {"telephony": {"additionalCodes": [{"userId": 1, "code": "101"}]}},
    }
    assert post(crm, "/integration-modules/leadkeeper-1/edit", "integrationModule", module).status_code == 201
    return crm


def test_without_a_module_telephony_is_not_enabled(crm: httpx.Client) -> None:
    assert refusal(post(crm, "/telephony/call/event", "event", {}))[1] == "Telephony not enabled"
    expected = "Telephony not enabled or not supports calls upload"
    assert refusal(post(crm, "/telephony/calls/upload", "calls", [CALL]))[1] == expected


def test_a_module_is_read_and_edited(telephony: httpx.Client) -> None:
    path = "/integration-modules/leadkeeper-1"
    assert post(telephony, f"{path}/edit", "integrationModule", {"active": False}).status_code == 200
    assert telephony.get(path).json()["integrationModule"]["active"] is False
    assert refusal(post(telephony, "/telephony/call/event", "event", {}))[1] == "Telephony not enabled"


def test_a_modules_code_begins_with_that_of_its_integration(crm: httpx.Client) -> None:
    response = post(crm, "/integration-modules/other/edit", "integrationModule", {"integrationCode": "mine"})
    assert refusal(response)[2] == {"code": "Code prefix must match integrationCode"}


def test_a_call_event_names_what_does_not_exist(telephony: httpx.Client, sandbox: Sandbox) -> None:
    event = {"phone": "+79160001122", "type": "in", "codes": ["101", "999"], "userIds": [1, 77]}
    content = post(telephony, "/telephony/call/event", "event", event).json()
    assert (content["notExistCodes"], content["notExistUsers"]) == (["999"], [77])
    assert sandbox.state()["call_events"][0]["phone"] == "+79160001122"


@pytest.mark.parametrize(
    ("changes", "field"),
    [({"type": "missed"}, "type"), ({"codes": []}, "codes"), ({"hangupStatus": "no answer"}, "hangupStatus")],
)
def test_a_bad_call_event_is_refused(telephony: httpx.Client, changes: dict[str, Any], field: str) -> None:
    event = {"phone": "1", "type": "hangup", "codes": ["101"], **changes}
    assert list(refusal(post(telephony, "/telephony/call/event", "event", event))[2]) == [field]


def test_an_uploaded_call_is_kept_once(telephony: httpx.Client, sandbox: Sandbox) -> None:
    first = post(telephony, "/telephony/calls/upload", "calls", [CALL]).json()
    second = post(telephony, "/telephony/calls/upload", "calls", [CALL]).json()
    assert (first["processedCallsCount"], second["processedCallsCount"]) == (1, 0)
    assert [call["externalId"] for call in second["duplicateCalls"]] == ["mango-1"]
    assert len(sandbox.state()["calls"]) == 1


def test_a_bad_call_is_refused_in_a_list_of_errors(telephony: httpx.Client) -> None:
    response = post(telephony, "/telephony/calls/upload", "calls", [CALL | {"result": "no answered"}])
    assert refusal(response)[2] == ["calls[0].result: The value you selected is not a valid choice."]


def test_the_manager_of_a_caller(telephony: httpx.Client) -> None:
    query = {"phone": "89161112233", "details": "1"}
    content = telephony.get("/telephony/manager", params=query).json()
    assert (content["manager"]["id"], content["manager"]["code"]) == (1, "101")
    assert content["customer"]["firstName"] == "Ольга"


def test_nobody_is_responsible_for_an_unknown_caller(crm: httpx.Client) -> None:
    assert crm.get("/telephony/manager", params={"phone": "+79990000000"}).json() == {"success": True}


def test_stock_is_read_and_written_as_absolute_amounts(crm: httpx.Client) -> None:
    rows = [
        {
            "externalId": "tent-3x4",
            "stores": [{"code": "main", "available": 3}, {"code": "workshop", "available": 2}],
        },
        {"externalId": "nothing", "stores": [{"code": "main", "available": 1}]},
    ]
    content = post(crm, "/store/inventories/upload", "offers", rows).json()
    assert content["processedOffersCount"] == 1
    assert content["notFoundOffers"] == [{"externalId": "nothing"}]
    query = {"filter[offerExternalId][]": "tent-3x4", "filter[details]": "1"}
    (offer,) = crm.get("/store/inventories", params=query).json()["offers"]
    assert offer["quantity"] == 5
    assert [(row["store"], row["quantity"]) for row in offer["stores"]] == [("main", 3), ("workshop", 2)]


def test_stock_without_stores_is_refused(crm: httpx.Client) -> None:
    assert post(crm, "/store/inventories/upload", "offers", [{"externalId": "tent-3x4"}]).status_code == 400
