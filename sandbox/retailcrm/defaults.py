"""What the dictionaries of a pretend account begin with."""

from collections.abc import Collection, Mapping
from functools import cache
from typing import Any

from sandbox.documents import Document
from sandbox.retailcrm import codes

Entries = Mapping[str, Document]
"""The entries of one dictionary by code."""


@cache
def entries(*, new_account: bool) -> Mapping[str, Entries]:
    """The dictionaries of the demo shop; or of a new account, which has nothing that a shop adds itself."""
    whole = _of_the_demo_shop()
    if not new_account:
        return whole
    return {name: _without(each, codes.OWN.get(name, ())) for name, each in whole.items()}


def _without(entries: Entries, own: Collection[str]) -> Entries:
    return {code: entry for code, entry in entries.items() if code not in own}


def _of_the_demo_shop() -> Mapping[str, Entries]:
    return {
        "statuses": _statuses(),
        "status-groups": _status_groups(),
        "delivery-types": _delivery_types(),
        "order-methods": _order_methods(),
        "order-types": _by_code(codes.ORDER_TYPES),
        "payment-types": _by_code(codes.PAYMENT_TYPES),
        "payment-statuses": _payment_statuses(),
        "product-statuses": _product_statuses(),
        "sites": _sites(),
        "units": {"pc": {"code": "pc", "name": "Штука", "sym": "шт.", "default": True, "active": True}},
        "stores": _stores(),
        "price-types": {"base": {"code": "base", "name": "Базовая", "active": True, "default": True}},
        "order-fields": _order_fields(),
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
        code: {**entry, "process": group.process}
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
        "active": True,
        "ordering": 10,
    }
    return {codes.SITE: site}


def _stores() -> dict[str, Document]:
    return {
        code: {
            "code": code,
            "name": name,
            "type": "store-type-warehouse",
            "inventoryType": "integer",
            "active": True,
            "address": {"countryIso": "RU", "city": "Москва"},
        }
        for code, name in codes.STORES.items()
    }


def _order_fields() -> dict[str, Document]:
    return {
        code: {
            "code": code,
            "name": name,
            "type": "string",
            "entity": "order",
            "required": False,
            "inFilter": True,
            "inList": True,
            "inGroupActions": False,
            "ordering": 50,
            "displayArea": "customer",
            "viewMode": "editable",
            "active": True,
        }
        for code, name in codes.ORDER_CUSTOM_FIELDS.items()
    }
