"""``python -m benchmarks.restarting``: the time to the first answer after ``kill -9``.

The journal has a long history, and the log of the data file is large: something that was reading, such as a
backup, kept it from being brought in.
"""

import shutil
import sqlite3
import sys
import tempfile
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.filling import fill_journal
from benchmarks.programs import SandboxProgram, Server, send_leads
from chalicelib.bootstrap import DATA_FILE

ENTRIES = 100_000
SENDING_SECONDS = 10
CONNECTIONS = 16
LOG = f"{DATA_FILE}-wal"


@dataclass(frozen=True, slots=True)
class Restart:
    """What was measured.

    Attributes:
        entries: how many the journal had.
        data_bytes, log_bytes: the data file and its log, as the killed program left them.
        waiting: how many messages were in the queues at the first look.
        seconds: from starting the program to its first answer.
    """

    entries: int
    data_bytes: int
    log_bytes: int
    waiting: int
    seconds: float


def measure(folder: Path, tell: Callable[[str], None], entries: int = ENTRIES) -> Restart:
    """Fill the journal, let leads come in, kill the program, start it again."""
    before, after = folder / "before", folder / "after"
    fill_journal(before / "data", entries, datetime.now(UTC))
    tell(f"a journal with {entries} entries")
    with SandboxProgram(folder) as sandbox:
        with Server(before, sandbox, is_paced=True) as server, closing(_reader(before / "data")):
            sent = send_leads("flood", server.port, 0, connections=CONNECTIONS, seconds=SENDING_SECONDS)
            server.kill()
            # Now: who closes the file as the last one brings its log in.
            (after / "data").mkdir(parents=True)
            for name in (DATA_FILE, LOG):
                shutil.copyfile(before / "data" / name, after / "data" / name)
        tell(f"killed after {len(sent)} leads")
        data_bytes, log_bytes = ((after / "data" / name).stat().st_size for name in (DATA_FILE, LOG))
        with Server(after, sandbox, is_paced=True) as server:
            return Restart(entries, data_bytes, log_bytes, server.waiting, round(server.start_seconds, 3))


def _reader(data: Path) -> sqlite3.Connection:
    """Reads, and does not come to an end."""
    connection = sqlite3.connect(data / DATA_FILE, isolation_level=None)
    connection.execute("BEGIN")
    connection.execute("SELECT count(*) FROM document").fetchone()
    return connection


def main() -> None:
    """Measure and tell."""

    def tell(text: str) -> None:
        sys.stdout.write(f"{text}\n")
        sys.stdout.flush()

    with tempfile.TemporaryDirectory() as folder:
        tell(str(measure(Path(folder), tell)))


if __name__ == "__main__":
    main()
