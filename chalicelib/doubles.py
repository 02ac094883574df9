"""Cards of the CRM that may be one client. Pure: who the cards are is read elsewhere."""

from collections.abc import Iterable, Sequence
from itertools import combinations
from typing import Literal

from pydantic import BaseModel, ConfigDict

from chalicelib.crm.port import Customer
from chalicelib.names import full_name, same_place
from chalicelib.phones import normalise

Reason = Literal["phone", "email", "name"]
Certainty = Literal["certain", "likely", "possible"]
CERTAINTY: dict[Reason, Certainty] = {"phone": "certain", "email": "likely", "name": "possible"}


class Pair(BaseModel):
    """Two cards that may be one client.

    Attributes:
        first: the older card's id.
        second: the newer one's.
        reason: the strongest thing that they have in common.
    """

    model_config = ConfigDict(frozen=True)

    first: int
    second: int
    reason: Reason

    @property
    def certainty(self) -> Certainty:
        """How sure it is: a phone has one owner, a mailbox may be a family's, a name is anybody's."""
        return CERTAINTY[self.reason]

    @property
    def key(self) -> str:
        """What tells pairs apart."""
        return f"{self.first}-{self.second}"


def possible_doubles(customers: Iterable[Customer]) -> tuple[Pair, ...]:
    """Each pair of these cards that may be one client, the surest first."""
    cards = sorted({card.id: card for card in customers}.values(), key=lambda card: card.id)
    reasons: Sequence[Reason] = tuple(CERTAINTY)
    pairs = [
        Pair(first=one.id, second=other.id, reason=reason)
        for one, other in combinations(cards, 2)
        if (reason := _in_common(one, other)) is not None
    ]
    return tuple(sorted(pairs, key=lambda pair: (reasons.index(pair.reason), pair.first, pair.second)))


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


def _in_common(one: Customer, other: Customer) -> Reason | None:
    if phones_of(one) & phones_of(other):
        return "phone"
    if address(one.email) and address(one.email) == address(other.email):
        return "email"
    if not full_name(one.name) or full_name(one.name) != full_name(other.name):
        return None
    differs = contradicts(one, phones_of(other), other.email)
    return "name" if same_place(one.city, other.city) or not differs else None
