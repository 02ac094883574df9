"""Remove from the SQLite file what has expired, in small transactions between which others write."""

import json
import sqlite3
from collections.abc import Callable
from datetime import datetime
from math import inf

from chalicelib.engine.sqlite.database import Database
from chalicelib.engine.sqlite.queue import UNREADABLE
from chalicelib.entry import Status
from chalicelib.retention import Retention

BATCH = 50
"""A webhook that comes in meanwhile waits for one batch at most: some milliseconds."""

Removal = Callable[[sqlite3.Connection], int]
"""Removes at most a batch of something, and returns how much it was."""


def expire(database: Database, retention: Retention, now: datetime) -> int:
    """Remove what has expired by now, without a trace in the file, and return how many things that were.

    An open entry stays, and so do the documents that were changed since it came in: it may rely on them.
    """
    personal = (now - retention.personal_data).timestamp()
    ids = (now - retention.ids).timestamp()
    removed = sum(
        _all_batches(database, removal)
        for removal in (
            lambda connection: _bury_entries(connection, personal),
            lambda connection: _remove_documents(connection, personal),
            lambda connection: _remove_unreadable(connection, personal),
            lambda connection: _remove_tombstones(connection, ids),
        )
    )
    if removed:
        # What was overwritten in the file still stands in the log.
        database.read().execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return removed


def _all_batches(database: Database, removal: Removal) -> int:
    removed = 0
    while batch := database.write(removal):
        removed += batch
    return removed


def _bury_entries(connection: sqlite3.Connection, before: float) -> int:
    """Of a closed entry only the id stays, with what tells a repeat from another content."""
    rows = connection.execute(
        "SELECT id, source, received_at, state FROM entry WHERE received_at <= ? AND status != ? LIMIT ?",
        (before, Status.OPEN, BATCH),
    ).fetchall()
    connection.executemany(
        "INSERT OR IGNORE INTO tombstone (id, content_id, source, received_at) VALUES (?, ?, ?, ?)",
        [
            (entry_id, json.loads(state)["content_id"], source, received_at)
            for entry_id, source, received_at, state in rows
        ],
    )
    connection.executemany("DELETE FROM entry WHERE id = ?", [row[:1] for row in rows])
    return len(rows)


def _remove_documents(connection: sqlite3.Connection, before: float) -> int:
    (oldest_open,) = connection.execute(
        "SELECT min(received_at) FROM entry WHERE status = ?", (Status.OPEN,)
    ).fetchone()
    return connection.execute(
        "DELETE FROM document WHERE key IN"
        " (SELECT key FROM document WHERE expiring_since <= ? AND expiring_since < ? LIMIT ?)",
        (before, inf if oldest_open is None else oldest_open, BATCH),
    ).rowcount


def _remove_unreadable(connection: sqlite3.Connection, before: float) -> int:
    """Messages that this version could not read, and that no other version came to read."""
    return connection.execute(
        # They had a place in line when they were tried: with that, an index leads to them.
        "DELETE FROM message WHERE sequence IN (SELECT sequence FROM message"
        " WHERE queue IN (?, ?) AND is_head IS NOT NULL AND sent_at <= ? LIMIT ?)",
        (f"work{UNREADABLE}", f"notify{UNREADABLE}", before, BATCH),
    ).rowcount


def _remove_tombstones(connection: sqlite3.Connection, before: float) -> int:
    return connection.execute(
        "DELETE FROM tombstone WHERE id IN (SELECT id FROM tombstone WHERE received_at <= ? LIMIT ?)",
        (before, BATCH),
    ).rowcount
