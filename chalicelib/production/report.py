"""How long production waited for answers, by what we remember of the orders that it asked about."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from statistics import median
from zoneinfo import ZoneInfo

from chalicelib.engine.port import Documents
from chalicelib.hours import WorkingHours
from chalicelib.ladder_memory import PRODUCTION, LadderMemory, production_key
from chalicelib.memory import Memory
from chalicelib.production.memory import Question

NINETY_PERCENT = 0.9


class AskedOn(Memory):
    """The orders about which production asked on one day of the shop's zone."""

    orders: tuple[int, ...] = ()

    def with_order(self, order_id: int) -> "AskedOn":
        """With one more; nothing changes if it is there."""
        return AskedOn(orders=tuple(dict.fromkeys((*self.orders, order_id))))


def asked_key(day: date) -> str:
    """The document of :class:`AskedOn`."""
    return f"{PRODUCTION}asked:{day}"


@dataclass(frozen=True, slots=True)
class Spans:
    """How long answers took: half of them at most, and nine of ten at most."""

    median: timedelta
    ninetieth: timedelta


@dataclass(frozen=True, slots=True)
class Figures:
    """What became of production's questions.

    Attributes:
        delay: from question to answer, in the shop's hours; None if there was no answer.
        waited: the same, all hours counted.
        waiting: the questions that still wait, oldest first.
    """

    asked: int
    answered: int
    delay: Spans | None
    waited: Spans | None
    waiting: tuple[Question, ...]


def asked_since(documents: Documents, since: datetime, now: datetime, zone: ZoneInfo) -> list[Question]:
    """The questions that were asked since then, oldest first."""
    first, today = since.astimezone(zone).date(), now.astimezone(zone).date()
    keys = [asked_key(first + timedelta(days=number)) for number in range((today - first).days + 1)]
    days = (AskedOn.model_validate(each.content) for each in documents.get_many(keys).values())
    orders = sorted({order_id for day in days for order_id in day.orders})
    found = documents.get_many([production_key(order_id) for order_id in orders]) if orders else {}
    asked = [
        question
        for order_id in orders
        for question in _questions(found[production_key(order_id)].content)
        if question.at >= since
    ]
    return sorted(asked, key=lambda question: question.at)


def figures(asked: Sequence[Question], hours: WorkingHours, zone: ZoneInfo) -> Figures:
    """How long the answers took."""
    spans = [(question.at, question.answer.at) for question in asked if question.answer is not None]
    return Figures(
        asked=len(asked),
        answered=len(spans),
        delay=_spans([hours.open_time_between(begins, ends, zone) for begins, ends in spans]),
        waited=_spans([ends - begins for begins, ends in spans]),
        waiting=tuple(question for question in asked if question.is_open),
    )


def _questions(content: object) -> tuple[Question, ...]:
    production = LadderMemory.model_validate(content).production
    return production.questions if production else ()


def _spans(spans: Sequence[timedelta]) -> Spans | None:
    if not spans:
        return None
    ordered = sorted(spans)
    middle = timedelta(seconds=median(span.total_seconds() for span in ordered))
    return Spans(middle, ordered[math.ceil(NINETY_PERCENT * len(ordered)) - 1])
