"""One process works with a data folder. It takes over what a dead one had in hand."""

import fcntl
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import IO

from chalicelib.bootstrap import DATA_FILE
from chalicelib.clock import system_clock
from chalicelib.engine.sqlite.database import Database, unusable
from chalicelib.engine.sqlite.queue import take_back
from chalicelib.errors import ConfigurationError

LOCK_FILE = "leadkeeper.lock"


def existing_data(folder: Path) -> Path:
    """The data file of a Leadkeeper that runs, or ran.

    Raises:
        ConfigurationError: there is none.
    """
    if not (folder / DATA_FILE).is_file():
        raise ConfigurationError(
            "DATA", f"there is no data in {folder}", "Set it to the folder that `leadkeeper serve` uses"
        )
    return folder / DATA_FILE


def lock(folder: Path) -> IO[str]:
    """Keep everybody else from working with the folder, for as long as the returned file is open.

    The lock ends with the process, however it ends.

    Raises:
        ConfigurationError: another process works with it, or it cannot be used.
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        file = (folder / LOCK_FILE).open("w", encoding="utf-8")
    except OSError as error:
        raise unusable(folder, error) from None
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        file.close()
        raise ConfigurationError(
            "DATA", f"another Leadkeeper works with {folder}", "Stop it, or set DATA to another folder"
        ) from None
    return file


def take_over(folder: Path) -> IO[str]:
    """Make this process the one that works with the folder, and take back what a dead one had in hand.

    Raises:
        ConfigurationError: as ``lock``; or the data file cannot be used.
    """
    file = lock(folder)
    try:
        with closing(Database(folder / DATA_FILE)) as database:
            take_back(database, system_clock())
    except sqlite3.Error as error:
        file.close()
        raise unusable(folder / DATA_FILE, error) from None
    except ConfigurationError:
        file.close()
        raise
    return file
