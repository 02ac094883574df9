"""What clients send by forms, and whether somebody answers."""

from datetime import timedelta
from decimal import Decimal
from typing import Literal

from pydantic import AwareDatetime

from chalicelib.events.base import Attribution, Event


class LeadItem(Event):
    """One line of a cart. ``price`` is for one piece."""

    name: str
    quantity: Decimal = Decimal(1)
    price: Decimal = Decimal(0)
    sku: str = ""


class LeadSubmitted(Event):
    """A client sent a form or a cart on a landing page.

    Attributes:
        lead_id: the sender's id of the submission.
        form: what tells forms apart, such as the form's id; used to recognise a repeat.
        form_name: the form's name for people.
        phone: E.164, None if what was typed is no usable phone.
        phone_typed: what was typed as the phone, unchanged.
        number: the order's number that the client saw; empty for a plain form.
        items: the cart; empty for a plain form.
        total: the sum that the client saw, after discount and with delivery; None for a plain form.
        is_paid: True if the client has paid on the site, as far as the sender tells.
        answers: each further field with its label, as the client filled it in.
        landing_page: the address of the page with the form; empty if unknown.
        referrer: from which page the client came there.
        visitor_ids: the visitor's ids and the advertisement's click ids by system, such as
            ``("yclid", "1700000000000000001")``.
        submitted_at: when we received it, unless the sender tells its own time.
    """

    kind: Literal["lead-submitted"] = "lead-submitted"
    lead_id: str
    form: str
    form_name: str = ""
    name: str = ""
    phone: str | None = None
    phone_typed: str = ""
    email: str = ""
    number: str = ""
    items: tuple[LeadItem, ...] = ()
    total: Decimal | None = None
    is_paid: bool = False
    discount: Decimal = Decimal(0)
    delivery_name: str = ""
    delivery_cost: Decimal = Decimal(0)
    delivery_address: str = ""
    payment: str = ""
    promocode: str = ""
    answers: tuple[tuple[str, str], ...] = ()
    attribution: Attribution = Attribution()
    landing_page: str = ""
    referrer: str = ""
    visitor_ids: tuple[tuple[str, str], ...] = ()
    submitted_at: AwareDatetime


class LeadUnprocessed(Event):
    """An order has stood in a status that means "nobody has looked at it" for a step of the ladder.

    Attributes:
        order_id: the CRM's id.
        waiting_since: since when nobody has looked at it.
        step: the step of the ladder, in the shop's hours.
        is_first: False if this is for the manager's boss.
    """

    kind: Literal["lead-unprocessed"] = "lead-unprocessed"
    order_id: int
    order_number: str
    waiting_since: AwareDatetime
    step: timedelta
    is_first: bool


class OrderMovedOn(Event):
    """An order left the status in which it waited, and people still have tasks of ours about that.

    Attributes:
        ladder: the memory key of what it waited for, such as ``pickup:1001``.
        rule: the kind of the events that made the tasks: in observe mode they are left alone, too.
        order_id: the CRM's id.
        status: the status that it got instead, by its code in the CRM; empty in entries of a time when that
            was not told.
        at: when it left the status, by the CRM's clock.
    """

    kind: Literal["order-moved-on"] = "order-moved-on"
    ladder: str
    rule: Literal["pickup-stalled", "lead-unprocessed"]
    order_id: int
    order_number: str
    status: str = ""
    at: AwareDatetime


class LeadAnswered(Event):
    """Somebody looked at a new order for the first time.

    Attributes:
        order_id: the CRM's id.
        created_at: when the order was made, whoever made it.
        answered_at: when it left the status "new".
        delay: how much of the shop's hours passed in between.
    """

    kind: Literal["lead-answered"] = "lead-answered"
    order_id: int
    order_number: str
    created_at: AwareDatetime
    answered_at: AwareDatetime
    delay: timedelta


class LeadsAnswered(Event):
    """How fast new orders were answered, for reports: those of one stretch of the CRM's history.

    An order that became "new" again is told again: its first answer counts.

    Attributes:
        until: the id of the history's last record that was looked at.
    """

    kind: Literal["leads-answered"] = "leads-answered"
    answers: tuple[LeadAnswered, ...]
    until: int
