"""A strip of cells: how something fared, period by period, such as the uptime of thirty days."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from markupsafe import Markup

from chalicelib.console.charts.svg import Attributes, Caption, element, picture

_CELL, _HEIGHT = 10.0, 36.0
_FILLED = 0.7

_LOOKS = {
    "up": ("tone-good", 1.0),
    "partly": ("tone-warn", 0.66),
    "down": ("tone-bad", 0.33),
    "unknown": ("tone-none", 0.12),
}
"""The colour of a cell and how high it is: what is lower fared worse, so that nobody depends on colours."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One period.

    Attributes:
        state: how it was; ``partly`` if for some of the time only, ``unknown`` if nobody looked.
        hint: when that was and how, such as "14 May: 99.2 %".
    """

    state: Literal["up", "partly", "down", "unknown"]
    hint: str


def strip(name: str, title: str, cells: Sequence[Cell], *, description: str = "") -> Markup:
    """One upright cell a period, the oldest one first."""
    shapes = [_cell(cell, index) for index, cell in enumerate(cells)]
    width = _CELL * max(len(cells), 1)
    return picture(
        "chart-strip", Caption(name, title, description), (width, _HEIGHT), shapes, is_stretched=True
    )


def _cell(cell: Cell, index: int) -> Markup:
    colour, share = _LOOKS[cell.state]
    height = _HEIGHT * share
    attributes: Attributes = {
        "class": colour,
        "x": index * _CELL,
        "y": _HEIGHT - height,
        "width": _CELL * _FILLED,
        "height": height,
    }
    return element("rect", attributes, element("title", {}, cell.hint))
