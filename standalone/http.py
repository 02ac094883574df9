"""An HTTP server's request becomes an API Gateway event for the Chalice app.

``chalice local`` takes 44 ms a request and knows one client at a time; this adapter runs under any ASGI
server, with many requests at once.
"""

import asyncio
import base64
import json
import logging
import threading
from collections.abc import Awaitable, Callable, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import parse_qs, unquote

from chalice.app import Chalice, Request

from chalicelib.gate.gate import MAX_BODY_BYTES
from chalicelib.gate.provider import Reply

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Event = dict[str, Any]

THREADS = 32
"""As many webhooks are made durable with one flush of the disk."""

JSON_HEADERS = [(b"content-type", b"application/json")]

log = logging.getLogger(__name__)


class ThreadedChalice(Chalice):
    """The app with a request of its own for each thread. On Lambda there is one request at a time."""

    _local = threading.local()

    @property
    def current_request(self) -> Request | None:
        """The request that this thread handles."""
        return getattr(self._local, "request", None)

    @current_request.setter
    def current_request(self, request: Request | None) -> None:
        self._local.request = request


class HttpHost:
    """The ASGI application."""

    def __init__(
        self,
        app: Chalice,
        health: Callable[[], dict[str, Any]],
        calendar: Callable[[str], Reply] | None = None,
    ) -> None:
        """Serve the app's routes, and two of our own.

        Args:
            app: the Chalice app.
            health: the details that ``/health`` tells.
            calendar: what ``/calendar.ics`` answers to who offers this token; None if there is none.
        """
        # The app was made by app.py, the same for both hosts, so its class is all that can change.
        app.__class__ = ThreadedChalice
        self._app = app
        self._health = health
        self._calendar = calendar
        self._routes = [(tuple(path.strip("/").split("/")), path) for path in app.routes]
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="http")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            return
        loop = asyncio.get_running_loop()
        if scope["path"].rstrip("/") == "/health":
            health = await loop.run_in_executor(self._threads, self._health)
            await _answer(send, 200, JSON_HEADERS, json.dumps(health).encode())
            return
        if self._calendar is not None and scope["path"] == "/calendar.ics":
            offered = parse_qs(scope["query_string"].decode("latin-1")).get("token", [""])[0]
            reply = await loop.run_in_executor(self._threads, self._calendar, offered)
            headers = [(b"content-type", reply.content_type.encode()), (b"cache-control", b"no-store")]
            await _answer(send, reply.status, headers, reply.body.encode())
            return
        body = await _body(receive)
        if body is None:
            return
        if not body and _announces_body(scope["headers"]):
            # The server takes what follows an unknown "Upgrade" for another protocol. Without its body an
            # authentic webhook would look like an empty one: the sender must hear that we do not have it.
            log.warning("a request lost its body")
            await _answer(
                send, 400, JSON_HEADERS, b'{"message":"the body is missing; do not ask for an upgrade"}'
            )
            return
        event = self._event(scope, body)
        if event is None:
            await _answer(send, 404, JSON_HEADERS, b'{"message":"there is nothing here"}')
            return
        response = await loop.run_in_executor(self._threads, self._app, event, None)
        headers = [(name.encode(), str(value).encode()) for name, value in response["headers"].items()]
        await _answer(send, response["statusCode"], headers, response["body"].encode())

    def _event(self, scope: Scope, body: bytes) -> Event | None:
        parts = scope["raw_path"].decode("latin-1").split("/")
        # A base URL that ends with a slash, and a sender that adds its own path, make an empty one.
        segments = tuple(unquote(part) for part in parts if part)
        matched = self._match(segments)
        if matched is None:
            return None
        resource, parameters = matched
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        query = parse_qs(scope["query_string"].decode("latin-1"), keep_blank_values=True)
        return {
            "httpMethod": scope["method"],
            "path": scope["path"],
            "resource": resource,
            "pathParameters": parameters,
            "headers": headers,
            "multiValueHeaders": {name: [value] for name, value in headers.items()},
            "multiValueQueryStringParameters": query or None,
            "body": base64.b64encode(body).decode(),
            "isBase64Encoded": True,
            "stageVariables": None,
            "requestContext": {
                "httpMethod": scope["method"],
                "resourcePath": resource,
                "path": scope["path"],
                "stage": "standalone",
                "identity": {"sourceIp": (scope.get("client") or ("",))[0]},
            },
        }

    def _match(self, segments: tuple[str, ...]) -> tuple[str, dict[str, str]] | None:
        for pattern, path in self._routes:
            if len(pattern) == len(segments):
                pairs = list(zip(pattern, segments, strict=True))
                if all(want == have or want.startswith("{") for want, have in pairs):
                    return path, {want.strip("{}"): have for want, have in pairs if want[0] == "{"}
        return None


async def _body(receive: Receive) -> bytes | None:
    """The request's body; of one that is too large just enough for the gate to see it.

    None if the sender hung up before its end: half a webhook must not pass for a whole one.
    """
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        body += message.get("body", b"")
        if not message.get("more_body") or len(body) > MAX_BODY_BYTES:
            return bytes(body)


def _announces_body(headers: list[tuple[bytes, bytes]]) -> bool:
    return any(
        name == b"transfer-encoding" or (name == b"content-length" and value != b"0")
        for name, value in headers
    )


async def _answer(send: Send, status: int, headers: list[tuple[bytes, bytes]], body: bytes) -> None:
    length = (b"content-length", str(len(body)).encode())
    await send({"type": "http.response.start", "status": status, "headers": [*headers, length]})
    await send({"type": "http.response.body", "body": body})
