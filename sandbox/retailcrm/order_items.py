"""The items of an order and what they come to."""

from typing import Any

from sandbox.documents import Document, merged, money, without_empty
from sandbox.retailcrm.books import Books, as_id
from sandbox.retailcrm.codes import CANCELLING_PRODUCT_STATUSES
from sandbox.retailcrm.errors import INVALID
from sandbox.retailcrm.forms import BadField, read_form
from sandbox.retailcrm.order_form import item_fields


def built_items(books: Books, given: list[Any], before: list[Document], local_now: str) -> list[Document]:
    """The items after a write: those with an ``id`` are kept and edited, those left out are gone."""
    known = {item["id"]: item for item in before}
    items: list[Document] = []
    errors: dict[str, str] = {}
    for position, each in enumerate(given):
        try:
            items.append(_item(books, each, known, local_now))
        except BadField as bad:
            prefix = f"items[{position}]"
            errors.update({f"{prefix}.{name}".rstrip("."): text for name, text in bad.errors.items()})
    if errors:
        raise BadField(errors)
    return items


def sums(order: Document) -> Document:
    """The computed amounts of an order."""
    items = [item for item in order["items"] if item["status"] not in CANCELLING_PRODUCT_STATUSES]
    goods = sum((item["initialPrice"] - item["discountTotal"]) * item["quantity"] for item in items)
    goods -= order.get("discountManualAmount", 0)
    goods *= 1 - order.get("discountManualPercent", 0) / 100
    return {
        "summ": money(goods),
        "totalSumm": money(goods + order["delivery"].get("cost", 0)),
        "purchaseSumm": money(sum(item.get("purchasePrice", 0) * item["quantity"] for item in items)),
    }


def _item(books: Books, given: object, known: dict[int, Document], local_now: str) -> Document:
    if not isinstance(given, dict):
        raise BadField(INVALID)
    fields = read_form(given, item_fields(books))
    if "id" in fields:
        before = known.get(as_id(fields.pop("id")))
        if before is None:
            raise BadField({"id": INVALID})
        fields.pop("offer", None)
        return _priced(merged(before, fields))
    new = {
        "id": books.next_part_id("items"),
        "createdAt": local_now,
        "status": "new",
        "quantity": 1,
        "vatRate": "none",
        "properties": [],
        **_from_catalogue(books, fields.pop("offer", None) or {}, fields.get("productName")),
        **without_empty(fields),
    }
    return _priced(new)


def _priced(item: Document) -> Document:
    amount = item.get("discountManualAmount", 0)
    percent = item["initialPrice"] * item.get("discountManualPercent", 0) / 100
    return {
        **item,
        "discountTotal": money(amount + percent),
        "isCanceled": item["status"] in CANCELLING_PRODUCT_STATUSES,
        "prices": [{"price": money(item["initialPrice"] - amount - percent), "quantity": item["quantity"]}],
    }


def _from_catalogue(books: Books, reference: Document, name: str | None) -> Document:
    """The price and the offer of a catalogue item; a free item where nothing is found."""
    if "id" in reference and as_id(reference["id"]) not in books.offers:
        raise BadField({"offer.id": f"Offer with id {reference['id']} not found."})
    for field in ("id", "externalId", "xmlId"):
        found = books.offers.found(field, str(reference[field])) if field in reference else []
        if found:
            offer = {key: found[0][key] for key in ("id", "externalId", "xmlId", "name")}
            return {
                "initialPrice": found[0]["price"],
                "purchasePrice": found[0]["purchasePrice"],
                "offer": {"displayName": found[0]["name"], **offer},
            }
    return {
        "initialPrice": 0,
        "offer": without_empty({"displayName": name or "", "externalId": reference.get("externalId")}),
    }
