"""The part ``answers``: how fast somebody looked at new orders."""

from typing import ClassVar, Self

from chalicelib.books.durations import Durations
from chalicelib.books.part import Part
from chalicelib.entry import Entry
from chalicelib.events import LeadsAnswered


class Answers(Part):
    """New orders that left their first status.

    Attributes:
        delays: how much of the shop's hours passed from when they were made until then.
    """

    name: ClassVar[str] = "answers"
    delays: Durations = Durations()

    @classmethod
    def of(cls, entry: Entry) -> Self:
        """See :class:`Part`."""
        told = (event for event in entry.events if isinstance(event, LeadsAnswered))
        return cls(delays=Durations.of(answer.delay for event in told for answer in event.answers))

    def merged(self, other: Self) -> Self:
        """See :class:`Part`."""
        return type(self)(delays=self.delays.merged(other.delays))
