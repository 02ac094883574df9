"""The least HTTP client that keeps its connection: so quick that we measure servers, and not the client."""

import asyncio
from typing import Self, cast

HEADERS_END = b"\r\n\r\n"
LENGTH = b"content-length:"


class Connection(asyncio.Protocol):
    """One connection with one request at a time."""

    def __init__(self) -> None:
        """Not connected yet: see ``open``."""
        self._transport: asyncio.Transport | None = None
        self._received = b""
        self._answer: asyncio.Future[int] | None = None

    @classmethod
    async def open(cls, host: str, port: int) -> Self:
        """Connect.

        Raises:
            OSError: nobody listens there.
        """
        _, connection = await asyncio.get_running_loop().create_connection(cls, host, port)
        return connection

    async def exchange(self, request: bytes) -> int:
        """Send one request as it goes over the wire; return the status once the whole answer is there.

        Raises:
            ConnectionError: the other side closed the connection before.
        """
        if self._transport is None or not self.is_open:
            raise ConnectionError("closed")
        self._received = b""
        self._answer = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        return await self._answer

    @property
    def is_open(self) -> bool:
        """False before it is connected, and once either side has hung up."""
        return self._transport is not None and not self._transport.is_closing()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Asyncio's word that we are connected."""
        # What uvloop gives is one in all but the class.
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        """Asyncio's word that a piece of the answer came."""
        self._received += data
        status = status_of(self._received)
        if status is not None and self._answer is not None and not self._answer.done():
            self._answer.set_result(status)

    def connection_lost(self, exc: Exception | None) -> None:
        """Asyncio's word that it is over."""
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(exc or ConnectionError("closed before the answer"))


def status_of(received: bytes) -> int | None:
    """The status of an answer with a content length; None while a part of it is missing.

    Raises:
        ValueError: an answer without a content length: no server that we measure gives one.
    """
    head, end, body = received.partition(HEADERS_END)
    if not end:
        return None
    status_line, *headers = head.split(b"\r\n")
    for header in headers:
        if header.lower().startswith(LENGTH):
            is_whole = len(body) >= int(header[len(LENGTH) :])
            return int(status_line.split()[1]) if is_whole else None
    raise ValueError("an answer without a content length")
