"""Whose conversation it is, and which order it is about.

A conversation has a document of its own. It is claimed before its client's, so that of several messages one
decides after the other, also if one of them tells the phone by which the client is known from then on.
"""

from dataclasses import dataclass, replace

from chalicelib.conversation_memory import ConversationMemory, conversation_key
from chalicelib.crm.port import Order
from chalicelib.engine.port import Document
from chalicelib.memory import ClientMemory, RememberedOrder
from chalicelib.playbook.claims import own_claim
from chalicelib.playbook.clients import TRUSTED_AFTER, Client, client_memory, look_up
from chalicelib.playbook.desk import Desk


@dataclass(frozen=True, slots=True)
class Conversation:
    """A conversation and its client.

    Attributes:
        chat: the conversation as a client of its own: its document, the tasks about it. Its orders are all
            of the client's.
        client: who it is: known by phone, else by e-mail address, else by the conversation alone.
    """

    chat: Client
    client: Client

    @property
    def memory(self) -> ConversationMemory:
        """What we remember of it."""
        return self.chat.memory.conversation or ConversationMemory()

    @property
    def own_order(self) -> RememberedOrder | None:
        """The newest order that it made."""
        made = (*self.chat.memory.orders, *self.client.memory.orders)
        own = [order for order in made if order.form == self.chat.key]
        return max(own, key=lambda order: order.made_at, default=None)

    def remembering(self, memory: ConversationMemory) -> "Conversation":
        """With another memory of it."""
        chat = replace(self.chat, memory=self.chat.memory.model_copy(update={"conversation": memory}))
        return replace(self, chat=chat, client=chat if self.is_known_by_chat else self.client)

    def claims(self, desk: Desk) -> tuple[Document, ...]:
        """The claim to do something about it, and for its client."""
        own = replace(self.chat.document, content=self.chat.memory.claimed(own_claim(desk)).content())
        if self.is_known_by_chat:
            return (own,)
        client = replace(self.client, memory=self.client.memory.with_chat(self.chat.key))
        return (own, *client.claim(desk))

    def remembered(self) -> Document:
        """What we remember of it, without a claim: whoever waits for a messenger holds up nothing else."""
        return replace(self.chat.document, content=self.chat.memory.content())

    @property
    def is_known_by_chat(self) -> bool:
        """Whether the client is known by the conversation alone."""
        return self.client.key == self.chat.key


def conversation_of(desk: Desk, source: str, chat_id: str, phone: str = "", email: str = "") -> Conversation:
    """Find a conversation and its client.

    Args:
        desk: what the rule has before it.
        source: where it is held.
        chat_id: the sender's id of it.
        phone: E.164, if it has just been told.
        email: of a letter's sender.

    Raises:
        Postponed: another entry is at work for one of them.
    """
    key = conversation_key(source, chat_id)
    document, memory = client_memory(desk, key)
    so_far = memory.conversation or ConversationMemory()
    phone = phone or so_far.phone
    known = memory.model_copy(update={"conversation": so_far.model_copy(update={"phone": phone})})
    own = _orders_of(memory, desk)
    if not phone and not email:
        chat = Client(key, document, known, _newest_first(own))
        return Conversation(chat, chat)
    found = look_up(desk, phone, email)
    orders = _newest_first((*found.orders, *own))
    client = replace(found, memory=_with_orders(found.memory, memory.orders), orders=orders)
    return Conversation(Client(key, document, known, orders, phone), client)


def _orders_of(memory: ClientMemory, desk: Desk) -> list[Order]:
    """What the conversation made before its client was known otherwise: no search shows it."""
    fresh = [order.id for order in memory.orders if desk.now - order.made_at < TRUSTED_AFTER]
    older = [order.id for order in memory.orders if order.id not in fresh]
    found = [desk.crm.order(order_id) for order_id in fresh]
    return [*(order for order in found if order), *(desk.crm.orders_with_ids(older) if older else ())]


def _newest_first(orders: tuple[Order, ...] | list[Order]) -> tuple[Order, ...]:
    once = {order.id: order for order in orders}.values()
    return tuple(sorted(once, key=lambda order: (order.created_at, order.id), reverse=True))


def _with_orders(memory: ClientMemory, orders: tuple[RememberedOrder, ...]) -> ClientMemory:
    """Who is known by phone from now on made these, too."""
    known = {order.id for order in memory.orders}
    more = tuple(order for order in orders if order.id not in known)
    return memory.model_copy(update={"orders": (*memory.orders, *more)})
