"""What couriers have in common, whether they call us or must be asked."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol, Self, runtime_checkable

from pydantic import Field, PositiveInt, model_validator

from chalicelib.config_types import Duration
from chalicelib.errors import Unreadable
from chalicelib.events import ParcelStatus
from chalicelib.providers.polling import LONGEST_ROUND, PolledSettings, Poller, Record
from chalicelib.providers.reading import SourceSettings

WRONG_CLOCK = timedelta(days=30)
"""A status further in the future is a mistake."""

SELDOM = frozenset({ParcelStatus.CREATED, ParcelStatus.IN_TRANSIT, ParcelStatus.RETURNING})
"""A parcel that stands so changes within days; any other one within hours."""


class ParcelSettings(SourceSettings):
    """What each source of a courier can set.

    Attributes:
        storage_days: how long a parcel waits at its pickup point, its day of arrival being the first, where
            the courier does not tell until when; None if that is unknown.
    """

    storage_days: PositiveInt | None = None


class FollowingSettings(PolledSettings, ParcelSettings):
    """What each source can set that is asked about the parcels of the CRM's orders.

    Attributes:
        every: how often we look which parcels are due.
        delivery_types: the CRM's codes of the ways of delivery whose parcels are this courier's.
        follow_for: how long after an order was made its parcel is asked about.
        ask_often: how often about a parcel that may change within hours, such as one that waits.
        ask_seldom: how often about a parcel that is on its way.
        requests_per_minute: so many requests at most.
        requests_per_round: likewise; what is left is asked first in the next round.
    """

    every: Duration = Field(default=timedelta(minutes=10), ge=timedelta(minutes=1))
    delivery_types: frozenset[str] = Field(min_length=1)
    follow_for: Duration = timedelta(days=90)
    ask_often: Duration = Field(default=timedelta(hours=1), ge=timedelta(minutes=1))
    ask_seldom: Duration = Field(default=timedelta(hours=3), ge=timedelta(minutes=1))
    requests_per_minute: PositiveInt = 300
    requests_per_round: PositiveInt = 1000

    @model_validator(mode="after")
    def _asks_less_often_than_it_looks(self) -> Self:
        if min(self.ask_often, self.ask_seldom) < self.every:
            raise ValueError("ask_often and ask_seldom cannot be shorter than every")
        return self


@dataclass(frozen=True, slots=True)
class Following:
    """Which parcels a poller is given, how often, and how many at once.

    Attributes:
        parcels_per_request: so many at most on a page of ``Asking.parcels``.
        unheard_for: parcels of which something was heard since then are left out; zero for none.
        longest_round: no page begins later than this after the round's beginning.
    """

    delivery_types: frozenset[str]
    follow_for: timedelta
    ask_often: timedelta
    ask_seldom: timedelta
    requests_per_minute: int
    requests_per_round: int
    parcels_per_request: int = 1
    unheard_for: timedelta = timedelta()
    longest_round: timedelta = LONGEST_ROUND

    @classmethod
    def by(cls, settings: FollowingSettings, parcels_per_request: int) -> Self:
        """As the shop sets it."""
        return cls(
            settings.delivery_types,
            settings.follow_for,
            settings.ask_often,
            settings.ask_seldom,
            settings.requests_per_minute,
            settings.requests_per_round,
            parcels_per_request,
        )

    def pause(self, status: ParcelStatus | None) -> timedelta:
        """How often a parcel is asked about that stands so; None if the courier has told nothing yet."""
        return self.ask_seldom if status in SELDOM else self.ask_often


@runtime_checkable
class FollowsParcels(Poller, Protocol):
    """A poller that is given the parcels to ask about, by ``Asking.parcels``."""

    @property
    def following(self) -> Following:
        """Which, how often, and how many at once."""
        ...


def not_of_the_future(at: datetime, received_at: datetime) -> None:
    """Refuse a status of the future: everything that is true would be older news than this.

    Raises:
        Unreadable: ``unexpected-content``.
    """
    if at > received_at + WRONG_CLOCK:
        raise Unreadable("unexpected-content", "a status of the future")


def parcel_group(order_number: str, track_number: str) -> str:
    """Whose order a parcel's news keep: those of one order, whichever way they come."""
    return f"order:{order_number}" if order_number else f"parcel:{track_number}"


def parcel_record(
    track_number: str, code: str, at: datetime | None, content: bytes, order_number: str = ""
) -> Record:
    """A status of a parcel: the same parcel, code and moment are the same thing."""
    dedup_id = f"{track_number}:{code}:{at.isoformat() if at else 'undated'}"
    return Record(dedup_id, parcel_group(order_number, track_number), at, content)
