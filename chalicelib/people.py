"""Who does the work and who hears about trouble."""

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, field_validator

from chalicelib.absences import Absence
from chalicelib.hours import ALWAYS, WorkingHours

CALL_BACK_ALLOWANCE = timedelta(minutes=15)

EMAIL_ADDRESS = r"^([^\s@<>,;:\"]+@[^\s@<>,;:\"]+)?$"
"""Or nothing. Nobody can put a second address or a line of a header into it."""

Role = Literal["manager", "lead"]


class Person(BaseModel):
    """Somebody of the shop, as ``[[people]]`` in ``shop.toml`` tells it.

    Attributes:
        name: for people to read.
        crm_user: the CRM's id of the user; without it a person gets no tasks.
        extension: by which telephony calls this person, such as ``101``; empty if they have none.
        phone: E.164, for alerts.
        telegram: the chat for alerts.
        email: the address for alerts.
        channels: the names of the channels for alerts, tried in this order until one delivers; empty for
            those of the severity's route.
        roles: a ``manager`` calls clients back, a ``lead`` is told about trouble.
        hours: when this person works.
        absent: days on which they do not, such as ``2026-12-28..2027-01-08``.
        boss: the name of who hears when this person does not answer a client in time.
        quiet: when only critical alerts reach this person; the others wait for the end. None for never.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    crm_user: int | None = None
    extension: str = ""
    phone: str = ""
    telegram: str = ""
    email: str = Field(default="", pattern=EMAIL_ADDRESS)
    channels: tuple[str, ...] = ()
    roles: frozenset[Role] = frozenset()
    hours: WorkingHours = ALWAYS
    absent: tuple[Absence, ...] = ()
    boss: str = ""

    def is_absent(self, moment: datetime, zone: ZoneInfo) -> bool:
        """Whether the moment belongs to a day on which they do not work at all."""
        day = moment.astimezone(zone).date()
        return any(absence.first <= day <= absence.last for absence in self.absent)

    def next_at_work(self, moment: datetime, zone: ZoneInfo) -> datetime:
        """The moment itself if they are at work, else when they are again; in UTC."""
        opening = self.hours.next_opening(moment, zone)
        while self.is_absent(opening, zone):
            next_day = opening.astimezone(zone).date() + timedelta(days=1)
            opening = self.hours.next_opening(datetime.combine(next_day, time.min, tzinfo=zone), zone)
        return opening

    def is_at_work(self, moment: datetime, zone: ZoneInfo) -> bool:
        """Whether they work at this moment."""
        return self.next_at_work(moment, zone) == moment

    quiet: WorkingHours | None = None

    @field_validator("quiet")
    @classmethod
    def _ends(cls, quiet: WorkingHours | None) -> WorkingHours | None:
        if quiet is not None and quiet.longest >= timedelta(weeks=1):
            raise ValueError("quiet hours without an end would hold alerts back for ever")
        return quiet

    def quiet_for(self, now: datetime, zone: ZoneInfo) -> timedelta:
        """How long this person's quiet hours still last; zero outside of them."""
        return timedelta() if self.quiet is None else self.quiet.next_closing(now, zone) - now


def leads(people: Sequence[Person]) -> tuple[Person, ...]:
    """Who is told about trouble, in the order of the shop file: the leads, else everybody."""
    return tuple(person for person in people if "lead" in person.roles) or tuple(people)


def with_crm_user(people: Sequence[Person], crm_user: int | None) -> Person | None:
    """The person who has this CRM user; None for a stranger."""
    return next((person for person in people if person.crm_user == crm_user is not None), None)


def employee_called(people: Sequence[Person], name: str) -> Person | None:
    """The person whom telephony calls so: by their extension, or by their name; None for a stranger."""
    return next((person for person in people if name and name in {person.extension, person.name}), None)


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
    person = with_crm_user(people, performer) or _first_back(people, now, zone)
    if person is None:
        return now + allowance
    if person.is_at_work(now, zone):
        return person.hours.add_open_time(now, allowance, zone)
    return person.next_at_work(now, zone)


def _first_back(people: Sequence[Person], now: datetime, zone: ZoneInfo) -> Person | None:
    """Whose hours count for a performer whom the shop file doesn't know; None if nobody's are known."""
    with_user = [person for person in people if person.crm_user is not None]
    managers = [person for person in with_user if "manager" in person.roles]
    leads_of_them = [person for person in with_user if "lead" in person.roles]
    return min(
        managers or leads_of_them or with_user,
        key=lambda person: person.next_at_work(now, zone),
        default=None,
    )
