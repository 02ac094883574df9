"""What an operation of Russian Post says about a client's parcel.

Facts are from a copy of the official specification (``LasGIS/Prototype``, tracking-portal-web, BatchRu.tsx).
"""

import logging
from contextlib import suppress
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from pydantic import Field, SecretStr

from chalicelib.config_types import Duration, Url, Zone
from chalicelib.events import SAME_DATE_EVERYWHERE, ParcelMoved, ParcelStatus
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
from chalicelib.providers.russianpost.operations import (
    DAYS_LEFT,
    EXTENDED,
    PARTLY_RETURNED,
    REASONS,
    WORDS,
    says_nothing,
    status_of,
)

DATE = "%d.%m.%Y %H:%M:%S"
SOONEST_ANSWER = timedelta(minutes=15)
"""After a ticket was given, and between two questions for its answer."""

MOST_TICKETS = 3
"""At once. What we remember of them must fit into a document."""

log = logging.getLogger(__name__)


class Settings(FollowingSettings):
    """What a Russian Post source can set.

    Attributes:
        login: of the access to the tracking service, not of the cabinet.
        password: likewise.
        timezone: of the times of operations, which have no offset.
        every: how often we look whether a ticket is answered.
        ticket_every: how often a ticket is asked for, if parcels are due.
        requests_per_minute: so many at most.
        requests_per_round: so many tickets at most at once, each for 3,000 parcels.
    """

    login: SecretStr
    password: SecretStr
    timezone: Zone | None = ZoneInfo("Europe/Moscow")
    every: Duration = Field(default=timedelta(minutes=20), ge=SOONEST_ANSWER)
    ticket_every: Duration = Field(default=timedelta(hours=1), ge=SOONEST_ANSWER)
    requests_per_minute: int = Field(default=20, ge=1)
    requests_per_round: int = Field(default=MOST_TICKETS, ge=1, le=MOST_TICKETS)
    api_url: Url = "https://tracking.russianpost.ru/fc"


class Operation(Payload):
    """An operation, as an answer to a ticket tells it."""

    type_id: str = Field(alias="OperTypeID", pattern=r"^[0-9]{1,5}$")
    attribute_id: str = Field(default="0", alias="OperCtgID", pattern=r"^[0-9]{1,5}$")
    date: str = Field(alias="DateOper")
    index: str = Field(default="", alias="IndexOper", max_length=LONGEST_IDENTIFIER)

    @property
    def code(self) -> str:
        """Type and attribute, such as ``8/2``."""
        return f"{self.type_id}/{self.attribute_id}"

    def at(self, zone: ZoneInfo) -> datetime:
        """When it was done, in UTC.

        Raises:
            Unreadable: it is no time, or none of this century.
        """
        text = self.date
        with suppress(ValueError):
            text = datetime.strptime(text, DATE).replace(tzinfo=zone).isoformat()
        return plausible_moment(text, zone)


class Told(Payload):
    """The content of a record.

    Attributes:
        place: how many operations of the same second stand before it in the answer, whose order counts.
        after: the return that was begun before it, such as ``3/1``; empty if none was.
    """

    track_number: Identifier
    order_number: str = Field(default="", max_length=LONGEST_IDENTIFIER)
    operation: Operation
    place: int = Field(default=0, ge=0, le=1000)
    after: str = Field(default="", pattern=r"^(3/[0-9]{1,5})?$")

    @property
    def code(self) -> str:
        """The operation; on the way back also the return."""
        return f"{self.operation.code} after {self.after}" if self.after else self.operation.code

    def at(self, zone: ZoneInfo) -> datetime:
        """When it was done, in UTC; within a second, operations keep their order.

        Raises:
            Unreadable: as ``Operation.at`` raises.
        """
        return self.operation.at(zone) + timedelta(microseconds=self.place)


def read(webhook: Webhook, settings: Settings, zone: ZoneInfo) -> Reading:
    """Read an operation: one ``ParcelMoved``, or a note why there is none.

    Raises:
        Unreadable: ``wrong-encoding``, ``broken-json`` or ``unexpected-content``.
    """
    del settings
    with unreadable_content():
        told = Told.model_validate(json_value(webhook.body))
    at = told.at(zone)
    not_of_the_future(at, webhook.received_at)
    code = told.operation.code
    if says_nothing(code):
        return Reading(note=f"no-stage:{code}")
    status = status_of(code, told.after)
    if status is None:
        log.warning("unknown operation", extra={"source": webhook.source, "operation": code})
        return Reading(note=f"unknown-operation:{code}")
    if told.after == PARTLY_RETURNED and status in {ParcelStatus.RETURNING, ParcelStatus.RETURNED}:
        # The client has what they wanted: what becomes of the rest is no news of the order.
        return Reading(note=f"rest-goes-back:{code}")
    waits = status is ParcelStatus.WAITING
    moved = ParcelMoved(
        parcel_id=told.track_number,
        track_number=told.track_number,
        order_number=told.order_number,
        status=status,
        code=told.code,
        at=at,
        keep_until=_kept_until(code, at, zone) if waits else None,
        is_extended=waits and code in EXTENDED,
        reason=REASONS.get(told.after if status is ParcelStatus.RETURNING and told.after else code),
        reason_words=WORDS.get(code, ""),
    )
    return Reading((moved,))


def _kept_until(code: str, at: datetime, zone: ZoneInfo) -> datetime | None:
    """The last day that is sure: how the Post counts days is not known."""
    days = DAYS_LEFT.get(code)
    if days is None:
        return None
    last_day = at.astimezone(zone).date() + timedelta(days=days - 1)
    return datetime.combine(last_day, SAME_DATE_EVERYWHERE)
