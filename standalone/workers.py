"""Threads that do what Lambda's event source mappings do: hand messages to the functions."""

import logging
import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from chalicelib.engine.port import Message, Queue
from chalicelib.functions import TryAgain

WAIT = timedelta(seconds=1)
REST_SECONDS = 1.0
AFTER_CRASH = timedelta(seconds=5)

Handler = Callable[[dict[str, Any], object], object]
log = logging.getLogger(__name__)


class Workers:
    """Threads that drain one queue through one function."""

    def __init__(self, queue: Queue, handler: Handler, count: int, name: str) -> None:
        """Use ``count`` threads."""
        self._queue = queue
        self._handler = handler
        self._stopped = threading.Event()
        self._threads = [
            threading.Thread(target=self._run, name=f"{name}-{number}", daemon=True)
            for number in range(1, count + 1)
        ]

    def start(self) -> None:
        """Begin."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Finish what is in hand, and end."""
        self._stopped.set()
        for thread in self._threads:
            thread.join()

    @property
    def alive(self) -> bool:
        """True while each thread runs."""
        return all(thread.is_alive() for thread in self._threads)

    def _run(self) -> None:
        while not self._stopped.is_set():
            try:
                message = self._queue.receive(WAIT)
                if message is not None:
                    self._handle(message)
            except Exception:
                # Such as a full disk: the messages are safe, and the next look may succeed.
                log.exception("a worker rests")
                self._stopped.wait(REST_SECONDS)

    def _handle(self, message: Message) -> None:
        try:
            self._handler(sqs_event(message), None)
        except TryAgain:
            return
        except Exception:
            log.exception("a function failed", extra={"entry": message.envelope.id})
            self._put_back(message)
            return
        self._queue.done(message.receipt)

    def _put_back(self, message: Message) -> None:
        """On a full disk that fails, too. Nobody else gets the message meanwhile, so it is worth trying."""
        stops = False
        while not stops:
            try:
                self._queue.retry_after(message.receipt, AFTER_CRASH)
            except Exception:
                log.exception("a message cannot be put back", extra={"entry": message.envelope.id})
                stops = self._stopped.wait(REST_SECONDS)
            else:
                return


def sqs_event(message: Message) -> dict[str, Any]:
    """The event that Lambda would pass for this message."""
    return {
        "Records": [
            {
                "messageId": message.receipt,
                "receiptHandle": message.receipt,
                "body": message.envelope.to_json(),
                "attributes": {
                    "ApproximateReceiveCount": str(message.receive_count),
                    "SentTimestamp": str(int(message.sent_at.timestamp() * 1000)),
                    "MessageGroupId": message.envelope.group,
                    "MessageDeduplicationId": message.envelope.deduplication_id,
                },
                "eventSource": "aws:sqs",
            }
        ]
    }
