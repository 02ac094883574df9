"""Whether an address is complete for the way in which the order is delivered."""

import re

from chalicelib.crm.port import Address, Order

_NO_HOUSE = re.compile(
    r"(?:кв|квартира|оф|офис|под|подъезд|эт|этаж|пом|помещение|ком|комната|flat|apt|room|floor)\b\.?\s*№?\s*\d+"
    r"|\d+\s*-?\s*(?:лет|летия|года|й|я|го|ой|ая|ый|ий|января|февраля|марта|апреля|мая|июня|июля|августа|сентября"
    r"|октября|ноября|декабря|эт|этаж|подъезд|st|nd|rd|th)\b",
    re.IGNORECASE,
)
"""Numbers that are of no house: flats, floors, and streets that are called after a day or have a number."""

_HOUSE = re.compile(r"(?<!\d)\d{1,4}(?!\d)")
"""Shorter than a postcode."""


def missing_parts(order: Order, *, is_pickup: bool) -> tuple[str, ...]:
    """What the address lacks: ``city``, ``street``, ``building``; ``pickup_point`` for a way of pickup.

    A text in one line counts only if no part is told, and if a house is in it. Where a pickup point is
    chosen, nothing is missing, whatever the way: a courier's may do both.
    """
    address = order.address
    if order.pickup_address not in {"", address.text}:
        return ()
    if is_pickup:
        return () if address.city or address.text else ("pickup_point",)
    parts = {"city": address.city, "street": address.street, "building": address.building}
    if not any(parts.values()) and _says_house(address):
        return ()
    return tuple(name for name, value in parts.items() if not value.strip())


def _says_house(address: Address) -> bool:
    return _HOUSE.search(_NO_HOUSE.sub(" ", address.text)) is not None
