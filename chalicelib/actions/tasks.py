"""Tasks for people in the CRM."""

from datetime import timedelta
from typing import ClassVar, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict

from chalicelib.actions.base import Action


class Topic(BaseModel):
    """What a follow-up task collects: further events of the same kind update it.

    Attributes:
        name: ``callback``, ``callback-overdue`` for who hears that nobody called back, ``repeat-lead``,
            ``message`` for what a client wrote, ``request`` for until when they want it, or ``undelivered``
            for what we could not tell them.
        order_id: the order that the task is about; 0 for a client without one.
        event_ids: each event counted so far, by its provider's id.
        moments: when each of them happened.
        is_by_client: whether the client did it, and so was awake at that moment.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Literal["callback", "callback-overdue", "repeat-lead", "message", "request", "undelivered"]
    order_id: int
    event_ids: tuple[str, ...]
    moments: tuple[AwareDatetime, ...]
    is_by_client: bool = True


class TaskText(BaseModel):
    """What a task says, without our marker."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    text: str
    commentary: str


class WrittenTask(TaskText):
    """A task as we wrote it last. Where it differs from that, a person has changed it.

    Attributes:
        due_at: None if it was written when that was not remembered yet: then ``order_id`` is unknown, too.
        order_id: None for a task without an order.
    """

    due_at: AwareDatetime | None = None
    order_id: int | None = None


class CreateTask(Action):
    """Make a task for a person.

    Attributes:
        order_id: None for a task without an order.
        order_number: its number, by which a task can be found again.
        text: the first line that a manager sees.
        commentary: details. Our marker is added to it, so that the task can be found again.
        due_at: until when it should be done.
        performer_id: user id in the CRM.
        ladder: the memory key of what the order waits for, such as ``pickup:1001``: the task is remembered
            there, to be completed when the order no longer waits. Empty for any other task.
        step: the ladder's step that the task is for.
        about: which of several things the task is about, where ``ladder`` has no steps.
        zone: where the client's clock stands and how we know, for the journal; empty if it does not matter.
        replaces: the task of ours that is gone from the CRM, in whose place this one is; else None.
    """

    is_repeatable: ClassVar[bool] = False

    kind: Literal["create-task"] = "create-task"
    order_id: int | None = None
    order_number: str = ""
    text: str
    commentary: str
    due_at: AwareDatetime
    performer_id: int
    phone: str = ""
    topic: Topic | None = None
    ladder: str = ""
    step: timedelta = timedelta()
    about: str = ""
    zone: str = ""
    replaces: int | None = None


class UpdateTask(Action):
    """Bring an open task of ours up to date, unless a person has changed it.

    Attributes:
        before: the task as we wrote it last.
        due_at: until when it should be done from now on; None if that stays.
        performer_id: who has it from now on.
        former_performer_id: who had it, if that is somebody else; None if it stays with them.
        marker: the marker that the task was made with, unchanged.
    """

    kind: Literal["update-task"] = "update-task"
    task_id: int
    before: WrittenTask
    text: str
    commentary: str
    due_at: AwareDatetime | None = None
    performer_id: int
    former_performer_id: int | None = None
    marker: str
    topic: Topic


class CompleteTask(Action):
    """Complete an open task of ours that has become pointless, unless a person has changed it.

    Attributes:
        ladder: the memory key where the task is remembered; empty if that is the client's own.
        step: the ladder's step that the task was for.
        before: the task as we wrote it.
        commentary: what it says from now on: why nothing is left to do.
        performer_id: who has it, unchanged.
        marker: the marker that the task was made with, unchanged.
    """

    kind: Literal["complete-task"] = "complete-task"
    ladder: str = ""
    step: timedelta = timedelta()
    task_id: int
    before: WrittenTask
    commentary: str
    performer_id: int
    marker: str


class AddNote(Action):
    """Write a note on a client's card. Our marker is added to it, so that it can be found again."""

    is_repeatable: ClassVar[bool] = False

    kind: Literal["add-note"] = "add-note"
    customer_id: int
    text: str
