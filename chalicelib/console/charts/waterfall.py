"""A waterfall: how one total became another, step by step."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from markupsafe import Markup

from chalicelib.console.charts import rows
from chalicelib.console.charts.scale import COUNT, Measure
from chalicelib.console.charts.svg import Caption, element, picture


@dataclass(frozen=True, slots=True)
class Step:
    """What one cause added to the total, or took from it."""

    name: str
    amount: float


def waterfall(
    name: str,
    title: str,
    start: Step,
    steps: Sequence[Step],
    end: str,
    *,
    description: str = "",
    measure: Measure = COUNT,
) -> Markup:
    """From the total ``start`` over its changes to the last one, whose name is ``end``, downwards."""
    totals = [start.amount]
    for step in steps:
        totals.append(totals[-1] + step.amount)
    low, high = min(0.0, *totals), max(0.0, *totals)
    span = (high - low) or 1.0
    levels = [(total - low) / span for total in (0.0, *totals)]
    zero = levels[0]
    listed = [
        rows.Row(start.name, measure.say(start.amount), zero, levels[1], "total"),
        *(
            rows.Row(step.name, _signed(step.amount, measure), before, after, _tone(step))
            for step, (before, after) in zip(steps, pairwise(levels[1:]), strict=True)
        ),
        rows.Row(end, measure.say(totals[-1]), zero, levels[-1], "total"),
    ]
    shapes, height = rows.drawn(listed)
    drawn = picture("chart-waterfall", Caption(name, title, description), (rows.WIDTH, height), shapes)
    return element("figure", {"class": "chart"}, drawn)


def _signed(amount: float, measure: Measure) -> str:
    """With its sign: a rise is not told by its colour alone."""
    return f"+{measure.say(amount)}" if amount > 0 else measure.say(amount)


def _tone(step: Step) -> str:
    return "tone-good" if step.amount > 0 else "tone-bad"
