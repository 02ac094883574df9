"""A little HTTP server for ``benchmarks.endpoints``: ``python -m benchmarks.endpoint_server PORT``.

Answers ``/well…`` and ``/health``; at any other path it hangs.
"""

import asyncio
import sys
from contextlib import suppress

HOST = "127.0.0.1"
WAITING_CONNECTIONS = 2000
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 16\r\nConnection: close\r\n\r\n" + b'{"status": "ok"}'


async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer one request, or never."""
    with suppress(ConnectionError, asyncio.IncompleteReadError):
        head = await reader.readuntil(b"\r\n\r\n")
        path = head.split(b" ", 2)[1]
        if path.startswith((b"/well", b"/health")):
            writer.write(ANSWER)
            await writer.drain()
        else:
            await reader.read()  # until the other side has had enough
    writer.close()


async def serve(port: int) -> None:
    """Serve until the process is stopped."""
    server = await asyncio.start_server(answer, HOST, port, backlog=WAITING_CONNECTIONS)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1])))
