"""What 17TRACK says about a client's parcel.

Facts are from 17TRACK's documentation of its Tracking API v2 and its page "Understanding tracking status".
"""

import logging
from collections.abc import Mapping
from datetime import datetime
from typing import Literal
from zoneinfo import ZoneInfo

from pydantic import Field, PositiveInt, model_validator

from chalicelib.config_types import Url
from chalicelib.errors import Unreadable
from chalicelib.events import PARCEL_TROUBLES, ParcelMoved, ParcelReason, ParcelStatus
from chalicelib.gate.form import json_value
from chalicelib.gate.webhook import Webhook
from chalicelib.providers.couriers import not_of_the_future
from chalicelib.providers.reading import (
    LONGEST_IDENTIFIER,
    Identifier,
    Payload,
    Reading,
    Secrets,
    plausible_moment,
    unreadable_content,
)
from chalicelib.providers.registering import (
    LONGEST_WORDS,
    REGISTRATION,
    RegisteringSettings,
    after_turning_back,
    read_registration,
)
from chalicelib.providers.track17.gate import STOPPED, track_info

STATUSES = {
    "InfoReceived": ParcelStatus.CREATED,
    "InTransit": ParcelStatus.IN_TRANSIT,
    "OutForDelivery": ParcelStatus.COURIER,
    "DeliveryFailure": ParcelStatus.ATTEMPT_FAILED,
    "AvailableForPickup": ParcelStatus.WAITING,
    "Delivered": ParcelStatus.DELIVERED,
    "Exception": ParcelStatus.PROBLEM,
    # On its way for too long.
    "Expired": ParcelStatus.PROBLEM,
}
"""By ``status``, where ``sub_status`` says no more."""

SUB_STATUSES = {
    "NotFound_InvalidCode": ParcelStatus.PROBLEM,
    "InTransit_CustomsRequiringInformation": ParcelStatus.PROBLEM,
    "Exception_Returning": ParcelStatus.RETURNING,
    "Exception_Returned": ParcelStatus.RETURNED,
    "Exception_Lost": ParcelStatus.LOST,
    "Exception_Destroyed": ParcelStatus.LOST,
    "Exception_Cancel": ParcelStatus.CANCELLED,
}

REASONS = {
    "NotFound_InvalidCode": ParcelReason.BAD_DATA,
    "InTransit_CustomsRequiringInformation": ParcelReason.CUSTOMS,
    "DeliveryFailure_NoBody": ParcelReason.ABSENT,
    "DeliveryFailure_Security": ParcelReason.CUSTOMS,
    "DeliveryFailure_Rejected": ParcelReason.REFUSED,
    "DeliveryFailure_InvalidAddress": ParcelReason.WRONG_ADDRESS,
    "Exception_Security": ParcelReason.CUSTOMS,
    "Exception_Damage": ParcelReason.DAMAGED,
    "Exception_Rejected": ParcelReason.REFUSED,
    "Exception_Lost": ParcelReason.LOST,
    "Exception_Destroyed": ParcelReason.DISPOSED,
}
"""By ``sub_status``; of any other trouble there are the courier's words only."""

NOT_FOUND = "NotFound"
TURNED_BACK = frozenset({"Returning", "Returned"})
"""Milestones. What is told later is of the way back."""

log = logging.getLogger(__name__)


class Settings(RegisteringSettings):
    """What a 17TRACK source can set.

    Attributes:
        api_key: signs the webhooks, and registers parcels; a list while it is being replaced, the new one
            last.
        carrier: 17TRACK's code of the courier whose parcels are registered; None lets it find out.
    """

    api_key: Secrets
    carrier: PositiveInt | None = None
    api_url: Url = "https://api.17track.net/track/v2.2"

    @property
    def newest_key(self) -> str:
        """The key that will still be valid tomorrow."""
        return self.api_key if isinstance(self.api_key, str) else self.api_key[-1]


class LatestStatus(Payload):
    """Where a parcel stands."""

    status: str = Field(min_length=1, max_length=LONGEST_IDENTIFIER)
    sub_status: str = Field(default="", max_length=LONGEST_IDENTIFIER)


class LatestEvent(Payload):
    """What the courier told last."""

    time_utc: str = ""
    time_iso: str = ""
    description: str = ""


class Data(Payload):
    """What a webhook says of a parcel; of one that is followed no longer it is the number only."""

    number: Identifier
    tag: str = Field(default="", max_length=LONGEST_IDENTIFIER)
    latest_status: LatestStatus | None = None
    latest_event: LatestEvent = LatestEvent()
    milestone: object = None

    @model_validator(mode="before")
    @classmethod
    def _status_from_either_place(cls, value: object) -> object:
        return {**value, **track_info(value)} if isinstance(value, Mapping) else value

    @property
    def has_turned_back(self) -> bool:
        """Whether the courier has told that it goes back. Milestones that were not reached have no time."""
        stages = self.milestone if isinstance(self.milestone, list | tuple) else ()
        return any(
            isinstance(stage, Mapping)
            and stage.get("key_stage") in TURNED_BACK
            and bool(stage.get("time_utc") or stage.get("time_iso"))
            for stage in stages
        )

    def at(self, zone: ZoneInfo, otherwise: datetime) -> datetime:
        """When the courier told it last; ``otherwise`` if it has told nothing yet.

        Raises:
            Unreadable: the time is absurd.
        """
        text = self.latest_event.time_utc or self.latest_event.time_iso
        return plausible_moment(text, zone) if text else otherwise


class Message(Payload):
    """The body of a webhook."""

    event: Literal["TRACKING_UPDATED", "TRACKING_STOPPED"]
    data: Data


def read(webhook: Webhook, settings: Settings, zone: ZoneInfo) -> Reading:
    """Read a status, or what became of a registration: one ``ParcelMoved``, or a note why there is none.

    Raises:
        Unreadable: ``wrong-encoding``, ``broken-json`` or ``unexpected-content``.
    """
    del settings
    if webhook.path == REGISTRATION:
        return read_registration(webhook)
    with unreadable_content():
        message = Message.model_validate(json_value(webhook.body))
    parcel = message.data
    at = parcel.at(zone, otherwise=webhook.received_at)
    not_of_the_future(at, webhook.received_at)
    if message.event == STOPPED:
        return Reading(note="tracking-stopped")
    if parcel.latest_status is None:
        raise Unreadable("unexpected-content", "data: no latest_status")
    code = parcel.latest_status.sub_status or parcel.latest_status.status
    status = SUB_STATUSES.get(code, STATUSES.get(parcel.latest_status.status))
    if status is None:
        return _nothing(webhook, parcel.latest_status)
    if parcel.has_turned_back:
        status = after_turning_back(status)
    is_trouble = status in PARCEL_TROUBLES
    moved = ParcelMoved(
        parcel_id=parcel.number,
        track_number=parcel.number,
        order_number=parcel.tag,
        status=status,
        code=code,
        at=at,
        reason=REASONS.get(code),
        reason_words=parcel.latest_event.description[:LONGEST_WORDS] if is_trouble else "",
        keeps_status=status is ParcelStatus.PROBLEM,
    )
    return Reading((moved,))


def _nothing(webhook: Webhook, told: LatestStatus) -> Reading:
    if told.status == NOT_FOUND:
        return Reading(note="not-found")
    log.warning("unknown status", extra={"source": webhook.source, "status": told.status})
    return Reading(note=f"unknown-status:{told.status}")
