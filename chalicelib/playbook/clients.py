"""Who the client is: their orders by the CRM and by our own memory."""

import re
from dataclasses import dataclass, replace
from datetime import timedelta

from chalicelib.crm.port import Order
from chalicelib.engine.port import Document
from chalicelib.gate.tickets import fingerprint
from chalicelib.memory import ClientMemory, client_key
from chalicelib.phones import normalise
from chalicelib.playbook.claims import own_claim, wait_for
from chalicelib.playbook.desk import Desk

TRUSTED_AFTER = timedelta(hours=24)
"""After a day what the CRM's search does not show is really gone: deleted, or merged into another order."""

MAX_EXTERNAL_ID = 80


@dataclass(frozen=True, slots=True)
class Client:
    """A client as the CRM and our memory know them.

    Attributes:
        key: the client's document; empty for somebody without phone and e-mail address.
        memory: what we made for them.
        orders: newest first, also those that the CRM's search does not show yet.
        phone: E.164; empty if it is unknown.
    """

    key: str
    document: Document
    memory: ClientMemory
    orders: tuple[Order, ...]
    phone: str = ""

    def claim(self, desk: Desk) -> tuple[Document, ...]:
        """The claim to do something for this client; nothing for an unknown one."""
        if not self.key:
            return ()
        return (replace(self.document, content=self.memory.claimed(own_claim(desk)).content()),)

    def order(self, order_id: int) -> Order | None:
        """One of the client's orders."""
        return next((order for order in self.orders if order.id == order_id), None)


def look_up(desk: Desk, phone: str, email: str = "") -> Client:
    """Find a client by phone (E.164), else by e-mail address.

    Raises:
        Postponed: another entry is at work for this client.
    """
    key = client_key(phone, email)
    document, memory = client_memory(desk, key) if key else (Document("", {}, 0), ClientMemory())
    found = _found_in_crm(desk, phone, email)
    remembered = _remembered(desk, memory, {order.id for order in found}, phone, email)
    orders = sorted([*found, *remembered], key=lambda order: (order.created_at, order.id), reverse=True)
    return Client(key, document, memory, tuple(orders), phone)


def client_memory(desk: Desk, key: str) -> tuple[Document, ClientMemory]:
    """What we remember of a client, with its document; the CRM is not asked.

    Raises:
        Postponed: another entry is at work for this client.
    """
    document = desk.documents.get(key)
    memory = ClientMemory.model_validate(document.content)
    wait_for(memory.claim, desk)
    return document, memory


def has_paid_on_site(desk: Desk, order: Order) -> bool:
    """True if the client paid this order on the site; the CRM may not know it."""
    phones = filter(None, (normalise(text, typed=True) for text in order.phones))
    for key in dict.fromkeys(client_key(phone, "") for phone in phones):
        memory = ClientMemory.model_validate(desk.documents.get(key).content)
        if any(remembered.is_paid for remembered in memory.orders if remembered.id == order.id):
            return True
    return False


def external_id(desk: Desk, prefix: str, event_id: str) -> str:
    """A deterministic external id that is safe in a URL.

    An id with a slash (Mango's are base64), or a long one, is replaced by its fingerprint. Another content
    that came with the same id, and that a person replays, is an order of its own.
    """
    entry = desk.entry
    known = event_id + (f"+{entry.variant}" if entry.variant else "")
    whole = f"{prefix}-{entry.source}-{known}"
    if re.fullmatch(r"[A-Za-z0-9_.:=+-]+", known) and len(whole) <= MAX_EXTERNAL_ID:
        return whole
    return f"{prefix}-{entry.source}-{fingerprint(known)[:32]}"


def _found_in_crm(desk: Desk, phone: str, email: str) -> list[Order]:
    if phone:
        return desk.crm.orders_of_phone(phone)
    return desk.crm.orders_of_email(email) if email else []


def _remembered(desk: Desk, memory: ClientMemory, known: set[int], phone: str, email: str) -> list[Order]:
    """Orders of ours that the search does not show yet. What is gone, or not theirs, is left out."""
    fresh = [
        remembered
        for remembered in memory.orders
        if remembered.id not in known and desk.now - remembered.made_at < TRUSTED_AFTER
    ]
    orders = [desk.crm.order(remembered.id) for remembered in fresh]
    return [order for order in orders if order is not None and _belongs_to(order, phone, email)]


def _belongs_to(order: Order, phone: str, email: str) -> bool:
    if phone:
        return phone in {normalise(text, typed=True) for text in order.phones}
    return order.email.strip().lower() == email.strip().lower()
