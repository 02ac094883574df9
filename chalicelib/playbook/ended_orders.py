"""An order is done, cancelled or deleted: most of our tasks about it have lost their reason."""

from collections.abc import Iterable
from dataclasses import replace

from chalicelib.actions import CompleteTask, CreateTask
from chalicelib.crm.port import Order
from chalicelib.engine.port import Document
from chalicelib.events import OrderEnded
from chalicelib.memory import is_clients
from chalicelib.playbook.claims import own_claim
from chalicelib.playbook.clients import client_memory
from chalicelib.playbook.desk import Decision, Desk, joined
from chalicelib.playbook.ladder_tasks import completions, ladder_of
from chalicelib.playbook.task_completion import completed
from chalicelib.task_reasons import Gone, OrderTasks, ends_with_order, is_gone, kind_of, order_tasks_key


def with_index(decision: Decision, desk: Desk) -> Decision:
    """The decision with a claim that tells where its tasks are remembered that may end with their order.

    It is written before they are made: who hears of the order's end meanwhile waits for them.
    """
    keys: dict[int, list[str]] = {}
    for action in decision.actions:
        if isinstance(action, CreateTask) and action.order_id is not None and (key := _memory_key(action)):
            keys.setdefault(action.order_id, []).append(key)
    claims = [claim for order_id, new in keys.items() for claim in _indexed(order_id, new, desk)]
    return replace(decision, claims=(*decision.claims, *claims))


def on_order_ended(ended: OrderEnded, desk: Desk) -> Decision:
    """Complete what has lost its reason, unless the order is open again.

    Raises:
        Postponed: another entry is at work for its client, or for what it waits for.
    """
    order = desk.crm.order(ended.order_id)
    if order is not None and order.is_open:
        return Decision(note="open-again")
    index = OrderTasks.model_validate(desk.documents.get(order_tasks_key(ended.order_id)).content)
    note = desk.texts.render("task/order_ended", at=ended.at, order_status=order.status if order else "")
    decision = joined(_completed(key, ended, order, note, desk) for key in index.keys)
    return decision if decision.actions else Decision(note="no-task-left")


def _completed(key: str, ended: OrderEnded, order: Order | None, note: str, desk: Desk) -> Decision:
    by = Gone.ORDER_DELETED if order is None else Gone.ORDER_OVER
    if not is_clients(key):
        return _ladder_completed(key, order, by, note, desk)
    document, memory = client_memory(desk, key)
    tasks = [
        task
        for task in memory.tasks
        if task.topic.order_id == ended.order_id
        and is_gone(task.topic.name, by)
        # Who wrote after the end, before we heard of it, waits for an answer all the same.
        and (order is None or max(task.topic.moments) <= ended.at)
    ]
    claim = replace(document, content=memory.claimed(own_claim(desk)).content())
    return _decision((completed(task, note, client=key) for task in tasks), claim)


def _ladder_completed(key: str, order: Order | None, by: Gone, note: str, desk: Desk) -> Decision:
    if not is_gone(kind_of(key), by) or _is_couriers_own(order, desk):
        return Decision()
    ladder = ladder_of(desk, key)
    return _decision(completions(ladder, note), ladder.claimed(desk))


def _is_couriers_own(order: Order | None, desk: Desk) -> bool:
    """Whether the courier's news ended it: then they also say what becomes of the parcel's troubles."""
    return order is not None and order.status in desk.shop.crm.parcel_statuses.values()


def _decision(actions: Iterable[CompleteTask], claim: Document) -> Decision:
    every = tuple(actions)
    return Decision(every, (claim,)) if every else Decision()


def _memory_key(action: CreateTask) -> str:
    """Where a task that may end with its order is remembered; empty for any other one."""
    key = action.ladder or (action.client if action.topic is not None else "")
    kind = action.topic.name if action.topic is not None else kind_of(key)
    return key if ends_with_order(kind) else ""


def _indexed(order_id: int, new: Iterable[str], desk: Desk) -> tuple[Document, ...]:
    document = desk.documents.get(order_tasks_key(order_id))
    known = OrderTasks.model_validate(document.content).keys
    keys = tuple(dict.fromkeys((*known, *new)))
    return (replace(document, content=OrderTasks(keys=keys).content()),) if keys != known else ()
