"""What the shop finds at the month's end: what must be there, and what is there, in the same words."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

AT_ONCE = timedelta(minutes=6, seconds=1)
"""A second attempt after a short wait comes with the next tick, if at all."""


@dataclass(frozen=True, slots=True)
class Span:
    """Between which moments something must have happened."""

    first: datetime
    last: datetime

    @property
    def is_at_once(self) -> bool:
        """Whether nothing keeps it from happening at the first one."""
        return self.last - self.first <= AT_ONCE

    def holds(self, moment: datetime) -> bool:
        """Whether this moment lies in it."""
        return self.first <= moment <= self.last


WHENEVER = Span(datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC))
"""Of what has no moment."""


@dataclass(frozen=True, slots=True)
class Task:
    """A task of ours.

    Attributes:
        order: what it is about; empty for nothing.
        kind: such as ``callback``.
        detail: what more it must say, such as how many calls there were.
        performer: the CRM user.
        is_complete: at the end.
    """

    order: str
    kind: str
    detail: str
    performer: int
    is_complete: bool

    def __str__(self) -> str:
        """For who looks for a difference."""
        done = "complete" if self.is_complete else "open"
        return f"task {self.kind} ({self.detail}) for user {self.performer}, {done}"


@dataclass(frozen=True, slots=True)
class Text:
    """A message that a client got."""

    order: str
    phone: str
    template: str

    @property
    def kind(self) -> str:
        """For the table."""
        return f"text {self.template}"

    def __str__(self) -> str:
        """For who looks for a difference."""
        return f"text {self.template} to {self.phone}"


@dataclass(frozen=True, slots=True)
class State:
    """An order as it stands at the end.

    Attributes:
        notes: what was added to its comments by us, such as ``called back``; sorted.
    """

    order: str
    phone: str
    status: str
    manager: int | None
    notes: tuple[str, ...] = ()
    kind: str = "order"

    def __str__(self) -> str:
        """For who looks for a difference."""
        notes = f", notes: {', '.join(self.notes)}" if self.notes else ""
        return f"order of {self.phone} in {self.status}, manager {self.manager}{notes}"


@dataclass(frozen=True, slots=True)
class Counted:
    """How often a manager broke a rule, by the report."""

    user: int
    rule: str
    times: int
    order: str = ""
    kind: str = "counted mistakes"

    def __str__(self) -> str:
        """For who looks for a difference."""
        return f"user {self.user} broke {self.rule} {self.times} times"


@dataclass(frozen=True, slots=True)
class SameCard:
    """Orders that hang on one client's card."""

    orders: tuple[str, ...]
    kind: str = "client with several orders"

    @property
    def order(self) -> str:
        """The first one, for who looks for a difference."""
        return self.orders[0]

    def __str__(self) -> str:
        """For who looks for a difference."""
        return f"one card of {', '.join(self.orders)}"


@dataclass(frozen=True, slots=True)
class Answer:
    """What went back to the workshop."""

    order: str
    question: str
    text: str
    kind: str = "answer to production"

    def __str__(self) -> str:
        """For who looks for a difference."""
        return f"{self.question} {self.text}"


@dataclass(frozen=True, slots=True)
class Moved:
    """We put an order into another status."""

    order: str
    status: str
    kind: str = "status set by us"

    def __str__(self) -> str:
        """For who looks for a difference."""
        return f"put into {self.status} by us"


@dataclass(frozen=True, slots=True)
class Double:
    """Two cards of which people hear at night that they may be one client's.

    Attributes:
        cards: phone and e-mail address of each, sorted.
        reason: what they have in common.
    """

    cards: tuple[str, ...]
    reason: str
    kind: str = "possible double told"

    @property
    def order(self) -> str:
        """The cards, for who looks for a difference."""
        return " and ".join(self.cards)

    def __str__(self) -> str:
        """For who looks for a difference."""
        return f"told at night, the same {self.reason}"


Effect = Task | Text | State | Counted | SameCard | Answer | Moved | Double


@dataclass(frozen=True, slots=True)
class Expected:
    """An effect that must be there.

    Attributes:
        made: between which moments it comes about.
        instead: what may stand there in its place.
        is_sure: False if nobody can say whether it is there: something else happened at the same moment.
    """

    effect: Effect
    made: Span
    instead: tuple[Effect, ...] = ()
    is_sure: bool = True
