"""Tasks for whoever looks after a client: on the newest order, or on none for somebody unknown."""

from chalicelib.actions import Topic
from chalicelib.crm.port import Order
from chalicelib.playbook.clients import Client
from chalicelib.playbook.desk import Decision, Desk
from chalicelib.playbook.follow_up import Word, follow_up


def newest_order(client: Client) -> Order | None:
    """The newest open order, else the newest one."""
    return next((order for order in client.orders if order.is_open), next(iter(client.orders), None))


def order_in_question(client: Client, desk: Desk) -> Order | None:
    """What a client who gets in touch is about: the newest open order, else the newest one closed lately."""
    for order in client.orders:
        if order.is_open:
            return order
    since = desk.now - desk.shop.rules.known_caller
    for order in client.orders:
        if (order.status_since or order.created_at) >= since:
            return order
    return None


def task_about(desk: Desk, client: Client, topic: Topic, word: Word, order_id: int | None = None) -> Decision:
    """One open task a topic for the order's manager; without any order, a task for who is on duty.

    Args:
        desk: what the rule has before it.
        client: who it is about.
        topic: what happened just now, alone; its order is found here.
        word: the wording, as for ``follow_up``.
        order_id: which order it is about; None for the client's newest open one.
    """
    order = desk.crm.order(order_id) if order_id is not None else None
    order = order or newest_order(client)
    topic = topic.model_copy(update={"order_id": order.id if order else 0})
    task = follow_up(desk, client, order, topic, word)
    return Decision(actions=(task,), claims=client.claim(desk)) if task else Decision(note="already-told")
