"""The quick way of a case: gate, a list as its queue, reader."""

import re
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from pydantic import TypeAdapter

from chalicelib.errors import Unreadable
from chalicelib.events import AnyEvent
from chalicelib.gate.envelope import Envelope
from chalicelib.gate.gate import MAX_BODY_BYTES
from chalicelib.providers.reading import Reading
from tests.fuzz.case import Case, Proof
from tests.fuzz.providers import Vectors, documentation_of
from tests.fuzz.watching import watched_logs
from tests.providers.contract import Door, ProviderContract

E164 = re.compile(r"\+[1-9][0-9]{9,14}", re.ASCII)
EVENTS: TypeAdapter[AnyEvent] = TypeAdapter(AnyEvent)
CENTURY = (datetime(1999, 12, 31, tzinfo=UTC), datetime(2100, 1, 2, tzinfo=UTC))
"""With a day for the zones."""
TOKEN_FIELDS = (b"key", b"token")


def check_at_the_gate(contract: ProviderContract, case: Case) -> None:
    """Hold every promise that can be seen without CRM and journal."""
    with watched_logs(contract.secrets.values()):
        envelope = admitted(contract, case)
        if envelope is not None:
            check_envelope(contract, case, envelope)
            check_reading(contract, envelope)
            if case.content is not None and case.content.endswith(b"}"):
                check_repeat(contract, case, envelope)


def admitted(contract: ProviderContract, case: Case) -> Envelope | None:
    """What the gate put into the queue; the answer must fit to it."""
    door = Door(case.provider, contract.source_settings)
    reply = door.receive(case.webhook)
    (outcome,) = (outcome for _, outcome in door.gate.counters)
    assert reply.status < 500, reply
    assert len(door.queue) == (outcome == "accepted")
    is_welcome = contract.is_welcome(reply) or contract.is_page(reply)
    assert is_welcome == (outcome in {"accepted", "ignored", "probe"}), (reply, outcome)
    if case.proof is Proof.FORGED:
        assert not door.queue, "a forged webhook was taken"
        assert outcome != "ignored", "a forged webhook was believed"
    if case.proof is Proof.AUTHENTIC and not door.queue:
        is_too_large = len(case.webhook.body) > MAX_BODY_BYTES
        assert is_too_large or contract.may_be_forgotten(case.webhook), f"it vanished: {reply} {outcome}"
        assert outcome == ("too-large" if is_too_large else outcome)
    return door.queue[0] if door.queue else None


def check_envelope(contract: ProviderContract, case: Case, envelope: Envelope) -> None:
    """It holds the content byte for byte, no secret, and survives the queue."""
    text = envelope.to_json()
    assert text.isascii()
    assert Envelope.from_json(text) == envelope
    assert re.fullmatch("[0-9a-f]{64} [0-9a-f]{64}", f"{envelope.id} {envelope.group}")
    stored = text.encode() + envelope.webhook.body
    assert not [secret for secret in contract.secrets.values() if secret.encode() in stored]
    check_content(contract, case, envelope)


def check_content(contract: ProviderContract, case: Case, envelope: Envelope) -> None:
    """It is byte for byte what was sent, unless a token had to be taken out of it."""
    if case.content is not None and not any(name in case.content for name in TOKEN_FIELDS):
        assert contract.content_of(envelope.webhook) == case.content, "the content was changed"


def check_repeat(contract: ProviderContract, case: Case, envelope: Envelope) -> None:
    """The same JSON with a space behind it tells of the same event, so it is the same envelope."""
    assert case.content is not None
    repeat = replace(case, webhook=contract.authentic(case.content + b" "))
    again = admitted(contract, repeat)
    if again is None:
        return
    said = _reading(contract, envelope)
    if isinstance(said, Reading) and said.events and said == _reading(contract, again):
        assert again.id == envelope.id, "a repeat would be a second event"


def check_reading(contract: Vectors, envelope: Envelope) -> None:
    """Events that can be stored and sent, or a documented reason why there are none."""
    reading = _reading(contract, envelope)
    if isinstance(reading, Unreadable):
        assert f"`{reading.reason}`" in documentation_of(contract.provider), reading.reason
        reading.detail.encode()
    else:
        check_events(contract, reading)


def check_events(contract: Vectors, reading: Reading) -> None:
    if not reading.events:
        code = reading.note.split(":")[0]
        assert re.search(f"`{code}(:…)?`", documentation_of(contract.provider)), reading.note
        reading.note.encode()
    for event in reading.events:
        assert EVENTS.validate_json(event.model_dump_json().encode()) == event
        for name, value in event:
            _check_value(name, value)


def _reading(contract: Vectors, envelope: Envelope) -> Reading | Unreadable:
    try:
        return Door(contract.provider, contract.source_settings).read(envelope)
    except Unreadable as refusal:
        return refusal


def _check_value(name: str, value: Any) -> None:
    if name == "phone":
        assert value is None or E164.fullmatch(value), value
    if isinstance(value, datetime):
        assert CENTURY[0] <= value < CENTURY[1]
        assert value.utcoffset() is not None
