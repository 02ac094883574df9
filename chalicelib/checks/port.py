"""What a scheduled check is."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol, runtime_checkable

from chalicelib.crm.port import Order
from chalicelib.events import CheckEvent


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is so now, and that somebody should do something about.

    Attributes:
        dedup_id: the same for as long as it is the same trouble at the same step, such as
            ``pickup:1001A:2026-11-01T10:00:00+00:00:5d``: each is emitted once, however often it is found.
        group: whose order of events it keeps, as ``gate.tickets.phone_group`` has it; empty if nobody's.
        event: what goes into the pipeline.
        line: the same for who looks at a run.
    """

    dedup_id: str
    group: str
    event: CheckEvent
    line: str


class Check(Protocol):
    """Looks at the CRM, at our memory or at the world; changes nothing there."""

    @property
    def name(self) -> str:
        """As ``leadkeeper checks run NAME`` and the metric ``CheckRan`` have it."""
        ...

    @property
    def every(self) -> timedelta:
        """How often it runs."""
        ...

    @property
    def has_baseline(self) -> bool:
        """True if its first run only reports, until a person has accepted what it found."""
        ...

    def find(self, now: datetime) -> Iterable[Finding]:
        """Everything that is so now, told before or not; of a ladder only the highest step that is due.

        Raises:
            LeadkeeperError: what it reads from does not answer, or refuses.
        """
        ...


@runtime_checkable
class Watch(Check, Protocol):
    """A check that lets incidents know what it sees, instead of finding something to be done."""

    def look(self, now: datetime) -> Sequence[str]:
        """Say what is so now, a line for each thing that is watched. Changes nothing, and tells nobody."""
        ...


@runtime_checkable
class Remembers(Check, Protocol):
    """A check that remembers what it has seen of the world, to find something."""

    def would_find(self, now: datetime) -> Iterable[Finding]:
        """What ``find`` would give. Changes nothing, and tells nobody.

        Raises:
            LeadkeeperError: as ``find`` does.
        """
        ...


@runtime_checkable
class LooksAtOrders(Check, Protocol):
    """A check that finds orders, and can tell why it finds one or not."""

    def about(self, order: Order, now: datetime) -> Finding | str:
        """What it finds about one order; else why there is nothing to find, in words for people.

        Raises:
            LeadkeeperError: what it reads from does not answer, or refuses.
        """
        ...


@runtime_checkable
class LooksAtIncidents(Check, Protocol):
    """A check that decides of what it watches whether people are told, and can tell why or why not."""

    def about_incident(self, key: str, now: datetime) -> str:
        """How that stands which the incident with this key is about; empty if it is not watched here."""
        ...
