"""``python -m benchmarks.endpoints``: one round of the check, 1,000 endpoints, 5 % of them hanging.

The endpoints are one server on loopback, in a process of its own. A round is all of it: connect, ask, judge,
tell, write; it lasts at least as long as the time-out of who hangs, 10 s.
"""

import os
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from benchmarks import process_stats
from benchmarks.programs import HOST, Program, free_port
from chalicelib import shopfile
from chalicelib.alerts.incidents import Incidents
from chalicelib.bootstrap import sqlite_engine, texts_of
from chalicelib.checks.endpoints.check import EndpointsCheck
from chalicelib.checks.endpoints.prober import Prober
from chalicelib.settings import Shop
from chalicelib.validation import validate

ENDPOINTS = 1000
HANGING = 50
ROUNDS = 4
BAR_SECONDS = 15.0


@dataclass(frozen=True, slots=True)
class Watch:
    """What some rounds took.

    Attributes:
        endpoints, hanging: how many.
        well_seconds: a round in which nobody hangs.
        round_seconds: the longest round with those that hang; the third one tells of them.
        cpu_seconds: of that, the processor's part, the most in a round.
        incidents: how many were begun.
        peak_memory_mib: of the process that watches, this benchmark included.
    """

    endpoints: int
    hanging: int
    well_seconds: float
    round_seconds: float
    cpu_seconds: float
    incidents: int
    peak_memory_mib: float


def measure(tell: Callable[[str], None] = lambda _text: None) -> Watch:
    """Watch a server that answers, and then hangs for some."""
    with tempfile.TemporaryDirectory() as folder:
        port = free_port()
        with (
            Program(["benchmarks.endpoint_server", str(port)], port, "/health", Path(folder)),
            closing(sqlite_engine(Path(folder))) as engine,
        ):
            now = datetime.now(UTC)
            incidents = Incidents(engine.documents, engine.notify, lambda: now)

            def round_of(shop: Shop) -> tuple[float, float]:
                check = EndpointsCheck(shop, engine, incidents, texts_of(shop), Prober())
                began, cpu = time.perf_counter(), time.process_time()
                list(check.find(now))
                return time.perf_counter() - began, time.process_time() - cpu

            well, _ = round_of(_shop(port, 0))
            tell(f"a round of {ENDPOINTS} endpoints, all well: {well:.1f} s")
            rounds = []
            for _ in range(ROUNDS):
                now += timedelta(minutes=1)
                rounds.append(round_of(_shop(port, HANGING)))
                tell(f"a round of {ENDPOINTS} endpoints, {HANGING} hang: {rounds[-1][0]:.1f} s")
            return Watch(
                endpoints=ENDPOINTS,
                hanging=HANGING,
                well_seconds=round(well, 2),
                round_seconds=round(max(seconds for seconds, _ in rounds), 2),
                cpu_seconds=round(max(cpu for _, cpu in rounds), 2),
                incidents=len(incidents.open()),
                peak_memory_mib=round(process_stats.memory(os.getpid()).peak, 1),
            )


def _shop(port: int, hanging: int) -> Shop:
    """The example shop with endpoints; those that hang are spread among the others."""
    file = shopfile.load({})
    every = ENDPOINTS // hanging if hanging else ENDPOINTS + 1
    endpoints = [
        {
            "name": f"endpoint {number}",
            "url": f"http://{HOST}:{port}/{'hangs' if number % every == 0 else 'well'}/{number}",
            "json": {"status": "ok"},
        }
        for number in range(1, ENDPOINTS + 1)
    ]
    return validate(replace(file, content={**file.content, "endpoints": endpoints}))


def _print(text: str) -> None:
    sys.stdout.write(f"{text}\n")


def main() -> int:
    """Measure, print, and say whether the bar is met."""
    watch = measure(_print)
    is_right = watch.incidents == watch.hanging
    sys.stdout.write(
        f"CPU {watch.cpu_seconds} s a round, peak memory {watch.peak_memory_mib} MiB,"
        f" {watch.incidents} incidents for {watch.hanging} that hang\n"
        f"Bar: a round within {BAR_SECONDS:g} s:"
        f" {'met' if watch.round_seconds <= BAR_SECONDS else 'MISSED'} ({watch.round_seconds} s)\n"
    )
    return 0 if is_right and watch.round_seconds <= BAR_SECONDS else 1


if __name__ == "__main__":
    sys.exit(main())
