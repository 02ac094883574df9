"""Who may get what belongs to nobody yet."""

from datetime import datetime

import pytest

from chalicelib.assignment.subject import Subject, subject_of
from chalicelib.crm.port import Address, Order, OrderItem
from chalicelib.people import Person
from tests.assignment.shop import (
    EVENING,
    IRINA,
    MARIA,
    MORNING,
    NIGHT,
    NOON,
    OLEG,
    PAVEL,
    SATURDAY,
    person,
    staff,
    tomsk,
)

ANYTHING = Subject(about="order:1")
OF_TOMSK = Subject(about="order:1", city="г. Томск")


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        (MORNING, (11,)),
        (NOON, (11, 12)),
        (EVENING, (12,)),
        (NIGHT, (11,)),  # nobody works: who opens next
        (SATURDAY, (12,)),
    ],
)
def test_the_managers_who_are_at_work(now: datetime, expected: tuple[int, ...]) -> None:
    assert staff(now).candidates(ANYTHING) == expected


def test_without_managers_the_leads_and_without_leads_whoever_has_a_crm_user() -> None:
    courier = person("Пётр", 14, "Mon 09:00-10:00")
    assert staff(NIGHT, (OLEG, IRINA, courier)).candidates(ANYTHING) == (13,)
    assert staff(NIGHT, (OLEG, courier)).candidates(ANYTHING) == (14,)
    assert staff(NIGHT, (OLEG,)).candidates(ANYTHING) == ()


def test_who_is_absent_gets_nothing_while_others_come() -> None:
    away = person("Мария", 11, "Mon-Fri 09:00-18:00", "manager", absent=["2025-11-20"])
    assert staff(MORNING, (away, PAVEL)).candidates(ANYTHING) == (12,)
    assert staff(MORNING, (away,)).candidates(ANYTHING) == (11,)


def test_who_is_no_active_user_gets_nothing() -> None:
    assert staff(NOON, active={12, 13}).candidates(ANYTHING) == (12,)
    assert staff(NOON, active={13}).candidates(ANYTHING) == (13,)
    assert staff(NOON, active=set()).candidates(ANYTHING) == ()


RULES = [
    {"city": "Томск", "people": ["Павел"]},
    {"product": ["тент 3", "чехол"], "people": ["Ирина", "Мария"]},
    {"country": "KZ", "region": ["Алматинская"], "people": ["Павел"]},
]


@pytest.mark.parametrize(
    ("subject", "now", "expected"),
    [
        (OF_TOMSK, NOON, (12,)),
        (OF_TOMSK, MORNING, (11,)),  # Павел does not work yet: everybody who does
        (Subject("x", city="634050, Томская обл., г Томск, ул. Гагарина, 1"), NOON, (12,)),
        (Subject("x", city="Томский"), NOON, (11, 12)),
        (Subject("x", products=("Тент защитный 3×6 м",)), NOON, (13, 11)),
        (Subject("x", products=("Тент защитный", "Ремонтный набор 3")), NOON, (11, 12)),
        (Subject("x", products=("Защитный чехол L",)), EVENING, (13,)),
        (Subject("x", country="kz", region="Алматинская обл."), NOON, (12,)),
        (Subject("x", country="RU", region="Алматинская обл."), NOON, (11, 12)),
        (Subject("x", country="KZ"), NOON, (11, 12)),
        (Subject("x", city="Томск", products=("Чехол",)), NOON, (12,)),  # the first rule counts
    ],
)
def test_rules_by_place_and_product(subject: Subject, now: datetime, expected: tuple[int, ...]) -> None:
    assert staff(now, rules=RULES).candidates(subject) == expected


def test_what_is_known_of_an_order() -> None:
    items = (
        OrderItem(name="Тент", sku="t-1"),
        OrderItem(name="Чехол", sku="c-1", is_cancelled=True),
    )
    order = Order(
        id=7,
        number="7A",
        status="new",
        is_open=True,
        created_at=NOON,
        manager_id=11,
        country="RU",
        address=Address(text="Томская обл., г. Томск"),
        items=items,
    )
    place = "Томская обл., г. Томск"
    assert subject_of(order) == Subject("order:7", 11, place, place, "RU", ("Тент t-1",))


DUTY = {
    "rota": ["Павел", ["Ирина", "Мария"]],
    "since": "2025-11-19",
    "every": "1d",
    "on": [{"days": "2025-11-24..2025-11-25", "person": "Ирина"}],
}


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        ("2025-11-18 13:00", (11, 12)),  # before it begins
        ("2025-11-19 13:00", (12,)),
        ("2025-11-19 09:30", (11,)),  # Павел does not work yet
        ("2025-11-20 13:00", (13, 11)),
        ("2025-11-20 23:59", (13,)),
        ("2025-11-24 13:00", (13,)),
    ],
)
def test_who_is_on_duty(now: str, expected: tuple[int, ...]) -> None:
    assert staff(tomsk(now), duty=DUTY).candidates(ANYTHING) == expected


def test_at_night_the_day_on_which_somebody_works_counts() -> None:
    late = person("Мария", 11, "Mon-Fri 12:00-18:00", "manager")
    evening = staff(tomsk("2025-11-20 22:00"), (late, IRINA, PAVEL), duty=DUTY)
    assert evening.candidates(ANYTHING) == (13,), "Ирина is on duty until midnight"
    night = staff(tomsk("2025-11-21 00:01"), (late, IRINA, PAVEL), duty=DUTY)
    assert night.candidates(ANYTHING) == (12,), "both open at noon, when Павел is on duty"


def test_a_rule_goes_before_the_rota() -> None:
    found = staff(tomsk("2025-11-20 13:00"), duty=DUTY, rules=RULES).candidates(OF_TOMSK)
    assert found == (12,)


def test_the_boss_is_who_the_shop_file_names_else_a_lead() -> None:
    boss = person("Борис", 15, "always")
    worker = Person.model_validate({**MARIA.model_dump(), "boss": "Борис"})
    assert staff(NOON, (boss, worker, IRINA)).boss_of(11) == 15
    assert staff(NOON, (boss, MARIA, IRINA)).boss_of(11) == 13
    assert staff(NOON, (boss, worker, IRINA)).boss_of(99) == 13
    away = Person.model_validate({**boss.model_dump(), "absent": ["2025-11-20"]})
    assert staff(NOON, (away, worker, IRINA)).boss_of(11) == 13
    assert staff(NOON, (away, worker)).boss_of(11) == 15
    assert staff(NOON, (MARIA, OLEG)).boss_of(11) is None
    assert staff(NOON, (boss, worker, IRINA), active={11, 13}).boss_of(11) == 13
    assert staff(NOON, (boss, worker, IRINA), active={15}).boss_of(11) == 15
