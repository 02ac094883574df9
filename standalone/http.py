"""The HTTP side of one machine: a server's request becomes a webhook for the gate.

On AWS the routes of ``app.py`` do the same. Here many requests come at once, so they are taken in the event
loop itself: a webhook that waits until it is durable holds up no other one and no thread.
"""

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable, MutableMapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, unquote

from chalicelib.gate.gate import MAX_BODY_BYTES
from chalicelib.gate.provider import Reply
from chalicelib.gate.webhook import Webhook

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Asgi = Callable[[Scope, Receive, Send], Awaitable[None]]

HOOKS = "hooks"
PAGES = ("console", "status")
"""Where the console's paths begin; ``/`` leads there as well."""

MAX_PATH_SEGMENTS = 3
"""After the source's name, as ``app.py`` has routes."""

JSON = "application/json"
NOTHING_HERE = Reply(404, '{"message":"there is nothing here"}', JSON)
BODY_IS_MISSING = Reply(400, '{"message":"the body is missing; do not ask for an upgrade"}', JSON)

log = logging.getLogger(__name__)


class HttpHost:
    """The ASGI application."""

    def __init__(
        self,
        receive: Callable[[Webhook], Awaitable[Reply]],
        health: Callable[[], dict[str, Any]],
        calendar: Callable[[str], Reply] | None = None,
        console: Asgi | None = None,
    ) -> None:
        """Serve webhooks, and pages of our own.

        Args:
            receive: the gate.
            health: the details that ``/health`` tells.
            calendar: what ``/calendar.ics`` answers to who offers this token; None if there is none.
            console: what answers under ``PAGES``; None for a shop without a console.
        """
        self._receive = receive
        self._health = health
        self._calendar = calendar
        self._console = console

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            return
        # A base URL that ends with a slash, and a sender that adds its own path, make an empty segment.
        segments = [unquote(part) for part in scope["raw_path"].decode("latin-1").split("/") if part]
        if segments[:1] == [HOOKS]:
            await self._hook(scope, segments[1:], receive, send)
            return
        if self._console is not None and (not segments or segments[0] in PAGES):
            await self._console(scope, receive, send)
            return
        reply = await asyncio.get_running_loop().run_in_executor(None, self._page, scope, segments)
        await _answer(send, reply)

    async def _hook(self, scope: Scope, segments: list[str], receive: Receive, send: Send) -> None:
        body = await read_body(receive, MAX_BODY_BYTES)
        if body is None:
            return
        if not body and _announces_body(scope["headers"]):
            # The server takes what follows an unknown "Upgrade" for another protocol. Without its body an
            # authentic webhook would look like an empty one: the sender must hear that we do not have it.
            log.warning("a request lost its body")
            await _answer(send, BODY_IS_MISSING)
            return
        if not 0 < len(segments) <= 1 + MAX_PATH_SEGMENTS:
            await _answer(send, NOTHING_HERE)
            return
        await _answer(send, await self._receive(_webhook(scope, segments, body)))

    def _page(self, scope: Scope, segments: list[str]) -> Reply:
        if segments == ["health"]:
            return Reply(200, json.dumps(self._health()), JSON)
        if segments == ["calendar.ics"] and self._calendar is not None:
            return self._calendar(_query(scope).get("token", ""))
        return NOTHING_HERE


def _webhook(scope: Scope, segments: list[str], body: bytes) -> Webhook:
    source, *path = segments
    return Webhook(
        source=source,
        method=scope["method"],
        path=tuple(path),
        query=_query(scope),
        headers={name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]},
        body=body,
        received_at=datetime.now(UTC),
    )


def _query(scope: Scope) -> dict[str, str]:
    """The parameters; of a repeated one the last value, as API Gateway has it."""
    text = scope["query_string"].decode("latin-1")
    if not text:
        return {}
    return {name: values[-1] for name, values in parse_qs(text, keep_blank_values=True).items()}


async def read_body(receive: Receive, most: int) -> bytes | None:
    """The request's body; of one with more than so many bytes just enough to see that it is too large.

    None if the sender hung up before its end: half a webhook must not pass for a whole one.
    """
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        body += message.get("body", b"")
        if not message.get("more_body") or len(body) > most:
            return bytes(body)


def _announces_body(headers: list[tuple[bytes, bytes]]) -> bool:
    return any(
        name == b"transfer-encoding" or (name == b"content-length" and value != b"0")
        for name, value in headers
    )


async def _answer(send: Send, reply: Reply) -> None:
    body = reply.body.encode()
    headers = [
        (b"content-type", reply.content_type.encode()),
        (b"content-length", str(len(body)).encode()),
        (b"cache-control", b"no-store"),
        *((name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in reply.headers),
    ]
    await send({"type": "http.response.start", "status": reply.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
