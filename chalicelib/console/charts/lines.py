"""Lines over labels: how something changes."""

from collections.abc import Iterator, Sequence

from markupsafe import Markup

from chalicelib.console.charts.axes import HEIGHT, WIDTH, Mark, Plot, check, ground, known, plot
from chalicelib.console.charts.scale import COUNT, Measure
from chalicelib.console.charts.series import Series, colour_class, legend
from chalicelib.console.charts.svg import Caption, element, picture

_DOTTED = 40  # With more values than this, a dot for each would hide the line.


def lines(
    name: str,
    title: str,
    labels: Sequence[str],
    series: Sequence[Series],
    *,
    description: str = "",
    measure: Measure = COUNT,
    mark: Mark | None = None,
) -> Markup:
    """One line a series, with a gap where nothing is known.

    Raises:
        ValueError: a series has not one value for each label, or one that is not finite.
    """
    check(labels, series)
    values = [value for one in series for _, value in known(one)]
    place = plot(labels, min(values, default=0), max(values, default=0), measure)
    shapes = [*ground(place, labels, measure, mark)]
    for position, one in enumerate(series):
        shapes += _drawn(place, labels, one, colour_class(one, position), measure)
    drawn = picture("chart-lines", Caption(name, title, description), (WIDTH, HEIGHT), shapes)
    return element("figure", {"class": "chart"}, drawn, legend(series, "stroke"))


def runs(values: Sequence[float | None]) -> list[list[int]]:
    """The places of known values, in rows without a gap."""
    rows: list[list[int]] = [[]]
    for index, value in enumerate(values):
        if value is None:
            rows.append([])
        else:
            rows[-1].append(index)
    return [row for row in rows if row]


def _drawn(
    place: Plot, labels: Sequence[str], one: Series, colour: str, measure: Measure
) -> Iterator[Markup]:
    points = {index: (place.centre(index), place.height(value)) for index, value in known(one)}
    rows = runs(one.values)
    for row in rows:
        yield element("path", {"class": f"line {colour}", "d": path(points[index] for index in row)})
    alone = {row[0] for row in rows if len(row) == 1}
    for index, value in known(one):
        if len(labels) <= _DOTTED or index in alone:
            hint = element("title", {}, f"{labels[index]} · {one.name}: {measure.say(value)}")
            x, y = points[index]
            yield element("circle", {"class": colour, "cx": x, "cy": y, "r": 3.5}, hint)


def path(points: Iterator[tuple[float, float]]) -> str:
    """The way from point to point, as ``<path d>`` wants it."""
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points)
