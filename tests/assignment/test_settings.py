"""What is wrong with a rota or a rule is named with its key and the fix."""

from datetime import date
from typing import Any

import pytest
from pydantic import ValidationError

from chalicelib.absences import Days
from chalicelib.assignment.settings import Assignment, AssignmentRule, Duty
from chalicelib.errors import ConfigurationError
from chalicelib.settings import Shop
from chalicelib.shop_problems import problems_of
from tests.world import example_shop

ANNA, IVAN = "Анна Смирнова", "Иван Петров"


def test_three_lines_are_a_rota() -> None:
    duty = Duty.model_validate({"rota": [ANNA, IVAN], "since": "2026-11-23"})
    days = [date(2026, 11, 22), date(2026, 11, 23), date(2026, 11, 29), date(2026, 11, 30), date(2026, 12, 7)]
    assert [duty.names(day) for day in days] == [(), (ANNA,), (ANNA,), (IVAN,), (ANNA,)]


def test_two_days_on_and_two_days_off() -> None:
    duty = Duty.model_validate({"rota": [[ANNA, "Ольга"], IVAN], "since": date(2026, 11, 23), "every": "2d"})
    assert [duty.names(date(2026, 11, day)) for day in (23, 24, 25, 26, 27)] == [
        (ANNA, "Ольга"),
        (ANNA, "Ольга"),
        (IVAN,),
        (IVAN,),
        (ANNA, "Ольга"),
    ]


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"rota": [ANNA]}, "the day on which it begins"),
        ({"rota": [ANNA], "since": "2026-11-23", "every": "12h"}, "whole days"),
        ({"rota": [ANNA], "since": "2026-11-23", "every": "0d"}, "whole days"),
        ({"rota": [ANNA, []], "since": "2026-11-23"}, "names nobody"),
        ({"on": [{"days": "2026-12-31..2026-12-01", "person": ANNA}]}, "ends before it begins"),
    ],
)
def test_a_wrong_rota_is_refused(wrong: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        Duty.model_validate(wrong)


def test_a_rule_must_say_what_for_and_for_whom() -> None:
    with pytest.raises(ValidationError, match="it would get everything"):
        AssignmentRule.model_validate({"people": [ANNA]})
    with pytest.raises(ValidationError, match="people"):
        AssignmentRule.model_validate({"city": "Томск", "people": []})
    with pytest.raises(ValidationError, match="choice"):
        Assignment.model_validate({"choice": "random"})


def test_names_are_those_of_people_with_a_crm_user() -> None:
    with pytest.raises(ConfigurationError) as caught:
        example_shop(
            duty={"rota": ["Анна"], "since": "2026-11-23", "on": [{"days": "2026-12-31", "person": "Пётр"}]},
            assignment={"rules": [{"city": "Томск", "people": [ANNA, "Олег"]}]},
        )
    error = str(caught.value)
    assert "duty.rota: there is no Анна with a crm_user" in error
    assert "duty.on.0.person: there is no Пётр" in error
    assert "assignment.rules.0.people: there is no Олег" in error
    assert "Write the name as it stands at that person" in error


def test_days_on_duty_are_given_once_and_to_who_is_there() -> None:
    days = [{"days": "2026-12-31..2027-01-02", "person": ANNA}, {"days": "2027-01-02", "person": IVAN}]
    with pytest.raises(ConfigurationError, match=r"duty\.on\.1\.days: one of these days is given twice"):
        example_shop(duty={"on": days})
    anna, ivan = example_shop().people
    new_year = date(2027, 1, 1)
    away = anna.model_copy(update={"absent": (Days(new_year, new_year),)})
    shop = example_shop().model_dump()
    shop["people"] = [away.model_dump(), ivan.model_dump()]
    shop["duty"] = {"on": days[:1]}
    shop["subscriptions"] = ()
    problems = [str(problem) for problem in problems_of(Shop.model_validate(shop))]
    assert any(f"duty.on.0: {ANNA} is absent on one of these days" in problem for problem in problems)
