"""What a PBX of the shop's own says about a call. The form is ours: see README.md."""

from datetime import datetime, timedelta
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import Field

from chalicelib.errors import Unreadable
from chalicelib.events import CallAnswered, CallMissed, CallRecorded
from chalicelib.gate.form import json_value
from chalicelib.gate.webhook import Webhook
from chalicelib.phones import normalise
from chalicelib.providers.reading import (
    LONGEST_ADDRESS,
    LONGEST_IDENTIFIER,
    Identifier,
    Payload,
    Reading,
    Secrets,
    SourceSettings,
    plausible_moment,
    unreadable_content,
    web_address,
)
from chalicelib.providers.telephony import Seconds

Short = Annotated[str, Field(max_length=LONGEST_IDENTIFIER)]


class Settings(SourceSettings):
    """What a source of this kind can set.

    Attributes:
        secret: what the PBX signs with; a list while it is being replaced.
        menu_hangup_is_missed: whether a call that ended in the voice menu counts as missed.
    """

    secret: Secrets
    menu_hangup_is_missed: bool = True


class Recording(Payload):
    """The recording of a call that was told before, or will be."""

    pbx: Short = ""
    linkedid: Identifier
    recording_url: str = Field(max_length=LONGEST_ADDRESS)


class Call(Payload):
    """A whole call, told once it is over. Times are in ISO 8601."""

    pbx: Short = ""
    linkedid: Identifier
    outcome: Literal["answered", "missed", "menu"]
    direction: Literal["inbound", "outbound", "internal"]
    client: Short = ""
    line: Short = ""
    employee: Short = ""
    started_at: Short
    answered_at: Short = ""
    talk_seconds: Seconds | None = None
    recording_url: str = ""


def read(webhook: Webhook, settings: Settings, zone: ZoneInfo) -> Reading:
    """Read a call or its recording: one event, or a note why there is none.

    Args:
        webhook: as the gate let it in.
        settings: of the source.
        zone: of times without an offset.

    Raises:
        Unreadable: ``wrong-encoding``, ``broken-json`` or ``unexpected-content``.
    """
    with unreadable_content():
        content = json_value(webhook.body)
        if isinstance(content, dict) and content.get("outcome") == "recorded":
            return Reading((_recorded(Recording.model_validate(content)),))
        call = Call.model_validate(content)
    started_at = plausible_moment(call.started_at, zone)
    if call.direction == "internal":
        return Reading(note="internal-call")
    if call.outcome == "answered":
        return Reading((_answered(call, started_at, zone),))
    if call.direction == "outbound":
        return Reading(note="outbound-unanswered")
    if call.outcome == "menu" and not settings.menu_hangup_is_missed:
        return Reading(note="ended-in-menu")
    missed = CallMissed(
        call_id=_call_id(call),
        phone=normalise(call.client, typed=False),
        line=call.line,
        called_at=started_at,
    )
    return Reading((missed,))


def _answered(call: Call, started_at: datetime, zone: ZoneInfo) -> CallAnswered:
    return CallAnswered(
        call_id=_call_id(call),
        phone=normalise(call.client, typed=False),
        line=call.line,
        direction="outbound" if call.direction == "outbound" else "inbound",
        called_at=started_at,
        answered_at=plausible_moment(call.answered_at, zone) if call.answered_at else None,
        talked=None if call.talk_seconds is None else timedelta(seconds=call.talk_seconds),
        employee=call.employee,
        recording_url=web_address(call.recording_url),
    )


def _recorded(recording: Recording) -> CallRecorded:
    address = web_address(recording.recording_url)
    if not address:
        raise Unreadable("unexpected-content", "recording_url: no address")
    return CallRecorded(call_id=_call_id(recording), recording_url=address)


def _call_id(call: Call | Recording) -> str:
    return f"{call.pbx}:{call.linkedid}" if call.pbx else call.linkedid
