"""An order as the API answers it."""

from collections.abc import Mapping

from sandbox.documents import Document
from sandbox.retailcrm.books import Books


def shown_order(books: Books, order: Document, *, payments_by_id: bool = True) -> Document:
    """The full object. Payments are keyed by id in reads and edits, and a list in other answers."""
    payments = order["payments"]
    customer = shown_order_customer(books, order["customer"]["id"])
    return {
        **order,
        "customer": customer,
        "contact": customer,
        "delivery": {**order["delivery"], "address": order["delivery"].get("address") or []},
        "payments": _map_or_empty_list({str(each["id"]): each for each in payments})
        if payments_by_id
        else payments,
        "customFields": _map_or_empty_list(order["customFields"]),
    }


def short_order(order: Document) -> Document:
    """What later history records and other entities show of an order."""
    return {
        name: order[name]
        for name in ("id", "number", "externalId", "managerId", "site", "status")
        if name in order
    }


def shown_order_customer(books: Books, customer_id: int) -> Document:
    """What an order shows of its customer."""
    customer = books.customers.get(customer_id) or {"id": customer_id, "phones": []}
    return {"type": "customer", **customer, "customFields": _map_or_empty_list(customer.get("customFields"))}


def _map_or_empty_list(content: Mapping[str, object] | None) -> object:
    """An empty map comes as an empty list: it is a PHP array."""
    return content or []
