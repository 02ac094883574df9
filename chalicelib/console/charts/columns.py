"""Columns over labels, several series on top of each other."""

from collections.abc import Iterator, Sequence

from markupsafe import Markup

from chalicelib.console.charts.axes import HEIGHT, WIDTH, Mark, Plot, check, ground, known, plot
from chalicelib.console.charts.scale import COUNT, Measure
from chalicelib.console.charts.series import Series, colour_class, legend
from chalicelib.console.charts.svg import Attributes, Caption, element, picture

_FILLED = 0.76  # The share of a label's place that its column takes.
_WIDEST = 64.0


def columns(
    name: str,
    title: str,
    labels: Sequence[str],
    series: Sequence[Series],
    *,
    description: str = "",
    measure: Measure = COUNT,
    mark: Mark | None = None,
) -> Markup:
    """One column a label. Series are stacked: those below zero downwards.

    Raises:
        ValueError: a series has not one finite value for each label.
    """
    check(labels, series)
    lows = [_summed(series, index, above=False) for index in range(len(labels))]
    highs = [_summed(series, index, above=True) for index in range(len(labels))]
    place = plot(labels, min(lows, default=0), max(highs, default=0), measure)
    shapes = [*ground(place, labels, measure, mark), *_stacked(place, labels, series, measure)]
    drawn = picture("chart-columns", Caption(name, title, description), (WIDTH, HEIGHT), shapes)
    return element("figure", {"class": "chart"}, drawn, legend(series, "block"))


def _summed(series: Sequence[Series], index: int, *, above: bool) -> float:
    values = (one.values[index] or 0 for one in series)
    return sum(value for value in values if (value > 0) is above)


def _stacked(
    place: Plot, labels: Sequence[str], series: Sequence[Series], measure: Measure
) -> Iterator[Markup]:
    reached = {True: [0.0] * len(labels), False: [0.0] * len(labels)}
    for position, one in enumerate(series):
        for index, value in known(one):
            if not value:
                continue
            start = reached[value > 0][index]
            reached[value > 0][index] += value
            hint = f"{labels[index]} · {one.name}: {measure.say(value)}"
            yield _column(place, index, (start, start + value), colour_class(one, position), hint)


def _column(place: Plot, index: int, ends: tuple[float, float], colour: str, hint: str) -> Markup:
    width = min(place.slot * _FILLED, _WIDEST)
    top, bottom = sorted(place.height(end) for end in ends)
    attributes: Attributes = {
        "class": colour,
        "x": place.centre(index) - width / 2,
        "y": top,
        "width": width,
        "height": max(bottom - top, 1.0),  # What is there is seen, however small beside the others.
    }
    return element("rect", attributes, element("title", {}, hint))
