"""An order as it was when it got lost: as it was made, with what leads and calls added to it."""

from collections.abc import Iterable

from chalicelib.actions import AnnotateOrder, CompleteOrder, CreateOrder
from chalicelib.entry import Entry
from chalicelib.events import Attribution

Addition = CompleteOrder | AnnotateOrder


def additions_to(order_id: int, entries: Iterable[Entry]) -> list[Addition]:
    """What these entries added to an order."""
    return [
        action
        for entry in entries
        for action, result in zip(entry.plan, entry.results, strict=False)
        if isinstance(action, Addition) and action.order_id == order_id and result.state == "done"
    ]


def with_additions(order: CreateOrder, additions: Iterable[Addition]) -> CreateOrder:
    """The order with all of that, one after another."""
    for added in additions:
        order = _completed(order, added) if isinstance(added, CompleteOrder) else _noted(order, added)
    return order


def joined(*parts: str) -> str:
    """Comments, one after another."""
    return "\n\n".join(filter(None, parts))


def _completed(order: CreateOrder, lead: CompleteOrder) -> CreateOrder:
    """What the order had stays, but for a guess where the client came from."""
    knows_source = lead.attribution != Attribution()
    return order.model_copy(
        update={
            "form": lead.form or order.form,
            "name": order.name or lead.name,
            "email": order.email or lead.email,
            "items": (*order.items, *lead.items),
            "discount": order.discount or lead.discount,
            "delivery_cost": order.delivery_cost if order.delivery_address else lead.delivery_cost,
            "delivery_address": order.delivery_address or lead.delivery_address,
            "is_paid": order.is_paid or lead.is_paid,
            "attribution": lead.attribution if knows_source else order.attribution,
            "is_guess": order.is_guess and not knows_source,
            "custom_fields": _fields(order, lead.custom_fields),
            "customer_comment": joined(order.customer_comment, lead.customer_comment),
            "manager_comment": joined(order.manager_comment, lead.manager_comment),
        }
    )


def _noted(order: CreateOrder, note: AnnotateOrder) -> CreateOrder:
    knows_source = note.attribution is not None and order.is_guess
    return order.model_copy(
        update={
            "phone": order.phone or note.phone,
            "must_call": order.must_call and not note.needs_no_call,
            "attribution": note.attribution if knows_source else order.attribution,
            "is_guess": order.is_guess and not knows_source,
            "custom_fields": _fields(order, note.custom_fields),
            "manager_comment": joined(order.manager_comment, note.note),
        }
    )


def _fields(order: CreateOrder, more: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str], ...]:
    return tuple({**dict(more), **dict(order.custom_fields)}.items())
