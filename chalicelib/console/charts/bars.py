"""Horizontal bars: how much of the whole each thing is."""

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from chalicelib.console.charts import rows
from chalicelib.console.charts.scale import COUNT, Measure
from chalicelib.console.charts.series import Tone, tone_class
from chalicelib.console.charts.svg import Caption, element, picture


@dataclass(frozen=True, slots=True)
class Bar:
    """One thing and how much of it there is; not below zero."""

    name: str
    value: float
    tone: Tone = ""


def bars(
    name: str, title: str, things: Sequence[Bar], *, description: str = "", measure: Measure = COUNT
) -> Markup:
    """One bar a thing, in the order given. A full one would be all of them together."""
    whole = sum(thing.value for thing in things) or 1.0
    shapes, height = rows.drawn([_row(thing, whole, measure) for thing in things])
    drawn = picture("chart-bars", Caption(name, title, description), (rows.WIDTH, height), shapes)
    return element("figure", {"class": "chart"}, drawn)


def _row(thing: Bar, whole: float, measure: Measure) -> rows.Row:
    share = thing.value / whole
    said = f"{measure.say(thing.value)} · {share:.0%}".replace("%", "\N{NO-BREAK SPACE}%")
    return rows.Row(thing.name, said, 0.0, share, tone_class(thing.tone) or "series-1")
