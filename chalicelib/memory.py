"""What we remember ourselves: what we made for a client.

The CRM's search lags behind its writes, so a second call within seconds would find nothing there.
"""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from chalicelib.actions import (
    AnnotateOrder,
    CompleteOrder,
    CreateOrder,
    CreateTask,
    Topic,
    UpdateTask,
    WrittenTask,
)
from chalicelib.conversation_memory import ConversationMemory
from chalicelib.events import Attribution, CallAnswered, CallMissed, CallTracked

MAX_ORDERS = 10
MAX_CALLS = 20
MAX_TASKS = 20
MAX_CHATS = 5
MAX_VISITS = 5
LARGEST_CLIENT = 100_000
"""Bytes of one client's document. DynamoDB takes 400 KB, and each change is paid for by its size."""

PAST_INCIDENTS = "past-incidents:"
"""Begins the key of the incidents of a day; the day follows."""

PERSONAL_KEYS = (
    PAST_INCIDENTS,
    "client:",
    "chat:",
    "file:",
    "call:",
    "hidden-call:",
    "parcel:",
    "pickup:",
    "trouble:",
    "lead:",
    "mistakes",
    "order-tasks:",
    "production:",
    "told:",
    "sms:",
    "sms-replies:",
    "rows:",
    "audit:",
    "sign-in:",
)


class Memory(BaseModel):
    """A part of our memory. Frozen; changes give a new one."""

    model_config = ConfigDict(frozen=True)

    def content(self) -> dict[str, Any]:
        """As a document's content."""
        return self.model_dump(mode="json")


class Claim(Memory):
    """One entry is at work for this client or parcel: while it is open, everybody else waits."""

    entry_id: str


class RememberedOrder(Memory):
    """An order that we made or completed.

    Attributes:
        form: the form whose lead it holds; empty if it holds none.
        at: when the client called or sent the form.
        made_at: when we made or completed it, by our clock: a sender's clock may be wrong.
        is_paid: True if the client paid on the site.
        awaits_call: True until somebody talked to the client whose missed call made it.
        guess: the source that we wrote for want of a better one; None if there is a better one.
    """

    id: int
    number: str
    form: str
    at: AwareDatetime
    made_at: AwareDatetime
    is_paid: bool = False
    awaits_call: bool = False
    guess: Attribution | None = None


class RememberedTask(Memory):
    """A task as we wrote it last, to see whether a person changed it since.

    Attributes:
        due_at: None if it was written when that was not remembered yet.
    """

    id: int
    text: str
    commentary: str
    performer_id: int
    marker: str
    topic: Topic
    due_at: AwareDatetime | None = None

    @property
    def written(self) -> WrittenTask:
        """As the CRM should still have it."""
        return WrittenTask(
            text=self.text,
            commentary=self.commentary,
            due_at=self.due_at,
            order_id=self.topic.order_id or None,
        )


class RememberedCall(Memory):
    """A call of a client.

    Attributes:
        at: when the client called, or when they began to talk, if somebody did.
        told_by: the journal entry that told of it.
    """

    source: str
    at: AwareDatetime
    told_by: str
    call: CallAnswered | CallMissed = Field(discriminator="kind")


class Visit(Memory):
    """What call tracking told of a client's visit."""

    source: str
    tracked: CallTracked


class ClientMemory(Memory):
    """What we made for one client, and their calls. Of too much of it the oldest is forgotten first.

    Attributes:
        claim: set while one entry carries out what it decided for this client.
        orders: newest last, at most ``MAX_ORDERS``.
        tasks: the last follow-up task of each topic about each order, newest last, at most ``MAX_TASKS``.
        calls: by ``at``, newest last, at most ``MAX_CALLS``.
        visits: newest last, at most ``MAX_VISITS``.
        conversation: if this is the document of a conversation, by whose chat alone its client may be known.
        chats: the keys of conversations that the client told their phone or wrote from by mail, newest last,
            at most ``MAX_CHATS``: tasks about what they wrote are remembered there.
    """

    claim: Claim | None = None
    orders: tuple[RememberedOrder, ...] = ()
    tasks: tuple[RememberedTask, ...] = ()
    calls: tuple[RememberedCall, ...] = ()
    visits: tuple[Visit, ...] = ()
    conversation: ConversationMemory | None = None
    chats: tuple[str, ...] = ()

    def content(self) -> dict[str, Any]:
        """As a document's content, which is never too large to be stored."""
        content = super().content()
        collections = [name for name, part in content.items() if isinstance(part, list)]
        while _size(content) > LARGEST_CLIENT:
            largest = max(collections, key=lambda name: _size(content[name]))
            content[largest] = content[largest][1:]
        return content

    def claimed(self, claim: Claim) -> "ClientMemory":
        """With a claim."""
        return self.model_copy(update={"claim": claim})

    def with_order(self, action: CreateOrder, order_id: int, number: str, now: datetime) -> "ClientMemory":
        """Once the claimed order is made."""
        return self._with(_remembered(action, order_id, number, now))

    def with_completed_order(self, action: CompleteOrder, now: datetime) -> "ClientMemory":
        """Once a lead has completed an order: from now on the order holds this form."""
        before = next((order for order in self.orders if order.id == action.order_id), None)
        completed = _remembered(action, action.order_id, before.number if before else "", now)
        if before is not None:
            knows_better = action.attribution != Attribution()
            still = {"awaits_call": before.awaits_call, "guess": None if knows_better else before.guess}
            completed = completed.model_copy(update=still)
        return self._with(completed)

    def with_annotated_order(self, action: AnnotateOrder) -> "ClientMemory":
        """Once an order has a note: what the note settles is settled."""
        changes: dict[str, object] = {
            **({"awaits_call": False} if action.needs_no_call else {}),
            **({"guess": None} if action.attribution is not None else {}),
        }
        orders = tuple(
            order.model_copy(update=changes) if order.id == action.order_id else order
            for order in self.orders
        )
        return self.model_copy(update={"orders": orders})

    def with_call(self, call: RememberedCall) -> "ClientMemory":
        """With a call, instead of what was known of the same call before."""
        others = (other for other in self.calls if not _is_same(other, call))
        calls = sorted((*others, call), key=lambda remembered: remembered.at)
        return self.model_copy(update={"calls": tuple(calls[-MAX_CALLS:])})

    def call(self, source: str, call_id: str) -> RememberedCall | None:
        """What a source has told of a call."""
        return next(
            (known for known in self.calls if (known.source, known.call.call_id) == (source, call_id)), None
        )

    def with_visit(self, visit: Visit) -> "ClientMemory":
        """With a visit; of one call the last word counts."""
        others = tuple(
            other
            for other in self.visits
            if (other.source, other.tracked.call_id) != (visit.source, visit.tracked.call_id)
        )
        return self.model_copy(update={"visits": (*others, visit)[-MAX_VISITS:]})

    def with_task(self, action: CreateTask | UpdateTask, task_id: int, marker: str) -> "ClientMemory":
        """Once a follow-up task is made or brought up to date; without effect for other tasks."""
        if action.topic is None:
            return self
        task = RememberedTask(
            id=task_id,
            text=action.text,
            commentary=action.commentary,
            performer_id=action.performer_id,
            marker=marker,
            topic=action.topic,
            due_at=_due_at(action),
        )
        others = tuple(other for other in self.tasks if not _is_about_the_same(other.topic, action.topic))
        return self.model_copy(update={"tasks": (*others, task)[-MAX_TASKS:], "claim": None})

    def without_task(self, task_id: int) -> "ClientMemory":
        """Once a task is completed, or left to the person who changed it."""
        return self.model_copy(update={"tasks": tuple(task for task in self.tasks if task.id != task_id)})

    def task(self, topic: str) -> RememberedTask | None:
        """The last follow-up task of this topic."""
        return next((task for task in reversed(self.tasks) if task.topic.name == topic), None)

    def task_like(self, topic: Topic) -> RememberedTask | None:
        """The last follow-up task of this topic about the same order."""
        return next((task for task in self.tasks if _is_about_the_same(task.topic, topic)), None)

    def with_chat(self, key: str) -> "ClientMemory":
        """With a conversation that is this client's."""
        if key in self.chats:
            return self
        return self.model_copy(update={"chats": (*self.chats, key)[-MAX_CHATS:]})

    def _with(self, order: RememberedOrder) -> "ClientMemory":
        others = tuple(other for other in self.orders if other.id != order.id)
        return self.model_copy(update={"orders": (*others, order)[-MAX_ORDERS:], "claim": None})


class SourceMemory(Memory):
    """What we remember of a source.

    Attributes:
        heard_at: when its first authentic webhook came; None if there was none.
    """

    heard_at: AwareDatetime | None = None


class HistoryMemory(Memory):
    """How far we have read the CRM's history.

    Attributes:
        last_id: the last record that was looked at; None before the first.
        news_since: since when we follow what, as ``FollowingBegun`` names it. What was before is no news.
    """

    last_id: int | None = None
    news_since: Mapping[str, AwareDatetime] = Field(default_factory=dict)


FOR_SCENARIO = "*scenario"
FOR_PRODUCTION = "*production"
EACH_CHANGE = (FOR_SCENARIO, FOR_PRODUCTION)
"""In ``HistoryMemory.news_since``: who looks at each change of an order, not only at some statuses."""


HISTORY_KEY = "crm-history"
"""The document of :class:`HistoryMemory`."""


REJECTING = "rejecting:"
"""Begins the key of the incident that a source sends nothing authentic; the source's name follows."""

ASKED = "source:"
"""Likewise of the incident that a source that is asked does not tell."""


def source_key(source: str) -> str:
    """The document of a source."""
    return f"source:{source}"


def is_clients(key: str) -> bool:
    """True if a document is a client's or a conversation's: a :class:`ClientMemory`."""
    return key.startswith(("client:", "chat:"))


def is_personal(key: str) -> bool:
    """True if a document holds personal data: it goes when nobody has changed it for long."""
    return key.startswith(PERSONAL_KEYS)


def client_key(phone: str, email: str) -> str:
    """The document of a client: by phone (E.164), else by e-mail address; empty if there is neither."""
    identity = phone or email.strip().lower()
    return f"client:{identity}" if identity else ""


def _size(content: object) -> int:
    """Bytes, as a store keeps it."""
    return len(json.dumps(content, ensure_ascii=False).encode("utf-8", "surrogatepass"))


def _remembered(
    action: CreateOrder | CompleteOrder, order_id: int, number: str, now: datetime
) -> RememberedOrder:
    return RememberedOrder(
        id=order_id,
        number=number,
        form=action.form,
        at=action.occurred_at,
        made_at=now,
        is_paid=action.is_paid,
        awaits_call=isinstance(action, CreateOrder) and action.must_call,
        guess=action.attribution if isinstance(action, CreateOrder) and action.is_guess else None,
    )


def _is_about_the_same(one: Topic, other: Topic) -> bool:
    return (one.name, one.order_id) == (other.name, other.order_id)


def _due_at(action: CreateTask | UpdateTask) -> datetime | None:
    """Until when the task should be done from now on; None if that is not known."""
    if isinstance(action, UpdateTask) and action.due_at is None:
        return action.before.due_at
    return action.due_at


def _is_same(one: RememberedCall, other: RememberedCall) -> bool:
    return (one.source, one.call.call_id) == (other.source, other.call.call_id)
