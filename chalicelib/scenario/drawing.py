"""A scenario as a picture: one SVG file that needs nothing else."""

from collections.abc import Iterator
from html import escape

from chalicelib.scenario import shapes
from chalicelib.scenario.captions import CAPTIONS, GROUPS, Language
from chalicelib.scenario.lanes import Layout, layout_of
from chalicelib.scenario.places import BOX_HEIGHT, BOX_WIDTH, ROW, Places, Point, places_of
from chalicelib.scenario.settings import Scenario
from chalicelib.scenario.shapes import COLOURS, FAINT, INK, PAPER, Colour, text

PADDING = 14
"""Around a group's boxes."""

HEADING = 40
"""Above them."""

MARGIN = 42
GAP = 26
"""Between two ways out."""

BETWEEN_BADGES = 20.5
LEGEND = 84
LETTER = 7.2
"""About as wide is one in the legend."""

FONT = "system-ui, 'Segoe UI', Roboto, 'DejaVu Sans', Arial, sans-serif"


def draw(scenario: Scenario, shop: str, language: Language) -> str:
    """The picture, as the text of an SVG file.

    Args:
        scenario: whose names are right, as ``problems`` tells.
        shop: its name, for the title.
        language: of the captions; the statuses keep their names.
    """
    return _Picture(scenario, language).whole(shop)


class _Picture:
    def __init__(self, scenario: Scenario, language: Language) -> None:
        self._scenario = scenario
        self._words = CAPTIONS[language]
        self._group_names = GROUPS[language]
        self._places: Places = places_of(scenario)
        self._layout: Layout = layout_of(scenario, self._places)
        self._numbers = {end: number for number, end in enumerate(self._places.ways_out, 1)}

    def whole(self, shop: str) -> str:
        width = max(self._layout.width, 1000) + MARGIN
        parts = [*self._panels(), *self._lines(), *self._boxes()]
        bottom = self._layout.height + PADDING
        if self._numbers:
            ways_out, bottom = self._ways_out(bottom + 3 * PADDING, width)
            parts += ways_out
        height = bottom + MARGIN
        title = f"{self._words['title']}: {shop}"
        size = f'viewBox="0 0 {width:g} {height:g}" width="{width:g}" height="{height:g}"'
        return "\n".join(
            (
                f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img" font-family="{FONT}">',
                f"<title>{escape(title)}</title>",
                f"<defs>{shapes.arrow_heads()}</defs>",
                f'<rect width="100%" height="100%" fill="{PAPER}"/>',
                text((MARGIN, 52), title, f'font-size="26" font-weight="700" fill="{INK}"'),
                *self._legend(),
                *parts,
                "</svg>\n",
            )
        )

    def _colour(self, status: str) -> Colour:
        return self._group_colour(self._scenario.statuses[status].group)

    def _group_colour(self, group: str) -> Colour:
        return COLOURS[self._places.codes.index(group) % len(COLOURS)]

    def _legend(self) -> Iterator[str]:
        x = float(MARGIN)
        style = f'font-size="13" fill="{FAINT}"'
        for mark, wide, caption in (
            (shapes.begin_badge((11, 0)), 22, "begin"),
            (_small_end(), 34, "end"),
            (shapes.arrow(((0, 0), (38, 0)), COLOURS[0], is_back=False), 38, "step"),
            (shapes.arrow(((0, 0), (38, 0)), COLOURS[0], is_back=True), 38, "back"),
            (shapes.way_out_badge((10, 0), 1, COLOURS[-1]), 20, "way-out"),
        ):
            if caption == "way-out" and not self._numbers:
                continue
            words = self._words[caption]
            yield f'<g transform="translate({x:g} {LEGEND})">{mark}{text((wide + 8, 4.5), words, style)}</g>'
            x += wide + LETTER * len(words) + 34

    def _panels(self) -> Iterator[str]:
        for groups in self._places.columns:
            for group in groups:
                x, y = self._layout.boxes[group.statuses[0]]
                height = ROW * (len(group.statuses) - 1) + BOX_HEIGHT
                colour = self._group_colour(group.code)
                corner = (x - PADDING, y - HEADING)
                yield shapes.panel(corner, BOX_WIDTH + 2 * PADDING, height + HEADING + PADDING + 4, colour)
                style = f'font-size="15" font-weight="700" fill="{colour.ink}"'
                yield text((x, y - HEADING + 25), self._group_names.get(group.code, group.code), style)

    def _lines(self) -> Iterator[str]:
        """Those to one status together: they merge, and others pass below them."""
        for target in self._scenario.statuses:
            lines = [line for line in self._layout.lines if line.after == target]
            for line in lines:
                yield shapes.edge(line.points)
            for line in lines:
                yield shapes.arrow(line.points, self._colour(target), is_back=line.is_back)

    def _boxes(self) -> Iterator[str]:
        for status, corner in self._layout.boxes.items():
            yield self._box(status, corner)
            if status in self._scenario.begin:
                yield shapes.begin_badge(corner)
            ways_out = [end for end in self._numbers if end in self._scenario.statuses[status].next]
            x, y = corner[0] + BOX_WIDTH - 14, corner[1] + BOX_HEIGHT
            for index, end in enumerate(reversed(ways_out)):
                yield shapes.way_out_badge(
                    (x - BETWEEN_BADGES * index, y), self._numbers[end], self._colour(end)
                )

    def _box(self, status: str, corner: Point) -> str:
        is_end = not self._scenario.statuses[status].next
        name = self._scenario.name_of(status)
        return shapes.box(corner, name, status, self._colour(status), is_end=is_end)

    def _ways_out(self, top: float, width: float) -> tuple[list[str], float]:
        """What stands at the foot, and where it ends."""
        a_row = int((width - 2 * MARGIN + GAP) // (BOX_WIDTH + GAP))
        rows = -(-len(self._numbers) // a_row)
        height = HEADING + rows * (BOX_HEIGHT + GAP)
        colour = self._colour(self._places.ways_out[0])
        parts = [
            shapes.panel((MARGIN - PADDING, top), width - 2 * (MARGIN - PADDING), height, colour),
            text(
                (MARGIN, top + 25),
                self._words["ways-out"],
                f'font-size="15" font-weight="700" fill="{colour.ink}"',
            ),
        ]
        for end, number in self._numbers.items():
            row, column = divmod(number - 1, a_row)
            x = MARGIN + column * (BOX_WIDTH + GAP)
            y = top + HEADING + row * (BOX_HEIGHT + GAP)
            parts += [self._box(end, (x, y)), shapes.way_out_badge((x, y), number, self._colour(end))]
        return parts, top + height


def _small_end() -> str:
    return (
        f'<g fill="none" stroke="{INK}"><rect x="0" y="-10" width="34" height="20" rx="5"/>'
        '<rect x="3" y="-7" width="28" height="14" rx="3"/></g>'
    )
