"""Which cards may be one client's, told each night at five: ``docs/clients.md``.

The clients of the month have first names only, and such names make no doubles.
"""

from collections.abc import Iterator
from datetime import datetime, time
from functools import partial

from tests.month.calendar import DAY, at, local
from tests.month.effects import WHENEVER, Double, Expected
from tests.month.rules.cards import Card, Cards
from tests.month.rules.clock import SOON, Clock
from tests.month.rules.ledger import Order

NIGHT = time(5)
REASONS = ("phone", "email")
"""The surest first."""


class Doubles:
    """The nightly look at the clients of new orders."""

    def __init__(self, clock: Clock, cards: Cards, begins: datetime, end: datetime) -> None:
        self._clock = clock
        self._cards = cards
        self._until = WHENEVER.first
        self._told: dict[frozenset[Card], Expected] = {}
        due = at(local(begins).date() + DAY, NIGHT)
        while due < end:
            clock.once_there(due, partial(self._look, due))
            due += DAY

    def effects(self) -> Iterator[Expected]:
        """Each pair, once."""
        yield from self._told.values()

    def _look(self, due: datetime) -> None:
        """At the clients of the orders since the last night; later ones are the next night's."""
        news = [
            (card, order)
            for card in self._cards.all()
            for order in card.orders
            if self._until < order.made.first <= due
        ]
        self._until = due
        found = [
            (reason, frozenset({card, other}))
            for reason in REASONS
            for card, order in news
            for other in self._cards.all()
            if other is not card and _have_in_common(reason, card, order, other)
        ]
        for reason, pair in found:
            if pair not in self._told:
                names = tuple(sorted(card.name for card in pair))
                self._told[pair] = Expected(Double(names, reason), self._clock.span(SOON))


def _have_in_common(reason: str, card: Card, order: Order, other: Card) -> bool:
    """What the order tells belongs to its client, too."""
    if reason == "phone":
        return bool(other.phone) and other.phone in {card.phone, order.phone}
    return bool(other.email) and other.email in {card.email, order.email}
