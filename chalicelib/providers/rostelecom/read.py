"""What Rostelecom's cloud PBX says about a call. One state at a time; no state tells the whole call.

Facts are from public connectors that cite "Integration API v7.5". The names of fields, types and states
are unverified.
"""

import logging
from datetime import datetime
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import Field, model_validator

from chalicelib.events import CallAnswered, CallMissed
from chalicelib.gate.form import json_value
from chalicelib.gate.webhook import Webhook
from chalicelib.phones import normalise
from chalicelib.providers.reading import (
    LONGEST_IDENTIFIER,
    Identifier,
    Payload,
    Reading,
    Secrets,
    SourceSettings,
    plausible_moment,
    unreadable_content,
)
from chalicelib.providers.rostelecom.gate import OUTBOUND

INCOMING, INTERNAL = "incoming", "internal"
CONNECTED, END = "connected", "end"

Short = Annotated[str, Field(max_length=LONGEST_IDENTIFIER)]

log = logging.getLogger(__name__)


class Settings(SourceSettings):
    """What a Rostelecom source can set. Its ``timezone`` is that of the PBX.

    Attributes:
        client_id: the "unique code" of the PBX; a list while it is being replaced.
        sign_key: the key for signatures; as many as there are codes, in their order.
    """

    client_id: Secrets
    sign_key: Secrets

    @model_validator(mode="after")
    def _pairs(self) -> "Settings":
        clients, keys = (
            1 if isinstance(secrets, str) else len(secrets) for secrets in (self.client_id, self.sign_key)
        )
        if clients != keys:
            raise ValueError("client_id and sign_key must hold the same number of values")
        return self


class CallEvent(Payload):
    """The fields of ``call_events`` that tell an outcome."""

    session_id: Identifier
    timestamp: Short
    type: Short
    state: Short
    from_number: Short = ""
    from_pin: Short = ""
    request_number: Short = ""
    request_pin: Short = ""

    @property
    def is_inbound(self) -> bool:
        """Whether somebody outside called."""
        return self.type == INCOMING

    @property
    def phone(self) -> str | None:
        """The client's."""
        return normalise(self.from_number if self.is_inbound else self.request_number, typed=False)

    @property
    def line(self) -> str:
        """Our own number."""
        return self.request_number if self.is_inbound else self.from_number


def read(webhook: Webhook, settings: Settings, zone: ZoneInfo) -> Reading:
    """Read a state: ``CallAnswered`` of a connection, ``CallMissed`` of an incoming call's end.

    An answered call has an end, too, and the end does not say so: it is not final, and the answer
    outweighs it.

    Args:
        webhook: as the gate let it in.
        settings: of the source.
        zone: of the PBX's times, which have no offset.

    Raises:
        Unreadable: ``wrong-encoding``, ``broken-json`` or ``unexpected-content``.
    """
    del settings
    with unreadable_content():
        call = CallEvent.model_validate(json_value(webhook.body))
    at = plausible_moment(call.timestamp, zone)
    if call.type == INTERNAL:
        return Reading(note="internal-call")
    if call.type not in {INCOMING, *OUTBOUND}:
        return _unknown("type", call.type, webhook)
    if call.state == CONNECTED:
        return Reading((_answered(call, at),))
    if call.state != END:
        return _unknown("state", call.state, webhook)
    if not call.is_inbound:
        return Reading(note="outbound-ended")
    missed = CallMissed(
        call_id=call.session_id, phone=call.phone, line=call.line, called_at=at, is_final=False
    )
    return Reading((missed,))


def _answered(call: CallEvent, at: datetime) -> CallAnswered:
    return CallAnswered(
        call_id=call.session_id,
        phone=call.phone,
        line=call.line,
        direction="inbound" if call.is_inbound else "outbound",
        called_at=at,
        answered_at=at,
        employee=call.request_pin if call.is_inbound else call.from_pin,
    )


def _unknown(field: str, code: str, webhook: Webhook) -> Reading:
    log.warning("unknown call %s", field, extra={"source": webhook.source, "code": code})
    return Reading(note=f"unknown-{field}:{code}")
