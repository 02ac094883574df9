"""The HTTP side of the one-machine host: real requests over a socket, to the real app and gate."""

import asyncio
import json
import logging
import socket
import struct
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import quote_plus, urlencode

import pytest

from chalicelib import __version__
from chalicelib.gate.gate import MAX_BODY_BYTES
from chalicelib.gate.provider import Reply
from chalicelib.gate.webhook import Webhook
from standalone.http import HttpHost
from tests.standalone.host import Host, running
from tests.world import mango_body

TILDA = "/hooks/tilda/demo-token"
MANGO = "/hooks/mango/events/summary"


@pytest.fixture
def host() -> Iterator[Host]:
    with running() as host:
        yield host


def a_lead(tranid: str = "1:1", **fields: str) -> bytes:
    return urlencode({"tranid": tranid, "formid": "form100", "Phone": "+79161234567", **fields}).encode()


def test_health_tells_what_monitors_need(host: Host) -> None:
    answer = host.http.get("/health")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"
    assert answer.json() == {
        "status": "degraded",
        "reasons": ["a worker does not run"],  # those of this host rest
        "version": __version__,
        "mode": "act",
        "queue_depth": 0,
        "oldest_age_s": 0.0,
        "parked": 0,
        "quarantined": 0,
        "accepted": 0,
        "rejected": 0,
    }


def test_health_counts_what_waits_and_what_was_rejected(host: Host) -> None:
    host.post(TILDA, a_lead("1:1"))
    host.post(TILDA, a_lead("1:2"))
    host.post("/hooks/tilda/wrong-token", a_lead())
    host.post("/hooks/nobody/demo-token", a_lead())
    host.post(TILDA, b"test=test")  # a connection test
    health = host.http.get("/health").json()
    assert (health["queue_depth"], health["accepted"], health["rejected"]) == (2, 2, 2)
    assert health["oldest_age_s"] >= 0


def test_a_webhook_is_durable_when_it_is_answered(host: Host) -> None:
    assert host.post(TILDA, a_lead()) == 200
    (envelope,) = host.received()
    assert envelope.webhook.source == "tilda"
    assert envelope.webhook.method == "POST"
    assert envelope.webhook.body == a_lead()
    assert envelope.webhook.headers == {"content-type": "application/x-www-form-urlencoded"}


@pytest.mark.parametrize(
    "comment", [b"\xff\xfe\x00", bytes(range(256)).replace(b"&", b""), "тент".encode("cp1251"), b"\r\n\r\n"]
)
def test_a_body_arrives_byte_for_byte(host: Host, comment: bytes) -> None:
    body = a_lead() + b"&Comment=" + comment
    assert host.post(TILDA, body) == 200
    (envelope,) = host.received()
    assert envelope.webhook.body == body


def test_a_body_without_a_content_type_arrives_too(host: Host) -> None:
    body = mango_body({"entry_id": "1"})
    answer = host.http.post(MANGO, content=body)
    assert answer.status_code == 200
    assert host.received()[0].webhook.body == body[body.index(b"json=") :]


def test_a_get_from_a_browser_is_no_webhook(host: Host) -> None:
    assert host.http.get("/hooks/tilda/demo-token", params={"a": "ё", "b": ""}).status_code == 405
    assert host.standalone.health()["rejected"] == 1
    assert host.received() == []


def test_an_empty_path_segment_does_not_matter(host: Host) -> None:
    """A base URL that ends with a slash, and a sender that adds its own path."""
    assert host.post("/hooks//tilda//demo-token/", a_lead("1:1")) == 200
    assert len(host.received()) == 1


def test_percent_encoded_path_segments_are_decoded(host: Host) -> None:
    assert host.post("/hooks/til%64a/demo%2Dtoken", a_lead("1:1")) == 200
    assert host.post("/hooks/tilda/x%2Fdemo-token", a_lead("1:2")) == 403
    assert host.post("/hooks/tilda/demo-token%2F", a_lead("1:3")) == 403
    assert host.post("/hooks/tilda/%D1%91%FF", a_lead("1:4")) == 403
    assert len(host.received()) == 1


def test_a_slash_at_the_end_does_not_matter(host: Host) -> None:
    assert host.post(TILDA + "/", a_lead()) == 200


@pytest.mark.parametrize(
    "path",
    ["/hooks", "/hooks/", "/hooks//demo-token", "/nothing", "/health/x", "/hooks/a/b/c/d/e", "/%FF"],
)
def test_an_unknown_path_is_answered_404(host: Host, path: str) -> None:
    assert host.post(path, a_lead()) == 404
    assert host.received() == []


def test_an_unknown_source_is_answered_404(host: Host) -> None:
    assert host.post("/hooks/nobody/demo-token", a_lead()) == 404


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS"])
def test_a_wrong_method_is_answered_405(host: Host, method: str) -> None:
    assert host.http.request(method, TILDA, content=a_lead()).status_code == 405
    assert host.received() == []


def test_a_forged_webhook_is_answered_403_and_not_kept(host: Host) -> None:
    assert host.post("/hooks/tilda/wrong-token", a_lead()) == 403
    assert host.post(MANGO, mango_body({"entry_id": "1"}, salt="wrong")) == 403
    assert host.received() == []


def test_a_body_of_256_kib_is_taken_and_one_byte_more_is_not(host: Host) -> None:
    body = a_lead() + b"&Comment="
    body += b"x" * (MAX_BODY_BYTES - len(body))
    assert host.post(TILDA, body + b"x") == 413
    assert host.received() == []
    assert host.post(TILDA, body) == 200
    assert host.received()[0].webhook.body == body


def test_a_much_too_large_body_is_answered_413_and_the_next_one_is_taken(host: Host) -> None:
    assert host.post(TILDA, b"x" * (8 * MAX_BODY_BYTES)) == 413
    assert host.post(TILDA, a_lead()) == 200


def test_a_sender_without_accept_header_hears_200(host: Host) -> None:
    body = a_lead()
    head = f"POST {TILDA} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: {len(body)}\r\n\r\n"
    answer = host.raw(head.encode() + body)
    assert answer.startswith(b"HTTP/1.1 200")
    assert answer.endswith(b"\r\n\r\nok")


@pytest.mark.parametrize("accept", ["*/*", "application/json", "image/png", "nonsense"])
def test_whatever_a_sender_accepts_it_hears_200(host: Host, accept: str) -> None:
    answer = host.http.post(TILDA, content=a_lead(), headers={"accept": accept})
    assert (answer.status_code, answer.text) == (200, "ok")


def test_a_body_in_chunks_is_put_together(host: Host) -> None:
    parts = [a_lead()[start : start + 7] for start in range(0, len(a_lead()), 7)]
    assert host.http.post(TILDA, content=iter(parts)).status_code == 200
    assert host.received()[0].webhook.body == a_lead()


def test_many_requests_at_once_are_kept_apart(host: Host) -> None:
    def send(number: int) -> int:
        if number % 4 == 0:
            return host.post("/hooks/tilda/wrong-token", a_lead(f"{number}:1"))
        if number % 4 == 1:
            return host.post(MANGO, mango_body({"entry_id": str(number)}))
        return host.post(TILDA, a_lead(f"{number}:1"))

    with ThreadPoolExecutor(24) as senders:
        statuses = list(senders.map(send, range(240)))
    assert statuses == [403 if number % 4 == 0 else 200 for number in range(240)]
    received = {(envelope.webhook.source, envelope.webhook.body) for envelope in host.received()}
    leads = {("tilda", a_lead(f"{number}:1")) for number in range(240) if number % 4 > 1}
    calls = {
        ("mango", b"json=" + quote_plus(json.dumps({"entry_id": str(number)})).encode())
        for number in range(1, 240, 4)
    }
    assert received == leads | calls


def test_the_same_webhook_many_times_at_once_is_kept_once(host: Host) -> None:
    with ThreadPoolExecutor(24) as senders:
        statuses = list(senders.map(lambda _: host.post(TILDA, a_lead()), range(48)))
    assert set(statuses) == {200}
    assert len(host.received()) == 1


def test_no_token_and_no_path_is_logged(
    capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    # Begun here: it writes to the standard error that there is when it begins.
    with running() as host, caplog.at_level(logging.DEBUG):
        logging.getLogger("httpx").setLevel(logging.WARNING)  # our own client here
        logging.getLogger("httpcore").setLevel(logging.WARNING)
        host.post(TILDA, a_lead())
        host.post("/hooks/tilda/secret-in-path", a_lead())
        host.http.put("/hooks/tilda/secret-in-path")
        host.post("/nothing/secret-in-path", b"")
    # uvicorn's access log is switched off, but pytest switches it on to capture it.
    captured = [record for record in caplog.records if record.name != "uvicorn.access"]
    records = [json.dumps(vars(record), default=str) for record in captured]
    # The line about what is accepted does not come from logging.
    records += capsys.readouterr().err.splitlines()
    assert any("accepted" in record for record in records)
    assert not [record for record in records if "demo-token" in record or "secret-in-path" in record]


# A sender that hangs up


def test_half_a_webhook_is_not_taken_for_a_whole_one(host: Host) -> None:
    body = a_lead()
    head = f"POST {TILDA} HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body) + 500}\r\n\r\n".encode()
    with socket.create_connection(("127.0.0.1", host.port)) as connection:
        connection.sendall(head + body)
        # Hang up without a farewell, as a crash or a time-out does.
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    assert host.post(TILDA, a_lead("9:9")) == 200
    assert [envelope.webhook.body for envelope in host.received()] == [a_lead("9:9")]


@pytest.mark.parametrize(
    "messages",
    [
        [{"type": "http.disconnect"}],
        [
            {"type": "http.request", "body": a_lead(), "more_body": True},
            {"type": "http.disconnect"},
        ],
    ],
)
def test_a_request_without_end_reaches_nobody(messages: list[dict[str, Any]]) -> None:

    async def nobody(webhook: Webhook) -> Reply:
        raise AssertionError(webhook.source)

    http = HttpHost(nobody, dict)
    scope = {
        "type": "http",
        "method": "POST",
        "path": TILDA,
        "raw_path": TILDA.encode(),
        "query_string": b"",
        "headers": [],
    }
    waiting = iter(messages)
    answered: list[Any] = []

    async def receive() -> dict[str, Any]:
        return next(waiting)

    async def send(message: Any) -> None:
        answered.append(message)

    asyncio.run(http(scope, receive, send))
    assert answered == []
