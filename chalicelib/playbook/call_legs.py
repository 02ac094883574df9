"""A leg of a call rang in vain: whether another one was answered is looked at a minute later.

Until then nothing is remembered and nothing waits: a message of our own carries the call, in no group.
"""

from dataclasses import replace
from datetime import timedelta

from chalicelib.actions import Announce
from chalicelib.events import CallMissed, CallMissedDue
from chalicelib.memory import ClientMemory, client_key
from chalicelib.playbook.desk import Decision, Desk
from chalicelib.playbook.known_calls import known_call, told_before

LEGS_WAIT = timedelta(minutes=1)
"""How long a colleague's phone may ring after the last one that rang in vain."""


def on_leg_missed(call: CallMissed, desk: Desk) -> Decision:
    """Look later, unless it is told already how the call ended. Of several legs the last one counts."""
    settled = _told_before(call, desk)
    if settled is not None:
        return settled
    source = desk.entry.source
    event = CallMissedDue(source=source, call=call, heard_at=desk.entry.received_at)
    once = f"call-missed-due:{source}:{call.call_id}"
    return Decision((Announce(once=once, due_at=desk.now + LEGS_WAIT, event=event),))


def as_its_source(due: CallMissedDue, desk: Desk) -> Desk:
    """The desk as it was when the call's source told of it: what is made of the call is the source's."""
    told = {"source": due.source, "received_at": due.heard_at}
    return replace(desk, entry=desk.entry.model_copy(update=told))


def _told_before(call: CallMissed, desk: Desk) -> Decision | None:
    source = desk.entry.source
    if call.phone is None:
        known = known_call(desk, source, call.call_id).memory
        return told_before(known.answered, known.missed_by, desk)
    document = desk.documents.get(client_key(call.phone, ""))
    before = ClientMemory.model_validate(document.content).call(source, call.call_id)
    return told_before(before.call, before.told_by, desk) if before else None
