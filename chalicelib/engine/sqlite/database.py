"""One SQLite file: one writer thread with group commit, and a reading connection for each thread."""

import asyncio
import queue
import sqlite3
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Generic, TypeVar

from chalicelib.engine.sqlite.schema import migrate
from chalicelib.errors import ConfigurationError

Result = TypeVar("Result")

MAX_BATCH = 256
BUSY_TIMEOUT_SECONDS = 10
BUSY_POLL_SECONDS = 0.01
CACHE_BYTES = 8 * 1024 * 1024
JOURNAL_BYTES = 8 * 1024 * 1024
"""At this the log goes into the file, and to this it is cut again after it had to grow."""

PAGE_BYTES = 4096
CACHED_STATEMENTS = 256
"""For each connection: all that we use, one for each number of rows that come in at once among them."""

OF_STORAGE = frozenset(
    {
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_CORRUPT,
        sqlite3.SQLITE_NOTADB,
    }
)
ROOM_CHARACTERS = 32_000
PRIMARY_CODE = 0xFF
"""SQLite tells more in the other bits."""


class _Job(Generic[Result]):
    """Something to write, and who waits for it: a thread that wants to be released, or a loop's futures.

    A future of the standard library's pools for each, and threads that wait, cost three times as much.
    """

    __slots__ = ("_operation", "_release", "_result", "_waiting", "failure")

    def __init__(
        self,
        operation: Callable[[sqlite3.Connection], Result],
        release: Callable[[], None] | None = None,
        waiting: Sequence[asyncio.Future[None]] = (),
    ) -> None:
        self._operation = operation
        self._result: Result
        self._waiting = waiting
        self.failure: Exception | None = None
        self._release = release

    def run(self, connection: sqlite3.Connection) -> None:
        """Write, without an end to the transaction. What it raises is kept for ``result``."""
        connection.execute("SAVEPOINT job")
        try:
            self._result = self._operation(connection)
        except Exception as error:
            if not connection.in_transaction:
                # On a full disk SQLite undoes the whole transaction by itself.
                raise
            self.failure = error
            connection.execute("ROLLBACK TO job")
        connection.execute("RELEASE job")

    def fail(self, failure: Exception) -> None:
        """Nothing of it is on disk, for this reason."""
        self.failure = failure

    def result(self) -> Result:
        """What the operation gave, now that it is on disk. Its exception is raised here."""
        if self.failure is not None:
            raise self.failure
        return self._result

    def wake(self) -> None:
        """Tell everybody who waits how it went; a loop once, for that takes it out of its sleep."""
        if self._release is not None:
            self._release()
        if self._waiting:
            # A loop that was stopped by force has nobody left who waits.
            with suppress(RuntimeError):
                self._waiting[0].get_loop().call_soon_threadsafe(self._wake_loop)

    def _wake_loop(self) -> None:
        for future in self._waiting:
            if not future.done():
                if self.failure is None:
                    future.set_result(None)
                else:
                    future.set_exception(self.failure)


class Database:
    """The file behind the SQLite engine. Safe to use from many threads, and beside other processes."""

    def __init__(self, path: Path) -> None:
        """Open the file, making it if needed.

        Raises:
            ConfigurationError: the folder cannot be written, or a newer version made the file.
        """
        self._path = path
        self._jobs: queue.SimpleQueue[_Job[Any] | None] = queue.SimpleQueue()
        self._local = threading.local()
        self._readers: list[sqlite3.Connection] = []
        self._readers_lock = threading.Lock()
        self._trouble = ""
        self._closed = False
        try:
            # It holds personal data: for nobody else on this machine.
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            path.touch(mode=0o600)
            self._writer = self._connect()
            # Ids are random: of a long queue, or journal, each one needs another page.
            self._writer.execute(f"PRAGMA cache_size = -{CACHE_BYTES // 1024}")
            self._writer.execute(f"PRAGMA wal_autocheckpoint = {JOURNAL_BYTES // PAGE_BYTES}")
        except (OSError, sqlite3.Error) as error:
            raise unusable(path, error) from None
        try:
            migrate(self._writer, path)
        except sqlite3.Error as error:
            self._writer.close()
            raise unusable(path, error) from None
        except ConfigurationError:
            self._writer.close()
            raise
        self._thread = threading.Thread(target=self._run, name="sqlite-writer", daemon=True)
        self._thread.start()

    def write(self, operation: Callable[[sqlite3.Connection], Result]) -> Result:
        """Run an operation in a transaction; return once it is on disk. Its exception is raised here."""
        done = threading.Lock()
        done.acquire()
        job = _Job(operation, release=done.release)
        self._give(job)
        done.acquire()
        return job.result()

    def write_soon(
        self, operation: Callable[[sqlite3.Connection], object], waiting: Sequence[asyncio.Future[None]]
    ) -> None:
        """The same without holding up the thread: these futures of one loop are told how it went."""
        self._give(_Job(operation, waiting=waiting))

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

    def trouble(self) -> str:
        """Why nothing can be stored just now; empty if all is well. After a failure it tries again."""
        if self._trouble:
            with suppress(sqlite3.Error):
                self.write(_use_room)
        return self._trouble

    def close(self) -> None:
        """Finish what was given to write, and close the file. Nobody may use it from now on."""
        self._closed = True
        self._jobs.put(None)
        self._thread.join()
        self._writer.close()
        with self._readers_lock:
            for connection in self._readers:
                connection.close()

    def _give(self, job: _Job[Any]) -> None:
        if self._closed:
            raise sqlite3.ProgrammingError("the file is closed")
        self._jobs.put(job)

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(
            self._path,
            timeout=BUSY_TIMEOUT_SECONDS,
            isolation_level=None,
            check_same_thread=False,
            cached_statements=CACHED_STATEMENTS,
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

    def _next_batch(self) -> tuple[list[_Job[Any]], bool]:
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

    def _commit(self, batch: list[_Job[Any]]) -> None:
        """Run all jobs in one transaction; each can fail alone."""
        try:
            self._writer.execute("BEGIN IMMEDIATE")
            for job in batch:
                job.run(self._writer)
            self._writer.execute("COMMIT")
        except Exception as error:  # noqa: BLE001 -- whatever it is, all who wait must hear of it
            with suppress(sqlite3.Error):
                self._writer.execute("ROLLBACK")
            for job in batch:
                job.fail(error)
        self._trouble = next((str(job.failure) for job in batch if _is_of_storage(job.failure)), "")
        for job in batch:
            job.wake()


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


def _is_of_storage(failure: Exception | None) -> bool:
    """True if it is the disk's fault, or the file's, and not the one's who asked."""
    return isinstance(failure, sqlite3.Error) and failure.sqlite_errorcode & PRIMARY_CODE in OF_STORAGE


def _use_room(connection: sqlite3.Connection) -> None:
    """Write as much as a webhook with its entry does, and take it back."""
    connection.execute(
        "INSERT INTO document (key, version, content) VALUES ('room', 1, ?)", ("x" * ROOM_CHARACTERS,)
    )
    connection.execute("DELETE FROM document WHERE key = 'room'")


def unusable(path: Path, error: Exception) -> ConfigurationError:
    """It cannot be made or written, or it is something else than our database."""
    return ConfigurationError(
        "DATA", f"{path} cannot be used: {error}", "Choose a folder that can be written"
    )
