"""The journal in an SQLite table. Implements ``engine.port.Journal``."""

import heapq
import json
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from itertools import islice
from math import inf

from chalicelib.engine.port import Page, Place, VersionConflict
from chalicelib.engine.sqlite.database import Database
from chalicelib.entry import Entry, Status
from chalicelib.gate.envelope import Envelope

MAX_FOUND = 10
PAGE = 100
MOST_LOOKED_AT = 5000
"""Entries that a page of a source that few of them have is looked for among."""

TOMBSTONES = "SELECT id, source, content_id, received_at FROM tombstone"


class SqliteJournal:
    """The journal of one machine."""

    def __init__(self, database: Database) -> None:
        """Keep the journal in this file."""
        self._database = database

    def open(self, envelope: Envelope, now: datetime) -> Entry:
        """See the port."""
        return self.get(envelope.id) or self._database.write(
            lambda connection: _insert(connection, envelope, now)
        )

    def save(self, entry: Entry) -> Entry:
        """See the port."""
        saved = entry.model_copy(update={"version": entry.version + 1})
        state = saved.model_dump_json()

        def update(connection: sqlite3.Connection) -> None:
            changed = connection.execute(
                "UPDATE entry SET status = ?, version = ?, state = ? WHERE id = ? AND version = ?",
                (saved.status, saved.version, state, entry.id, entry.version),
            ).rowcount
            if not changed:
                raise VersionConflict(entry.id)

        self._database.write(update)
        return saved

    def get(self, entry_id: str) -> Entry | None:
        """See the port."""
        return _select(self._database.read(), entry_id)

    def known(self, entry_ids: Sequence[str]) -> frozenset[str]:
        """See the port."""
        # As JSON, because a statement takes a limited number of values.
        rows = self._database.read().execute(
            "SELECT value FROM json_each(?) WHERE value IN (SELECT id FROM entry)"
            " OR value IN (SELECT id FROM tombstone)",
            (json.dumps(list(entry_ids)),),
        )
        return frozenset(entry_id for (entry_id,) in rows)

    def find(self, prefix: str) -> list[Entry]:
        """See the port."""
        connection, span = self._database.read(), (prefix, prefix + "~", MAX_FOUND)
        entries = connection.execute("SELECT state FROM entry WHERE id >= ? AND id < ? LIMIT ?", span)
        expired = connection.execute(f"{TOMBSTONES} WHERE id >= ? AND id < ? LIMIT ?", span)
        found = [*(Entry.model_validate_json(state) for (state,) in entries), *map(_expired, expired)]
        return found[:MAX_FOUND]

    def envelope(self, entry_id: str) -> Envelope | None:
        """See the port."""
        row = self._database.read().execute("SELECT envelope FROM entry WHERE id = ?", (entry_id,)).fetchone()
        return Envelope.from_json(row[0]) if row and row[0] else None

    def latest(
        self,
        statuses: Sequence[Status] = (),
        source: str = "",
        limit: int = 50,
        since: datetime | None = None,
    ) -> list[Entry]:
        """See the port."""
        wanted = list(statuses or Status)
        rows = self._database.read().execute(
            f"SELECT state FROM entry WHERE status IN ({','.join('?' * len(wanted))})"  # noqa: S608 -- only question marks are put in
            " AND received_at > ? AND (? = '' OR source = ?) ORDER BY received_at DESC, rowid DESC LIMIT ?",
            (*wanted, since.timestamp() if since else -inf, source, source, limit),
        )
        return [Entry.model_validate_json(state) for (state,) in rows]

    def page(
        self,
        statuses: Sequence[Status],
        source: str,
        since: datetime,
        before: Place,
        limit: int,
    ) -> Page:
        """See the port."""
        # For each status of its own, because an index has it in order.
        each = (_listed(self._database.read(), status, source, since, before) for status in statuses or ("",))
        found: list[Entry] = []
        looked_at = 0
        for received_at, entry_id, state in islice(heapq.merge(*each, reverse=True), MOST_LOOKED_AT):
            if state is not None and len(found) == limit:
                return Page(found, Place(found[-1].received_at, found[-1].id))
            if state is not None:
                found.append(Entry.model_validate_json(state))
            looked_at += 1
            last = Place(datetime.fromtimestamp(received_at, UTC), entry_id)
        return Page(found, last if looked_at == MOST_LOOKED_AT else None)

    def entries(self, entry_ids: Sequence[str]) -> list[Entry]:
        """See the port."""
        rows = self._database.read().execute(
            "SELECT id, state FROM entry WHERE id IN (SELECT value FROM json_each(?))",
            (json.dumps(list(entry_ids)),),
        )
        found = {entry_id: Entry.model_validate_json(state) for entry_id, state in rows}
        return [found[entry_id] for entry_id in dict.fromkeys(entry_ids) if entry_id in found]

    def received(
        self, status: Status, since: datetime, until: datetime, after_id: str = ""
    ) -> Iterator[Entry]:
        """See the port. Each page is a read of its own, so that none is held open while it is worked on."""
        place = (since.timestamp(), after_id)
        while True:
            rows = (
                self._database.read()
                .execute(
                    "SELECT received_at, id, state FROM entry WHERE status = ? AND received_at <= ?"
                    " AND received_at >= ? AND (received_at, id) > (?, ?)"
                    " ORDER BY received_at, id LIMIT ?",
                    (status, until.timestamp(), place[0], *place, PAGE),
                )
                .fetchall()
            )
            for _, _, state in rows:
                yield Entry.model_validate_json(state)
            if len(rows) < PAGE:
                return
            place = rows[-1][:2]

    def counts(self, statuses: Sequence[Status]) -> Mapping[Status, int]:
        """See the port."""
        connection = self._database.read()
        count = "SELECT count(*) FROM entry WHERE status = ?"
        return {status: connection.execute(count, (status,)).fetchone()[0] for status in statuses}


def _insert(connection: sqlite3.Connection, envelope: Envelope, now: datetime) -> Entry:
    existing = _select(connection, envelope.id)
    if existing is not None:
        return existing
    entry = Entry.opened(envelope, now)
    connection.execute(
        "INSERT INTO entry (id, source, status, received_at, version, state, envelope)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        (
            entry.id,
            entry.source,
            entry.status,
            entry.received_at.timestamp(),
            entry.version,
            entry.model_dump_json(),
            envelope.to_json(),
        ),
    )
    return entry


def _listed(
    connection: sqlite3.Connection, status: str, source: str, since: datetime, before: Place
) -> Iterator[tuple[float, str, str | None]]:
    """Moment and id of the entries with this status, newest first; with the state of those of the source."""
    return connection.execute(
        "SELECT received_at, id, CASE WHEN :source IN ('', source) THEN state END FROM entry"  # noqa: S608 -- nothing from outside is put in
        f" WHERE {'status = :status AND' if status else ''} received_at >= :since"
        " AND received_at <= :moment AND (received_at, id) < (:moment, :id)"
        " ORDER BY received_at DESC, id DESC LIMIT :most",
        {
            "source": source,
            "status": status,
            "since": since.timestamp(),
            "moment": before.received_at.timestamp(),
            "id": before.entry_id,
            "most": MOST_LOOKED_AT,
        },
    )


def _select(connection: sqlite3.Connection, entry_id: str) -> Entry | None:
    row = connection.execute("SELECT state FROM entry WHERE id = ?", (entry_id,)).fetchone()
    if row:
        return Entry.model_validate_json(row[0])
    tombstone = connection.execute(f"{TOMBSTONES} WHERE id = ?", (entry_id,)).fetchone()
    return _expired(tombstone) if tombstone else None


def _expired(tombstone: tuple[str, str, str, float]) -> Entry:
    entry_id, source, content_id, received_at = tombstone
    return Entry.expired(entry_id, source, content_id, datetime.fromtimestamp(received_at, UTC))
