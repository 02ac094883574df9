"""What the entries of an hour add up to, taken in one by one: a rush brings more than fit into memory."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from chalicelib.books.facts import Facts
from chalicelib.books.part import Part
from chalicelib.books.rows import line_of, row_of
from chalicelib.entry import SET_ASIDE, Entry, Status

UNSETTLED = (Status.OPEN, *SET_ASIDE)
"""What may change at any time: a worker goes on with it, or a person replays or discards it."""


@dataclass(slots=True)
class Hour:
    """The entries so far.

    Attributes:
        lines: their rows as they are stored, in the order in which they were added.
        entries: how many.
        unsettled: how many of them may change yet.
    """

    facts: Facts = field(default_factory=Facts)
    lines: list[str] = field(default_factory=list)
    entries: int = 0
    unsettled: int = 0

    def add(self, entry: Entry, parts: Sequence[type[Part]]) -> None:
        """One more, as it stands now."""
        self.facts = self.facts.merged(Facts.of(entry, parts))
        self.entries += 1
        self.unsettled += entry.status in UNSETTLED
        row = row_of(entry)
        if row is not None:
            self.lines.append(line_of(row))
