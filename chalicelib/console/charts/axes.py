"""The ground of columns and lines: a scale at the left, labels below."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from chalicelib.console.charts.scale import Measure, share_of
from chalicelib.console.charts.series import Series
from chalicelib.console.charts.svg import NARROW_TEXT, WIDE_TEXT, element, shortened, text, text_width

WIDTH, HEIGHT = 640.0, 262.0
_TOP, _BOTTOM, _RIGHT = 26.0, 226.0, 628.0
_LABEL_Y = 255.0
_GAP = 8.0  # Between the scale and the picture.


@dataclass(frozen=True, slots=True)
class Mark:
    """A moment worth knowing, such as the one from which something was done otherwise.

    Attributes:
        index: before which label it was.
        words: what happened.
    """

    index: int
    words: str


@dataclass(frozen=True, slots=True)
class Plot:
    """Where things are drawn, in units of the picture.

    Attributes:
        ticks: the values beside the scale, ascending.
        left: where the first slot begins.
        slot: how wide the place of one label is.
    """

    ticks: Sequence[float]
    left: float
    slot: float

    def centre(self, index: int) -> float:
        """The middle of a label's place."""
        return self.left + self.slot * (index + 0.5)

    def height(self, value: float) -> float:
        """The vertical place of a value."""
        return _BOTTOM - (_BOTTOM - _TOP) * share_of(self.ticks, value)


def plot(labels: Sequence[str], lowest: float, highest: float, measure: Measure) -> Plot:
    """The ground for values between the lowest and the highest."""
    ticks = measure.ticks(lowest, highest)
    left = max(text_width(measure.say(tick), NARROW_TEXT) for tick in ticks) + _GAP
    return Plot(ticks, left, (_RIGHT - left) / max(len(labels), 1))


def ground(place: Plot, labels: Sequence[str], measure: Measure, mark: Mark | None) -> Iterator[Markup]:
    """Lines of the scale, their values, and as many labels as there is room for."""
    for tick in place.ticks:
        height = place.height(tick)
        classes = "zero" if tick == 0 else "grid"
        yield element("line", {"class": classes, "x1": place.left, "x2": _RIGHT, "y1": height, "y2": height})
        yield text(measure.say(tick), place.left - _GAP, height, "end tick")
    yield from _shown_labels(place, labels)
    if mark is not None:
        yield from _marked(place, mark)


def known(series: Series) -> Iterator[tuple[int, float]]:
    """The known values of a series, with their places."""
    return ((index, value) for index, value in enumerate(series.values) if value is not None)


def check(labels: Sequence[str], series: Sequence[Series]) -> None:
    """Refuse what cannot be drawn.

    Raises:
        ValueError: a series has not one value for each label, or one that is no number.
    """
    for one in series:
        if len(one.values) != len(labels):
            raise ValueError(f"{one.name}: {len(one.values)} values for {len(labels)} labels")
        if not all(math.isfinite(value) for _, value in known(one)):
            raise ValueError(f"{one.name}: not each value is a finite number")


def _shown_labels(place: Plot, labels: Sequence[str]) -> Iterator[Markup]:
    """Each label that has room; what has none on a phone is only shown on a wide screen."""
    wide = _distance(place, labels, WIDE_TEXT)
    narrow = _distance(place, labels, NARROW_TEXT)
    narrow = math.ceil(narrow / wide) * wide
    for index in range(0, len(labels), wide):
        classes = (
            "middle" if index % narrow == 0 and _fits(place, labels, index, NARROW_TEXT) else "middle wide"
        )
        if _fits(place, labels, index, WIDE_TEXT):
            yield text(labels[index], place.centre(index), _LABEL_Y, classes)


def _distance(place: Plot, labels: Sequence[str], size: float) -> int:
    """Each how manieth label has room, in letters of this size."""
    longest = max((text_width(f"{label} ", size) for label in labels), default=1.0)
    return max(math.ceil(longest / place.slot), 1)


def _fits(place: Plot, labels: Sequence[str], index: int, size: float) -> bool:
    half = text_width(labels[index], size) / 2
    return len(labels) == 1 or 0 <= place.centre(index) - half <= place.centre(index) + half <= WIDTH


def _marked(place: Plot, mark: Mark) -> Iterator[Markup]:
    x = place.left + place.slot * mark.index
    is_right = x > WIDTH / 2
    yield element("line", {"class": "moment", "x1": x, "x2": x, "y1": 4, "y2": _BOTTOM})
    room = max(x, WIDTH - x) - 2 * _GAP
    words = shortened(mark.words, room, NARROW_TEXT)
    yield text(words, x - _GAP if is_right else x + _GAP, 16, "end" if is_right else "")
