"""Rows below each other, each a line of words over a bar: there is room for long names on a phone too."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from chalicelib.console.charts.svg import NARROW_TEXT, Attributes, element, shortened, text, text_width

WIDTH = 640.0
_ROW = 48.0
_BAR_TOP, _BAR_HEIGHT = 26.0, 12.0
_GAP = 16.0


@dataclass(frozen=True, slots=True)
class Row:
    """One row.

    Attributes:
        value: what stands at its right end.
        start: where its bar begins, as a share of the whole width.
        end: where it ends.
        classes: those of the bar.
    """

    name: str
    value: str
    start: float
    end: float
    classes: str


def drawn(rows: Sequence[Row]) -> tuple[list[Markup], float]:
    """All rows from above downwards, and how high they are together."""
    shapes = [shape for index, row in enumerate(rows) for shape in _drawn(row, index)]
    return shapes, _ROW * max(len(rows), 1)


def _drawn(row: Row, index: int) -> Iterator[Markup]:
    top = index * _ROW
    room = WIDTH - text_width(row.value, NARROW_TEXT) - _GAP
    yield text(shortened(row.name, room, NARROW_TEXT), 0, top + _BAR_TOP - 7)
    yield text(row.value, WIDTH, top + _BAR_TOP - 7, "end value")
    left, right = sorted((row.start * WIDTH, row.end * WIDTH))
    yield _bar("track", top, 0.0, WIDTH)
    if right > left:
        # What is there is seen, however small beside the others.
        yield _bar(row.classes, top, left, max(right - left, 2.0), f"{row.name}: {row.value}")


def _bar(classes: str, top: float, left: float, width: float, hint: str = "") -> Markup:
    attributes: Attributes = {
        "class": classes,
        "x": left,
        "y": top + _BAR_TOP,
        "width": width,
        "height": _BAR_HEIGHT,
        "rx": 2,
    }
    return element("rect", attributes, *([element("title", {}, hint)] if hint else []))
