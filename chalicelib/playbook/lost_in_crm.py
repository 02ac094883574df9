"""What is gone from the CRM without a trace is made again, if everything is still as the comparing found it.

An order keeps its external id, of which the CRM takes only one. A task is replaced in our memory by the new
one. A status is set from the one that the order has at this moment.
"""

from dataclasses import replace

from chalicelib.actions import AnyAction, CreateOrder, CreateTask, SetOrderStatus
from chalicelib.engine.port import Document
from chalicelib.events import Difference, LostInCrm
from chalicelib.memory import RememberedTask
from chalicelib.parcel_memory import ParcelMemory
from chalicelib.playbook.claims import own_claim, wait_for
from chalicelib.playbook.clients import client_memory, look_up
from chalicelib.playbook.desk import Decision, Desk
from chalicelib.playbook.follow_up import due_moment
from chalicelib.playbook.ladder_tasks import ladder_of
from chalicelib.playbook.performers import stand_in_for
from chalicelib.playbook.repeat_clients import Contact, card_of
from chalicelib.reconciliation.comparing import may_follow
from chalicelib.reconciliation.remaking import additions_to, joined, with_additions
from chalicelib.reconciliation.tracing import (
    history_since,
    is_the_same,
    remembered_task,
    traced_order,
    traced_status,
    traced_task,
)


def on_lost_in_crm(lost: LostInCrm, desk: Desk) -> Decision:
    """Make it again, or say why not.

    Raises:
        Postponed: another entry is at work for the same client, parcel or task.
    """
    match lost.difference.kind:
        case "order-gone":
            return _order(lost.difference, desk)
        case "task-gone":
            return _task(lost.difference, desk)
        case _:
            return _status(lost.difference, desk)


def _order(gone: Difference, desk: Desk) -> Decision:
    action = _planned(gone, desk)
    if not isinstance(action, CreateOrder):
        return Decision(note="expired")
    there = desk.crm.order(gone.order_id or 0)
    is_there = there is not None and is_the_same(there, gone.at)
    if is_there or desk.crm.orders_with_external_ids([action.external_id]):
        return Decision(note="is-there")
    changes = desk.crm.changes_of_order(gone.order_id or 0, history_since(gone))
    if traced_order(gone, changes, desk.crm).fate != "repair":
        return Decision(note="removed")
    client = look_up(desk, action.phone, action.email)
    if any(order.created_at >= gone.at for order in client.orders):
        return Decision(note="client-has-another-order")
    added = filter(None, map(desk.journal.get, gone.additions))
    whole = with_additions(action, additions_to(gone.order_id or 0, added))
    again = whole.model_copy(
        update={
            "customer_id": card_of(Contact(whole.phone, whole.email), client, desk).customer_id,
            "manager_comment": joined(whole.manager_comment, _remark(gone, desk)),
            "manager_id": action.manager_id and stand_in_for(action.manager_id, None, desk),
        }
    )
    return Decision((again,), client.claim(desk))


def _task(gone: Difference, desk: Desk) -> Decision:
    action = _planned(gone, desk)
    if not isinstance(action, CreateTask):
        return Decision(note="expired")
    if desk.crm.task(gone.task_id or 0) is not None:
        return Decision(note="is-there")
    claims = _claims(action, desk)
    changes = desk.crm.changes_of_task(gone.task_id or 0, history_since(gone))
    if traced_task(gone, action, changes, desk.crm, desk.documents.get).fate != "repair":
        return Decision(note="no-longer-needed")
    return Decision((_made_again(gone, action, desk),), claims)


def _made_again(gone: Difference, action: CreateTask, desk: Desk) -> CreateTask:
    """As we wrote it last, for who had it, or whoever stands in for them now, and with time to do it."""
    told = remembered_task(gone, action, desk.documents.get)
    order = desk.crm.order(action.order_id) if action.order_id is not None else None
    performer = stand_in_for(action.performer_id, order, desk)
    return action.model_copy(
        update={
            "text": told.text if told else action.text,
            "commentary": told.commentary if told else action.commentary,
            "topic": told.topic if isinstance(told, RememberedTask) else action.topic,
            "performer_id": performer,
            "due_at": max(action.due_at, due_moment(desk, performer)),
            "replaces": gone.task_id,
        }
    )


def _status(behind: Difference, desk: Desk) -> Decision:
    order = desk.crm.order(behind.order_id or 0)
    if order is None or not is_the_same(order, behind.at):
        return Decision(note="removed")
    if order.status == behind.expected:
        return Decision(note="is-there")
    claims: tuple[Document, ...] = ()
    if behind.parcel:
        document = desk.documents.get(behind.parcel)
        parcel = ParcelMemory.model_validate(document.content)
        wait_for(parcel.claim, desk)
        status = parcel.status
        if status is None or desk.shop.order_status_for(status) != behind.expected:
            return Decision(note="no-longer-true")
        if not may_follow(order, status):
            return Decision(note="changed-meanwhile")
        claimed = parcel.model_copy(update={"claim": own_claim(desk)})
        claims = (replace(document, content=claimed.content()),)
    history = desk.crm.changes_of_order(order.id, order.created_at)
    traced = traced_status(behind, order, history, desk.crm, desk.journal.get)
    if traced is None or traced.fate != "repair":
        return Decision(note="changed-meanwhile")
    change = SetOrderStatus(order_id=order.id, from_status=order.status, status=behind.expected)
    return Decision((change,), claims)


def _planned(difference: Difference, desk: Desk) -> AnyAction | None:
    """What had made it; None once its entry has expired."""
    entry = desk.journal.get(difference.entry_id)
    return entry.plan[difference.action] if entry is not None and entry.plan else None


def _claims(action: CreateTask, desk: Desk) -> tuple[Document, ...]:
    """The claim to make the task again, where it is remembered."""
    if action.ladder:
        return (ladder_of(desk, action.ladder).claimed(desk),)
    if action.client and action.topic is not None:
        document, client = client_memory(desk, action.client)
        return (replace(document, content=client.claimed(own_claim(desk)).content()),)
    return ()


def _remark(gone: Difference, desk: Desk) -> str:
    return desk.texts.render("order/made_again", order_number=gone.order_number, made_at=gone.at).strip()
