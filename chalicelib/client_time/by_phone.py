"""The zone of a phone number, where Google's metadata is sure and right.

It knows Russian landlines, and countries with one zone. Of a Russian mobile it knows nothing: it names all
of the country's zones, or Moscow for each of them.
"""

from zoneinfo import ZoneInfo

import phonenumbers
from phonenumbers import PhoneNumberType, timezone

STAND_INS = {"+7401": "Europe/Kaliningrad", "+7845": "Europe/Saratov"}
"""Where the metadata names another city: one with summer time for Kaliningrad, Moscow for Saratov."""

RUSSIA_AND_KAZAKHSTAN = 7
ONE_ZONE_SINCE_2024 = {"KZ": "Asia/Almaty"}
"""The metadata still has two."""


def zone_of_phone(phone: str) -> ZoneInfo | None:
    """The zone of a number (E.164); None if it may be in several."""
    try:
        number = phonenumbers.parse(phone)
    except phonenumbers.NumberParseException:
        return None
    name = _zone_name(phone, number)
    return None if name is None else ZoneInfo(name)


def _zone_name(phone: str, number: phonenumbers.PhoneNumber) -> str | None:
    country = phonenumbers.region_code_for_number(number)
    if country in ONE_ZONE_SINCE_2024:
        return ONE_ZONE_SINCE_2024[country]
    kind = phonenumbers.number_type(number)
    if number.country_code == RUSSIA_AND_KAZAKHSTAN and kind != PhoneNumberType.FIXED_LINE:
        return None
    stand_in = next((zone for prefix, zone in STAND_INS.items() if phone.startswith(prefix)), None)
    if stand_in:
        return stand_in
    zones = timezone.time_zones_for_number(number)
    return zones[0] if len(zones) == 1 and zones[0] != timezone.UNKNOWN_TIMEZONE else None
