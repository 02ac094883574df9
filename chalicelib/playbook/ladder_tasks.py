"""Tasks of a ladder: one for each step that is told; completed when the order no longer waits."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from chalicelib.actions import CompleteTask, CreateTask, TaskText
from chalicelib.crm.port import Order
from chalicelib.engine.port import Document
from chalicelib.events import OrderMovedOn
from chalicelib.ladder_memory import LadderMemory, LadderTask
from chalicelib.phones import normalise
from chalicelib.playbook.claims import own_claim, wait_for
from chalicelib.playbook.desk import Decision, Desk
from chalicelib.playbook.task_completion import completed


@dataclass(frozen=True, slots=True)
class Ladder:
    """What an order waits for, and our memory of it."""

    document: Document
    memory: LadderMemory

    def changed(self, memory: LadderMemory) -> Document:
        """The document with another memory."""
        return replace(self.document, content=memory.content())

    def claimed(self, desk: Desk) -> Document:
        """The claim to tell a step, or to complete the tasks."""
        return self.changed(self.memory.claimed(own_claim(desk)))


def ladder_of(desk: Desk, key: str) -> Ladder:
    """Our memory of what an order waits for.

    Raises:
        Postponed: another entry is at work for it.
    """
    document = desk.documents.get(key)
    memory = LadderMemory.model_validate(document.content)
    wait_for(memory.claim, desk)
    return Ladder(document, memory)


def task_for_step(
    ladder: Ladder,
    order: Order,
    text: TaskText,
    step: timedelta,
    performer_id: int,
    due_at: datetime,
    zone: str,
) -> CreateTask:
    """A task that is remembered with the ladder."""
    return CreateTask(
        order_id=order.id,
        order_number=order.number,
        text=text.text,
        commentary=text.commentary,
        due_at=due_at,
        performer_id=performer_id,
        phone=phone_of(order),
        ladder=ladder.document.key,
        step=step,
        zone=zone,
    )


def completions(
    ladder: Ladder, note: str, tasks: Sequence[LadderTask] | None = None
) -> tuple[CompleteTask, ...]:
    """Each of these tasks of the ladder, all if none are named, is completed with this note."""
    return tuple(
        completed(task, note, ladder=ladder.document.key)
        for task in (ladder.memory.tasks if tasks is None else tasks)
    )


def on_order_moved_on(moved: OrderMovedOn, desk: Desk) -> Decision:
    """Complete our tasks about an order that no longer waits, unless it waits again."""
    ladder = ladder_of(desk, moved.ladder)
    order = desk.crm.order(moved.order_id)
    is_pickup = moved.rule == "pickup-stalled"
    waiting = {desk.shop.pickup_status} if is_pickup else desk.shop.unprocessed_statuses
    if order is not None and order.status in waiting:
        return Decision(note="waits-again")
    status = "" if order is None else order.status
    note = desk.texts.render("task/no_longer_waits", at=moved.at, order_status=status, parcel_status="")
    actions = completions(ladder, note)
    return Decision(actions, (ladder.claimed(desk),)) if actions else Decision(note="no-task-left")


def phone_of(order: Order) -> str:
    """The client's first usable phone, E.164; empty if there is none."""
    return next(filter(None, (normalise(text, typed=True) for text in order.phones)), "")
