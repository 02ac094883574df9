"""Who does the work and who hears about trouble."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict

from chalicelib.errors import ConfigurationError
from chalicelib.hours import ALWAYS, WorkingHours

CALL_BACK_ALLOWANCE = timedelta(minutes=15)

Role = Literal["manager", "lead"]


class Person(BaseModel):
    """Somebody of the shop, as ``[[people]]`` in ``shop.toml`` tells it.

    Attributes:
        name: for people to read.
        crm_user: the CRM's id of the user; without it a person gets no tasks.
        phone: E.164, for alerts.
        telegram: the chat for alerts.
        roles: a ``manager`` calls clients back, a ``lead`` is told about trouble.
        hours: when this person works.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    crm_user: int | None = None
    phone: str = ""
    telegram: str = ""
    roles: frozenset[Role] = frozenset()
    hours: WorkingHours = ALWAYS


def leads(people: Sequence[Person]) -> tuple[Person, ...]:
    """Who is told about trouble, in the order of the shop file: the leads, else everybody."""
    return tuple(person for person in people if "lead" in person.roles) or tuple(people)


def on_duty(people: Sequence[Person], now: datetime, zone: ZoneInfo) -> Person:
    """Who takes what belongs to nobody yet.

    The first manager at work; if there is none the manager who opens next; if the shop has no
    manager the first lead; if it has no lead either, the first person. Only people with a CRM user count.

    Raises:
        ConfigurationError: nobody could take a task.
    """
    return _duty(people, now, zone)[0]


def performer_for(people: Sequence[Person], manager_id: int | None, now: datetime, zone: ZoneInfo) -> int:
    """The CRM user who gets a task: the order's manager if it has one, else who is on duty.

    The order's manager gets it even when the shop file doesn't know them: the order is theirs.

    Raises:
        ConfigurationError: the order has no manager, and nobody could take the task.
    """
    return manager_id if manager_id is not None else _duty(people, now, zone)[1]


def due_at(
    people: Sequence[Person],
    performer: int,
    now: datetime,
    zone: ZoneInfo,
    allowance: timedelta = CALL_BACK_ALLOWANCE,
) -> datetime:
    """When a call-back task for this CRM user is due, in UTC.

    At work: when the allowance has passed, not counting the hours when they are away.
    Away: at their opening, without the allowance, so that it is the first thing they see.
    """
    hours = _hours_of(people, performer, now, zone)
    if hours.is_open(now, zone):
        return hours.add_open_time(now, allowance, zone)
    return hours.next_opening(now, zone)


def _hours_of(people: Sequence[Person], performer: int, now: datetime, zone: ZoneInfo) -> WorkingHours:
    """The performer's hours; of one whom the shop file doesn't know, the hours of who is on duty."""
    for person in people:
        if person.crm_user == performer:
            return person.hours
    try:
        return on_duty(people, now, zone).hours
    except ConfigurationError:
        # Nobody's hours are known, and the task has its performer: no reason to fail.
        return ALWAYS


def _duty(people: Sequence[Person], now: datetime, zone: ZoneInfo) -> tuple[Person, int]:
    managers = _with_user(people, "manager")
    if managers:
        # Who is at work opens "now", and of equals the first one is taken.
        return min(managers, key=lambda manager: manager[0].hours.next_opening(now, zone))
    # A shop is valid as soon as one person has a CRM user: a task in wrong hands beats a lost call.
    for candidate in _with_user(people, "lead") + _with_user(people):
        return candidate
    raise ConfigurationError(
        "people", "nobody can take a task", 'Give a person a crm_user and the role "manager"'
    )


def _with_user(people: Sequence[Person], role: Role | None = None) -> list[tuple[Person, int]]:
    return [
        (person, person.crm_user)
        for person in people
        if (role is None or role in person.roles) and person.crm_user is not None
    ]
