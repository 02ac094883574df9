"""Figures of a stretch of time: each a name, and how it is read from what the books keep. Pure."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from enum import Enum, auto

from chalicelib.books.answers import Answers
from chalicelib.books.calls import Calls
from chalicelib.books.durations import Durations
from chalicelib.books.facts import Facts
from chalicelib.books.mistakes import Mistakes
from chalicelib.books.pickups import PARCEL, Pickups
from chalicelib.books.refusals import Refusals
from chalicelib.books.statuses import Statuses
from chalicelib.events import ParcelStatus

Value = float | None
"""A count, a share from 0 to 1, or seconds; None where nothing happened that could be measured."""

MOST = 0.9
"""A median hides who waited longest: so we also say within what time nine of ten were served."""

COLLECTED = (ParcelStatus.DELIVERED, ParcelStatus.PARTIAL)
NOT_COLLECTED = (
    ParcelStatus.RETURNING,
    ParcelStatus.RETURNED,
    ParcelStatus.CANCELLED,
    ParcelStatus.LOST,
)


class Kind(Enum):
    """What kind of value a figure has."""

    COUNT = auto()
    SHARE = auto()
    DURATION = auto()


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure.

    Attributes:
        name: for people, in their language.
        of: reads it from the facts of a period, or of several together.
    """

    name: str
    kind: Kind
    of: Callable[[Facts], Value]


@dataclass(frozen=True, slots=True)
class Ends:
    """How a parcel may have stopped waiting, as ``Pickups.ends`` writes it.

    Attributes:
        collected: the ways that mean that its client has it.
        not_collected: those that mean that they will not have it. Of any other way nobody can tell.
    """

    collected: frozenset[str]
    not_collected: frozenset[str]

    @classmethod
    def by(cls, statuses: Mapping[ParcelStatus, str]) -> "Ends":
        """By the statuses that orders get in the CRM for a parcel's: ``[crm.parcel_statuses]``."""

        def ways(meant: tuple[ParcelStatus, ...]) -> frozenset[str]:
            by_courier = {f"{PARCEL}{status}" for status in meant}
            return frozenset(by_courier | {statuses[status] for status in meant if status in statuses})

        return cls(ways(COLLECTED), ways(NOT_COLLECTED))


def answered(facts: Facts) -> Value:
    """Calls from clients that were answered."""
    return facts.part(Calls).answered


def missed(facts: Facts) -> Value:
    """Calls from clients that were not."""
    return facts.part(Calls).missed


def missed_share(facts: Facts) -> Value:
    """The share of those among all calls from clients."""
    calls = facts.part(Calls)
    return share(calls.missed, calls.missed + calls.answered)


def called_back(facts: Facts) -> Durations:
    """How long it took to call clients back."""
    return facts.part(Calls).called_back


def called_again_share(facts: Facts) -> Value:
    """The share of clients who had to call again themselves."""
    calls = facts.part(Calls)
    return share(calls.called_again, calls.called_back.total)


def overdue(facts: Facts) -> Value:
    """How often somebody above was told that nobody had called back."""
    return facts.part(Calls).overdue


def answers(facts: Facts) -> Durations:
    """How long new orders waited until somebody looked at them."""
    return facts.part(Answers).delays


def count_of(durations: Callable[[Facts], Durations]) -> Callable[[Facts], Value]:
    """How many there are."""
    return lambda facts: durations(facts).total


def within(durations: Callable[[Facts], Durations], part: float) -> Callable[[Facts], Value]:
    """Within how many seconds this share of them came to its end."""

    def of(facts: Facts) -> Value:
        span = durations(facts).within(part)
        return None if span is None else span.total_seconds()

    return of


def asked(step: str) -> Callable[[Facts], Value]:
    """Tasks to call a client whose parcel had waited for this step."""
    return lambda facts: facts.part(Pickups).asked.get(step, 0)


def ended(step: str, ways: frozenset[str]) -> Callable[[Facts], Value]:
    """Parcels that stopped waiting in one of these ways after this step."""
    return lambda facts: facts.part(Pickups).ended(step, ways)


def ended_otherwise(step: str, ends: Ends) -> Callable[[Facts], Value]:
    """Parcels of which nobody can tell how they stopped waiting after this step."""

    def of(facts: Facts) -> Value:
        pickups = facts.part(Pickups)
        known = pickups.ended(step, ends.collected | ends.not_collected)
        return sum(pickups.ends.get(step, {}).values()) - known

    return of


def collected_share(step: str, ends: Ends) -> Callable[[Facts], Value]:
    """The share of those that were collected after this step."""

    def of(facts: Facts) -> Value:
        pickups = facts.part(Pickups)
        taken = pickups.ended(step, ends.collected)
        return share(taken, taken + pickups.ended(step, ends.not_collected))

    return of


def refusals(facts: Facts) -> Value:
    """Parcels that are brought back."""
    return sum(facts.part(Refusals).parcels.values())


def refused_for(reason: str) -> Callable[[Facts], Value]:
    """Those with this reason."""
    return lambda facts: facts.part(Refusals).parcels.get(reason, 0)


def entered(statuses: Collection[str]) -> Callable[[Facts], Value]:
    """How often orders got one of these statuses."""

    def of(facts: Facts) -> Value:
        counts = facts.part(Statuses).entered
        return sum(counts.get(status, 0) for status in statuses)

    return of


def mistakes(facts: Facts) -> Value:
    """Steps of orders that broke any rule."""
    return facts.part(Mistakes).steps


def broke(rule: str) -> Callable[[Facts], Value]:
    """Those that broke this rule."""
    return lambda facts: facts.part(Mistakes).rules.get(rule, 0)


def share(part: int, whole: int) -> Value:
    """None of nothing."""
    return part / whole if whole else None
