"""The fields of all text messages to clients: one set for every template, the shop's own ones as well."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class SmsFields:
    """What a text message can say. Whatever is not known is empty, or None.

    Attributes:
        first_name: the client's; likewise ``last_name`` and ``patronymic``.
        order_number: empty in a message that is about no order.
        track_number: what the courier calls the parcel.
        tracking_link: where it can be followed.
        city: where the parcel is, else where it goes.
        pickup_address: where it waits, else the delivery address.
        pickup_hours: when it can be collected there, as the courier writes it.
        keep_until: until when it waits there free of charge. Filters write it on the client's clock.
        keep_until_is_estimate: True if the courier did not tell it, and the shop reckons so.
        to_pay: what the client pays when they get it; None if everything is paid.
        manager_name: the order's manager, as ``[[people]]`` has them.
        manager_phone: E.164.
        shop: the shop's name.
    """

    first_name: str = ""
    last_name: str = ""
    patronymic: str = ""
    order_number: str = ""
    track_number: str = ""
    tracking_link: str = ""
    city: str = ""
    pickup_address: str = ""
    pickup_hours: str = ""
    keep_until: datetime | None = None
    keep_until_is_estimate: bool = False
    to_pay: Decimal | None = None
    manager_name: str = ""
    manager_phone: str = ""
    shop: str = ""

    def as_mapping(self) -> Mapping[str, object]:
        """By their names, as templates want them."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class SmsSamples:
    """Three clients to try a text on.

    Attributes:
        short: of whom little is known.
        usual: what the documentation shows.
        long: of whom everything is known, and long.
    """

    short: SmsFields
    usual: SmsFields
    long: SmsFields


_KEEP_UNTIL = datetime(2026, 11, 27, 12, 0, tzinfo=UTC)
_LINK = "https://www.cdek.ru/ru/tracking?order_id="

SMS_SAMPLES: Mapping[str, SmsSamples] = {
    "ru": SmsSamples(
        short=SmsFields(order_number="1001A", shop="Тенты"),
        usual=SmsFields(
            first_name="Ольга",
            last_name="Иванова",
            patronymic="Петровна",
            order_number="1001A",
            track_number="10000000011",
            tracking_link=_LINK + "10000000011",
            city="Москва",
            pickup_address="ул. Примерная, 1",
            pickup_hours="Пн-Вс 10:00-21:00",
            keep_until=_KEEP_UNTIL,
            to_pay=Decimal(4990),
            manager_name="Анна",
            manager_phone="+79990000001",
            shop="Защитные тенты",
        ),
        long=SmsFields(
            first_name="Александра",
            last_name="Константинопольская-Преображенская",
            patronymic="Владиславовна",
            order_number="1001A-2025",
            track_number="RA123456789RU",
            tracking_link=_LINK + "RA123456789RU",
            city="Петропавловск-Камчатский",
            pickup_address="ул. Академика Константинопольского, д. 123, корп. 45",
            pickup_hours="Пн-Пт 09:00-20:00, Сб-Вс 10:00-18:00",
            keep_until=_KEEP_UNTIL,
            to_pay=Decimal("124990.50"),
            manager_name="Константин Константинов",
            manager_phone="+79990000001",
            shop="Защитные тенты и чехлы",
        ),
    ),
    "en": SmsSamples(
        short=SmsFields(order_number="1001A", shop="Covers"),
        usual=SmsFields(
            first_name="Olga",
            last_name="Ivanova",
            patronymic="Petrovna",
            order_number="1001A",
            track_number="10000000011",
            tracking_link=_LINK + "10000000011",
            city="Moscow",
            pickup_address="1 Example Street",
            pickup_hours="Mon-Sun 10:00-21:00",
            keep_until=_KEEP_UNTIL,
            to_pay=Decimal(4990),
            manager_name="Anna",
            manager_phone="+79990000001",
            shop="Covers and Tents",
        ),
        long=SmsFields(
            first_name="Alexandra",
            last_name="Konstantinopolskaya-Preobrazhenskaya",
            patronymic="Vladislavovna",
            order_number="1001A-2025",
            track_number="RA123456789RU",
            tracking_link=_LINK + "RA123456789RU",
            city="Petropavlovsk-Kamchatsky",
            pickup_address="123 Academician Konstantinopolsky Street, building 45",
            pickup_hours="Mon-Fri 09:00-20:00, Sat-Sun 10:00-18:00",
            keep_until=_KEEP_UNTIL,
            to_pay=Decimal("124990.50"),
            manager_name="Konstantin Konstantinov",
            manager_phone="+79990000001",
            shop="Protective covers and tents",
        ),
    ),
}
"""By language."""
