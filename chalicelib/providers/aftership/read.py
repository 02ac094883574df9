"""What AfterShip says about a client's parcel.

Facts are from AfterShip's documentation of its Tracking API 2025-01: "Webhook specifications", "Delivery
sub-statuses".
"""

import logging
from contextlib import suppress
from datetime import UTC, datetime
from operator import itemgetter
from typing import Literal, Self
from zoneinfo import ZoneInfo

from pydantic import Field, SecretStr, model_validator

from chalicelib.config_types import Url
from chalicelib.errors import Unreadable
from chalicelib.events import PARCEL_TROUBLES, ParcelMoved, ParcelReason, ParcelStatus
from chalicelib.gate.form import json_value
from chalicelib.gate.webhook import Webhook
from chalicelib.providers.couriers import not_of_the_future
from chalicelib.providers.reading import (
    FIRST_PLAUSIBLE_SECOND,
    LAST_PLAUSIBLE_SECOND,
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

STATUSES = {
    "InfoReceived": ParcelStatus.CREATED,
    "InTransit": ParcelStatus.IN_TRANSIT,
    "OutForDelivery": ParcelStatus.COURIER,
    "AttemptFail": ParcelStatus.ATTEMPT_FAILED,
    "AvailableForPickup": ParcelStatus.WAITING,
    "Delivered": ParcelStatus.DELIVERED,
    "Exception": ParcelStatus.PROBLEM,
    # Nothing was heard of it for 30 days.
    "Expired": ParcelStatus.PROBLEM,
}
"""By ``tag``, where ``subtag`` says no more."""

SUBTAGS = {
    "Exception_010": ParcelStatus.RETURNING,
    "Exception_011": ParcelStatus.RETURNED,
    "Exception_013": ParcelStatus.LOST,
    "Exception_020": ParcelStatus.CANCELLED,
    "Exception_021": ParcelStatus.LOST,
}

REASONS = {
    "AttemptFail_002": ParcelReason.ABSENT,
    "AttemptFail_003": ParcelReason.CLOSED,
    "Exception_002": ParcelReason.MOVED_AWAY,
    "Exception_003": ParcelReason.REFUSED,
    "Exception_004": ParcelReason.CUSTOMS,
    "Exception_007": ParcelReason.WRONG_ADDRESS,
    "Exception_008": ParcelReason.STORAGE_OVER,
    "Exception_012": ParcelReason.DAMAGED,
    "Exception_013": ParcelReason.LOST,
    "Exception_018": ParcelReason.CUSTOMS,
    "Exception_021": ParcelReason.DISPOSED,
}
"""By ``subtag``; of any other trouble there are the courier's words only."""

PENDING = "Pending"
TURNED_BACK = frozenset({"Exception_010", "Exception_011"})
"""Subtags of checkpoints. What is told later is of the way back."""

log = logging.getLogger(__name__)


class Settings(RegisteringSettings):
    """What an AfterShip source can set.

    Attributes:
        secret: of the webhooks; a list while it is being replaced.
        api_key: with it and ``delivery_types``, parcels are registered.
        slug: AfterShip's name of the courier whose parcels are registered; empty lets it find out.
    """

    secret: Secrets
    api_key: SecretStr | None = None
    slug: str = ""
    api_url: Url = "https://api.aftership.com/tracking/2025-07"

    @model_validator(mode="after")
    def _registers_or_does_not(self) -> Self:
        if bool(self.api_key) != bool(self.delivery_types):
            raise ValueError("api_key and delivery_types need each other: set both, or none of them")
        return self


class Checkpoint(Payload):
    """Something that the courier told."""

    checkpoint_time: str = ""
    message: str = ""
    subtag: str = ""


class Parcel(Payload):
    """A tracking."""

    tracking_number: Identifier
    order_number: str = Field(default="", max_length=LONGEST_IDENTIFIER)
    order_id: str = Field(default="", max_length=LONGEST_IDENTIFIER)
    tag: str = Field(min_length=1, max_length=LONGEST_IDENTIFIER)
    subtag: str = Field(default="", max_length=LONGEST_IDENTIFIER)
    subtag_message: str = ""
    checkpoints: tuple[Checkpoint, ...] = ()

    @property
    def status(self) -> ParcelStatus | None:
        """Where it stands; None if that is not known."""
        status = SUBTAGS.get(self.subtag, STATUSES.get(self.tag))
        has_turned_back = any(checkpoint.subtag in TURNED_BACK for checkpoint in self.checkpoints)
        return after_turning_back(status) if status and has_turned_back else status

    def newest(self, zone: ZoneInfo) -> tuple[datetime, str] | None:
        """When the courier told something last, and its words; None if it told nothing that has a time."""
        told = []
        for checkpoint in self.checkpoints:
            with suppress(Unreadable):
                told.append((plausible_moment(checkpoint.checkpoint_time, zone), checkpoint.message))
        return max(told, key=itemgetter(0), default=None)


class Message(Payload):
    """The body of a webhook."""

    event: Literal["tracking_update"]
    ts: int | None = Field(default=None, ge=FIRST_PLAUSIBLE_SECOND, le=LAST_PLAUSIBLE_SECOND)
    msg: Parcel


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
    parcel = message.msg
    told_at = datetime.fromtimestamp(message.ts, UTC) if message.ts else webhook.received_at
    not_of_the_future(told_at, webhook.received_at)
    if parcel.status is None:
        return _nothing(webhook, parcel)
    happened_at, words = parcel.newest(zone) or (told_at, "")
    is_trouble = parcel.status in PARCEL_TROUBLES
    moved = ParcelMoved(
        parcel_id=parcel.tracking_number,
        track_number=parcel.tracking_number,
        order_number=parcel.order_number or parcel.order_id,
        status=parcel.status,
        code=parcel.subtag or parcel.tag,
        # Many couriers tell local times without an offset: it cannot have happened after it was told.
        at=min(happened_at, told_at),
        reason=REASONS.get(parcel.subtag),
        reason_words=(words or parcel.subtag_message)[:LONGEST_WORDS] if is_trouble else "",
        keeps_status=parcel.status is ParcelStatus.PROBLEM,
    )
    return Reading((moved,))


def _nothing(webhook: Webhook, parcel: Parcel) -> Reading:
    if parcel.tag == PENDING:
        return Reading(note="pending")
    log.warning("unknown status", extra={"source": webhook.source, "status": parcel.tag})
    return Reading(note=f"unknown-status:{parcel.tag}")
