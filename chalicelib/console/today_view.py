"""What the page Today shows, made of what is kept. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from chalicelib.alerts.incidents import Incident
from chalicelib.books.facts import together
from chalicelib.books.incoming import OBSERVED, Incoming
from chalicelib.books.moments import day_of
from chalicelib.books.reading import Hour, Standing
from chalicelib.console.charts import Series
from chalicelib.entry import Status
from chalicelib.late_answers import LateAnswers
from chalicelib.waiting_memory import WaitingHead

HOURS_SHOWN = 24
STALE_AFTER = timedelta(minutes=20)
"""The books are kept every five minutes."""

LISTS = ("late-answers", "waiting-parcels")
"""The checks that keep the lists of who waits for an answer, and of parcels."""

MOST_NAMED = 5
"""Of what needs a person: the rest stands on the page that it leads to."""

TOLD_ELSEWHERE = frozenset({"self:parked", "self:quarantined"})
"""Incidents about what has a line of its own here."""

DEEDS = (
    "create-order",
    "complete-order",
    "annotate-order",
    "set-order-status",
    "create-task",
    "update-task",
    "complete-task",
    "send-sms",
    "send-reply",
    "send-answer",
    "attach-file",
    "log-call",
    "set-stock",
)
"""The kinds of actions that people see the effect of, in the order in which they are shown."""

OUTCOMES = (
    Status.DONE,
    Status.IGNORED,
    Status.OBSERVED,
    Status.OPEN,
    Status.PARKED,
    Status.QUARANTINED,
    Status.DISCARDED,
)
"""In the order in which they are shown."""


class Need(StrEnum):
    """What needs a person, in the order of its urgency."""

    INCIDENTS = "incidents"
    CALL_BACKS = "call_backs"
    ORDERS = "orders"
    PARKED = "parked"
    QUARANTINED = "quarantined"
    PARCELS = "parcels"
    LISTS = "lists"
    BOOKS = "books"


NAMED = frozenset({Need.INCIDENTS, Need.CALL_BACKS, Need.ORDERS})
"""What is named one by one."""


@dataclass(frozen=True, slots=True)
class Waits:
    """Something that needs a person.

    Attributes:
        count: how much of it.
        unnamed: how much of what is named one by one is too much to be named here.
    """

    need: Need
    count: int
    unnamed: int = 0


@dataclass(frozen=True, slots=True)
class Kept:
    """What is read for the page.

    Attributes:
        hours: from yesterday's first hour to the present one.
        set_aside: how many entries are parked and quarantined.
        incidents: those that last or flap.
        lists_fail_since: since when the check fails that lists who waits too long, or which parcels do; None
            if neither does.
    """

    hours: Sequence[Hour]
    standing: Standing
    set_aside: Mapping[Status, int]
    incidents: Sequence[Incident]
    late: LateAnswers
    parcels: WaitingHead
    lists_fail_since: datetime | None = None


@dataclass(frozen=True, slots=True)
class SourceRow:
    """What a source has sent today, and how much of it has which outcome."""

    name: str
    count: int
    outcomes: Sequence[int]


@dataclass(frozen=True, slots=True)
class DeedRow:
    """How often something was done today, and how often it would have been done in act mode."""

    kind: str
    done: int
    observed: int


@dataclass(frozen=True, slots=True)
class Today:
    """What the page shows.

    Attributes:
        waits: what needs a person; nothing if all is well.
        incidents: the first of those that people should care about.
        came_in: how much came in since midnight.
        yesterday: how much came in on the whole day before.
        outcomes: those that occur today, in the order of the rows' numbers.
        labels: the hours of the chart, oldest first.
        series: how much each source has sent in each of them.
        booked_at: when all this was last brought up to date; None if it never was.
        days_to_book: how many whole days of the past are not in the books yet.
    """

    waits: Sequence[Waits]
    incidents: Sequence[Incident]
    late: LateAnswers
    came_in: int
    yesterday: int
    outcomes: Sequence[Status]
    sources: Sequence[SourceRow]
    deeds: Sequence[DeedRow]
    labels: Sequence[str]
    series: Sequence[Series]
    booked_at: datetime | None
    days_to_book: int

    @property
    def is_well(self) -> bool:
        """True if nothing needs a person."""
        return not self.waits

    def deed(self, kind: str) -> DeedRow:
        """How often something was done today."""
        return next((deed for deed in self.deeds if deed.kind == kind), DeedRow(kind, 0, 0))


def today_of(kept: Kept, now: datetime, zone: ZoneInfo) -> Today:
    """What the page shows at a moment."""
    date = day_of(now, zone)
    incoming = together(hour.facts for hour in kept.hours if day_of(hour.starts_at, zone) == date).part(
        Incoming
    )
    before = together(hour.facts for hour in kept.hours if day_of(hour.starts_at, zone) != date).part(
        Incoming
    )
    shown = kept.hours[-HOURS_SHOWN:]
    occurring = {status for outcomes in incoming.sources.values() for status in outcomes}
    outcomes = tuple(status for status in OUTCOMES if status in occurring)
    incidents = [incident for incident in kept.incidents if incident.key not in TOLD_ELSEWHERE]
    return Today(
        waits=tuple(_waits(kept, len(incidents), now)),
        incidents=incidents[:MOST_NAMED],
        late=kept.late.model_copy(
            update={"call_backs": kept.late.call_backs[:MOST_NAMED], "orders": kept.late.orders[:MOST_NAMED]}
        ),
        came_in=_count(incoming),
        yesterday=_count(before),
        outcomes=outcomes,
        sources=_source_rows(incoming, outcomes),
        deeds=_deeds(incoming),
        labels=[f"{hour.starts_at.astimezone(zone):%H:%M}" for hour in shown],
        series=_series(shown),
        booked_at=kept.standing.booked_at,
        days_to_book=kept.standing.hours_to_book // 24,
    )


def _waits(kept: Kept, incidents: int, now: datetime) -> Iterator[Waits]:
    booked_at = kept.standing.booked_at
    is_stale = booked_at is not None and now - booked_at > STALE_AFTER
    lists_fail = kept.lists_fail_since is not None and now - kept.lists_fail_since > STALE_AFTER
    counts = {
        Need.INCIDENTS: incidents,
        Need.CALL_BACKS: kept.late.call_back_count,
        Need.ORDERS: kept.late.order_count,
        Need.PARKED: kept.set_aside[Status.PARKED],
        Need.QUARANTINED: kept.set_aside[Status.QUARANTINED],
        Need.PARCELS: kept.parcels.stalled,
        Need.LISTS: int(lists_fail),
        Need.BOOKS: int(is_stale),
    }
    return (
        Waits(need, count, max(count - MOST_NAMED, 0) if need in NAMED else 0)
        for need, count in counts.items()
        if count
    )


def _count(incoming: Incoming) -> int:
    return sum(sum(outcomes.values()) for outcomes in incoming.sources.values())


def _source_rows(incoming: Incoming, outcomes: Sequence[Status]) -> Sequence[SourceRow]:
    """The source that has sent most comes first."""
    rows = (
        SourceRow(name, sum(counts.values()), [counts.get(outcome, 0) for outcome in outcomes])
        for name, counts in incoming.sources.items()
    )
    return sorted(rows, key=lambda row: (-row.count, row.name))


def _deeds(incoming: Incoming) -> Sequence[DeedRow]:
    counts = {kind: incoming.actions.get(kind, {}) for kind in DEEDS}
    rows = (DeedRow(kind, each.get("done", 0), each.get(OBSERVED, 0)) for kind, each in counts.items())
    return [row for row in rows if row.done or row.observed]


def _series(hours: Sequence[Hour]) -> Sequence[Series]:
    """How much each source has sent in each hour; by name, so that a source keeps its colour."""
    each = [hour.facts.part(Incoming).sources for hour in hours]
    names = sorted({name for sources in each for name in sources})
    return [Series(name, [sum(sources.get(name, {}).values()) for sources in each]) for name in names]
