"""One month, from its seed to the comparison."""

import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from chalicelib.entry import Status
from tests.month.booked import differences
from tests.month.calendar import local
from tests.month.compare import compared
from tests.month.drive import Month
from tests.month.expected import Reckoning
from tests.month.generate import MonthPlan
from tests.month.observed import counted, found
from tests.month.removals import Removals
from tests.month.setting_up import changes_of_another_setup

Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Run:
    """What came of a month.

    Attributes:
        right: how many of each kind are there as they must be.
        differences: a line for each thing that is not.
        processor_seconds: how long a processor worked for it; the machine may have others to serve.
    """

    happenings: int
    right: Counter[str]
    undecided: int
    differences: Sequence[str]
    crm_requests: int
    seconds: float
    processor_seconds: float


def run(folder: Path, seed: int, orders: int, days: int, tell: Tell = lambda _line: None) -> Run:
    """Live a month in this folder, and compare it with the second reckoning."""
    began, worked = time.perf_counter(), time.process_time()
    plan = MonthPlan(seed, orders, days)
    happenings = plan.happenings()
    progress = _Progress(tell, began)
    with closing(Month(folder)) as month:
        set_up = month.made_by_setup
        again = changes_of_another_setup(month.sandbox, month.shop)
        month.live(happenings, plan.ends, progress.at)
        there = [*found(month.sandbox), *counted(month.engine.documents, plan.ends)]
        comparison = compared(Reckoning(happenings, plan.ends).effects(), there)
        again += changes_of_another_setup(month.sandbox, month.shop)
        again += differences(month, happenings, there, plan.ends)
        again += [
            f"not at its end: entry {entry.id} of {entry.source}: {entry.status}, {entry.reason}"
            for entry in month.entries(Status.OPEN, Status.PARKED, Status.QUARANTINED)
        ]
        removals = Removals(month, seed)
        again += sorted(removals.differences())
        comparison.right.update(f"removed: {kind}" for kind, _ in removals.removed)
        comparison.right["made by crm setup"] = len(set_up)
        lost = [f"{order}: is not there when somebody wants it" for order in sorted(month.missing)]
        return Run(
            happenings=len(happenings),
            right=comparison.right,
            undecided=comparison.undecided,
            differences=[*again, *lost, *comparison.differences],
            crm_requests=sum(
                count for name, count in month.sandbox.requests_so_far().items() if "/api/v5/" in name
            ),
            seconds=time.perf_counter() - began,
            processor_seconds=time.process_time() - worked,
        )


class _Progress:
    """Says once a day how far it is."""

    def __init__(self, tell: Tell, began: float) -> None:
        self._tell = tell
        self._began = began
        self._day = ""

    def at(self, moment: datetime) -> None:
        """It is so late now."""
        day = f"{local(moment):%d.%m.}"
        if day != self._day:
            self._day = day
            self._tell(f"{time.perf_counter() - self._began:4.0f} s  {day}")
