"""What a notification from UIS says about a call.

UIS has no fixed format: the shop pastes our template into its cabinet, see the page of this provider.
"""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from chalicelib.errors import Unreadable
from chalicelib.events import AnyEvent, CallAnswered, CallMissed, CallRecorded
from chalicelib.gate.form import Unparsable, json_value
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
    web_address,
)
from chalicelib.providers.telephony import Seconds, is_extension
from chalicelib.providers.uis.attribution import tracked
from chalicelib.providers.uis.gate import notification_fields

DIRECTIONS: Mapping[str, Literal["inbound", "outbound"]] = {"in": "inbound", "out": "outbound"}


class Settings(SourceSettings):
    """What a UIS source can set.

    Attributes:
        token: our own secret in the URL; a list while it is being replaced.
    """

    token: Secrets


class Notification(Payload):
    """The fields of our template."""

    event: Literal["lost", "finished", "recorded"]
    call_session_id: Identifier
    notification_time: str = ""
    contact_phone_number: str = ""
    virtual_phone_number: str = ""
    is_internal: bool = False


class Ending(Payload):
    """What "finished" tells besides."""

    direction: Literal["in", "out"]
    talk_time_duration: Seconds = 0
    employee_full_name: str = ""
    employee_id: str = ""


def read(webhook: Webhook, settings: Settings, zone: ZoneInfo) -> Reading:
    """Read a notification: the call's outcome and what its caller searched for, or its recordings.

    Args:
        webhook: as the gate let it in.
        settings: of the source.
        zone: of the platform's times, which have no offset.

    Raises:
        Unreadable: ``wrong-encoding``, ``broken-json`` or ``unexpected-content``.
    """
    del settings
    with unreadable_content():
        fields = notification_fields(webhook)
        notification = Notification.model_validate(fields)
        if notification.event == "recorded":
            return _recordings(notification.call_session_id, fields.get("file_link"))
        if notification.is_internal or is_extension(notification.contact_phone_number):
            return Reading(note="internal-call")
        ended_at = _ended_at(notification, webhook.received_at, zone)
        if notification.event == "lost":
            return _with_attribution(_missed(notification, ended_at), fields)
        if "talk_time_duration" not in fields:
            raise Unreadable("unexpected-content", "talk_time_duration: the template lacks it")
        return _finished(notification, Ending.model_validate(fields), fields, ended_at)


def _ended_at(notification: Notification, received_at: datetime, zone: ZoneInfo) -> datetime:
    """When the call ended: when we were told, if the template does not say."""
    with suppress(Unreadable):
        return plausible_moment(notification.notification_time, zone)
    return received_at


def _finished(
    notification: Notification, ending: Ending, fields: Mapping[str, object], at: datetime
) -> Reading:
    if ending.talk_time_duration:
        return _with_attribution(_answered(notification, ending, at), fields)
    if ending.direction == "out":
        return Reading(note="outbound-unanswered")
    return _with_attribution(_missed(notification, at), fields)


def _missed(notification: Notification, at: datetime) -> CallMissed:
    return CallMissed(
        call_id=notification.call_session_id,
        phone=normalise(notification.contact_phone_number, typed=False),
        line=notification.virtual_phone_number,
        called_at=at,
    )


def _answered(notification: Notification, ending: Ending, at: datetime) -> CallAnswered:
    talked = timedelta(seconds=ending.talk_time_duration)
    return CallAnswered(
        call_id=notification.call_session_id,
        phone=normalise(notification.contact_phone_number, typed=False),
        line=notification.virtual_phone_number,
        direction=DIRECTIONS[ending.direction],
        called_at=at - talked,
        talked=talked,
        employee=ending.employee_full_name or ending.employee_id,
    )


def _with_attribution(call: CallMissed | CallAnswered, fields: Mapping[str, object]) -> Reading:
    """The call, and before it, so that it is known when an order is made, what brought the client."""
    visit = tracked(fields, call.call_id, call.phone, call.called_at)
    return Reading((visit, call) if visit else (call,))


def _recordings(call_id: str, links: object) -> Reading:
    recorded: tuple[AnyEvent, ...] = tuple(
        CallRecorded(call_id=call_id, recording_url=address)
        for link in _several(links)
        if (address := web_address(str(link)))
    )
    return Reading(recorded) if recorded else Reading(note="no-recording")


def _several(value: object) -> Iterable[object]:
    """One or many: a list, or a list as a JSON text, or a plain text."""
    if isinstance(value, str) and value.lstrip().startswith("["):
        try:
            value = json_value(value.encode("utf-8", "replace"))
        except Unparsable:
            return ()
    return dict.fromkeys(map(str, value)) if isinstance(value, list) else (value,)
