from collections.abc import Iterator

import httpx
import pytest

from sandbox.faults import Fault
from sandbox.transport import SandboxTransport
from sandbox.world import Sandbox
from tests.sandbox.helpers import CRM, found, post

TELEGRAM = "/bottelegram-sandbox/sendMessage"
ORDER = {"externalId": "call-1"}


@pytest.fixture
def slept() -> list[float]:
    return []


@pytest.fixture
def slow_crm(sandbox: Sandbox, slept: list[float]) -> Iterator[httpx.Client]:
    """The CRM for a client that waits two seconds, with a note of all waiting."""
    transport = SandboxTransport(sandbox, sleep=slept.append)
    with httpx.Client(
        transport=transport, base_url=CRM, headers={"X-API-KEY": "inspector"}, timeout=2
    ) as client:
        yield client


@pytest.mark.parametrize("kind", ["500", "502", "503", "504"])
def test_server_trouble_of_the_crm_is_html(sandbox: Sandbox, crm: httpx.Client, kind: str) -> None:
    sandbox.add_fault(Fault("retailcrm", kind))
    response = crm.get("/orders")
    assert response.status_code == int(kind)
    assert response.headers["content-type"].startswith("text/html")


@pytest.mark.parametrize("kind", ["400", "401", "403", "429"])
def test_other_trouble_of_the_crm_is_json(sandbox: Sandbox, crm: httpx.Client, kind: str) -> None:
    sandbox.add_fault(Fault("retailcrm", kind))
    response = crm.get("/orders")
    assert (response.status_code, response.json()["success"]) == (int(kind), False)


def test_twilio_and_telegram_have_their_own_words(
    sandbox: Sandbox, twilio: httpx.Client, anybody: httpx.Client
) -> None:
    sandbox.add_fault(Fault("twilio", "429"))
    sandbox.add_fault(Fault("telegram", "429", method="POST"))
    sandbox.add_fault(Fault("telegram", "500", method="GET"))
    assert twilio.get("/Balance.json").json()["code"] == 20429
    assert anybody.post(TELEGRAM, json={}).json()["parameters"]["retry_after"] > 0
    assert anybody.get(TELEGRAM).json()["error_code"] == 500


def test_garbage_is_no_json(sandbox: Sandbox, crm: httpx.Client) -> None:
    sandbox.add_fault(Fault("retailcrm", "garbage"))
    response = crm.get("/orders")
    assert response.status_code == 200
    with pytest.raises(ValueError, match=r"Unterminated string"):
        response.json()


def test_a_fault_ends_after_its_times(sandbox: Sandbox, crm: httpx.Client) -> None:
    sandbox.add_fault(Fault("retailcrm", "500", times=2))
    assert [crm.get("/users").status_code for _ in range(3)] == [500, 500, 200]
    assert sandbox.faults() == []


def test_a_fault_without_times_lasts_until_it_is_cleared(sandbox: Sandbox, crm: httpx.Client) -> None:
    sandbox.add_fault(Fault("retailcrm", "500"))
    assert {crm.get("/users").status_code for _ in range(20)} == {500}
    sandbox.clear_faults()
    assert crm.get("/users").status_code == 200


def test_a_fault_hits_its_target_path_and_method_only(
    sandbox: Sandbox, crm: httpx.Client, twilio: httpx.Client
) -> None:
    sandbox.add_fault(Fault("retailcrm", "500", path="/orders", method="post"))
    assert crm.get("/orders").status_code == 200
    assert crm.get("/users").status_code == 200
    assert twilio.get("/Balance.json").status_code == 200
    assert post(crm, "/orders/create", "order", {}).status_code == 500


def test_a_dropped_answer_means_that_the_work_is_done(sandbox: Sandbox, crm: httpx.Client) -> None:
    sandbox.add_fault(Fault("retailcrm", "drop", times=1))
    with pytest.raises(httpx.ReadError):
        post(crm, "/orders/create", "order", ORDER)
    assert len(found(crm, "/orders", externalIds=["call-1"])) == 1
    assert sandbox.requests["POST /api/v5/orders/create dropped"] == 1


@pytest.mark.parametrize(
    ("kind", "error", "outcome"),
    [("refuse", httpx.ConnectError, "refused"), ("hang", httpx.ReadTimeout, "hung")],
)
def test_no_answer_means_that_nothing_was_done(
    sandbox: Sandbox, crm: httpx.Client, kind: str, error: type[Exception], outcome: str
) -> None:
    sandbox.add_fault(Fault("retailcrm", kind, times=1))
    with pytest.raises(error):
        post(crm, "/orders/create", "order", ORDER)
    assert found(crm, "/orders", externalIds=["call-1"]) == []
    assert sandbox.requests[f"POST /api/v5/orders/create {outcome}"] == 1


def test_latency_delays_the_answer(sandbox: Sandbox, slow_crm: httpx.Client, slept: list[float]) -> None:
    sandbox.add_fault(Fault("retailcrm", "latency", seconds=0.5, times=1))
    assert slow_crm.get("/users").status_code == 200
    assert slow_crm.get("/users").status_code == 200
    assert slept == [0.5]


def test_latency_adds_to_another_fault(sandbox: Sandbox, slow_crm: httpx.Client, slept: list[float]) -> None:
    sandbox.add_fault(Fault("retailcrm", "latency", seconds=0.5))
    sandbox.add_fault(Fault("retailcrm", "503"))
    assert slow_crm.get("/users").status_code == 503
    assert slept == [0.5]


def test_an_answer_later_than_the_clients_patience_is_a_timeout_of_work_that_was_done(
    sandbox: Sandbox, slow_crm: httpx.Client, slept: list[float]
) -> None:
    sandbox.add_fault(Fault("retailcrm", "latency", seconds=30, times=1))
    with pytest.raises(httpx.ReadTimeout):
        post(slow_crm, "/orders/create", "order", ORDER)
    assert slept == [2]
    assert len(found(slow_crm, "/orders", externalIds=["call-1"])) == 1
