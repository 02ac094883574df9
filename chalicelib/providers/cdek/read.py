"""What a status from CDEK says about a client's parcel.

Facts are from the documentation of CDEK API v2 (gateway.cdek.ru/api-cdek-docs, January 2026).
"""

import logging
from datetime import timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from pydantic import Field, SecretStr

from chalicelib.config_types import Url
from chalicelib.errors import Unreadable
from chalicelib.events import ParcelMoved, ParcelStatus
from chalicelib.gate.form import json_value
from chalicelib.gate.webhook import Webhook
from chalicelib.providers.reading import (
    LONGEST_IDENTIFIER,
    Identifier,
    Payload,
    Reading,
    Secrets,
    SourceSettings,
    plausible_moment,
    unreadable_content,
)

WRONG_CLOCK = timedelta(days=30)
"""A status further in the future is a mistake."""

LONGEST_CITY = 100
"""Characters. It stands in a text message, and a gateway refuses one that is too long."""

STATUSES = {
    "ACCEPTED": ParcelStatus.CREATED,
    "CREATED": ParcelStatus.CREATED,
    "INVALID": ParcelStatus.PROBLEM,
    "REMOVED": ParcelStatus.CANCELLED,
    "RECEIVED_AT_SHIPMENT_WAREHOUSE": ParcelStatus.IN_TRANSIT,
    "READY_TO_SHIP_AT_SENDING_OFFICE": ParcelStatus.IN_TRANSIT,
    "READY_FOR_SHIPMENT_IN_TRANSIT_CITY": ParcelStatus.IN_TRANSIT,
    "READY_FOR_SHIPMENT_IN_SENDER_CITY": ParcelStatus.IN_TRANSIT,
    # Back in the warehouse of the city that it is to leave: no return to the sender.
    "RETURNED_TO_SENDER_CITY_WAREHOUSE": ParcelStatus.IN_TRANSIT,
    "PASSED_TO_CARRIER_AT_SENDING_OFFICE": ParcelStatus.IN_TRANSIT,
    "TAKEN_BY_TRANSPORTER_FROM_SENDER_CITY": ParcelStatus.IN_TRANSIT,
    "SEND_TO_TRANSIT_OFFICE": ParcelStatus.IN_TRANSIT,
    "SENT_TO_TRANSIT_CITY": ParcelStatus.IN_TRANSIT,
    "MET_AT_TRANSIT_OFFICE": ParcelStatus.IN_TRANSIT,
    "ACCEPTED_IN_TRANSIT_CITY": ParcelStatus.IN_TRANSIT,
    "ACCEPTED_AT_TRANSIT_WAREHOUSE": ParcelStatus.IN_TRANSIT,
    "RETURNED_TO_TRANSIT_WAREHOUSE": ParcelStatus.IN_TRANSIT,
    "READY_TO_SHIP_IN_TRANSIT_OFFICE": ParcelStatus.IN_TRANSIT,
    "PASSED_TO_CARRIER_AT_TRANSIT_OFFICE": ParcelStatus.IN_TRANSIT,
    "TAKEN_BY_TRANSPORTER_FROM_TRANSIT_CITY": ParcelStatus.IN_TRANSIT,
    "SENT_TO_SENDER_CITY": ParcelStatus.IN_TRANSIT,
    "MET_AT_SENDING_OFFICE": ParcelStatus.IN_TRANSIT,
    "ACCEPTED_IN_SENDER_CITY": ParcelStatus.IN_TRANSIT,
    "SENT_TO_RECIPIENT_CITY": ParcelStatus.IN_TRANSIT,
    "MET_AT_RECIPIENT_OFFICE": ParcelStatus.IN_CITY,
    "ACCEPTED_IN_RECIPIENT_CITY": ParcelStatus.IN_CITY,
    # There it awaits the courier, not the client.
    "ACCEPTED_AT_RECIPIENT_CITY_WAREHOUSE": ParcelStatus.IN_CITY,
    "ACCEPTED_AT_PICK_UP_POINT": ParcelStatus.WAITING,
    "TAKEN_BY_COURIER": ParcelStatus.COURIER,
    # The courier brought it back unhanded and will try again: no return to the sender.
    "RETURNED_TO_RECIPIENT_CITY_WAREHOUSE": ParcelStatus.ATTEMPT_FAILED,
    "DELIVERED": ParcelStatus.DELIVERED,
    "NOT_DELIVERED": ParcelStatus.RETURNING,
    "ENTERED_TO_OFFICE_TRANSIT_WAREHOUSE": ParcelStatus.IN_TRANSIT,
    "ENTERED_TO_DELIVERY_WAREHOUSE": ParcelStatus.IN_TRANSIT,
    # Being taken in at the pickup point; ACCEPTED_AT_PICK_UP_POINT follows (unverified).
    "ENTERED_TO_WAREHOUSE_ON_DEMAND": ParcelStatus.IN_TRANSIT,
    "IN_CUSTOMS_INTERNATIONAL": ParcelStatus.IN_TRANSIT,
    "SHIPPED_TO_DESTINATION": ParcelStatus.IN_TRANSIT,
    "PASSED_TO_TRANSIT_CARRIER": ParcelStatus.IN_TRANSIT,
    "IN_CUSTOMS_LOCAL": ParcelStatus.IN_TRANSIT,
    "CUSTOMS_COMPLETE": ParcelStatus.IN_TRANSIT,
    "POSTOMAT_POSTED": ParcelStatus.WAITING,
    "POSTOMAT_SEIZED": ParcelStatus.RETURNING,
    "POSTOMAT_RECEIVED": ParcelStatus.DELIVERED,
}
"""By CDEK's symbolic ``code``. The number in ``status_code`` is of no use: 1000 means eleven things."""

STATUSES_FOR_REASON = {
    ("DELIVERED", "20"): ParcelStatus.PARTIAL,
    ("NOT_DELIVERED", "26"): ParcelStatus.LOST,
}
"""By ``code`` and ``status_reason_code``, where the reason changes what the status means."""

log = logging.getLogger(__name__)


class Settings(SourceSettings):
    """What a CDEK source can set.

    Attributes:
        token: our own secret in the URL; a list while it is being replaced.
        account: of the contract. With the two below, our subscription is looked after.
        secure_password: of the contract.
        webhook_url: this source's whole URL, token included, as it is registered at CDEK.
    """

    token: Secrets
    account: SecretStr | None = None
    secure_password: SecretStr | None = None
    webhook_url: SecretStr | None = None
    api_url: Url = "https://api.cdek.ru"


class Attributes(Payload):
    """The attributes of an ``ORDER_STATUS``."""

    is_return: bool = False
    is_reverse: bool = False
    is_client_return: bool = False
    cdek_number: Identifier
    number: str = Field(default="", max_length=LONGEST_IDENTIFIER)
    code: str = Field(max_length=100)
    status_reason_code: str = ""
    status_date_time: str
    city_name: str = ""
    city: str = ""
    deleted: bool = False

    @property
    def is_clients_parcel(self) -> bool:
        """Whether it goes to a client. Shipments back to the shop reach "delivered", too: at the shop."""
        return not (self.is_return or self.is_reverse or self.is_client_return)

    @property
    def status(self) -> ParcelStatus | None:
        """What the code means, None if CDEK has invented a new one."""
        return STATUSES_FOR_REASON.get((self.code, self.status_reason_code), STATUSES.get(self.code))


class Message(Payload):
    """The body of a webhook."""

    type: Literal["ORDER_STATUS"]
    uuid: Identifier
    attributes: Attributes


def read(webhook: Webhook, settings: Settings, zone: ZoneInfo) -> Reading:
    """Read a status: one ``ParcelMoved``, or a note why it concerns no client.

    Args:
        webhook: as the gate let it in.
        settings: of the source.
        zone: of a time without an offset; CDEK sends ``+0000``.

    Raises:
        Unreadable: ``wrong-encoding``, ``broken-json`` or ``unexpected-content``.
    """
    del settings
    with unreadable_content():
        message = Message.model_validate(json_value(webhook.body))
    parcel = message.attributes
    at = plausible_moment(parcel.status_date_time, zone)
    if at > webhook.received_at + WRONG_CLOCK:
        # Everything that is true would be older news than this.
        raise Unreadable("unexpected-content", "a status of the future")
    if not parcel.is_clients_parcel:
        return Reading(note="return-shipment")
    if parcel.status is None:
        log.warning("unknown status code", extra={"source": webhook.source, "code": parcel.code})
        return Reading(note=f"unknown-status-code:{parcel.code}")
    moved = ParcelMoved(
        parcel_id=message.uuid,
        track_number=parcel.cdek_number,
        order_number=parcel.number,
        status=parcel.status,
        code=parcel.code,
        at=at,
        withdrawn=parcel.deleted,
        city=(parcel.city_name or parcel.city)[:LONGEST_CITY],
    )
    return Reading((moved,))
