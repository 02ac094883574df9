"""How long the program takes from nothing to its first answer."""

import statistics
import tempfile
from pathlib import Path

from benchmarks.programs import SandboxProgram, Server

STARTS = 5


def measure(starts: int = STARTS) -> float:
    """Seconds, the median of some starts, each with a data folder of its own."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        with SandboxProgram(folder) as sandbox:
            taken = [_start(folder / str(number), sandbox) for number in range(starts)]
    return round(statistics.median(taken), 3)


def _start(folder: Path, sandbox: SandboxProgram) -> float:
    folder.mkdir()
    with Server(folder, sandbox) as server:
        return server.start_seconds
