"""What Twilio says of a call: was it missed, was it answered, where is the recording?

Facts are from Twilio's documentation of voice requests and from its OpenAPI description.
"""

import logging
from contextlib import suppress
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import Field

from chalicelib.config_types import PublicUrl
from chalicelib.errors import Unreadable
from chalicelib.events import CallAnswered, CallMissed, CallRecorded
from chalicelib.gate.form import form_texts
from chalicelib.gate.webhook import Webhook
from chalicelib.phones import is_staff, normalise
from chalicelib.providers.reading import (
    Identifier,
    Payload,
    Reading,
    Secrets,
    SourceSettings,
    plausible_moment,
    unreadable_content,
    web_address,
)
from chalicelib.providers.telephony import Length

UTC_ZONE = ZoneInfo("UTC")
COMPLETED = "completed"
ANSWERED = frozenset({COMPLETED, "answered"})
UNANSWERED = frozenset({"no-answer", "busy", "failed", "canceled"})
AUDIO_ENDINGS = (".mp3", ".wav")

log = logging.getLogger(__name__)


class Settings(SourceSettings):
    """What a Twilio Voice source can set.

    Attributes:
        auth_token: of the account, the primary one; a list while it is being replaced.
        url: this source's whole public URL, as it is entered at Twilio; a list while it changes.
        answered_by_twiml: whether TwiML takes the calls (a greeting, a menu, ``<Dial>``). Then a call that
            is ``completed`` need not have reached anybody: the action of the ``<Dial>`` tells.
    """

    auth_token: Secrets
    url: PublicUrl | Annotated[tuple[PublicUrl, ...], Field(min_length=1)]
    answered_by_twiml: bool = True


class Call(Payload):
    """The fields of a call's status and of a Dial's action."""

    call_id: Identifier = Field(alias="CallSid")
    direction: str = Field(default="", alias="Direction")
    caller: str = Field(default="", alias="From")
    called: str = Field(default="", alias="To")
    status: str = Field(default="", alias="CallStatus", max_length=50)
    seconds: Length = Field(default=None, alias="CallDuration")
    dial_status: str = Field(default="", alias="DialCallStatus", max_length=50)
    dial_seconds: Length = Field(default=None, alias="DialCallDuration")
    is_bridged: bool = Field(default=True, alias="DialBridged")
    recording: str = Field(default="", alias="RecordingUrl")
    timestamp: str = Field(default="", alias="Timestamp")

    @property
    def is_made_by_staff(self) -> bool:
        """Whether an employee calls from a telephone of theirs: to Twilio such a call is inbound, too."""
        return is_staff(self.caller)

    @property
    def client(self) -> str | None:
        """The side outside the shop, in E.164."""
        return normalise(self.called if self.is_made_by_staff else self.caller, typed=False)

    @property
    def talked(self) -> timedelta | None:
        """How long they talked. ``Duration`` would be in minutes."""
        seconds = self.dial_seconds if self.dial_status else self.seconds
        return timedelta(seconds=seconds) if seconds else None


class Recording(Payload):
    """The fields of a recording's status."""

    call_id: Identifier = Field(alias="CallSid")
    url: str = Field(alias="RecordingUrl")


def read(webhook: Webhook, settings: Settings, zone: ZoneInfo) -> Reading:
    """Read how a call ended: one ``CallMissed`` or ``CallAnswered``, or a recording, or a note.

    Raises:
        Unreadable: ``wrong-encoding``, ``too-many-fields`` or ``unexpected-content``.
    """
    del zone  # Twilio's times are in UTC
    with unreadable_content():
        fields = form_texts(webhook.body)
        if fields.get("RecordingStatus"):
            return _recorded(Recording.model_validate(fields))
        call = Call.model_validate(fields)
    if not (call.status or call.dial_status):
        raise Unreadable("unexpected-content", "CallStatus: it says nothing of a call")
    if call.direction == "outbound-api":
        return Reading(note="callback-ordered")
    if call.direction != "inbound":
        return Reading(note="unknown-direction")
    if call.is_made_by_staff and call.client is None:
        return Reading(note="internal-call")
    return _outcome(call, settings, webhook)


def _outcome(call: Call, settings: Settings, webhook: Webhook) -> Reading:
    """How a call with a client ended, as far as this request tells."""
    ended_at = _ended_at(call.timestamp, webhook.received_at)
    match _was_answered(call, settings, webhook.source):
        case True:
            return Reading((_answered(call, ended_at),))
        case False if call.is_made_by_staff:
            return Reading(note="outbound-unanswered")
        case False:
            return Reading((_missed(call, ended_at, is_final=True),))
        case _ if call.status == COMPLETED and not call.is_made_by_staff:
            # If the Dial's action has a verdict, it outweighs this.
            return Reading((_missed(call, ended_at, is_final=False),))
        case _:
            return Reading(note="no-verdict")


def _was_answered(call: Call, settings: Settings, source: str) -> bool | None:
    """Whether a person talked to the client; None if this request does not tell."""
    if call.dial_status:
        if call.dial_status not in ANSWERED | UNANSWERED:
            # Better one task too many than a client who is not called back.
            log.warning("unknown call status", extra={"source": source, "code": call.dial_status})
        return call.dial_status in ANSWERED and call.is_bridged
    if call.status in UNANSWERED:
        return False
    if call.status != COMPLETED:
        log.warning("unknown call status", extra={"source": source, "code": call.status})
        return None
    return None if settings.answered_by_twiml else True


def _missed(call: Call, ended_at: datetime, *, is_final: bool) -> CallMissed:
    return CallMissed(
        call_id=call.call_id, phone=call.client, line=call.called, called_at=ended_at, is_final=is_final
    )


def _answered(call: Call, ended_at: datetime) -> CallAnswered:
    staff_calls = call.is_made_by_staff
    return CallAnswered(
        call_id=call.call_id,
        phone=call.client,
        line="" if staff_calls else call.called,
        direction="outbound" if staff_calls else "inbound",
        called_at=ended_at - (call.talked or timedelta()),
        talked=call.talked,
        employee=call.caller if staff_calls else "",
        recording_url=_audio(call.recording),
    )


def _recorded(recording: Recording) -> Reading:
    address = _audio(recording.url)
    if not address:
        return Reading(note="no-recording")
    return Reading((CallRecorded(call_id=recording.call_id, recording_url=address),))


def _audio(url: str) -> str:
    """The address of the file: Twilio tells it without its ending."""
    address = web_address(url)
    return address if not address or address.endswith(AUDIO_ENDINGS) else address + AUDIO_ENDINGS[0]


def _ended_at(timestamp: str, received_at: datetime) -> datetime:
    """When the call ended: now, if it is not told. A Dial's action has no time."""
    with suppress(ValueError, OverflowError, Unreadable):
        return plausible_moment(parsedate_to_datetime(timestamp).isoformat(), UTC_ZONE)
    return received_at
