"""What is put within one turn of an event loop is written at once, and each one hears how it went."""

import asyncio
from collections.abc import Sequence

import pytest

from chalicelib.engine.sqlite.turns import Turns


class Disk:
    """Keeps what is written together; answers at once, or when it is told to."""

    def __init__(self, *, is_slow: bool = False, failure: Exception | None = None) -> None:
        self.written: list[list[str]] = []
        self.waiting: list[asyncio.Future[None]] = []
        self.is_slow = is_slow
        self.failure = failure

    def write(self, items: Sequence[str], futures: Sequence[asyncio.Future[None]]) -> None:
        if self.failure is not None:
            raise self.failure
        self.written.append([*items])
        self.waiting += futures
        if not self.is_slow:
            self.answer()

    def answer(self) -> None:
        for future in self.waiting:
            if not future.done():
                future.set_result(None)
        self.waiting.clear()


async def turns_over() -> None:
    """Let the loop turn: once for the tasks to begin, once for what they have put, and once more."""
    for _ in range(3):
        await asyncio.sleep(0)


def test_what_is_put_in_one_turn_is_written_at_once_and_in_its_order() -> None:
    disk = Disk()
    turns = Turns(disk.write)

    async def put_three_and_one() -> None:
        await asyncio.gather(*(turns.put(name) for name in "abc"))
        await turns.put("d")

    asyncio.run(put_three_and_one())
    assert disk.written == [["a", "b", "c"], ["d"]]


def test_nobody_goes_on_before_it_is_written() -> None:
    disk = Disk(is_slow=True)
    turns = Turns(disk.write)

    async def put_and_look() -> None:
        first = asyncio.create_task(turns.put("a"))
        await turns_over()
        second = asyncio.create_task(turns.put("b"))
        await turns_over()
        assert disk.written == [["a"], ["b"]]
        assert not first.done()
        assert not second.done()
        disk.answer()
        await asyncio.gather(first, second)

    asyncio.run(put_and_look())


def test_each_hears_that_it_could_not_be_written() -> None:
    disk = Disk(failure=OSError("the file is closed"))
    turns = Turns(disk.write)

    async def put_three() -> list[object]:
        return [*await asyncio.gather(*(turns.put(name) for name in "abc"), return_exceptions=True)]

    assert asyncio.run(put_three()) == [disk.failure] * 3
    disk.failure = None
    asyncio.run(turns.put("d"))
    assert disk.written == [["d"]]


@pytest.mark.parametrize("failure", [None, OSError("the file is closed")])
def test_who_hangs_up_keeps_nobody_else_waiting(failure: Exception | None) -> None:
    turns = Turns(Disk(failure=failure).write)

    async def put_three_one_hangs_up() -> list[object]:
        tasks = [asyncio.create_task(turns.put(name)) for name in "abc"]
        # Each of them has put its own before this runs, and nothing was written yet.
        asyncio.get_running_loop().call_soon(tasks[0].cancel)
        async with asyncio.timeout(5):
            return [*await asyncio.gather(*tasks, return_exceptions=True)]

    gone, *others = asyncio.run(put_three_one_hangs_up())
    assert isinstance(gone, asyncio.CancelledError)
    assert others == [failure, failure]


def test_a_loop_that_is_stopped_in_the_middle_of_a_turn_does_not_hold_up_the_next_one() -> None:
    disk = Disk()
    turns = Turns(disk.write)
    loop = asyncio.new_event_loop()
    task = loop.create_task(turns.put("never written"))
    loop.call_soon(loop.stop)
    loop.run_forever()
    assert disk.written == []
    asyncio.run(turns.put("a"))
    assert disk.written == [["a"]]
    task.cancel()
    loop.run_until_complete(asyncio.gather(task, return_exceptions=True))
    loop.close()
