"""What services have in common that follow the parcels of many couriers, once they were told of them.

They call us. Asked they are only to follow the parcels of the CRM's orders: each is registered once, and what
became of that is a record, so the journal knows which ones are.
"""

import json
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar

from pydantic import Field

from chalicelib.config_types import Duration
from chalicelib.events import (
    FINAL_PARCEL_STATUSES,
    PARCEL_TROUBLES,
    ParcelMoved,
    ParcelReason,
    ParcelStatus,
)
from chalicelib.gate.form import json_value
from chalicelib.gate.webhook import Webhook
from chalicelib.providers.couriers import Following, ParcelSettings, parcel_group
from chalicelib.providers.polling import LONGEST_ROUND, Asking, Followed, Record
from chalicelib.providers.reading import (
    LONGEST_IDENTIFIER,
    Identifier,
    Payload,
    Reading,
    unreadable_content,
)

REGISTRATION = ("registration",)
"""The path of a record of ours. A webhook's path is dropped at the door."""

REGISTERED_WITHIN = timedelta(minutes=30)
"""So often a parcel is looked at of which nothing was heard."""

SILENT_FOR = timedelta(days=1)
"""A parcel that was heard of since then need not be registered."""

LONGEST_WORDS = 200
"""Characters of what they say about a problem."""


class RegisteringSettings(ParcelSettings):
    """What each source of such a service can set.

    Attributes:
        delivery_types: the CRM's codes of the ways of delivery whose parcels are registered; none by default:
            then something else registers them.
        follow_for: how long after an order was made its parcel is still registered.
    """

    delivery_types: frozenset[str] = frozenset()
    follow_for: Duration = timedelta(days=90)


def after_turning_back(status: ParcelStatus) -> ParcelStatus:
    """What a status means once a parcel is on its way back: if it waits, it is for the sender."""
    return status if status in FINAL_PARCEL_STATUSES | PARCEL_TROUBLES else ParcelStatus.RETURNING


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a registration.

    Attributes:
        refusal: the service's code if it will not follow this parcel; empty if it does.
        words: what it says about that.
    """

    parcel: Followed
    refusal: str = ""
    words: str = ""


class Registrar(ABC):
    """Registers the parcels of one source; a subclass asks its service.

    Implements ``couriers.FollowsParcels``.
    """

    every = timedelta(minutes=10)
    overlap = timedelta()
    parcels_per_request: ClassVar[int]
    requests_per_minute: ClassVar[int]

    def __init__(self, settings: RegisteringSettings) -> None:
        """Register the parcels of these ways of delivery."""
        self.following = Following(
            delivery_types=settings.delivery_types,
            follow_for=settings.follow_for,
            ask_often=REGISTERED_WITHIN,
            ask_seldom=REGISTERED_WITHIN,
            requests_per_minute=self.requests_per_minute,
            requests_per_round=int(self.requests_per_minute * (LONGEST_ROUND / timedelta(minutes=1))),
            parcels_per_request=self.parcels_per_request,
            unheard_for=SILENT_FOR,
        )

    @abstractmethod
    def knock(self) -> None:
        """See whether the service answers us, and change nothing there.

        Raises:
            Unreachable: it does not answer.
            Refused: it refuses us.
        """

    @abstractmethod
    def register(self, parcels: Sequence[Followed]) -> Iterable[Outcome]:
        """Register these parcels in one request. One that is registered already is no trouble.

        Raises:
            Unreachable, Refused: likewise; outcomes that are certain come before.
        """

    def pages(self, asking: Asking) -> Iterator[Sequence[Record]]:
        """See the port. A page for each parcel that is new."""
        if asking.only_looks:
            self.knock()
            return
        for parcels in asking.parcels():
            new = [parcel for parcel in parcels if not asking.is_known(_registered_id(parcel.track_number))]
            for outcome in self.register(new) if new else ():
                yield [_record(outcome, asking.until)]


class Registration(Payload):
    """The content of a record."""

    track_number: Identifier
    order_number: str = Field(default="", max_length=LONGEST_IDENTIFIER)
    refusal: str = Field(default="", max_length=LONGEST_IDENTIFIER)
    words: str = ""


def read_registration(webhook: Webhook) -> Reading:
    """A parcel that nobody will tell us of is a problem; else there is nothing to do.

    Raises:
        Unreadable: ``wrong-encoding``, ``broken-json`` or ``unexpected-content``.
    """
    with unreadable_content():
        told = Registration.model_validate(json_value(webhook.body))
    if not told.refusal:
        return Reading(note="registered")
    moved = ParcelMoved(
        parcel_id=told.track_number,
        track_number=told.track_number,
        order_number=told.order_number,
        status=ParcelStatus.PROBLEM,
        code=f"REGISTRATION {told.refusal}",
        at=webhook.received_at,
        reason=ParcelReason.BAD_DATA,
        reason_words=told.words[:LONGEST_WORDS],
        keeps_status=True,
    )
    return Reading((moved,))


def _registered_id(track_number: str) -> str:
    return f"registered:{track_number}"


def _record(outcome: Outcome, at: datetime) -> Record:
    parcel = outcome.parcel
    told = {
        "track_number": parcel.track_number,
        "order_number": parcel.order_number,
        "refusal": outcome.refusal,
        "words": outcome.words,
    }
    track = parcel.track_number
    dedup_id = f"refused:{track}:{outcome.refusal}" if outcome.refusal else _registered_id(track)
    group = parcel_group(parcel.order_number, track)
    return Record(dedup_id, group, at, json.dumps(told).encode(), REGISTRATION)
