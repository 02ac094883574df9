"""The part ``calls``: how clients' calls were answered, and how fast they were called back."""

from typing import ClassVar, Self

from chalicelib.actions import CreateTask
from chalicelib.books.durations import Durations
from chalicelib.books.part import Part, done
from chalicelib.entry import Entry
from chalicelib.events import AnyEvent, CallAnswered, CalledBack, CallMissed, CallMissedDue

NO_CALL_OF_ITS_OWN = frozenset({"already-told", "answered-after-all", "told-by-another-source", "own-number"})
"""The reasons of entries that tell of a call which is counted already, or of no client's."""


class Calls(Part):
    """Calls from clients, each once.

    Attributes:
        answered: how many clients called and were answered.
        missed: how many called and nobody answered. A phone that rang in vain counts once it is clear that no
            other one was answered.
        called_back: how much of the shop's hours passed from a missed call until somebody talked to its
            client, whoever called then.
        called_again: how many of these clients called again themselves before anybody called back.
        overdue: how often nobody had called back after ``escalate_after``, and somebody above was told.
    """

    name: ClassVar[str] = "calls"
    answered: int = 0
    missed: int = 0
    called_back: Durations = Durations()
    called_again: int = 0
    overdue: int = 0

    @classmethod
    def of(cls, entry: Entry) -> Self:
        """See :class:`Part`."""
        backs = [event for event in entry.events if isinstance(event, CalledBack)]
        is_counted = NO_CALL_OF_ITS_OWN.isdisjoint(_codes(entry))
        return cls(
            answered=sum(_is_answered(event) for event in entry.events) if is_counted else 0,
            missed=sum(_is_missed(event, entry) for event in entry.events) if is_counted else 0,
            called_back=Durations.of(back.delay for back in backs),
            called_again=sum(back.direction == "inbound" for back in backs),
            overdue=sum(
                isinstance(action, CreateTask)
                and action.topic is not None
                and action.topic.name == "callback-overdue"
                for action in done(entry)
            ),
        )

    def merged(self, other: Self) -> Self:
        """See :class:`Part`."""
        return type(self)(
            answered=self.answered + other.answered,
            missed=self.missed + other.missed,
            called_back=self.called_back.merged(other.called_back),
            called_again=self.called_again + other.called_again,
            overdue=self.overdue + other.overdue,
        )


def _codes(entry: Entry) -> list[str]:
    """Of each of its events: a visit and its call may come together."""
    return f"{entry.reason}, {entry.note}".split(", ")


def _is_answered(event: AnyEvent) -> bool:
    return isinstance(event, CallAnswered) and event.direction == "inbound"


def _is_missed(event: AnyEvent, entry: Entry) -> bool:
    # What a person replays has waited long enough: then one phone's ring is the whole call.
    is_whole = isinstance(event, CallMissed) and (event.is_final or bool(entry.variant))
    return is_whole or isinstance(event, CallMissedDue)
