"""A plain second reckoning: what must follow from a month's happenings, by the shop's docs alone.

It knows nothing of the product's code, and no queue, no document, no retry: only who did what when, and the
rules as ``docs/`` tells them to the shop's owner. Where a moment is not exact, it says between which two.
"""

import heapq
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import singledispatchmethod
from itertools import count
from typing import Any

from tests.month import people
from tests.month.calendar import add_open
from tests.month.effects import WHENEVER, Counted, Expected, Span, State, Task, Text
from tests.month.happenings import (
    Edited,
    Form,
    Happening,
    Made,
    Missed,
    Outage,
    Talked,
    Told,
    Touched,
    Wrote,
)
from tests.month.lacking import is_phone, lacking
from tests.month.scenario import SCENARIO, may_follow, mode_of, name_of
from tests.month.shop import BOSS, ESCALATE_AFTER, LEAD_STEPS, ORDER_TEXTS, PARCEL_STATUSES, PICKUP_STEPS

SOON = timedelta(minutes=12)
"""A trigger that did not come: the history is looked at every few minutes. A new order's ladder likewise."""

HOURLY = timedelta(minutes=90)
"""How late a look at waiting parcels may be."""

RECOVERY = timedelta(minutes=26)
"""How long after an outage the last thing has been caught up with."""

SAME_FORM = timedelta(minutes=15)
COMPLETES_CALL = timedelta(hours=24)
ADDED_TO_ORDER = timedelta(minutes=30)
KNOWN_CALLER = timedelta(days=30)
NOTED_FOR = timedelta(days=7)

CLOSED = frozenset(
    code for code, status in SCENARIO["statuses"].items() if status["group"] in {"complete", "cancel"}
)
TALKED_AWAY = frozenset({"callback", "callback overdue", "form again"})
OVER_WITH_ORDER = frozenset({"form again", "message", "parcel"})
PARCEL_WORDS = {
    "RECEIVED_AT_SHIPMENT_WAREHOUSE": "in_transit",
    "ACCEPTED_IN_RECIPIENT_CITY": "in_transit",
    "ACCEPTED_AT_PICK_UP_POINT": "waiting",
    "DELIVERED": "delivered",
    "NOT_DELIVERED": "returning",
}


@dataclass(slots=True, eq=False)
class OurTask:
    """A task that must be there.

    Attributes:
        times: how many things of the same kind it tells of.
        performers: who may have got it: it may change while it is being made.
        is_ours: False once a person has done something to it.
    """

    kind: str
    order: str
    made: Span
    performers: frozenset[int]
    times: int = 1
    detail: str = ""
    last: datetime | None = None
    status: str = ""
    lacks: tuple[str, ...] = ()
    is_ours: bool = True
    is_complete: bool = False
    is_sure: bool = True


@dataclass(slots=True, eq=False)
class Order:
    """An order, as the CRM must have it."""

    key: str
    phone: str
    made: Span
    status: str = "new"
    since: datetime | None = None
    manager: int | None = None
    is_from_call: bool = False
    awaits_call: bool = False
    forms: dict[str, datetime] = field(default_factory=dict)
    notes: set[str] = field(default_factory=set)
    texts: set[str] = field(default_factory=set)
    tasks: list[OurTask] = field(default_factory=list)
    parcel: tuple[datetime, str] | None = None
    fields: dict[str, Any] = field(default_factory=dict)
    step: tuple[str, str, int | None] = ("", "new", None)
    """The last one: from which status, to which, and who made it; None for us."""

    @property
    def is_open(self) -> bool:
        return self.status not in CLOSED


class Reckoning:
    """Goes through the month once."""

    def __init__(self, happenings: Iterable[Happening], end: datetime) -> None:
        self._end = end
        self._numbers = count()
        self._agenda: list[tuple[datetime, int, Callable[[], None]]] = []
        self._outages: list[Outage] = []
        self._now = end
        self._orders: dict[str, Order] = {}
        self._of_phone: dict[str, list[Order]] = {}
        self._of_chat: dict[int, Order] = {}
        self._heard: set[str] = set()
        self._mistakes: Counter[tuple[int, str]] = Counter()
        """Of each manager, by rule."""

        self._texts: list[tuple[Text, Span]] = []
        for happening in happenings:
            self._at(happening.at, self._happening(happening))

    def effects(self) -> Iterator[Expected]:
        """Everything that must be there at the end."""
        while self._agenda and self._agenda[0][0] <= self._end:
            self._now, _, what = heapq.heappop(self._agenda)
            what()
        for order in self._orders.values():
            state = State(order.key, order.phone, order.status, order.manager, tuple(sorted(order.notes)))
            yield Expected(state, order.made)
            for task in order.tasks:
                made = tuple(
                    Task(order.key, task.kind, _detail(task), performer, task.is_complete)
                    for performer in sorted(task.performers)
                )
                is_sure = task.is_sure and task.made.last <= self._end
                yield Expected(made[0], task.made, made[1:], is_sure=is_sure)
        for text, span in self._texts:
            yield Expected(text, span)
        for (user, rule), times in self._mistakes.items():
            yield Expected(Counted(user, rule, times), WHENEVER)

    # The clock

    def _at(self, moment: datetime, what: Callable[[], None]) -> None:
        heapq.heappush(self._agenda, (moment, next(self._numbers), what))

    def _happening(self, happening: Happening) -> Callable[[], None]:
        return lambda: self._when_there(happening)

    def _when_there(self, happening: Happening) -> None:
        """While the CRM is away, what comes in waits for it, each client's in its order."""
        back = self._back_at()
        if back is not None and not isinstance(happening, Outage):
            self._at(back, self._happening(happening))
            return
        self._follow(happening)

    def _back_at(self) -> datetime | None:
        return next((each.until for each in self._outages if each.at <= self._now < each.until), None)

    def _span(self, patience: timedelta = timedelta(minutes=6)) -> Span:
        """When it is done what is due now."""
        last = self._now + patience
        for outage in self._outages:
            if outage.at - patience <= self._now <= outage.until + RECOVERY:
                last = max(last, outage.until + RECOVERY + patience)
        return Span(self._now - timedelta(seconds=1), last)

    @singledispatchmethod
    def _follow(self, happening: Happening) -> None:
        raise NotImplementedError(happening)

    @_follow.register
    def _outage(self, outage: Outage) -> None:
        self._outages.append(outage)

    # Clients get in touch

    @_follow.register
    def _form(self, form: Form) -> None:
        key = f"lead-tilda-{form.id}"
        if key in self._heard:
            return
        self._heard.add(key)
        phone = _e164(form.phone)
        for order in self._newest(phone):
            if form.form in order.forms and form.at - order.forms[form.form] < SAME_FORM:
                self._follow_up(order, "form again", form.at)
                return
        for order in self._newest(phone):
            is_fresh = form.at - order.made.first <= COMPLETES_CALL
            if order.is_from_call and order.is_open and is_fresh and not order.forms:
                order.forms[form.form] = form.at
                order.notes.add("form")
                order.fields.setdefault("firstName", form.name)
                return
        fields = {"phone": phone, "firstName": form.name}
        self._new_order(Order(key, phone, self._span(), forms={form.form: form.at}, fields=fields))

    @_follow.register
    def _missed(self, call: Missed) -> None:
        if call.id in self._heard:
            return
        self._heard.add(call.id)
        order = self._in_question(self._newest(call.phone))
        if order is None:
            key = f"call-mango-{call.id}"
            order = Order(key, call.phone, self._span(), is_from_call=True, awaits_call=True)
            order.fields["phone"] = call.phone
            self._new_order(order)
            return
        task = self._follow_up(order, "callback", call.happened_at)
        if task.times == 1:
            self._at(add_open(self._now, ESCALATE_AFTER), lambda: self._not_called_back(order, task))

    def _not_called_back(self, order: Order, task: OurTask) -> None:
        if not task.is_ours or task.is_complete:
            return
        order.tasks.append(
            OurTask("callback overdue", order.key, self._span(SOON), frozenset({BOSS}), last=task.last)
        )

    @_follow.register
    def _talked(self, talk: Talked) -> None:
        for order in self._newest(talk.phone):
            for task in order.tasks:
                if task.kind in TALKED_AWAY and task.is_ours:
                    task.is_complete = True
            if order.awaits_call and talk.at - order.made.first < NOTED_FOR:
                order.awaits_call = False
                order.notes.add("called back")

    @_follow.register
    def _wrote(self, wrote: Wrote) -> None:
        if wrote.id in self._heard:
            return
        self._heard.add(wrote.id)
        order = self._of_chat.get(wrote.chat)
        if order is None:
            order = Order(f"message-telegram-{wrote.id}", "", self._span(), since=wrote.happened_at)
            self._of_chat[wrote.chat] = order
            order.forms["chat"] = wrote.happened_at
            order.fields["firstName"] = wrote.name
            self._new_order(order)
        elif order.status == "new" and wrote.happened_at - order.forms["chat"] <= ADDED_TO_ORDER:
            order.notes.add("message 2")
        else:
            self._follow_up(order, "message", wrote.happened_at)

    def _newest(self, phone: str) -> list[Order]:
        return list(reversed(self._of_phone.get(phone, [])))

    def _in_question(self, orders: list[Order]) -> Order | None:
        """The newest open order, else the newest one that was closed lately."""
        lately = [order for order in orders if (order.since or self._now) >= self._now - KNOWN_CALLER]
        return next((order for order in orders if order.is_open), next(iter(lately), None))

    def _new_order(self, order: Order) -> None:
        self._orders[order.key] = order
        if order.phone:
            self._of_phone.setdefault(order.phone, []).append(order)
        order.since = self._now
        self._wait_for_answer(order, self._now)

    def _follow_up(self, order: Order, kind: str, at: datetime) -> OurTask:
        """The open task of this kind tells of it, too; one that a person has touched is theirs."""
        for task in order.tasks:
            if task.kind == kind and task.is_ours and not task.is_complete:
                task.times += 1
                task.last = at
                return task
        span = self._span()
        performers = people.performers(order.manager, order.fields, span)
        task = OurTask(kind, order.key, span, performers, last=at)
        order.tasks.append(task)
        return task

    # What waits

    def _wait_for_answer(self, order: Order, since: datetime) -> None:
        for number, step in enumerate(LEAD_STEPS):
            self._at(add_open(since, step), self._unanswered(order, since, number))

    def _unanswered(self, order: Order, since: datetime, number: int) -> Callable[[], None]:
        def told() -> None:
            back = self._back_at()
            if back is not None:
                self._at(back, told)
                return
            if order.status != "new" or order.since != since:
                return
            later = LEAD_STEPS[number + 1 :]
            if any(add_open(since, step) <= self._now for step in later):
                return
            # After an outage nobody knows to the minute when the order was made.
            span = self._span(SOON + (order.made.last - order.made.first))
            performers = (
                people.at_once(order.manager, order.fields, span) if number == 0 else frozenset({BOSS})
            )
            kind = "new order" if number == 0 else "new order, boss"
            task = OurTask(kind, order.key, span, performers)
            task.is_sure = not any(add_open(since, step) <= span.last for step in later)
            order.tasks.append(task)

        return told

    def _wait_at_pickup(self, order: Order, arrived_at: datetime) -> None:
        for step in PICKUP_STEPS:
            self._at(max(self._now, arrived_at + step), self._not_collected(order, arrived_at, step))

    def _not_collected(self, order: Order, arrived_at: datetime, step: timedelta) -> Callable[[], None]:
        def told() -> None:
            back = self._back_at()
            if back is not None:
                self._at(back, told)
                return
            if order.parcel != (arrived_at, "waiting") or order.status != PARCEL_STATUSES["waiting"]:
                return
            span = self._span(HOURLY)
            performers = people.performers(order.manager, order.fields, span)
            order.tasks.append(OurTask("pickup", order.key, span, performers, detail=str(step.days)))

        return told

    def _leaves(self, order: Order, kinds: frozenset[str]) -> None:
        """The order no longer waits: our tasks about that are done."""
        for task in order.tasks:
            if task.kind in kinds and task.is_ours:
                task.is_sure = task.is_sure and task.made.last < self._now
                task.is_complete = True

    # Managers at work

    @_follow.register
    def _made(self, made: Made) -> None:
        order = Order(made.order, made.fields["phone"], self._span(), manager=made.user)
        order.fields = dict(made.fields)
        order.step = ("", "new", made.user)
        self._new_order(order)

    @_follow.register
    def _edited(self, edited: Edited) -> None:
        order = self._orders[edited.order]
        order.manager = edited.fields.get("managerId", order.manager)
        order.fields = _merged(order.fields, edited.fields)
        phone = str(order.fields.get("phone", ""))
        if phone != order.phone:
            order.phone = phone
            self._of_phone.setdefault(phone, []).append(order)
        status = edited.fields.get("status", order.status)
        if status == order.status:
            self._mended(order)
            return
        is_back = self._steps(order, status, edited.user)
        if status in ORDER_TEXTS and not is_back:
            self._text(order, ORDER_TEXTS[status])

    def _has_status(self, order: Order, status: str) -> None:
        before, order.status, order.since = order.status, status, self._now
        if before == "new" and status != "new":
            self._leaves(order, frozenset({"new order", "new order, boss"}))
        if before == PARCEL_STATUSES["waiting"] and status != before:
            self._leaves(order, frozenset({"pickup"}))
        if not order.is_open:
            by_courier = status in PARCEL_STATUSES.values()
            self._leaves(order, OVER_WITH_ORDER - (frozenset({"parcel"}) if by_courier else frozenset()))

    # What an order must have

    def _steps(self, order: Order, status: str, user: int) -> bool:
        """A person's step, and what it breaks; whether it is taken back."""
        before = order.status
        order.step = (before, status, user)
        lacks = (*(() if may_follow(before, status) else ("step",)), *lacking(order.fields, status))
        self._mistakes.update((user, rule.partition(" ")[0]) for rule in lacks)
        goes_back = bool(lacks) and mode_of(status) == "put-back"
        told = () if mode_of(status) == "count" else lacks
        self._tell_lacks(order, status, told, user)
        self._has_status(order, status)
        if goes_back:
            self._has_status(order, before)
        return goes_back

    def _tell_lacks(self, order: Order, status: str, lacks: tuple[str, ...], user: int | None) -> None:
        """The one task about it: left alone if it says it all, else completed, and another one tells."""
        before = [task for task in order.tasks if task.kind == "mistake" and not task.is_complete]
        if lacks and any(task.status == status and set(lacks) <= set(task.lacks) for task in before):
            return
        for task in before:
            task.is_complete = task.is_complete or task.is_ours
        if lacks:
            span = self._span(SOON)
            performers = people.who_did_it(user, order.manager, order.fields, span)
            detail = f"«{name_of(status)}»: {', '.join(lacks)}"
            order.tasks.append(
                OurTask("mistake", order.key, span, performers, detail=detail, status=status, lacks=lacks)
            )

    def _mended(self, order: Order) -> None:
        """An edit without a step: is there still something missing where the person put it?"""
        before, status, user = order.step
        if user is None or mode_of(status) == "count":
            return
        lacks = (*(() if may_follow(before, status) else ("step",)), *lacking(order.fields, status))
        self._tell_lacks(order, status, lacks, user)

    def _text(self, order: Order, template: str) -> None:
        if is_phone(order.phone) and template not in order.texts:
            order.texts.add(template)
            self._texts.append((Text(order.key, order.phone, template), self._span(SOON)))

    @_follow.register
    def _touched(self, touched: Touched) -> None:
        for task in self._orders[touched.order].tasks:
            if task.kind != touched.kind or task.is_complete:
                continue
            if touched.how == "complete":
                task.is_complete = True
            elif touched.how == "hand on":
                task.performers = frozenset(people.somebody_else(user) for user in task.performers)
            task.is_ours = False

    # Parcels

    @_follow.register
    def _told(self, told: Told) -> None:
        order = self._orders[told.order]
        word = PARCEL_WORDS[told.code]
        is_news = order.parcel is None or told.happened_at > order.parcel[0]
        is_done = order.parcel is not None and order.parcel[1] == "delivered"
        if not is_news or is_done:
            return
        order.parcel = (told.happened_at, word)
        if order.is_open or word == "delivered":
            if word == "waiting":
                self._text(order, "arrived")
                self._wait_at_pickup(order, told.happened_at)
            if word == "returning":
                span = self._span()
                performers = people.performers(order.manager, order.fields, span)
                order.tasks.append(OurTask("parcel", order.key, span, performers))
            if PARCEL_STATUSES[word] != order.status:
                order.step = (order.status, PARCEL_STATUSES[word], None)
                self._tell_lacks(order, order.status, (), None)
                self._has_status(order, PARCEL_STATUSES[word])


def _detail(task: OurTask) -> str:
    return task.detail or (str(task.times) if task.times > 1 else "")


def _merged(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    """Fields as the CRM merges them: objects in depth."""
    both = {**old, **new}
    for name, value in new.items():
        if isinstance(value, dict):
            both[name] = _merged(old.get(name, {}), value)
    return both


def _e164(typed: str) -> str:
    return f"+7{''.join(each for each in typed if each.isdecimal())[-10:]}"
