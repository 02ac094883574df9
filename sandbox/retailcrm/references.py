"""``/reference/*``: the dictionaries."""

from collections.abc import Mapping

from sandbox.documents import Document
from sandbox.exchange import Response, json_response
from sandbox.retailcrm import codes
from sandbox.retailcrm.books import Books
from sandbox.retailcrm.call import Call, CrmRoute, Handler
from sandbox.retailcrm.errors import BLANK, FORMAT, CrmError
from sandbox.retailcrm.forms import BadField, Check, boolean, choice, filled, number, read_form, text

_BY_CODE = {
    "statuses": "statuses",
    "status-groups": "statusGroups",
    "delivery-types": "deliveryTypes",
    "order-methods": "orderMethods",
    "order-types": "orderTypes",
    "payment-types": "paymentTypes",
    "payment-statuses": "paymentStatuses",
    "product-statuses": "productStatuses",
    "sites": "sites",
    "units": "units",
}
"""The dictionaries that are objects, with the name of the list in their answers."""

_LISTS = {"stores": "stores", "price-types": "priceTypes"}
_FIXED: Mapping[str, tuple[str, object]] = {
    "delivery-services": ("deliveryServices", []),
    "couriers": ("couriers", []),
    "cost-items": ("costItems", []),
    "cost-groups": ("costGroups", []),
    "legal-entities": ("legalEntities", []),
    "currencies": ("currencies", [{"id": 1, "code": "RUB", "isBase": True}]),
    "mg-channels": ("mgChannels", []),
    "countries": ("countriesIso", list(codes.COUNTRIES)),
}
_EDITED = {
    "statuses": "status",
    "delivery-types": "deliveryType",
    "order-methods": "orderMethod",
    "order-types": "orderType",
    "payment-types": "paymentType",
    "payment-statuses": "paymentStatus",
    "product-statuses": "productStatus",
    "stores": "store",
}
"""Which dictionaries can be edited here, with the name of the form's field. No client edits status groups."""

_COMMON: Mapping[str, Check] = {"code": text, "name": filled, "active": boolean}


class References:
    """Reads the dictionaries, and changes the entries of most."""

    def __init__(self, books: Books) -> None:
        """Work on these books."""
        self._books = books
        groups = books.dictionaries.codes("status-groups")
        self._fields: Mapping[str, Mapping[str, Check]] = {
            "statuses": {**_COMMON, "ordering": number, "group": choice(groups)},
            "order-methods": {
                **_COMMON,
                **dict.fromkeys(("defaultForCrm", "defaultForApi", "isFromPos"), boolean),
            },
        }

    def routes(self) -> list[CrmRoute]:
        """The paths of this section."""
        reads = [
            *((name, self._object(name, key)) for name, key in _BY_CODE.items()),
            *((name, self._list(name, key)) for name, key in _LISTS.items()),
            *((name, _fixed(key, content)) for name, (key, content) in _FIXED.items()),
        ]
        return [
            *(CrmRoute("GET", f"/reference/{name}", handler) for name, handler in reads),
            *(
                CrmRoute("POST", f"/reference/{name}/{{code}}/edit", self._edit(name, field))
                for name, field in _EDITED.items()
            ),
        ]

    def _object(self, name: str, key: str) -> Handler:
        def handler(call: Call) -> Response:
            del call
            entries = self._books.dictionaries.entries(name)
            if name == "status-groups":
                entries = {
                    code: {**entry, "statuses": self._of_group(code)} for code, entry in entries.items()
                }
            return json_response(200, {"success": True, key: entries})

        return handler

    def _list(self, name: str, key: str) -> Handler:
        def handler(call: Call) -> Response:
            del call
            entries = list(self._books.dictionaries.entries(name).values())
            return json_response(200, {"success": True, key: entries})

        return handler

    def _edit(self, name: str, field: str) -> Handler:
        def handler(call: Call) -> Response:
            code, given = call.names["code"], call.entity(field)
            is_known = code in self._books.dictionaries.codes(name)
            fields = self._checked(name, given, is_known=is_known)
            self._books.dictionaries.put(name, code, fields, call.now)
            return json_response(200 if is_known else 201, {"success": True})

        return handler

    def _checked(self, name: str, given: Document, *, is_known: bool) -> Document:
        """The fields to keep. A new status must say where it belongs, and each new entry its name."""
        needed = ("name", "group", "ordering") if name == "statuses" else ("name",)
        missing = {} if is_known else {field: BLANK for field in needed if field not in given}
        if missing:
            raise CrmError(400, FORMAT, missing)
        checks = self._fields.get(name)
        try:
            return read_form(given, checks) if checks else given
        except BadField as bad:
            raise CrmError(400, FORMAT, bad.errors) from None

    def _of_group(self, group: str) -> list[str]:
        statuses = self._books.dictionaries.entries("statuses")
        return [code for code, entry in statuses.items() if entry["group"] == group]


def _fixed(key: str, content: object) -> Handler:
    def handler(call: Call) -> Response:
        del call
        return json_response(200, {"success": True, key: content})

    return handler
