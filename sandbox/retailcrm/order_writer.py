"""How orders come to be and change."""

from collections.abc import Mapping

from sandbox.documents import Document, merged, without_empty
from sandbox.retailcrm.books import Books, of_site
from sandbox.retailcrm.call import Call
from sandbox.retailcrm.codes import DELIVERY_INTEGRATIONS, SITE
from sandbox.retailcrm.customer_writer import CustomerWriter
from sandbox.retailcrm.errors import CrmError
from sandbox.retailcrm.forms import BadField, read_form
from sandbox.retailcrm.history import Change
from sandbox.retailcrm.order_changes import order_changes
from sandbox.retailcrm.order_form import order_fields
from sandbox.retailcrm.order_items import built_items, sums
from sandbox.retailcrm.order_payments import built_payments, paid
from sandbox.retailcrm.order_view import short_order, shown_order

ADDRESS_PARTS = ("index", "region", "city", "street", "building", "house", "flat")
EXISTS = "Order already exists."
_PERSON = ("firstName", "lastName", "patronymic", "email")


class OrderWriter:
    """Creates and changes orders, with all that follows from it: sums, customers, history."""

    def __init__(self, books: Books, customers: CustomerWriter) -> None:
        """Work on these books."""
        self._books = books
        self._customers = customers
        self._fields = order_fields(books)

    def create(self, call: Call, given: Document, site: str | None) -> Document:
        """Keep a new order.

        Raises:
            BadField: a field is refused.
            CrmError: the external id is taken.
        """
        site = site or SITE
        fields = without_empty(read_form(given, self._fields))
        self._refuse_taken(fields.get("externalId"), site)
        local_now = self._books.local(call.now)
        items = built_items(self._books, fields.pop("items", []), [], local_now)
        payments = built_payments(self._books, fields.pop("payments", []), [])
        customer = self._customers.of_order(call, fields, site)
        known = _known_person(customer) if fields.get("customer") else {}
        order = {
            "number": f"{self._books.orders.next_id}A",
            **known,
            **self._defaults(local_now, site),
            **fields,
            "customer": {"id": customer["id"]},
            "items": items,
            "payments": payments,
        }
        order["delivery"] = _completed({"cost": 0, "netCost": 0, **order["delivery"]})
        key = self._books.orders.add(self._computed(call, order), call.now)
        created = self._books.orders.get(key) or {}
        self._books.order_history.created(
            call,
            local_now,
            Change("status", None, {"code": created["status"]}),
            shown_order(self._books, created, payments_by_id=False),
        )
        return created

    def edit(self, call: Call, order: Document, given: Document) -> Document:
        """Change an order.

        Raises:
            BadField: a field is refused.
            CrmError: the external id is taken.
        """
        fields = read_form(given, self._fields)
        fields.pop("id", None)
        if fields.get("externalId") not in {None, order.get("externalId")}:
            self._refuse_taken(fields["externalId"], order["site"])
        local_now = self._books.local(call.now)
        if fields.get("status", order["status"]) == order["status"]:
            # The comment belongs to the change of status and is passed over without one.
            fields.pop("statusComment", None)
        else:
            fields.setdefault("statusUpdatedAt", local_now)
        fields.update(self._edited_parts(call, order, fields, local_now))
        edited = merged(order, fields)
        edited["delivery"] = _completed(edited["delivery"])
        return self.replace(call, order, edited)

    def replace(self, call: Call, order: Document, edited: Document) -> Document:
        """Keep the new state of an order, unless it is the old one."""
        edited = self._computed(call, edited)
        if edited != order:
            self._books.orders.change(order["id"], edited, call.now)
            changes = order_changes(order, edited)
            self._books.order_history.changed(call, self._books.local(call.now), changes, short_order(edited))
        return edited

    def _edited_parts(self, call: Call, order: Document, fields: Document, local_now: str) -> Document:
        parts: Document = {}
        if fields.get("items") is not None:
            parts["items"] = built_items(self._books, fields["items"], order["items"], local_now)
        if fields.get("payments") is not None:
            parts["payments"] = built_payments(self._books, fields["payments"], order["payments"])
        if fields.get("customer") is not None:
            parts["customer"] = {"id": self._customers.of_order(call, fields, order["site"])["id"]}
        # Null takes away what an order can do without, never one of these.
        kept = ("items", "payments", "customer", "delivery", "customFields", "status", "number")
        return {**{name: order[name] for name in kept if name in fields and fields[name] is None}, **parts}

    def _computed(self, call: Call, order: Document) -> Document:
        summed = {**order, **sums(order)}
        return without_empty({**summed, **paid(summed, self._books.local(call.now))})

    def _refuse_taken(self, external_id: str | None, site: str) -> None:
        if external_id and of_site(self._books.orders.found("externalId", external_id), site):
            raise CrmError(400, EXISTS)

    def _defaults(self, local_now: str, site: str) -> Document:
        return {
            "orderType": "main",
            "orderMethod": "shopping-cart",
            "privilegeType": "none",
            "countryIso": "RU",
            "createdAt": local_now,
            "statusUpdatedAt": local_now,
            "status": "new",
            "call": False,
            "expired": False,
            "shipped": False,
            "fromApi": True,
            "currency": "RUB",
            "contragent": {"contragentType": "individual"},
            "delivery": {},
            "customFields": {},
            "site": site,
        }


def _known_person(customer: Document) -> Document:
    """What an order takes over from a customer that it names."""
    phones = [phone["number"] for phone in customer["phones"]]
    person = {name: customer[name] for name in _PERSON if name in customer}
    return {**person, "phone": phones[0]} if phones else person


def _completed(delivery: Document) -> Document:
    """The delivery with what follows from its type and its address."""
    address = delivery.get("address", {})
    parts = [str(address[name]) for name in ADDRESS_PARTS if address.get(name)]
    if parts and not address.get("text"):
        delivery = {**delivery, "address": {**address, "text": ", ".join(parts)}}
    code = delivery.get("code")
    if code in DELIVERY_INTEGRATIONS:
        data = {"locked": False, **delivery.get("data", {})}
        return {**delivery, "integrationCode": code, "data": data}
    return {name: value for name, value in delivery.items() if name != "integrationCode"}


def refusal(bad: BadField, message: str) -> CrmError:
    """The answer for refused fields."""
    errors: Mapping[str, str] = bad.errors
    return CrmError(400, message, errors)
