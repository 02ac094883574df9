"""What the history of a call says: was it missed, or who talked?"""

import logging
from datetime import timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from chalicelib.events import CallAnswered, CallMissed
from chalicelib.gate.webhook import Webhook
from chalicelib.phones import is_staff, normalise
from chalicelib.providers.crmapi.gate import call_fields, is_answered
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
from chalicelib.providers.telephony import Length, is_extension

UNANSWERED = frozenset({"missed", "cancel", "busy", "notavailable", "notallowed", "notfound"})
"""The statuses of a call in which nobody talked, in lower case. The last four belong to outbound calls."""

log = logging.getLogger(__name__)


class Settings(SourceSettings):
    """What a source of the crmapi family can set.

    Attributes:
        token: our own secret, sent as ``crm_token``; a list while it is being replaced.
    """

    token: Secrets


class History(Payload):
    """The fields of ``cmd=history``."""

    cmd: Literal["history"]
    type: Literal["in", "out"]
    status: Identifier
    callid: Identifier
    phone: str = ""
    diversion: str = ""
    user: str = ""
    ext: str = ""
    telnum: str = ""
    start: str
    duration: Length = None
    link: str = ""


def read(webhook: Webhook, settings: Settings, zone: ZoneInfo) -> Reading:
    """Read a call's history: one ``CallMissed`` or ``CallAnswered``, or a note why it is neither.

    Args:
        webhook: as the gate let it in.
        settings: of the source.
        zone: of a time without an offset; the platform sends UTC with a ``Z``.

    Raises:
        Unreadable: ``too-many-fields``, ``wrong-encoding`` or ``unexpected-content``.
    """
    del settings
    with unreadable_content():
        call = History.model_validate(call_fields(webhook.body))
    if is_extension(call.phone) or is_staff(call.phone):
        return Reading(note="internal-call")
    if is_answered(call.status):
        return Reading((_answered(call, zone),))
    if call.type == "out":
        return Reading(note="outbound-unanswered")
    if call.status.strip().lower() not in UNANSWERED:
        # Better one task too many than a client who is not called back.
        log.warning("unknown call status", extra={"source": webhook.source, "code": call.status})
    missed = CallMissed(
        call_id=call.callid,
        phone=normalise(call.phone, typed=False),
        line=call.diversion,
        called_at=plausible_moment(call.start, zone),
    )
    return Reading((missed,))


def _answered(call: History, zone: ZoneInfo) -> CallAnswered:
    return CallAnswered(
        call_id=call.callid,
        phone=normalise(call.phone, typed=False),
        line=call.diversion,
        direction="inbound" if call.type == "in" else "outbound",
        called_at=plausible_moment(call.start, zone),
        talked=timedelta(seconds=call.duration) if call.duration else None,
        employee=call.ext or call.user or call.telnum,
        recording_url=web_address(call.link),
    )
