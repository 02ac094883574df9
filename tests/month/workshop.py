"""What production tells of an order while it makes it: by a system of its own, or in the CRM."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from tests.month import proportions
from tests.month.calendar import DAY, local
from tests.month.chances import Chances
from tests.month.happenings import Answered, Edited, Happening, Produced
from tests.month.scenario import QUESTION_STATUS, READY_STATUS
from tests.month.shop import PROMISED_FIELD, QUESTION_FIELD

QUESTIONS = ("Какой цвет люверсов?", "Шов двойной?", "С какой стороны клапан?")
BEFORE_READY = timedelta(minutes=40)
"""So long before it nobody does anything else with the order."""


@dataclass(frozen=True, slots=True)
class Making:
    """An order in the workshop: since when, whose it is, when it is ready, and if the CRM tells that."""

    order: str
    user: int
    begun: datetime
    ready: datetime
    is_ready_in_crm: bool


def making(order: str, user: int, begun: datetime, dice: Chances) -> Making:
    """From now until it is ready."""
    ready = _not_at_opening(begun + dice.minutes(240, 4000))
    if not dice.is_so(proportions.IN_CRM):
        return Making(order, user, begun, ready, is_ready_in_crm=False)
    there = dice.free(ready)
    if there != ready:
        # Whatever else waited for the CRM was said first.
        there = dice.free(_not_at_opening(there + timedelta(hours=1)))
    return Making(order, user, begun, there, is_ready_in_crm=True)


def told(making: Making, dice: Chances) -> Iterator[Happening]:
    """All of it, in no order."""
    if dice.is_so(proportions.PROMISED):
        yield from (
            _promise_in_crm(making, dice) if dice.is_so(proportions.IN_CRM) else [_promise(making, dice)]
        )
    if dice.is_so(proportions.COMMENTED):
        yield _event(making, "comment", making.begun + dice.minutes(5, 100), "Ткань пришла")
    if dice.is_so(proportions.ASKED):
        yield from (
            _question_in_crm(making, dice) if dice.is_so(proportions.IN_CRM) else _question(making, dice)
        )
    if making.is_ready_in_crm:
        yield _edited(making, making.ready, {"status": READY_STATUS}, dice)
        return
    ready = _event(making, "ready", making.ready)
    yield ready
    if dice.is_so(proportions.DELIVERED_TWICE):
        yield _event(making, "ready", making.ready + timedelta(minutes=2))


def too_early(order: str, at: datetime) -> Produced:
    """It takes the order for another one."""
    return Produced(at, order, f"{order}-early", "ready")


def _is_at_opening(moment: datetime) -> bool:
    """Whether the shop opens about then: that is when it looks at promised days."""
    return time(8, 15) <= local(moment).time() < time(10)


def _not_at_opening(moment: datetime) -> datetime:
    return moment + timedelta(hours=2) if _is_at_opening(moment) else moment


def _promise(making: Making, dice: Chances) -> Produced:
    at = dice.free(making.begun + dice.minutes(5, 100))
    day = _day(making, at, dice)
    return Produced(at, making.order, f"{making.order}-promised", "promised", "Ждём ткань", day)


def _promise_in_crm(making: Making, dice: Chances) -> Iterator[Edited]:
    """The day in the order's field; later another one, or none any more."""
    at = dice.free(making.begun + dice.minutes(20, 100))
    if at > making.ready - BEFORE_READY:
        return
    day = _day(making, at, dice)
    yield _edited(making, at, _promised(day.isoformat()), dice)
    same = 1 - proportions.ANOTHER_DAY - proportions.NO_DAY
    change = dice.one_of({"other": proportions.ANOTHER_DAY, "none": proportions.NO_DAY, "same": same})
    changed_at = dice.free(_not_at_opening(at + dice.minutes(60, 2000)))
    if change == "same" or changed_at > making.ready - BEFORE_READY or _is_at_opening(changed_at):
        return
    other = max(day, local(changed_at).date()) + DAY
    yield _edited(making, changed_at, _promised(other.isoformat() if change == "other" else ""), dice)


def _promised(day: str) -> Mapping[str, Any]:
    return {"customFields": {PROMISED_FIELD: day}}


def _day(making: Making, at: datetime, dice: Chances) -> date:
    return max(local(at).date(), local(making.ready).date() + DAY * dice.number(-2, 3))


def _question(making: Making, dice: Chances) -> Iterator[Happening]:
    asked_at = dice.free(making.begun + dice.minutes(5, 60))
    question = _event(making, "question", asked_at, dice.choice(QUESTIONS))
    yield question
    if dice.is_so(proportions.DELIVERED_TWICE):
        yield _event(making, "question", asked_at + timedelta(minutes=2), question.text)
    yield from _answer(making, asked_at, dice)


def _question_in_crm(making: Making, dice: Chances) -> Iterator[Happening]:
    """In the order's field, or by a status: there the order waits, until it is put back or made."""
    asked_at = dice.free(making.begun + dice.minutes(20, 80))
    if asked_at > making.ready - BEFORE_READY:
        return
    text = dice.choice(QUESTIONS)
    if not dice.is_so(proportions.ASKED_BY_STATUS):
        yield _edited(making, asked_at, {"customFields": {QUESTION_FIELD: text}}, dice)
    else:
        yield _edited(making, asked_at, {"status": QUESTION_STATUS, "statusComment": text}, dice)
        back_at = dice.working_moment(asked_at, 30, 200)
        if dice.is_so(proportions.PUT_BACK) and back_at < making.ready - BEFORE_READY:
            yield _edited(making, back_at, {"status": "assembling"}, dice)
    yield from _answer(making, asked_at, dice)


def _answer(making: Making, asked_at: datetime, dice: Chances) -> Iterator[Answered]:
    answered_at = dice.working_moment(asked_at, 30, 120)
    if answered_at < making.ready - BEFORE_READY and dice.is_calm(answered_at):
        way = "field" if dice.is_so(proportions.ANSWERED_BY_FIELD) else "task"
        yield Answered(answered_at, making.order, making.user, f"Да, {making.order}", way)


def _event(making: Making, kind: str, at: datetime, text: str = "") -> Produced:
    return Produced(at, making.order, f"{making.order}-{kind}", kind, text)


def _edited(making: Making, at: datetime, fields: Mapping[str, Any], dice: Chances) -> Edited:
    """Under the manager's name: the workshop has no other one in the CRM."""
    return Edited(at, making.order, making.user, fields, triggers=dice.number(0, 2))
