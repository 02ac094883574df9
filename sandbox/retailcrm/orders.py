"""The methods ``/orders…``."""

from collections.abc import Collection

from sandbox.documents import Document
from sandbox.exchange import Response, json_response
from sandbox.parameters import Node, strings
from sandbox.retailcrm.books import Books, order_phones
from sandbox.retailcrm.call import Call, CrmRoute
from sandbox.retailcrm.dictionaries import Dictionaries
from sandbox.retailcrm.errors import NOT_LOADED, CrmError, not_found
from sandbox.retailcrm.filters import (
    Filter,
    Filters,
    Predicate,
    among,
    containing,
    day_from,
    day_to,
    equal,
    flag,
    full_name,
    listed,
    number_from,
    number_to,
    person,
    scalar,
)
from sandbox.retailcrm.forms import BadField
from sandbox.retailcrm.listing import answer_list
from sandbox.retailcrm.order_view import shown_order
from sandbox.retailcrm.order_writer import EXISTS, OrderWriter, refusal

MAX_BATCH = 50


class Orders:
    """Reads, creates and changes orders."""

    def __init__(self, books: Books, writer: OrderWriter) -> None:
        """Work on these books."""
        self._books = books
        self._writer = writer
        self._filters = _filters(books)

    def routes(self) -> list[CrmRoute]:
        """The paths of this section."""
        return [
            CrmRoute("GET", "/orders", self._list),
            CrmRoute("GET", "/orders/statuses", self._statuses),
            CrmRoute("GET", "/orders/history", self._history),
            CrmRoute("POST", "/orders/create", self._create),
            CrmRoute("POST", "/orders/upload", self._upload),
            CrmRoute("GET", "/orders/{id}", self._get),
            CrmRoute("POST", "/orders/{id}/edit", self._edit),
        ]

    def _list(self, call: Call) -> Response:
        return answer_list(
            call, self._books.orders, self._filters, "orders", lambda order: shown_order(self._books, order)
        )

    def _get(self, call: Call) -> Response:
        order = self._found(call)
        return json_response(200, {"success": True, "order": shown_order(self._books, order)})

    def _create(self, call: Call) -> Response:
        try:
            order = self._writer.create(call, call.entity("order"), call.site)
        except BadField as bad:
            raise refusal(bad, NOT_LOADED) from None
        shown = shown_order(self._books, order, payments_by_id=False)
        return json_response(201, {"success": True, "id": order["id"], "order": shown})

    def _edit(self, call: Call) -> Response:
        given = call.entity("order")
        order = self._found(call)
        given.pop("id", None)
        try:
            edited = self._writer.edit(call, order, given)
        except BadField as bad:
            raise refusal(bad, NOT_LOADED) from None
        content = {"success": True, "id": order["id"], "order": shown_order(self._books, edited)}
        return json_response(200, content)

    def _upload(self, call: Call) -> Response:
        loaded: list[Document] = []
        failed: list[Document] = []
        errors: list[str] = []
        for given in call.entities("orders", MAX_BATCH):
            try:
                loaded.append(self._writer.create(call, given, call.site))
            except BadField as bad:
                errors += [f"{name}: {text}" for name, text in bad.errors.items()]
                failed.append(_row(given))
            except CrmError as error:
                taken = f"Order with externalId={given.get('externalId')} already exists."
                errors.append(taken if error.message == EXISTS else error.message)
                failed.append(_row(given))
        content: Document = {
            "success": not failed,
            "uploadedOrders": [{"id": order["id"], **_row(order)} for order in loaded],
            "orders": [shown_order(self._books, order, payments_by_id=False) for order in loaded],
        }
        if failed:
            content |= {"failedOrders": failed, "errorMsg": "Orders are loaded with errors", "errors": errors}
        return json_response(460 if failed else 201, content)

    def _statuses(self, call: Call) -> Response:
        ids, external_ids = strings(call.parameters.get("ids")), strings(call.parameters.get("externalIds"))
        if not ids and not external_ids:
            raise CrmError(400, "Set at least one of the parameters: ids, externalIds")
        found = self._books.orders.candidates("id", ids)
        found |= self._books.orders.candidates("externalId", external_ids)
        groups = self._books.dictionaries.entries("statuses")
        orders = [
            {
                "id": order["id"],
                **_row(order),
                "status": order["status"],
                "group": groups.get(order["status"], {}).get("group", ""),
            }
            for order in self._books.orders.newest_first(None, found)
        ]
        return json_response(200, {"success": True, "orders": orders})

    def _history(self, call: Call) -> Response:
        return self._books.order_history.answer(call, self._books.local(call.now))

    def _found(self, call: Call) -> Document:
        reference: Document = {call.by(): call.names["id"], "site": call.site}
        order = self._books.order_of(reference)
        if order is None:
            raise not_found()
        return order


def _row(order: Document) -> Document:
    return {"externalId": order["externalId"]} if order.get("externalId") else {}


def _filters(books: Books) -> Filters:
    codes = books.dictionaries.codes
    return {
        "ids": among("id", index="id"),
        "externalIds": among("externalId", index="externalId"),
        "numbers": _numbers(),
        "customer": person(full_name, order_phones, index="phone"),
        "customerId": equal("customer.id", index="customer"),
        "customerExternalId": _customer_external_id(books),
        "email": containing("email"),
        "extendedStatus": _extended_status(books.dictionaries),
        "statusUpdatedAtFrom": day_from("statusUpdatedAt"),
        "statusUpdatedAtTo": day_to("statusUpdatedAt"),
        "statusComment": containing("statusComment"),
        "createdAtFrom": day_from("createdAt"),
        "createdAtTo": day_to("createdAt"),
        "fullPaidAtFrom": day_from("fullPaidAt"),
        "fullPaidAtTo": day_to("fullPaidAt"),
        "deliveryDateFrom": day_from("delivery.date"),
        "deliveryDateTo": day_to("delivery.date"),
        "shipmentDateFrom": day_from("shipmentDate"),
        "shipmentDateTo": day_to("shipmentDate"),
        "managers": among("managerId"),
        "orderTypes": among("orderType", codes("order-types")),
        "orderMethods": among("orderMethod", codes("order-methods")),
        "sites": among("site", codes("sites")),
        "shipmentStores": among("shipmentStore", codes("stores")),
        "deliveryTypes": among("delivery.code", codes("delivery-types")),
        "paymentTypes": _payments("type", codes("payment-types")),
        "paymentStatuses": _payments("status", codes("payment-statuses")),
        "trackNumber": equal("delivery.data.trackNumber", index="track"),
        "deliveryExternalId": equal("delivery.data.externalId"),
        "city": containing("delivery.address.city"),
        "region": containing("delivery.address.region"),
        "product": _product(),
        "managerComment": containing("managerComment"),
        "customerComment": containing("customerComment"),
        "call": flag("call"),
        "expired": flag("expired"),
        "shipped": flag("shipped"),
        "minPrice": number_from("totalSumm"),
        "maxPrice": number_to("totalSumm"),
        "minPrepaySumm": number_from("prepaySum"),
        "maxPrepaySumm": number_to("prepaySum"),
        "sourceName": containing("source.source"),
        "mediumName": containing("source.medium"),
        "campaignName": containing("source.campaign"),
        "keywordName": containing("source.keyword"),
        "adContentName": containing("source.content"),
    }


def _numbers() -> Filter:
    def wanted(value: str | Node) -> frozenset[str]:
        return frozenset(number.casefold() for number in listed(value))

    def read(value: str | Node) -> Predicate:
        numbers = wanted(value)
        return lambda order: order["number"].casefold() in numbers

    return Filter(read, "number", wanted)


def _customer_external_id(books: Books) -> Filter:
    def read(value: str | Node) -> Predicate:
        ids = {customer["id"] for customer in books.customers.found("externalId", scalar(value))}
        return lambda order: order["customer"]["id"] in ids

    return Filter(read)


def _extended_status(dictionaries: Dictionaries) -> Filter:
    def read(value: str | Node) -> Predicate:
        statuses = dictionaries.entries("statuses")
        groups: dict[str, set[str]] = {f"{code}-group": set() for code in dictionaries.codes("status-groups")}
        for code, entry in statuses.items():
            groups[f"{entry['group']}-group"].add(code)
        among("status", {*statuses, *groups}).read(value)
        wanted = {status for each in listed(value) for status in groups.get(each, {each})}
        return lambda order: order["status"] in wanted

    return Filter(read)


def _payments(field: str, choices: Collection[str]) -> Filter:
    checked = among(field, choices)

    def read(value: str | Node) -> Predicate:
        matches = checked.read(value)
        return lambda order: any(matches(payment) for payment in order["payments"])

    return Filter(read)


def _product() -> Filter:
    def read(value: str | Node) -> Predicate:
        wanted = scalar(value).casefold()
        return lambda order: any(
            wanted in str(item.get("productName") or item["offer"].get("displayName")).casefold()
            for item in order["items"]
        )

    return Filter(read)
