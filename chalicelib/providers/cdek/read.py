"""What a status from CDEK says about a client's parcel.

Facts are from the documentation of CDEK API v2 (gateway.cdek.ru/api-cdek-docs, January 2026).
"""

import logging
from datetime import datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from pydantic import Field, PositiveInt, SecretStr

from chalicelib.config_types import Duration, Url
from chalicelib.events import ParcelMoved, ParcelReason, ParcelStatus
from chalicelib.gate.form import json_value
from chalicelib.gate.webhook import Webhook
from chalicelib.providers.cdek.gate import DELIV_PROBLEM
from chalicelib.providers.cdek.statuses import (
    NO_PROBLEMS,
    PARTIAL_DELIVERY,
    PROBLEMS,
    REASONS,
    STATUSES,
    STATUSES_FOR_REASON,
)
from chalicelib.providers.couriers import ParcelSettings, not_of_the_future
from chalicelib.providers.reading import (
    LONGEST_IDENTIFIER,
    Identifier,
    Payload,
    Reading,
    Secrets,
    plausible_moment,
    unreadable_content,
)

LONGEST_CITY = 100
"""Characters. It stands in a text message, and a gateway refuses one that is too long."""

log = logging.getLogger(__name__)


class Settings(ParcelSettings):
    """What a CDEK source can set.

    Attributes:
        token: our own secret in the URL; a list while it is being replaced.
        account: of the contract. With the password, CDEK is asked; with ``webhook_url``, our subscription is
            looked after.
        secure_password: of the contract.
        webhook_url: this source's whole URL, token included, as it is registered at CDEK.
        subscribes_to: the kinds of webhooks that are registered. A contract has two subscriptions at most.
        delivery_types: the CRM's codes of the ways of delivery with CDEK: of their parcels that no webhook
            told of for ``silent_for`` CDEK is asked. Empty for none.
        follow_for: how long after an order was made its parcel is asked about.
    """

    token: Secrets
    account: SecretStr | None = None
    secure_password: SecretStr | None = None
    webhook_url: SecretStr | None = None
    subscribes_to: tuple[Literal["ORDER_STATUS", "DELIV_PROBLEM"], ...] = ("ORDER_STATUS",)
    delivery_types: frozenset[str] = frozenset()
    silent_for: Duration = Field(default=timedelta(hours=12), ge=timedelta(hours=1))
    follow_for: Duration = timedelta(days=90)
    requests_per_minute: PositiveInt = 300
    api_url: Url = "https://api.cdek.ru"

    @property
    def may_ask(self) -> bool:
        """Whether CDEK would answer us."""
        return self.account is not None and self.secure_password is not None


class Related(Payload):
    """Another shipment that this one belongs to."""

    type: str = ""
    cdek_number: str = Field(default="", max_length=LONGEST_IDENTIFIER)


class Attributes(Payload):
    """The attributes of a status, or of a problem, which has fewer of them.

    ``keep_free_until`` is among them only where we have asked CDEK.
    """

    is_return: bool = False
    is_reverse: bool = False
    is_client_return: bool = False
    cdek_number: Identifier
    number: str = Field(default="", max_length=LONGEST_IDENTIFIER)
    code: str = Field(max_length=100)
    status_reason_code: str = ""
    status_date_time: str = ""
    create_date: str = ""
    city_name: str = ""
    city: str = ""
    deleted: bool = False
    keep_free_until: str = ""
    related_entities: tuple[Related, ...] = ()

    @property
    def is_clients_parcel(self) -> bool:
        """Whether it goes to a client. Shipments back to the shop reach "delivered", too: at the shop."""
        return not (self.is_return or self.is_reverse or self.is_client_return)

    @property
    def status(self) -> ParcelStatus | None:
        """What the code means, None if CDEK has invented a new one."""
        return STATUSES_FOR_REASON.get((self.code, self.status_reason_code), STATUSES.get(self.code))

    @property
    def reason(self) -> ParcelReason | None:
        """Why it does not reach the client, if a status says so."""
        if self.status_reason_code in {"", PARTIAL_DELIVERY}:
            return None
        return REASONS.get(self.status_reason_code, ParcelReason.OTHER)

    @property
    def parcel_that_came_back(self) -> str:
        """The client's parcel, if this is its way back to the shop, and has come to its end."""
        if not self.is_return or self.status is not ParcelStatus.DELIVERED:
            return ""
        return next((one.cdek_number for one in self.related_entities if one.type == "direct_order"), "")


class Message(Payload):
    """The body of a webhook."""

    type: Literal["ORDER_STATUS", "DELIV_PROBLEM"]
    uuid: Identifier
    attributes: Attributes


def read(webhook: Webhook, settings: Settings, zone: ZoneInfo) -> Reading:
    """Read a status or a problem: one ``ParcelMoved``, or a note why it concerns no client.

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
    at = plausible_moment(parcel.status_date_time or parcel.create_date, zone)
    not_of_the_future(at, webhook.received_at)
    if not parcel.is_clients_parcel:
        return _return_shipment(parcel, at)
    if message.type == DELIV_PROBLEM:
        return _problem(parcel, at)
    if parcel.status is None:
        log.warning("unknown status code", extra={"source": webhook.source, "code": parcel.code})
        return Reading(note=f"unknown-status-code:{parcel.code}")
    moved = ParcelMoved(
        parcel_id=parcel.cdek_number,
        track_number=parcel.cdek_number,
        order_number=parcel.number,
        status=parcel.status,
        code=parcel.code,
        at=at,
        withdrawn=parcel.deleted,
        city=(parcel.city_name or parcel.city)[:LONGEST_CITY],
        keep_until=plausible_moment(parcel.keep_free_until, zone) if parcel.keep_free_until else None,
        reason=parcel.reason,
    )
    return Reading((moved,))


def _problem(parcel: Attributes, at: datetime) -> Reading:
    """What CDEK's people noted about a parcel, whose status stays what it was."""
    if parcel.code in NO_PROBLEMS:
        return Reading(note=f"no-problem:{parcel.code}")
    moved = ParcelMoved(
        parcel_id=parcel.cdek_number,
        track_number=parcel.cdek_number,
        order_number=parcel.number,
        status=ParcelStatus.PROBLEM,
        code=f"{DELIV_PROBLEM} {parcel.code}",
        at=at,
        reason=PROBLEMS.get(parcel.code, ParcelReason.OTHER),
        keeps_status=True,
    )
    return Reading((moved,))


def _return_shipment(parcel: Attributes, at: datetime) -> Reading:
    """A shipment back to the shop concerns the client's parcel once it has arrived."""
    if not parcel.parcel_that_came_back:
        return Reading(note="return-shipment")
    moved = ParcelMoved(
        parcel_id=parcel.parcel_that_came_back,
        track_number=parcel.parcel_that_came_back,
        status=ParcelStatus.RETURNED,
        code=f"RETURN {parcel.code}",
        at=at,
        withdrawn=parcel.deleted,
    )
    return Reading((moved,))
