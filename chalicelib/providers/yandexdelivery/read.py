"""What Yandex Delivery says of a client's parcel, once it has been asked.

Facts are from yandex.com/support/delivery-profile, ``ru/api/other-day`` and ``ru/api/express``.
"""

import logging
import math
from datetime import UTC, datetime, timedelta
from typing import Literal, Self
from zoneinfo import ZoneInfo

from pydantic import Field, PositiveInt, SecretStr, model_validator

from chalicelib.config_types import Duration, Url
from chalicelib.errors import Unreadable
from chalicelib.events import ParcelMoved, ParcelReason, ParcelStatus
from chalicelib.gate.form import json_value
from chalicelib.gate.webhook import Webhook
from chalicelib.providers.couriers import ParcelSettings, not_of_the_future
from chalicelib.providers.polling import PolledSettings
from chalicelib.providers.reading import (
    FIRST_PLAUSIBLE_SECOND,
    LAST_PLAUSIBLE_SECOND,
    LONGEST_IDENTIFIER,
    MOST_DIGITS,
    Identifier,
    Payload,
    Reading,
    Secrets,
    plausible_moment,
    unreadable_content,
)
from chalicelib.providers.yandexdelivery.gate import claim_of, fields_of
from chalicelib.providers.yandexdelivery.statuses import (
    CLAIM_STATUSES,
    REASONS,
    STORAGE_EXTENDED,
    STORAGE_OVER,
    is_note,
    request_status,
)

REQUEST, CLAIM = ("request",), ("claim",)
"""The paths of records of ours; the gate keeps no webhook with a path."""

Service = Literal["other-day", "express"]

LONGEST_WALK = timedelta(hours=12)

log = logging.getLogger(__name__)


class Settings(PolledSettings, ParcelSettings):
    """What a Yandex Delivery source can set.

    Attributes:
        api_token: the OAuth token: with it each status is asked for.
        services: what the shop uses: deliveries to pickup points and doors on another day, express couriers.
        token: our own secret in the URL that express deliveries call; a list while it is being replaced;
            empty if they do not.
        follow_for: how long after an other-day request was made it is asked about.
        days_per_round: of how many days the requests are asked for in each round.
    """

    api_token: SecretStr = Field(min_length=1)
    services: frozenset[Service] = Field(min_length=1)
    token: Secrets = ()
    follow_for: Duration = Field(default=timedelta(days=60), ge=timedelta(days=1), le=timedelta(days=365))
    days_per_round: PositiveInt = 4
    other_day_url: Url = "https://b2b-authproxy.taxi.yandex.net"
    express_url: Url = "https://b2b.taxi.yandex.net"

    @model_validator(mode="after")
    def _asks_about_all_in_time(self) -> Self:
        rounds = math.ceil(self.follow_for / timedelta(days=1) / self.days_per_round)
        if rounds * self.every > LONGEST_WALK:
            raise ValueError("all days of follow_for must have their turn within 12h: raise days_per_round")
        return self


class State(Payload):
    """A status of an other-day request."""

    status: Identifier
    timestamp_utc: str = ""
    timestamp: str = ""
    reason: str = ""

    def at(self, zone: ZoneInfo) -> datetime:
        """When it was set, in UTC.

        Raises:
            Unreadable: it is no time, or none of this century.
        """
        second = self.timestamp
        if self.timestamp_utc or not (second.isascii() and second.isdecimal() and len(second) <= MOST_DIGITS):
            return plausible_moment(self.timestamp_utc or second, zone)
        if not FIRST_PLAUSIBLE_SECOND <= int(second) <= LAST_PLAUSIBLE_SECOND:
            raise Unreadable("unexpected-content", "a time is out of this century")
        return datetime.fromtimestamp(int(second), UTC)


class Request(Payload):
    """The content of a record: an other-day request, and one of its statuses."""

    request_id: Identifier
    courier_order_id: str = Field(default="", max_length=LONGEST_IDENTIFIER)
    order_number: str = Field(default="", max_length=LONGEST_IDENTIFIER)
    state: State
    keep_until: str = ""


class Claim(Payload):
    """The content of a record: an express claim, one of its statuses, and whose orders it brings."""

    claim_id: Identifier
    status: Identifier
    updated_ts: str
    order_numbers: tuple[str, ...] = ()


def read(webhook: Webhook, settings: Settings, zone: ZoneInfo) -> Reading:
    """Read a status that was asked for: one ``ParcelMoved``, or a note why there is none.

    Raises:
        Unreadable: ``wrong-encoding``, ``broken-json``, ``too-many-fields`` or ``unexpected-content``.
    """
    del settings
    with unreadable_content():
        if webhook.path == REQUEST:
            return _request(Request.model_validate(json_value(webhook.body)), webhook, zone)
        if webhook.path == CLAIM:
            return _claim(Claim.model_validate(json_value(webhook.body)), webhook, zone)
        if not claim_of(fields_of(webhook)):
            raise Unreadable("unexpected-content", "it names no claim")
    return Reading(note="claim-announced")


def _request(request: Request, webhook: Webhook, zone: ZoneInfo) -> Reading:
    state, code = request.state, request.state.status
    at = state.at(zone)
    not_of_the_future(at, webhook.received_at)
    status = request_status(code)
    if is_note(code):
        return Reading(note=f"no-stage:{code}")
    if status is None:
        return _unknown(code, webhook)
    is_over = code == STORAGE_OVER
    keep_until = _keep_until(request.keep_until, zone) if status is ParcelStatus.WAITING else None
    moved = ParcelMoved(
        parcel_id=request.request_id,
        track_number=request.courier_order_id or request.request_id,
        order_number=request.order_number,
        status=status,
        code=code,
        at=at,
        keep_until=keep_until,
        is_extended=code == STORAGE_EXTENDED and keep_until is None,
        reason=ParcelReason.STORAGE_OVER if is_over else REASONS.get(state.reason),
        keeps_status=is_over,
    )
    return Reading((moved,))


def _claim(claim: Claim, webhook: Webhook, zone: ZoneInfo) -> Reading:
    at = plausible_moment(claim.updated_ts, zone)
    not_of_the_future(at, webhook.received_at)
    status = CLAIM_STATUSES.get(claim.status)
    if status is None:
        return _unknown(claim.status, webhook)
    if len(claim.order_numbers) > 1:
        # Its status is the courier's, and says of no client whether they have their parcel.
        return Reading(note="several-orders")
    moved = ParcelMoved(
        parcel_id=claim.claim_id,
        track_number=claim.claim_id,
        order_number="".join(claim.order_numbers),
        status=status,
        code=claim.status,
        at=at,
    )
    return Reading((moved,))


def _unknown(code: str, webhook: Webhook) -> Reading:
    log.warning("unknown status", extra={"source": webhook.source, "status": code})
    return Reading(note=f"unknown-status:{code}")


def _keep_until(text: str, zone: ZoneInfo) -> datetime | None:
    """What cannot be read is left out: the parcel waits all the same."""
    try:
        return plausible_moment(text, zone) if text else None
    except Unreadable:
        return None
