"""Calls and their recordings in the CRM, in the way that the shop has chosen.

A message of our own carries it, so that a CRM that refuses a call's line holds up nothing else.
"""

from datetime import timedelta

from chalicelib.actions import AnnotateOrder, Announce, LogCall
from chalicelib.call_memory import CallMemory
from chalicelib.events import Attribution, CallAnswered, CallLogDue, CallMissed
from chalicelib.memory import client_key
from chalicelib.people import employee_called
from chalicelib.playbook.call_tracking import visit_of
from chalicelib.playbook.clients import client_memory, look_up
from chalicelib.playbook.desk import Decision, Desk
from chalicelib.playbook.known_calls import employee_of, known_call

RECORDING_WAIT = timedelta(minutes=30)
"""The CRM takes a call once: so it waits for its recording, but not for ever."""


def shown_in_crm(source: str, memory: CallMemory, desk: Desk) -> tuple[Announce, ...]:
    """What has the CRM show this call; nothing if it should not, or while too little is known."""
    way = desk.shop.telephony.calls
    is_recorded = bool(memory.recording_url)
    if way == "none" or memory.call is None or not memory.phone or (way == "note" and not is_recorded):
        return ()
    must_wait = isinstance(memory.call, CallAnswered) and not is_recorded
    event = CallLogDue(source=source, call_id=memory.call.call_id)
    due_at = desk.now + RECORDING_WAIT if must_wait else desk.now
    known = "recorded" if is_recorded else memory.call.kind
    return (Announce(once=f"call-log:{source}:{memory.call.call_id}:{known}", due_at=due_at, event=event),)


def on_call_log_due(due: CallLogDue, desk: Desk) -> Decision:
    """A line in the CRM's list of calls, or a note on the client's order.

    Raises:
        Postponed: another entry is at work for this client.
    """
    memory = known_call(desk, due.source, due.call_id).memory
    if memory.call is None or not memory.phone:
        return Decision(note="call-forgotten")
    way = desk.shop.telephony.calls
    if way == "none":
        return Decision(note="not-wanted")
    return _line(due, memory, memory.call, desk) if way == "module" else _note(memory, memory.call, desk)


def _line(due: CallLogDue, memory: CallMemory, call: CallAnswered | CallMissed, desk: Desk) -> Decision:
    _, client = client_memory(desk, client_key(memory.phone or "", ""))
    visit = visit_of(memory, client, (call.called_at,), desk)
    employee = call.employee if isinstance(call, CallAnswered) else ""
    person = employee_called(desk.shop.people, employee)
    line = LogCall(
        external_id=f"{due.source}:{due.call_id}",
        phone=memory.phone or "",
        call=call,
        user_id=person.crm_user if person else None,
        recording_url=memory.recording_url,
        attribution=visit.attribution if visit else Attribution(),
    )
    return Decision((line,))


def _note(memory: CallMemory, call: CallAnswered | CallMissed, desk: Desk) -> Decision:
    """On the newest open order: there the manager looks."""
    client = look_up(desk, memory.phone or "")
    order = next((order for order in client.orders if order.is_open), None)
    if order is None:
        return Decision(note="no-open-order")
    answered = call if isinstance(call, CallAnswered) else None
    note = desk.texts.render(
        "order/recording",
        at=call.called_at,
        inbound=answered is None or answered.direction == "inbound",
        employee=employee_of(answered, desk) if answered else "",
        talked=answered.talked if answered else None,
        url=memory.recording_url,
    )
    return Decision((AnnotateOrder(client=client.key, order_id=order.id, note=note),), client.claim(desk))
