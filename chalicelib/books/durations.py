"""How long things took, kept as counts: small, and it can be added up, which a median cannot."""

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import timedelta

from pydantic import BaseModel, ConfigDict, Field

from chalicelib.books.part import added

STEP = math.log(1.1)
"""Durations that differ by less than a tenth are kept as the same: what is read is within 5 %."""


class Durations(BaseModel):
    """How many durations there are of each size. Frozen.

    Attributes:
        counts: by size: by the logarithm of the seconds, in steps of ``STEP``.
    """

    model_config = ConfigDict(frozen=True)
    counts: Mapping[int, int] = Field(default_factory=dict)

    @classmethod
    def of(cls, spans: Iterable[timedelta]) -> "Durations":
        """All of these; what is below zero counts as nothing."""
        seconds = (max(span.total_seconds(), 0.0) for span in spans)
        return cls(counts=Counter(round(math.log1p(each) / STEP) for each in seconds))

    def merged(self, other: "Durations") -> "Durations":
        """Both together."""
        return Durations(counts=added(self.counts, other.counts))

    @property
    def total(self) -> int:
        """How many there are."""
        return sum(self.counts.values())

    def within(self, share: float) -> timedelta | None:
        """How long it took at most for this share of them, such as 0.5 for the median; None without any."""
        wanted = math.ceil(self.total * share)
        reached = 0
        for size, count in sorted(self.counts.items()):
            reached += count
            if reached >= wanted:
                return timedelta(seconds=math.expm1(size * STEP))
        return None
