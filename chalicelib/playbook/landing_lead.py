"""A lead from a landing page becomes an order, or completes the one that a missed call made."""

from chalicelib.actions import CompleteOrder, CreateOrder, Topic
from chalicelib.crm.port import Order
from chalicelib.events import LeadSubmitted
from chalicelib.playbook.clients import Client, external_id, look_up
from chalicelib.playbook.desk import Decision, Desk
from chalicelib.playbook.follow_up import Wording, follow_up


def on_lead_submitted(lead: LeadSubmitted, desk: Desk) -> Decision:
    """An order with what the client wrote; without a usable phone too, with what was typed."""
    client = look_up(desk, lead.phone or "", lead.email)
    first = _same_form_just_before(lead, client, desk)
    if first is not None:
        return _repeat(lead, client, first, desk)
    call_order = _order_of_missed_call(lead, client, desk)
    if call_order is not None:
        completion = _completion(lead, client, call_order, desk)
        return Decision(actions=(completion,), claims=client.unclaimed)
    return _new_order(lead, client, desk)


def _form(lead: LeadSubmitted, desk: Desk) -> str:
    return f"{desk.source}:{lead.form}"


def _same_form_just_before(lead: LeadSubmitted, client: Client, desk: Desk) -> Order | None:
    for remembered in client.memory.orders:
        age = lead.submitted_at - remembered.at
        if remembered.form == _form(lead, desk) and age < desk.shop.rules.repeat_lead:
            return client.order(remembered.id)
    return None


def _order_of_missed_call(lead: LeadSubmitted, client: Client, desk: Desk) -> Order | None:
    """The client's open order from a missed call that no lead has completed yet."""
    since = lead.submitted_at - desk.shop.rules.lead_completes_call
    completed = {remembered.id for remembered in client.memory.orders if remembered.form}
    for order in client.orders:
        is_from_call = order.method == desk.shop.crm.codes.missed_call_method
        if is_from_call and order.is_open and order.created_at >= since and order.id not in completed:
            return order
    return None


def _new_order(lead: LeadSubmitted, client: Client, desk: Desk) -> Decision:
    codes = desk.shop.crm.codes
    order_id = external_id("lead", desk.source, lead.lead_id)
    order = CreateOrder(
        client=client.key,
        external_id=order_id,
        origin="landing-lead",
        form=_form(lead, desk),
        occurred_at=lead.submitted_at,
        method=codes.landing_method,
        status=codes.new,
        customer_id=desk.crm.customer_of(lead.phone or "", lead.email),
        name=lead.name,
        phone=lead.phone or "",
        email=lead.email,
        items=lead.items,
        discount=lead.discount,
        delivery_cost=lead.delivery_cost,
        delivery_address=lead.delivery_address,
        attribution=lead.attribution,
        customer_comment=_client_words(lead, desk),
        manager_comment=_for_manager(lead, desk),
    )
    return Decision(actions=(order,), claims=client.claim(desk, order_id))


def _completion(lead: LeadSubmitted, client: Client, order: Order, desk: Desk) -> CompleteOrder:
    note = desk.texts.render("order/lead_completes_call", at=lead.submitted_at, form_name=lead.form_name)
    return CompleteOrder(
        client=client.key,
        order_id=order.id,
        form=_form(lead, desk),
        occurred_at=lead.submitted_at,
        name=lead.name,
        email=lead.email,
        items=lead.items,
        discount=lead.discount,
        delivery_cost=lead.delivery_cost,
        delivery_address=lead.delivery_address,
        attribution=lead.attribution,
        customer_comment=_client_words(lead, desk),
        manager_comment=f"{note}\n{_for_manager(lead, desk)}",
    )


def _repeat(lead: LeadSubmitted, client: Client, first: Order, desk: Desk) -> Decision:
    def word(topic: Topic) -> Wording:
        fields = {
            "form_name": lead.form_name,
            "name": lead.name,
            "phone": lead.phone,
            "email": lead.email,
            "answers": lead.answers,
            "at": topic.moments[-1],
        }
        return Wording(
            desk.texts.render("task/repeat_lead", **fields),
            desk.texts.render("task/repeat_lead_commentary", **fields),
        )

    topic = Topic(
        name="repeat-lead", order_id=first.id, event_ids=(lead.lead_id,), moments=(lead.submitted_at,)
    )
    task = follow_up(desk, client, first, topic, word)
    return Decision(
        actions=(task,) if task else (), claims=client.unclaimed, note="" if task else "already-told"
    )


def _client_words(lead: LeadSubmitted, desk: Desk) -> str:
    return desk.texts.render("order/lead_comment", answers=lead.answers)


def _for_manager(lead: LeadSubmitted, desk: Desk) -> str:
    return desk.texts.render(
        "order/lead_manager_comment",
        form_name=lead.form_name,
        phone=lead.phone,
        phone_typed=lead.phone_typed,
        email=lead.email,
        number=lead.number,
        total=lead.total,
        discount=lead.discount,
        delivery_name=lead.delivery_name,
        delivery_address=lead.delivery_address,
        delivery_cost=lead.delivery_cost,
        payment=lead.payment,
        promocode=lead.promocode,
    )
