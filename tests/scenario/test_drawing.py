"""The picture of a scenario: everything is on it, and nothing hides anything."""

from itertools import combinations, pairwise
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.scenario.drawing import draw
from chalicelib.scenario.lanes import Layout, crossings, layout_of
from chalicelib.scenario.places import BOX_HEIGHT, BOX_WIDTH, Places, Point, places_of
from chalicelib.scenario.settings import Scenario
from chalicelib.validation import scenario_of

EXAMPLE = scenario_of(Path("scenario.example.toml"))
CROSSINGS = 23
CODES = [f"status-{number}" for number in range(12)]
statuses = st.fixed_dictionaries(
    {
        "group": st.sampled_from(["", "one", "two", "three", "four"]),
        "next": st.lists(st.sampled_from(CODES), max_size=5),
    }
)
scenarios = st.builds(
    lambda tables: Scenario.model_validate({"begin": CODES[:1], "statuses": tables}),
    st.fixed_dictionaries(dict.fromkeys(CODES, statuses)),
)


def placed(scenario: Scenario) -> tuple[Places, Layout]:
    places = places_of(scenario)
    return places, layout_of(scenario, places)


def runs_through(part: tuple[Point, Point], corner: Point) -> bool:
    """Whether a part of a line enters the inside of a box."""
    (left, top), (start, end) = corner, part
    return (
        max(start[0], end[0]) > left
        and min(start[0], end[0]) < left + BOX_WIDTH
        and max(start[1], end[1]) > top
        and min(start[1], end[1]) < top + BOX_HEIGHT
    )


@settings(max_examples=50, deadline=None)
@given(scenarios)
def test_each_step_is_a_line_or_leads_to_a_way_out(scenario: Scenario) -> None:
    places, layout = placed(scenario)
    steps = {
        (before, after)
        for before, status in scenario.statuses.items()
        for after in status.next
        if before != after
    }
    drawn = {(line.before, line.after) for line in layout.lines}
    assert drawn == {step for step in steps if step[1] not in places.ways_out}
    assert set(layout.boxes) | set(places.ways_out) == set(CODES)
    assert set(layout.boxes).isdisjoint(places.ways_out)


@settings(max_examples=50, deadline=None)
@given(scenarios)
def test_no_line_runs_through_a_box_and_no_box_covers_another(scenario: Scenario) -> None:
    _, layout = placed(scenario)
    for line in layout.lines:
        for part in pairwise(line.points):
            assert not [status for status, corner in layout.boxes.items() if runs_through(part, corner)]
    for (one_x, one_y), (other_x, other_y) in combinations(layout.boxes.values(), 2):
        assert abs(one_x - other_x) > BOX_WIDTH or abs(one_y - other_y) > BOX_HEIGHT


@settings(max_examples=50, deadline=None)
@given(scenarios)
def test_lines_to_different_statuses_never_run_along_each_other(scenario: Scenario) -> None:
    """Who follows one with a finger must not end up at the other one's end."""
    _, layout = placed(scenario)
    uprights = [
        (line.after, start[0], min(start[1], end[1]), max(start[1], end[1]))
        for line in layout.lines
        for start, end in pairwise(line.points)
        if start[0] == end[0] and start[1] != end[1]
    ]
    for (after, x, top, bottom), (other, other_x, other_top, other_bottom) in combinations(uprights, 2):
        if after != other and x == other_x:
            assert min(bottom, other_bottom) <= max(top, other_top)


class TestExample:
    def test_lines_seldom_cross(self) -> None:
        """So often with today's lanes; a change of them must not make it worse."""
        _, layout = placed(EXAMPLE)
        assert crossings(layout.lines) <= CROSSINGS

    def test_refusals_are_ways_out_not_lines(self) -> None:
        assert places_of(EXAMPLE).ways_out == (
            "no-call",
            "no-product",
            "already-buyed",
            "delyvery-did-not-suit",
            "prices-did-not-suit",
            "cancel-other",
        )

    @pytest.mark.parametrize(("language", "caption"), [("ru", "Согласование"), ("en", "Approval")])
    def test_all_names_and_the_captions_are_on_it(self, language: str, caption: str) -> None:
        words = drawn_words(EXAMPLE, "ru" if language == "ru" else "en")
        assert caption in words
        for code, status in EXAMPLE.statuses.items():
            assert code in words
            assert status.name in words or set(status.name.split()) <= set(" ".join(words).split())

    def test_it_asks_nobody_for_anything(self) -> None:
        picture = draw(EXAMPLE, "Тенты", "ru")
        root = ET.fromstring(picture)  # noqa: S314 -- our own
        assert {element.tag.rpartition("}")[2] for element in root.iter()} == {
            *("svg", "title", "defs", "marker", "path", "rect", "circle", "text", "g")
        }
        assert picture.count("http") == 1  # the name of SVG itself


def test_names_are_only_words() -> None:
    name = '<script>alert("1")</script> & co'
    nasty = Scenario.model_validate({"begin": ["new"], "statuses": {"new": {"name": name}}})
    root = ET.fromstring(draw(nasty, name, "en"))  # noqa: S314 -- our own
    titles = [element.text for element in root.iter() if element.tag.endswith("title")]
    assert titles == [f"The way of an order: {name}", f"{name} (new)"]
    assert not [element for element in root.iter() if element.tag.endswith("script")]


def drawn_words(scenario: Scenario, language: str) -> list[str]:
    root = ET.fromstring(draw(scenario, "Тенты", "ru" if language == "ru" else "en"))  # noqa: S314 -- our own
    return [element.text or "" for element in root.iter() if element.tag.endswith("text")]


def test_each_line_begins_at_its_box_however_many_there_are() -> None:
    ends = [f"end-{number}" for number in range(15)]
    tables = {
        "new": {"group": "one", "next": ["busy"]},
        "busy": {"group": "one", "next": ends},
        **{end: {"group": "two"} for end in ends},
    }
    _, layout = placed(Scenario.model_validate({"begin": ["new"], "statuses": tables}))
    for line in layout.lines:
        top = layout.boxes[line.before][1]
        assert top <= line.points[0][1] <= top + BOX_HEIGHT
