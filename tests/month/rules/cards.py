"""Which card of the CRM is a client's: ``docs/clients.md``."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from tests.month.happenings import CardMade
from tests.month.rules.ledger import Order


@dataclass(slots=True, eq=False)
class Card:
    """A client's card, with the orders that hang on it."""

    phone: str = ""
    email: str = ""
    orders: list[Order] = field(default_factory=list)

    @property
    def name(self) -> str:
        """By what the shop knows it."""
        return f"{self.phone} {self.email}".strip()


class Cards:
    """All cards, the oldest first."""

    def __init__(self) -> None:
        self._cards: list[Card] = []

    def made(self, made: CardMade) -> None:
        """A manager makes one by hand, also where there is one already."""
        self._cards.append(Card(made.phone))

    def give(self, order: Order, known: Sequence[Order], phone: str, email: str = "") -> None:
        """A new order of ours: the card by phone, else that of the client's orders, else by e-mail address.

        Of several the one with the client's newest order; the others are named to the manager.
        """
        by_phone = [card for card in self._cards if phone and card.phone == phone]
        by_email = [card for card in self._cards if email and card.email == email]
        of_orders = [card for one in known for card in self._cards if one in card.orders]
        chosen = next(
            (card for card in of_orders if card in by_phone),
            next(iter([*by_phone, *of_orders, *by_email]), None),
        )
        others = [card for card in (*by_phone, *by_email) if card is not chosen]
        if chosen is None:
            chosen = Card(phone, email)
            self._cards.append(chosen)
        chosen.orders.append(order)
        order.notes.update(f"possible double: {card.name}" for card in others)

    def by_hand(self, order: Order) -> None:
        """The CRM itself takes the oldest card with the phone, or makes one."""
        same = next((card for card in self._cards if card.phone == order.phone), None)
        if same is None:
            same = Card(order.phone)
            self._cards.append(same)
        same.orders.append(order)

    def all(self) -> Sequence[Card]:
        """Each of them."""
        return self._cards

    def groups(self) -> list[tuple[str, ...]]:
        """The orders of each card that has several: all others are alone."""
        return [
            tuple(sorted(order.key for order in card.orders)) for card in self._cards if len(card.orders) > 1
        ]
