"""What must be there against what is there."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime

from tests.month.calendar import local
from tests.month.effects import WHENEVER, Effect, Expected, Span
from tests.month.observed import Found


@dataclass(slots=True)
class Comparison:
    """How both agree.

    Attributes:
        right: how many of each kind are there as they must be.
        undecided: how many nobody can say anything about.
        differences: lines for who looks for the reason.
    """

    right: Counter[str] = field(default_factory=Counter)
    undecided: int = 0
    differences: list[str] = field(default_factory=list)


def compared(expected: Iterable[Expected], found: Iterable[Found]) -> Comparison:
    """Each expected effect takes the first found one that is the same; what is left over is a difference."""
    comparison = Comparison()
    left: defaultdict[Effect, list[datetime]] = defaultdict(list)
    for each in found:
        left[each.effect].append(each.at)
    wanted = list(expected)
    missing = [one for one in wanted if not _take(one, left, comparison)]
    sure = [one for one in missing if one.is_sure]
    comparison.undecided += len(missing) - len(sure)
    comparison.differences += [
        f"{one.effect.order}: missing: {one.effect}, {_clock(one.made)}" for one in sure
    ]
    comparison.differences += _surplus(left)
    comparison.differences.sort()
    return comparison


def _take(one: Expected, left: defaultdict[Effect, list[datetime]], comparison: Comparison) -> bool:
    for effect in (one.effect, *one.instead):
        moments = left.get(effect, [])
        for moment in sorted(moments):
            if one.made.holds(moment):
                moments.remove(moment)
                comparison.right[effect.kind] += 1
                comparison.undecided += not one.is_sure
                return True
    return False


def _surplus(left: defaultdict[Effect, list[datetime]]) -> Iterator[str]:
    for effect, moments in left.items():
        for moment in moments:
            yield f"{effect.order}: not expected: {effect}, {local(moment):%d.%m. %H:%M:%S}"


def _clock(span: Span) -> str:
    if span == WHENEVER:
        return "at any time"
    return f"{local(span.first):%d.%m. %H:%M:%S} to {local(span.last):%d.%m. %H:%M:%S}"
