"""What Calltouch says of a call: where the caller came from, and whether somebody answered.

The shop owner chooses the fields, and only some of their names are documented. So each is known by several.
"""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from pydantic import AliasChoices, Field

from chalicelib.errors import Unreadable
from chalicelib.events import Attribution, CallAnswered, CallMissed, CallTracked
from chalicelib.gate.webhook import Webhook
from chalicelib.phones import normalise
from chalicelib.providers.calltouch.gate import ID_NAMES, PHONE_NAMES, call_fields, call_id_of
from chalicelib.providers.reading import (
    Identifier,
    Payload,
    Reading,
    plausible_moment,
    unreadable_content,
    web_address,
)
from chalicelib.providers.telephony import Length
from chalicelib.providers.tracking import TrackingSettings, first_filled, says_something, tracked, visitor_ids

SUCCESSFUL = frozenset({"successful", "true", "1"})
TRUE = frozenset({"true", "1"})
CALL_TYPES = frozenset({"", "call", "calls", "звонок"})


class Settings(TrackingSettings):
    """What a Calltouch source can set."""


class Call(Payload):
    """The fields, by names in lower case."""

    id: Identifier = Field(validation_alias=AliasChoices(*ID_NAMES))
    caller: str = Field(default="", validation_alias=AliasChoices(*PHONE_NAMES))
    line: str = Field(default="", validation_alias=AliasChoices("phonenumber", "phone_number"))
    time: str = Field(validation_alias=AliasChoices("calltime", "call_time", "date"))
    duration: Length = None
    status: str = ""
    lead_type: str = Field(default="", validation_alias=AliasChoices("leadtype", "lead_type"))
    callback: str = Field(default="", validation_alias=AliasChoices("callbackcall", "callback_call"))
    operator: str = Field(default="", validation_alias=AliasChoices("operatorphone", "manager"))
    recording: str = Field(default="", validation_alias=AliasChoices("recordlink", "reclink", "record_link"))
    utm_source: str = Field(default="", validation_alias=AliasChoices("utm_source", "utmsource", "source"))
    utm_medium: str = Field(default="", validation_alias=AliasChoices("utm_medium", "utmmedium", "medium"))
    utm_campaign: str = Field(default="", validation_alias=AliasChoices("utm_campaign", "utmcampaign"))
    utm_content: str = Field(default="", validation_alias=AliasChoices("utm_content", "utmcontent"))
    keyword: str = Field(
        default="", validation_alias=AliasChoices("keyword", "keywords", "utm_term", "utmterm")
    )
    page: str = Field(default="", validation_alias=AliasChoices("url", "callurl", "landing_page"))
    referrer: str = Field(default="", validation_alias=AliasChoices("ref", "referrer", "referer"))
    session: str = Field(default="", validation_alias=AliasChoices("sessionid", "session_id", "ctcallerid"))
    yandex: str = Field(
        default="", validation_alias=AliasChoices("yaclientid", "ya_client_id", "ym_client_id")
    )
    google: str = Field(default="", validation_alias=AliasChoices("gaclientid", "clientid", "ga_client_id"))


def read(webhook: Webhook, settings: Settings, zone: ZoneInfo) -> Reading:
    """Read what Calltouch tells of a call: the visit, the outcome, or a note why there is neither.

    Raises:
        Unreadable: ``wrong-encoding``, ``broken-json``, ``too-many-fields``, ``empty`` or
            ``unexpected-content``.
    """
    with unreadable_content():
        fields = call_fields(webhook)
        if "{" in str(call_id_of(fields)):
            return Reading(note="cabinet-test")
        said = {name: _text(value) for name, value in fields.items() if _is_said(value)}
        if not said:
            raise Unreadable("empty")
        call = Call.model_validate(said)
        called_at = plausible_moment(call.time, zone)
    if call.lead_type.lower() not in CALL_TYPES:
        return Reading(note="no-call")
    phone = normalise(call.caller, typed=False)
    visit = tracked(
        CallTracked(
            call_id=call.id,
            phone=phone,
            attribution=_attribution(call),
            landing_page=first_filled(call.page),
            referrer=first_filled(call.referrer),
            visitor_ids=visitor_ids(calltouch=call.session, yandex=call.yandex, google=call.google),
            called_at=called_at,
        )
    )
    if not (settings.tells_calls and call.status):
        return visit
    if call.callback.lower() in TRUE:
        return Reading(note="callback-ordered")
    # The visit before the call, so that it is known when an order is made.
    return Reading((*visit.events, _outcome(call, phone, called_at)))


def _outcome(call: Call, phone: str | None, called_at: datetime) -> CallAnswered | CallMissed:
    if call.status.lower() not in SUCCESSFUL:
        return CallMissed(call_id=call.id, phone=phone, line=call.line, called_at=called_at)
    return CallAnswered(
        call_id=call.id,
        phone=phone,
        line=call.line,
        direction="inbound",
        called_at=called_at,
        talked=None if call.duration is None else timedelta(seconds=call.duration),
        employee=call.operator,
        recording_url=web_address(call.recording),
    )


def _is_said(value: object) -> bool:
    """False of a placeholder that was not filled in, and of words for "nothing"."""
    return says_something(value) if isinstance(value, str) else value is not None


def _text(value: object) -> object:
    """JSON's truth values as a form has them."""
    return str(value).lower() if isinstance(value, bool) else value


def _attribution(call: Call) -> Attribution:
    return Attribution(
        source=first_filled(call.utm_source),
        medium=first_filled(call.utm_medium),
        campaign=first_filled(call.utm_campaign),
        keyword=first_filled(call.keyword),
        content=first_filled(call.utm_content),
    )
