"""Who waits for an answer longer than the shop wants, as the check ``late-answers`` saw it last.

Neither phones nor names: the CRM and the journal have them.
"""

from pydantic import AwareDatetime

from chalicelib.engine.port import Documents
from chalicelib.memory import Memory

LATE_ANSWERS_KEY = "late-answers"
"""The document of :class:`LateAnswers`."""

MOST_NAMED = 100
"""Of each kind: more than that is a number for people, not a list."""


class LateCallBack(Memory):
    """A task to call a client back that is open although its time is over.

    Attributes:
        due_at: until when the client should have been called back.
        entry_id: the newest journal entry about it.
        performer_id: whose task it is; None if nobody's.
    """

    task_id: int
    order_id: int | None
    due_at: AwareDatetime
    performer_id: int | None
    entry_id: str


class LateOrder(Memory):
    """A new order that nobody has looked at for as long as the first step of the ladder.

    Attributes:
        since: since when it waits.
    """

    order_id: int
    order_number: str
    since: AwareDatetime


class LateAnswers(Memory):
    """Whoever waits too long, who has waited longest first.

    Attributes:
        looked_at: when the check saw this; None before its first look.
        call_back_count: how many call-backs are late, also those that are not named.
        order_count: likewise of new orders.
    """

    looked_at: AwareDatetime | None = None
    call_backs: tuple[LateCallBack, ...] = ()
    call_back_count: int = 0
    orders: tuple[LateOrder, ...] = ()
    order_count: int = 0


def read_late_answers(documents: Documents) -> LateAnswers:
    """Who waits too long: one read."""
    return LateAnswers.model_validate(documents.get(LATE_ANSWERS_KEY).content)
