"""What the entries of an hour add up to, taken in one by one: a rush brings more than fit into memory."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from chalicelib.books.facts import Facts
from chalicelib.books.part import Part
from chalicelib.books.rows import line_of, row_of
from chalicelib.entry import Entry, Status

UNSETTLED = (Status.OPEN, Status.PARKED, Status.QUARANTINED)
"""What may change at any time: a worker goes on with it, or a person replays or discards it."""


@dataclass(frozen=True, slots=True)
class Booked:
    """What is kept of one entry.

    Attributes:
        at: when it came in.
        line: its row as it is stored; empty if it is about no phone and no order.
    """

    at: datetime
    id: str
    facts: Facts
    line: str
    is_unsettled: bool

    @classmethod
    def of(cls, entry: Entry, parts: Sequence[type[Part]]) -> "Booked":
        """What is kept of this entry, as it stands now."""
        row = row_of(entry)
        return cls(
            at=entry.received_at,
            id=entry.id,
            facts=Facts.of(entry, parts),
            line=line_of(row) if row else "",
            is_unsettled=entry.status in UNSETTLED,
        )

    @property
    def place(self) -> tuple[datetime, str]:
        """Where it stands among others: by the moment when it came in."""
        return self.at, self.id


@dataclass(slots=True)
class Hour:
    """The entries so far.

    Attributes:
        lines: their rows, in the order in which they were added.
        entries: how many.
        unsettled: how many of them may change yet.
    """

    facts: Facts = field(default_factory=Facts)
    lines: list[str] = field(default_factory=list)
    entries: int = 0
    unsettled: int = 0

    def add(self, booked: Booked) -> None:
        """One more."""
        self.facts = self.facts.merged(booked.facts)
        self.entries += 1
        self.unsettled += booked.is_unsettled
        if booked.line:
            self.lines.append(booked.line)
