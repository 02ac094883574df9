"""What we remember of the comparing: how far it came, what people were told, how the last one ended."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from pydantic import AwareDatetime, Field

from chalicelib.events import Difference
from chalicelib.memory import Memory

MEMORY_KEY = "reconciliation"
"""The document of :class:`ReconciliationMemory`."""

MOST_KEPT = 300
"""Differences that are kept, twice while a comparing goes on, and entries that are looked at again: all of it
is one document, and DynamoDB takes 400 KB."""

MOST_ADDITIONS = 20
"""Entries that added something to one order; likewise."""


class Looked(Memory):
    """How much was compared."""

    entries: int = 0
    orders: int = 0
    tasks: int = 0
    notes: int = 0
    parcels: int = 0

    def plus(self, other: "Looked") -> "Looked":
        """Both together."""
        return Looked(
            entries=self.entries + other.entries,
            orders=self.orders + other.orders,
            tasks=self.tasks + other.tasks,
            notes=self.notes + other.notes,
            parcels=self.parcels + other.parcels,
        )


class Progress(Memory):
    """How far one comparing came. It goes on from here, in this process or in another one.

    Attributes:
        since: entries that came in from then on are looked at.
        until: what came in later, or moved later, may still be on its way.
        late: entries that the last comparing left to this one, whenever they came in: they come first.
        stage: which statuses of entries are read through already.
        place_at: when the last one that was read came in; ``place_id`` is its id.
        differences: by their keys; another process goes on with at most :data:`MOST_KEPT` of them.
        found: how many of each kind there were, kept or not.
    """

    days: int
    since: AwareDatetime
    until: AwareDatetime
    late: tuple[str, ...] = ()
    stage: int = 0
    place_at: AwareDatetime
    place_id: str = ""
    looked: Looked = Looked()
    differences: Mapping[str, Difference] = Field(default_factory=dict)
    found: Mapping[str, int] = Field(default_factory=dict)

    @classmethod
    def begun(cls, until: datetime, days: int, late: tuple[str, ...] = ()) -> "Progress":
        """Before the first step."""
        since = until - timedelta(days=days)
        return cls(days=days, since=since, until=until, late=late, place_at=since)

    @property
    def untraced(self) -> Difference | None:
        """The next difference of which nobody knows yet how it came about."""
        return next((each for each in self.differences.values() if each.fate == "untraced"), None)

    def with_differences(self, *found: Difference) -> "Progress":
        """With these, each instead of what was known of the same."""
        differences = {**self.differences, **{each.key: each for each in found}}
        return self.model_copy(update={"differences": differences})

    def with_additions(self, additions: Mapping[int, Iterable[str]]) -> "Progress":
        """With the entries that added something to orders that are gone: they are read after their orders."""
        changed = []
        for each in self.differences.values():
            added = additions.get(each.order_id or 0, ())
            if each.kind == "order-gone" and added:
                every = tuple(dict.fromkeys((*each.additions, *added)))
                changed.append(each.model_copy(update={"additions": every[:MOST_ADDITIONS]}))
        return self.with_differences(*changed)

    def bounded(self) -> "Progress":
        """As it can be stored."""
        return self.model_copy(update={"differences": dict(list(self.differences.items())[:MOST_KEPT])})

    def without(self, difference: Difference) -> "Progress":
        """Without one that is none."""
        differences = {key: each for key, each in self.differences.items() if key != difference.key}
        return self.model_copy(update={"differences": differences})


class Outcome(Memory):
    """How a comparing ended.

    Attributes:
        differences: those that are kept, the first ones.
        total: how many there were.
    """

    at: AwareDatetime
    days: int
    looked: Looked
    differences: tuple[Difference, ...]
    total: int


class ReconciliationMemory(Memory):
    """What we remember.

    Attributes:
        progress: of a comparing that goes on with the next run; None between two of them.
        told: what people were told of and still stands, in :attr:`Difference.word`.
        again: entries that are looked at again, however old they are: they were not at their end, or what
            they made is put right in another night.
        last: how the last one ended; None before the first.
    """

    progress: Progress | None = None
    told: tuple[str, ...] = ()
    again: tuple[str, ...] = ()
    last: Outcome | None = None

    @property
    def doubted(self) -> frozenset[str]:
        """The kinds of what was too much to be put right, and still stands.

        In the wrong CRM, too, there is soon more of the new than of the old.
        """
        return frozenset(word.partition(":")[0] for word in self.told if word.endswith(":many"))

    def content(self) -> dict[str, Any]:
        """As a document's content, without what says nothing: it may be large."""
        return self.model_dump(mode="json", exclude_defaults=True)
