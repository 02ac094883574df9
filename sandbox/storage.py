"""Where a world can outlive its process."""

import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

from sandbox.documents import Document


class Store(Protocol):
    """Keeps JSON objects by kind and key."""

    def load(self, kind: str) -> Iterator[tuple[int, Document]]:
        """All objects of a kind in ascending order of their keys."""
        ...

    def save(self, kind: str, key: int, document: Document) -> None:
        """Keep an object, or its new state."""
        ...

    def remove(self, kind: str, key: int) -> None:
        """Forget an object."""
        ...

    def clear(self) -> None:
        """Forget everything."""
        ...


class SqliteStore:
    """A store in one SQLite file. It survives a restart, not a power cut: it is a pretend world."""

    def __init__(self, path: Path) -> None:
        """Open or create the file."""
        # The sandbox's own lock keeps threads apart.
        self._connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._connection.execute("PRAGMA journal_mode=WAL")
        self._connection.execute("PRAGMA synchronous=OFF")
        self._connection.execute(
            "CREATE TABLE IF NOT EXISTS objects"
            " (kind TEXT, key INTEGER, document TEXT, PRIMARY KEY (kind, key)) WITHOUT ROWID"
        )

    def load(self, kind: str) -> Iterator[tuple[int, Document]]:
        """All objects of a kind in ascending order of their keys."""
        rows = self._connection.execute(
            "SELECT key, document FROM objects WHERE kind = ? ORDER BY key", (kind,)
        )
        for key, text in rows.fetchall():
            yield key, json.loads(text)

    def save(self, kind: str, key: int, document: Document) -> None:
        """Keep an object, or its new state."""
        self._connection.execute(
            "INSERT OR REPLACE INTO objects VALUES (?, ?, ?)",
            (kind, key, json.dumps(document, ensure_ascii=False)),
        )

    def remove(self, kind: str, key: int) -> None:
        """Forget an object."""
        self._connection.execute("DELETE FROM objects WHERE kind = ? AND key = ?", (kind, key))

    def clear(self) -> None:
        """Forget everything."""
        self._connection.execute("DELETE FROM objects")

    def close(self) -> None:
        """Close the file."""
        self._connection.close()
