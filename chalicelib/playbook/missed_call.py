"""A missed call becomes an order of a new client, or a task to call a known client back."""

from dataclasses import dataclass, replace

from chalicelib.actions import AnyAction, CreateOrder, CreateTask, TaskText, Topic
from chalicelib.assignment.subject import Subject
from chalicelib.call_memory import hidden_call_key
from chalicelib.crm.port import Order
from chalicelib.engine.port import Document
from chalicelib.events import CallMissed, CallMissedDue
from chalicelib.memory import ClientMemory, RememberedCall
from chalicelib.playbook.call_back import Talk, called_back, look_later, talk_since
from chalicelib.playbook.call_legs import as_its_source, on_leg_missed
from chalicelib.playbook.call_log import shown_in_crm
from chalicelib.playbook.call_tracking import attribution_of, visit_of, with_visit
from chalicelib.playbook.client_clock import clock_line, zone_of
from chalicelib.playbook.client_tasks import order_in_question
from chalicelib.playbook.clients import Client, external_id, look_up
from chalicelib.playbook.desk import Decision, Desk
from chalicelib.playbook.follow_up import due_moment, follow_up
from chalicelib.playbook.known_calls import (
    KnownCall,
    happened_at,
    happened_by,
    is_own_number,
    kept,
    known_call,
    line_of,
    talk_text,
    told_before,
)
from chalicelib.playbook.performers import manager_for, performer_of
from chalicelib.playbook.repeat_clients import Contact, card_of
from chalicelib.playbook.visits import custom_fields, visit_text


@dataclass(frozen=True, slots=True)
class _Missed:
    """A call that nobody answered, with what we know of it.

    Attributes:
        talk: the call in which somebody talked to the client since; None if nobody did.
    """

    call: CallMissed
    phone: str
    known: KnownCall
    client: Client
    talk: Talk | None


def on_call_missed(call: CallMissed, desk: Desk) -> Decision:
    """A new order for a first-time caller, a task "call back" for a known one.

    Raises:
        Postponed: another entry is at work for this client.
    """
    if call.phone is not None and is_own_number(call.phone, call.line, desk):
        return Decision(note="own-number")
    # What a person replays has waited long enough.
    if not call.is_final and not desk.entry.variant:
        return on_leg_missed(call, desk)
    known = known_call(desk, desk.entry.source, call.call_id)
    if call.phone is None:
        return _hidden_caller(call, known, desk)
    return _decision(call, call.phone, known, desk)


def on_call_missed_due(due: CallMissedDue, desk: Desk) -> Decision:
    """The same, now that no other leg of the call was answered.

    Raises:
        Postponed: another entry is at work for this client.
    """
    return on_call_missed(due.call.model_copy(update={"is_final": True}), as_its_source(due, desk))


def _decision(call: CallMissed, phone: str, unknown: KnownCall, desk: Desk) -> Decision:
    found = look_up(desk, phone)
    source = desk.entry.source
    before = found.memory.call(source, call.call_id)
    settled = told_before(before.call, before.told_by, desk) if before else None
    if settled is not None:
        return settled
    dated = call.model_copy(update={"called_at": happened_at(call.called_at, desk)})
    known = replace(unknown, memory=unknown.memory.with_missed(dated, desk.entry.id))
    remembered = RememberedCall(source=source, at=dated.called_at, told_by=desk.entry.id, call=dated)
    client = replace(found, memory=found.memory.with_call(remembered))
    if _is_told_by_another_source(remembered, client.memory, desk):
        # Not a word of it to the client's memory: if a person replays the other one, it must not find this.
        return Decision(claims=kept(known, known.memory, desk), note="told-by-another-source")
    missed = _Missed(
        call=dated,
        phone=phone,
        known=known,
        client=client,
        talk=talk_since(client.memory, happened_by(call.called_at, desk)),
    )
    order = order_in_question(client, desk)
    actions = _new_order(missed, desk) if order is None else _task(missed, order, desk)
    shown = shown_in_crm(desk.entry.source, known.memory, desk) if actions else ()
    return Decision(
        actions=(*actions, *shown),
        claims=_claims(known, client, desk),
        note="" if actions else "already-told",
    )


def _claims(known: KnownCall, client: Client, desk: Desk) -> tuple[Document, ...]:
    return (*client.claim(desk), *kept(known, known.memory, desk))


def _is_told_by_another_source(missed: RememberedCall, memory: ClientMemory, desk: Desk) -> bool:
    """Whether two systems see the same call: then one of them is enough."""
    window = desk.shop.telephony.same_call_within
    return any(
        isinstance(other.call, CallMissed)
        and other.source != missed.source
        and abs(other.at - missed.at) <= window
        and talk_since(memory, other.at) is None
        for other in memory.calls
    )


def _new_order(missed: _Missed, desk: Desk) -> tuple[AnyAction, ...]:
    codes = desk.shop.crm.codes
    call, client = missed.call, missed.client
    visit = visit_of(missed.known.memory, client.memory, (call.called_at,), desk)
    attribution, is_guess = attribution_of(visit, call.line)
    card = card_of(Contact(phone=missed.phone), client, desk)
    comments = (
        desk.texts.render(
            "order/missed_call", phone=missed.phone, at=call.called_at, line=line_of(call.line)
        ),
        visit_text(visit, desk) if visit else "",
        talk_text("order/called_back", missed.talk.call, desk) if missed.talk else "",
        card.text(desk),
    )
    order = CreateOrder(
        client=client.key,
        external_id=external_id(desk, "call", call.call_id),
        must_call=missed.talk is None,
        is_guess=is_guess,
        occurred_at=call.called_at,
        method=codes.missed_call_method,
        status=codes.new,
        manager_id=manager_for(Subject(about=f"entry:{desk.entry.id}"), desk),
        customer_id=card.customer_id,
        phone=missed.phone,
        attribution=attribution,
        custom_fields=custom_fields(visit, desk) if visit else (),
        manager_comment="\n\n".join(filter(None, comments)),
    )
    return (order, *_report(missed, None, desk))


def _task(missed: _Missed, order: Order, desk: Desk) -> tuple[AnyAction, ...]:
    if missed.talk is not None:
        return _report(missed, order, desk)
    client, call = missed.client, missed.call
    clock = clock_line(desk, zone_of(desk, order, missed.phone))

    def word(topic: Topic, _commentary: str) -> TaskText:
        visit = visit_of(missed.known.memory, client.memory, topic.moments, desk)
        fields = {"phone": missed.phone, "line": line_of(call.line)}
        task = TaskText(
            text=desk.texts.render(
                "task/callback", count=len(topic.moments), last_at=topic.moments[-1], **fields
            ),
            commentary=desk.texts.render(
                "task/callback_commentary",
                order_number=order.number,
                status_name="",
                calls=topic.moments,
                client_time=clock,
                **fields,
            ),
        )
        return with_visit(task, visit, desk)

    topic = Topic(name="callback", order_id=order.id, event_ids=(call.call_id,), moments=(call.called_at,))
    task = follow_up(desk, client, order, topic, word)
    if task is None:
        return ()
    later = look_later(missed.phone, call.call_id, desk) if isinstance(task, CreateTask) else ()
    return (task, *later)


def _report(missed: _Missed, order: Order | None, desk: Desk) -> tuple[AnyAction, ...]:
    """Somebody talked to the client before we heard of the missed call."""
    if missed.talk is None:
        return ()
    once = f"{desk.entry.source}:{missed.call.call_id}"
    return (called_back(once, order.id if order else None, missed.call.called_at, missed.talk, desk),)


def _hidden_caller(call: CallMissed, known: KnownCall, desk: Desk) -> Decision:
    """Nobody to call back, and no client: all hidden callers would be one person."""
    settled = told_before(known.memory.answered, known.memory.missed_by, desk)
    if settled is not None:
        return settled
    told = known.memory.with_missed(call, desk.entry.id)
    performer = performer_of(None, desk)
    task = CreateTask(
        text=desk.texts.render("task/hidden_call", at=call.called_at, line=line_of(call.line)),
        commentary=desk.texts.render("task/hidden_call_commentary"),
        due_at=due_moment(desk, performer),
        performer_id=performer,
        ladder=hidden_call_key(desk.entry.source, call.call_id),
    )
    return Decision((task,), kept(known, told, desk))
