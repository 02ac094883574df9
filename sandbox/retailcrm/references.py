"""``/reference/*``: the dictionaries. They can be read, not changed."""

from collections.abc import Mapping
from typing import Any

from sandbox.documents import Document
from sandbox.exchange import Response, json_response
from sandbox.retailcrm import codes
from sandbox.retailcrm.call import Call, CrmRoute, Handler


def routes() -> list[CrmRoute]:
    """The paths of this section."""
    return [
        CrmRoute("GET", f"/reference/{name}", _answer(key, content))
        for name, (key, content) in _dictionaries().items()
    ]


def _answer(key: str, content: object) -> Handler:
    def handler(call: Call) -> Response:
        del call
        return json_response(200, {"success": True, key: content})

    return handler


def _dictionaries() -> dict[str, tuple[str, object]]:
    return {
        "statuses": ("statuses", _statuses()),
        "status-groups": ("statusGroups", _status_groups()),
        "delivery-types": ("deliveryTypes", _delivery_types()),
        "delivery-services": ("deliveryServices", []),
        "order-methods": ("orderMethods", _order_methods()),
        "order-types": ("orderTypes", _by_code(codes.ORDER_TYPES)),
        "payment-types": ("paymentTypes", _by_code(codes.PAYMENT_TYPES)),
        "payment-statuses": ("paymentStatuses", _payment_statuses()),
        "product-statuses": ("productStatuses", _product_statuses()),
        "sites": ("sites", _sites()),
        "units": (
            "units",
            {"pc": {"code": "pc", "name": "Штука", "sym": "шт.", "default": True, "active": True}},
        ),
        "stores": ("stores", _stores()),
        "couriers": ("couriers", []),
        "price-types": ("priceTypes", [{"code": "base", "name": "Базовая", "active": True, "default": True}]),
        "cost-items": ("costItems", []),
        "cost-groups": ("costGroups", []),
        "legal-entities": ("legalEntities", []),
        "currencies": ("currencies", [{"id": 1, "code": "RUB", "isBase": True}]),
        "mg-channels": ("mgChannels", []),
        "countries": ("countriesIso", list(codes.COUNTRIES)),
    }


def _by_code(names: Mapping[str, str]) -> dict[str, Document]:
    return {
        code: {"code": code, "name": name, "active": True, "ordering": number * 10}
        for number, (code, name) in enumerate(names.items(), 1)
    }


def _with(entries: dict[str, Document], code: str, **fields: Any) -> dict[str, Document]:  # noqa: ANN401 -- JSON values
    return {**entries, code: {**entries[code], **fields}}


def _statuses() -> dict[str, Document]:
    entries = _by_code(codes.STATUS_NAMES)
    return {code: {**entry, "group": codes.GROUP_OF_STATUS[code]} for code, entry in entries.items()}


def _status_groups() -> dict[str, Document]:
    entries = _by_code({code: group.name for code, group in codes.STATUS_GROUPS.items()})
    return {
        code: {**entry, "process": group.process, "statuses": list(group.statuses)}
        for (code, entry), group in zip(entries.items(), codes.STATUS_GROUPS.values(), strict=True)
    }


def _delivery_types() -> dict[str, Document]:
    integrations = {code: {"integrationCode": code} for code in codes.DELIVERY_INTEGRATIONS}
    return {
        code: {
            **entry,
            "defaultCost": 0,
            "paymentTypes": list(codes.PAYMENT_TYPES),
            "deliveryServices": [],
            "sites": [],
            **integrations.get(code, {}),
        }
        for code, entry in _by_code(codes.DELIVERY_TYPES).items()
    }


def _order_methods() -> dict[str, Document]:
    entries = _by_code(codes.ORDER_METHODS)
    entries = _with(entries, "phone", defaultForCrm=True)
    return _with(entries, "shopping-cart", defaultForApi=True)


def _payment_statuses() -> dict[str, Document]:
    return {
        code: {**entry, "paymentComplete": code in codes.PAID_STATUSES}
        for code, entry in _by_code(codes.PAYMENT_STATUSES).items()
    }


def _product_statuses() -> dict[str, Document]:
    return {
        code: {**entry, "cancelStatus": code in codes.CANCELLING_PRODUCT_STATUSES}
        for code, entry in _by_code(codes.PRODUCT_STATUSES).items()
    }


def _sites() -> dict[str, Document]:
    site = {
        "id": 1,
        "code": codes.SITE,
        "name": codes.SITE_NAME,
        "url": "https://tents.example",
        "currency": "RUB",
        "catalogId": "1",
        "defaultForCrm": True,
        "ordering": 10,
    }
    return {codes.SITE: site}


def _stores() -> list[Document]:
    return [
        {
            "code": code,
            "name": name,
            "type": "store-type-warehouse",
            "inventoryType": "integer",
            "active": True,
            "address": {"countryIso": "RU", "city": "Москва"},
        }
        for code, name in codes.STORES.items()
    ]
