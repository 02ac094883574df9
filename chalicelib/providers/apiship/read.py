"""What ApiShip says of a client's parcel, once it has been asked.

Facts are from ``apiship/apiship-sdk-php`` (commit 2d7690b) and ``RadicalMart-Shipping-ApiShip`` (48091a5).
"""

import logging
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from pydantic import Field, SecretStr

from chalicelib.config_types import Duration, Url
from chalicelib.errors import Unreadable
from chalicelib.events import PARCEL_TROUBLES, ParcelMoved, ParcelReason, ParcelStatus
from chalicelib.gate.form import json_value
from chalicelib.gate.webhook import Webhook
from chalicelib.providers.apiship.gate import order_of
from chalicelib.providers.couriers import ParcelSettings, not_of_the_future
from chalicelib.providers.polling import PolledSettings
from chalicelib.providers.reading import (
    LONGEST_IDENTIFIER,
    Identifier,
    Payload,
    Reading,
    Secrets,
    plausible_moment,
    unreadable_content,
)

ASKED = ("status",)
"""The path of a record of ours; the gate keeps no webhook with a path."""

ANNOUNCED = "status-announced"
LONGEST_WORDS = 200

STATUSES = {
    "pending": ParcelStatus.CREATED,
    "uploading": ParcelStatus.CREATED,
    "uploaded": ParcelStatus.CREATED,
    "uploadingError": ParcelStatus.PROBLEM,
    "onPointIn": ParcelStatus.IN_TRANSIT,
    "onWay": ParcelStatus.IN_TRANSIT,
    # In the warehouse at its destination: nobody can collect it yet.
    "onPointOut": ParcelStatus.IN_CITY,
    "readyForRecipient": ParcelStatus.WAITING,
    "delivering": ParcelStatus.COURIER,
    "delivered": ParcelStatus.DELIVERED,
    "deliveryCanceled": ParcelStatus.CANCELLED,
    # From the client's door, not to the shop.
    "returnedFromDelivery": ParcelStatus.ATTEMPT_FAILED,
    "partialReturn": ParcelStatus.PARTIAL,
    "returnReady": ParcelStatus.RETURNING,
    "returning": ParcelStatus.RETURNING,
    "returned": ParcelStatus.RETURNED,
    "lost": ParcelStatus.LOST,
    "problem": ParcelStatus.PROBLEM,
}
"""By ApiShip's ``key``."""

NO_STAGES = frozenset({"unknown", "notApplicable"})
"""ApiShip does not know what the courier's status means. The parcel stays where it was."""

REASONS = {"uploadingError": ParcelReason.BAD_DATA, "lost": ParcelReason.LOST}

log = logging.getLogger(__name__)


class Settings(PolledSettings, ParcelSettings):
    """What an ApiShip source can set.

    Attributes:
        token: our own secret in the URL; a list while it is being replaced.
        api_token: of ApiShip's API: with it each status is asked for.
        webhook_url: this source's whole URL, token included, as it is registered at ApiShip; with it our
            subscription is looked after.
        providers: ApiShip's keys of the couriers whose parcels are followed; empty for all.
        changes_every: how often ApiShip is asked for all that changed, should a webhook be lost.
    """

    token: Secrets
    api_token: SecretStr = Field(min_length=1)
    webhook_url: SecretStr | None = None
    providers: frozenset[str] = frozenset()
    changes_every: Duration = Field(default=timedelta(minutes=15), ge=timedelta(minutes=1))
    api_url: Url = "https://api.apiship.ru/v1"


class OrderInfo(Payload):
    """Which parcel. Its number, ``orderId``, the gate reads, too."""

    client_number: str = Field(default="", alias="clientNumber", max_length=LONGEST_IDENTIFIER)
    provider_key: str = Field(default="", alias="providerKey", max_length=LONGEST_IDENTIFIER)
    provider_number: str = Field(default="", alias="providerNumber", max_length=LONGEST_IDENTIFIER)


class Status(Payload):
    """Where it is."""

    key: Identifier
    description: str = ""
    provider_description: str = Field(default="", alias="providerDescription")
    created: str = ""
    created_by_provider: str = Field(default="", alias="createdProvider")

    def at(self, zone: ZoneInfo) -> datetime:
        """When the courier set it, or when ApiShip heard of it, if the courier's clock says nothing.

        Raises:
            Unreadable: neither is a time.
        """
        try:
            return plausible_moment(self.created_by_provider, zone)
        except Unreadable:
            return plausible_moment(self.created, zone)

    @property
    def words(self) -> str:
        """What the courier says, else what ApiShip says."""
        return (self.provider_description or self.description)[:LONGEST_WORDS]


class Told(Payload):
    """What ApiShip answers about an order."""

    order: OrderInfo = Field(alias="orderInfo")
    status: Status


def read(webhook: Webhook, settings: Settings, zone: ZoneInfo) -> Reading:
    """Read a status that was asked for: one ``ParcelMoved``, or a note why there is none.

    Raises:
        Unreadable: ``wrong-encoding``, ``broken-json`` or ``unexpected-content``.
    """
    with unreadable_content():
        content = json_value(webhook.body)
        order_id = order_of(content)
        if order_id is None:
            raise Unreadable("unexpected-content", "it names no order")
        if webhook.path != ASKED:
            return Reading(note=ANNOUNCED)
        told = Told.model_validate(content)
    at = told.status.at(zone)
    not_of_the_future(at, webhook.received_at)
    key, order = told.status.key, told.order
    if settings.providers and order.provider_key not in settings.providers:
        return Reading(note=f"other-provider:{order.provider_key}")
    if key in NO_STAGES:
        return Reading(note=f"no-stage:{key}")
    status = STATUSES.get(key)
    if status is None:
        log.warning("unknown status", extra={"source": webhook.source, "status": key})
        return Reading(note=f"unknown-status:{key}")
    moved = ParcelMoved(
        parcel_id=str(order_id),
        track_number=order.provider_number,
        order_number=order.client_number,
        status=status,
        code=key,
        at=at,
        reason=REASONS.get(key),
        reason_words=told.status.words if status in PARCEL_TROUBLES else "",
    )
    return Reading((moved,))
