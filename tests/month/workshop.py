"""What production tells of an order while it makes it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from tests.month import proportions
from tests.month.calendar import DAY, local
from tests.month.chances import Chances
from tests.month.happenings import Answered, Happening, Produced

QUESTIONS = ("Какой цвет люверсов?", "Шов двойной?", "С какой стороны клапан?")


@dataclass(frozen=True, slots=True)
class Making:
    """An order in the workshop: since when, whose it is, and when it is ready."""

    order: str
    user: int
    begun: datetime
    ready: datetime


def told(making: Making, dice: Chances) -> Iterator[Happening]:
    """All of it, in no order."""
    if dice.is_so(proportions.PROMISED):
        yield _promise(making, dice)
    if dice.is_so(proportions.COMMENTED):
        yield _event(making, "comment", making.begun + dice.minutes(5, 100), "Ткань пришла")
    if dice.is_so(proportions.ASKED):
        yield from _question(making, dice)
    ready = _event(making, "ready", making.ready)
    yield ready
    if dice.is_so(proportions.DELIVERED_TWICE):
        yield _event(making, "ready", making.ready + timedelta(minutes=2))


def too_early(order: str, at: datetime) -> Produced:
    """It takes the order for another one."""
    return Produced(at, order, f"{order}-early", "ready")


def ready_at(begun: datetime, dice: Chances) -> datetime:
    """Not while the shop opens: that is when it looks at promised days."""
    ready = begun + dice.minutes(240, 4000)
    here = local(ready)
    is_opening = timedelta(hours=8, minutes=15) <= timedelta(hours=here.hour, minutes=here.minute)
    return ready + timedelta(hours=2) if is_opening and here.hour < 10 else ready


def _promise(making: Making, dice: Chances) -> Produced:
    at = dice.free(making.begun + dice.minutes(5, 100))
    first = local(at).date()
    day = max(first, local(making.ready).date() + DAY * dice.number(-2, 3))
    return Produced(at, making.order, f"{making.order}-promised", "promised", "Ждём ткань", day)


def _question(making: Making, dice: Chances) -> Iterator[Happening]:
    asked_at = dice.free(making.begun + dice.minutes(5, 60))
    question = _event(making, "question", asked_at, dice.choice(QUESTIONS))
    yield question
    if dice.is_so(proportions.DELIVERED_TWICE):
        yield _event(making, "question", asked_at + timedelta(minutes=2), question.text)
    answered_at = dice.working_moment(asked_at, 30, 120)
    if answered_at < making.ready - timedelta(minutes=40) and dice.is_calm(answered_at):
        way = "field" if dice.is_so(proportions.ANSWERED_BY_FIELD) else "task"
        yield Answered(answered_at, making.order, making.user, f"Да, {making.order}", way)


def _event(making: Making, kind: str, at: datetime, text: str = "") -> Produced:
    return Produced(at, making.order, f"{making.order}-{kind}", kind, text)
