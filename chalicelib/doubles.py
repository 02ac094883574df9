"""Cards of the CRM that may be one client. Pure: who the cards are is read elsewhere."""

from collections.abc import Iterable
from itertools import combinations

from chalicelib.crm.port import Customer
from chalicelib.events import CERTAINTY, DoubleReason, PossibleDouble
from chalicelib.names import full_name, same_place
from chalicelib.phones import normalise


def possible_doubles(customers: Iterable[Customer]) -> tuple[PossibleDouble, ...]:
    """Each pair of these cards that may be one client, the surest first."""
    cards = sorted({card.id: card for card in customers}.values(), key=lambda card: card.id)
    pairs = [
        PossibleDouble(first=one.id, second=other.id, reason=reason)
        for one, other in combinations(cards, 2)
        if (reason := _in_common(one, other)) is not None
    ]
    return surest_first(pairs)


def surest_first(pairs: Iterable[PossibleDouble]) -> tuple[PossibleDouble, ...]:
    """Each pair once, for its strongest reason, the surest first."""
    ranks = {reason: rank for rank, reason in enumerate(CERTAINTY)}
    strongest: dict[str, PossibleDouble] = {}
    for pair in sorted(pairs, key=lambda pair: (ranks[pair.reason], pair.first, pair.second)):
        strongest.setdefault(pair.key, pair)
    return tuple(strongest.values())


def phones_of(customer: Customer) -> frozenset[str]:
    """The card's phones in E.164."""
    return frozenset(filter(None, (normalise(text, typed=True) for text in customer.phones)))


def contradicts(customer: Customer, phones: Iterable[str], email: str) -> bool:
    """Whether a card has another phone, or another e-mail address, than somebody who has these (E.164)."""
    known, told = phones_of(customer), frozenset(phones)
    own, other = address(customer.email), address(email)
    return bool(known and told and not known & told) or bool(own and other and own != other)


def address(email: str) -> str:
    """What makes two spellings the same e-mail address."""
    return email.strip().casefold()


def _in_common(one: Customer, other: Customer) -> DoubleReason | None:
    if phones_of(one) & phones_of(other):
        return "phone"
    if address(one.email) and address(one.email) == address(other.email):
        return "email"
    if not full_name(one.name) or full_name(one.name) != full_name(other.name):
        return None
    differs = contradicts(one, phones_of(other), other.email)
    return "name" if same_place(one.city, other.city) or not differs else None
