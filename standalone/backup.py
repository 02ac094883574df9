"""A copy of the data file while it is in use, and the way back."""

import os
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from shutil import copyfileobj

from chalicelib.engine.sqlite.schema import SCHEMA_VERSION
from chalicelib.errors import ConfigurationError

TABLES_OF_ALL_VERSIONS = frozenset({"message", "entry", "document"})
WRITE_AHEAD_LOG = "-wal"
SHARED_MEMORY = "-shm"


@dataclass(frozen=True, slots=True)
class Contents:
    """What is in a data file.

    Attributes:
        size: in bytes.
        entries: how many journal entries it has.
        waiting: how many messages wait in its queues, or for their time.
        newest: when the newest entry came in; None without entries.
    """

    size: int
    entries: int
    waiting: int
    newest: datetime | None


def back_up(data: Path, target: Path, *, overwrite: bool) -> Contents:
    """Write a copy of the data file as it is at one moment. Nobody has to stop working with it.

    The target is a whole, checked file or not there at all, whatever goes wrong.

    Raises:
        ConfigurationError: the target is there already, or cannot be written; or the data is damaged.
    """
    if target.exists() and (not overwrite or target.samefile(data)):
        fix = "Choose another name" if overwrite else "Choose another name, or add --overwrite"
        raise ConfigurationError(str(target), "there is such a file", fix)
    with _put_in_place(target) as unfinished:
        try:
            # Reading does not hold up the writers, and neither free pages nor a log come along.
            with closing(sqlite3.connect(data, isolation_level=None)) as connection:
                connection.execute("VACUUM INTO ?", (str(unfinished),))
        except sqlite3.Error as error:
            raise ConfigurationError(
                str(data), f"cannot be copied: {error}", "See whether the disk is full or the file damaged"
            ) from None
        return inspect(unfinished)


def restore(backup: Path, data: Path, now: datetime) -> tuple[Contents, Path | None]:
    """Put a backup in the place of the data file. Nobody may work with the file meanwhile.

    Returns:
        What is there now, and under which name the former data is kept; None if there was none.

    Raises:
        ConfigurationError: it is no whole backup, or one of a newer version; or there is no place.
    """
    contents = inspect(backup)
    kept: Path | None = None
    with _put_in_place(data) as unfinished:
        with backup.open("rb") as source, unfinished.open("wb") as copy:
            copyfileobj(source, copy)
        inspect(unfinished)
        if data.exists():
            kept = data.with_name(f"{data.name}.before-restore-{now:%Y%m%dT%H%M%SZ}")
            _set_aside(data, kept)
    return contents, kept


def inspect(file: Path) -> Contents:
    """Look through a whole data file that nobody works with.

    Raises:
        ConfigurationError: it is no data file of ours, a damaged one, or one of a newer version.
    """
    if not file.is_file():
        raise ConfigurationError(str(file), "there is no such file", "Correct its name")
    log = file.with_name(file.name + WRITE_AHEAD_LOG)
    if log.exists() and log.stat().st_size:
        raise ConfigurationError(
            str(file), f"its newest changes are in {log.name}", "Take a file that `leadkeeper backup` made"
        )
    try:
        with closing(sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro&immutable=1", uri=True)) as opened:
            return _contents(opened, file)
    except sqlite3.DatabaseError:
        raise _no_backup(file) from None


def _contents(opened: sqlite3.Connection, file: Path) -> Contents:
    (version,) = opened.execute("PRAGMA user_version").fetchone()
    names = {name for (name,) in opened.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")}
    if not version or not names >= TABLES_OF_ALL_VERSIONS:
        raise _no_backup(file)
    if version > SCHEMA_VERSION:
        raise ConfigurationError(str(file), "it was made by a newer version", "Install that version")
    (first_problem,) = opened.execute("PRAGMA integrity_check(1)").fetchone()
    if first_problem != "ok":
        raise ConfigurationError(str(file), f"it is damaged: {first_problem}", "Take another backup")
    entries, newest = opened.execute("SELECT count(*), max(received_at) FROM entry").fetchone()
    (waiting,) = opened.execute("SELECT count(*) FROM message").fetchone()
    if "timer" in names:
        waiting += opened.execute("SELECT count(*) FROM timer").fetchone()[0]
    return Contents(
        size=file.stat().st_size,
        entries=entries,
        waiting=waiting,
        newest=None if newest is None else datetime.fromtimestamp(newest, UTC),
    )


def _no_backup(file: Path) -> ConfigurationError:
    return ConfigurationError(
        str(file), "it is no backup of Leadkeeper", "Take a file that `leadkeeper backup` made"
    )


@contextmanager
def _put_in_place(target: Path) -> Iterator[Path]:
    """An empty file beside the target, for its owner alone; on disk and in its place if all goes well."""
    try:
        handle, name = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
    except OSError as error:
        raise ConfigurationError(
            str(target), f"cannot be written: {error}", "Choose a folder that can be written"
        ) from None
    unfinished = Path(name)
    try:
        yield unfinished
        os.fsync(handle)
        unfinished.replace(target)
        _flush_folder(target.parent)
    except OSError as error:
        raise ConfigurationError(str(target), f"cannot be written: {error}", "Make room for it") from None
    finally:
        os.close(handle)
        unfinished.unlink(missing_ok=True)


def _flush_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _set_aside(data: Path, kept: Path) -> None:
    """Rename the data with its log, after bringing the log in: a log must not meet another file."""
    with suppress(sqlite3.DatabaseError), closing(sqlite3.connect(data)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    for ending in (WRITE_AHEAD_LOG, SHARED_MEMORY, ""):
        part = data.with_name(data.name + ending)
        if part.exists():
            part.rename(kept.with_name(kept.name + ending))
