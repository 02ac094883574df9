"""Who gets a task, by ``docs/people.md`` alone."""

from datetime import datetime

from tests.month.effects import Span
from tests.month.shop import WORKERS, worker


def performers(manager: int | None, span: Span) -> frozenset[int]:
    """The order's manager unless absent, else who is on duty, at both ends of the span."""
    return frozenset(_performer(manager, moment) for moment in (span.first, span.last))


def at_once(manager: int | None, span: Span) -> frozenset[int]:
    """What cannot wait: the order's manager only if at work, or if nobody is."""
    found = set()
    for moment in (span.first, span.last):
        performer = _performer(manager, moment)
        person = worker(performer)
        other = _on_duty(moment)
        is_there = person is None or person.is_at_work(moment)
        takes_over = worker(other)
        is_other_there = takes_over is not None and takes_over.is_at_work(moment)
        found.add(performer if is_there or not is_other_there else other)
    return frozenset(found)


def who_did_it(user: int | None, manager: int | None, span: Span) -> frozenset[int]:
    """Who made a step, unless absent."""
    person = worker(user)
    return frozenset(
        _performer(manager, moment) if person is None or person.is_absent(moment) else person.user
        for moment in (span.first, span.last)
    )


def somebody_else(user: int) -> int:
    """To whom a manager hands a task on."""
    return next(one.user for one in WORKERS if one.user != user)


def _performer(manager: int | None, moment: datetime) -> int:
    person = worker(manager)
    is_absent = person is not None and person.is_absent(moment)
    return manager if manager is not None and not is_absent else _on_duty(moment)


def _on_duty(moment: datetime) -> int:
    """The first manager at work; if there is none the one who is back first."""
    return min(WORKERS, key=lambda one: one.next_at_work(moment)).user
