"""Clients get in touch: ``docs/telephony.md``, ``docs/forms.md``, ``docs/messengers.md``."""

from datetime import timedelta

from tests.month import people
from tests.month.calendar import add_open
from tests.month.happenings import Form, Missed, Talked, Wrote
from tests.month.rules.cards import Cards
from tests.month.rules.clock import SOON, Clock
from tests.month.rules.ledger import Ledger, Order, OurTask
from tests.month.rules.waiting import Waiting
from tests.month.shop import BOSS, ESCALATE_AFTER

SAME_FORM = timedelta(minutes=15)
COMPLETES_CALL = timedelta(hours=24)
ADDED_TO_ORDER = timedelta(minutes=30)
KNOWN_CALLER = timedelta(days=30)
NOTED_FOR = timedelta(days=7)
TALKED_AWAY = ("callback", "callback overdue", "form again")
"""The tasks that somebody who talks to the client has done."""


class Clients:
    """Orders for new clients, tasks for those who have one."""

    def __init__(self, clock: Clock, ledger: Ledger, waiting: Waiting, cards: Cards) -> None:
        self._cards = cards
        self._clock = clock
        self._ledger = ledger
        self._waiting = waiting
        self._of_chat: dict[int, Order] = {}

    def form(self, form: Form) -> None:
        """An order; the same form again a task; the order of a missed call is completed."""
        key = f"lead-tilda-{form.id}"
        if not self._ledger.is_news(key):
            return
        phone = e164(form.phone)
        orders = self._ledger.of_phone(phone)
        for order in orders:
            if form.form in order.forms and form.at - order.forms[form.form] < SAME_FORM:
                self._follow_up(order, "form again")
                return
        for order in orders:
            is_fresh = form.at - order.made.first <= COMPLETES_CALL
            if order.is_from_call and order.is_open and is_fresh and not order.forms:
                order.forms[form.form] = form.at
                order.notes.add("form")
                order.fields.setdefault("firstName", form.name)
                return
        order = self._new_order(key, {"phone": phone, "firstName": form.name, "email": form.email})
        order.forms[form.form] = form.at

    def missed(self, call: Missed) -> None:
        """An order of somebody new, a task for a known client."""
        if not self._ledger.is_news(call.id):
            return
        order = self._in_question(self._ledger.of_phone(call.phone))
        if order is None:
            order = self._new_order(f"call-mango-{call.id}", {"phone": call.phone})
            order.is_from_call = order.awaits_call = True
            return
        task = self._follow_up(order, "callback")
        if task.times == 1:
            late = add_open(self._clock.now, ESCALATE_AFTER)
            self._clock.once_there(late, lambda: self._not_called_back(order, task))

    def _not_called_back(self, order: Order, task: OurTask) -> None:
        # The boss's own tasks have nobody above.
        if task.is_ours and not task.is_complete and task.performers != {BOSS}:
            order.tasks.append(OurTask("callback overdue", self._clock.span(SOON), frozenset({BOSS})))

    def talked(self, talk: Talked) -> None:
        """What the client waited for is done."""
        for order in self._ledger.of_phone(talk.phone):
            self._ledger.complete(order, TALKED_AWAY)
            if order.awaits_call and talk.at - order.made.first < NOTED_FOR:
                order.awaits_call = False
                order.notes.add("called back")

    def wrote(self, wrote: Wrote) -> None:
        """An order, a note on it while nobody has looked at it, or a task to answer."""
        if not self._ledger.is_news(wrote.id):
            return
        order = self._of_chat.get(wrote.chat)
        if order is None:
            order = self._new_order(f"message-telegram-{wrote.id}", {"firstName": wrote.name})
            order.forms["chat"] = wrote.happened_at
            self._of_chat[wrote.chat] = order
        elif order.status == "new" and wrote.happened_at - order.forms["chat"] <= ADDED_TO_ORDER:
            order.notes.add("message 2")
        else:
            self._follow_up(order, "message")

    def _in_question(self, orders: list[Order]) -> Order | None:
        """The newest open order, else the newest one that was closed lately."""
        lately = [order for order in orders if order.since >= self._clock.now - KNOWN_CALLER]
        return next((order for order in orders if order.is_open), next(iter(lately), None))

    def _new_order(self, key: str, fields: dict[str, str]) -> Order:
        order = Order(key, self._clock.span(), dict(fields), since=self._clock.now)
        known = self._ledger.of_phone(order.phone) if order.phone else []
        self._cards.give(order, known, order.phone, order.email)
        self._ledger.add(order)
        self._waiting.for_an_answer(order)
        return order

    def _follow_up(self, order: Order, kind: str) -> OurTask:
        """The open task of this kind tells of it, too; one that a person has touched is theirs."""
        for task in order.open_tasks([kind]):
            if task.is_ours:
                task.times += 1
                now = self._clock.now
                task.performers = frozenset(
                    people.still(user, order.manager, order.fields, now) for user in task.performers
                )
                return task
        span = self._clock.span()
        task = OurTask(kind, span, people.performers(order.manager, order.fields, span))
        order.tasks.append(task)
        return task


def e164(typed: str) -> str:
    """A Russian phone, however it is written."""
    return f"+7{''.join(each for each in typed if each.isdecimal())[-10:]}"
