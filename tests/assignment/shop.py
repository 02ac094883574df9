"""People of a shop in Tomsk, and their CRM users."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from chalicelib.assignment.settings import Assignment, Duty
from chalicelib.assignment.staff import Staff
from chalicelib.people import Person

TOMSK = ZoneInfo("Asia/Tomsk")


def person(name: str, crm_user: int | None, hours: str, *roles: str, **more: Any) -> Person:
    return Person.model_validate({"name": name, "crm_user": crm_user, "hours": hours, "roles": roles, **more})


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


def staff(
    now: datetime,
    people: tuple[Person, ...] = PEOPLE,
    active: set[int] | None = None,
    duty: dict[str, Any] | None = None,
    **assignment: Any,
) -> Staff:
    return Staff(
        people,
        None if duty is None else Duty.model_validate(duty),
        Assignment.model_validate(assignment),
        None if active is None else frozenset(active),
        now,
        TOMSK,
    )
