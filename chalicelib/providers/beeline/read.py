"""What Beeline's cloud PBX says about one subscriber's part of a call.

Facts are from a public integration with Beeline and its tests. That a call is missed when no subscriber's
part of it was answered follows from BroadSoft's XSI (unverified).
"""

import logging
from datetime import UTC, datetime, timedelta
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import Field, SecretStr

from chalicelib.config_types import Url
from chalicelib.errors import Unreadable
from chalicelib.events import CallAnswered, CallMissed
from chalicelib.gate.webhook import Webhook
from chalicelib.phones import is_staff, normalise
from chalicelib.providers.beeline.gate import RELEASED, kind_of, remote_address
from chalicelib.providers.beeline.xsi import event_fields
from chalicelib.providers.reading import (
    FIRST_PLAUSIBLE_SECOND,
    LAST_PLAUSIBLE_SECOND,
    LONGEST_IDENTIFIER,
    Identifier,
    Payload,
    Reading,
    Secrets,
    SourceSettings,
    plausible_moment,
    unreadable_content,
)
from chalicelib.providers.telephony import is_extension, talk_time

INBOUND, OUTBOUND, ORDERED = "Terminator", "Originator", "Click-to-Dial"
MOST_DIGITS = 15
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

Short = Annotated[str, Field(max_length=LONGEST_IDENTIFIER)]

log = logging.getLogger(__name__)


class Settings(SourceSettings):
    """What a Beeline source can set.

    Attributes:
        token: our own secret in the URL; a list while it is being replaced.
        answering_machine_extensions: extensions or numbers that a machine answers, such as a voice menu.
        api_token: of the PBX's API. With ``webhook_url``, our subscription is renewed.
        webhook_url: this source's whole URL, token included.
    """

    token: Secrets
    answering_machine_extensions: tuple[str, ...] = ()
    api_token: SecretStr | None = None
    webhook_url: SecretStr | None = None
    api_url: Url = "https://cloudpbx.beeline.ru/apis/portal"


class Leg(Payload):
    """One subscriber's part of a call. Times are epoch milliseconds or ISO 8601."""

    kind: Literal["CallAnsweredEvent", "CallReleasedEvent"]
    address: Short = ""
    call_id: Identifier = Field(alias="extTrackingId")
    personality: Short
    start_time: Short = Field(default="", alias="startTime")
    answer_time: Short = Field(default="", alias="answerTime")
    release_time: Short = Field(default="", alias="releaseTime")
    extension: Short = ""
    target_id: Short = Field(default="", alias="targetId")
    user_id: Short = Field(default="", alias="Event/userId")

    @property
    def is_inbound(self) -> bool:
        """Whether somebody called this subscriber."""
        return self.personality == INBOUND

    @property
    def employee(self) -> str:
        """The subscriber's extension, else the number or name in their id."""
        return self.extension or (self.target_id or self.user_id).partition("@")[0]

    @property
    def is_internal(self) -> bool:
        """Whether the other side is a colleague."""
        bare = self.address.rpartition(":")[2].partition("@")[0]
        return is_staff(self.address) or is_extension(bare)


def read(webhook: Webhook, settings: Settings, zone: ZoneInfo) -> Reading:
    """Read an answer or an end: ``CallAnswered``, ``CallMissed``, or a note why it is neither.

    An end that was not answered says so of one subscriber only, so it is not final: a colleague's answer
    outweighs it.

    Args:
        webhook: as the gate let it in.
        settings: of the source.
        zone: of a time without an offset.

    Raises:
        Unreadable: ``wrong-encoding``, ``broken-xml``, ``forbidden-doctype`` or ``unexpected-content``.
    """
    with unreadable_content():
        fields = event_fields(webhook.body)
        leg = Leg.model_validate({**fields, "kind": kind_of(fields), "address": remote_address(fields)})
    note = _no_clients_call(leg, webhook)
    if note:
        return Reading(note=note)
    is_over = leg.kind == RELEASED
    by_machine = leg.is_inbound and leg.employee in settings.answering_machine_extensions
    if not by_machine and (leg.answer_time or not is_over):
        return Reading((_answered(leg, webhook, zone),))
    if not is_over:
        return Reading(note="answered-by-machine")
    if not leg.is_inbound:
        return Reading(note="outbound-unanswered")
    missed = CallMissed(
        call_id=leg.call_id,
        phone=normalise(leg.address, typed=False),
        called_at=_moment(leg.start_time, zone) or webhook.received_at,
        is_final=False,
    )
    return Reading((missed,))


def _no_clients_call(leg: Leg, webhook: Webhook) -> str:
    """Why a leg is no call with a client; empty if it is one."""
    if leg.personality == ORDERED:
        return "callback-ordered"
    if leg.personality not in {INBOUND, OUTBOUND}:
        log.warning("unknown side of a call", extra={"source": webhook.source, "code": leg.personality})
        return f"unknown-personality:{leg.personality}"
    return "internal-call" if leg.is_internal else ""


def _answered(leg: Leg, webhook: Webhook, zone: ZoneInfo) -> CallAnswered:
    answered_at = _moment(leg.answer_time, zone)
    return CallAnswered(
        call_id=leg.call_id,
        phone=normalise(leg.address, typed=False),
        direction="inbound" if leg.is_inbound else "outbound",
        called_at=_moment(leg.start_time, zone) or answered_at or webhook.received_at,
        answered_at=answered_at,
        talked=talk_time(answered_at, _moment(leg.release_time, zone)),
        employee=leg.employee,
    )


def _moment(text: str, zone: ZoneInfo) -> datetime | None:
    """A time in either form; None if there is none."""
    if not text:
        return None
    if not (text.isascii() and text.isdecimal()):
        return plausible_moment(text, zone)
    milliseconds = int(text) if len(text) <= MOST_DIGITS else 0
    if not FIRST_PLAUSIBLE_SECOND <= milliseconds / 1000 <= LAST_PLAUSIBLE_SECOND:
        raise Unreadable("unexpected-content", "a time is out of this century")
    return EPOCH + timedelta(milliseconds=milliseconds)
