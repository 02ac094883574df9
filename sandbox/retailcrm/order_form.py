"""The fields of an order that a client may write."""

from collections.abc import Mapping

from sandbox.retailcrm import codes
from sandbox.retailcrm.books import Books, as_id
from sandbox.retailcrm.custom_fields import custom_fields_of_order
from sandbox.retailcrm.errors import NO_CHOICE
from sandbox.retailcrm.forms import (
    BadField,
    Check,
    anything,
    boolean,
    choice,
    date_time,
    day,
    form,
    json_list,
    json_object,
    known_fields,
    number,
    positive,
    text,
)

_ADDRESS = dict.fromkeys(
    (
        *(
            "index",
            "countryIso",
            "region",
            "regionId",
            "regionIdType",
            "city",
            "cityId",
            "cityIdType",
            "cityType",
        ),
        *("street", "streetId", "streetIdType", "streetType", "building", "flat", "floor", "block", "house"),
        *("housing", "metro", "notes", "text"),
    ),
    text,
)
_DELIVERY_DATA: dict[str, Check] = {
    **dict.fromkeys(
        ("externalId", "trackNumber", "tariff", "pickuppointId", "payerType", "shipmentpointId"), text
    ),
    "locked": boolean,
    "extraData": json_object,
    "packages": json_list,
    "itemDeclaredValues": json_list,
}
_DELIVERY: dict[str, Check] = {
    "service": json_object,
    "cost": number,
    "netCost": number,
    "date": day,
    "time": form(dict.fromkeys(("from", "to", "custom"), text)),
    "vatRate": text,
    "address": form(_ADDRESS),
    # The courier's own fields (status and the like) can only be read.
    "data": known_fields(_DELIVERY_DATA),
}
_ITEM: Mapping[str, Check] = {
    "id": anything,
    "offer": form(dict.fromkeys(("id", "externalId", "xmlId"), text)),
    "quantity": positive,
    **dict.fromkeys(
        ("initialPrice", "purchasePrice", "discountManualAmount", "discountManualPercent", "ordering"), number
    ),
    **dict.fromkeys(("productName", "vatRate", "comment", "externalId"), text),
    "priceType": json_object,
    "properties": json_list,
    "externalIds": json_list,
    "markingObjects": json_list,
    "createdAt": date_time,
}
_PAYMENT: Mapping[str, Check] = {
    "id": anything,
    "externalId": text,
    "amount": number,
    "paidAt": date_time,
    "comment": text,
    "order": json_object,
}


def order_fields(books: Books) -> Mapping[str, Check]:
    """The table of fields; which codes, users and custom fields there are depends on the account."""
    return {
        **dict.fromkeys(("firstName", "lastName", "patronymic", "phone", "additionalPhone", "email"), text),
        **dict.fromkeys(("number", "externalId", "customerComment", "managerComment", "statusComment"), text),
        **dict.fromkeys(("countryIso", "clientId"), text),
        **dict.fromkeys(("call", "expired", "shipped", "applyRound", "isFromCart"), boolean),
        **dict.fromkeys(("discountManualAmount", "discountManualPercent", "mark"), number),
        **dict.fromkeys(
            ("weight", "length", "width", "height", "dialogId", "loyaltyEventDiscountId"), number
        ),
        **dict.fromkeys(("createdAt", "statusUpdatedAt", "markDatetime"), date_time),
        "shipmentDate": day,
        "shipmentStore": _entry(books, "stores"),
        "status": _entry(books, "statuses"),
        "orderType": _entry(books, "order-types"),
        "orderMethod": _entry(books, "order-methods"),
        "privilegeType": choice(codes.PRIVILEGES),
        "managerId": known_user(books),
        "source": form(dict.fromkeys(("source", "medium", "campaign", "keyword", "content"), text)),
        **dict.fromkeys(("customer", "contact", "company", "contragent"), json_object),
        "customFields": custom_fields_of_order(books),
        "delivery": form({**_DELIVERY, "code": _entry(books, "delivery-types")}),
        "items": json_list,
        "payments": json_list,
    }


def item_fields(books: Books) -> Mapping[str, Check]:
    """The table of fields of an order's item."""
    return {**_ITEM, "status": _entry(books, "product-statuses")}


def payment_fields(books: Books) -> Mapping[str, Check]:
    """The table of fields of an order's payment."""
    types, statuses = _entry(books, "payment-types"), _entry(books, "payment-statuses")
    return {**_PAYMENT, "type": types, "status": statuses}


def _entry(books: Books, dictionary: str) -> Check:
    """The code of an entry that can be chosen."""
    return choice(books.dictionaries.active_codes(dictionary))


def known_user(books: Books) -> Check:
    """The id of a user of the account."""

    def check(value: object) -> int:
        if as_id(value) not in books.users:
            raise BadField(NO_CHOICE)
        return as_id(value)

    return check
