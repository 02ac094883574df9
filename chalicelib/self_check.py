"""Leadkeeper looks at itself: what waits, and what needs a person.

Each look ends with ``CheckRan``. An alarm that watches for it also hears of a look that failed, or that was
never begun.
"""

from chalicelib.engine.port import Engine
from chalicelib.entry import Status
from chalicelib.metrics import CHECK_RAN, PARKED_NOW, QUARANTINED_NOW, WAITING, Metrics

NAME = "self-check"
"""As the stack's parameter ``Checks`` has it. Not that of the check ``self``: each is missed for itself."""


def look(engine: Engine, metrics: Metrics) -> None:
    """Measure what there is now."""
    for name, queue in (("work", engine.work), ("notify", engine.notify)):
        metrics.record(WAITING, queue.depth().messages, Queue=name)
    counts = engine.journal.counts((Status.PARKED, Status.QUARANTINED))
    metrics.record(PARKED_NOW, counts[Status.PARKED])
    metrics.record(QUARANTINED_NOW, counts[Status.QUARANTINED])
    metrics.record(CHECK_RAN, Check=NAME)
