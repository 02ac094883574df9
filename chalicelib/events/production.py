"""What the shop's production tells, and what it hears."""

from datetime import date, timedelta
from typing import Literal

from pydantic import AwareDatetime

from chalicelib.events.base import Event


class ProductionNews(Event):
    """What production tells of an order.

    Attributes:
        order_id: the CRM's id; None if only the number is known.
        order_number: the order's number or its external id.
        author: who says it; empty if unknown.
        text: what they say.
        links: pages that a manager can open, such as drawings.
        at: when it happened, by production's clock, but never later than we heard of it.
    """

    order_id: int | None = None
    order_number: str = ""
    author: str = ""
    text: str = ""
    links: tuple[str, ...] = ()
    at: AwareDatetime


class ProductionAsked(ProductionNews):
    """Production needs an answer about an order.

    Attributes:
        question_id: production's own, which the answer brings back.
    """

    kind: Literal["production-asked"] = "production-asked"
    question_id: str


class ProductionCommented(ProductionNews):
    """Production says something about an order that nobody need answer."""

    kind: Literal["production-commented"] = "production-commented"


class ProductionPromised(ProductionNews):
    """Production tells when an order will be ready.

    Attributes:
        day: by its end, in the shop's zone.
    """

    kind: Literal["production-promised"] = "production-promised"
    day: date


class ProductionReady(ProductionNews):
    """An order is made."""

    kind: Literal["production-ready"] = "production-ready"


class ProductionPromiseDue(Event):
    """It is time to see whether an order will be, or is, ready by the day that production promised.

    Attributes:
        source: who promised it; empty for the CRM.
        day: as it was promised then: another one has a look of its own.
        is_past: whether the day is over.
        rule: the kind of the event that it follows from: in observe mode nothing is done.
    """

    kind: Literal["production-promise-due"] = "production-promise-due"
    source: str
    order_id: int
    order_number: str
    day: date
    is_past: bool
    rule: Literal["production-promised"] = "production-promised"


class ProductionTaskCompleted(Event):
    """A person has completed our task about a question: the answer may stand in the task's comments.

    Attributes:
        at: when they did, by the CRM's clock.
        rule: in observe mode of which nothing is done.
    """

    kind: Literal["production-task-completed"] = "production-task-completed"
    order_id: int
    order_number: str
    task_id: int
    at: AwareDatetime
    rule: Literal["production-asked"] = "production-asked"


class ProductionAnswerDue(Event):
    """An answer is due to go back to the production system. Travels on the ``notify`` queue.

    Attributes:
        source: who asked.
        question_id: production's own.
        question: what they asked.
        text: the answer.
        author: who answered; empty if unknown.
        rule: in observe mode of which nothing is sent.
    """

    kind: Literal["production-answer-due"] = "production-answer-due"
    source: str
    order_id: int
    order_number: str
    question_id: str
    question: str
    text: str
    author: str
    asked_at: AwareDatetime
    answered_at: AwareDatetime
    rule: Literal["production-asked"] = "production-asked"


class ProductionAnswered(Event):
    """Production has got its answer: kept in the journal for reports.

    Attributes:
        source: who asked; empty for the CRM.
        way: whether the answer came in the order's field or with its task.
        waited: from question to answer, all hours counted.
        delay: the same, counting the shop's hours alone.
    """

    kind: Literal["production-answered"] = "production-answered"
    source: str
    order_id: int
    order_number: str
    question_id: str
    way: Literal["field", "task"]
    asked_at: AwareDatetime
    answered_at: AwareDatetime
    waited: timedelta
    delay: timedelta
