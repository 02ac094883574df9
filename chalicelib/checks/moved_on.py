"""What the CRM's history tells: orders that no longer wait, and statuses of which clients are told."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from chalicelib.checks.port import Finding
from chalicelib.crm.port import CrmReader, Order, OrderChange, OrderChanges
from chalicelib.engine.port import Documents
from chalicelib.events import (
    FollowingBegun,
    LeadAnswered,
    LeadsAnswered,
    OrderEdited,
    OrderEnded,
    OrderMovedOn,
    OrderStatusChanged,
)
from chalicelib.gate.tickets import phone_group
from chalicelib.ladder_memory import LadderMemory, lead_key, pickup_key
from chalicelib.memory import EACH_CHANGE, FOR_PRODUCTION, FOR_SCENARIO, HISTORY_KEY, HistoryMemory
from chalicelib.settings import Shop
from chalicelib.task_reasons import OrderTasks, order_tasks_key

SELDOM = timedelta(minutes=5)
OFTEN = timedelta(minutes=2)
"""While clients wait for the word, or mistakes are looked for."""

AT_FIRST = timedelta(days=1)
"""How far back the first look goes."""

MANY_RECORDS = 100
"""So many records of no interest are remembered as read: the next look need not read them again."""


class MovedOn:
    """Follows the CRM's history: which orders got another status, whoever moved them.

    How far it was read, the pipeline remembers with what was found.
    """

    name = "moved-on"
    has_baseline = False

    def __init__(self, shop: Shop, crm: CrmReader, documents: Documents) -> None:
        """Look into this CRM, and into our memory of what people were told."""
        self._shop = shop
        self._crm = crm
        self._documents = documents
        self.every = OFTEN if shop.messages.order_statuses or shop.follows_orders else SELDOM

    def find(self, now: datetime) -> Iterator[Finding]:
        """See the port."""
        memory = HistoryMemory.model_validate(self._documents.get(HISTORY_KEY).content)
        last_id, followed = memory.last_id, self._followed()
        # To the second, as the CRM's moments are.
        since = {what: memory.news_since.get(what, now.replace(microsecond=0)) for what in followed}
        read = self._crm.order_changes(last_id, min([now - AT_FIRST, *memory.news_since.values()]))
        moves = [change for change in read.changes if change.is_status]
        answered = list(_first(change for change in moves if self._is_answer(change)))
        pointless = list(self._with_tasks(moves))
        ended = list(self._maybe_ended(read.changes))
        # What was before we began to follow it is old: nobody must get a day's messages at once.
        told = [change for change in moves if _is_news(change, since, change.after, *EACH_CHANGE)]
        edited = list(_edits(change for change in read.changes if _is_news(change, since, *EACH_CHANGE)))
        wanted = [*answered, *told, *edited, *ended, *(change for _, change in pointless)]
        ids = {change.order_id for change in wanted}
        orders = {order.id: order for order in self._crm.orders_with_ids(ids)} if ids else {}
        until = self._read_until(read, [change for change in wanted if change.order_id not in orders], now)
        if since.keys() != memory.news_since.keys():
            yield _begun(since, now)
            if last_id is not None:
                # Until this is known, what comes must be found again.
                until = None
        for key, change in pointless:
            if change.order_id in orders:
                yield _moved_on(key, change, orders[change.order_id])
        for change, order in _with_orders(told, orders):
            yield _status_changed(change, order)
        yield from filter(None, (_ended(change, orders.get(change.order_id)) for change in ended))
        for change, order in _with_orders(edited, orders):
            yield _edited(change, order)
        if until is not None and until != last_id:
            shown = _with_orders(answered, orders)
            answers = [self._answer(change, order) for change, order in shown if change.id <= until]
            if answers or last_id is None or until - last_id >= MANY_RECORDS:
                # The last one: what a full run holds back must be found again by the next run.
                yield _recorded(answers, last_id, until)

    def _read_until(self, read: OrderChanges, unseen: Sequence[OrderChange], now: datetime) -> int | None:
        """The last record that need not be read again.

        What the CRM's search does not show is gone, or so new that the search lags behind: then later.
        """
        lag = self._shop.crm.search_lag
        young = [change.id for change in unseen if now - change.at < lag]
        return min(young) - 1 if young else read.last_id

    def _followed(self) -> frozenset[str]:
        """The statuses of which clients are told, and who looks at each change."""
        shop = self._shop
        looking = {FOR_SCENARIO: shop.scenario is not None, FOR_PRODUCTION: shop.has_production}
        return frozenset(shop.messages.order_statuses) | {who for who, looks in looking.items() if looks}

    def _is_answer(self, change: OrderChange) -> bool:
        new = self._shop.unprocessed_statuses
        return change.before in new and change.after not in new

    def _with_tasks(self, changes: Iterable[OrderChange]) -> Iterator[tuple[str, OrderChange]]:
        """What orders waited for until these changes, if people have tasks of ours about it."""
        left = {
            key(change.order_id): change
            for change in changes
            for key, statuses in (
                (pickup_key, {self._shop.pickup_status}),
                (lead_key, self._shop.unprocessed_statuses),
            )
            # A new order had no status before.
            if change.before and change.before in statuses and change.after not in statuses
        }
        documents = self._documents.get_many(list(left)) if left else {}
        for key, document in documents.items():
            memory = LadderMemory.model_validate(document.content)
            if memory.tasks or memory.claim:  # Who has claimed it may be making a task.
                yield key, left[key]

    def _maybe_ended(self, changes: Sequence[OrderChange]) -> Iterator[OrderChange]:
        """The last status, or the removal, of each order about which people may have tasks of ours."""
        latest = {change.order_id: change for change in changes if change.is_status or change.is_removal}
        keys = {order_tasks_key(order_id): order_id for order_id in latest}
        documents = self._documents.get_many(list(keys)) if keys else {}
        for key, document in documents.items():
            if OrderTasks.model_validate(document.content).keys:
                yield latest[keys[key]]

    def _answer(self, change: OrderChange, order: Order) -> LeadAnswered:
        shop = self._shop.shop
        return LeadAnswered(
            order_id=order.id,
            order_number=order.number,
            created_at=order.created_at,
            answered_at=change.at,
            delay=shop.hours.open_time_between(order.created_at, change.at, shop.timezone),
        )


def _is_news(change: OrderChange, since: Mapping[str, datetime], *what: str) -> bool:
    return any(each in since and change.at >= since[each] for each in what)


def _edits(changes: Iterable[OrderChange]) -> Iterable[OrderChange]:
    """The last change of each order that we look at again, whatever changed, but its status alone."""
    return {
        change.order_id: change for change in changes if not change.is_status and not change.is_ours
    }.values()


def _with_orders(
    changes: Iterable[OrderChange], orders: Mapping[int, Order]
) -> Iterator[tuple[OrderChange, Order]]:
    """The changes of those orders that the CRM shows."""
    return ((change, orders[change.order_id]) for change in changes if change.order_id in orders)


def _first(changes: Iterable[OrderChange]) -> Iterable[OrderChange]:
    """The first change of each order."""
    found: dict[int, OrderChange] = {}
    for change in changes:
        found.setdefault(change.order_id, change)
    return found.values()


def _moved_on(key: str, change: OrderChange, order: Order) -> Finding:
    event = OrderMovedOn(
        ladder=key,
        rule="pickup-stalled" if key == pickup_key(order.id) else "lead-unprocessed",
        order_id=order.id,
        order_number=order.number,
        status=change.after,
        at=change.at,
    )
    return Finding(
        dedup_id=f"moved-on:{key}:{change.id}",
        group=phone_group(*order.phones),
        event=event,
        line=f"{order.number}: no longer {change.before}, but {change.after}: our open tasks are completed",
    )


def _status_changed(change: OrderChange, order: Order) -> Finding:
    event = OrderStatusChanged(
        order_id=order.id, order_number=order.number, status=change.after, at=change.at
    )
    return Finding(
        dedup_id=f"order-status:{change.id}",
        group=phone_group(*order.phones),
        event=event,
        line=f"{order.number}: now {change.after}, of which its client is told",
    )


def _ended(change: OrderChange, order: Order | None) -> Finding | None:
    """None for an order that is open, or that the CRM's search does not show although nobody removed it.

    An earlier status than the history's is the search's lag: the rule reads the order itself.
    """
    if order is None and not change.is_removal:
        return None
    if order is not None and order.is_open and order.status == change.after:
        return None
    number = order.number if order else ""
    return Finding(
        dedup_id=f"order-ended:{change.id}",
        group=phone_group(*(order.phones if order else ())),
        event=OrderEnded(order_id=change.order_id, order_number=number, at=change.at),
        line=f"{number or change.order_id}: over: our tasks about it are completed",
    )


def _edited(change: OrderChange, order: Order) -> Finding:
    return Finding(
        dedup_id=f"order-edited:{change.id}",
        group=phone_group(*order.phones),
        event=OrderEdited(order_id=order.id, order_number=order.number, at=change.at),
        line=f"{order.number}: {change.field} changed",
    )


def _begun(followed: Iterable[str], now: datetime) -> Finding:
    what = ", ".join(sorted(followed))
    return Finding(
        dedup_id=f"following:{what}:{now.isoformat()}",
        group="answers",
        event=FollowingBegun(followed=tuple(sorted(followed)), at=now.replace(microsecond=0)),
        line=f"changes of orders are news from now on: {what or 'none'}",
    )


def _recorded(answers: list[LeadAnswered], last_id: int | None, until: int) -> Finding:
    return Finding(
        dedup_id=f"answers:{last_id}",
        group="answers",
        event=LeadsAnswered(answers=tuple(answers), until=until),
        line=f"{len(answers)} new orders were answered: recorded for reports",
    )
