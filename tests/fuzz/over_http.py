"""A case over HTTP: the adapter of one machine, the Chalice app and the gate, in this process."""

import asyncio
from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
from functools import cache
from typing import Any
from unittest.mock import patch
from urllib.parse import quote_plus

from app import app
from chalicelib.gate import wiring
from chalicelib.gate.envelope import Envelope
from standalone.http import HttpHost
from tests.fuzz.case import Case, Proof
from tests.fuzz.watching import watched_logs
from tests.providers.contract import Door, ProviderContract

CHUNK = 50_000
ROUTED_SEGMENTS = range(4)
ROUTED_METHODS = {"GET", "POST"}


def check_over_http(contract: ProviderContract, case: Case) -> None:
    """The answer is the gate's own, and what is kept is what was sent."""
    with watched_logs(contract.secrets.values()), served(contract) as door:
        status = answered(scope_of(case), case.webhook.body)
        assert status < 500
        assert case.proof is not Proof.FORGED or not door.queue
        if _arrives_unchanged(case):
            direct = Door(contract.provider, contract.source_settings)
            assert status == direct.receive(case.webhook).status
            assert [_kept(envelope) for envelope in door.queue] == [
                _kept(envelope) for envelope in direct.queue
            ]
        assert len(door.queue) <= 1


@contextmanager
def served(contract: ProviderContract) -> Iterator[Door]:
    """The program's gate replaced by one for the provider's source."""
    door = Door(contract.provider, contract.source_settings)
    with patch.object(wiring, "gate", lambda: door.gate):
        yield door


def answered(scope: dict[str, Any], body: bytes) -> int:
    """The status of the answer to a request."""
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

    asyncio.run(_host()(scope, receive, send))
    start, end = sent
    assert isinstance(end["body"], bytes)
    assert all(isinstance(part, bytes) for header in start["headers"] for part in header)
    return int(start["status"])


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


@cache
def _host() -> HttpHost:
    return HttpHost(app, dict)


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


def _kept(envelope: Envelope) -> tuple[Any, ...]:
    webhook = envelope.webhook
    return (
        webhook.source,
        webhook.method,
        webhook.path,
        dict(webhook.query),
        dict(webhook.headers),
        webhook.body,
    )
