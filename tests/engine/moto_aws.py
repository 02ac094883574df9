"""moto in process, with its FIFO queues mended where they differ from SQS.

What the contract needs of SQS, and moto does otherwise:

* It reads the machine's clock. Here the test's clock goes, a microsecond further at each look, because
  moto shows a message only *after* the moment when its visibility time is over.
* It forgets a deduplication id with the message. SQS keeps it for 5 minutes, also when the message is done.
* It takes every receipt that a message ever had. A FIFO queue takes the last one.
* It lets two threads in at once, so that both can be given one message, or pass one condition.

And it spends a quarter of its time on spelling the same few names in another way.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import cache
from threading import RLock
from typing import Any
from unittest.mock import patch

import moto.core.utils
import moto.sqs.models
from moto import mock_aws
from moto.core.botocore_stubber import BotocoreStubber
from moto.core.utils import camelcase_to_underscores
from moto.sqs.models import Message, Queue

from chalicelib.clock import Clock
from chalicelib.engine.port import Engine
from sandbox.clock import SteppedClock
from tests.engine.aws_cloud import Cloud, client_in_process

DEDUPLICATION_MILLISECONDS = 300_000
TICK = timedelta(microseconds=1)


class MotoCloud(Cloud):
    """AWS in this process, on the test's clock."""

    def __init__(self) -> None:
        super().__init__(client_in_process)
        self.clock: Clock = SteppedClock()
        self._ticks = 0

    def engine(self, name: str, clock: Clock, *, watched: bool = False) -> Engine:
        self.clock = clock
        return super().engine(name, clock, watched=watched)

    def utcnow(self) -> datetime:
        self._ticks += 1
        return self.clock().replace(tzinfo=None) + self._ticks * TICK


@contextmanager
def moto_cloud() -> Iterator[MotoCloud]:
    with mock_aws():
        cloud = MotoCloud()
        with (
            patch.object(moto.core.utils, "utcnow", cloud.utcnow),
            patch.object(Queue, "add_message", _remembering(Queue.add_message)),
            patch.object(Message, "had_receipt_handle", _has_receipt),
            patch.object(moto.sqs.models, "camelcase_to_underscores", cache(camelcase_to_underscores)),
            patch.object(BotocoreStubber, "process_request", _one_by_one(BotocoreStubber.process_request)),
        ):
            yield cloud


def _remembering(add: Callable[[Queue, Message], None]) -> Callable[[Queue, Message], None]:
    memory: dict[tuple[str, str | None], int] = {}

    def add_message(queue: Queue, message: Message) -> None:
        key = (queue.name, message.deduplication_id)
        sent = int(message.sent_timestamp or 0)
        if key in memory and sent - memory[key] < DEDUPLICATION_MILLISECONDS:
            return
        memory[key] = sent
        add(queue, message)

    return add_message


def _has_receipt(message: Message, receipt_handle: str) -> bool:
    return message.receipt_handle == receipt_handle


def _one_by_one(process: Callable[..., Any]) -> Callable[..., Any]:
    lock = RLock()

    def process_request(stubber: BotocoreStubber, request: Any) -> Any:
        with lock:
            return process(stubber, request)

    return process_request
