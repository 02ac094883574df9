"""The fields of an order that a client may write."""

from collections.abc import Mapping

from sandbox.retailcrm import codes
from sandbox.retailcrm.books import Books, as_id
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
    "code": choice(codes.DELIVERY_TYPES),
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
ITEM: Mapping[str, Check] = {
    "id": anything,
    "offer": form(dict.fromkeys(("id", "externalId", "xmlId"), text)),
    "quantity": positive,
    **dict.fromkeys(
        ("initialPrice", "purchasePrice", "discountManualAmount", "discountManualPercent", "ordering"), number
    ),
    **dict.fromkeys(("productName", "vatRate", "comment", "externalId"), text),
    "status": choice(codes.PRODUCT_STATUSES),
    "priceType": json_object,
    "properties": json_list,
    "externalIds": json_list,
    "markingObjects": json_list,
    "createdAt": date_time,
}
PAYMENT: Mapping[str, Check] = {
    "id": anything,
    "externalId": text,
    "type": choice(codes.PAYMENT_TYPES),
    "status": choice(codes.PAYMENT_STATUSES),
    "amount": number,
    "paidAt": date_time,
    "comment": text,
    "order": json_object,
}


def order_fields(books: Books) -> Mapping[str, Check]:
    """The table of fields; who may be a manager depends on the account."""
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
        "shipmentStore": choice(codes.STORES),
        "status": choice(codes.STATUS_NAMES),
        "orderType": choice(codes.ORDER_TYPES),
        "orderMethod": choice(codes.ORDER_METHODS),
        "privilegeType": choice(codes.PRIVILEGES),
        "managerId": known_user(books),
        "source": form(dict.fromkeys(("source", "medium", "campaign", "keyword", "content"), text)),
        **dict.fromkeys(("customer", "contact", "company", "contragent"), json_object),
        "customFields": form(dict.fromkeys(codes.ORDER_CUSTOM_FIELDS, text)),
        "delivery": form(_DELIVERY),
        "items": json_list,
        "payments": json_list,
    }


def known_user(books: Books) -> Check:
    """The id of a user of the account."""

    def check(value: object) -> int:
        if as_id(value) not in books.users:
            raise BadField(NO_CHOICE)
        return as_id(value)

    return check
