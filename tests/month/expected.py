"""A plain second reckoning: what must follow from a month's happenings, by the shop's docs alone.

It knows nothing of the product's code, and no queue, no document, no retry: only who did what when, and the
rules as ``docs/`` tells them to the shop's owner. Where a moment is not exact, it says between which two.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any

from tests.month.effects import WHENEVER, Expected, SameCard
from tests.month.happenings import (
    Answered,
    CardMade,
    Edited,
    Form,
    Happening,
    Made,
    Missed,
    Outage,
    Produced,
    Talked,
    Told,
    Touched,
    TriggeredLate,
    Wrote,
)
from tests.month.rules.cards import Cards
from tests.month.rules.clients import Clients
from tests.month.rules.clock import Clock
from tests.month.rules.doubles import Doubles
from tests.month.rules.ledger import Ledger
from tests.month.rules.orders import Orders
from tests.month.rules.parcels import Parcels
from tests.month.rules.production import Production
from tests.month.rules.waiting import Waiting


class Reckoning:
    """Goes through the month once."""

    def __init__(self, happenings: Sequence[Happening], end: datetime) -> None:
        self._end = end
        self._clock = Clock(end, [each for each in happenings if isinstance(each, Outage)])
        self._ledger = Ledger(self._clock)
        waiting = Waiting(self._clock)
        self._cards = cards = Cards()
        clients = Clients(self._clock, self._ledger, waiting, cards)
        self._orders = orders = Orders(self._clock, self._ledger, waiting, cards)
        parcels = Parcels(self._clock, self._ledger, orders, waiting)
        self._production = Production(self._clock, self._ledger, orders)
        self._doubles = Doubles(self._clock, cards, happenings[0].at, end)
        rules: Mapping[type[Happening], Callable[[Any], None]] = {
            Form: clients.form,
            Missed: clients.missed,
            Talked: clients.talked,
            Wrote: clients.wrote,
            CardMade: cards.made,
            Made: orders.made,
            Edited: self._edited,
            Touched: orders.touched,
            TriggeredLate: lambda _late: None,
            Told: parcels.told,
            Produced: self._production.told,
            Answered: self._production.answered,
        }
        for happening in happenings:
            if not isinstance(happening, Outage):
                self._clock.once_there(happening.at, partial(rules[type(happening)], happening))

    def _edited(self, edited: Edited) -> None:
        self._orders.edited(edited)
        self._production.edited(edited)

    def effects(self) -> Iterator[Expected]:
        """Everything that must be there at the end."""
        self._clock.run(self._end)
        yield from self._ledger.effects(self._end)
        for answer, span in self._production.answers:
            yield Expected(answer, span)
        yield from self._doubles.effects()
        for orders in self._cards.groups():
            yield Expected(SameCard(orders), WHENEVER)
