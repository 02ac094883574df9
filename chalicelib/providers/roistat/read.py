"""What Roistat says of a call: where the caller came from, and whether somebody answered.

The fields of the first request are documented, those of the second one are not; see the README.
"""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from pydantic import AliasChoices, Field

from chalicelib.events import Attribution, CallAnswered, CallMissed, CallTracked
from chalicelib.gate.form import json_value
from chalicelib.gate.webhook import Webhook
from chalicelib.phones import normalise
from chalicelib.providers.reading import (
    Identifier,
    Payload,
    Reading,
    plausible_moment,
    unreadable_content,
    web_address,
)
from chalicelib.providers.telephony import Length
from chalicelib.providers.tracking import TrackingSettings, first_filled, tracked, visitor_ids

ANSWERED = frozenset({"ANSWER", "ANSWERED"})
"""Each other status of a call that is over means that nobody talked to the client."""


class Settings(TrackingSettings):
    """What a Roistat source can set."""


class Call(Payload):
    """Both requests. All calls are inbound."""

    id: Identifier
    caller: str = ""
    callee: str = ""
    date: str
    visit_id: str = Field(default="", validation_alias=AliasChoices("visit_id", "visit"))
    marker: str = ""
    google_client_id: str = ""
    metrika_client_id: str = Field(
        default="", validation_alias=AliasChoices("metrika_client_id", "yandex_client_id")
    )
    landing_page: str = ""
    referrer: str = ""
    utm_source: str = ""
    utm_medium: str = ""
    utm_campaign: str = ""
    utm_term: str = ""
    utm_content: str = ""
    status: str = ""
    duration: Length = None
    recording: str = Field(default="", validation_alias=AliasChoices("file_url", "link"))


def read(webhook: Webhook, settings: Settings, zone: ZoneInfo) -> Reading:
    """Read one of the two requests: the visit, the outcome, or a note why there is neither.

    Raises:
        Unreadable: ``wrong-encoding``, ``broken-json`` or ``unexpected-content``.
    """
    with unreadable_content():
        call = Call.model_validate(json_value(webhook.body))
        called_at = plausible_moment(call.date, zone)
    phone = normalise(call.caller, typed=False)
    visit = tracked(
        CallTracked(
            call_id=call.id,
            phone=phone,
            attribution=_attribution(call),
            landing_page=first_filled(call.landing_page),
            referrer=first_filled(call.referrer),
            visitor_ids=visitor_ids(
                roistat=call.visit_id, yandex=call.metrika_client_id, google=call.google_client_id
            ),
            called_at=called_at,
        )
    )
    if not (settings.tells_calls and call.status):
        return visit
    # The visit before the call, so that it is known when an order is made.
    return Reading((*visit.events, _outcome(call, phone, called_at)))


def _outcome(call: Call, phone: str | None, called_at: datetime) -> CallAnswered | CallMissed:
    if call.status.strip().upper() not in ANSWERED:
        return CallMissed(call_id=call.id, phone=phone, line=call.callee, called_at=called_at)
    return CallAnswered(
        call_id=call.id,
        phone=phone,
        line=call.callee,
        direction="inbound",
        called_at=called_at,
        talked=None if call.duration is None else timedelta(seconds=call.duration),
        recording_url=web_address(call.recording),
    )


def _attribution(call: Call) -> Attribution:
    return Attribution(
        source=first_filled(call.utm_source, call.marker),
        medium=first_filled(call.utm_medium),
        campaign=first_filled(call.utm_campaign),
        keyword=first_filled(call.utm_term),
        content=first_filled(call.utm_content),
    )
