"""Each night: which clients of the last orders may have two cards. One message; we never merge cards.

A long look goes on with the next run, and tells nothing before its end.
"""

import logging
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from operator import attrgetter
from zoneinfo import ZoneInfo

from pydantic import AwareDatetime

from chalicelib.changing import Content, change_document
from chalicelib.checks.port import Finding
from chalicelib.clock import Clock
from chalicelib.crm.port import CrmReader, Customer, Order
from chalicelib.doubles import address, phones_of, possible_doubles, surest_first
from chalicelib.engine.port import Documents, Engine
from chalicelib.errors import Refused
from chalicelib.events import DoublesFound, PossibleDouble
from chalicelib.hours import last_at
from chalicelib.memory import Memory
from chalicelib.messages import enclose
from chalicelib.names import full_name

DOUBLES_KEY = "doubles"
"""The document of :class:`DoublesMemory`."""

AT = time(5)
"""By the shop's clock: after the comparing, and before anybody works."""

FIRST_LOOK = timedelta(days=1)
LONGEST_RUN = timedelta(seconds=60)
"""Of a tick's five minutes: a client costs up to four requests, of which checks have two a second."""

MOST_PAGES = 50
"""Of 100 orders. Each run reads the list of them all again: of more it would never come to its end."""

TOO_MANY = "too-many-orders"

MOST_TOLD = 20
"""Pairs that a message names; the others are counted."""

MOST_FOUND = 1000
"""Pairs that one look finds: a phone of the shop's own may stand in hundreds of cards."""

MOST_KEPT = 5000
"""Pairs that are remembered as told: about a hundred kilobytes."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Made:
    """What is kept of an order, because there may be many.

    Attributes:
        at: when it was made.
        client: the id of its client's card.
    """

    at: datetime
    order_id: int
    client: int
    phones: tuple[str, ...]
    email: str

    @property
    def place(self) -> tuple[datetime, int]:
        """Where it stands among others."""
        return self.at, self.order_id


class DoublesMemory(Memory):
    """What was looked at and told.

    Attributes:
        until: the clients of all orders that were made until then are looked at; None before the first night.
        place: the id of the last order of that very moment that was looked at.
        found: what a look that is not at its end yet has found.
        told: the keys of pairs that people know of, or said to be two people, newest last.
        dismissed: those of them that a person said to be two people.
    """

    until: AwareDatetime | None = None
    place: int = 0
    found: tuple[PossibleDouble, ...] = ()
    told: tuple[str, ...] = ()
    dismissed: tuple[str, ...] = ()

    def dismissing(self, key: str) -> "DoublesMemory":
        """With a pair that is two people."""
        return self.model_copy(
            update={"told": _kept((*self.told, key)), "dismissed": _kept((*self.dismissed, key))}
        )


class DoublesCheck:
    """The check ``doubles``. Implements ``checks.port.Watch``."""

    name = "doubles"
    every = timedelta(minutes=10)
    has_baseline = False

    def __init__(self, crm: CrmReader, engine: Engine, zone: ZoneInfo, clock: Clock) -> None:
        """Look into this CRM; ``zone`` is the shop's."""
        self._crm = crm
        self._engine = engine
        self._zone = zone
        self._clock = clock

    def find(self, now: datetime) -> Iterable[Finding]:
        """Look at what is new since the last night, as far as this run comes; at the end people hear.

        Of a rush of more orders than ``MOST_PAGES`` hold, no more is looked at.

        Raises:
            LeadkeeperError: the CRM does not answer. What was looked at is remembered.
        """
        memory, due = self._memory(), last_at(AT, now, self._zone)
        since = memory.until or due - FIRST_LOOK
        if since >= due:
            return ()
        try:
            told = frozenset(memory.told)
            for made, found in self._looked(
                _bounded(self._crm.orders_made(since, due)), (since, memory.place)
            ):
                news = surest_first((*memory.found, *(each for each in found if each.key not in told)))
                memory = memory.model_copy(
                    update={"until": made.at, "place": made.order_id, "found": news[:MOST_FOUND]}
                )
                if self._clock() - now >= LONGEST_RUN:
                    return ()
            memory = self._told(memory, due, now)
        except Refused as refused:
            if refused.reason != TOO_MANY:
                raise
            log.warning("too many orders to look for doubles", extra={"since": since.isoformat()})
            memory = self._told(memory, due, now)
        finally:
            self._remember(memory)
        return ()

    def look(self, now: datetime) -> Sequence[str]:
        """What the clients of the last day's orders have in common with others.

        Raises:
            LeadkeeperError: the CRM does not answer.
        """
        return [
            f"{each.first} and {each.second}: the same {each.reason}, {each.certainty}"
            for each in self.doubles(now - FIRST_LOOK, now)
        ]

    def doubles(self, since: datetime, until: datetime) -> Sequence[PossibleDouble]:
        """Each pair that a client of these orders belongs to, but those that a person said to be two people.

        Raises:
            LeadkeeperError: the CRM does not answer.
        """
        dismissed = frozenset(self._memory().dismissed)
        looked = self._looked(self._crm.orders_made(since, until), (since, 0))
        found = (double for _, doubles in looked for double in doubles)
        return [each for each in surest_first(found) if each.key not in dismissed]

    def _looked(
        self, pages: Iterable[Sequence[Order]], after: tuple[datetime, int]
    ) -> Iterator[tuple[Made, Sequence[PossibleDouble]]]:
        """The orders after this place, one for each client, and what the client has in common with others."""
        made = [
            Made(order.created_at, order.id, order.customer_id, order.phones, order.email)
            for page in pages
            for order in page
            if order.customer_id is not None
        ]
        known: set[object] = set()
        for each in sorted(made, key=attrgetter("place")):
            client = (each.client, each.phones, address(each.email))
            if each.place > after and client not in known:
                known.add(client)
                yield each, self._doubles_of(each)

    def _doubles_of(self, made: Made) -> Sequence[PossibleDouble]:
        own = self._crm.customer(made.client)
        if own is None:
            return ()
        # What the order tells belongs to its client, too; a card has one e-mail address.
        own = own.model_copy(update={"phones": (*own.phones, *made.phones)})
        variants = [own, own.model_copy(update={"email": made.email})] if made.email else [own]
        others = {card.id: card for each in variants for card in self._like(each) if card.id != own.id}
        return surest_first(
            double
            for each in variants
            for double in possible_doubles([each, *others.values()])
            if own.id in {double.first, double.second}
        )

    def _like(self, card: Customer) -> Iterator[Customer]:
        for phone in sorted(phones_of(card)):
            yield from self._crm.customers_of_phone(phone)
        if address(card.email):
            yield from self._crm.customers_of_email(card.email)
        if full_name(card.name):
            yield from self._crm.customers_named(card.name) or ()

    def _told(self, memory: DoublesMemory, due: datetime, now: datetime) -> DoublesMemory:
        told = frozenset(memory.told)
        news = [each for each in memory.found if each.key not in told]
        if news:
            event = DoublesFound(at=now, doubles=tuple(news[:MOST_TOLD]), total=len(news))
            # A crash before this is remembered finds the same again: people hear it once.
            self._engine.notify.put(enclose(event, f"doubles:{due.isoformat()}", "", now))
        keys = _kept((*memory.told, *(each.key for each in news)))
        return memory.model_copy(update={"until": due, "place": 0, "found": (), "told": keys})

    def _memory(self) -> DoublesMemory:
        return DoublesMemory.model_validate(self._engine.documents.get(DOUBLES_KEY).content)

    def _remember(self, after: DoublesMemory) -> None:
        """What a person dismissed meanwhile stays dismissed."""

        def changed(content: Content) -> Content:
            dismissed = DoublesMemory.model_validate(content).dismissed
            keys = _kept((*after.told, *dismissed))
            return after.model_copy(update={"told": keys, "dismissed": dismissed}).content()

        change_document(self._engine.documents, DOUBLES_KEY, changed)


def dismiss(documents: Documents, double: tuple[int, int]) -> None:
    """Nobody is told of these two cards any more: they are two people."""
    key = PossibleDouble(first=min(double), second=max(double), reason="name").key
    change_document(
        documents,
        DOUBLES_KEY,
        lambda content: DoublesMemory.model_validate(content).dismissing(key).content(),
    )


def _bounded(pages: Iterable[Sequence[Order]]) -> Iterator[Sequence[Order]]:
    """The same pages.

    Raises:
        Refused: there are more of them than a night has time for.
    """
    for number, page in enumerate(pages):
        if number == MOST_PAGES:
            raise Refused(TOO_MANY, f"more than {MOST_PAGES} pages")
        yield page


def _kept(keys: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(keys))[-MOST_KEPT:]
