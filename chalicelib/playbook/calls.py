"""Somebody talked to a client; the recording of a call is there."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from chalicelib.actions import AnyAction
from chalicelib.call_memory import fuller, hidden_call_key
from chalicelib.events import CallAnswered, CallRecorded
from chalicelib.memory import ClientMemory, RememberedCall, client_key
from chalicelib.playbook.call_back import Talk, settled, settled_in_chats
from chalicelib.playbook.call_log import shown_in_crm
from chalicelib.playbook.claims import own_claim, wait_for
from chalicelib.playbook.clients import client_memory
from chalicelib.playbook.desk import Decision, Desk
from chalicelib.playbook.known_calls import (
    KnownCall,
    happened_at,
    is_own_number,
    kept,
    known_call,
    talk_text,
)
from chalicelib.playbook.ladder_tasks import completions, ladder_of


def on_call_answered(call: CallAnswered, desk: Desk) -> Decision:
    """Nobody has to call this client back any more: what was open about that is closed.

    Raises:
        Postponed: another entry is at work for this client, or for this call of a hidden one.
    """
    known = known_call(desk, desk.entry.source, call.call_id)
    told = known.memory.with_answered(call)
    if call.phone is None:
        wait_for(known.memory.at_work, desk)
        return _hidden_caller(call, known, desk)
    if is_own_number(call.phone, call.line, desk):
        return Decision(note="own-number")
    source = desk.entry.source
    key = client_key(call.phone, "")
    document, memory = client_memory(desk, key)
    before = memory.call(source, call.call_id)
    talk = Talk(fuller(before.call if before else None, call), _began_at(call, before, desk))
    remembered = memory.with_call(
        RememberedCall(source=source, at=talk.at, told_by=desk.entry.id, call=talk.call)
    )
    in_chats = settled_in_chats(memory, talk, desk)
    actions = (
        *settled(key, memory, talk, desk),
        *in_chats.actions,
        *shown_in_crm(source, told, desk),
    )
    claimed = remembered.claimed(own_claim(desk)) if actions else remembered
    claims = (replace(document, content=claimed.content()), *in_chats.claims, *kept(known, told, desk))
    return Decision(actions, claims, note=_repeats(talk, before, memory, desk) or _nothing(actions))


def _nothing(actions: Sequence[AnyAction]) -> str:
    return "" if actions else "call-answered"


def _repeats(talk: Talk, before: RememberedCall | None, memory: ClientMemory, desk: Desk) -> str:
    """Why it is no news; empty if it is. The reports count a talk once, however often it is told."""
    is_again = before is not None and isinstance(before.call, CallAnswered)
    if before is not None and is_again and before.told_by != desk.entry.id:
        return "already-told"
    window = desk.shop.telephony.same_call_within
    others = (
        known
        for known in memory.calls
        if known.source != desk.entry.source and isinstance(known.call, CallAnswered)
    )
    is_told = any(abs(other.at - talk.at) <= window for other in others)
    return "told-by-another-source" if is_told else ""


def on_call_recorded(recording: CallRecorded, desk: Desk) -> Decision:
    """The recording is remembered with its call, and shown in the CRM, if calls are."""
    if desk.shop.telephony.calls == "none":
        return Decision(note="call-recorded")
    known = known_call(desk, desk.entry.source, recording.call_id)
    memory = known.memory.with_recording(recording.recording_url)
    actions = shown_in_crm(desk.entry.source, memory, desk)
    return Decision(actions, kept(known, memory, desk), note="" if actions else "call-recorded")


def _began_at(call: CallAnswered, before: RememberedCall | None, desk: Desk) -> datetime:
    """When they began to talk. The same call cannot have been missed later than that."""
    began_at = happened_at(call.answered_at or call.called_at, desk)
    return began_at if before is None else max(began_at, before.at)


def _hidden_caller(call: CallAnswered, known: KnownCall, desk: Desk) -> Decision:
    """The task about the same call, if we had been told that nobody answered it, is completed."""
    told = kept(known, known.memory.with_answered(call), desk)
    # What this very entry has remembered before a crash is the same.
    is_again = known.memory.answered not in {None, call}
    ladder = ladder_of(desk, hidden_call_key(desk.entry.source, call.call_id))
    actions = completions(ladder, talk_text("task/called_back", call, desk))
    claims = (ladder.claimed(desk), *told) if actions else told
    return Decision(actions, claims, note="already-told" if is_again else _nothing(actions))
