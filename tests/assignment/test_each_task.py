"""Whoever the people are: each task has a performer who is there, and at work if anybody suitable is."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.actions import CreateTask
from chalicelib.assignment.choosing import turns_now
from chalicelib.assignment.settings import Assignment, Choice, Duty
from chalicelib.assignment.subject import Subject
from chalicelib.assignment.turns import TURNS_KEY
from chalicelib.crm.port import CrmReader, TaskCount, User
from chalicelib.engine.port import Document
from chalicelib.errors import ConfigurationError
from chalicelib.people import Person
from chalicelib.playbook.desk import Desk
from chalicelib.playbook.performers import boss_above, performer_for
from chalicelib.settings import Shop
from tests.world import MORNING, example_shop

EXAMPLE = example_shop()
ZONE = EXAMPLE.shop.timezone
HOURS = ["always", "Mon-Fri 09:00-18:00", "Mon-Sun 11:00-20:00", "Sat-Sun 10:00-16:00"]
MOST_PEOPLE = 5


@dataclass
class PretendCrm:
    """Who works there, and how many tasks they have yet to do."""

    active: set[int]
    given: Counter[int] = field(default_factory=Counter)

    def users(self) -> tuple[User, ...]:
        return tuple(User(id=user, is_active=user in self.active) for user in range(1, MOST_PEOPLE))

    def open_tasks(self, user_id: int) -> TaskCount:
        return TaskCount(count=self.given[user_id])


class Day:
    """Tasks one after another."""

    def __init__(self, shop: Shop, active: set[int]) -> None:
        self.shop = shop
        self.crm = PretendCrm(active)
        self.document = Document(TURNS_KEY, {}, 0)

    def give(self, subject: Subject, now: datetime, *, at_once: bool = False) -> int:
        crm = cast("CrmReader", self.crm)
        turns = turns_now(self.shop, crm, lambda _: self.document, now)
        desk = Desk(
            shop=self.shop,
            crm=crm,
            turns=turns,
            now=now,
            **dict.fromkeys(("documents", "journal", "zones", "texts", "entry"), cast("Any", None)),
        )
        performer = performer_for(subject, desk, at_once=at_once)
        boss = boss_above(performer, desk)
        assert boss is None or boss in self.crm.active
        task = CreateTask(text="", commentary="", due_at=now, performer_id=performer)
        for document in turns.claims([task]):
            self.document = document
        self.crm.given[performer] += 1
        return performer


def is_away(person: Person, now: datetime) -> bool:
    """Whether they have the day off, or the next one on which they would work."""
    back = person.hours.next_opening(now, ZONE)
    return person.is_absent(now, ZONE) or person.is_absent(back, ZONE)


@st.composite
def shops(draw: st.DrawFn) -> Shop:
    people = tuple(
        Person.model_validate(
            {
                "name": str(number),
                "crm_user": draw(st.sampled_from([number, number, None])),
                "hours": draw(st.sampled_from(HOURS)),
                "roles": draw(st.sampled_from([(), ("manager",), ("manager",), ("lead",)])),
                "absent": draw(st.sampled_from([(), (), ("2026-11-20",), ("2026-11-20..2026-11-25",)])),
                "boss": draw(st.sampled_from(["", "1", "2"])),
            }
        )
        for number in range(1, draw(st.integers(2, MOST_PEOPLE)))
    )
    names = st.lists(st.sampled_from([person.name for person in people]), min_size=1, max_size=2)
    duty = {"rota": draw(st.lists(names, max_size=3)), "since": "2026-11-19", "every": "1d"}
    rules = [{"city": "Томск", "people": draw(names)}] if draw(st.booleans()) else []
    choice: Choice = draw(st.sampled_from(["first", "round-robin", "least-busy"]))
    update = {
        "people": people,
        "duty": Duty.model_validate(duty) if draw(st.booleans()) else None,
        "assignment": Assignment.model_validate({"choice": choice, "rules": rules}),
    }
    return EXAMPLE.model_copy(update=update)


@given(
    shop=shops(),
    active=st.sets(st.integers(1, MOST_PEOPLE)),
    tasks=st.lists(
        st.tuples(st.integers(0, 30), st.none() | st.integers(1, MOST_PEOPLE), st.booleans(), st.booleans()),
        min_size=1,
        max_size=6,
    ),
)
def test_each_task_has_somebody_who_is_there(
    shop: Shop, active: set[int], tasks: list[tuple[int, int | None, bool, bool]]
) -> None:
    active = {user for user in active if user < MOST_PEOPLE}
    day = Day(shop, active)
    able = {person.crm_user: person for person in shop.people if person.crm_user in active}
    now = MORNING
    for number, (hours, manager, is_in_tomsk, at_once) in enumerate(tasks):
        now += timedelta(hours=hours)
        subject = Subject(f"order:{number}", manager, city="Томск" if is_in_tomsk else "")
        if not able and manager not in active:
            with pytest.raises(ConfigurationError, match=r"^people: nobody"):
                day.give(subject, now, at_once=at_once)
            continue
        performer = day.give(subject, now, at_once=at_once)
        assert performer in active
        known = None if manager is None else able.get(manager)
        if manager in active and not (known and is_away(known, now)) and not at_once:
            assert performer == manager
        elif manager is None or manager in active:
            managers = {user for user, person in able.items() if "manager" in person.roles}
            leads = {user for user, person in able.items() if "lead" in person.roles}
            suitable = managers or leads or set(able)
            at_work = {user for user in suitable if able[user].is_at_work(now, ZONE)}
            assert not at_work or performer not in able or able[performer].is_at_work(now, ZONE)


@given(st.integers(1, 4), st.integers(0, 30), st.sampled_from(["round-robin", "least-busy"]))
def test_who_is_there_all_day_gets_as_many_but_for_one(people: int, tasks: int, choice: Choice) -> None:
    staff = tuple(
        Person.model_validate({"name": str(user), "crm_user": user, "roles": ["manager"]})
        for user in range(1, people + 1)
    )
    update = {"people": staff, "assignment": Assignment(choice=choice)}
    day = Day(EXAMPLE.model_copy(update=update), set(range(1, people + 1)))
    for number in range(tasks):
        day.give(Subject(f"order:{number}"), datetime(2026, 11, 20, tzinfo=UTC) + timedelta(hours=number))
    counts = [day.crm.given[user] for user in range(1, people + 1)]
    assert max(counts) - min(counts) <= 1


def test_a_person_without_a_crm_user_is_never_chosen() -> None:
    people = (Person.model_validate({"name": "Олег", "roles": ["manager"]}),)
    with pytest.raises(ConfigurationError):
        Day(EXAMPLE.model_copy(update={"people": people}), {1}).give(Subject("order:1"), MORNING)
