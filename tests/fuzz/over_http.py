"""A case over HTTP, by both hosts: one machine's server and API Gateway's event for the Chalice app."""

import asyncio
import base64
from collections.abc import MutableMapping
from dataclasses import replace
from types import SimpleNamespace
from typing import Any, NamedTuple
from unittest.mock import patch
from urllib.parse import quote_plus

from app import app
from chalicelib.gate import wiring
from chalicelib.gate.envelope import Envelope
from chalicelib.gate.provider import Reply
from chalicelib.gate.webhook import Webhook
from standalone.http import HttpHost
from tests.fuzz.case import Case, Proof
from tests.fuzz.watching import watched_logs
from tests.providers.contract import NOON, Door, ProviderContract

CHUNK = 50_000
ROUTED_SEGMENTS = range(4)
ROUTED_METHODS = {"GET", "POST", "OPTIONS"}
SERVER_HEADERS = {"content-length", "cache-control"}
"""What one machine adds to each answer; API Gateway adds its own."""


class Answer(NamedTuple):
    """What a sender gets. The names of its headers are in lower case."""

    status: int
    body: str
    headers: dict[str, str]


def check_over_http(contract: ProviderContract, case: Case) -> None:
    """The answer is the gate's own, and what is kept is what was sent."""
    with watched_logs(contract.secrets.values()):
        door = Door(contract.provider, contract.source_settings)
        answer = answered(door, scope_of(case), case.webhook.body)
        assert answer.status < 500
        assert case.proof is not Proof.FORGED or not door.queue
        if _arrives_unchanged(case):
            direct = Door(contract.provider, contract.source_settings)
            assert answer == as_sent(direct.receive(case.webhook))
            assert _kept(door) == _kept(direct)
            on_aws = Door(contract.provider, contract.source_settings)
            assert answer == answered_on_aws(on_aws, case.webhook)
            assert _kept(door) == _kept(on_aws)
        assert len(door.queue) <= 1


def as_sent(reply: Reply) -> Answer:
    """What the sender gets of a reply."""
    headers = {name.lower(): value for name, value in reply.headers}
    return Answer(reply.status, reply.body, {**headers, "content-type": reply.content_type})


def answered_on_aws(door: Door, webhook: Webhook) -> Answer:
    """What the Chalice app answers to the event that API Gateway makes of a request."""
    names = ("source", "first", "second", "third")
    parameters = dict(zip(names, (webhook.source, *webhook.path), strict=False))
    resource = "/".join(("/hooks", *(f"{{{name}}}" for name in parameters)))
    event = {
        "httpMethod": webhook.method,
        "path": "/hooks",
        "resource": resource,
        "pathParameters": parameters,
        "headers": dict(webhook.headers),
        "multiValueHeaders": {name: [value] for name, value in webhook.headers.items()},
        "multiValueQueryStringParameters": {name: [value] for name, value in webhook.query.items()} or None,
        "body": base64.b64encode(webhook.body).decode(),
        "isBase64Encoded": True,
        "stageVariables": None,
        "requestContext": {
            "httpMethod": webhook.method,
            "resourcePath": resource,
            "path": "/hooks",
            "identity": {"sourceIp": "127.0.0.1"},
        },
    }
    gate = SimpleNamespace(receive=lambda received: door.receive(_at_noon(received)))
    with patch.object(wiring, "gate", lambda: gate):
        given = app(event, None)
    headers = {name.lower(): value for name, value in given["headers"].items()}
    return Answer(int(given["statusCode"]), given["body"], headers)


def answered(door: Door, scope: dict[str, Any], body: bytes) -> Answer:
    """One machine's answer to a request."""

    async def put(envelope: Envelope) -> None:
        door.queue.append(envelope)

    async def gate(received: Webhook) -> Reply:
        return await door.gate.receive_async(_at_noon(received), put=put)

    parts = [body[start : start + CHUNK] for start in range(0, len(body), CHUNK)] or [b""]
    messages = iter(
        {"type": "http.request", "body": part, "more_body": number < len(parts)}
        for number, part in enumerate(parts, 1)
    )
    sent: list[MutableMapping[str, Any]] = []

    async def receive() -> MutableMapping[str, Any]:
        return next(messages)

    async def send(message: MutableMapping[str, Any]) -> None:
        sent.append(message)

    asyncio.run(HttpHost(gate, dict)(scope, receive, send))
    start, end = sent
    assert isinstance(end["body"], bytes)
    assert all(isinstance(part, bytes) for header in start["headers"] for part in header)
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in start["headers"]}
    kept = {name: value for name, value in headers.items() if name not in SERVER_HEADERS}
    return Answer(int(start["status"]), end["body"].decode(), kept)


def scope_of(case: Case) -> dict[str, Any]:
    """The request as an ASGI server hands it over."""
    webhook = case.webhook
    path = "/".join(_encoded(segment) for segment in ("hooks", webhook.source, *webhook.path))
    query = "&".join(f"{_encoded(name)}={_encoded(value)}" for name, value in webhook.query.items())
    return {
        "type": "http",
        "method": webhook.method,
        "path": "/hooks",
        "raw_path": f"/{path}".encode(),
        "query_string": query.encode(),
        "headers": [(_raw(name), _raw(value)) for name, value in webhook.headers.items()],
        "client": ("127.0.0.1", 1),
    }


def _at_noon(webhook: Webhook) -> Webhook:
    """By the contract's clock, not this machine's: a proof of origin may hold for minutes only."""
    return replace(webhook, received_at=NOON)


def _encoded(text: str) -> str:
    return quote_plus(text, errors="surrogatepass").replace("+", "%20")


def _raw(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _arrives_unchanged(case: Case) -> bool:
    """Whether each part of the webhook can be said in HTTP, and has a route."""
    webhook = case.webhook
    texts = (*webhook.path, *webhook.query, *webhook.query.values())
    return (
        all(text.encode("utf-8", "replace").decode() == text for text in texts)
        and all(webhook.path)
        and len(webhook.path) in ROUTED_SEGMENTS
        and webhook.method in ROUTED_METHODS
        and all(name.isascii() and value.isascii() for name, value in webhook.headers.items())
        and webhook.content_type == webhook.headers.get("content-type", "").split(";")[0].strip().lower()
    )


def _kept(door: Door) -> list[tuple[Any, ...]]:
    """All but the moment when it came."""
    return [_without_moment(envelope.webhook) for envelope in door.queue]


def _without_moment(webhook: Webhook) -> tuple[Any, ...]:
    return (
        webhook.source,
        webhook.method,
        webhook.path,
        dict(webhook.query),
        dict(webhook.headers),
        webhook.body,
    )
