"""Which card of the CRM is a client's: by phone, else by e-mail address, else by name. docs/clients.md.

An order for a known client names the card, so that the CRM makes no second one. Cards are never merged.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from chalicelib.crm.port import Customer, Order
from chalicelib.doubles import contradicts
from chalicelib.names import full_name, names_place
from chalicelib.playbook.clients import Client
from chalicelib.playbook.desk import Desk


@dataclass(frozen=True, slots=True)
class Contact:
    """What a client told of themselves.

    Attributes:
        phone: E.164; empty if unknown, as everything else.
        address: where to deliver, in one line.
    """

    phone: str = ""
    email: str = ""
    name: str = ""
    address: str = ""


@dataclass(frozen=True, slots=True)
class Card:
    """The client's card.

    Attributes:
        customer_id: None for a client whom the CRM does not know.
        doubles: other cards that may be theirs.
        is_by_name: whether nothing but name and city tells that it is theirs.
    """

    customer_id: int | None = None
    doubles: tuple[int, ...] = ()
    is_by_name: bool = False

    def text(self, desk: Desk) -> str:
        """What the order's manager should look at; empty if nothing is in doubt."""
        if not self.doubles and not self.is_by_name:
            return ""
        cards = [str(card) for card in self.doubles]
        return desk.texts.render("order/possible_doubles", cards=cards, is_by_name=self.is_by_name)


def card_of(contact: Contact, client: Client, desk: Desk) -> Card:
    """The card of a client who makes an order.

    Args:
        contact: what they told of themselves.
        client: the same client, looked up by phone, else by e-mail address or by the conversation.
        desk: what the rule has before it.
    """
    by_phone = desk.crm.customers_of_phone(contact.phone) if contact.phone else []
    by_email = desk.crm.customers_of_email(contact.email) if contact.email else []
    of_orders = next((order.customer_id for order in client.orders if order.customer_id), None)
    # The client's orders were found by the phone, if there is one: they come before the e-mail address.
    chosen = _chosen(by_phone, client.orders) or of_orders or _chosen(by_email, client.orders)
    if chosen is not None:
        met = [card.id for card in (*by_phone, *by_email)]
        return Card(chosen, tuple(card for card in dict.fromkeys(met) if card != chosen))
    named = desk.crm.customers_named(contact.name) if full_name(contact.name) else []
    if named and len(named) == 1 and _counts(named[0], contact):
        return Card(named[0].id, is_by_name=True)
    return Card(doubles=tuple(card.id for card in named or () if _may_be(card, contact)))


def _chosen(cards: Sequence[Customer], orders: Sequence[Order]) -> int | None:
    """Of several cards the one with the newest order; without orders, the oldest card."""
    ids = [card.id for card in cards]
    with_order = (order.customer_id for order in orders if order.customer_id in ids)
    return next(with_order, next(iter(ids), None))


def _counts(card: Customer, contact: Contact) -> bool:
    """Whether name and city are enough: only if the client told a contact, and the card has no other one.

    Without any contact the CRM would put the card's phone into the order: a stranger's, if they only have the
    same name.
    """
    is_reachable = bool(contact.phone or contact.email)
    return is_reachable and not _differs(card, contact) and names_place(contact.address, card.city)


def _may_be(card: Customer, contact: Contact) -> bool:
    return not _differs(card, contact) or names_place(contact.address, card.city)


def _differs(card: Customer, contact: Contact) -> bool:
    return contradicts(card, filter(None, (contact.phone,)), contact.email)
