"""What we remember of a subscription: a person's word on its renewal, and what its probe found."""

from datetime import date, datetime, timedelta
from decimal import Decimal

from pydantic import AwareDatetime

from chalicelib.checks.subscriptions.settings import Certificate, Domain, Probed
from chalicelib.memory import Memory

KEPT_FOR = timedelta(days=30)
"""A monthly fee is within it."""

KEPT_EVERY = timedelta(hours=12)
LEAST_OBSERVED = timedelta(days=7)
"""Shorter, and a monthly fee or a weekend passes for what is spent each day."""

DAY = timedelta(days=1)


class Renewal(Memory):
    """What a person said.

    Attributes:
        until: the new last day; None if nobody has said anything.
    """

    until: date | None = None


class Reading(Memory):
    """The money on an account at one moment."""

    at: AwareDatetime
    amount: Decimal


class ProbeMemory(Memory):
    """What a probe found.

    Attributes:
        asked_at: when it was last asked, in vain or not.
        failures: how often in a row it was asked in vain.
        problem: why, the last time; empty if it was not in vain.
        ends_at: the end that it found; None for money.
        reading: the money that it found last; None for anything else.
        currency: of this money, as the service writes it.
        readings: earlier ones, oldest first.
        low: the reading by which money became low; None while there is enough.
    """

    asked_at: AwareDatetime | None = None
    failures: int = 0
    problem: str = ""
    ends_at: AwareDatetime | None = None
    reading: Reading | None = None
    currency: str = ""
    readings: tuple[Reading, ...] = ()
    low: Reading | None = None

    def failed(self, problem: str, now: datetime) -> "ProbeMemory":
        """After it was asked in vain. What it found before may still be true."""
        return self.model_copy(
            update={"asked_at": now, "failures": self.failures + 1, "problem": problem[:500]}
        )

    def found_end(self, ends_at: datetime, now: datetime) -> "ProbeMemory":
        """After it found an end."""
        return self.model_copy(update={"asked_at": now, "failures": 0, "problem": "", "ends_at": ends_at})

    def found_money(self, amount: Decimal, currency: str, now: datetime) -> "ProbeMemory":
        """After it found money."""
        reading = Reading(at=now, amount=amount)
        kept = tuple(earlier for earlier in self.readings if now - earlier.at <= KEPT_FOR)
        if not kept or now - kept[-1].at >= KEPT_EVERY:
            kept = (*kept, reading)
        return self.model_copy(
            update={
                "asked_at": now,
                "failures": 0,
                "problem": "",
                "reading": reading,
                "currency": currency,
                "readings": kept,
            }
        )

    def judged(self, *, is_low: bool) -> "ProbeMemory":
        """After a reading. Money that was low is enough again only once there is more of it than then."""
        if is_low:
            return self.model_copy(update={"low": self.low or self.reading})
        has_more = self.low is None or self.reading is None or self.reading.amount > self.low.amount
        return self.model_copy(update={"low": None if has_more else self.low})

    @property
    def spent_a_day(self) -> Decimal | None:
        """How much goes in a day at present; None while it cannot be told.

        A time in which money came in is left out: how much was spent meanwhile is not known.
        """
        spent, observed = Decimal(0), timedelta()
        for before, after in zip(self.readings, self.readings[1:], strict=False):
            if after.amount <= before.amount:
                spent += before.amount - after.amount
                observed += after.at - before.at
        if not spent or observed < LEAST_OBSERVED:
            return None
        return spent / Decimal(observed / DAY)

    @property
    def spent_at(self) -> datetime | None:
        """When the money will be gone if it goes on as it does; None if that cannot be told."""
        a_day = self.spent_a_day
        if self.reading is None or a_day is None:
            return None
        days = float(max(self.reading.amount, Decimal(0)) / a_day)
        return self.reading.at + timedelta(days=min(days, KEPT_FOR.days * 100))


def tasks_key(name: str) -> str:
    """The document with our tasks about a subscription, as ``ladder_memory`` has it."""
    return f"subscription:{name}"


def renewal_key(name: str) -> str:
    """The document with a person's word on a subscription's renewal."""
    return f"renewal:{name}"


def probe_key(subscription: Probed) -> str:
    """The document with what a probe found; another one once something else is to be probed."""
    match subscription:
        case Certificate():
            target = f"{subscription.host}:{subscription.port}"
        case Domain():
            target = subscription.domain
        case _:
            target = subscription.name
    return f"probe:{subscription.probe}:{target}"
