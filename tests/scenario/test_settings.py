"""Which steps a scenario allows, and what is wrong with one."""

from collections.abc import Mapping
from typing import Any

import pytest

from chalicelib.errors import ConfigurationError
from chalicelib.scenario.problems import problems
from chalicelib.scenario.settings import Scenario

WAY: Mapping[str, Any] = {
    "new": {"next": ["agreed", "refused"]},
    "agreed": {"next": ["sent", "refused"], "name": "Согласован"},
    "sent": {"next": ["done"]},
    "done": {},
    "refused": {},
}


def scenario(begin: tuple[str, ...] = ("new",), **statuses: Mapping[str, Any]) -> Scenario:
    return Scenario.model_validate({"begin": begin, "statuses": {**WAY, **statuses}})


def found(scenario: Scenario) -> dict[str, str]:
    return {problem.key: problem.problem for problem in problems(scenario)}


@pytest.mark.parametrize(
    ("before", "after", "is_right"),
    [
        ("new", "agreed", True),
        ("agreed", "agreed", True),
        ("agreed", "new", False),
        ("new", "sent", False),
        ("done", "sent", False),
        ("", "new", True),
        ("", "sent", False),
        ("new", "of-another-shop", False),
        ("", "of-another-shop", False),
        ("of-another-shop", "of-another-shop", True),
        ("of-another-shop", "sent", True),
        ("of-another-shop", "of-a-third-shop", False),
    ],
)
def test_allows_the_steps_that_it_names(before: str, after: str, *, is_right: bool) -> None:
    assert scenario().allows(before, after) is is_right


def test_a_status_without_a_name_is_called_by_its_code() -> None:
    assert [scenario().name_of(status) for status in ("agreed", "sent", "other")] == [
        "Согласован",
        "sent",
        "other",
    ]


class TestProblems:
    def test_none_where_each_way_leads_to_an_end(self) -> None:
        assert found(scenario()) == {}

    def test_unknown_statuses_each_with_its_key(self) -> None:
        wrong = scenario(begin=("mew", "new"), agreed={"next": ["snet", "sent"]}, sent={"next": ["doen"]})
        assert found(wrong) == {
            "scenario.begin": "there is no status mew",
            "scenario.statuses.agreed.next": "there is no status snet",
            "scenario.statuses.sent.next": "there is no status doen",
        }

    def test_the_fix_is_told(self) -> None:
        problem = problems(scenario(sent={"next": ["doen"]}))[0]
        assert isinstance(problem, ConfigurationError)
        assert problem.fix == "Correct its spelling, or add [statuses.doen]"

    def test_a_status_that_no_order_gets(self) -> None:
        assert found(scenario(forgotten={"next": ["done"]})) == {
            "scenario.statuses.forgotten": "no way leads here from where orders begin"
        }

    def test_a_circle_without_a_way_out(self) -> None:
        circle = scenario(
            new={"next": ["agreed", "waiting"]}, waiting={"next": ["asked"]}, asked={"next": ["waiting"]}
        )
        dead_end = "a dead end: no way leads from here to the end of an order"
        assert found(circle) == {
            "scenario.statuses.waiting.next": dead_end,
            "scenario.statuses.asked.next": dead_end,
        }

    def test_a_circle_with_a_way_out_is_none(self) -> None:
        assert found(scenario(sent={"next": ["agreed", "done"]})) == {}
