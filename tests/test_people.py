from datetime import date, timedelta

import pytest
from pydantic import ValidationError

from chalicelib.hours import ALWAYS
from chalicelib.people import Person, due_at, leads
from tests.assignment.shop import IRINA, MARIA, MORNING, NIGHT, NOON, OLEG, PAVEL, PEOPLE, TOMSK, tomsk


def test_a_person_needs_no_more_than_a_name() -> None:
    assert Person(name="Олег").hours == ALWAYS
    assert Person(name="Олег").roles == frozenset()


@pytest.mark.parametrize("wrong", [{"rolls": ["lead"]}, {"roles": ["boss"]}, {"hours": "9-18"}])
def test_a_mistake_in_the_shop_file_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Person.model_validate({"name": "Олег", **wrong})


@pytest.mark.parametrize(
    ("performer", "now", "expected"),
    [
        (11, "2025-11-20 13:00", "2025-11-20 13:15"),
        (11, "2025-11-20 17:55", "2025-11-21 09:10"),
        (11, "2025-11-20 03:00", "2025-11-20 09:00"),
        (11, "2025-11-21 18:00", "2025-11-24 09:00"),
        (13, "2025-11-20 03:00", "2025-11-20 03:15"),
        (99, "2025-11-20 03:00", "2025-11-20 09:00"),  # unknown here: the hours of who is on duty
        (99, "2025-11-22 13:00", "2025-11-22 13:15"),
    ],
)
def test_when_a_call_back_is_due(performer: int, now: str, expected: str) -> None:
    assert due_at(PEOPLE, performer, tomsk(now), TOMSK) == tomsk(expected)


def test_the_allowance_is_the_shops() -> None:
    assert due_at(PEOPLE, 11, NOON, TOMSK, timedelta(minutes=40)) == tomsk("2025-11-20 13:40")


def test_where_no_hours_are_known_the_allowance_alone_counts() -> None:
    assert due_at((OLEG,), 99, NIGHT, TOMSK) == tomsk("2025-11-20 03:15")


def test_leads_in_the_order_of_the_shop_file() -> None:
    assert leads(PEOPLE) == (OLEG, IRINA)


ON_LEAVE = Person.model_validate({**MARIA.model_dump(), "absent": ["2025-11-20..2025-11-23", "2025-11-25"]})


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        ("2025-11-19 19:00", "2025-11-24 09:00"),  # a Wednesday evening: on leave until Sunday
        ("2025-11-20 10:00", "2025-11-24 09:00"),
        ("2025-11-24 10:00", "2025-11-24 10:00"),
        ("2025-11-24 19:00", "2025-11-26 09:00"),
    ],
)
def test_who_is_absent_is_back_on_their_next_working_day(moment: str, expected: str) -> None:
    assert ON_LEAVE.next_at_work(tomsk(moment), TOMSK) == tomsk(expected)
    assert ON_LEAVE.is_at_work(tomsk(moment), TOMSK) is (moment == expected)


def test_a_day_of_the_toml_file_is_a_day() -> None:
    assert Person.model_validate({"name": "Мария", "absent": [date(2025, 11, 20)]}).is_absent(MORNING, TOMSK)


@pytest.mark.parametrize(
    "wrong", ["завтра", "2025-11-20..", "2025-11-20..2025-11-19", "2025-11-20..9999-12-31"]
)
def test_a_wrong_absence_is_refused(wrong: str) -> None:
    with pytest.raises(ValidationError, match=r"2025-11|завтра"):
        Person.model_validate({"name": "Мария", "absent": [wrong]})


def test_a_task_of_who_is_absent_is_due_when_they_are_back() -> None:
    people = (IRINA, ON_LEAVE, PAVEL)
    assert due_at(people, 11, MORNING, TOMSK) == tomsk("2025-11-24 09:00")
