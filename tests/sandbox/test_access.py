import httpx
import pytest

from sandbox.clock import SteppedClock
from sandbox.world import Sandbox
from tests.sandbox.helpers import refusal


def test_a_call_without_a_key_is_refused(anybody: httpx.Client) -> None:
    assert refusal(anybody.get("/api/v5/orders")) == (403, '"apiKey" is missing.', None)


def test_a_wrong_key_is_refused(anybody: httpx.Client) -> None:
    response = anybody.get("/api/v5/orders", headers={"X-API-KEY": "guess"})
    assert refusal(response) == (403, 'Wrong "apiKey" value.', None)


def test_the_key_may_come_in_the_query(anybody: httpx.Client) -> None:
    assert anybody.get("/api/v5/orders", params={"apiKey": "sandbox"}).status_code == 200


def test_the_key_may_come_in_the_form(anybody: httpx.Client) -> None:
    response = anybody.post("/api/v5/orders/create", data={"apiKey": "sandbox", "order": "{}"})
    assert response.status_code == 201


def test_an_unknown_path_is_told_in_json(crm: httpx.Client) -> None:
    assert refusal(crm.get("/orders/1/nothing")) == (404, "API method not found", None)


def test_a_wrong_method_is_told_in_json(crm: httpx.Client) -> None:
    assert refusal(crm.post("/users")) == (405, "Method Not Allowed", None)


def test_the_eleventh_request_in_a_second_gets_html_and_503(
    shop_crm: httpx.Client, clock: SteppedClock
) -> None:
    statuses = []
    for _ in range(11):
        statuses.append(shop_crm.get("/users").status_code)
        clock.advance(0.05)
    assert statuses == [200] * 10 + [503]
    refused = shop_crm.get("/users")
    assert refused.headers["content-type"].startswith("text/html")


def test_the_limit_is_a_sliding_window(shop_crm: httpx.Client, clock: SteppedClock) -> None:
    for _ in range(10):
        shop_crm.get("/users")
    clock.advance(0.999)
    assert shop_crm.get("/users").status_code == 503
    clock.advance(0.001)
    assert shop_crm.get("/users").status_code == 200


def test_telephony_has_a_limit_of_its_own(shop_crm: httpx.Client) -> None:
    statuses = [shop_crm.get("/telephony/manager", params={"phone": "1"}).status_code for _ in range(41)]
    assert statuses == [200] * 40 + [503]
    assert shop_crm.get("/users").status_code == 200


def test_the_inspector_has_no_limit(crm: httpx.Client) -> None:
    assert {crm.get("/users").status_code for _ in range(50)} == {200}


def test_the_limit_can_be_taken_away(sandbox: Sandbox, shop_crm: httpx.Client) -> None:
    sandbox.configure({"rate_limit": None})
    assert {shop_crm.get("/users").status_code for _ in range(50)} == {200}


@pytest.mark.parametrize("limit", ["0", "10", "300", "many"])
def test_only_three_page_sizes_exist(crm: httpx.Client, limit: str) -> None:
    status, message, errors = refusal(crm.get("/orders", params={"limit": limit}))
    assert (status, message) == (400, "Errors in the input parameters")
    assert list(errors) == ["children[limit]"]


def test_credentials_name_scopes_and_shops(anybody: httpx.Client) -> None:
    content = anybody.get("/api/credentials", headers={"X-API-KEY": "sandbox"}).json()
    assert "order_write" in content["scopes"]
    assert content["sitesAvailable"] == ["tents"]


@pytest.mark.parametrize("path", ["/api/api-versions", "/api/system-info"])
def test_paths_without_a_version(anybody: httpx.Client, path: str) -> None:
    assert anybody.get(path, headers={"X-API-KEY": "sandbox"}).json()["success"] is True


def test_settings_name_the_account_zone(crm: httpx.Client) -> None:
    assert crm.get("/settings").json()["settings"]["timezone"]["value"] == "Europe/Moscow"


def test_a_notification_is_recorded(crm: httpx.Client, sandbox: Sandbox) -> None:
    notification = '{"type": "api.error", "message": "<b>CRM</b>", "userIds": [2]}'
    assert crm.post("/notifications/send", data={"notification": notification}).status_code == 200
    assert sandbox.state()["notifications"][0]["message"] == "<b>CRM</b>"


def test_a_notification_for_nobody_is_refused(crm: httpx.Client) -> None:
    notification = '{"type": "api.error", "message": "x"}'
    response = crm.post("/notifications/send", data={"notification": notification})
    assert refusal(response)[2] == {"userIds": "This value should not be blank."}
