"""What is missing or otherwise: journal on one side, CRM on the other. Nothing is read here."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import datetime

from chalicelib.crm.port import Order
from chalicelib.entry import Entry
from chalicelib.events import FINAL_PARCEL_STATUSES, Difference, ParcelStatus
from chalicelib.parcel_memory import Move, ParcelMemory
from chalicelib.reconciliation.accepted import MadeOrder, MadeTask, Place, StatusSet
from chalicelib.reconciliation.tracing import is_the_same


def gone_orders(
    made: Iterable[MadeOrder], by_external_id: Iterable[Order], by_id: Iterable[Order]
) -> Iterator[Difference]:
    """Orders that are there under none of their ids, and external ids that are there twice.

    One that is there under its id alone is at home in another shop now, or a person took its external id
    away: it is not gone.
    """
    found = Counter(order.external_id for order in by_external_id)
    known = {order.id: order for order in by_id}
    for order in made:
        count = found[order.external_id]
        if count > 1:
            yield _about_order(order).model_copy(update={"kind": "order-twice", "fate": "person"})
            continue
        same = known.get(order.order_id)
        if not count and (same is None or not is_the_same(same, order.place.at)):
            yield _about_order(order)


def gone_tasks(made: Iterable[MadeTask], found: Collection[int]) -> Iterator[Difference]:
    """Tasks that are no longer there, whether or not anybody completed them before."""
    for task in made:
        if task.task_id not in found:
            yield _difference("task-gone", str(task.task_id), task.place).model_copy(
                update={
                    "task_id": task.task_id,
                    "order_id": task.action.order_id,
                    "order_number": task.action.order_number,
                }
            )


def gone_notes(made: Mapping[int, Place], found: Collection[int]) -> Iterator[Difference]:
    """Notes on clients' cards that are no longer there. They have no history: a person looks."""
    for note_id, place in made.items():
        if note_id not in found:
            yield _difference("note-gone", str(note_id), place).model_copy(update={"fate": "person"})


def other_statuses(made: Iterable[StatusSet], orders: Mapping[int, Order]) -> Iterator[Difference]:
    """Orders that do not have the status that a rule gave them; that may well be as it should."""
    for status in made:
        order = orders.get(status.order_id)
        if order is None or order.status == status.status:
            continue
        if is_the_same(order, status.place.at):
            yield _behind(order, status.status, status.place, status.place.at)


def behind_courier(
    parcel: ParcelMemory, key: str, source: str, order: Order, expected: str, settled_before: datetime
) -> Difference | None:
    """An order that does not have the status that its parcel's last news mean, if it should have it."""
    newest = parcel.newest
    if newest is None or order.status == expected or heard_at(newest) > settled_before:
        return None
    if not is_the_same(order, heard_at(newest)) or not may_follow(order, newest.status):
        return None
    if _was_closed_since(order, heard_at(newest)):
        return None
    place = Place(newest.entry_id, source, 0, heard_at(newest))
    return _behind(order, expected, place, heard_at(newest)).model_copy(update={"parcel": key})


def unfinished(entry: Entry, reason: str) -> Difference:
    """An entry that is not at its end, or came to a bad one."""
    return Difference(
        kind="unfinished",
        fate="person",
        about=entry.id,
        source=entry.source,
        entry_id=entry.id,
        at=entry.received_at,
        reason=reason,
    )


def heard_at(move: Move) -> datetime:
    """When we heard of it; of old news only the courier's time is known."""
    return move.heard_at or move.at


def may_follow(order: Order, status: ParcelStatus) -> bool:
    """Whether the order has to follow its parcel: not if a person closed it while the parcel still moves."""
    return order.is_open or status in FINAL_PARCEL_STATUSES


def _was_closed_since(order: Order, moment: datetime) -> bool:
    return not order.is_open and order.status_since is not None and order.status_since > moment


def _about_order(order: MadeOrder) -> Difference:
    return _difference("order-gone", order.external_id, order.place).model_copy(
        update={"order_id": order.order_id, "order_number": order.number}
    )


def _behind(order: Order, expected: str, place: Place, since: datetime) -> Difference:
    about = f"{order.id}:{expected}:{since.isoformat()}"
    return _difference("status-behind", about, place).model_copy(
        update={
            "order_id": order.id,
            "order_number": order.number,
            "at": since,
            "status": order.status,
            "expected": expected,
        }
    )


def _difference(kind: str, about: str, place: Place) -> Difference:
    return Difference.model_validate(
        {
            "kind": kind,
            "about": about,
            "source": place.source,
            "entry_id": place.entry_id,
            "action": place.action,
            "at": place.at,
        }
    )
