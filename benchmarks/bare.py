"""What an accept is compared with: the least that a server can do behind the same HTTP server.

``python -m benchmarks.bare answer|insert|insert-threads --port P --folder F``

``answer`` reads the body and answers. The others make it durable first, one insert and one commit a
request, as it is written when nothing else is asked for: no signature, no id, no order, nobody who works
on it. ``insert`` does it in the handler itself, ``insert-threads`` in a thread pool with a connection for
each thread.
"""

import argparse
import asyncio
import sqlite3
import threading
import time
from collections.abc import Awaitable, Callable, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import uvicorn

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]
Keep = Callable[[bytes], Awaitable[None]]

THREADS = 32
BUSY_TIMEOUT_SECONDS = 30


def application(keep: Keep) -> Application:
    """An ASGI application that answers once ``keep`` is done with the body."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        body = b""
        more = True
        while more:
            message = await receive()
            body += message.get("body", b"")
            more = message.get("more_body", False)
        await keep(body)
        headers = [(b"content-type", b"text/plain"), (b"content-length", b"2")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b"ok"})

    return app


async def forget(body: bytes) -> None:
    """Keep nothing."""
    del body


def inserting(path: Path) -> Keep:
    """Insert and commit in the handler."""
    connection = opened(path)

    async def keep(body: bytes) -> None:
        insert(connection, body)

    return keep


def inserting_in_threads(path: Path) -> Keep:
    """Insert and commit in a thread pool."""
    opened(path).close()
    local = threading.local()
    threads = ThreadPoolExecutor(THREADS)

    def in_thread(body: bytes) -> None:
        if not hasattr(local, "connection"):
            local.connection = opened(path)
        insert(local.connection, body)

    async def keep(body: bytes) -> None:
        await asyncio.get_running_loop().run_in_executor(threads, in_thread, body)

    return keep


def opened(path: Path) -> sqlite3.Connection:
    """The file with its table, as durable as ours: write-ahead log, a flush at each commit."""
    connection = sqlite3.connect(path, timeout=BUSY_TIMEOUT_SECONDS)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("CREATE TABLE IF NOT EXISTS webhook (id INTEGER PRIMARY KEY, at REAL, body BLOB)")
    return connection


def insert(connection: sqlite3.Connection, body: bytes) -> None:
    """Make one body durable."""
    connection.execute("INSERT INTO webhook (at, body) VALUES (?, ?)", (time.time(), body))
    connection.commit()


def main() -> None:
    """Serve until interrupted."""
    parser = argparse.ArgumentParser(description="Serve the least that an accept can be.")
    parser.add_argument("kind", choices=("answer", "insert", "insert-threads"))
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--folder", type=Path, required=True)
    options = parser.parse_args()
    path = options.folder / f"{options.kind}.sqlite3"
    match options.kind:
        case "answer":
            keep: Keep = forget
        case "insert":
            keep = inserting(path)
        case _:
            keep = inserting_in_threads(path)
    uvicorn.run(application(keep), port=options.port, access_log=False, log_level="warning", lifespan="off")


if __name__ == "__main__":
    main()
