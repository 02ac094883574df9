"""The methods ``/store/inventories…``: what is in stock."""

from collections.abc import Collection

from sandbox.documents import Document
from sandbox.exchange import Response, json_response
from sandbox.retailcrm import codes
from sandbox.retailcrm.books import Books, of_site
from sandbox.retailcrm.call import Call, CrmRoute
from sandbox.retailcrm.errors import FORMAT, CrmError
from sandbox.retailcrm.filters import Filter, Filters, among, flag
from sandbox.retailcrm.listing import answer_list

MAX_BATCH = 250

_FILTERS: Filters = {
    "ids": among("id", index="id"),
    "offerExternalId": among("externalId", index="externalId"),
    "offerXmlId": among("xmlId", index="xmlId"),
    "offerActive": flag("active"),
    "sites": among("site", (codes.SITE,)),
    # Not a condition: it asks for rows by store.
    "details": Filter(lambda _value: lambda _offer: True),
}


class Stock:
    """Reads and writes quantities."""

    def __init__(self, books: Books) -> None:
        """Work on these books."""
        self._books = books

    def routes(self) -> list[CrmRoute]:
        """The paths of this section."""
        return [
            CrmRoute("GET", "/store/inventories", self._list),
            CrmRoute("POST", "/store/inventories/upload", self._upload),
        ]

    def _list(self, call: Call) -> Response:
        names = ["id", "externalId", "xmlId", "site", "quantity", "purchasePrice"]
        if call.filters.get("details") == "1":
            names.append("stores")

        def show(offer: Document) -> Document:
            total = sum(row["quantity"] for row in offer["stores"])
            return {name: ({**offer, "quantity": total})[name] for name in names}

        return answer_list(call, self._books.offers, _FILTERS, "offers", show)

    def _upload(self, call: Call) -> Response:
        processed = 0
        missing: list[Document] = []
        rows = call.entities("offers", MAX_BATCH)
        known = frozenset(self._books.dictionaries.codes("stores"))
        errors = [text for position, row in enumerate(rows) for text in _row_errors(position, row, known)]
        if errors:
            raise CrmError(400, FORMAT, errors)
        for row in rows:
            offer = self._offer(row, call.site)
            if offer is None:
                missing.append({name: row[name] for name in ("id", "externalId", "xmlId") if name in row})
                continue
            self._books.offers.change(offer["id"], _with_quantities(offer, row["stores"]), call.now)
            processed += 1
        content: Document = {"success": True, "processedOffersCount": processed}
        if missing:
            content["notFoundOffers"] = missing
        return json_response(200, content)

    def _offer(self, row: Document, site: str | None) -> Document | None:
        """The offer that a row names; an external id is one only within its shop."""
        for name in ("id", "externalId", "xmlId"):
            if row.get(name):
                found = self._books.offers.found(name, str(row[name]))
                return of_site(found, site if name == "externalId" else None)
        return None


def _row_errors(position: int, row: Document, known: Collection[str]) -> list[str]:
    stores = row.get("stores")
    if not isinstance(stores, list) or not stores:
        return [f"offers[{position}].stores: This value should not be blank."]
    return [
        f"offers[{position}].stores[{number}]: This value is not valid."
        for number, each in enumerate(stores)
        if each.get("code") not in known or not isinstance(each.get("available"), int | float)
    ]


def _with_quantities(offer: Document, given: list[Document]) -> Document:
    stores = {row["store"]: row for row in offer["stores"]}
    for each in given:
        before = stores.get(each["code"], {"store": each["code"], "purchasePrice": offer["purchasePrice"]})
        stores[each["code"]] = {**before, "quantity": each["available"]}
        if "purchasePrice" in each:
            stores[each["code"]]["purchasePrice"] = each["purchasePrice"]
    return {**offer, "stores": list(stores.values())}
