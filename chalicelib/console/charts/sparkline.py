"""A small line without a scale, beside a number: where it comes from."""

from collections.abc import Sequence

from markupsafe import Markup

from chalicelib.console.charts.lines import path, runs
from chalicelib.console.charts.svg import Caption, element, picture

_WIDTH, _HEIGHT, _EDGE = 120.0, 32.0, 4.0


def sparkline(name: str, title: str, values: Sequence[float | None], *, description: str = "") -> Markup:
    """The line from zero or the lowest value to the highest one, with a dot at the last one known."""
    known = [value for value in values if value is not None]
    low, high = min(known, default=0.0), max(known, default=0.0)
    low, span = min(low, 0.0), (high - min(low, 0.0)) or 1.0
    step = (_WIDTH - 2 * _EDGE) / max(len(values) - 1, 1)
    points = {
        index: (_EDGE + index * step, _HEIGHT - _EDGE - (value - low) / span * (_HEIGHT - 2 * _EDGE))
        for index, value in enumerate(values)
        if value is not None
    }
    shapes = [
        element("path", {"class": "line series-1", "d": path(points[index] for index in row)})
        for row in runs(values)
    ]
    if points:
        x, y = points[max(points)]
        shapes.append(element("circle", {"class": "series-1", "cx": x, "cy": y, "r": 3}))
    return picture("chart-sparkline", Caption(name, title, description), (_WIDTH, _HEIGHT), shapes)
