"""What Linux tells of a running process."""

import os
from dataclasses import dataclass
from pathlib import Path

TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")
FIELDS_BEFORE_STATE = 2
USER_TICKS, SYSTEM_TICKS = 14, 15  # numbered as in proc(5), from 1
KIB_PER_MIB = 1024


@dataclass(frozen=True, slots=True)
class Memory:
    """Resident memory in MiB.

    Attributes:
        now: at this moment.
        peak: the most since the process began.
    """

    now: float
    peak: float


def cpu_seconds(pid: int) -> float:
    """CPU time that a process has used so far, in user code and in the kernel."""
    return cpu_seconds_in(Path(f"/proc/{pid}/stat").read_text(encoding="ascii"))


def memory(pid: int) -> Memory:
    """The memory that a process holds."""
    return memory_in(Path(f"/proc/{pid}/status").read_text(encoding="ascii"))


def cpu_seconds_in(stat: str) -> float:
    """Read ``/proc/PID/stat``. The program's name, in brackets, may hold anything."""
    fields = stat.rpartition(")")[2].split()
    ticks = sum(int(fields[number - FIELDS_BEFORE_STATE - 1]) for number in (USER_TICKS, SYSTEM_TICKS))
    return ticks / TICKS_PER_SECOND


def memory_in(status: str) -> Memory:
    """Read ``/proc/PID/status``."""
    values = dict(line.split(":", 1) for line in status.splitlines() if ":" in line)
    now, peak = (round(int(values[name].split()[0]) / KIB_PER_MIB, 1) for name in ("VmRSS", "VmHWM"))
    return Memory(now, peak)
