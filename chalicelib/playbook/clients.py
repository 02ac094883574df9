"""Who the client is: their orders by the CRM and by our own memory."""

import re
from dataclasses import dataclass, replace
from datetime import timedelta

from chalicelib.crm.port import Order
from chalicelib.engine.port import Document
from chalicelib.errors import Postponed
from chalicelib.gate.tickets import fingerprint
from chalicelib.memory import Claim, ClientMemory, client_key
from chalicelib.phones import normalise
from chalicelib.playbook.desk import Desk

CLAIM_WAIT = timedelta(seconds=2)
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
    """

    key: str
    document: Document
    memory: ClientMemory
    orders: tuple[Order, ...]

    def claim(self, desk: Desk, external_id: str) -> tuple[Document, ...]:
        """The claim to make an order with this external id; nothing for an unknown client."""
        if not self.key:
            return ()
        claimed = self.memory.claimed(Claim(entry_id=desk.entry_id, external_id=external_id))
        return (replace(self.document, content=claimed.content()),)

    @property
    def unclaimed(self) -> tuple[Document, ...]:
        """What gives back a claim of an earlier attempt, for a decision that makes no order after all."""
        content = self.memory.content()
        claimed = self.key and ClientMemory.model_validate(self.document.content) != self.memory
        return (replace(self.document, content=content),) if claimed else ()

    def order(self, order_id: int) -> Order | None:
        """One of the client's orders."""
        return next((order for order in self.orders if order.id == order_id), None)


def look_up(desk: Desk, phone: str, email: str = "") -> Client:
    """Find a client by phone (E.164), else by e-mail address.

    Raises:
        Postponed: another entry is just making an order for this client.
    """
    key = client_key(phone, email)
    document = desk.documents.get(key) if key else Document("", {}, 0)
    memory = ClientMemory.model_validate(document.content)
    if memory.claim is not None and memory.claim.entry_id != desk.entry_id:
        raise Postponed("client-claimed", CLAIM_WAIT, f"order {memory.claim.external_id} is being made")
    memory = memory.released(desk.entry_id)
    found = _found_in_crm(desk, phone, email)
    remembered = _remembered(desk, memory, {order.id for order in found}, phone, email)
    orders = sorted([*found, *remembered], key=lambda order: (order.created_at, order.id), reverse=True)
    return Client(key, document, memory, tuple(orders))


def external_id(prefix: str, source: str, event_id: str) -> str:
    """A deterministic external id that is safe in a URL path.

    Providers' ids may hold ``=`` and ``/`` (Mango's are base64). An id that is not short and plain after
    the usual exchange is replaced by its fingerprint.
    """
    plain = event_id.rstrip("=").replace("+", "-").replace("/", "_").replace(":", "-")
    whole = f"{prefix}-{source}-{plain}"
    if re.fullmatch(r"[A-Za-z0-9_.-]+", plain) and len(whole) <= MAX_EXTERNAL_ID:
        return whole
    return f"{prefix}-{source}-{fingerprint(event_id)[:32]}"


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
