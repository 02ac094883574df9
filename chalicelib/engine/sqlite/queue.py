"""A queue with the semantics of SQS FIFO in an SQLite table.

Only the first message of a group, its head, can be handed out. While it is invisible, the group waits.
"""

import logging
import secrets
import sqlite3
import threading
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from chalicelib.clock import Clock
from chalicelib.engine.port import Depth, Message
from chalicelib.engine.sqlite.database import Database
from chalicelib.engine.sqlite.repeats import SPAN, Repeats
from chalicelib.gate.envelope import Envelope

POLL_SECONDS = 0.25
"""How often we look for what another process put, such as ``leadkeeper replay``."""

UNREADABLE = "-unreadable"
"""After a queue's name: the queue of what it could not read."""

INSERTION = """
INSERT INTO message (queue, group_id, deduplication_id, is_head, visible_at, sent_at, body)
SELECT ?1, ?2, ?3,
       NOT EXISTS (SELECT 1 FROM message WHERE queue = ?1 AND group_id = ?2), ?4, ?4, ?5
WHERE NOT EXISTS (SELECT 1 FROM message WHERE queue = ?1 AND group_id = ?2
                  AND deduplication_id = ?3 AND sent_at > ?4 - ?6)
"""

log = logging.getLogger(__name__)


class SqliteQueue:
    """One of the queues in the file. Implements ``engine.port.Queue``."""

    def __init__(self, database: Database, name: str, visibility: timedelta, clock: Clock) -> None:
        """Hand out each message for ``visibility``."""
        self._database = database
        self._name = name
        self.visibility = visibility
        self._clock = clock
        self._arrival = threading.Condition()
        self._repeats = Repeats()

    def put(self, envelope: Envelope) -> None:
        """See the port."""
        put = self._put_of(envelope)
        if put is not None:
            self._database.write(put.insert)
            self._taken(put)

    async def put_async(self, envelope: Envelope) -> None:
        """The same without holding up the thread."""
        put = self._put_of(envelope)
        if put is not None:
            await self._database.write_async(put.insert)
            self._taken(put)

    def receive(self, wait: timedelta = timedelta()) -> Message | None:
        """See the port."""
        deadline = time.monotonic() + wait.total_seconds()
        while True:
            if self._has_visible():
                message = self._database.write(self._take)
                if message is not None:
                    return message
            left = deadline - time.monotonic()
            if left <= 0:
                return None
            with self._arrival:
                self._arrival.wait(min(left, POLL_SECONDS))

    def done(self, receipt: str) -> None:
        """See the port."""
        self._database.write(lambda connection: self._remove(connection, receipt))
        self._announce()

    def retry_after(self, receipt: str, delay: timedelta) -> None:
        """See the port."""
        visible_at = (self._clock() + delay).timestamp()
        self._database.write(
            lambda connection: connection.execute(
                "UPDATE message SET visible_at = ?, receipt = '' WHERE sequence = ? AND receipt = ?",
                (visible_at, _sequence(receipt), receipt),
            )
        )

    def depth(self) -> Depth:
        """See the port."""
        count, oldest = (
            self._database.read()
            .execute("SELECT count(*), min(sent_at) FROM message WHERE queue = ?", (self._name,))
            .fetchone()
        )
        return Depth(count, None if oldest is None else _moment(oldest))

    def _announce(self) -> None:
        with self._arrival:
            self._arrival.notify()

    def _put_of(self, envelope: Envelope) -> "_Put | None":
        """All that can be worked out before the file is locked; None for a repeat."""
        now, deduplication_id = self._clock().timestamp(), envelope.deduplication_id
        if self._repeats.knows(deduplication_id, now):
            return None
        return _Put(self._name, envelope.group, envelope.to_json(), deduplication_id, now)

    def _taken(self, put: "_Put") -> None:
        # Only once it is on disk: until then who sends it again must wait, and hear how it went.
        self._repeats.add(put.deduplication_id, put.now)
        self._announce()

    def _has_visible(self) -> bool:
        now = self._clock().timestamp()
        row = (
            self._database.read()
            .execute(
                "SELECT 1 FROM message WHERE queue = ? AND is_head = 1 AND visible_at <= ? LIMIT 1",
                (self._name, now),
            )
            .fetchone()
        )
        return row is not None

    def _take(self, connection: sqlite3.Connection) -> Message | None:
        now = self._clock()
        row = connection.execute(
            "SELECT sequence, group_id, body, receive_count, sent_at FROM message"
            " WHERE queue = ? AND is_head = 1 AND visible_at <= ? ORDER BY visible_at, sequence LIMIT 1",
            (self._name, now.timestamp()),
        ).fetchone()
        if row is None:
            return None
        sequence, group, body, receive_count, sent_at = row
        try:
            envelope = Envelope.from_json(body)
        except (ValueError, KeyError):
            # Another version wrote it. It stays in the file, and everybody else goes on.
            log.critical("a message cannot be read", extra={"sequence": sequence})
            connection.execute(
                "UPDATE message SET queue = ?, is_head = 0 WHERE sequence = ?",
                (self._name + UNREADABLE, sequence),
            )
            self._promote(connection, group)
            return None
        receipt = f"{sequence}.{secrets.token_hex(8)}"
        connection.execute(
            "UPDATE message SET visible_at = ?, receipt = ?, receive_count = receive_count + 1"
            " WHERE sequence = ?",
            ((now + self.visibility).timestamp(), receipt, sequence),
        )
        return Message(
            envelope=envelope,
            receipt=receipt,
            receive_count=receive_count + 1,
            sent_at=_moment(sent_at),
        )

    def _remove(self, connection: sqlite3.Connection, receipt: str) -> None:
        row = connection.execute(
            "DELETE FROM message WHERE sequence = ? AND receipt = ? RETURNING group_id",
            (_sequence(receipt), receipt),
        ).fetchone()
        if row is not None:
            self._promote(connection, row[0])

    def _promote(self, connection: sqlite3.Connection, group: str) -> None:
        """Make the group's first message its head."""
        connection.execute(
            "UPDATE message SET is_head = 1 WHERE sequence ="
            " (SELECT min(sequence) FROM message WHERE queue = ? AND group_id = ?)",
            (self._name, group),
        )


@dataclass(frozen=True, slots=True)
class _Put:
    """A message that is to be put."""

    queue: str
    group: str
    body: str
    deduplication_id: str
    now: float

    def insert(self, connection: sqlite3.Connection) -> None:
        """Unless it waits already, or is handed out: as the head if its group is empty."""
        values = (self.queue, self.group, self.deduplication_id, self.now, self.body, SPAN.total_seconds())
        connection.execute(INSERTION, values)


def _moment(timestamp: float) -> datetime:
    return datetime.fromtimestamp(timestamp, UTC)


def _sequence(receipt: str) -> int:
    return int(receipt.split(".", maxsplit=1)[0])


def take_back(database: Database, now: datetime) -> None:
    """Show again what a process handed out that is dead now, without waiting for its time-out."""
    database.write(
        lambda connection: connection.execute(
            "UPDATE message SET visible_at = ?, receipt = '' WHERE receipt != ''", (now.timestamp(),)
        )
    )
