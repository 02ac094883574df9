"""Gather what is put within one turn of an event loop, so that it is written and flushed at once."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

Item = TypeVar("Item")
Write = Callable[[Sequence[Item], Sequence[asyncio.Future[None]]], None]


class Turns(Generic[Item]):
    """Makes items durable for the coroutines of one event loop."""

    def __init__(self, write: Write[Item]) -> None:
        """Gather for this: it writes all of them, or none, and then tells the futures, one for each."""
        self._write = write
        self._turn: _Turn[Item] | None = None

    async def put(self, item: Item) -> None:
        """Return once it is durable. What ``write`` tells the futures is raised here."""
        loop = asyncio.get_running_loop()
        turn = self._turn
        if turn is None or turn.is_over or turn.loop is not loop:
            turn = self._turn = _Turn(loop, self._write)
        await turn.add(item)


class _Turn(Generic[Item]):
    def __init__(self, loop: asyncio.AbstractEventLoop, write: Write[Item]) -> None:
        self.loop = loop
        self.is_over = False
        self._write = write
        self._items: list[Item] = []
        self._futures: list[asyncio.Future[None]] = []
        loop.call_soon(self._end)

    def add(self, item: Item) -> asyncio.Future[None]:
        future = self.loop.create_future()
        self._items.append(item)
        self._futures.append(future)
        return future

    def _end(self) -> None:
        self.is_over = True
        try:
            self._write(self._items, self._futures)
        except Exception as error:  # noqa: BLE001 -- whatever it is, all who wait must hear of it
            for future in self._futures:
                # Who has hung up waits no more.
                if not future.done():
                    future.set_exception(error)
