"""Several workers at once, one step at a time, in an order that a test chooses."""

import threading
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

from chalicelib.gate.envelope import Envelope
from chalicelib.settings import Shop
from tests.crashes import CrashingWorld, Steps

MAX_STEPS = 5_000
PATIENCE_SECONDS = 30

Choose = Callable[[Sequence[int], int], int]
"""From the workers that can go on, and how many steps were taken, to the one whose turn it is."""


class Turns(Steps):
    """Steps at which a worker waits until it is its turn. Outside of workers nobody waits.

    Attributes:
        taken: which worker took each step.
    """

    def __init__(self) -> None:
        super().__init__()
        self.taken: list[tuple[int, str]] = []
        self._local = threading.local()

    def take(self, name: str) -> None:
        worker: _Worker | None = getattr(self._local, "worker", None)
        if worker is not None and name.startswith("before"):
            worker.wait_for_turn()
            self.taken.append((worker.number, name))

    def work_as(self, worker: "_Worker") -> None:
        self._local.worker = worker


class _Worker:
    """A thread that runs only while it is its turn.

    Attributes:
        asleep_until: the moment at which it wants to try again; None while it works.
    """

    def __init__(self, number: int, turns: Turns, work: Callable[["_Worker"], None]) -> None:
        self.number = number
        self.asleep_until: datetime | None = None
        self.ended = False
        self.error: BaseException | None = None
        self._turn, self._pause = threading.Semaphore(0), threading.Semaphore(0)

        def run() -> None:
            self._turn.acquire()
            turns.work_as(self)
            try:
                work(self)
            except BaseException as error:  # noqa: BLE001 -- raised again in the test's own thread
                self.error = error
            self.ended = True
            self._pause.release()

        self._thread = threading.Thread(target=run, daemon=True)
        self._thread.start()

    def wait_for_turn(self) -> None:
        self._pause.release()
        self._turn.acquire()

    def go(self) -> None:
        """Let it run until its next step, or its end."""
        self._turn.release()
        assert self._pause.acquire(timeout=PATIENCE_SECONDS), "a worker waits for another one's turn"
        if self.error is not None:
            raise self.error


class InterleavedWorld(CrashingWorld):
    """A world whose workers can be made to work at the same time."""

    def __init__(self, folder: Path, shop: Shop | None = None) -> None:
        self.turns = Turns()
        super().__init__(folder, self.turns, shop)

    def taken_out(self) -> list[Envelope]:
        """Everything that waits for the workers, whatever its group."""
        envelopes = []
        while message := self.engine.work.receive():
            self.engine.work.done(message.receipt)
            envelopes.append(message.envelope)
        return envelopes

    def work_at_once(self, envelopes: Sequence[Envelope], choose: Choose) -> None:
        """One worker for each envelope; time passes only while all of them wait."""
        workers = [
            _Worker(number, self.turns, partial(self._bring_to_end, envelope))
            for number, envelope in enumerate(envelopes)
        ]
        for step in range(MAX_STEPS):
            active = [worker for worker in workers if not worker.ended]
            if not active:
                return
            ready = [
                worker for worker in active if not worker.asleep_until or worker.asleep_until <= self.now
            ]
            if not ready:
                self.now = min(worker.asleep_until for worker in active if worker.asleep_until)
                continue
            turn = choose([worker.number for worker in ready], step)
            workers[turn].go()
        raise AssertionError("the workers do not come to an end")

    def _bring_to_end(self, envelope: Envelope, worker: _Worker) -> None:
        while (delay := self._attempt(envelope)) is not None:
            worker.asleep_until = self.now + max(delay, timedelta(milliseconds=1))
            worker.wait_for_turn()
            worker.asleep_until = None

    def _attempt(self, envelope: Envelope) -> timedelta | None:
        return self.application.pipeline.process(envelope, self.now + self.used.work.visibility, "work")
