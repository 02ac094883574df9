import json
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from chalicelib.bootstrap import sqlite_engine
from chalicelib.engine.port import Engine, Message
from chalicelib.functions import TryAgain
from chalicelib.gate.envelope import Envelope
from sandbox.clock import SteppedClock
from standalone.workers import AFTER_CRASH, Workers, sqs_event
from tests.engine.contract import NOON, an_envelope, received

PATIENCE_SECONDS = 20
Handler = Callable[[dict[str, Any], object], object]


class Shift:
    """A queue, and workers that stop once they have been called so often."""

    def __init__(self, engine: Engine, clock: SteppedClock) -> None:
        self.engine = engine
        self.clock = clock
        self.handled: list[str] = []

    def work(self, handler: Handler, times: int, count: int = 1) -> Workers:
        enough = threading.Event()

        def handle(event: dict[str, Any], context: object) -> object:
            self.handled.append(Envelope.from_json(event["Records"][0]["body"]).id)
            if len(self.handled) == times:
                enough.set()
            return handler(event, context)

        workers = Workers(self.engine.work, handle, count, "worker")
        assert not workers.alive
        workers.start()
        assert enough.wait(PATIENCE_SECONDS)
        assert workers.alive
        workers.stop()
        assert not workers.alive
        return workers


@pytest.fixture
def shift(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shift]:
    monkeypatch.setattr("standalone.workers.WAIT", timedelta())
    clock = SteppedClock(NOON)
    engine = sqlite_engine(tmp_path, clock)
    yield Shift(engine, clock)
    engine.close()


def test_a_message_whose_function_returns_is_done(shift: Shift) -> None:
    shift.engine.work.put(an_envelope())
    shift.work(lambda _event, _context: None, times=1)
    assert shift.engine.work.depth().messages == 0


def test_all_messages_are_handled_by_many_workers(shift: Shift) -> None:
    for number in range(30):
        shift.engine.work.put(an_envelope(str(number), f"client {number % 3}"))
    shift.work(lambda _event, _context: None, times=30, count=4)
    assert sorted(shift.handled) == sorted(an_envelope(str(number)).id for number in range(30))
    assert shift.engine.work.depth().messages == 0


def test_a_message_that_wants_to_be_tried_again_stays_as_its_function_left_it(shift: Shift) -> None:
    def later(event: dict[str, Any], _context: object) -> None:
        receipt = event["Records"][0]["receiptHandle"]
        shift.engine.work.retry_after(receipt, timedelta(minutes=15))
        raise TryAgain

    shift.engine.work.put(an_envelope())
    shift.work(later, times=1)
    shift.clock.advance(timedelta(minutes=15).total_seconds() - 1)
    assert shift.engine.work.receive() is None
    shift.clock.advance(1)
    assert received(shift.engine.work).receive_count == 2


def test_a_message_whose_function_fails_comes_back_soon(
    shift: Shift, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(_event: dict[str, Any], _context: object) -> None:
        raise KeyError("on purpose")

    shift.engine.work.put(an_envelope())
    shift.work(fail, times=1)
    assert "a function failed" in caplog.text
    assert shift.engine.work.receive() is None
    shift.clock.advance(AFTER_CRASH.total_seconds())
    assert received(shift.engine.work).receive_count == 2


def test_a_message_that_cannot_be_put_back_is_put_back_as_soon_as_it_can(
    shift: Shift, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("standalone.workers.REST_SECONDS", 0)
    put_back = shift.engine.work.retry_after
    troubles = iter([OSError("disk full"), OSError("disk full")])

    def retry_after(receipt: str, delay: timedelta) -> None:
        for trouble in troubles:
            raise trouble
        put_back(receipt, delay)

    def fail_once(_event: dict[str, Any], _context: object) -> None:
        if len(shift.handled) == 1:
            raise OSError("disk full")

    monkeypatch.setattr(shift.engine.work, "retry_after", retry_after)
    for name in ("one", "two"):
        shift.engine.work.put(an_envelope(name))
    shift.work(fail_once, times=2)
    assert caplog.text.count("cannot be put back") == 2
    shift.clock.advance(AFTER_CRASH.total_seconds())
    assert received(shift.engine.work).receive_count == 2


def test_a_queue_in_trouble_does_not_end_the_workers(
    shift: Shift, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("standalone.workers.REST_SECONDS", 0)
    shift.engine.work.put(an_envelope())
    take = shift.engine.work.receive
    troubles = iter([OSError("disk full"), OSError("disk full")])

    def receive(wait: timedelta = timedelta()) -> Message | None:
        for trouble in troubles:
            raise trouble
        return take(wait)

    monkeypatch.setattr(shift.engine.work, "receive", receive)
    shift.work(lambda _event, _context: None, times=1)
    assert caplog.text.count("a worker rests") == 2


def test_a_message_looks_as_lambda_passes_it(shift: Shift) -> None:
    shift.engine.work.put(an_envelope(group="client"))
    message = received(shift.engine.work)
    (record,) = sqs_event(message)["Records"]
    assert Envelope.from_json(record["body"]) == an_envelope(group="client")
    assert record["receiptHandle"] == message.receipt
    assert record["eventSource"] == "aws:sqs"
    assert record["attributes"] == {
        "ApproximateReceiveCount": "1",
        "SentTimestamp": str(int(NOON.timestamp() * 1000)),
        "MessageGroupId": an_envelope(group="client").group,
        "MessageDeduplicationId": an_envelope().deduplication_id,
    }
    json.dumps(record)
