"""Timers in an SQLite table. Implements ``engine.port.Timers``."""

from datetime import UTC, datetime

from chalicelib.engine.port import Timer
from chalicelib.engine.sqlite.database import Database
from chalicelib.gate.envelope import Envelope


class SqliteTimers:
    """The timers of one machine."""

    def __init__(self, database: Database) -> None:
        """Keep the timers in this file."""
        self._database = database

    def set(self, timer: Timer) -> None:
        """See the port."""
        row = (
            timer.envelope.id,
            timer.due_at.timestamp(),
            timer.envelope.webhook.received_at.timestamp(),
            timer.queue,
            timer.envelope.to_json(),
        )
        self._database.write(
            lambda connection: connection.execute(
                "INSERT OR REPLACE INTO timer (id, due_at, received_at, queue, envelope)"
                " VALUES (?, ?, ?, ?, ?)",
                row,
            )
        )

    def due(self, now: datetime, limit: int) -> list[Timer]:
        """See the port."""
        rows = self._database.read().execute(
            "SELECT due_at, queue, envelope FROM timer WHERE due_at <= ?"
            " ORDER BY due_at, received_at LIMIT ?",
            (now.timestamp(), limit),
        )
        return [
            Timer(datetime.fromtimestamp(due_at, UTC), queue, Envelope.from_json(envelope))
            for due_at, queue, envelope in rows
        ]

    def remove(self, timer: Timer) -> None:
        """See the port."""
        self._database.write(
            lambda connection: connection.execute(
                "DELETE FROM timer WHERE id = ? AND due_at = ?",
                (timer.envelope.id, timer.due_at.timestamp()),
            )
        )
