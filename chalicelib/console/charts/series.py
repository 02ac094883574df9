"""What is drawn: values in a row, in one colour."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from markupsafe import Markup

from chalicelib.console.charts.scale import Measure
from chalicelib.console.charts.svg import element

COLOURS = 6
"""How many series can be told apart."""

Tone = Literal["", "good", "warn", "bad", "muted"]
"""A colour that means something; empty for the next one of the row."""


@dataclass(frozen=True, slots=True)
class Series:
    """Values in a row.

    Attributes:
        values: one for each label of the picture; None where nothing is known.
    """

    name: str
    values: Sequence[float | None]
    tone: Tone = ""


def colour_class(series: Series, index: int) -> str:
    """The class that gives the series at this place its colour."""
    return tone_class(series.tone) or f"series-{index % COLOURS + 1}"


def tone_class(tone: Tone) -> str:
    """The class of a colour that means something; empty if none is asked for."""
    return tone and f"tone-{tone}"


def largest(series: Sequence[Series], rest: str, limit: int = COLOURS) -> tuple[Series, ...]:
    """The largest series, in the order given; the others as one series with the name ``rest``."""
    if len(series) <= limit:
        return tuple(series)
    by_size = sorted(range(len(series)), key=lambda index: -_total(series[index]))
    kept = set(by_size[: limit - 1])
    others = [one.values for index, one in enumerate(series) if index not in kept]
    together = [sum(value or 0 for value in values) for values in zip(*others, strict=True)]
    return (
        *(one for index, one in enumerate(series) if index in kept),
        Series(rest, together, tone="muted"),
    )


def legend(series: Sequence[Series], sample: str) -> Markup:
    """The names beside their colours; nothing for a single series, which the title names.

    Args:
        series: what the picture shows.
        sample: ``block`` or ``stroke``: how it draws them.
    """
    if len(series) <= 1:
        return Markup("")
    items = (
        element("li", {}, _sample(sample, colour_class(one, index)), one.name)
        for index, one in enumerate(series)
    )
    return element("ul", {"class": "legend"}, *items)


def values_table(corner: str, labels: Sequence[str], series: Sequence[Series], measure: Measure) -> Markup:
    """The same values as a table, one row for each label, for those who read rather than look.

    ``corner`` is the heading of the labels, such as "Day".
    """
    rows = [
        (label, [_written(one.values[index], measure) for one in series])
        for index, label in enumerate(labels)
    ]
    return written_table(corner, [one.name for one in series], rows)


def written_table(corner: str, names: Sequence[str], rows: Sequence[tuple[str, Sequence[str]]]) -> Markup:
    """A table of values that are written already: of each row its label, and a value for each name."""
    head = element(
        "tr",
        {},
        element("th", {"scope": "col"}, corner),
        *(element("th", {"scope": "col", "class": "number"}, name) for name in names),
    )
    body = (
        element(
            "tr",
            {},
            element("th", {"scope": "row"}, label),
            *(element("td", {"class": "number"}, value) for value in values),
        )
        for label, values in rows
    )
    table = element("table", {}, element("thead", {}, head), element("tbody", {}, *body))
    # With a name and a place in the order of the keyboard, as it may be wider than a phone.
    frame = {"class": "scroll", "role": "group", "aria-label": corner, "tabindex": "0"}
    return element("div", frame, table)


def _written(value: float | None, measure: Measure) -> str:
    return "–" if value is None else measure.say(value)


def _total(series: Series) -> float:
    return sum(abs(value or 0) for value in series.values)


def _sample(kind: str, colour: str) -> Markup:
    shape = (
        element("rect", {"class": colour, "x": 4, "width": 12, "height": 12, "rx": 2})
        if kind == "block"
        else element("path", {"class": f"line {colour}", "d": "M0 6H24"})
    )
    return element("svg", {"class": "sample", "viewBox": "0 0 24 12", "aria-hidden": "true"}, shape)
