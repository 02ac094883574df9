"""The methods ``/customers…``."""

from sandbox.documents import Document, money
from sandbox.exchange import Response, json_response
from sandbox.retailcrm import codes
from sandbox.retailcrm.books import Books, as_id, customer_phones
from sandbox.retailcrm.call import Call, CrmRoute
from sandbox.retailcrm.customer_writer import CustomerWriter, short_customer
from sandbox.retailcrm.errors import BLANK, FORMAT, CrmError, not_found
from sandbox.retailcrm.filters import (
    Filters,
    among,
    containing,
    day_from,
    day_to,
    flag,
    full_name,
    person,
)
from sandbox.retailcrm.forms import BadField
from sandbox.retailcrm.history import is_date_time
from sandbox.retailcrm.listing import answer_list

MAX_BATCH = 50
NO_REFERENCE = "Set one of the following fields: id, externalId"

_FILTERS: Filters = {
    "ids": among("id", index="id"),
    "externalIds": among("externalId", index="externalId"),
    "name": person(full_name, customer_phones, index="phone"),
    "email": containing("email"),
    "sites": among("site", (codes.SITE,)),
    "managers": among("managerId"),
    "vip": flag("vip"),
    "bad": flag("bad"),
    "isContact": flag("isContact"),
    "dateFrom": day_from("createdAt"),
    "dateTo": day_to("createdAt"),
    "city": containing("address.city"),
    "region": containing("address.region"),
}
_NOTE_FILTERS: Filters = {
    "ids": among("id", index="id"),
    "customerIds": among("customer.id"),
    "customerExternalIds": among("customer.externalId"),
    "managerIds": among("managerId"),
    "text": containing("text"),
    "createdAtFrom": day_from("createdAt"),
    "createdAtTo": day_to("createdAt"),
}


class Customers:
    """Reads, creates and changes customers and the notes about them."""

    def __init__(self, books: Books, writer: CustomerWriter) -> None:
        """Work on these books."""
        self._books = books
        self._writer = writer

    def routes(self) -> list[CrmRoute]:
        """The paths of this section."""
        return [
            CrmRoute("GET", "/customers", self._list),
            CrmRoute("GET", "/customers/history", self._history),
            CrmRoute("GET", "/customers/notes", self._notes),
            CrmRoute("POST", "/customers/notes/create", self._create_note),
            CrmRoute("POST", "/customers/create", self._create),
            CrmRoute("POST", "/customers/upload", self._upload),
            CrmRoute("GET", "/customers/{id}", self._get),
            CrmRoute("POST", "/customers/{id}/edit", self._edit),
            CrmRoute("POST", "/customers/{id}/subscriptions", self._subscribe),
        ]

    def shown(self, customer: Document) -> Document:
        """The full object with what its orders come to."""
        orders = self._books.orders.found("customer", str(customer["id"]))
        total = sum(order["totalSumm"] for order in orders)
        return {
            **customer,
            "customFields": customer["customFields"] or [],
            "ordersCount": len(orders),
            "totalSumm": money(total),
            "averageSumm": money(total / len(orders)) if orders else 0,
        }

    def _list(self, call: Call) -> Response:
        return answer_list(call, self._books.customers, _FILTERS, "customers", self.shown)

    def _get(self, call: Call) -> Response:
        return json_response(200, {"success": True, "customer": self.shown(self._found(call))})

    def _create(self, call: Call) -> Response:
        try:
            customer = self._writer.create(call, call.entity("customer"), call.site)
        except BadField as bad:
            raise CrmError(400, FORMAT, bad.errors) from None
        return json_response(201, {"success": True, "id": customer["id"]})

    def _edit(self, call: Call) -> Response:
        given = call.entity("customer")
        customer = self._found(call)
        given.pop("id", None)
        try:
            self._writer.edit(call, customer, given)
        except BadField as bad:
            raise CrmError(400, FORMAT, bad.errors) from None
        return json_response(200, {"success": True, "id": customer["id"], "state": "updated"})

    def _subscribe(self, call: Call) -> Response:
        customer = self._found(call)
        said = {_list_of(each): each for each in customer.get("customerSubscriptions", [])}
        for given in call.entities("subscriptions", MAX_BATCH):
            channel, code = given.get("channel", "email"), given.get("subscription", "default")
            each: Document = {
                "subscription": {"channel": channel, "code": code, "name": code, "active": True},
                "subscribed": bool(given.get("active")),
                "changedAt": self._books.local(call.now),
            }
            said[_list_of(each)] = each
        changed = {**customer, "customerSubscriptions": list(said.values())}
        self._books.customers.change(customer["id"], changed, call.now)
        return json_response(200, {"success": True})

    def _upload(self, call: Call) -> Response:
        loaded: list[Document] = []
        failed: list[Document] = []
        errors: list[str] = []
        for given in call.entities("customers", MAX_BATCH):
            row = {"externalId": given["externalId"]} if given.get("externalId") else {}
            try:
                loaded.append({"id": self._writer.create(call, given, call.site)["id"], **row})
            except BadField as bad:
                errors += [f"{name}: {text}" for name, text in bad.errors.items()]
                failed.append(row)
        content: Document = {"success": not failed, "uploadedCustomers": loaded}
        if failed:
            content |= {
                "failedCustomers": failed,
                "errorMsg": "Customers are loaded with errors",
                "errors": errors,
            }
        return json_response(460 if failed else 201, content)

    def _history(self, call: Call) -> Response:
        return self._books.customer_history.answer(call, self._books.local(call.now))

    def _notes(self, call: Call) -> Response:
        return answer_list(call, self._books.notes, _NOTE_FILTERS, "notes", lambda note: note)

    def _create_note(self, call: Call) -> Response:
        given = call.entity("note")
        reference = given.get("customer")
        if not isinstance(reference, dict):
            raise CrmError(400, FORMAT, {"customer": NO_REFERENCE})
        customer = self._books.customer_of({"site": call.site} | reference)
        errors: dict[str, str] = {}
        if not given.get("text"):
            errors["text"] = BLANK
        if customer is None:
            errors["customer"] = NO_REFERENCE
        if "managerId" in given and as_id(given["managerId"]) not in self._books.users:
            errors["managerId"] = "The value you selected is not a valid choice."
        if "createdAt" in given and not is_date_time(given["createdAt"]):
            errors["createdAt"] = "This value is not valid."
        if errors or customer is None:
            raise CrmError(400, FORMAT, errors)
        note: Document = {
            "createdAt": self._books.local(call.now),
            **{name: given[name] for name in ("text", "managerId", "createdAt") if name in given},
            "customer": short_customer(customer),
        }
        return json_response(201, {"success": True, "id": self._books.notes.add(note, call.now)})

    def _found(self, call: Call) -> Document:
        reference: Document = {call.by(): call.names["id"], "site": call.site}
        customer = self._books.customer_of(reference)
        if customer is None:
            raise not_found()
        return customer


def _list_of(said: Document) -> tuple[str, str]:
    """The list of recipients that a customer said something about."""
    return said["subscription"]["channel"], said["subscription"]["code"]
