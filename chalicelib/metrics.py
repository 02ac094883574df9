"""Metrics as CloudWatch's embedded metric format: log lines that CloudWatch makes metrics of.

A line costs nothing where nobody reads it, and no call to AWS where somebody does. The metrics below are the
contract with the alarms and the dashboard in ``infra/stack.json``; the table is in ``docs/aws.md``.

Standard library only: the gate needs it at every cold start.
"""

import json
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from chalicelib.clock import Clock

NAMESPACE = "Leadkeeper"
STAGE = "LEADKEEPER_STAGE"
MAX_LENGTH = 255
"""CloudWatch drops a metric with a longer dimension."""


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric of the contract.

    Attributes:
        name: as alarms and dashboard know it.
        unit: one of CloudWatch's units.
        dimensions: the sets of dimensions besides ``Stage``; the metric is emitted once for each set. Their
            values are words of our own code, so there are few: each combination is paid for, and logs are
            no place for personal data.
    """

    name: str
    unit: str = "Count"
    dimensions: tuple[tuple[str, ...], ...] = ((),)

    @property
    def names(self) -> frozenset[str]:
        """The dimensions that must be told."""
        return frozenset(name for group in self.dimensions for name in group)


ACCEPTED = Metric("Accepted")
REJECTED = Metric("Rejected", dimensions=((), ("Reason",)))
QUARANTINED = Metric("Quarantined")
PARKED = Metric("Parked")
ACTIONS = Metric("Actions", dimensions=((), ("Kind", "Result")))
CRM_LATENCY = Metric("CrmLatency", "Milliseconds")
CHECK_RAN = Metric("CheckRan", dimensions=(("Check",),))
WAITING = Metric("Waiting", dimensions=(("Queue",),))
PARKED_NOW = Metric("ParkedNow")
QUARANTINED_NOW = Metric("QuarantinedNow")

CONTRACT = (
    ACCEPTED,
    REJECTED,
    QUARANTINED,
    PARKED,
    ACTIONS,
    CRM_LATENCY,
    CHECK_RAN,
    WAITING,
    PARKED_NOW,
    QUARANTINED_NOW,
)


class Metrics:
    """Where metrics go. This one drops them: for tests, and for one machine."""

    def record(self, metric: Metric, value: float = 1, /, **dimensions: str) -> None:
        """Record one value."""


SILENT = Metrics()


class EmbeddedMetrics(Metrics):
    """Writes each value as one line."""

    def __init__(self, stage: str, clock: Clock, write: Callable[[str], None] | None = None) -> None:
        """Write for this stage, to standard output if not told otherwise."""
        self._stage = stage
        self._clock = clock
        self._write = write or _to_standard_output

    def record(self, metric: Metric, value: float = 1, /, **dimensions: str) -> None:
        """Record one value.

        Raises:
            ValueError: the dimensions are not those of the contract; CloudWatch would drop the line unseen.
        """
        if dimensions.keys() != metric.names:
            raise ValueError(f"{metric.name} has the dimensions {sorted(metric.names)}")
        directive = {
            "Namespace": NAMESPACE,
            "Dimensions": [["Stage", *group] for group in metric.dimensions],
            "Metrics": [{"Name": metric.name, "Unit": metric.unit}],
        }
        line = {
            "_aws": {
                "Timestamp": int(self._clock().timestamp() * 1000),
                "CloudWatchMetrics": [directive],
            },
            "Stage": self._stage,
            **{name: text[:MAX_LENGTH] for name, text in dimensions.items()},
            metric.name: value,
        }
        self._write(json.dumps(line))


def metrics_of(environment: Mapping[str, str], clock: Clock) -> Metrics:
    """The metrics of this host: only a stage on AWS has any."""
    stage = environment.get(STAGE)
    return EmbeddedMetrics(stage, clock) if stage else SILENT


def _to_standard_output(line: str) -> None:
    """In one piece, at once: Lambda freezes the process when the function returns."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()
