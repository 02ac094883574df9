"""The dice of one story, and the moments at which people do something."""

import random
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from tests.month.calendar import opening
from tests.month.happenings import Outage
from tests.month.shop import WORKERS

BEFORE_OUTAGE, AFTER_OUTAGE = timedelta(minutes=15), timedelta(minutes=20)
"""So long before and after one nobody does anything: all is seen to before, and caught up with after it."""


class Chances:
    """Throws the dice; the same seed throws the same."""

    def __init__(self, chance: random.Random, outages: Sequence[Outage]) -> None:
        self._chance = chance
        self.outages = outages

    def is_so(self, share: float) -> bool:
        """True as often as that."""
        return self._chance.random() < share

    def one_of(self, shares: Mapping[str, float]) -> str:
        """One of the names, each as often as that."""
        return self._chance.choices(list(shares), list(shares.values()))[0]

    def choice(self, names: Sequence[str]) -> str:
        """Any of them."""
        return self._chance.choice(names)

    def number(self, first: int, last: int) -> int:
        """Any of them."""
        return self._chance.randint(first, last)

    def minutes(self, first: float, last: float) -> timedelta:
        """Some time between, to the second."""
        return timedelta(seconds=self._chance.randint(round(first * 60), round(last * 60)))

    def working_moment(self, at: datetime, least: float, most: float) -> datetime:
        """So many minutes later, or when the shop is open again."""
        return self.free(opening(at + self.minutes(least, most)) + self.minutes(0, 60))

    def free(self, at: datetime) -> datetime:
        """The moment itself, unless the CRM is away, or has just come back."""
        for outage in self.outages:
            if outage.at - BEFORE_OUTAGE <= at <= outage.until + AFTER_OUTAGE:
                return outage.until + AFTER_OUTAGE + self.minutes(1, 15)
        return at

    def is_calm(self, at: datetime) -> bool:
        """Whether the CRM is there, and has been for a while."""
        return self.free(at) == at

    def manager(self, at: datetime) -> tuple[int, datetime]:
        """Somebody who is at work then, or who is first back."""
        present = [one for one in WORKERS if one.is_at_work(at)]
        if present:
            return self._chance.choice(present).user, at
        first = min(WORKERS, key=lambda one: one.next_at_work(at))
        return first.user, first.next_at_work(at) + self.minutes(1, 5)
