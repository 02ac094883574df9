"""The payments inside an order and what they come to."""

from typing import Any

from sandbox.documents import Document, merged, money, without_empty
from sandbox.retailcrm.books import Books, as_id
from sandbox.retailcrm.codes import PAID_STATUSES
from sandbox.retailcrm.errors import INVALID
from sandbox.retailcrm.forms import BadField, read_form
from sandbox.retailcrm.order_form import payment_fields


def built_payments(books: Books, given: list[Any], before: list[Document]) -> list[Document]:
    """The payments after a write: those with a known ``id`` are edited, others are added."""
    payments = list(before)
    errors: dict[str, str] = {}
    for position, each in enumerate(given):
        try:
            _put(books, payments, each)
        except BadField as bad:
            prefix = f"payments[{position}]"
            errors.update({f"{prefix}.{name}".rstrip("."): text for name, text in bad.errors.items()})
    if errors:
        raise BadField(errors)
    return payments


def paid(order: Document, local_now: str) -> Document:
    """The computed amounts and dates of what was paid."""
    amounts = [
        payment.get("amount", order["totalSumm"])
        for payment in order["payments"]
        if payment["status"] in PAID_STATUSES
    ]
    total = sum(amounts)
    full = bool(amounts) and total >= order["totalSumm"]
    return {
        "prepaySum": money(total),
        "fullPaidAt": (order.get("fullPaidAt") or local_now) if full else None,
    }


def _put(books: Books, payments: list[Document], given: object) -> None:
    if not isinstance(given, dict):
        raise BadField(INVALID)
    fields = read_form(given, payment_fields(books))
    fields.pop("order", None)
    if "id" not in fields:
        new = {"id": books.next_part_id("payments"), "status": "not-paid", **without_empty(fields)}
        payments.append(new)
        return
    wanted = as_id(fields.pop("id"))
    for position, payment in enumerate(payments):
        if payment["id"] == wanted:
            payments[position] = merged(payment, fields)
            return
    raise BadField({"id": INVALID})
