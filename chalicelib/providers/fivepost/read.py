"""What a status from 5Post says about a client's parcel.

Facts are from the SDK ``lapaygroup/fivepost-sdk`` (README, src/Client.php, src/Enum/OrderStatus.php).
"""

import logging
from typing import Literal
from zoneinfo import ZoneInfo

from pydantic import Field, SecretStr

from chalicelib.config_types import Url
from chalicelib.events import ParcelMoved, ParcelReason, ParcelStatus
from chalicelib.gate.form import json_value
from chalicelib.gate.webhook import Webhook
from chalicelib.providers.couriers import FollowingSettings, not_of_the_future
from chalicelib.providers.reading import (
    LONGEST_IDENTIFIER,
    Identifier,
    Payload,
    Reading,
    plausible_moment,
    unreadable_content,
)

LONGEST_WORDS = 200
"""Characters of what they say about a problem."""

STATUSES = {
    "CREATED": ParcelStatus.CREATED,
    "APPROVED": ParcelStatus.CREATED,
    "REJECTED": ParcelStatus.PROBLEM,
    "PROBLEM": ParcelStatus.PROBLEM,
    "RECEIVED_IN_WAREHOUSE_BY_PLACES": ParcelStatus.IN_TRANSIT,
    "PRESORTED": ParcelStatus.IN_TRANSIT,
    "RECEIVED_IN_WAREHOUSE_IN_DETAILS": ParcelStatus.IN_TRANSIT,
    "SORTED_IN_WAREHOUSE": ParcelStatus.IN_TRANSIT,
    "PLACED_IN_CONSOLIDATION_CELL_IN_WAREHOUSE": ParcelStatus.IN_TRANSIT,
    "COMPLECTED_IN_WAREHOUSE": ParcelStatus.IN_TRANSIT,
    "READY_TO_BE_SHIPPED_FROM_WAREHOUSE": ParcelStatus.IN_TRANSIT,
    "SHIPPED": ParcelStatus.IN_TRANSIT,
    # Some treat it as waiting (unverified); PLACED_IN_POSTAMAT follows, at counters, too.
    "RECEIVED_IN_STORE": ParcelStatus.IN_CITY,
    "PLACED_IN_POSTAMAT": ParcelStatus.WAITING,
    "WAITING_FOR_REPICKUP": ParcelStatus.WAITING,
    "PICKED_UP": ParcelStatus.DELIVERED,
    "READY_FOR_WITHDRAW_FROM_PICKUP_POINT": ParcelStatus.RETURNING,
    "WITHDRAWN_FROM_PICKUP_POINT": ParcelStatus.RETURNING,
    "RETURNED_TO_PARTNER": ParcelStatus.RETURNED,
    "CANCELLED": ParcelStatus.CANCELLED,
    "LOST": ParcelStatus.LOST,
    "UTILIZED": ParcelStatus.LOST,
}
"""By ``executionStatus``, cut at its first colon."""

REASONS = {
    "REJECTED": ParcelReason.BAD_DATA,
    "READY_FOR_WITHDRAW_FROM_PICKUP_POINT": ParcelReason.STORAGE_OVER,
    "WITHDRAWN_FROM_PICKUP_POINT": ParcelReason.STORAGE_OVER,
    "UTILIZED": ParcelReason.DISPOSED,
}
BACKWARDS = "REVERSE_"

log = logging.getLogger(__name__)


class Settings(FollowingSettings):
    """What a 5Post source can set.

    Attributes:
        api_key: of the contract.
        asks_by: which number 5Post knows as its ``senderOrderId``; ``track_number`` is its own ``orderId``.
    """

    api_key: SecretStr
    asks_by: Literal["order_number", "track_number"] = "order_number"
    api_url: Url = "https://api-omni.x5.ru"


class Status(Payload):
    """A row of ``getOrderStatus``."""

    order_id: str = Field(default="", alias="orderId", max_length=LONGEST_IDENTIFIER)
    sender_order_id: str = Field(default="", alias="senderOrderId", max_length=LONGEST_IDENTIFIER)
    execution_status: str = Field(alias="executionStatus", min_length=1)
    change_date: str = Field(alias="changeDate")
    mile_type: str = Field(default="", alias="mileType")

    @property
    def code(self) -> str:
        """The status without the words that may follow it."""
        return self.execution_status.partition(":")[0].strip()[:LONGEST_IDENTIFIER]

    @property
    def words(self) -> str:
        """What they say about it in words of their own."""
        return self.execution_status.partition(":")[2].strip()[:LONGEST_WORDS]


class Told(Payload):
    """The content of a record: whose status it is, and the status."""

    track_number: Identifier
    order_number: str = Field(default="", max_length=LONGEST_IDENTIFIER)
    status: Status


def read(webhook: Webhook, settings: Settings, zone: ZoneInfo) -> Reading:
    """Read a status: one ``ParcelMoved``, or a note why there is none.

    Raises:
        Unreadable: ``wrong-encoding``, ``broken-json`` or ``unexpected-content``.
    """
    del settings
    with unreadable_content():
        told = Told.model_validate(json_value(webhook.body))
    code = told.status.code
    at = plausible_moment(told.status.change_date, zone)
    not_of_the_future(at, webhook.received_at)
    if told.status.mile_type.startswith(BACKWARDS):
        return Reading(note="way-back")
    status = STATUSES.get(code)
    if status is None:
        log.warning("unknown status", extra={"source": webhook.source, "status": code})
        return Reading(note=f"unknown-status:{code}")
    moved = ParcelMoved(
        parcel_id=told.track_number,
        track_number=told.track_number,
        order_number=told.order_number,
        status=status,
        code=code,
        at=at,
        reason=REASONS.get(code),
        reason_words=told.status.words,
    )
    return Reading((moved,))
