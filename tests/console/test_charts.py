"""Pictures of figures: their shapes say what the values say, their texts are escaped and do not overlap."""

import re
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup

from chalicelib.console import charts
from chalicelib.console.charts.scale import DURATION_STEPS
from chalicelib.console.charts.svg import NARROW_TEXT, WIDE_TEXT, text_width

HOURS = [f"{hour:02}:00" for hour in range(24)]
EVIL = "<script>alert(\"1\")</script> & 'co'"
HUGE = 987_654_321_000.0
THOUSANDTHS = st.integers(-(10**18), 10**18).map(lambda thousandths: thousandths / 1000)


def parsed(markup: Markup) -> ET.Element:
    return ET.fromstring(str(markup))  # noqa: S314 -- our own markup


def hints(markup: Markup) -> list[str]:
    """What the shapes say of themselves, in order."""
    shapes = [shape for shape in parsed(markup).iter() if shape.tag in {"rect", "circle"}]
    return [title.text or "" for shape in shapes for title in shape.findall("title")]


def shapes_of(markup: Markup, tag: str, colour: str) -> list[ET.Element]:
    picture = parsed(markup)
    svg = picture if picture.tag == "svg" else picture.find("svg")
    assert svg is not None
    return [shape for shape in svg.iter(tag) if colour in shape.get("class", "").split()]


def number(shape: ET.Element, name: str) -> float:
    return float(shape.get(name, "nan"))


def boxes(markup: Markup, size: float) -> Iterator[tuple[float, float, float]]:
    """Height, left and right end of each text that is shown in letters of this size."""
    for line in parsed(markup).iter("text"):
        classes = line.get("class", "").split()
        if size == NARROW_TEXT and "wide" in classes:
            continue
        width = text_width(line.text or "", size)
        x = number(line, "x")
        left = x - width if "end" in classes else x - width / 2 if "middle" in classes else x
        yield number(line, "y"), left, left + width


@pytest.mark.parametrize("draw", [charts.columns, charts.lines])
@pytest.mark.parametrize("size", [WIDE_TEXT, NARROW_TEXT])
@pytest.mark.parametrize("count", [1, 2, 7, 24, 31, 90, 365])
@pytest.mark.parametrize("label", ["{}", "{} нояб.", "неделя {} года"])
def test_labels_never_overlap_or_leave_the_picture(
    draw: Callable[..., Markup], size: float, count: int, label: str
) -> None:
    labels = [label.format(index + 1) for index in range(count)]
    mark = charts.Mark(
        count // 3, "Leadkeeper acts from here on, and this is much more than there is room for"
    )
    picture = draw("it", "It", labels, [charts.Series("all", [1] * count)], mark=mark)
    rows: dict[float, list[tuple[float, float]]] = {}
    for y, left, right in boxes(picture, size):
        rows.setdefault(y, []).append((left, right))
    assert max(rows) > 200, "there are labels below"
    for row in rows.values():
        assert all(one[1] <= other[0] for one, other in pairwise(sorted(row)))
        assert all(0 <= left <= right <= 640 for left, right in row)


def test_columns_stand_on_top_of_each_other_and_below_zero() -> None:
    picture = charts.columns(
        "it",
        "Profit",
        ["Mon", "Tue"],
        [charts.Series("Shop", [10, -20]), charts.Series("Market", [30, 0])],
    )
    first, below = shapes_of(picture, "rect", "series-1")[:2]
    (second,) = shapes_of(picture, "rect", "series-2")[:1]
    assert number(second, "y") + number(second, "height") == pytest.approx(number(first, "y"), abs=0.1)
    assert number(second, "height") == pytest.approx(3 * number(first, "height"), rel=0.02)
    zero = number(first, "y") + number(first, "height")
    assert number(below, "y") == pytest.approx(zero, abs=0.1)
    assert hints(picture) == ["Mon · Shop: 10", "Tue · Shop: -20", "Mon · Market: 30"]


def test_a_line_has_a_gap_where_nothing_is_known() -> None:
    picture = charts.lines("it", "It", ["1", "2", "3", "4"], [charts.Series("all", [1, 2, None, 4])])
    drawn = [path.get("d", "") for path in shapes_of(picture, "path", "series-1")]
    assert [path.count("L") for path in drawn] == [1, 0]
    assert len(shapes_of(picture, "circle", "series-1")) == 3


def test_a_lonely_value_among_many_gaps_is_seen() -> None:
    values = [None] * 50 + [3.0] + [None] * 49
    picture = charts.lines("it", "It", [str(day) for day in range(100)], [charts.Series("all", values)])
    assert hints(picture) == ["50 · all: 3"]


def test_each_step_of_a_waterfall_begins_where_the_last_one_ended() -> None:
    steps = [charts.Step("Reach", 50), charts.Step("Returns", -100), charts.Step("Price", 0)]
    picture = charts.waterfall("it", "Profit", charts.Step("May", 100), steps, "June")
    (rise,), (fall,) = shapes_of(picture, "rect", "tone-good"), shapes_of(picture, "rect", "tone-bad")
    may, june = shapes_of(picture, "rect", "total")
    assert number(may, "width") == pytest.approx(2 * number(june, "width"), rel=0.01)
    assert number(rise, "x") == pytest.approx(number(may, "width"), abs=0.1)
    assert number(fall, "x") == pytest.approx(number(june, "width"), abs=0.1)
    assert hints(picture) == ["May: 100", "Reach: +50", "Returns: -100", "June: 50"]


def test_a_waterfall_may_fall_below_zero() -> None:
    picture = charts.waterfall("it", "Profit", charts.Step("May", 100), [charts.Step("Rent", -300)], "June")
    may, june = shapes_of(picture, "rect", "total")
    zero = number(may, "x")
    assert zero == pytest.approx(640 * 2 / 3, abs=0.1)
    assert number(june, "x") == 0
    assert number(june, "width") == pytest.approx(zero, abs=0.1)


def test_cells_differ_in_height_not_in_colour_alone() -> None:
    cells = [charts.Cell(state, state) for state in ("up", "partly", "down", "unknown")]
    shapes = list(parsed(charts.strip("it", "Uptime", cells)).iter("rect"))
    heights = [number(shape, "height") for shape in shapes]
    assert heights == sorted(heights, reverse=True)
    assert len(set(heights)) == 4
    assert hints(charts.strip("it", "Uptime", cells)) == ["up", "partly", "down", "unknown"]


def test_a_sparkline_ends_with_a_dot_at_the_last_known_value() -> None:
    picture = charts.sparkline("it", "It", [1, 5, None, 3, None])
    (dot,) = shapes_of(picture, "circle", "series-1")
    paths = shapes_of(picture, "path", "series-1")
    assert f"{number(dot, 'cx'):.1f} {number(dot, 'cy'):.1f}" in (paths[1].get("d") or "")


def everything(texts: str, values: Sequence[float]) -> list[Markup]:
    labels = [f"{texts}{index}" for index in range(len(values))]
    series = [charts.Series(texts, values), charts.Series("other", values)]
    return [
        charts.columns(texts, texts, labels, series, description=texts, mark=charts.Mark(0, texts)),
        charts.lines(texts, texts, labels, series, description=texts, mark=charts.Mark(0, texts)),
        charts.waterfall(
            texts, texts, charts.Step(texts, 1), [charts.Step(texts, value) for value in values], texts
        ),
        charts.strip(texts, texts, [charts.Cell("up", texts) for _ in values]),
        charts.sparkline(texts, texts, values),
        charts.values_table(texts, labels, series, charts.COUNT),
    ]


@pytest.mark.parametrize("values", [[], [0], [5], [HUGE, 1, -HUGE], [0, 0, 0], [1e-9]])
def test_each_picture_can_show_nothing_one_and_huge_values(values: list[float]) -> None:
    for markup in everything("it", values):
        for shape in parsed(markup).iter():
            assert not {"nan", "inf"} & {value.lower() for value in shape.attrib.values()}
            assert float(shape.get("width", "0")) >= 0
            assert float(shape.get("height", "0")) >= 0


def test_texts_are_escaped_everywhere() -> None:
    for markup in everything(EVIL, [3, 4]):
        tags = {element.tag for element in parsed(markup).iter()}
        assert "script" not in tags
        assert "<script" not in markup


def test_pictures_need_neither_styles_nor_scripts() -> None:
    for markup in everything("it", [1, -2]):
        for element in parsed(markup).iter():
            assert not [name for name in element.attrib if name == "style" or name.startswith("on")]


def test_a_picture_says_in_words_what_it_shows() -> None:
    picture = charts.columns("calls", "Calls", ["1"], [charts.Series("all", [1])], description="More at noon")
    svg = parsed(picture).find("svg")
    assert svg is not None
    assert svg.get("role") == "img"
    ids = {element.get("id"): element.text for element in svg}
    assert [ids[name] for name in svg.get("aria-labelledby", "").split()] == ["Calls", "More at noon"]


def test_a_table_says_the_same() -> None:
    table = charts.values_table("Day", ["Mon", "Tue"], [charts.Series("Calls", [1500, None])], charts.COUNT)
    cells = [element.text for element in parsed(table).iter() if element.tag in {"th", "td"}]
    assert cells == ["Day", "Calls", "Mon", "1\N{NARROW NO-BREAK SPACE}500", "Tue", "–"]


def test_one_series_has_no_legend() -> None:
    one, two = charts.Series("one", [1]), charts.Series("two", [1])
    assert "legend" not in charts.columns("it", "It", ["1"], [one])
    assert re.findall(r"</svg>(\w+)</li>", charts.columns("it", "It", ["1"], [one, two])) == ["one", "two"]


def test_a_tone_gives_the_colour() -> None:
    picture = charts.columns("it", "It", ["1"], [charts.Series("lost", [1], tone="bad")])
    assert len(shapes_of(picture, "rect", "tone-bad")) == 1


def test_small_series_are_put_together() -> None:
    series = [charts.Series(str(size), [size, None]) for size in (1, 9, 2, 8)]
    merged = charts.largest(series, "Others", limit=3)
    assert [(one.name, list(one.values)) for one in merged] == [
        ("9", [9, None]),
        ("8", [8, None]),
        ("Others", [3, 0]),
    ]
    assert charts.largest(series, "Others") == tuple(series)


@pytest.mark.parametrize("values", [[1], [1, float("nan")], [1, float("inf")]])
def test_what_cannot_be_drawn_is_refused(values: list[float]) -> None:
    with pytest.raises(ValueError, match="calls"):
        charts.columns("it", "It", ["1", "2"], [charts.Series("calls", values)])


@given(THOUSANDTHS, THOUSANDTHS, st.booleans())
def test_ticks_hold_all_values_and_are_few(one: float, other: float, is_whole: bool) -> None:
    low, high = sorted((one, other))
    ticks = charts.Measure(str, is_whole=is_whole).ticks(low, high)
    assert ticks[0] <= min(low, 0) <= max(high, 0) <= ticks[-1]
    assert 0 in ticks
    assert 2 <= len(ticks) <= 7
    if is_whole:
        assert all(tick == int(tick) for tick in ticks)


@pytest.mark.parametrize(
    ("highest", "step"), [(0, 1), (59, 15), (15 * 60, 5 * 60), (3 * 3600, 3600), (1e9, 5_000 * 86400)]
)
def test_ticks_of_durations_are_minutes_hours_and_days(highest: float, step: float) -> None:
    ticks = charts.Measure(str, steps=DURATION_STEPS).ticks(0, highest)
    assert ticks[1] - ticks[0] == pytest.approx(step)
