"""Documents in an SQLite table. Implements ``engine.port.Documents``."""

import json
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import replace

from chalicelib.clock import Clock
from chalicelib.engine.port import Document, VersionConflict
from chalicelib.engine.sqlite.database import Database
from chalicelib.memory import is_personal


class SqliteDocuments:
    """The documents of one machine."""

    def __init__(self, database: Database, clock: Clock) -> None:
        """Keep the documents in this file."""
        self._database = database
        self._clock = clock

    def get(self, key: str) -> Document:
        """See the port."""
        row = (
            self._database.read()
            .execute("SELECT content, version FROM document WHERE key = ?", (key,))
            .fetchone()
        )
        return Document(key, json.loads(row[0]), row[1]) if row else Document(key, {}, 0)

    def get_many(self, keys: Sequence[str]) -> Mapping[str, Document]:
        """See the port."""
        found = {key: Document(key, {}, 0) for key in keys}
        rows = self._database.read().execute(
            "SELECT key, content, version FROM document WHERE key IN (SELECT value FROM json_each(?))",
            (json.dumps(list(found)),),
        )
        return {
            **found,
            **{key: Document(key, json.loads(content), version) for key, content, version in rows},
        }

    def put(self, document: Document) -> Document:
        """See the port."""
        content = json.dumps(dict(document.content), ensure_ascii=False)
        expiring_since = self._clock().timestamp() if is_personal(document.key) else None

        def store(connection: sqlite3.Connection) -> None:
            if document.version == 0:
                changed = connection.execute(
                    "INSERT OR IGNORE INTO document (key, version, content, expiring_since)"
                    " VALUES (?, 1, ?, ?)",
                    (document.key, content, expiring_since),
                ).rowcount
            else:
                changed = connection.execute(
                    "UPDATE document SET content = ?, expiring_since = ?, version = version + 1"
                    " WHERE key = ? AND version = ?",
                    (content, expiring_since, document.key, document.version),
                ).rowcount
            if not changed:
                raise VersionConflict(document.key)

        self._database.write(store)
        return replace(document, version=document.version + 1)
