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
    # Who rang in vain or wrote waits for an answer, whatever becomes of the order: they may want another one.
    "callback": frozenset({Gone.TALKED}),
    "callback-overdue": frozenset({Gone.TALKED}),
    "message": frozenset({Gone.TALKED, Gone.ANSWERED}),
    "repeat-lead": frozenset({Gone.TALKED, Gone.ORDER_OVER, Gone.ORDER_DELETED}),
    "request": frozenset({Gone.ORDER_OVER, Gone.ORDER_DELETED}),
    "undelivered": frozenset({Gone.TALKED, Gone.WROTE, Gone.DELIVERED, Gone.ORDER_OVER, Gone.ORDER_DELETED}),
    "trouble": frozenset({Gone.ORDER_OVER, Gone.ORDER_DELETED}),
}
"""Any other one is gone with its order alone, once that is deleted."""


def is_gone(kind: str, by: Gone) -> bool:
    """Whether this takes away the reason of a task of this kind."""
    return by in GONE_WHEN.get(kind, {Gone.ORDER_DELETED})


def kind_of(ladder: str) -> str:
    """The kind of a ladder's tasks, by its key."""
    return ladder.partition(":")[0]


def ends_with_order(kind: str) -> bool:
    """Whether a task of this kind about an order may lose its reason by that order's end."""
    return is_gone(kind, Gone.ORDER_OVER) or is_gone(kind, Gone.ORDER_DELETED)


class OrderTasks(Memory):
    """Where those of our tasks about an order are remembered that may end with it.

    Attributes:
        keys: of the documents: a client's, a conversation's, or a ladder's.
    """

    keys: tuple[str, ...] = ()


def order_tasks_key(order_id: int) -> str:
    """The document of :class:`OrderTasks`."""
    return f"order-tasks:{order_id}"
