"""A missed call becomes an order of a new client, or a task to call a known client back."""

from chalicelib.actions import CreateOrder, CreateTask, TaskText, Topic
from chalicelib.crm.port import Order
from chalicelib.events import Attribution, CallMissed
from chalicelib.people import performer_for
from chalicelib.phones import normalise
from chalicelib.playbook.client_clock import clock_line, zone_of
from chalicelib.playbook.clients import Client, external_id, look_up
from chalicelib.playbook.desk import Decision, Desk
from chalicelib.playbook.follow_up import due_moment, follow_up


def on_call_missed(call: CallMissed, desk: Desk) -> Decision:
    """A new order for a first-time caller, a task "call back" for a known one."""
    if call.phone is None:
        return _hidden_caller(call, desk)
    if call.phone in {normalise(number, typed=True) for number in (*desk.shop.shop.own_numbers, call.line)}:
        return Decision(note="own-number")
    client = look_up(desk, call.phone)
    order = _order_to_call_back_on(client, desk)
    if order is None:
        return _first_time_caller(call, call.phone, client, desk)
    return _known_caller(call, client, order, desk)


def _order_to_call_back_on(client: Client, desk: Desk) -> Order | None:
    """The newest open order, else the newest one that was closed lately."""
    for order in client.orders:
        if order.is_open:
            return order
    since = desk.now - desk.shop.rules.known_caller
    for order in client.orders:
        if (order.status_since or order.created_at) >= since:
            return order
    return None


def _first_time_caller(call: CallMissed, phone: str, client: Client, desk: Desk) -> Decision:
    codes = desk.shop.crm.codes
    order_id = external_id(desk, "call", call.call_id)
    order = CreateOrder(
        client=client.key,
        external_id=order_id,
        must_call=True,
        occurred_at=call.called_at,
        method=codes.missed_call_method,
        status=codes.new,
        customer_id=desk.crm.customer_of(phone, ""),
        phone=phone,
        attribution=Attribution(source="phone", medium=call.line),
        manager_comment=desk.texts.render(
            "order/missed_call", phone=phone, at=call.called_at, line=_line(call)
        ),
    )
    return Decision(actions=(order,), claims=client.claim(desk))


def _known_caller(call: CallMissed, client: Client, order: Order, desk: Desk) -> Decision:
    clock = clock_line(desk, zone_of(desk, order, call.phone or ""))

    def word(topic: Topic, _commentary: str) -> TaskText:
        fields = {"phone": call.phone, "line": _line(call)}
        return TaskText(
            text=desk.texts.render(
                "task/callback", count=len(topic.moments), last_at=topic.moments[-1], **fields
            ),
            commentary=desk.texts.render(
                "task/callback_commentary",
                order_number=order.number,
                status_name="",
                calls=topic.moments,
                client_time=clock,
                **fields,
            ),
        )

    topic = Topic(name="callback", order_id=order.id, event_ids=(call.call_id,), moments=(call.called_at,))
    task = follow_up(desk, client, order, topic, word)
    return Decision(actions=(task,), claims=client.claim(desk)) if task else Decision(note="already-told")


def _hidden_caller(call: CallMissed, desk: Desk) -> Decision:
    """Nobody to call back, and no client: all hidden callers would be one person."""
    performer = performer_for(desk.shop.people, None, desk.now, desk.shop.shop.timezone)
    task = CreateTask(
        text=desk.texts.render("task/hidden_call", at=call.called_at, line=_line(call)),
        commentary=desk.texts.render("task/hidden_call_commentary"),
        due_at=due_moment(desk, performer),
        performer_id=performer,
    )
    return Decision(actions=(task,))


def _line(call: CallMissed) -> str:
    """Our number as the texts' filter for phones knows it; a line may also have a name."""
    return normalise(call.line, typed=True) or call.line
