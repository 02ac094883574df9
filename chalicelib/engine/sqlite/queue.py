"""A queue with the semantics of SQS FIFO in an SQLite table.

Only the first message of a group, its head, can be handed out. While it is invisible, the group waits.
"""

import logging
import secrets
import sqlite3
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from chalicelib.clock import Clock
from chalicelib.engine.port import Depth, Message
from chalicelib.engine.sqlite.database import Database
from chalicelib.gate.envelope import Envelope

DEDUPLICATION_SPAN = timedelta(minutes=5)
"""As long as SQS FIFO remembers a deduplication id. The journal remembers for good."""

TIDY_EVERY_SECONDS = 60.0
"""How often expired deduplication ids are taken out. Until then they have no effect."""

POLL_SECONDS = 0.25
"""How often we look for what another process put, such as ``leadkeeper replay``."""

UNREADABLE = "-unreadable"
"""After a queue's name: the queue of what it could not read."""

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
        self._tidy_at = 0.0

    def put(self, envelope: Envelope) -> None:
        """See the port."""
        self._database.write(self._insertion(envelope))
        self._announce()

    async def put_async(self, envelope: Envelope) -> None:
        """The same without holding up the thread."""
        await self._database.write_async(self._insertion(envelope))
        self._announce()

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

    def _insertion(self, envelope: Envelope) -> Callable[[sqlite3.Connection], None]:
        """All that can be worked out before the file is locked."""
        deduplication_id, body, now = envelope.deduplication_id, envelope.to_json(), self._clock().timestamp()
        return lambda connection: self._insert(connection, envelope.group, deduplication_id, body, now)

    def _insert(
        self, connection: sqlite3.Connection, group: str, deduplication_id: str, body: str, now: float
    ) -> None:
        if now >= self._tidy_at:
            connection.execute("DELETE FROM deduplication WHERE expires_at <= ?", (now,))
            self._tidy_at = now + TIDY_EVERY_SECONDS
        fresh = connection.execute(
            "INSERT INTO deduplication (queue, id, expires_at) VALUES (?, ?, ?) ON CONFLICT DO UPDATE"
            " SET expires_at = excluded.expires_at WHERE expires_at <= ?",
            (self._name, deduplication_id, now + DEDUPLICATION_SPAN.total_seconds(), now),
        ).rowcount
        if not fresh:
            return
        connection.execute(
            "INSERT INTO message (queue, group_id, is_head, visible_at, sent_at, body) VALUES (?, ?,"
            " NOT EXISTS (SELECT 1 FROM message WHERE queue = ? AND group_id = ?), ?, ?, ?)",
            (self._name, group, self._name, group, now, now, body),
        )

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
