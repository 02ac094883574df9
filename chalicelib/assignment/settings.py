"""``[duty]`` and ``[assignment]`` of the shop file: who gets the tasks that belong to nobody yet."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from itertools import combinations
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, field_validator, model_validator

from chalicelib.absences import Absence, Days
from chalicelib.config_types import Duration, Table
from chalicelib.errors import ConfigurationError
from chalicelib.people import Person

A_DAY = timedelta(days=1)
A_WEEK = timedelta(weeks=1)

OneOrMore = Annotated[
    tuple[Annotated[str, Field(min_length=1)], ...],
    BeforeValidator(lambda value: (value,) if isinstance(value, str) else value),
]
"""One word alone, or a list."""

Choice = Literal["first", "round-robin", "least-busy"]
"""Of several who are at work: the first one, each in turn, or who has the fewest open tasks."""


class DutyDays(Table):
    """Who is on duty on certain days, whatever the rota says."""

    days: Absence
    person: str


class Duty(Table):
    """Who is on duty on which day.

    Attributes:
        rota: who is on duty one after another; a list inside stands for several people at once.
        since: the day on which the first of them begins.
        every: after what time it is the next one's turn: whole days.
        on: days that differ from the rota.
    """

    rota: tuple[OneOrMore, ...] = ()
    since: date | None = None
    every: Duration = A_WEEK
    on: tuple[DutyDays, ...] = ()

    @field_validator("every")
    @classmethod
    def _is_whole_days(cls, every: timedelta) -> timedelta:
        if every < A_DAY or every % A_DAY:
            raise ValueError("duty changes at midnight: write whole days, such as 1d or 7d")
        return every

    @model_validator(mode="after")
    def _has_a_beginning(self) -> "Duty":
        if self.rota and self.since is None:
            raise ValueError('the rota needs the day on which it begins, such as since = "2026-11-23"')
        if any(not shift for shift in self.rota):
            raise ValueError("a turn of the rota names nobody")
        return self

    def names(self, day: date) -> tuple[str, ...]:
        """Who is on duty on this day; empty if nobody is named for it."""
        for dated in self.on:
            if dated.days.first <= day <= dated.days.last:
                return (dated.person,)
        if self.since is None or not self.rota or day < self.since:
            return ()
        return self.rota[(day - self.since) // self.every % len(self.rota)]


class AssignmentRule(Table):
    """Who gets what comes from a place, or is about a product. What is named must all be so.

    Attributes:
        city: one of them stands in the order's city.
        region: likewise.
        country: the ISO code of two letters.
        product: beginnings of words: all of one entry stand in the name or sku of one item.
        people: their names.
    """

    city: OneOrMore = ()
    region: OneOrMore = ()
    country: OneOrMore = ()
    product: OneOrMore = ()
    people: tuple[str, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _says_what_for(self) -> "AssignmentRule":
        if not (self.city or self.region or self.country or self.product):
            raise ValueError("it would get everything; name a city, region, country or product")
        return self


class Assignment(Table):
    """How somebody is chosen.

    Attributes:
        choice: of several who are at work.
        orders: whether the orders that we make get a manager, too. Else that is left to the CRM.
        rules: the first one that matches counts.
    """

    choice: Choice = "first"
    orders: bool = False
    rules: tuple[AssignmentRule, ...] = ()


def problems(
    duty: Duty | None, assignment: Assignment, people: Sequence[Person]
) -> Iterator[ConfigurationError]:
    """What does not fit to the shop's people."""
    with_user = {person.name: person for person in people if person.crm_user is not None}
    for key, name in _named(duty, assignment):
        if name not in with_user:
            yield ConfigurationError(
                key,
                f"there is no {name} with a crm_user",
                "Write the name as it stands at that person, and give them a crm_user",
            )
    if duty is None:
        return
    for number, dated in enumerate(duty.on):
        person = with_user.get(dated.person)
        if person is not None and any(_meet(dated.days, absence) for absence in person.absent):
            yield ConfigurationError(
                f"duty.on.{number}", f"{dated.person} is absent on one of these days", "Name somebody else"
            )
    for (_, one), (number, other) in combinations(enumerate(duty.on), 2):
        if _meet(one.days, other.days):
            yield ConfigurationError(
                f"duty.on.{number}.days", "one of these days is given twice", "Leave each day to one person"
            )


def _named(duty: Duty | None, assignment: Assignment) -> Iterator[tuple[str, str]]:
    """Each name, with its key."""
    if duty is not None:
        yield from (("duty.rota", name) for shift in duty.rota for name in shift)
        yield from ((f"duty.on.{number}.person", dated.person) for number, dated in enumerate(duty.on))
    for number, rule in enumerate(assignment.rules):
        yield from ((f"assignment.rules.{number}.people", name) for name in rule.people)


def _meet(one: Days, other: Days) -> bool:
    return one.first <= other.last and other.first <= one.last
