"""What Sipuni says about a call: who talked to whom, or that nobody did.

Facts are from Sipuni's page "Отправка событий HTTP" and from a public handler.
"""

import logging
from datetime import UTC, datetime
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import Field

from chalicelib.errors import Unreadable
from chalicelib.events import CallAnswered, CallMissed
from chalicelib.gate.webhook import Webhook
from chalicelib.phones import normalise
from chalicelib.providers.reading import (
    FIRST_PLAUSIBLE_SECOND,
    LAST_PLAUSIBLE_SECOND,
    LONGEST_IDENTIFIER,
    Identifier,
    Payload,
    Reading,
    Secrets,
    SourceSettings,
    unreadable_content,
    web_address,
)
from chalicelib.providers.sipuni.gate import ANSWERED, EXTERNAL, call_fields
from chalicelib.providers.telephony import talk_time

TALKED = "ANSWER"
NOBODY_TALKED = frozenset({"NOANSWER", "BUSY", "CANCEL", "CONGESTION", "CHANUNAVAIL"})
"""The last three are unverified. Any other status counts as one of these and is a warning in the log."""

EpochSecond = Annotated[int, Field(ge=FIRST_PLAUSIBLE_SECOND, le=LAST_PLAUSIBLE_SECOND)]
Short = Annotated[str, Field(max_length=LONGEST_IDENTIFIER)]

log = logging.getLogger(__name__)


class Settings(SourceSettings):
    """What a Sipuni source can set.

    Attributes:
        token: our own secret in the URL; a list while it is being replaced.
    """

    token: Secrets


class Call(Payload):
    """The fields of an answer (event 3) and of an end (event 2). Times are epoch seconds."""

    event: Literal["2", "3"]
    call_id: Identifier
    src_num: Short = ""
    src_type: Short
    dst_num: Short = ""
    short_src_num: Short = ""
    short_dst_num: Short = ""
    timestamp: EpochSecond
    status: Short = ""
    call_start_timestamp: EpochSecond | None = None
    call_answer_timestamp: Literal[0, "0"] | EpochSecond = 0
    call_record_link: str = ""

    @property
    def is_inbound(self) -> bool:
        """Whether somebody outside called."""
        return self.src_type == EXTERNAL

    @property
    def phone(self) -> str | None:
        """The client's."""
        return normalise(self.src_num if self.is_inbound else self.dst_num, typed=False)

    @property
    def line(self) -> str:
        """Our number that was called, where it is one: of a group's phone Sipuni tells the extension."""
        return self.dst_num if self.is_inbound and normalise(self.dst_num, typed=False) else ""

    @property
    def called_at(self) -> datetime:
        """When the call began; of an answer that does not tell it when it was answered."""
        return _moment(self.call_start_timestamp or self.timestamp)

    def was_answered(self) -> bool:
        """Whether somebody talked to the client, as an ended call tells it.

        Raises:
            Unreadable: ``contradictory-outcome``: a moment of answer, and a status that denies it.
        """
        status = self.status.upper()
        if not status:
            raise Unreadable("unexpected-content", "status: Field required")
        if status == TALKED:
            return True
        if int(self.call_answer_timestamp):
            raise Unreadable("contradictory-outcome", "answered, but with another status")
        if status not in NOBODY_TALKED:
            log.warning("unknown call status", extra={"code": status})
        return False


def read(webhook: Webhook, settings: Settings, zone: ZoneInfo) -> Reading:
    """Read an answer or an end: ``CallAnswered``, ``CallMissed``, or a note why it is neither.

    An end without an answer may be that of one phone of a group (unverified), so it is not final.

    Raises:
        Unreadable: ``wrong-encoding``, ``too-many-fields``, ``unexpected-content`` or
            ``contradictory-outcome``.
    """
    del settings, zone  # Sipuni's times are epoch seconds
    with unreadable_content():
        call = Call.model_validate(call_fields(webhook))
    if not call.is_inbound and call.phone is None:
        return Reading(note="internal-call")
    if call.event == ANSWERED:
        # An employee's own phone may be the first to answer a call that they order from the CRM.
        return _answered(call) if call.is_inbound else Reading(note="outbound-goes-on")
    if call.was_answered():
        return _answered(call)
    if not call.is_inbound:
        return Reading(note="outbound-unanswered")
    missed = CallMissed(
        call_id=call.call_id, phone=call.phone, line=call.line, called_at=call.called_at, is_final=False
    )
    return Reading((missed,))


def _answered(call: Call) -> Reading:
    """Somebody talks to the client (event 3), or has talked to them (event 2)."""
    is_over = call.event != ANSWERED
    began = int(call.call_answer_timestamp) if is_over else call.timestamp
    answered_at = _moment(began) if began else None
    answered = CallAnswered(
        call_id=call.call_id,
        phone=call.phone,
        line=call.line,
        direction="inbound" if call.is_inbound else "outbound",
        called_at=call.called_at,
        answered_at=answered_at,
        talked=talk_time(answered_at, _moment(call.timestamp)) if is_over else None,
        employee=call.short_dst_num if call.is_inbound else call.short_src_num,
        recording_url=web_address(call.call_record_link),
    )
    return Reading((answered,))


def _moment(second: int) -> datetime:
    return datetime.fromtimestamp(second, UTC)
