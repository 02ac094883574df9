"""The shop's orders and our tasks, as they must be."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from tests.month.effects import WHENEVER, Counted, Expected, Moved, Span, State, Task, Text
from tests.month.lacking import is_phone
from tests.month.rules.clock import SOON, Clock
from tests.month.scenario import SCENARIO

CLOSED = frozenset(
    code for code, status in SCENARIO["statuses"].items() if status["group"] in {"complete", "cancel"}
)


@dataclass(slots=True, eq=False)
class OurTask:
    """A task that must be there.

    Attributes:
        performers: who may have got it: it may change while it is being made.
        times: how many things of the same kind it tells of.
        status, lacks: of a task about mistakes: where what was missing.
        is_ours: False once a person has done something to it.
        is_sure: False if something else happened while it was due.
    """

    kind: str
    made: Span
    performers: frozenset[int]
    times: int = 1
    detail: str = ""
    status: str = ""
    lacks: tuple[str, ...] = ()
    is_ours: bool = True
    is_complete: bool = False
    is_sure: bool = True


@dataclass(slots=True, eq=False)
class Order:
    """An order, as the CRM must have it.

    Attributes:
        made: when it was.
        fields: what clients and managers have filled in.
        since: when it got its status.
        forms: when which form was sent for it.
        step: the last one: from which status, to which, and who made it; None for us.
        parcel: what the courier told last, by its own clock.
    """

    key: str
    made: Span
    fields: dict[str, Any]
    since: datetime
    status: str = "new"
    step: tuple[str, str, int | None] = ("", "new", None)
    awaits_call: bool = False
    is_from_call: bool = False
    forms: dict[str, datetime] = field(default_factory=dict)
    notes: set[str] = field(default_factory=set)
    texts: set[str] = field(default_factory=set)
    tasks: list[OurTask] = field(default_factory=list)
    parcel: tuple[datetime, str] | None = None

    @property
    def is_open(self) -> bool:
        """Whether it is neither done nor cancelled."""
        return self.status not in CLOSED

    @property
    def phone(self) -> str:
        """As the CRM has it."""
        return str(self.fields.get("phone", ""))

    @property
    def email(self) -> str:
        """The e-mail address that the client gave."""
        return str(self.fields.get("email", ""))

    @property
    def manager(self) -> int | None:
        """The user whose it is."""
        return self.fields.get("managerId")

    def open_tasks(self, kinds: Collection[str]) -> list[OurTask]:
        """Those of these kinds that are not complete."""
        return [task for task in self.tasks if task.kind in kinds and not task.is_complete]


class Ledger:
    """All orders of the month, and what their clients got.

    Attributes:
        orders: by external id.
        heard: ids of what clients did: what comes again is one.
        mistakes: how often which manager broke which rule.
    """

    def __init__(self, clock: Clock) -> None:
        self.orders: dict[str, Order] = {}
        self.heard: set[str] = set()
        self.mistakes: Counter[tuple[int, str]] = Counter()
        self._clock = clock
        self._by_phone: dict[str, dict[str, Order]] = {}
        self._texts: list[tuple[Text, Span]] = []
        self._moves: list[tuple[Moved, Span, bool]] = []

    def is_news(self, about: str) -> bool:
        """Whether this has not come before."""
        is_news = about not in self.heard
        self.heard.add(about)
        return is_news

    def add(self, order: Order) -> None:
        """A new order."""
        self.orders[order.key] = order
        self.note_phone(order)

    def note_phone(self, order: Order) -> None:
        """The order may have another phone now."""
        self._by_phone.setdefault(order.phone, {})[order.key] = order

    def of_phone(self, phone: str) -> list[Order]:
        """The client's orders, the newest first."""
        known = [order for order in self._by_phone.get(phone, {}).values() if order.phone == phone]
        return sorted(known, key=lambda order: order.made.first, reverse=True)

    def text(self, order: Order, template: str) -> None:
        """The client gets a text, once for each order."""
        if is_phone(order.phone) and template not in order.texts:
            order.texts.add(template)
            self._texts.append((Text(order.key, order.phone, template), self._clock.span(SOON)))

    def move(self, order: Order, status: str) -> None:
        """We put the order there; after an outage later news may have come first."""
        span = self._clock.span(SOON)
        self._moves.append((Moved(order.key, status), span, span.last <= self._clock.now + SOON))

    def complete(self, order: Order, kinds: Collection[str]) -> None:
        """Their reason is gone; what a person has changed is theirs."""
        for task in order.open_tasks(kinds):
            if task.is_ours:
                is_there = task.made.last < self._clock.now or task.made.is_at_once
                task.is_sure = task.is_sure and is_there
                task.is_complete = True

    def effects(self, end: datetime) -> Iterator[Expected]:
        """Everything that must be there at the end."""
        for order in self.orders.values():
            state = State(order.key, order.phone, order.status, order.manager, tuple(sorted(order.notes)))
            yield Expected(state, order.made)
            for task in order.tasks:
                yield _task(order, task, end)
        for move, span, is_sure in self._moves:
            yield Expected(move, span, is_sure=is_sure and span.last <= end)
        for text, span in self._texts:
            yield Expected(text, span)
        for (user, rule), times in self.mistakes.items():
            yield Expected(Counted(user, rule, times), WHENEVER)


def merged(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    """Fields as the CRM merges them: objects in depth."""
    both = {**old, **new}
    for name, value in new.items():
        if isinstance(value, dict):
            both[name] = merged(old.get(name, {}), value)
    return both


def _task(order: Order, task: OurTask, end: datetime) -> Expected:
    detail = task.detail or (str(task.times) if task.times > 1 else "")
    first, *others = (
        Task(order.key, task.kind, detail, performer, task.is_complete)
        for performer in sorted(task.performers)
    )
    return Expected(first, task.made, tuple(others), is_sure=task.is_sure and task.made.last <= end)
