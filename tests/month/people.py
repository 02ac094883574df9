"""Who gets a task, by ``docs/people.md`` alone."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from tests.month.calendar import local
from tests.month.effects import Span
from tests.month.shop import BOSS, DUTY_EVERY, DUTY_ON, DUTY_ROTA, DUTY_SINCE, FIRED, RULES, WORKERS, worker

Fields = Mapping[str, Any]


def performers(manager: int | None, fields: Fields, span: Span) -> frozenset[int]:
    """The order's manager unless absent, else who is chosen, at both ends of the span."""
    return frozenset(_performer(manager, fields, moment) for moment in (span.first, span.last))


def at_once(manager: int | None, fields: Fields, span: Span) -> frozenset[int]:
    """What cannot wait: the order's manager only if at work, or if nobody is."""
    return frozenset(_at_once(manager, fields, moment) for moment in (span.first, span.last))


def who_did_it(user: int | None, manager: int | None, fields: Fields, span: Span) -> frozenset[int]:
    """Who made a step, unless absent."""
    person = worker(user)
    return frozenset(
        _performer(manager, fields, moment) if person is None or person.is_away(moment) else person.user
        for moment in (span.first, span.last)
    )


def still(user: int, manager: int | None, fields: Fields, moment: datetime) -> int:
    """Who has a task that is brought up to date: whoever had it, unless away by then."""
    person = worker(user)
    return _performer(manager, fields, moment) if person is not None and person.is_away(moment) else user


def somebody_else(user: int) -> int:
    """To whom a manager hands a task on."""
    return next(one.user for one in WORKERS if one.user != user)


def _performer(manager: int | None, fields: Fields, moment: datetime) -> int:
    if manager == FIRED:
        return BOSS
    person = worker(manager)
    return _chosen(fields, moment) if person is None or person.is_away(moment) else person.user


def _at_once(manager: int | None, fields: Fields, moment: datetime) -> int:
    person = worker(manager)
    if person is not None and person.is_at_work(moment):
        return person.user
    other = _chosen(fields, moment)
    is_there = any(one.user == other and one.is_at_work(moment) for one in WORKERS)
    return other if is_there else _performer(manager, fields, moment)


def _chosen(fields: Fields, moment: datetime) -> int:
    """The first of those who may."""
    return candidates(fields, moment)[0]


def candidates(fields: Fields, moment: datetime) -> list[int]:
    """Of those at work: whom a rule names, else who is on duty, else the managers.

    While nobody works: who will be the first.
    """
    if not any(one.is_at_work(moment) for one in WORKERS):
        moment = min(one.next_at_work(moment) for one in WORKERS)
    everybody = [one.name for one in WORKERS]
    for names in (_named(fields), _on_duty(moment), everybody):
        present = [
            one.user for name in names for one in WORKERS if one.name == name and one.is_at_work(moment)
        ]
        if present:
            return present
    raise AssertionError("somebody is at work")


def _named(fields: Fields) -> Sequence[str]:
    """Whom the first rule that fits names."""
    region = fields.get("delivery", {}).get("address", {}).get("region", "")
    products = [item["productName"] for item in fields.get("items", [])]
    for rule in RULES:
        fits_region = "region" not in rule or rule["region"] == region
        fits_product = "product" not in rule or any(rule["product"] in name.split() for name in products)
        if fits_region and fits_product:
            return list(rule["people"])
    return []


def _on_duty(moment: datetime) -> Sequence[str]:
    day = local(moment).date()
    if day in DUTY_ON:
        return [DUTY_ON[day]]
    turn = (day - DUTY_SINCE) // DUTY_EVERY
    return [DUTY_ROTA[turn % len(DUTY_ROTA)]] if turn >= 0 else []
