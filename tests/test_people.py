from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from pydantic import ValidationError

from chalicelib.errors import ConfigurationError
from chalicelib.hours import ALWAYS
from chalicelib.people import Person, due_at, leads, on_duty, performer_for

TOMSK = ZoneInfo("Asia/Tomsk")


def person(name: str, crm_user: int | None, hours: str, *roles: str) -> Person:
    return Person.model_validate({"name": name, "crm_user": crm_user, "hours": hours, "roles": roles})


MARIA = person("Мария", 11, "Mon-Fri 09:00-18:00", "manager")
PAVEL = person("Павел", 12, "Mon-Sun 12:00-21:00", "manager")
IRINA = person("Ирина", 13, "always", "lead")
OLEG = person("Олег", None, "always", "manager", "lead")
PEOPLE = (OLEG, IRINA, MARIA, PAVEL)


def tomsk(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=TOMSK)


NIGHT = tomsk("2025-11-20 03:00")  # a Thursday
MORNING = tomsk("2025-11-20 09:30")
NOON = tomsk("2025-11-20 13:00")
EVENING = tomsk("2025-11-20 19:00")
SATURDAY = tomsk("2025-11-22 09:00")


def test_a_person_needs_no_more_than_a_name() -> None:
    assert Person(name="Олег").hours == ALWAYS
    assert Person(name="Олег").roles == frozenset()


@pytest.mark.parametrize("wrong", [{"rolls": ["lead"]}, {"roles": ["boss"]}, {"hours": "9-18"}])
def test_a_mistake_in_the_shop_file_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Person.model_validate({"name": "Олег", **wrong})


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        (MORNING, MARIA),
        (NOON, MARIA),  # both are at work: the first one
        (EVENING, PAVEL),
        (NIGHT, MARIA),  # nobody is at work: who opens next
        (SATURDAY, PAVEL),
    ],
)
def test_who_is_on_duty(now: datetime, expected: Person) -> None:
    assert on_duty(PEOPLE, now, TOMSK) == expected


def test_without_managers_the_first_lead_is_on_duty() -> None:
    assert on_duty((OLEG, IRINA), NIGHT, TOMSK) == IRINA


def test_without_managers_and_leads_whoever_has_a_crm_user_is_on_duty() -> None:
    courier = person("Пётр", 14, "Mon 09:00-10:00")
    assert on_duty((OLEG, courier), NIGHT, TOMSK) == courier


def test_without_any_crm_user_the_shop_file_is_wrong() -> None:
    with pytest.raises(ConfigurationError, match=r"^people: nobody can take a task"):
        on_duty((OLEG,), NIGHT, TOMSK)


def test_the_orders_manager_gets_its_task_even_if_unknown_here_or_away() -> None:
    assert performer_for(PEOPLE, 99, NOON, TOMSK) == 99
    assert performer_for(PEOPLE, 11, SATURDAY, TOMSK) == 11
    assert performer_for((), 99, NOON, TOMSK) == 99


def test_a_task_without_a_manager_goes_to_who_is_on_duty() -> None:
    assert performer_for(PEOPLE, None, EVENING, TOMSK) == 12


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
