"""One process works with a data folder. It takes over what a dead one had in hand."""

import fcntl
from pathlib import Path
from typing import IO

from chalicelib.bootstrap import DATA_FILE
from chalicelib.clock import system_clock
from chalicelib.engine.sqlite.database import Database
from chalicelib.engine.sqlite.queue import take_back
from chalicelib.errors import ConfigurationError

LOCK_FILE = "leadkeeper.lock"


def take_over(folder: Path) -> IO[str]:
    """Make this process the one that works with the folder, for as long as the returned file is open.

    The lock ends with the process, however it ends.

    Raises:
        ConfigurationError: another process works with it, or it cannot be used.
    """
    database = Database(folder / DATA_FILE)
    try:
        lock = (folder / LOCK_FILE).open("w", encoding="utf-8")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            lock.close()
            raise ConfigurationError(
                "DATA",
                f"another Leadkeeper works with {folder}",
                "Stop it, or set DATA to another folder",
            ) from None
        take_back(database, system_clock())
    finally:
        database.close()
    return lock
