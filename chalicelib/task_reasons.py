"""When the reason of a task of ours is gone, for each kind of task that we make: docs/tasks.md in code.

Each kind is named as its memory is: a follow-up task by its topic, any other one by the beginning of its
ladder's key. What is gone by the courier's, the subscription's or the rule's own news stands with that rule;
here stands what happens to several kinds at once.
"""

from collections.abc import Mapping
from enum import StrEnum, auto

from chalicelib.memory import Memory


class Gone(StrEnum):
    """What may take away a task's reason."""

    TALKED = auto()
    """Somebody of the shop talked to the client by phone, whoever called."""

    ANSWERED = auto()
    """Somebody of the shop wrote to the client in the conversation that the task is about."""

    WROTE = auto()
    """The client wrote to us, and a person reads it."""

    DELIVERED = auto()
    """A later text message about the same order reached the client."""

    ORDER_OVER = auto()
    """The order is done or cancelled."""

    ORDER_DELETED = auto()
    """The CRM has it no more."""


GONE_WHEN: Mapping[str, frozenset[Gone]] = {
    # A client who rang in vain waits for a call, whatever becomes of the order.
    "callback": frozenset({Gone.TALKED}),
    "callback-overdue": frozenset({Gone.TALKED}),
    "repeat-lead": frozenset({Gone.TALKED, Gone.ORDER_OVER}),
    "message": frozenset({Gone.TALKED, Gone.ANSWERED, Gone.ORDER_OVER}),
    "request": frozenset({Gone.ORDER_OVER}),
    "undelivered": frozenset({Gone.TALKED, Gone.WROTE, Gone.DELIVERED, Gone.ORDER_OVER}),
    "trouble": frozenset({Gone.ORDER_OVER}),
}
"""Without ``ORDER_DELETED``, which is the end of every task about an order."""


def is_gone(kind: str, by: Gone) -> bool:
    """Whether this takes away the reason of a task of this kind."""
    return by is Gone.ORDER_DELETED or by in GONE_WHEN.get(kind, frozenset())


class OrderTasks(Memory):
    """Where our tasks about an order are remembered.

    Attributes:
        keys: of the documents: a client's, a conversation's, or a ladder's.
    """

    keys: tuple[str, ...] = ()


def order_tasks_key(order_id: int) -> str:
    """The document of :class:`OrderTasks`."""
    return f"order-tasks:{order_id}"
