"""Values along an axis: how they are written, and which of them are named beside it."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

_TICKS = 4  # About so many parts: more would be crowded on a phone.
_MINUTE, _HOUR, _DAY = 60, 3600, 86400

DURATION_STEPS = (
    *(1, 5, 10, 15, 30),
    *(_MINUTE * count for count in (1, 2, 5, 10, 15, 30)),
    *(_HOUR * count for count in (1, 2, 3, 6, 12)),
    *(_DAY * count for count in (1, 2, 5, 10, 20, 50, 100)),
)
"""Distances on an axis of durations in seconds."""


@dataclass(frozen=True, slots=True)
class Measure:
    """What kind of values a picture shows.

    Attributes:
        say: writes a value, for axes, tables and hints: in the reader's language, with its unit.
        is_whole: only whole values make sense, such as counts.
        steps: distances that suit an axis of such values, ascending; empty for those of decimal numbers.
    """

    say: Callable[[float], str]
    is_whole: bool = False
    steps: Sequence[float] = ()

    def ticks(self, lowest: float, highest: float) -> tuple[float, ...]:
        """Values to be named beside an axis, ascending: zero is one of them, and all values lie between."""
        low, high = min(lowest, 0.0), max(highest, 0.0)
        if low == high:
            high = self.steps[0] if self.steps else 1.0
        step = self._step((high - low) / _TICKS)
        return tuple(index * step for index in range(math.floor(low / step), math.ceil(high / step) + 1))

    def _step(self, least: float) -> float:
        fitting = [step for step in self.steps if step >= least]
        if fitting:
            return fitting[0]
        unit = self.steps[-1] if self.steps else 1.0
        power = unit * 10.0 ** math.floor(math.log10(least / unit))
        step = next(power * factor for factor in (1, 2, 5, 10) if power * factor >= least * (1 - 1e-9))
        return max(step, 1.0) if self.is_whole else step


def share_of(ticks: Sequence[float], value: float) -> float:
    """Where a value lies between the first tick, 0, and the last one, 1."""
    return (value - ticks[0]) / (ticks[-1] - ticks[0])


def counted(value: float) -> str:
    """A whole number in groups of three digits."""
    return f"{value:,.0f}".replace(",", "\N{NARROW NO-BREAK SPACE}")


COUNT = Measure(counted, is_whole=True)
"""How many there are."""
