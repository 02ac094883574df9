"""What a state from DPD says about a client's parcel.

Facts are from public SDKs, and from DPD's integration guide as integrators quote it.
"""

import logging
from datetime import timedelta
from typing import Self
from zoneinfo import ZoneInfo

from pydantic import Field, SecretStr, model_validator

from chalicelib.config_types import Duration, Url, Zone
from chalicelib.events import PARCEL_TROUBLES, ParcelMoved, ParcelReason, ParcelStatus
from chalicelib.gate.form import json_value
from chalicelib.gate.webhook import Webhook
from chalicelib.providers.couriers import ParcelSettings, not_of_the_future
from chalicelib.providers.polling import PolledSettings
from chalicelib.providers.reading import (
    LONGEST_IDENTIFIER,
    Payload,
    Reading,
    plausible_moment,
    unreadable_content,
)

LONGEST_CITY = 100
LONGEST_WORDS = 200

STATES = {
    "NewOrderByClient": ParcelStatus.CREATED,
    "NewOrderByDPD": ParcelStatus.CREATED,
    "NotDone": ParcelStatus.CANCELLED,
    # Despite its name no pickup point: it is at the terminal of the sender's city.
    "OnTerminalPickup": ParcelStatus.IN_TRANSIT,
    "OnRoad": ParcelStatus.IN_TRANSIT,
    "OnTerminal": ParcelStatus.IN_TRANSIT,
    # At the terminal of the receiver's city, or at the pickup point.
    "OnTerminalDelivery": ParcelStatus.WAITING,
    "Delivering": ParcelStatus.COURIER,
    "Delivered": ParcelStatus.DELIVERED,
    "Lost": ParcelStatus.LOST,
    "Problem": ParcelStatus.PROBLEM,
    # A courier brought it back unhanded: no return to the sender yet.
    "ReturnedFromDelivery": ParcelStatus.ATTEMPT_FAILED,
}
BACK = {
    ParcelStatus.DELIVERED: ParcelStatus.RETURNED,
    ParcelStatus.LOST: ParcelStatus.LOST,
    ParcelStatus.PROBLEM: ParcelStatus.PROBLEM,
}
"""What a state means of a parcel on its way back; any other one that it is on its way back."""

log = logging.getLogger(__name__)


class Settings(PolledSettings, ParcelSettings):
    """What a DPD source can set.

    Attributes:
        client_number: of the contract.
        client_key: of its access to the API.
        pickup_delivery_types: the CRM's codes of the ways of delivery whose parcels the client collects.
        timezone: of DPD's times, which have no offset.
        every: how often it is asked; more often than every five minutes it does not answer.
    """

    client_number: SecretStr
    client_key: SecretStr
    pickup_delivery_types: frozenset[str] = frozenset()
    timezone: Zone | None = ZoneInfo("Europe/Moscow")
    every: Duration = Field(default=timedelta(minutes=10), ge=timedelta(minutes=6))
    api_url: Url = "https://ws.dpd.ru/services/tracing"


class State(Payload):
    """A state of a parcel, as ``getStatesByClient`` tells it."""

    client_order: str = Field(default="", alias="clientOrderNr", max_length=LONGEST_IDENTIFIER)
    dpd_order: str = Field(default="", alias="dpdOrderNr", max_length=LONGEST_IDENTIFIER)
    dpd_parcel: str = Field(default="", alias="dpdParcelNr", max_length=LONGEST_IDENTIFIER)
    is_return: bool = Field(default=False, alias="isReturn")
    new_state: str = Field(alias="newState", pattern=r"^[A-Za-z]{1,50}$")
    transition_time: str = Field(alias="transitionTime")
    terminal_city: str = Field(default="", alias="terminalCity")
    incident: str = Field(default="", alias="incidentName")

    @model_validator(mode="after")
    def _is_of_a_shipment(self) -> Self:
        if not self.shipment:
            raise ValueError("neither clientOrderNr nor dpdOrderNr nor dpdParcelNr")
        return self

    @property
    def shipment(self) -> str:
        """By what it is known: boxes of one shipment are one parcel to its client."""
        return self.dpd_order or self.client_order or self.dpd_parcel

    @property
    def code(self) -> str:
        """The state; of a parcel on its way back it is another one."""
        return f"{self.new_state} (return)" if self.is_return else self.new_state


def read(webhook: Webhook, settings: Settings, zone: ZoneInfo) -> Reading:
    """Read a state: one ``ParcelMoved``, or a note why there is none.

    Raises:
        Unreadable: ``wrong-encoding``, ``broken-json`` or ``unexpected-content``.
    """
    with unreadable_content():
        state = State.model_validate(json_value(webhook.body))
    at = plausible_moment(state.transition_time, zone)
    not_of_the_future(at, webhook.received_at)
    status = STATES.get(state.new_state)
    if status is None:
        log.warning("unknown state", extra={"source": webhook.source, "state": state.new_state})
        return Reading(note=f"unknown-state:{state.new_state}")
    if state.is_return and status is ParcelStatus.CANCELLED:
        return Reading(note="return-cancelled")
    if state.is_return:
        status = BACK.get(status, ParcelStatus.RETURNING)
    elif status is ParcelStatus.WAITING and not settings.pickup_delivery_types:
        status = ParcelStatus.IN_CITY
    is_here = status in {ParcelStatus.WAITING, ParcelStatus.IN_CITY}
    moved = ParcelMoved(
        parcel_id=state.shipment,
        track_number=state.shipment,
        order_number=state.client_order,
        status=status,
        code=state.code,
        at=at,
        city=state.terminal_city[:LONGEST_CITY] if is_here else "",
        collected_with=(
            tuple(sorted(settings.pickup_delivery_types)) if status is ParcelStatus.WAITING else None
        ),
        reason=ParcelReason.LOST if status is ParcelStatus.LOST else None,
        reason_words=state.incident[:LONGEST_WORDS] if status in PARCEL_TROUBLES else "",
    )
    return Reading((moved,))
