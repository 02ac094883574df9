"""Serves a sandbox over HTTP: the smallest ASGI application that can."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from typing import Any

from sandbox.exchange import Request, Response
from sandbox.world import Sandbox

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Message, Receive, Send], Awaitable[None]]

MISSING_BYTE = 1


def application(sandbox: Sandbox) -> Application:
    """The ASGI application. The core is quick, so it runs on the event loop itself."""

    async def app(scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            # What ASGI wants to hear for a protocol that an application does not speak.
            raise NotImplementedError(scope["type"])
        body = await _body(receive)
        response = sandbox.handle(
            Request(
                method=scope["method"],
                path=scope["raw_path"].decode("latin-1"),
                query=scope["query_string"].decode("latin-1"),
                headers=_headers(scope["headers"]),
                body=body,
            )
        )
        if response.delay:
            await asyncio.sleep(response.delay)
        if response.hung:
            await _disconnected(receive)
        elif response.dropped or response.refused:
            # The server closes a connection whose answer stays shorter than was announced.
            await send(_start(response, len(response.body) + MISSING_BYTE))
        else:
            await send(_start(response, len(response.body)))
            await send({"type": "http.response.body", "body": response.body})

    return app


async def _body(receive: Receive) -> bytes:
    parts = []
    more = True
    while more:
        message = await receive()
        parts.append(message.get("body", b""))
        more = message.get("more_body", False)
    return b"".join(parts)


async def _disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _headers(raw: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    return {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in raw}


def _start(response: Response, length: int) -> Message:
    headers = [(name.encode(), value.encode()) for name, value in response.headers.items()]
    headers.append((b"content-length", str(length).encode()))
    return {"type": "http.response.start", "status": response.status, "headers": headers}
