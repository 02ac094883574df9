"""What a shop sets of the rules."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Literal

from pydantic import field_validator

from chalicelib.config_types import Duration, Table
from chalicelib.events import PARCEL_TROUBLES, ParcelStatus

RuleName = Literal[
    "call-missed",
    "call-answered",
    "call-tracked",
    "lead-submitted",
    "message-received",
    "parcel-moved",
    "sms-received",
    "pickup-stalled",
    "lead-unprocessed",
    "subscription-expiring",
    "order-status-changed",
    "order-edited",
    "message-wanted",
    "stock-told",
    "lost-in-crm",
    "production-asked",
    "production-commented",
    "production-promised",
    "production-ready",
]


class Rules(Table):
    """Numbers and switches of the rules.

    Attributes:
        known_caller: how long after an order was closed its client is still called back on it.
        call_back_within: how soon a missed call should be called back, in working hours.
        lead_completes_call: how long after a missed call's order a lead completes it.
        repeat_lead: how soon the same form of the same client is a repeat, not a second order.
        sms_valid: how long after its webhook a text message may still be sent.
        parcel_tasks: of which parcel statuses the order's manager gets a task.
        sms: which parcel status sends which template; the arrival its own, unless told otherwise.
        observe: rules that only observe.
        act: rules that act although the shop observes.
    """

    known_caller: Duration = timedelta(days=30)
    call_back_within: Duration = timedelta(minutes=15)
    lead_completes_call: Duration = timedelta(hours=24)
    repeat_lead: Duration = timedelta(minutes=15)
    sms_valid: Duration = timedelta(days=3)
    parcel_tasks: frozenset[ParcelStatus] = PARCEL_TROUBLES
    sms: Mapping[ParcelStatus, str] | None = None
    observe: frozenset[RuleName] = frozenset()
    act: frozenset[RuleName] = frozenset()

    @field_validator("parcel_tasks")
    @classmethod
    def _is_trouble(cls, statuses: frozenset[ParcelStatus]) -> frozenset[ParcelStatus]:
        if not statuses <= PARCEL_TROUBLES:
            raise ValueError(f"there are tasks about {', '.join(sorted(PARCEL_TROUBLES))} alone")
        return statuses
