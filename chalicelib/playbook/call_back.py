"""Whether a client whose call was missed was called back: what is then done, and what if not."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from chalicelib.actions import AnnotateOrder, Announce, AnyAction, CreateTask, TaskText
from chalicelib.events import CallAnswered, CallBackDue, CalledBack
from chalicelib.memory import ClientMemory, RememberedTask, client_key
from chalicelib.people import with_crm_user
from chalicelib.playbook.claims import own_claim
from chalicelib.playbook.clients import client_memory
from chalicelib.playbook.desk import Decision, Desk, joined
from chalicelib.playbook.follow_up import due_moment, is_untouched
from chalicelib.playbook.known_calls import talk_text
from chalicelib.playbook.performers import boss_above
from chalicelib.playbook.task_completion import completed, completed_in_chat, without_reason
from chalicelib.task_reasons import Gone

NOTED_FOR = timedelta(days=7)
"""What is said to a client much later is no call back, and an old order needs no note of it."""


@dataclass(frozen=True, slots=True)
class Talk:
    """A call in which somebody talked to the client, and when they began to."""

    call: CallAnswered
    at: datetime


def talk_since(memory: ClientMemory, moment: datetime) -> Talk | None:
    """The first talk to the client since then."""
    talks = (Talk(known.call, known.at) for known in memory.calls if isinstance(known.call, CallAnswered))
    return next((talk for talk in talks if talk.at >= moment), None)


def settled(key: str, memory: ClientMemory, talk: Talk, desk: Desk) -> tuple[AnyAction, ...]:
    """What is done once somebody talked to the client: open tasks are completed, orders get a note."""
    tasks = without_reason(memory, Gone.TALKED, since=talk.at)
    orders = [
        order
        for order in memory.orders
        if order.awaits_call and order.at <= talk.at and desk.now - order.made_at < NOTED_FOR
    ]
    note = talk_text("task/called_back", talk.call, desk)
    completions = [completed(task, note, client=key) for task in tasks]
    notes = [
        AnnotateOrder(
            client=key,
            order_id=order.id,
            note=talk_text("order/called_back", talk.call, desk),
            needs_no_call=True,
        )
        for order in orders
    ]
    waited = [
        *(
            (min(task.topic.moments), f"task:{task.id}", task.topic.order_id)
            for task in tasks
            if task.topic.name == "callback"
        ),
        *((order.at, f"order:{order.id}", order.id) for order in orders),
    ]
    return (*completions, *notes, *_report(waited, talk, desk))


def _report(waited: Sequence[tuple[datetime, str, int]], talk: Talk, desk: Desk) -> tuple[Announce, ...]:
    """The client waited since the first of their missed calls, whatever each of them brought about."""
    if not waited:
        return ()
    missed_at, once, order_id = min(waited)
    return (called_back(once, order_id, missed_at, talk, desk),)


def settled_in_chats(memory: ClientMemory, talk: Talk, desk: Desk) -> Decision:
    """Likewise of what the client wrote in their conversations.

    Raises:
        Postponed: another entry is at work for one of them.
    """
    note = talk_text("task/called_back", talk.call, desk)
    return joined(
        completed_in_chat(key, Gone.TALKED, since=talk.at, note=note, desk=desk) for key in memory.chats
    )


def called_back(once: str, order_id: int | None, missed_at: datetime, talk: Talk, desk: Desk) -> Announce:
    """How fast a client was called back, for reports."""
    hours, zone = desk.shop.shop.hours, desk.shop.shop.timezone
    event = CalledBack(
        order_id=order_id,
        missed_at=missed_at,
        answered_at=talk.at,
        delay=hours.open_time_between(missed_at, talk.at, zone),
        direction=talk.call.direction,
        employee=talk.call.employee,
    )
    return Announce(once=f"called-back:{once}", due_at=desk.now, event=event)


def on_called_back(called: CalledBack, desk: Desk) -> Decision:
    """The journal keeps it."""
    del called, desk
    return Decision(note="recorded")


def look_later(phone: str, call_id: str, desk: Desk) -> tuple[Announce, ...]:
    """To look, once the client should have been called back, whether they were."""
    patience = desk.shop.telephony.escalate_after
    if patience is None:
        return ()
    due_at = desk.shop.shop.hours.add_open_time(desk.now, patience, desk.shop.shop.timezone)
    source = desk.entry.source
    event = CallBackDue(source=source, phone=phone, call_id=call_id)
    return (Announce(once=f"call-back-due:{source}:{call_id}", due_at=due_at, event=event),)


def on_call_back_due(due: CallBackDue, desk: Desk) -> Decision:
    """A task for who is above the one who should have called the client back.

    Raises:
        Postponed: another entry is at work for this client.
    """
    patience = desk.shop.telephony.escalate_after
    if patience is None:
        return Decision(note="not-wanted")
    document, memory = client_memory(desk, client_key(due.phone, ""))
    told = memory.task("callback")
    if told is None or told.topic.event_ids[0] != due.call_id:
        return Decision(note="called-back")
    if not is_untouched(desk, told):
        return Decision(note="task-changed")
    order = desk.crm.order(told.topic.order_id)
    boss = boss_above(told.performer_id, desk)
    if order is None or boss in {None, told.performer_id}:
        return Decision(note="order-gone" if order is None else "nobody-above")
    text = _overdue_text(due, told, order.number, patience, desk)
    task = CreateTask(
        client=document.key,
        order_id=order.id,
        order_number=order.number,
        text=text.text,
        commentary=text.commentary,
        due_at=due_moment(desk, boss),
        performer_id=boss,
        phone=due.phone,
        topic=told.topic.model_copy(update={"name": "callback-overdue"}),
    )
    return Decision((task,), (replace(document, content=memory.claimed(own_claim(desk)).content()),))


def _overdue_text(
    due: CallBackDue, told: RememberedTask, order_number: str, patience: timedelta, desk: Desk
) -> TaskText:
    responsible = with_crm_user(desk.shop.people, told.performer_id)
    fields = {
        "phone": due.phone,
        "missed_at": min(told.topic.moments),
        "patience": patience,
        "manager": responsible.name if responsible else "",
        "order_number": order_number,
    }
    return TaskText(
        text=desk.texts.render("task/callback_overdue", **fields),
        commentary=desk.texts.render("task/callback_overdue_commentary", so_far=told.commentary, **fields),
    )
