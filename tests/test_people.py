from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from pydantic import ValidationError

from chalicelib.errors import ConfigurationError
from chalicelib.hours import ALWAYS
from chalicelib.people import Person, boss_of, due_at, leads, on_duty, performer_at_once, performer_for

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


def test_somebody_else_gets_the_tasks_of_an_absent_manager() -> None:
    people = (IRINA, ON_LEAVE, PAVEL)
    assert on_duty(people, MORNING, TOMSK) == PAVEL
    assert performer_for(people, 11, MORNING, TOMSK) == 12
    assert performer_for(people, 11, tomsk("2025-11-24 10:00"), TOMSK) == 11
    assert due_at(people, 11, MORNING, TOMSK) == tomsk("2025-11-24 09:00")


def test_what_cannot_wait_goes_to_somebody_at_work() -> None:
    assert performer_at_once(PEOPLE, 11, MORNING, TOMSK) == 11
    assert performer_at_once(PEOPLE, 11, EVENING, TOMSK) == 12
    assert performer_at_once(PEOPLE, 11, NIGHT, TOMSK) == 11
    assert performer_at_once(PEOPLE, 99, NIGHT, TOMSK) == 99
    assert performer_at_once(PEOPLE, None, EVENING, TOMSK) == 12


def test_the_boss_is_who_the_shop_file_names_else_a_lead() -> None:
    boss = person("Борис", 15, "always")
    worker = Person.model_validate({**MARIA.model_dump(), "boss": "Борис"})
    assert boss_of((boss, worker, IRINA), 11, NOON, TOMSK) == 15
    assert boss_of((boss, MARIA, IRINA), 11, NOON, TOMSK) == 13
    assert boss_of((boss, worker, IRINA), 99, NOON, TOMSK) == 13
    away = Person.model_validate({**boss.model_dump(), "absent": ["2025-11-20"]})
    assert boss_of((away, worker, IRINA), 11, NOON, TOMSK) == 13
    assert boss_of((away, worker), 11, NOON, TOMSK) == 15
    assert boss_of((MARIA, OLEG), 11, NOON, TOMSK) is None
