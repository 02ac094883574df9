"""``python -m benchmarks``: measure everything, write ``benchmarks.json`` and ``docs/benchmarks.md``.

A missed bar is told and fails nothing: machines differ. A lead that was accepted and lost, or doubled, does.
"""

import json
import signal
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

from benchmarks import (
    aws_events,
    burst,
    checks,
    cold_start,
    endpoints,
    pages,
    report,
    saturation,
    starting,
    steady,
)
from benchmarks.bars import judged
from benchmarks.programs import ROOT
from benchmarks.results import Results, this_machine

JSON = ROOT / "benchmarks.json"
PAGE = ROOT / "docs" / "benchmarks.md"

Part = TypeVar("Part")


def main() -> int:
    """Measure, write, and tell."""
    # So that the programs beside us end with us, as they do after Ctrl-C.
    signal.signal(signal.SIGTERM, lambda _signal, _frame: sys.exit(1))
    results = _measured()
    bars = [asdict(bar) for bar in judged(results)]
    JSON.write_text(
        json.dumps({**asdict(results), "bars": bars}, indent=2, ensure_ascii=False, default=str) + "\n",
        encoding="utf-8",
    )
    PAGE.write_text(report.page(results), encoding="utf-8")
    sys.stdout.write(f"{report.summary(results)}\n")
    return 1 if results.broken_promises else 0


def _measured() -> Results:
    began_at = datetime.now(UTC)
    began = time.monotonic()
    machine = this_machine()

    def tell(text: str) -> None:
        sys.stdout.write(f"{time.monotonic() - began:4.0f} s  {text}\n")
        sys.stdout.flush()

    tell("cold start on AWS")
    cold_starts = tuple(cold_start.measure(cold_start.RUNS))
    aws = aws_events.measure(tell)
    tell("a look at waiting parcels")
    look = _in_folder(lambda folder, _tell: checks.measure(folder, checks.SIZES[-1]), tell)
    watch = endpoints.measure(tell)
    tell("pages of the console")
    console = _in_folder(lambda folder, _tell: pages.measure(folder), tell)
    tell("start")
    start_seconds = starting.measure()
    steady_load = _in_folder(steady.measure, tell)
    flood = _in_folder(saturation.measure, tell)
    sudden = _in_folder(burst.measure, tell)
    return Results(
        began_at=began_at,
        took_seconds=round(time.monotonic() - began),
        machine=machine,
        start_seconds=start_seconds,
        steady=steady_load,
        saturation=flood,
        burst=sudden,
        aws=aws,
        cold_start=cold_starts,
        watch=watch,
        look=look,
        pages=console,
    )


def _in_folder(measure: Callable[[Path, Callable[[str], None]], Part], tell: Callable[[str], None]) -> Part:
    """Measure with an empty folder, which is gone afterwards."""
    with tempfile.TemporaryDirectory() as folder:
        return measure(Path(folder), tell)


if __name__ == "__main__":
    sys.exit(main())
