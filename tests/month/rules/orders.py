"""Managers at work: ``docs/mistakes.md``, ``docs/sms.md``, and what ends with an order."""

from tests.month import people
from tests.month.happenings import Edited, Made, Touched
from tests.month.lacking import lacking
from tests.month.rules.cards import Cards
from tests.month.rules.clock import SOON, Clock
from tests.month.rules.ledger import Ledger, Order, OurTask, merged
from tests.month.rules.waiting import NEW, Waiting
from tests.month.scenario import may_follow, mode_of, name_of
from tests.month.shop import MADE_STATUS, ORDER_TEXTS, PARCEL_STATUSES

MADE = ("production question", "promise near", "promise past", "ready elsewhere")
"""The tasks that nobody needs any more once the order is made."""

OVER_WITH_ORDER = frozenset({"form again", "parcel"})
"""The tasks that nobody needs any more once the order is done or cancelled."""


class Orders:
    """What managers do with orders, and what they forget."""

    def __init__(self, clock: Clock, ledger: Ledger, waiting: Waiting, cards: Cards) -> None:
        self._cards = cards
        self._clock = clock
        self._ledger = ledger
        self._waiting = waiting

    def made(self, made: Made) -> None:
        """By hand."""
        order = Order(made.order, self._clock.span(), dict(made.fields), since=self._clock.now)
        order.step = ("", order.status, made.user)
        self._cards.by_hand(order)
        self._ledger.add(order)
        self._waiting.for_an_answer(order)

    def edited(self, edited: Edited) -> None:
        """Some fields, a step, or both."""
        order = self._ledger.orders[edited.order]
        order.fields = merged(order.fields, edited.fields)
        self._ledger.note_phone(order)
        status = edited.fields.get("status", order.status)
        if status == order.status:
            self._mended(order)
        elif not self._goes_back(order, status, edited.user) and status in ORDER_TEXTS:
            self._ledger.text(order, ORDER_TEXTS[status])

    def touched(self, touched: Touched) -> None:
        """A task of ours is a person's from now on."""
        for task in self._ledger.orders[touched.order].open_tasks([touched.kind]):
            task.is_ours = False
            if touched.how == "complete":
                task.is_complete = True
            elif touched.how == "hand on":
                task.performers = frozenset(people.somebody_else(user) for user in task.performers)

    def moved_by_us(self, order: Order, status: str) -> None:
        """Our own step is not judged; what lacked before it matters no more."""
        order.step = (order.status, status, None)
        self._ledger.move(order, status)
        self._tell(order, order.status, (), None)
        self._has(order, status)

    def _has(self, order: Order, status: str) -> None:
        before, order.status, order.since = order.status, status, self._clock.now
        if before == "new":
            self._ledger.complete(order, NEW)
        if before == PARCEL_STATUSES["waiting"]:
            self._ledger.complete(order, ["pickup"])
        if status == MADE_STATUS or not order.is_open:
            self._ledger.complete(order, MADE)
        if not order.is_open:
            # What the courier ended, it also says what becomes of the parcel's troubles.
            is_by_courier = status in PARCEL_STATUSES.values()
            self._ledger.complete(order, OVER_WITH_ORDER - ({"parcel"} if is_by_courier else set()))

    # What an order must have

    def _goes_back(self, order: Order, status: str, user: int) -> bool:
        """A person's step, and what it breaks; whether it is taken back."""
        before = order.status
        order.step = (before, status, user)
        lacks = _lacks(order)
        self._ledger.mistakes.update((user, rule.partition(" ")[0]) for rule in lacks)
        self._tell(order, status, () if mode_of(status) == "count" else lacks, user)
        self._has(order, status)
        is_taken_back = bool(lacks) and mode_of(status) == "put-back"
        if is_taken_back:
            self._ledger.move(order, before)
            self._has(order, before)
        return is_taken_back

    def _mended(self, order: Order) -> None:
        """An edit without a step: is there still something missing where the person put it?"""
        _, status, user = order.step
        if user is not None and mode_of(status) != "count":
            self._tell(order, status, _lacks(order), user)

    def _tell(self, order: Order, status: str, lacks: tuple[str, ...], user: int | None) -> None:
        """The one task about it: left alone if it says it all, else completed, and another one tells."""
        before = order.open_tasks(["mistake"])
        if lacks and any(task.status == status and set(lacks) <= set(task.lacks) for task in before):
            return
        self._ledger.complete(order, ["mistake"])
        if lacks:
            span = self._clock.span(SOON)
            performers = people.who_did_it(user, order.manager, order.fields, span)
            detail = f"«{name_of(status)}»: {', '.join(lacks)}"
            task = OurTask("mistake", span, performers, detail=detail, status=status, lacks=lacks)
            order.tasks.append(task)


def _lacks(order: Order) -> tuple[str, ...]:
    before, status, _ = order.step
    wrong_step = () if may_follow(before, status) else ("step",)
    return (*wrong_step, *lacking(order.fields, status))
