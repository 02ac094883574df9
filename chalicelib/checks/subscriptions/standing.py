"""How a subscription stands: when it ends, who says so, and which step of the ladder is due."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Literal
from zoneinfo import ZoneInfo

from chalicelib.checks.subscriptions.memory import ProbeMemory, Renewal, probe_key, renewal_key
from chalicelib.checks.subscriptions.settings import Account, Balance, Dated, Paid, Subscription
from chalicelib.engine.port import Document
from chalicelib.ladders import DAY, Ladders

ENDED = 0
URGENT_STEP = 3
"""From this many days on people are told at once, too. Money below its threshold is as urgent."""

NEVER = datetime.max.replace(tzinfo=UTC)

Origin = Literal["file", "renewed", "probe", "estimate", "unknown"]
ReadDocument = Callable[[str], Document]


@dataclass(frozen=True, slots=True)
class Standing:
    """How one subscription stands.

    Attributes:
        subscription: what it is.
        origin: who says when it ends.
        ends_at: the first moment without it, in UTC; None if nobody knows.
        period: names the time until this end: a renewal begins another one. Empty if there is nothing to
            be told of.
        amount: the money that is left; None for anything but money.
        currency: of this money.
        problem: why its probe was last asked in vain; empty if all is well.
    """

    subscription: Subscription
    origin: Origin
    ends_at: datetime | None
    period: str
    amount: Decimal | None = None
    currency: str = ""
    problem: str = ""

    @property
    def money(self) -> str:
        """The money that is left, for people; empty for anything else."""
        return "" if self.amount is None else f"{self.amount:.2f} {self.currency}".strip()

    def last_day(self, zone: ZoneInfo) -> date | None:
        """The last day with it, on the shop's clock."""
        if self.ends_at is None:
            return None
        return (self.ends_at - timedelta(microseconds=1)).astimezone(zone).date()

    def days_left(self, now: datetime, zone: ZoneInfo) -> int | None:
        """Days until the last day, which has none left; below 0 when it has ended. Of money whole days."""
        if self.amount is not None:
            return None if self.ends_at is None else (self.ends_at - now) // DAY
        day = self.last_day(zone)
        return None if day is None else (day - now.astimezone(zone).date()).days

    def due_step(self, ladders: Ladders, now: datetime, zone: ZoneInfo) -> int | None:
        """The highest step of its ladder that is due, in days; 0 once it has ended; None if none is."""
        if not self.period:
            return None
        if isinstance(self.subscription, Balance):
            step = money_step(self.subscription, self.amount or Decimal(0), self.ends_at, ladders, now)
        else:
            step = _step(self.days_left(now, zone), steps_of(self.subscription, ladders))
            if self.ends_at is not None and now >= self.ends_at:
                step = ENDED
        # Nobody knows whether it was renewed: what we saw last must not pass for its end.
        return None if step == ENDED and self.problem else step

    def is_settled(self, ladders: Ladders, now: datetime, zone: ZoneInfo) -> bool:
        """Whether nothing need be done about it for now, as far as we surely know."""
        if self.problem or self.origin == "unknown":
            return False
        if self.amount is not None:
            return not self.period
        return self.due_step(ladders, now, zone) is None


def steps_of(subscription: Paid, ladders: Ladders) -> list[int]:
    """The steps of its ladder in days, the first one first."""
    longest = subscription.days_left
    steps = {step // DAY for step in ladders.expiry if longest is None or step < longest}
    return sorted(steps if longest is None else {*steps, longest // DAY}, reverse=True)


def money_step(
    subscription: Balance, amount: Decimal, spent_at: datetime | None, ladders: Ladders, now: datetime
) -> int | None:
    """The highest step that is due for money, as ``Standing.due_step`` tells it."""
    if amount <= 0:
        return ENDED
    steps = []
    if subscription.threshold is not None and amount < subscription.threshold:
        steps.append(URGENT_STEP)
    if subscription.days_left is not None and spent_at is not None:
        step = _step((spent_at - now) // DAY, steps_of(subscription, ladders))
        steps += [] if step is None else [step]
    return min(steps, default=None)


def standing_of(subscription: Subscription, read: ReadDocument, zone: ZoneInfo) -> Standing:
    """How it stands, by what we remember."""
    if isinstance(subscription, Dated):
        renewal = Renewal.model_validate(read(renewal_key(subscription.name)).content)
        return _dated(subscription, renewal.until, zone)
    memory = ProbeMemory.model_validate(read(probe_key(subscription)).content)
    if isinstance(subscription, Balance):
        return _money(subscription, memory)
    ends_at = memory.ends_at
    return Standing(
        subscription,
        "unknown" if ends_at is None else "probe",
        ends_at,
        "" if ends_at is None else ends_at.isoformat(),
        problem=memory.problem,
    )


def calendar(subscriptions: Iterable[Subscription], read: ReadDocument, zone: ZoneInfo) -> list[Standing]:
    """All of them, what ends first before the others."""
    found = [standing_of(subscription, read, zone) for subscription in subscriptions]
    return sorted(found, key=lambda one: (one.ends_at or NEVER, one.subscription.name))


def end_of(day: date, zone: ZoneInfo) -> datetime:
    """The first moment after a day in the shop, in UTC."""
    return datetime.combine(day + DAY, time.min, tzinfo=zone).astimezone(UTC)


def _dated(subscription: Dated, renewed: date | None, zone: ZoneInfo) -> Standing:
    later = renewed is not None and renewed > subscription.expires
    day = renewed if renewed is not None and later else subscription.expires
    ends_at = end_of(day, zone)
    return Standing(subscription, "renewed" if later else "file", ends_at, day.isoformat())


def _money(subscription: Account, memory: ProbeMemory) -> Standing:
    spent_at = memory.spent_at
    return Standing(
        subscription,
        "unknown" if memory.reading is None else "estimate",
        spent_at,
        "" if memory.low is None else memory.low.at.isoformat(),
        amount=None if memory.reading is None else memory.reading.amount,
        currency=memory.currency,
        problem=memory.problem,
    )


def _step(days_left: int | None, steps: Iterable[int]) -> int | None:
    return None if days_left is None else min((step for step in steps if step >= days_left), default=None)
