"""What many measured values come to."""

import math
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Spread:
    """How values are spread, in milliseconds.

    Attributes:
        samples: how many there were.
        p50, p95, p99: so many percent of them are not above.
        max: the largest.
    """

    samples: int
    p50: float
    p95: float
    p99: float
    max: float


def percentile(ordered: Sequence[float], percent: float) -> float:
    """The smallest of the values that at least so many percent are not above (nearest rank).

    Args:
        ordered: ascending, at least one.
        percent: above 0, at most 100.
    """
    rank = math.ceil(len(ordered) * percent / 100)
    return ordered[rank - 1]


def spread(seconds: Sequence[float]) -> Spread:
    """The spread of some durations in seconds.

    Raises:
        ValueError: there are none.
    """
    if not seconds:
        raise ValueError("nothing was measured")
    ordered = sorted(seconds)
    values = (1000 * percentile(ordered, percent) for percent in (50, 95, 99, 100))
    return Spread(len(ordered), *(round(value, 2) for value in values))
