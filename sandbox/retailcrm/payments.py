"""Payments: parts of an order with methods of their own."""

from sandbox.documents import Document, merged, without_empty
from sandbox.exchange import Response, json_response
from sandbox.retailcrm.books import Books
from sandbox.retailcrm.call import Call, CrmRoute
from sandbox.retailcrm.errors import FORMAT, CrmError
from sandbox.retailcrm.forms import BadField, read_form
from sandbox.retailcrm.order_form import payment_fields
from sandbox.retailcrm.order_writer import OrderWriter

NO_REFERENCE = "Set one of the following fields: id, externalId, number"


class Payments:
    """The methods ``/orders/payments/…``."""

    def __init__(self, books: Books, writer: OrderWriter) -> None:
        """Work on these books."""
        self._books = books
        self._writer = writer

    def routes(self) -> list[CrmRoute]:
        """The paths of this section."""
        return [
            CrmRoute("POST", "/orders/payments/create", self._create),
            CrmRoute("POST", "/orders/payments/{id}/edit", self._edit),
            CrmRoute("POST", "/orders/payments/{id}/delete", self._delete),
        ]

    def _create(self, call: Call) -> Response:
        fields = self._fields(call)
        reference = fields.pop("order", None) or {}
        if not {"id", "externalId", "number"} & set(reference):
            raise CrmError(400, FORMAT, {"order": NO_REFERENCE})
        order = self._books.order_of({"site": call.site, **reference})
        if order is None:
            raise CrmError(404, "Not found")
        if "type" not in fields:
            raise CrmError(400, FORMAT, {"type": "This value should not be blank."})
        payment = {"id": self._books.next_part_id("payments"), "status": "not-paid", **without_empty(fields)}
        self._write(call, order, [*order["payments"], payment])
        return json_response(201, {"success": True, "id": payment["id"]})

    def _edit(self, call: Call) -> Response:
        order, payment = self._found(call, call.by())
        fields = self._fields(call)
        fields.pop("order", None)
        changed = merged(payment, {**fields, "id": payment["id"]})
        self._write(call, order, [changed if each is payment else each for each in order["payments"]])
        return json_response(200, {"success": True, "id": payment["id"]})

    def _delete(self, call: Call) -> Response:
        order, payment = self._found(call, "id")
        self._write(call, order, [each for each in order["payments"] if each is not payment])
        return json_response(200, {"success": True})

    def _write(self, call: Call, order: Document, payments: list[Document]) -> None:
        self._writer.replace(call, order, {**order, "payments": payments})

    def _found(self, call: Call, by: str) -> tuple[Document, Document]:
        wanted = call.names["id"]
        orders = self._books.orders.found("payment", wanted) if by == "id" else self._books.orders.all()
        for order in orders:
            for payment in order["payments"]:
                if str(payment.get(by)) == wanted:
                    return order, payment
        raise CrmError(404, "Payment not found")

    def _fields(self, call: Call) -> Document:
        try:
            return read_form(call.entity("payment"), payment_fields(self._books))
        except BadField as bad:
            raise CrmError(400, FORMAT, bad.errors) from None
