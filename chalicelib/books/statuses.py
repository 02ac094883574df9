"""The part ``statuses``: which statuses orders got."""

from collections import Counter
from collections.abc import Mapping
from typing import ClassVar, Self

from pydantic import Field

from chalicelib.books.part import Part, added
from chalicelib.entry import Entry
from chalicelib.events import OrderStatusChanged
from chalicelib.gate.envelope import OWN_SOURCE


class Statuses(Part):
    """Statuses that orders got, whoever set them, as far as the CRM's history is followed.

    Attributes:
        entered: how often an order got each, by the CRM's codes.
    """

    name: ClassVar[str] = "statuses"
    entered: Mapping[str, int] = Field(default_factory=dict)

    @classmethod
    def of(cls, entry: Entry) -> Self:
        """See :class:`Part`. Triggers tell the same as the history does, which tells each change once."""
        told = entry.events if entry.source == OWN_SOURCE else ()
        return cls(entered=Counter(each.status for each in told if isinstance(each, OrderStatusChanged)))

    def merged(self, other: Self) -> Self:
        """See :class:`Part`."""
        return type(self)(entered=added(self.entered, other.entered))
