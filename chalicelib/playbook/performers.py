"""Who gets a task: everything that makes one asks here.

The performer of each exists in the CRM and may log in there: else a boss gets it.
"""

from dataclasses import replace

from chalicelib.assignment.choosing import staff_now
from chalicelib.assignment.staff import Staff
from chalicelib.assignment.subject import Subject, subject_of
from chalicelib.crm.port import Order
from chalicelib.errors import ConfigurationError
from chalicelib.playbook.desk import Desk


def performer_of(order: Order | None, desk: Desk, *, at_once: bool = False) -> int:
    """The CRM user who gets a task about this order; about none, who takes what belongs to nobody.

    The order's manager, unless they are absent; of what cannot wait, only if they are at work.

    Raises:
        ConfigurationError: nobody of the shop file is an active user of the CRM.
    """
    return performer_for(_subject(order, desk), desk, at_once=at_once)


def performer_for(subject: Subject, desk: Desk, *, at_once: bool = False) -> int:
    """The CRM user who gets a task about this; see ``performer_of``."""
    staff = staff_of(desk)
    manager = subject.manager_id
    if manager is None:
        return _chosen(staff, subject, desk)
    if not staff.is_active(manager):
        return _stand_in(staff, manager)
    if staff.is_absent(manager):
        return _chosen(staff, subject, desk)
    if at_once and not staff.is_at_work(manager) and any(map(staff.is_at_work, staff.candidates(subject))):
        return _chosen(staff, subject, desk)
    return manager


def stand_in_for(crm_user: int, order: Order | None, desk: Desk) -> int:
    """The CRM user who has a task that was theirs: the same one, unless they are absent or gone."""
    return performer_for(replace(_subject(order, desk), manager_id=crm_user), desk)


def manager_for(subject: Subject, desk: Desk) -> int | None:
    """The CRM user who gets an order that we make; None if that is left to the CRM."""
    return performer_for(subject, desk) if desk.shop.assignment.orders else None


def boss_above(crm_user: int, desk: Desk) -> int | None:
    """The CRM user who hears when this one does not answer a client in time; None if there is nobody."""
    return staff_of(desk).boss_of(crm_user)


def staff_of(desk: Desk) -> Staff:
    """The shop's people as they are now."""
    return staff_now(desk.shop, desk.crm, desk.now)


def _subject(order: Order | None, desk: Desk) -> Subject:
    return subject_of(order) if order else Subject(about=f"entry:{desk.entry.id}")


def _chosen(staff: Staff, subject: Subject, desk: Desk) -> int:
    """Who takes it, of those who may."""
    candidates = staff.candidates(subject)
    if not candidates:
        raise _nobody()
    return desk.turns.one_of(candidates, subject.about)


def _stand_in(staff: Staff, gone: int) -> int:
    """Who gets what was for a user who can do nothing any more."""
    boss = staff.boss_of(gone)
    found = next(iter(staff.able()), None) if boss is None else boss
    if found is None:
        raise _nobody()
    return found


def _nobody() -> ConfigurationError:
    return ConfigurationError(
        "people",
        "nobody with a crm_user is an active user of the CRM, and tasks need a performer",
        "Give the crm_user of somebody who works there",
    )
