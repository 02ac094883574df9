"""A look at many parcels that wait: requests to the CRM, memory, time. In process, without a network."""

import sys
import tempfile
import time
import tracemalloc
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from chalicelib.checks.running import MOST_A_RUN
from tests.world import World

CHECK = "stalled-pickups"
WAITING = "arrived-in-pickup-point"
LIST = "GET /api/v5/orders 200"
ONE_ORDER = "GET /api/v5/orders/{id} 200"
SIZES = (2_500, 5_000, 10_000)


@dataclass(frozen=True, slots=True)
class Look:
    """What one look used, and what followed from it.

    Attributes:
        waiting: how many parcels wait.
        due: how many of them were found to wait for a step of the ladder.
        list_reads: pages of orders that the check read.
        other_reads: what else it read from the CRM: the dictionary of statuses.
        order_reads: orders that were read again just before a task was made.
        tasks: tasks made.
        told_again: what a second look put into the pipeline.
        seconds: of the first look, the pretend CRM's own time included.
        peak_mib: the most that both had allocated during the look, above what they had before.
    """

    waiting: int
    due: int
    list_reads: int
    other_reads: int
    order_reads: int
    tasks: int
    told_again: int
    seconds: float
    peak_mib: float


def measure(folder: Path, waiting: int, due: int = MOST_A_RUN) -> Look:
    """Let so many parcels wait, and look twice."""
    with closing(World(folder)) as world:
        _fill(world, due)
        world.later(days=4)
        _fill(world, waiting - due)
        world.later(days=2)
        checks = world.application.checks
        checks.accept(CHECK)
        before = world.sandbox.requests.copy()
        tracemalloc.start()
        began = time.perf_counter()
        report = checks.run(CHECK)
        seconds = time.perf_counter() - began
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        looked = world.sandbox.requests - before
        world.work()
        acted = world.sandbox.requests - before - looked
        told_again = len(checks.run(CHECK).emitted)
        return Look(
            waiting=waiting,
            due=report.found,
            list_reads=looked[LIST],
            other_reads=looked.total() - looked[LIST],
            order_reads=acted[ONE_ORDER],
            tasks=len(world.tasks),
            told_again=told_again,
            seconds=round(seconds, 2),
            peak_mib=round(peak / 2**20, 1),
        )


def _fill(world: World, orders: int) -> None:
    phones = (f"+7916{number:07}" for number in range(orders))
    world.make_orders([{"phone": phone, "status": WAITING, "managerId": 1} for phone in phones])


def main() -> None:
    """Print a line for each size."""
    for waiting in SIZES:
        with tempfile.TemporaryDirectory() as folder:
            sys.stdout.write(f"{measure(Path(folder), waiting)}\n")


if __name__ == "__main__":
    main()
