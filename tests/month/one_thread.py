"""The data file for a program that only wants to get on."""

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from chalicelib.engine.sqlite.database import Database

Result = TypeVar("Result")


class OneThread(Database):
    """The data file without a thread of its own that writes, and without care for a power cut.

    Whether anything is lost in a crash is shown elsewhere; here hundreds of thousands of writes follow one
    another, and waiting for a thread would take most of the time.
    """

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self._writer.execute("PRAGMA synchronous = OFF")

    def write(self, operation: Callable[[sqlite3.Connection], Result]) -> Result:
        self._writer.execute("BEGIN IMMEDIATE")
        try:
            result = operation(self._writer)
        except Exception:
            self._writer.execute("ROLLBACK")
            raise
        self._writer.execute("COMMIT")
        return result

    def read(self) -> sqlite3.Connection:
        return self._writer
