"""Who of the shop's people may get something just now."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from chalicelib.assignment.settings import Assignment, Duty
from chalicelib.assignment.subject import Subject, matches
from chalicelib.people import Person, Role, with_crm_user


@dataclass(frozen=True, slots=True)
class Staff:
    """The shop's people at one moment. CRM users are told by their ids.

    Attributes:
        people: of the shop file, in its order.
        duty: who is on duty when; None if the shop has no rota.
        assignment: the shop's rules.
        active: the users who exist in the CRM and may log in; None if it does not tell.
    """

    people: Sequence[Person]
    duty: Duty | None
    assignment: Assignment
    active: frozenset[int] | None
    now: datetime
    zone: ZoneInfo

    def is_active(self, crm_user: int) -> bool:
        """Whether this user can do a task at all."""
        return self.active is None or crm_user in self.active

    def is_at_work(self, crm_user: int) -> bool:
        """Whether this user works now. Who is not in the shop file always does."""
        person = with_crm_user(self.people, crm_user)
        return person is None or person.is_at_work(self.now, self.zone)

    def is_absent(self, crm_user: int) -> bool:
        """Whether this user does not work at all today, or on the day on which they would be back."""
        person = with_crm_user(self.people, crm_user)
        if person is None:
            return False
        back = person.hours.next_opening(self.now, self.zone)
        return any(person.is_absent(moment, self.zone) for moment in (self.now, back))

    def able(self, role: Role | None = None) -> Mapping[int, Person]:
        """Who of the shop file can do a task, whether or not they are at work."""
        return {
            person.crm_user: person
            for person in self.people
            if person.crm_user is not None
            and self.is_active(person.crm_user)
            and (role is None or role in person.roles)
        }

    def candidates(self, subject: Subject) -> tuple[int, ...]:
        """Who may get what belongs to nobody yet, the most suitable ones alone; empty if nobody can.

        Of those at work: whom a rule names, else who is on duty, else the managers; in a shop without
        managers the leads, without leads everybody. While nobody works: who will be the first.
        """
        able = self.able()
        everybody = tuple(self.able("manager") or self.able("lead") or able)
        if not everybody:
            return ()
        named = self._users(self._named_for(subject))
        opening = min(able[user].next_at_work(self.now, self.zone) for user in {*named, *everybody})
        return self._first_at_work(named, everybody, self.now) or self._first_at_work(
            named, everybody, opening
        )

    def boss_of(self, crm_user: int | None) -> int | None:
        """Who hears when this user does not do their work: the boss whom the shop file names, else a lead.

        Who is absent only if the others are, too. None if none of them can do a task.
        """
        person = with_crm_user(self.people, crm_user)
        named = self._users((person.boss,)) if person and person.boss else ()
        bosses = (*named, *self.able("lead"))
        present = [user for user in bosses if not self.is_absent(user)]
        return next(iter((*present, *bosses)), None)

    def _first_at_work(
        self, named: Sequence[int], everybody: Sequence[int], moment: datetime
    ) -> tuple[int, ...]:
        day = moment.astimezone(self.zone).date()
        on_duty = self._users(self.duty.names(day)) if self.duty else ()
        able = self.able()
        groups = (
            tuple(user for user in group if able[user].is_at_work(moment, self.zone))
            for group in (named, on_duty, everybody)
        )
        return next(filter(None, groups), ())

    def _named_for(self, subject: Subject) -> Sequence[str]:
        """Whom the first rule that matches names."""
        return next((rule.people for rule in self.assignment.rules if matches(rule, subject)), ())

    def _users(self, names: Sequence[str]) -> tuple[int, ...]:
        """Of these people those who can do a task."""
        users = {person.name: user for user, person in self.able().items()}
        return tuple(users[name] for name in names if name in users)
