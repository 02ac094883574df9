"""One SQLite file: one writer thread with group commit, and a reading connection for each thread."""

import queue
import sqlite3
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar

from chalicelib.engine.sqlite.schema import migrate
from chalicelib.errors import ConfigurationError

Result = TypeVar("Result")
Job = tuple[Callable[[sqlite3.Connection], Any], "Future[Any]"]

MAX_BATCH = 256
BUSY_TIMEOUT_SECONDS = 10
BUSY_POLL_SECONDS = 0.01
JOURNAL_BYTES = 8 * 1024 * 1024
"""To this the log is cut again after it had to grow, such as during a backup."""


class Database:
    """The file behind the SQLite engine. Safe to use from many threads, and beside other processes."""

    def __init__(self, path: Path) -> None:
        """Open the file, making it if needed.

        Raises:
            ConfigurationError: the folder cannot be written, or a newer version made the file.
        """
        self._path = path
        self._jobs: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        self._local = threading.local()
        self._readers: list[sqlite3.Connection] = []
        self._readers_lock = threading.Lock()
        try:
            # It holds personal data: for nobody else on this machine.
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            path.touch(mode=0o600)
            self._writer = self._connect()
        except (OSError, sqlite3.Error) as error:
            raise _unusable(path, error) from None
        try:
            migrate(self._writer, path)
        except sqlite3.Error as error:
            self._writer.close()
            raise _unusable(path, error) from None
        except ConfigurationError:
            self._writer.close()
            raise
        self._thread = threading.Thread(target=self._run, name="sqlite-writer", daemon=True)
        self._thread.start()

    def write(self, operation: Callable[[sqlite3.Connection], Result]) -> Result:
        """Run an operation in a transaction; return once it is on disk. Its exception is raised here."""
        future: Future[Result] = Future()
        self._jobs.put((operation, future))
        return future.result()

    def read(self) -> sqlite3.Connection:
        """This thread's own connection for reading."""
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if connection is None:
            connection = self._connect()
            connection.execute("PRAGMA query_only = 1")
            self._local.connection = connection
            with self._readers_lock:
                self._readers.append(connection)
        return connection

    def close(self) -> None:
        """Finish what was given to write, and close the file. Nobody may use it from now on."""
        self._jobs.put(None)
        self._thread.join()
        self._writer.close()
        with self._readers_lock:
            for connection in self._readers:
                connection.close()

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(
            self._path, timeout=BUSY_TIMEOUT_SECONDS, isolation_level=None, check_same_thread=False
        )
        try:
            _use_write_ahead_log(connection)
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute(f"PRAGMA journal_size_limit = {JOURNAL_BYTES}")
            # What is deleted is personal data more often than not: no trace of it may stay in the file.
            connection.execute("PRAGMA secure_delete = ON")
        except sqlite3.Error:
            connection.close()
            raise
        return connection

    def _run(self) -> None:
        while True:
            batch, stopped = self._next_batch()
            if batch:
                self._commit(batch)
            if stopped:
                return

    def _next_batch(self) -> tuple[list[Job], bool]:
        """What waits to be written: at least one job, and whatever came in meanwhile."""
        first = self._jobs.get()
        if first is None:
            return [], True
        batch = [first]
        with suppress(queue.Empty):
            while len(batch) < MAX_BATCH:
                job = self._jobs.get_nowait()
                if job is None:
                    return batch, True
                batch.append(job)
        return batch, False

    def _commit(self, batch: list[Job]) -> None:
        """Run all jobs in one transaction; each can fail alone."""
        outcomes: list[tuple[Future[Any], Any, Exception | None]] = []
        try:
            self._writer.execute("BEGIN IMMEDIATE")
            outcomes.extend(self._attempt(job) for job in batch)
            self._writer.execute("COMMIT")
        except sqlite3.Error as error:
            with suppress(sqlite3.Error):
                self._writer.execute("ROLLBACK")
            outcomes = [(future, None, error) for _, future in batch]
        for future, result, failure in outcomes:
            if failure is None:
                future.set_result(result)
            else:
                future.set_exception(failure)

    def _attempt(self, job: Job) -> tuple["Future[Any]", Any, Exception | None]:
        operation, future = job
        self._writer.execute("SAVEPOINT job")
        try:
            result = operation(self._writer)
        except Exception as error:  # noqa: BLE001 -- whatever it is, it belongs to the one who asked
            self._writer.execute("ROLLBACK TO job")
            self._writer.execute("RELEASE job")
            return future, None, error
        self._writer.execute("RELEASE job")
        return future, result, None


def _use_write_ahead_log(connection: sqlite3.Connection) -> None:
    """Several may open a new file at once, and SQLite itself does not wait for this change's lock."""
    deadline = time.monotonic() + BUSY_TIMEOUT_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
            time.sleep(BUSY_POLL_SECONDS)
        else:
            return


def _unusable(path: Path, error: Exception) -> ConfigurationError:
    """It cannot be made or written, or it is something else than our database."""
    return ConfigurationError(
        "DATA", f"{path} cannot be used: {error}", "Choose a folder that can be written"
    )
