"""A queue with the semantics of SQS FIFO in an SQLite table.

Only the first message of a group, its head, can be handed out. While it is invisible, the group waits. What
was put gets its place in line when a worker asks for messages, or is done with one: whoever puts it waits for
one row at the end of a table, and for no look at its group.
"""

import asyncio
import logging
import secrets
import sqlite3
import threading
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import cache, partial
from itertools import chain
from typing import NamedTuple

from chalicelib.clock import Clock
from chalicelib.engine.port import Depth, Message
from chalicelib.engine.sqlite.database import Database
from chalicelib.engine.sqlite.repeats import SPAN, Repeats
from chalicelib.engine.sqlite.turns import Turns
from chalicelib.gate.envelope import Envelope

POLL_SECONDS = 0.25
"""How often we look for what another process put, such as ``leadkeeper replay``."""

UNREADABLE = "-unreadable"
"""After a queue's name: the queue of what it could not read."""

LINED_UP_AT_ONCE = 16
"""So many get their place each time that a message is asked for or is done: more than come in between, on
average, and few enough that who wants to write meanwhile does not wait for long."""

INSERTION = "INSERT INTO message (queue, group_id, deduplication_id, visible_at, sent_at, body) VALUES "
ROW = "(?, ?, ?, ?, ?, ?)"
ROWS_AT_ONCE = 64
"""In one statement. SQLite does it without Python, which goes on receiving meanwhile."""

REPEAT = """
DELETE FROM message WHERE sequence = ?1 AND EXISTS (
    SELECT 1 FROM message AS other WHERE other.queue = message.queue AND other.group_id = message.group_id
    AND other.is_head IS NOT NULL AND other.deduplication_id = message.deduplication_id
    AND other.sent_at > message.sent_at - ?2)
"""
PLACE = """
UPDATE message SET is_head = NOT EXISTS (
    SELECT 1 FROM message AS other WHERE other.queue = message.queue AND other.group_id = message.group_id
    AND other.is_head IS NOT NULL)
WHERE sequence = ?
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
        self._turns = Turns(self._insert_soon)

    def put(self, envelope: Envelope) -> None:
        """See the port."""
        arrival = self._arrival_of(envelope)
        if arrival is not None:
            self._database.write(partial(_insert, [arrival]))
            self._taken(arrival)

    async def put_async(self, envelope: Envelope) -> None:
        """The same without holding up the thread."""
        arrival = self._arrival_of(envelope)
        if arrival is not None:
            await self._turns.put(arrival)
            self._taken(arrival)

    def receive(self, wait: timedelta = timedelta()) -> Message | None:
        """See the port."""
        deadline = time.monotonic() + wait.total_seconds()
        while True:
            # It may be that of the first to be lined up none can be handed out, but the next one can.
            while self._has_visible():
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

    def _arrival_of(self, envelope: Envelope) -> "_Arrival | None":
        """All that can be worked out before the file is locked; None for a repeat."""
        now, deduplication_id = self._clock().timestamp(), envelope.deduplication_id
        if self._repeats.knows(deduplication_id, now):
            return None
        return _Arrival(self._name, envelope.group, deduplication_id, now, now, envelope.to_json())

    def _insert_soon(self, arrivals: Sequence["_Arrival"], waiting: Sequence[asyncio.Future[None]]) -> None:
        self._database.write_soon(partial(_insert, arrivals), waiting)

    def _taken(self, arrival: "_Arrival") -> None:
        # Only once it is on disk: until then who sends it again must wait, and hear how it went.
        self._repeats.add(arrival.deduplication_id, arrival.sent_at)
        self._announce()

    def _has_visible(self) -> bool:
        """Whether there may be something to take: what has no place in line yet counts."""
        row = (
            self._database.read()
            .execute(
                "SELECT 1 FROM message WHERE queue = ?1 AND is_head IS NULL UNION ALL"
                " SELECT 1 FROM message WHERE queue = ?1 AND is_head = 1 AND visible_at <= ?2 LIMIT 1",
                (self._name, self._clock().timestamp()),
            )
            .fetchone()
        )
        return row is not None

    def _take(self, connection: sqlite3.Connection) -> Message | None:
        self._line_up(connection)
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

    def _line_up(self, connection: sqlite3.Connection) -> None:
        """Give what arrived first its place: as the head if its group is empty, none to a repeat."""
        arrived = connection.execute(
            "SELECT sequence FROM message WHERE queue = ? AND is_head IS NULL ORDER BY sequence LIMIT ?",
            (self._name, LINED_UP_AT_ONCE),
        ).fetchall()
        for (sequence,) in arrived:
            connection.execute(REPEAT, (sequence, SPAN.total_seconds()))
            connection.execute(PLACE, (sequence,))

    def _remove(self, connection: sqlite3.Connection, receipt: str) -> None:
        # While this one is there, its repeats are known for what they are.
        self._line_up(connection)
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
            " (SELECT min(sequence) FROM message"
            " WHERE queue = ? AND group_id = ? AND is_head IS NOT NULL)",
            (self._name, group),
        )


class _Arrival(NamedTuple):
    """A message that is to be put: the values of a ``ROW``."""

    queue: str
    group: str
    deduplication_id: str
    visible_at: float
    sent_at: float
    body: str


def _insert(arrivals: Sequence[_Arrival], connection: sqlite3.Connection) -> None:
    for first in range(0, len(arrivals), ROWS_AT_ONCE):
        rows = arrivals[first : first + ROWS_AT_ONCE]
        connection.execute(_insertion_of(len(rows)), tuple(chain.from_iterable(rows)))


@cache
def _insertion_of(count: int) -> str:
    return INSERTION + ", ".join([ROW] * count)


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
