"""Timers in the DynamoDB table. Implements ``engine.port.Timers``."""

from datetime import datetime

from chalicelib.engine.aws.client import Client
from chalicelib.engine.aws.packing import PARTITION_DIGITS, packed, sortable, unpacked
from chalicelib.engine.aws.table import MAX_BATCH, Item, Key, Table, key_of
from chalicelib.engine.port import QueueName, Timer
from chalicelib.gate.envelope import Envelope

STATUS = "timer"
"""By which the index lists them beside the entries of each status."""


class DynamoTimers:
    """The timers of AWS."""

    def __init__(self, client: Client, table_name: str) -> None:
        """Keep the timers in this table."""
        self._table = Table(client, table_name)

    def set(self, timer: Timer) -> None:
        """See the port."""
        pk, sk = _key(timer)
        self._table.put(
            {
                "pk": pk,
                "sk": sk,
                "status": STATUS,
                "received_at": _order(timer),
                "due_at": timer.due_at.isoformat(),
                "queue": timer.queue,
                "envelope": packed(timer.envelope.to_json()),
            }
        )

    def due(self, now: datetime, limit: int) -> list[Timer]:
        """See the port. One that was set just now may be missing for a moment; 100 at most."""
        keys = [key_of(item) for item in self._table.oldest(STATUS, sortable(now), min(limit, MAX_BATCH))]
        timers = [_timer(item) for item in self._table.get_many(keys)]
        # The index may show a timer as it was before it was set to another moment.
        return [timer for timer in timers if timer.due_at <= now]

    def remove(self, timer: Timer) -> None:
        """See the port."""
        self._table.delete_if(_key(timer), "received_at", _order(timer))


def _timer(item: Item) -> Timer:
    queue: QueueName = "work" if item["queue"] == "work" else "notify"
    due_at = datetime.fromisoformat(str(item["due_at"]))
    return Timer(due_at, queue, Envelope.from_json(unpacked(item["envelope"])))


def _order(timer: Timer) -> str:
    """Texts that sort as the timers are to be fired."""
    return f"{sortable(timer.due_at)}#{sortable(timer.envelope.webhook.received_at)}#{timer.envelope.id}"


def _key(timer: Timer) -> Key:
    return timer.envelope.id[:PARTITION_DIGITS], f"timer#{timer.envelope.id}"
