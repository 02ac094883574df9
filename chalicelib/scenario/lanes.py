"""The lines between the boxes of a scenario's picture: rectangular, each target with a lane of its own."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, islice, pairwise

from chalicelib.scenario.places import BOX_HEIGHT, BOX_WIDTH, ROW, Places, Point
from chalicelib.scenario.settings import Scenario

LANE = 13
"""From one lane to the next."""

BESIDE = 28
"""From the lanes to the boxes beside them."""

PORT = 9
"""From the beginning of a line to that of the next line of the same box."""

ENTRY = 14
"""From the middle of a box's left side, where lines end, to the nearest one that begins there."""

CORNER = 6
"""So much of a box's side is round."""

TOP = 156
LEFT = 56


@dataclass(frozen=True, slots=True)
class Line:
    """A step, as a line from one box to another.

    Attributes:
        is_back: True if it leads back to a status that the scenario has before this one.
    """

    before: str
    after: str
    is_back: bool
    points: tuple[Point, ...]


@dataclass(frozen=True, slots=True)
class Layout:
    """What has a place in a picture.

    Attributes:
        boxes: the upper left corner of each status.
        lines: between them; those to ways out are left out.
        width: where nothing stands any more to the right; likewise ``height`` below.
    """

    boxes: Mapping[str, Point]
    lines: tuple[Line, ...]
    width: float
    height: float


def layout_of(scenario: Scenario, places: Places) -> Layout:
    """Lanes change places for as long as that saves crossings."""
    lanes = _Lanes(scenario, places)
    best = lanes.layout()
    fewest = crossings(best.lines)
    for targets in lanes.targets:
        for one, other in combinations(range(len(targets)), 2):
            targets[one], targets[other] = targets[other], targets[one]
            tried = lanes.layout()
            count = crossings(tried.lines)
            if count < fewest:
                best, fewest = tried, count
            else:
                targets[one], targets[other] = targets[other], targets[one]
    return best


class _Lanes:
    """The lanes left of each column, from left to right; ``targets`` may be put into another order."""

    def __init__(self, scenario: Scenario, places: Places) -> None:
        self._column = {status: column for status, column, _ in places.each()}
        self._row = {status: row for status, _, row in places.each()}
        self._order = {status: number for number, status in enumerate(scenario.statuses)}
        steps = [
            (before, after)
            for before, status in scenario.statuses.items()
            for after in dict.fromkeys(status.next)
            if before in self._column and after in self._column and before != after
        ]
        neighbours = {
            pair
            for groups in places.columns
            for group in groups
            for upper, lower in pairwise(group.statuses)
            for pair in ((upper, lower), (lower, upper))
        }
        self._straight = [step for step in steps if step in neighbours]
        self._routed = [step for step in steps if step not in neighbours]
        self.targets = [
            list(dict.fromkeys(after for _, after in self._routed if self._column[after] == column))
            for column in range(len(places.columns))
        ]
        far = [step for step in self._routed if self._is_far(*step)]
        self._far = list(dict.fromkeys(after for _, after in far))
        self._leaving = [
            list(dict.fromkeys(after for before, after in far if self._column[before] == column))
            for column in range(len(places.columns))
        ]

    def layout(self) -> Layout:
        """Everything at its place, with the lanes in their present order."""
        lefts = [LEFT + self._width_before(0)]
        for column in range(1, len(self.targets)):
            lefts.append(lefts[-1] + BOX_WIDTH + self._width_before(column))
        boxes = {
            status: (lefts[column], TOP + self._row[status] * ROW / 2)
            for status, column in self._column.items()
        }
        below = max(y for _, y in boxes.values()) + BOX_HEIGHT + LANE
        lines = [*self._verticals(boxes), *self._routes(boxes, below)]
        right = lefts[-1] + BOX_WIDTH + LANE * (len(self._leaving[-1]) + 1)
        return Layout(boxes, tuple(lines), right, below + LANE * (len(self._far) + 1))

    def _width_before(self, column: int) -> float:
        """Of the space left of a column: lanes of lines that leave the one before it, then its own."""
        leaving = BESIDE + LANE * len(self._leaving[column - 1]) if column else 0
        lanes = len(self.targets[column])
        return leaving + (BESIDE + LANE * lanes if lanes else 0)

    def _is_far(self, before: str, after: str) -> bool:
        return self._column[after] - self._column[before] not in {0, 1}

    def _verticals(self, boxes: Mapping[str, Point]) -> Iterator[Line]:
        steps = set(self._straight)
        for before, after in self._straight:
            is_down = self._row[after] > self._row[before]
            # Two that lead to and fro stand side by side.
            beside = (-1 if is_down else 1) * ENTRY if (after, before) in steps else 0
            x = boxes[before][0] + BOX_WIDTH / 2 + beside
            start = boxes[before][1] + (BOX_HEIGHT if is_down else 0)
            end = boxes[after][1] + (0 if is_down else BOX_HEIGHT)
            yield self._line(before, after, ((x, start), (x, end)))

    def _routes(self, boxes: Mapping[str, Point], below: float) -> Iterator[Line]:
        ports = self._ports(boxes)
        for step in self._routed:
            before, after = step
            column, (left, top) = self._column[after], boxes[after]
            targets = self.targets[column]
            lane = left - BESIDE - LANE * (len(targets) - 1 - targets.index(after))
            entry = top + BOX_HEIGHT / 2
            right = boxes[before][0] + BOX_WIDTH
            way: tuple[Point, ...]
            if self._is_far(*step):  # Below everything else.
                leaving = right + BESIDE + LANE * self._leaving[self._column[before]].index(after)
                under = below + LANE * (self._far.index(after) + 1)
                way = ((right, ports[step]), (leaving, ports[step]), (leaving, under), (lane, under))
            else:
                start = boxes[before][0] if self._column[before] == column else right
                way = ((start, ports[step]), (lane, ports[step]))
            yield self._line(before, after, (*way, (lane, entry), (left, entry)))

    def _ports(self, boxes: Mapping[str, Point]) -> Mapping[tuple[str, str], float]:
        """The height at which each line leaves its box: the higher it goes, the higher."""
        ports: dict[tuple[str, str], float] = {}
        for before, (_, top) in boxes.items():
            middle = top + BOX_HEIGHT / 2
            steps = [step for step in self._routed if step[0] == before]
            steps.sort(key=lambda step: (self._is_far(*step), boxes[step[1]][1]))
            right = [step for step in steps if self._column[step[1]] != self._column[before]]
            left = [step for step in steps if step not in right]
            up = [step for step in left if boxes[step[1]][1] < top]
            down = [step for step in left if step not in up]
            apart = _apart(len(right), BOX_HEIGHT)
            for number, step in enumerate(right):
                ports[step] = middle + apart * (number - (len(right) - 1) / 2)
            for number, step in enumerate(reversed(up)):
                ports[step] = middle - ENTRY - _apart(len(up), BOX_HEIGHT / 2 - ENTRY) * number
            for number, step in enumerate(down):
                ports[step] = middle + ENTRY + _apart(len(down), BOX_HEIGHT / 2 - ENTRY) * number
        return ports

    def _line(self, before: str, after: str, points: Sequence[Point]) -> Line:
        return Line(before, after, self._order[after] < self._order[before], tuple(points))


def _apart(lines: int, space: float) -> float:
    """From one line to the next of a box, so that all of them begin at it."""
    return min(PORT, (space - CORNER) / max(lines - 1, 1))


def crossings(lines: Sequence[Line]) -> int:
    """How often two lines to different boxes cross; lines that run along each other count, too."""
    parts = [(line.after, part) for line in lines for part in map(_spread, pairwise(line.points))]
    # From left to right: what begins right of a part's end, and all that follow, cannot meet it.
    parts.sort(key=lambda each: each[1])
    found = 0
    for index, (after, (_, right, top, bottom)) in enumerate(parts):
        for other_after, (other_left, _, other_top, other_bottom) in islice(parts, index + 1, None):
            if other_left > right:
                break
            found += after != other_after and other_top <= bottom and top <= other_bottom
    return found


def _spread(part: tuple[Point, Point]) -> tuple[float, float, float, float]:
    """From where to where a line goes, to the right and down; it is horizontal or vertical."""
    (x, y), (other_x, other_y) = part
    return min(x, other_x), max(x, other_x), min(y, other_y), max(y, other_y)
