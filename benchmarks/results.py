"""Everything that one run measured."""

import os
import platform
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from benchmarks.aws_events import Event
from benchmarks.burst import Burst
from benchmarks.checks import Look
from benchmarks.cold_start import Row
from benchmarks.endpoints import Watch
from benchmarks.pages import Page
from benchmarks.saturation import Saturation
from benchmarks.steady import Load, Steady

KIB_PER_GIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Machine:
    """Where it was measured.

    Attributes:
        processor, cores, memory_gib, system, python: what it is.
        load: how many processes wanted to run, on average of the last minute: at best 0 before we begin.
    """

    processor: str
    cores: int
    memory_gib: int
    system: str
    python: str
    load: float


@dataclass(frozen=True, slots=True)
class Results:
    """What one run measured.

    Attributes:
        began_at: when, in UTC.
        took_seconds: how long the run took.
        machine: where.
        start_seconds: from starting the program to its first answer.
        steady, saturation, burst: one machine.
        aws: what an event costs there, by kind.
        cold_start: of the HTTP function there.
        watch: a round of the check ``endpoints``.
        look: a look of the check ``stalled-pickups`` at many parcels.
        pages: of the console, with a long journal.
    """

    began_at: datetime
    took_seconds: int
    machine: Machine
    start_seconds: float
    steady: Steady
    saturation: Saturation
    burst: Burst
    aws: tuple[Event, ...]
    cold_start: tuple[Row, ...]
    watch: Watch
    look: Look
    pages: tuple[Page, ...]

    @property
    def broken_promises(self) -> int:
        """Leads that were accepted and lost, or doubled, anywhere in this run. There may be none."""
        parts: list[Load | Saturation | Burst] = [*self.steady.loads, self.saturation, self.burst]
        return sum(part.lost + part.doubled for part in parts)


def this_machine() -> Machine:
    """The machine that we run on."""
    cpu = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    memory = Path("/proc/meminfo").read_text(encoding="ascii")
    return Machine(
        processor=_value(cpu, "model name"),
        cores=len(os.sched_getaffinity(0)),
        memory_gib=round(int(_value(memory, "MemTotal").split()[0]) / KIB_PER_GIB),
        system=platform.system(),
        python=f"{platform.python_implementation()} {platform.python_version()}",
        load=round(os.getloadavg()[0], 1),
    )


def _value(text: str, name: str) -> str:
    lines = (line.partition(":") for line in text.splitlines())
    return next((value.strip() for key, _, value in lines if key.strip() == name), "unknown")
