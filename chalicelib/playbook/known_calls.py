"""What we know of a call, whichever webhook told it, and when it happened."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from chalicelib.call_memory import CallMemory, call_key
from chalicelib.engine.port import Document
from chalicelib.events import CallAnswered, CallMissed
from chalicelib.people import employee_called
from chalicelib.phones import normalise
from chalicelib.playbook.desk import Decision, Desk

AHEAD_AT_MOST = timedelta(minutes=10)
"""A call from further ahead was dated by a wrong clock."""

BEHIND_AT_MOST = timedelta(hours=1)
"""A missed call is told when it ends. One that is older may have been dated by a wrong clock."""


@dataclass(frozen=True, slots=True)
class KnownCall:
    """A call and its document."""

    document: Document
    memory: CallMemory


def known_call(desk: Desk, source: str, call_id: str) -> KnownCall:
    """What a source has told of a call so far."""
    document = desk.documents.get(call_key(source, call_id))
    return KnownCall(document, CallMemory.model_validate(document.content))


def kept(known: KnownCall, memory: CallMemory, desk: Desk) -> tuple[Document, ...]:
    """The call's document, if somebody will ask for it: for its recording, or because its client is hidden.

    All else about a call stands in its client's document: one write less.
    """
    is_wanted = desk.shop.telephony.calls != "none" or memory.phone is None
    return (replace(known.document, content=memory.content()),) if is_wanted else ()


def told_before(before: CallAnswered | CallMissed | None, told_by: str, desk: Desk) -> Decision | None:
    """Why nothing is left to do about a call of which the same source has told before; None if something is.

    Another content that came with the same id, and that a person replays, is a call of its own.
    """
    if isinstance(before, CallAnswered):
        return Decision(note="answered-after-all")
    if told_by not in {"", desk.entry.id} and not desk.entry.variant:
        return Decision(note="already-told")
    return None


def happened_at(moment: datetime, desk: Desk) -> datetime:
    """When it happened, as far as its sender's clock can be trusted: not long after we heard of it."""
    received_at = desk.entry.received_at
    return received_at if moment > received_at + AHEAD_AT_MOST else moment


def happened_by(moment: datetime, desk: Desk) -> datetime:
    """When it surely had happened: what seems old may be new, and its sender's clock wrong."""
    received_at = desk.entry.received_at
    return received_at if moment < received_at - BEHIND_AT_MOST else happened_at(moment, desk)


def is_own_number(phone: str, line: str, desk: Desk) -> bool:
    """Whether the shop itself has this phone (E.164): a transfer, or a test."""
    return phone in {normalise(number, typed=True) for number in (*desk.shop.shop.own_numbers, line)}


def line_of(line: str) -> str:
    """Our number as the texts' filter for phones knows it; a line may also have a name."""
    return normalise(line, typed=True) or line


def employee_of(call: CallAnswered, desk: Desk) -> str:
    """Who talked to the client, for people: a name, if the shop file knows the extension."""
    person = employee_called(desk.shop.people, call.employee)
    return person.name if person else call.employee


def talk_text(template: str, call: CallAnswered, desk: Desk) -> str:
    """That somebody talked to the client, and when, for people."""
    return desk.texts.render(
        template,
        at=call.answered_at or call.called_at,
        inbound=call.direction == "inbound",
        employee=employee_of(call, desk),
        talked=call.talked,
    )
