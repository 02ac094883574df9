"""``make month``: a simulated month of a shop, and whether every rule fired exactly where it must."""

import argparse
import logging
import sys
import tempfile
from pathlib import Path

from rich.console import Console
from rich.table import Table

from tests.month.running import Run, run

SHOWN = 40


def main() -> int:
    """Live it, compare, tell; 1 if anything differs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--orders", type=int, default=3000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--days", type=int, default=30)
    options = parser.parse_args()
    logging.disable(logging.CRITICAL)
    console = Console(width=None if sys.stdout.isatty() else 140, highlight=False)
    console.print(f"seed {options.seed}: {options.orders} orders in {options.days} days")
    with tempfile.TemporaryDirectory() as folder:
        done = run(Path(folder), options.seed, options.orders, options.days, console.print)
    console.print(_table(done))
    for line in done.differences[:SHOWN]:
        console.print(line)
    console.print(_summary(done, options.seed))
    return 1 if done.differences else 0


def _table(done: Run) -> Table:
    table = Table(box=None, pad_edge=False)
    table.add_column("what")
    table.add_column("as it must be", justify="right")
    for kind, count in sorted(done.right.items()):
        table.add_row(kind, f"{count:,}")
    return table


def _summary(done: Run, seed: int) -> str:
    figures = (
        f"{done.happenings:,} things happened, {sum(done.right.values()):,} effects compared,"
        f" {done.undecided} undecided, {done.crm_requests:,} requests to the CRM, {done.seconds:.0f} s"
        f" ({done.processor_seconds:.0f} s of a processor)"
    )
    verdict = f"{len(done.differences)} differences, seed {seed}" if done.differences else "no difference"
    return f"{figures}: {verdict}"


if __name__ == "__main__":
    sys.exit(main())
