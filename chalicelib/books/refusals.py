"""The part ``refusals``: parcels that clients did not take, by the reason that the courier told."""

from collections.abc import Mapping
from typing import ClassVar, Self

from pydantic import Field

from chalicelib.books.part import Part, added
from chalicelib.entry import Entry
from chalicelib.events import ParcelMoved, ParcelReason, ParcelStatus

NOTHING_NEW = "nothing-new"
"""The reason of an entry about a parcel whose status it did not change."""

UNKNOWN = "unknown"
"""The reason of a parcel whose courier told none."""


class Refusals(Part):
    """Parcels that a courier began to bring back, each once. What the shop asked for itself is no refusal.

    Attributes:
        parcels: how many, by reason (``ParcelReason``).
    """

    name: ClassVar[str] = "refusals"
    parcels: Mapping[str, int] = Field(default_factory=dict)

    @classmethod
    def of(cls, entry: Entry) -> Self:
        """See :class:`Part`."""
        if entry.reason == NOTHING_NEW:
            return cls()
        reasons = [
            str(event.reason or UNKNOWN)
            for event in entry.events
            if isinstance(event, ParcelMoved)
            and event.status is ParcelStatus.RETURNING
            and not event.withdrawn
            and event.reason is not ParcelReason.ASKED_BY_SHOP
        ]
        return cls(parcels={reason: reasons.count(reason) for reason in reasons})

    def merged(self, other: Self) -> Self:
        """See :class:`Part`."""
        return type(self)(parcels=added(self.parcels, other.parcels))
