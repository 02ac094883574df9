"""The shapes of a scenario's picture, as SVG elements."""

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from math import hypot

from chalicelib.scenario.places import BOX_HEIGHT, BOX_WIDTH, Point

INK = "#1b2430"
FAINT = "#56616f"
PAPER = "#ffffff"
CORNER = 7
BADGE = 9.5
LINE_LETTERS = 22
"""So many of a name fit into a box."""


@dataclass(frozen=True, slots=True)
class Colour:
    """Of a group.

    Attributes:
        number: which of the arrow heads has its ink.
    """

    number: int
    fill: str
    ink: str


COLOURS = tuple(
    Colour(number, fill, ink)
    for number, (fill, ink) in enumerate(
        (
            ("#e3eefb", "#1f5fa8"),
            ("#fff1d0", "#8a5a00"),
            ("#ece4fb", "#5b3aa8"),
            ("#d9f2ee", "#0b6e63"),
            ("#e1f4dd", "#256b2b"),
            ("#fbe3df", "#a8321f"),
        )
    )
)


def text(at: Point, words: str, style: str = "") -> str:
    """Words that begin at a point; ``style`` holds more attributes."""
    return f'<text x="{at[0]:g}" y="{at[1]:g}" {style}>{escape(words)}</text>'


def panel(corner: Point, width: float, height: float, colour: Colour) -> str:
    """The ground on which a group's boxes stand."""
    x, y = corner
    return (
        f'<rect x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}" rx="16"'
        f' fill="{colour.fill}" fill-opacity="0.45"/>'
    )


def box(corner: Point, name: str, code: str, colour: Colour, *, is_end: bool) -> str:
    """A status with its name and its code; with a double border at the end of the way."""
    x, y = corner
    border = f'fill="{colour.fill}" stroke="{colour.ink}" stroke-width="1.6"'
    inner = (
        f'<rect x="{x + 3.5:g}" y="{y + 3.5:g}" width="{BOX_WIDTH - 7}" height="{BOX_HEIGHT - 7}" rx="7"'
        f' fill="none" stroke="{colour.ink}"/>'
    )
    middle = f'text-anchor="middle" fill="{INK}" font-size="14" font-weight="600"'
    lines = textwrap.wrap(name, LINE_LETTERS, max_lines=2, placeholder="…")
    has_code = code != name
    first = (BOX_HEIGHT - 16 * (len(lines) + has_code)) / 2 + 13
    words = [text((x + BOX_WIDTH / 2, y + first + 16 * i), line, middle) for i, line in enumerate(lines)]
    small = f'text-anchor="middle" fill="{FAINT}" font-size="11" font-family="ui-monospace, monospace"'
    if has_code:
        height = y + first + 16 * len(lines)
        words.append(text((x + BOX_WIDTH / 2, height), textwrap.shorten(code, 29, placeholder="…"), small))
    return "".join(
        (
            f"<g><title>{escape(f'{name} ({code})')}</title>",
            f'<rect x="{x:g}" y="{y:g}" width="{BOX_WIDTH}" height="{BOX_HEIGHT}" rx="10" {border}/>',
            inner if is_end else "",
            *words,
            "</g>",
        )
    )


def begin_badge(centre: Point) -> str:
    """What marks a status in which orders are made."""
    x, y = centre
    return (
        f'<circle cx="{x:g}" cy="{y:g}" r="{BADGE + 1.5}" fill="{INK}"/>'
        f'<path d="M{x - 3:g} {y - 5:g}L{x + 5.5:g} {y:g}L{x - 3:g} {y + 5:g}Z" fill="{PAPER}"/>'
    )


def way_out_badge(centre: Point, number: int, colour: Colour) -> str:
    """The number of a way out."""
    style = f'text-anchor="middle" fill="{colour.ink}" font-size="11.5" font-weight="700"'
    return (
        f'<circle cx="{centre[0]:g}" cy="{centre[1]:g}" r="{BADGE}" fill="{PAPER}" stroke="{colour.ink}"'
        f' stroke-width="1.4"/>{text((centre[0], centre[1] + 4), str(number), style)}'
    )


def arrow_heads() -> str:
    """To be referred to by lines."""
    return "".join(
        f'<marker id="to{colour.number}" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="9"'
        ' markerHeight="9" markerUnits="userSpaceOnUse" orient="auto">'
        f'<path d="M0 0.8L10 5L0 9.2Z" fill="{colour.ink}"/></marker>'
        for colour in COLOURS
    )


def arrow(points: Sequence[Point], colour: Colour, *, is_back: bool) -> str:
    """A line with round corners that ends in an arrow head."""
    dashes = ' stroke-dasharray="5 4"' if is_back else ""
    return (
        f'<path d="{_rounded(points)}" fill="none" stroke="{colour.ink}" stroke-width="1.7"{dashes}'
        f' marker-end="url(#to{colour.number})"/>'
    )


def edge(points: Sequence[Point]) -> str:
    """The paper around a line, so that others pass below it."""
    return f'<path d="{_rounded(points)}" fill="none" stroke="{PAPER}" stroke-width="4"/>'


def _rounded(points: Sequence[Point]) -> str:
    """The path through these points, which lies straight between two of them."""
    path = [f"M{points[0][0]:g} {points[0][1]:g}"]
    for before, corner, after in zip(points, points[1:], points[2:], strict=False):
        near, far = _towards(corner, before), _towards(corner, after)
        path.append(f"L{near[0]:g} {near[1]:g}Q{corner[0]:g} {corner[1]:g} {far[0]:g} {far[1]:g}")
    path.append(f"L{points[-1][0]:g} {points[-1][1]:g}")
    return "".join(path)


def _towards(corner: Point, other: Point) -> Point:
    """Where the round part of a corner ends."""
    length = hypot(other[0] - corner[0], other[1] - corner[1])
    part = min(CORNER / length, 0.5) if length else 0
    return corner[0] + (other[0] - corner[0]) * part, corner[1] + (other[1] - corner[1]) * part
