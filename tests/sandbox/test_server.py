"""The real server, driven by the clients that others published."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest
import retailcrm
from twilio.base.exceptions import TwilioRestException
from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client as TwilioClient

PATIENCE = 10.0
REPOSITORY = Path(__file__).parents[2]

# The published CRM client opens a connection for each call and leaves closing it to the garbage collector.
pytestmark = pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning")


class Server:
    """A sandbox in a process of its own, which ends with its standard input."""

    def __init__(self, *options: str) -> None:
        with closing(socket.create_server(("127.0.0.1", 0))) as free:
            self.port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        command = [sys.executable, "-m", "sandbox", "--port", str(self.port), "--exit-with-parent", *options]
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stderr=subprocess.PIPE, cwd=REPOSITORY
        )
        self._wait()

    def stop(self) -> str:
        """End it, and return what it complained about."""
        _, complaints = self.process.communicate(timeout=PATIENCE)
        return complaints.decode()

    def _wait(self) -> None:
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                httpx.get(f"{self.url}/sandbox/health").raise_for_status()
            except httpx.TransportError:
                assert self.process.poll() is None
                assert time.monotonic() < deadline
                time.sleep(0.02)
            else:
                return


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    server = Server()
    httpx.post(f"{server.url}/sandbox/settings", json={"rate_limit": None})
    yield server
    assert server.stop() == ""


@pytest.fixture
def crm(server: Server) -> Any:
    return retailcrm.v5(server.url, "sandbox")


class LocalTwilio:
    """The published client's own HTTP client, led to this machine."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._client = TwilioHttpClient(pool_connections=False)

    def request(self, method: str, url: str, *args: Any, **more: Any) -> Any:
        return self._client.request(method, url.replace("https://api.twilio.com", self._url), *args, **more)


@pytest.fixture
def twilio(server: Server) -> TwilioClient:
    return TwilioClient("ACsandbox", "sandbox", http_client=LocalTwilio(server.url))


def test_the_published_crm_client_works_with_orders(crm: Any) -> None:
    order = {
        "externalId": "pypi-1",
        "phone": "+79160001122",
        "firstName": "Мария",
        "orderMethod": "missed-call",
    }
    created = crm.order_create(order, "tents")
    assert (created.get_status_code(), created.is_successful()) == (201, True)
    assert crm.order_create(order).get_error_msg() == "Order already exists."
    number = created.get_response()["id"]
    edited = crm.order_edit({"externalId": "pypi-1", "status": "complete"})
    assert edited.get_response()["order"]["status"] == "complete"
    assert crm.order(number, "id").get_response()["order"]["firstName"] == "Мария"
    listed = crm.orders({"customer": "9160001122", "extendedStatus": ["complete-group"]}).get_response()
    assert [each["id"] for each in listed["orders"]] == [number]
    assert crm.orders().get_response()["pagination"]["totalCount"] >= 2


def test_the_published_crm_client_works_with_customers(crm: Any) -> None:
    customer = {"externalId": "pypi-c", "firstName": "Олег", "phones": [{"number": "+79165556677"}]}
    number = crm.customer_create(customer).get_response()["id"]
    assert crm.customer_edit({"id": number, "email": "oleg@example.org"}, "id").is_successful()
    assert crm.customer("pypi-c").get_response()["customer"]["email"] == "oleg@example.org"
    listed = crm.customers({"name": "9165556677"}).get_response()["customers"]
    assert [each["id"] for each in listed] == [number]


def test_the_published_crm_client_works_with_tasks(crm: Any) -> None:
    number = crm.task_create(
        {"text": "Перезвонить", "performerId": 1, "order": {"number": "1001A"}}
    ).get_response()["id"]
    assert crm.task_edit({"id": number, "complete": True}).is_successful()
    assert crm.task(number).get_response()["task"]["complete"] is True
    listed = crm.tasks({"orderNumber": "1001A", "status": "completed"}).get_response()["tasks"]
    assert [each["id"] for each in listed] == [number]


def test_the_published_crm_client_reads_the_rest(crm: Any) -> None:
    assert crm.order_methods().get_response()["orderMethods"]["missed-call"]["name"] == "Пропущенный звонок"
    assert "order_read" in crm.api_credentials().get_response()["scopes"]
    assert crm.orders_history({"sinceId": 0}, 20, None).is_successful() is False
    assert len(crm.users().get_response()["users"]) == 3


def test_the_published_twilio_client_sends_and_lists(twilio: TwilioClient) -> None:
    sent = twilio.messages.create(to="+79160001122", from_="Tents", body="Ваш заказ в пути")
    assert (sent.status, sent.num_segments) == ("queued", "1")
    for number in range(3):
        twilio.messages.create(to="+79160003344", from_="Tents", body=f"№ {number}")
    assert sent.date_created is not None
    (found,) = twilio.messages.list(to="+79160001122", date_sent_after=sent.date_created)
    assert (found.sid, found.status, found.body) == (sent.sid, "delivered", "Ваш заказ в пути")
    assert found.date_sent == sent.date_created
    assert [each.body for each in twilio.messages.list(to="+79160003344", page_size=2)] == [
        "№ 2",
        "№ 1",
        "№ 0",
    ]
    assert sent.sid is not None
    assert twilio.messages(sent.sid).fetch().sid == sent.sid
    assert twilio.api.v2010.account.balance.fetch().balance == "100.00"


def test_the_published_twilio_client_understands_a_refusal(twilio: TwilioClient) -> None:
    with pytest.raises(TwilioRestException) as refused:
        twilio.messages.create(to="+15005550004", from_="Tents", body="x")
    assert (refused.value.status, refused.value.code) == (400, 21610)


def test_a_dropped_answer_breaks_the_connection_after_the_work(server: Server) -> None:
    httpx.post(f"{server.url}/sandbox/faults", json={"target": "retailcrm", "kind": "drop", "times": 1})
    headers = {"X-API-KEY": "inspector"}
    with pytest.raises(httpx.RemoteProtocolError):
        httpx.post(
            f"{server.url}/api/v5/orders/create", data={"order": '{"externalId": "drop-1"}'}, headers=headers
        )
    assert httpx.get(f"{server.url}/api/v5/orders/drop-1", headers=headers).status_code == 200


def test_a_hanging_service_never_answers(server: Server) -> None:
    httpx.post(f"{server.url}/sandbox/faults", json={"target": "telegram", "kind": "hang", "times": 1})
    with pytest.raises(httpx.ReadTimeout):
        httpx.get(f"{server.url}/bottelegram-sandbox/getMe", timeout=0.2)


def test_a_slow_service_takes_its_time(server: Server) -> None:
    fault = {"target": "telegram", "kind": "latency", "seconds": 0.2, "times": 1}
    httpx.post(f"{server.url}/sandbox/faults", json=fault)
    began = time.monotonic()
    assert httpx.get(f"{server.url}/bottelegram-sandbox/getMe").status_code == 200
    assert time.monotonic() - began >= 0.2


def test_the_page_is_served(server: Server) -> None:
    assert "1001A" in httpx.get(server.url).text


def test_a_killed_server_finds_its_world_again(tmp_path: Path) -> None:
    data = str(tmp_path / "world.db")
    first = Server("--data", data)
    headers = {"X-API-KEY": "sandbox"}
    form = {"order": '{"externalId": "kept-1"}'}
    assert httpx.post(f"{first.url}/api/v5/orders/create", data=form, headers=headers).status_code == 201
    first.process.kill()
    first.stop()
    second = Server("--data", data)
    assert httpx.get(f"{second.url}/api/v5/orders/kept-1", headers=headers).status_code == 200
    assert second.stop() == ""
    assert second.process.returncode == os.EX_OK
