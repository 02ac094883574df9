"""What the end of a call says: was it missed, or who talked?"""

import logging
from datetime import timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from chalicelib.events import CallAnswered, CallMissed
from chalicelib.gate.webhook import Webhook
from chalicelib.phones import normalise
from chalicelib.providers.reading import (
    Identifier,
    Payload,
    Reading,
    Secrets,
    SourceSettings,
    plausible_moment,
    unreadable_content,
)
from chalicelib.providers.telephony import Length, is_extension
from chalicelib.providers.zadarma.fields import notification_fields
from chalicelib.providers.zadarma.gate import RECORDED, is_answered

UNANSWERED = frozenset(
    {
        "busy",
        "cancel",
        "no answer",
        "failed",
        "call failed",
        "no money",
        "unallocated number",
        "no limit",
        "no day limit",
        "line limit",
        "no money, no limit",
    }
)
"""The dispositions of a call in which nobody talked."""

log = logging.getLogger(__name__)


class Settings(SourceSettings):
    """What a Zadarma source can set. Its local times are in ``timezone``.

    Attributes:
        token: our own secret in the URL; a list while it is being replaced.
        api_secret: of the account's API; a list while it is being replaced.
        menu_hangup_is_missed: whether a call that reached no employee's extension counts as missed.
    """

    token: Secrets
    api_secret: Secrets
    menu_hangup_is_missed: bool = True


class Ending(Payload):
    """The fields of ``NOTIFY_END`` and ``NOTIFY_OUT_END``."""

    event: Literal["NOTIFY_END", "NOTIFY_OUT_END"]
    pbx_call_id: Identifier
    call_start: str
    caller_id: str = ""
    called_did: str = ""
    destination: str = ""
    internal: str = ""
    duration: Length = None
    disposition: Identifier

    @property
    def is_inbound(self) -> bool:
        """Whether the client called."""
        return self.event == "NOTIFY_END"

    @property
    def client(self) -> str:
        """The number outside the shop."""
        return self.caller_id if self.is_inbound else self.destination

    @property
    def line(self) -> str:
        """The number of the shop."""
        return self.called_did if self.is_inbound else self.caller_id


def read(webhook: Webhook, settings: Settings, zone: ZoneInfo) -> Reading:
    """Read the end of a call: one ``CallMissed`` or ``CallAnswered``, or a note why it is neither.

    Args:
        webhook: as the gate let it in.
        settings: of the source.
        zone: of Zadarma's times, which have no offset.

    Raises:
        Unreadable: ``too-many-fields``, ``wrong-encoding`` or ``unexpected-content``.
    """
    with unreadable_content():
        fields = notification_fields(webhook.body)
        if fields.get("event") == RECORDED:
            # A link must be asked for, with the account's key, and expires: nothing that people can open. The
            # recording's id stays in the content alone, for nobody can know that it holds no phone.
            return Reading(note="recording-by-api")
        call = Ending.model_validate(fields)
    if is_extension(call.client):
        return Reading(note="internal-call")
    if is_answered(call.disposition):
        return Reading((_answered(call, zone),))
    if not call.is_inbound:
        return Reading(note="outbound-unanswered")
    if call.disposition.strip().lower() not in UNANSWERED:
        # Better one task too many than a client who is not called back.
        log.warning("unknown call status", extra={"source": webhook.source, "code": call.disposition})
    if not call.internal and not settings.menu_hangup_is_missed:
        return Reading(note="ended-in-menu")
    missed = CallMissed(
        call_id=call.pbx_call_id,
        phone=normalise(call.client, typed=False),
        line=call.line,
        called_at=plausible_moment(call.call_start, zone),
    )
    return Reading((missed,))


def _answered(call: Ending, zone: ZoneInfo) -> CallAnswered:
    return CallAnswered(
        call_id=call.pbx_call_id,
        phone=normalise(call.client, typed=False),
        line=call.line,
        direction="inbound" if call.is_inbound else "outbound",
        called_at=plausible_moment(call.call_start, zone),
        talked=timedelta(seconds=call.duration) if call.duration else None,
        employee=call.internal,
    )
