"""A lead from a landing page becomes an order, or completes the one that a missed call made."""

import re
from typing import Any

from chalicelib.actions import CompleteOrder, CreateOrder, TaskText, Topic
from chalicelib.assignment.subject import Subject
from chalicelib.crm.port import Order
from chalicelib.events import LeadSubmitted
from chalicelib.plain_text import printable
from chalicelib.playbook.availability import city_answers, stock_words
from chalicelib.playbook.client_clock import clock_line, zone_of
from chalicelib.playbook.clients import Client, external_id, look_up
from chalicelib.playbook.desk import Decision, Desk
from chalicelib.playbook.follow_up import follow_up
from chalicelib.playbook.performers import manager_for
from chalicelib.playbook.repeat_clients import Contact, card_of
from chalicelib.playbook.visits import custom_fields, visit_text

EMAIL = re.compile(r"[^\s@]{1,64}@[^\s@]+\.[^\s@]+")
LONGEST_EMAIL = 254
LONGEST_NAME = 200


def on_lead_submitted(lead: LeadSubmitted, desk: Desk) -> Decision:
    """An order with what the client wrote; without a usable phone too, with what was typed."""
    client = look_up(desk, lead.phone or "", _email(lead))
    first = _same_form_just_before(lead, client, desk)
    if first is not None and first.external_id == _external_id(lead, desk):
        return Decision(note="already-told")
    if first is not None:
        return _repeat(lead, client, first, desk)
    call_order = _order_of_missed_call(lead, client, desk)
    if call_order is not None:
        completion = _completion(lead, client, call_order, desk)
        return Decision(actions=(completion,), claims=client.claim(desk))
    return _new_order(lead, client, desk)


def _email(lead: LeadSubmitted) -> str:
    """The e-mail address, if it is one. "нет" is no identity, and a CRM may refuse it.

    Invisible characters come along when an address is pasted. Our memory and the CRM must not differ in them.
    """
    typed = printable(lead.email).strip()
    return typed if len(typed) <= LONGEST_EMAIL and EMAIL.fullmatch(typed) else ""


def _external_id(lead: LeadSubmitted, desk: Desk) -> str:
    return external_id(desk, "lead", lead.lead_id)


def _form(lead: LeadSubmitted, desk: Desk) -> str:
    return f"{desk.entry.source}:{lead.form}"


def _same_form_just_before(lead: LeadSubmitted, client: Client, desk: Desk) -> Order | None:
    for remembered in client.memory.orders:
        # An old lead that is replayed may be older than the order.
        distance = abs(lead.submitted_at - remembered.at)
        if remembered.form == _form(lead, desk) and distance < desk.shop.rules.repeat_lead:
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
    contact = Contact(lead.phone or "", _email(lead), lead.name, lead.delivery_address)
    card = card_of(contact, client, desk)
    order = CreateOrder(
        **_content(lead, client, desk),
        external_id=_external_id(lead, desk),
        method=codes.landing_method,
        status=codes.new,
        manager_id=manager_for(_subject(lead, desk), desk),
        customer_id=card.customer_id,
        phone=lead.phone or "",
        manager_comment=_joined(_with_page(lead, desk), card.text(desk)),
    )
    return Decision(actions=(order,), claims=client.claim(desk))


def _subject(lead: LeadSubmitted, desk: Desk) -> Subject:
    """What decides who gets the order."""
    city = _joined(lead.delivery_address, *city_answers(lead))
    items = tuple(f"{item.name} {item.sku}" for item in lead.items)
    return Subject(about=f"entry:{desk.entry.id}", city=city, region=lead.delivery_address, products=items)


def _completion(lead: LeadSubmitted, client: Client, order: Order, desk: Desk) -> CompleteOrder:
    note = desk.texts.render("order/lead_completes_call", at=lead.submitted_at, form_name=lead.form_name)
    return CompleteOrder(
        **_content(lead, client, desk),
        order_id=order.id,
        manager_comment=f"{note}\n{_with_page(lead, desk)}",
    )


def _content(lead: LeadSubmitted, client: Client, desk: Desk) -> dict[str, Any]:
    """What each order holds of a lead."""
    return {
        "client": client.key,
        "form": _form(lead, desk),
        "occurred_at": lead.submitted_at,
        "name": lead.name.strip()[:LONGEST_NAME],
        "email": _email(lead),
        "items": lead.items,
        "discount": lead.discount,
        "delivery_cost": lead.delivery_cost,
        "delivery_address": lead.delivery_address,
        "is_paid": lead.is_paid,
        "attribution": lead.attribution,
        "custom_fields": custom_fields(lead, desk),
        "customer_comment": desk.texts.render("order/lead_comment", answers=lead.answers),
    }


def _repeat(lead: LeadSubmitted, client: Client, first: Order, desk: Desk) -> Decision:
    clock = clock_line(desk, zone_of(desk, first, lead.phone or ""))

    def word(topic: Topic, commentary: str) -> TaskText:
        fields = {"form_name": lead.form_name, "name": lead.name, "phone": lead.phone}
        return TaskText(
            text=desk.texts.render(
                "task/repeat_lead", count=len(topic.moments), at=topic.moments[-1], **fields
            ),
            commentary=desk.texts.render(
                "task/repeat_lead_commentary",
                so_far=commentary,
                at=lead.submitted_at,
                answers=lead.answers,
                items=lead.items,
                for_manager=_joined(_for_manager(lead, desk), visit_text(lead, desk)),
                client_time=clock,
                **fields,
            ),
        )

    topic = Topic(
        name="repeat-lead", order_id=first.id, event_ids=(lead.lead_id,), moments=(lead.submitted_at,)
    )
    task = follow_up(desk, client, first, topic, word)
    return Decision(actions=(task,), claims=client.claim(desk)) if task else Decision(note="already-told")


def _with_page(lead: LeadSubmitted, desk: Desk) -> str:
    """The comment of an order, whose source tells the advertisement."""
    return _joined(
        _for_manager(lead, desk), stock_words(lead, desk), visit_text(lead, desk, with_attribution=False)
    )


def _joined(*texts: str) -> str:
    return "\n".join(filter(None, texts))


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
        is_paid=lead.is_paid,
        promocode=lead.promocode,
    )
