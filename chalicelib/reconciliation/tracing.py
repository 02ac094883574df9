"""How a difference came about, by the CRM's history and by our own memory."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from chalicelib.actions import CreateTask, SetOrderStatus
from chalicelib.crm.port import CrmReader, Order, OrderChange, TaskChange
from chalicelib.crm.users import user_name
from chalicelib.engine.port import Document
from chalicelib.entry import Entry
from chalicelib.events import Difference, Fate
from chalicelib.ladder_memory import LadderMemory, LadderTask
from chalicelib.memory import ClientMemory, RememberedTask

CLOCKS_DIFFER_BY = timedelta(minutes=1)
"""The CRM's and ours; its history knows whole seconds."""

GetDocument = Callable[[str], Document]
GetEntry = Callable[[str], Entry | None]


def is_the_same(order: Order, known_at: datetime) -> bool:
    """Whether this is the order that we knew at that moment by its id.

    A CRM that was put back from a backup gives the ids of what it lost to other orders.
    """
    return order.created_at <= known_at + CLOCKS_DIFFER_BY


def traced_order(gone: Difference, changes: Sequence[OrderChange], crm: CrmReader) -> Difference:
    """Who removed an order: without a trace it was nobody, and it can be made again."""
    removal = next((change for change in reversed(changes) if change.is_removal), None)
    if removal is None:
        return with_fate(gone, "repair")
    if removal.merged_into is not None:
        target = crm.order(removal.merged_into)
        return with_fate(gone, "merged", target.number if target else str(removal.merged_into))
    return _by_whom(gone, removal.user_id, crm)


def traced_task(
    gone: Difference, action: CreateTask, changes: Sequence[TaskChange], crm: CrmReader, get: GetDocument
) -> Difference:
    """Who removed a task, and whether anybody still needs it."""
    removal = next((change for change in reversed(changes) if change.is_removal), None)
    if removal is not None:
        return _by_whom(gone, removal.user_id, crm)
    if action.replaces is not None:
        return with_fate(gone, "again")
    if any(change.field == "complete" for change in changes):
        return with_fate(gone, "over")
    touched = next((change for change in changes if not (change.is_creation or change.is_ours)), None)
    if touched is not None:
        return with_fate(gone, "changed", _who(touched.user_id, crm))
    return with_fate(gone, "repair" if still_stands(gone, action, crm, get) else "over")


def still_stands(gone: Difference, action: CreateTask, crm: CrmReader, get: GetDocument) -> bool:
    """Whether the reason of a task of ours is still there: its order is open, and it is still remembered."""
    order = crm.order(action.order_id) if action.order_id is not None else None
    if action.order_id is not None and (order is None or not order.is_open):
        return False
    is_remembered = bool(action.ladder) or (bool(action.client) and action.topic is not None)
    return not is_remembered or remembered_task(gone, action, get) is not None


def remembered_task(
    gone: Difference, action: CreateTask, get: GetDocument
) -> LadderTask | RememberedTask | None:
    """What we remember of the task as we wrote it last; None if it is no longer ours."""
    tasks: Sequence[LadderTask | RememberedTask]
    if action.ladder:
        tasks = LadderMemory.model_validate(get(action.ladder).content).tasks
    elif action.client:
        tasks = ClientMemory.model_validate(get(action.client).content).tasks
    else:
        tasks = ()
    return next((task for task in tasks if task.id == gone.task_id), None)


def traced_status(
    behind: Difference, order: Order, changes: Sequence[OrderChange], crm: CrmReader, get: GetEntry
) -> Difference | None:
    """Why an order does not have the status that it should have; None if that is as it should be.

    Lost is only what it had: by the CRM's history, or by our journal. Whoever gave it another one after the
    news knows why. Only a person who moved it back to where it had been before is told of: that is mostly a
    slip.
    """
    moves = [change for change in changes if change.is_status]
    later = [change for change in moves if change.at >= behind.at - CLOCKS_DIFFER_BY]
    if moves and moves[-1].after == behind.expected:
        return with_fate(behind, "repair")
    if not later:
        return with_fate(behind, "repair") if _was_set(behind, get(behind.entry_id)) else None
    last = later[-1]
    if last.is_ours or not behind.parcel or last.after != order.status:
        return None
    earlier = {code for change in moves if change not in later for code in (change.before, change.after)}
    if order.status not in earlier:
        return None
    return with_fate(behind, "changed", _who(last.user_id, crm))


def _was_set(behind: Difference, entry: Entry | None) -> bool:
    """Whether its entry gave the order that status."""
    return entry is not None and any(
        isinstance(action, SetOrderStatus) and action.status == behind.expected and result.state == "done"
        for action, result in zip(entry.plan, entry.results, strict=False)
    )


def with_fate(difference: Difference, fate: Fate, by: str = "", reason: str = "") -> Difference:
    """What became of it."""
    return difference.model_copy(update={"fate": fate, "by": by, "reason": reason})


def history_since(difference: Difference) -> datetime:
    """From when on the CRM's history may tell of it."""
    return difference.at - CLOCKS_DIFFER_BY


def _who(user_id: int | None, crm: CrmReader) -> str:
    """A user, at least by their number; empty for a program."""
    return "" if user_id is None else user_name(user_id, crm) or str(user_id)


def _by_whom(gone: Difference, user_id: int | None, crm: CrmReader) -> Difference:
    if user_id is None:
        return with_fate(gone, "program")
    return with_fate(gone, "deleted", _who(user_id, crm))
