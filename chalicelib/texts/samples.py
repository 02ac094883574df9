"""Sample fields for each template: what `leadkeeper check` fills in, and the list of all fields."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from chalicelib.errors import ConfigurationError
from chalicelib.events import LeadItem
from chalicelib.texts.rendering import Texts
from chalicelib.texts.sms_fields import SMS_SAMPLES

Fields = Mapping[str, object]

_AT = datetime(2025, 11, 20, 7, 5, tzinfo=UTC)
_PHONE = "+79161234567"
_LONG_NAME = "Константинопольская-Преображенская Александра Владиславовна"
_LONG_FORM = "Заявка на расчёт защитного тента нестандартного размера"
_CLIENT_TIME = "У клиента сейчас 23:40 (Петропавловск-Камчатский, +12 ч к нашему времени)"
_LONG_ADDRESS = "ул. Академика Константинопольского, д. 123, корп. 45, стр. 6, вход со двора, 2-й этаж"
_ENTRY = "3fa85f641234" + "0" * 52
_LONG_TEXT = "Здравствуйте! Нужен тент на прицеп 3 на 4 метра, серый, с люверсами.\nКогда сможете сделать?"
_MESSAGE_SHORT: Mapping[str, object] = {
    "medium": "telegram",
    "at": _AT,
    "name": "",
    "email": "",
    "text": "",
    "files": "",
    "told": "",
    "chat_url": "",
}
_MESSAGE_LONG: Mapping[str, object] = {
    "medium": "whatsapp",
    "at": _AT,
    "name": _LONG_NAME,
    "email": "olga@example.com",
    "text": _LONG_TEXT,
    "files": "Вложение: Размеры прицепа.pdf, https://example.com/files/1",
    "told": "Компания: ООО «Ромашка»\nИНН: 7707083893\nСрок: 05.12.2025",
    "chat_url": "https://example.com/chats/5000000001",
}
_REQUEST: Mapping[str, object] = {
    "company": "ООО «Ромашка»",
    "tax_number": "7707083893",
    "deadline": datetime(2025, 12, 5, 5, tzinfo=UTC),
}


_MISTAKES: Mapping[str, object] = {
    "order_number": "1001A-2025",
    "status": "Передан в доставку",
    "phrases": [
        "в адресе нет: улица, дом",
        "не указано: Чехол на автомобиль: модель; Чехол на автомобиль: размер",
        "предоплата 1 000 ₽, нужно 2 645,50 ₽",
    ],
}


@dataclass(frozen=True, slots=True)
class Sample:
    """The fields of one template, filled in twice.

    Attributes:
        short: everything that may be empty is empty.
        long: everything is there, and long.
    """

    short: Fields
    long: Fields


SMS = "sms/"
"""The folder of the text messages to clients."""


@dataclass(frozen=True, slots=True)
class Checked:
    """One template, filled in once.

    Attributes:
        template: its name, such as ``sms/arrived``.
        sample: ``short`` or ``long``.
        text: the result; empty if there is a problem.
        problem: what is wrong with the template, None if all is well.
    """

    template: str
    sample: str
    text: str
    problem: ConfigurationError | None


def check_all(texts: Texts) -> tuple[Checked, ...]:
    """Fill in every template with its samples; also find templates that nobody uses.

    A shop may add text messages of its own, under any name: they all have the same fields.
    """
    sms = SMS_SAMPLES[texts.language]
    sample = Sample(short=sms.short.as_mapping(), long=sms.long.as_mapping())
    samples = {**SAMPLES, **{name: sample for name in texts.names() if name.startswith(SMS)}}
    unused = tuple(
        Checked(name, "short", "", _unused(texts, name)) for name in sorted(texts.names() - samples.keys())
    )
    filled_in = tuple(
        _checked(texts, name, size, fields)
        for name, sample in sorted(samples.items())
        for size, fields in (("short", sample.short), ("long", sample.long))
    )
    return filled_in + unused


def _checked(texts: Texts, name: str, size: str, fields: Fields) -> Checked:
    try:
        return Checked(name, size, texts.render(name, **fields), None)
    except ConfigurationError as problem:
        return Checked(name, size, "", problem)


def _unused(texts: Texts, name: str) -> ConfigurationError:
    return ConfigurationError(
        f"texts/{texts.language}/{name}.txt",
        "there is no text with this name",
        f"Correct its name to one of: {', '.join(SAMPLES)}",
    )


_SHORT_EXPIRY: Fields = {"name": "CRM", "money": "", "has_ended": False, "last_moment": _AT, "days": 0}
_LONG_EXPIRY: Fields = {
    "name": "Модуль обмена с посадочной страницей",
    "money": "-1234567.89 RUB",
    "has_ended": False,
    "last_moment": _AT,
    "days": 22,
}
_SHORT_TALK: Fields = {"at": _AT, "inbound": False, "employee": "", "talked": None}
_LONG_TALK: Fields = {
    "at": _AT,
    "inbound": True,
    "employee": _LONG_NAME,
    "talked": timedelta(minutes=12, seconds=5),
}
_NO_DETAILS: Fields = {"price": "", "note": "", "url": ""}
_DETAILS: Fields = {
    "price": "120 000 ₽ в год",
    "note": "Договор 12/2025, счёт просить за две недели",
    "url": "https://example.com/account/subscriptions/renew?tariff=professional",
}

SAMPLES: Mapping[str, Sample] = {
    "order/missed_call": Sample(
        short={"phone": _PHONE, "at": _AT, "line": ""},
        long={"phone": _PHONE, "at": _AT, "line": "sip:covers-landing@example.mango-office.ru"},
    ),
    "order/lead_comment": Sample(
        short={"answers": ()},
        long={
            "answers": (("Комментарий", _LONG_FORM), ("Размер", ""), ("", "Перезвоните вечером\nпосле 19"))
        },
    ),
    "order/lead_manager_comment": Sample(
        short={
            "form_name": "",
            "phone": None,
            "phone_typed": "",
            "email": "",
            "number": "",
            "total": None,
            "discount": Decimal(0),
            "delivery_name": "",
            "delivery_cost": Decimal(0),
            "delivery_address": "",
            "payment": "",
            "is_paid": False,
            "promocode": "",
        },
        long={
            "form_name": _LONG_FORM,
            "phone": None,
            "phone_typed": "89161234567 или 8-903-765-43-21, звонить после 19",
            "email": "a.konstantinopolskaya-preobrazhenskaya@example.com",
            "number": "1500000001",
            "total": Decimal("1234567.89"),
            "discount": Decimal(12500),
            "delivery_name": "СДЭК, до пункта выдачи",
            "delivery_cost": Decimal("1450.50"),
            "delivery_address": _LONG_ADDRESS,
            "payment": "cloudpayments 3500000001",
            "is_paid": True,
            "promocode": "ЧЁРНАЯ-ПЯТНИЦА-2025",
        },
    ),
    "order/lead_completes_call": Sample(
        short={"form_name": "", "at": _AT},
        long={"form_name": _LONG_FORM, "at": _AT},
    ),
    "task/client_time": Sample(
        short={"clock": "18:40", "place": "Омск", "hours_ahead": 2.0},
        long={"clock": "23:40", "place": "Kathmandu", "hours_ahead": -5.75},
    ),
    "task/callback": Sample(
        short={"phone": _PHONE, "count": 1, "last_at": _AT, "line": ""},
        long={"phone": _PHONE, "count": 121, "last_at": _AT, "line": "73822000000"},
    ),
    "task/callback_commentary": Sample(
        short={
            "phone": _PHONE,
            "calls": (_AT,),
            "line": "",
            "order_number": "",
            "status_name": "",
            "client_time": "",
        },
        long={
            "phone": _PHONE,
            "calls": tuple(_AT + timedelta(minutes=minute) for minute in range(25)),
            "line": "73822000000",
            "order_number": "1001A-2025",
            "status_name": "Ожидает согласования с клиентом",
            "client_time": _CLIENT_TIME,
        },
    ),
    "task/callback_overdue": Sample(
        short={
            "phone": _PHONE,
            "missed_at": _AT,
            "patience": timedelta(minutes=30),
            "manager": "",
            "order_number": "1001A",
        },
        long={
            "phone": _PHONE,
            "missed_at": _AT,
            "patience": timedelta(hours=1, minutes=30),
            "manager": _LONG_NAME,
            "order_number": "1001A-2025",
        },
    ),
    "task/callback_overdue_commentary": Sample(
        short={
            "phone": _PHONE,
            "missed_at": _AT,
            "patience": timedelta(minutes=30),
            "manager": "",
            "order_number": "1001A",
            "so_far": "Клиент: +7 916 123-45-67",
        },
        long={
            "phone": _PHONE,
            "missed_at": _AT,
            "patience": timedelta(hours=1, minutes=30),
            "manager": _LONG_NAME,
            "order_number": "1001A-2025",
            "so_far": "Клиент: +7 916 123-45-67\nКогда:\n20.11 в 14:05",
        },
    ),
    "task/called_back": Sample(short=_SHORT_TALK, long=_LONG_TALK),
    "order/called_back": Sample(short=_SHORT_TALK, long=_LONG_TALK),
    "order/recording": Sample(
        short={**_SHORT_TALK, "url": "https://example.com/r/1"},
        long={**_LONG_TALK, "url": "https://example.com/recordings/2025/11/20/NTc0ODIxMDAyMTo1NTU.mp3"},
    ),
    "task/searched": Sample(short={"searched": ""}, long={"searched": _LONG_FORM}),
    "call/visit": Sample(
        short={
            "source": "",
            "medium": "",
            "campaign": "",
            "keyword": "",
            "content": "",
            "landing_page": "",
            "referrer": "",
            "visitor_ids": (),
        },
        long={
            "source": "yandex",
            "medium": "cpc",
            "campaign": "Тенты, Томск, поиск",
            "keyword": "купить защитный тент 3×6",
            "content": "Объявление 12",
            "landing_page": "https://covers.example.ru/tents?size=3x6",
            "referrer": "https://yandex.ru/",
            "visitor_ids": (("yandex", "1700000000123456789"), ("google", "")),
        },
    ),
    "task/hidden_call": Sample(
        short={"at": _AT, "line": ""},
        long={"at": _AT, "line": "73822000000"},
    ),
    "task/hidden_call_commentary": Sample(short={}, long={}),
    "task/repeat_lead": Sample(
        short={"form_name": "", "name": "", "phone": None, "at": _AT, "count": 1},
        long={"form_name": _LONG_FORM, "name": _LONG_NAME, "phone": _PHONE, "at": _AT, "count": 22},
    ),
    "task/repeat_lead_commentary": Sample(
        short={
            "client_time": "",
            "so_far": "",
            "at": _AT,
            "name": "",
            "phone": None,
            "answers": (),
            "items": (),
            "for_manager": "Заявка с сайта",
        },
        long={
            "client_time": _CLIENT_TIME,
            "so_far": "Второй заказ не создан.",
            "at": _AT,
            "name": _LONG_NAME,
            "phone": _PHONE,
            "answers": (("Комментарий", _LONG_FORM),),
            "items": (LeadItem(name=_LONG_FORM, quantity=Decimal(2), price=Decimal("4990.50")),),
            "for_manager": "Заявка с сайта\nСумма на сайте: 4 990 ₽",
        },
    ),
    "task/pickup_stalled": Sample(
        short={"order_number": "1001A", "phone": "", "since": _AT, "waited": timedelta(hours=20)},
        long={"order_number": "1001A-2025", "phone": _PHONE, "since": _AT, "waited": timedelta(days=21)},
    ),
    "task/pickup_stalled_commentary": Sample(
        short={
            "client_time": "",
            "order_number": "1001A",
            "name": "",
            "phone": "",
            "address": "",
            "since": _AT,
            "waited": timedelta(hours=20),
            "is_couriers_time": False,
            "keeping": "Срок хранения неизвестен",
            "track_number": "",
            "to_pay": None,
            "told": (),
        },
        long={
            "client_time": _CLIENT_TIME,
            "order_number": "1001A-2025",
            "name": _LONG_NAME,
            "phone": _PHONE,
            "address": _LONG_ADDRESS,
            "since": _AT,
            "waited": timedelta(days=21),
            "is_couriers_time": True,
            "keeping": "Хранение примерно до 20.11.2025: это оценка, точный срок уточните у службы доставки",
            "track_number": "RA123456789RU",
            "to_pay": Decimal("1234567.89"),
            "told": ("arrived", "reminder"),
        },
    ),
    "task/keeping": Sample(
        short={"keep_until": None, "is_estimate": False}, long={"keep_until": _AT, "is_estimate": True}
    ),
    "task/parcel_trouble": Sample(
        short={"status": "lost", "reason": "", "order_number": "1001A", "phone": ""},
        long={
            "status": "returning",
            "reason": "wrong_goods",
            "order_number": "1001A-2025",
            "phone": _PHONE,
        },
    ),
    "task/parcel_trouble_commentary": Sample(
        short={
            "status": "lost",
            "reason": "",
            "order_number": "1001A",
            "phone": "",
            "name": "",
            "client_time": "",
            "courier": "cdek",
            "code": "NOT_DELIVERED",
            "reason_words": "",
            "at": _AT,
            "city": "",
            "address": "",
            "track_number": "",
            "to_pay": None,
        },
        long={
            "status": "returning",
            "reason": "wrong_goods",
            "order_number": "1001A-2025",
            "phone": _PHONE,
            "name": _LONG_NAME,
            "client_time": _CLIENT_TIME,
            "courier": "yandexdelivery",
            "code": "NOT_DELIVERED",
            "reason_words": "Получатель отказался от получения: недокомплект вложения. " * 3,
            "at": _AT,
            "city": "Петропавловск-Камчатский",
            "address": _LONG_ADDRESS,
            "track_number": "RA123456789RU",
            "to_pay": Decimal("1234567.89"),
        },
    ),
    "task/parcel_trouble_over": Sample(
        short={"at": _AT, "parcel_status": ""}, long={"at": _AT, "parcel_status": "partial"}
    ),
    "order/possible_doubles": Sample(
        short={"cards": [], "is_by_name": True},
        long={"cards": ["120012", "120015", "120019"], "is_by_name": True},
    ),
    "task/order_ended": Sample(
        short={"at": _AT, "order_status": ""}, long={"at": _AT, "order_status": "cancel-other"}
    ),
    "task/answered_in_chat": Sample(short={"at": _AT}, long={"at": _AT}),
    "task/sms_client_wrote": Sample(short={"at": _AT}, long={"at": _AT}),
    "task/sms_delivered_later": Sample(short={"at": _AT}, long={"at": _AT}),
    "task/no_longer_waits": Sample(
        short={"at": _AT, "order_status": "", "parcel_status": ""},
        long={"at": _AT, "order_status": "delyvery-did-not-suit", "parcel_status": "returning"},
    ),
    "task/mistake": Sample(
        short={
            "rule": "step",
            "parts": (),
            "found": None,
            "expected": None,
            "before": "",
            "after": "complete",
            "allowed": [],
        },
        long={
            "rule": "address",
            "parts": ("city", "street", "building"),
            "found": Decimal(1000),
            "expected": Decimal("2645.50"),
            "before": "Новый",
            "after": "Передан в доставку",
            "allowed": ["Согласован", "Отменён"],
        },
    ),
    "task/mistakes": Sample(
        short={
            "order_number": "1001A",
            "status": "agreed",
            "phrases": ["нет трек-номера"],
        },
        long=_MISTAKES,
    ),
    "task/mistakes_commentary": Sample(
        short={
            "order_number": "1001A",
            "status": "agreed",
            "phrases": ["нет трек-номера"],
            "put_back_to": "",
            "at": _AT,
            "by": "",
        },
        long={**_MISTAKES, "put_back_to": "Согласован", "at": _AT, "by": _LONG_NAME},
    ),
    "task/mistakes_over": Sample(
        short={"at": _AT, "why": "mended", "is_back": False, "status": "agreed"},
        long={"at": _AT, "why": "moved", "is_back": True, "status": "Передан в доставку"},
    ),
    "order/put_back": Sample(short={"phrases": ["нет трек-номера"]}, long={"phrases": _MISTAKES["phrases"]}),
    "task/unprocessed_lead": Sample(
        short={
            "order_number": "1001A",
            "since": _AT,
            "waited": timedelta(minutes=15),
            "phone": "",
            "for_boss": False,
            "manager": "",
        },
        long={
            "order_number": "1001A-2025",
            "since": _AT,
            "waited": timedelta(days=2, hours=4),
            "phone": _PHONE,
            "for_boss": True,
            "manager": _LONG_NAME,
        },
    ),
    "task/unprocessed_lead_commentary": Sample(
        short={
            "client_time": "",
            "order_number": "1001A",
            "name": "",
            "email": "",
            "since": _AT,
            "waited": timedelta(minutes=15),
            "phone": "",
            "for_boss": False,
            "manager": "",
        },
        long={
            "client_time": _CLIENT_TIME,
            "order_number": "1001A-2025",
            "name": _LONG_NAME,
            "email": "a.konstantinopolskaya-preobrazhenskaya@example.com",
            "since": _AT,
            "waited": timedelta(days=2, hours=4),
            "phone": _PHONE,
            "for_boss": True,
            "manager": _LONG_NAME,
        },
    ),
    "note/sms_report": Sample(
        short={
            "template": "arrived",
            "order_number": "",
            "is_sent": True,
            "reason": "",
            "detail": "",
            "at": _AT,
        },
        long={
            "template": "pickup_last_call",
            "order_number": "1001A-2025",
            "is_sent": False,
            "reason": "sms-refused",
            "detail": "Twilio answers 400, code 21610. " * 30,
            "at": _AT,
        },
    ),
    "alert/reason": Sample(short={"reason": "other"}, long={"reason": "messenger-unreachable"}),
    "alert/raised": Sample(
        short={
            "reason": "other",
            "source": "mango",
            "entry_id": "",
            "detail": "",
            "since": None,
            "lasted": None,
            "at": _AT,
            "shop": "Тенты",
        },
        long={
            "reason": "crm-unreachable",
            "source": "tilda-covers-landing",
            "entry_id": "3fa85f64" * 8,
            "detail": "Connection to the CRM timed out. " * 30,
            "since": _AT,
            "lasted": timedelta(days=2, hours=4),
            "at": _AT,
            "shop": "Защитные тенты и чехлы",
        },
    ),
    "alert/acknowledge": Sample(short={}, long={}),
    "alert/test": Sample(short={"shop": "Тенты"}, long={"shop": "Защитные тенты и чехлы"}),
    "alert/incident": Sample(
        short={
            "word": "began",
            "subject": "CRM",
            "cause": "",
            "note": "",
            "acknowledged_by": "",
            "began_at": _AT,
            "lasted": timedelta(),
            "shop": "Тенты",
        },
        long={
            "word": "ended",
            "subject": "Модуль обмена с посадочной страницей",
            "cause": "Connection to the CRM timed out. " * 30,
            "note": "What waited is being done by itself, within 15 minutes.",
            "acknowledged_by": _LONG_NAME,
            "began_at": _AT,
            "lasted": timedelta(days=2, hours=4),
            "shop": "Защитные тенты и чехлы",
        },
    ),
    "checks/person_subject": Sample(short={"name": "Ян"}, long={"name": "Константинопольская Александра"}),
    "checks/person": Sample(
        short={"name": "Ян", "crm_user": 1, "is_known": True},
        long={"name": "Константинопольская Александра", "crm_user": 12345, "is_known": False},
    ),
    "checks/silence_subject": Sample(short={"source": "mango"}, long={"source": "tilda-covers-landing"}),
    "checks/band_subject": Sample(short={"source": "mango"}, long={"source": "tilda-covers-landing"}),
    "checks/silence": Sample(
        short={"last_at": None, "expect_every": timedelta(hours=8)},
        long={"last_at": _AT, "expect_every": timedelta(days=2, hours=4)},
    ),
    "checks/band": Sample(
        short={"count": 0, "least": 18, "most": 24}, long={"count": 1000, "least": 18, "most": 24}
    ),
    "checks/self_subject": Sample(short={"kind": "queue"}, long={"kind": "quarantined"}),
    "checks/disk": Sample(short={"mebibytes": 0}, long={"mebibytes": 1023}),
    "checks/stuck": Sample(
        short={"waited": timedelta(minutes=10)}, long={"waited": timedelta(days=2, hours=4)}
    ),
    "checks/set_aside": Sample(
        short={"status": "parked", "count": 1}, long={"status": "quarantined", "count": 1000}
    ),
    "checks/subscription_subject": Sample(short={"source": "cdek"}, long={"source": "cdek-second-contract"}),
    "checks/subscription_gone": Sample(short={"source": "cdek"}, long={"source": "cdek-second-contract"}),
    "checks/source_subject": Sample(short={"source": "mts"}, long={"source": "callibri-second-site"}),
    "checks/source_cause": Sample(
        short={"problem": "ConnectTimeout"}, long={"problem": "api.callibri.ru answers 503, but with no JSON"}
    ),
    "checks/endpoint_problem": Sample(
        short={"reason": "no-json", "found": "", "wanted": ""},
        long={
            "reason": "json",
            "found": 'checks.0.state = "' + "down " * 12,
            "wanted": 'checks.0.state = "up"',
        },
    ),
    "checks/endpoint_subject": Sample(
        short={"kind": "network", "name": ""},
        long={"kind": "certificate", "name": "Модуль обмена с посадочной страницей"},
    ),
    "task/subscription": Sample(short=_SHORT_EXPIRY, long=_LONG_EXPIRY),
    "task/subscription_commentary": Sample(
        short={**_NO_DETAILS, "name": "CRM", "is_dated": False},
        long={**_DETAILS, "name": "Модуль обмена с посадочной страницей", "is_dated": True},
    ),
    "task/subscription_renewed": Sample(
        short={"at": _AT, "money": "", "last_moment": _AT},
        long={"at": _AT, "money": "1234567.89 RUB", "last_moment": None},
    ),
    "alert/subscription": Sample(
        short={"title": "Продлить: CRM, сегодня последний день", "details": "", "shop": "Тенты"},
        long={
            "title": _LONG_NAME,
            "details": "\n".join([_LONG_ADDRESS] * 4),
            "shop": "Защитные тенты и чехлы",
        },
    ),
    "checks/probe_subject": Sample(
        short={"name": "Twilio", "is_money": False},
        long={"name": "Модуль обмена с посадочной страницей", "is_money": True},
    ),
    "calendar/name": Sample(short={"shop": "Тенты"}, long={"shop": "Защитные тенты и чехлы"}),
    "calendar/subscription": Sample(
        short={"name": "Twilio", "is_money": False},
        long={"name": "Модуль обмена с посадочной страницей", "is_money": True},
    ),
    "calendar/subscription_description": Sample(
        short={**_NO_DETAILS, "responsible": "Анна"},
        long={**_DETAILS, "responsible": _LONG_NAME},
    ),
    "reply/status": Sample(
        short={
            "order_number": "",
            "words": "",
            "state": "",
            "track_number": "",
            "to_pay": None,
            "shop": "",
        },
        long={
            "order_number": "1500000001",
            "words": "в цехе, шьём и проверяем",
            "state": "open",
            "track_number": "10123456789",
            "to_pay": Decimal("1234567.89"),
            "shop": "Защитные тенты",
        },
    ),
    "order/message_comment": Sample(
        short={"subject": "", "text": "", "is_cut": False, "entry_id": _ENTRY},
        long={"subject": "Тент на прицеп", "text": _LONG_TEXT, "is_cut": True, "entry_id": _ENTRY},
    ),
    "order/message_files": Sample(
        short={"attachments": [{"name": "voice", "url": "", "size": None}]},
        long={
            "attachments": [
                {"name": "Размеры прицепа.pdf", "url": "https://example.com/files/1", "size": 120_000},
                {"name": "photo", "url": "", "size": None},
            ]
        },
    ),
    "order/message": Sample(
        short={**_MESSAGE_SHORT, "medium": "vk"},
        long={**_MESSAGE_LONG, "medium": "mail"},
    ),
    "order/message_added": Sample(
        short={**_MESSAGE_SHORT, "number": 2},
        long={**_MESSAGE_LONG, "number": 20},
    ),
    "order/production": Sample(
        short={
            "kind": "production-ready",
            "day": None,
            "author": "",
            "text": "",
            "links": (),
            "at": _AT,
        },
        long={
            "kind": "production-promised",
            "day": _AT,
            "author": _LONG_NAME,
            "text": _LONG_TEXT,
            "links": ("https://example.com/drawings/1",),
            "at": _AT,
        },
    ),
    "task/production_question": Sample(
        short={"order_number": "1001A", "text": ""},
        long={"order_number": "1001A", "text": _LONG_TEXT},
    ),
    "task/production_question_commentary": Sample(
        short={
            "order_number": "1001A",
            "number": 1,
            "is_one_of_several": False,
            "author": "",
            "text": "",
            "links": (),
            "at": _AT,
            "answer_field": "",
            "is_closed": False,
            "name": "",
            "phone": "",
            "client_time": "",
        },
        long={
            "order_number": "1001A",
            "number": 2,
            "is_one_of_several": True,
            "author": _LONG_NAME,
            "text": _LONG_TEXT,
            "links": ("https://example.com/drawings/1",),
            "at": _AT,
            "answer_field": "production_answer",
            "is_closed": True,
            "name": _LONG_NAME,
            "phone": _PHONE,
            "client_time": _CLIENT_TIME,
        },
    ),
    "task/production_over": Sample(short={"at": _AT}, long={"at": _AT}),
    "task/production_late": Sample(
        short={"order_number": "1001A", "day": _AT, "is_past": False, "phone": ""},
        long={"order_number": "1001A", "day": _AT, "is_past": True, "phone": _PHONE},
    ),
    "task/production_late_commentary": Sample(
        short={"order_number": "1001A", "day": _AT, "is_past": False, "phone": "", "name": ""},
        long={"order_number": "1001A", "day": _AT, "is_past": True, "phone": _PHONE, "name": _LONG_NAME},
    ),
    "task/production_ready": Sample(short={"order_number": "1001A"}, long={"order_number": "1001A"}),
    "task/production_ready_commentary": Sample(
        short={
            "order_number": "1001A",
            "status": "new",
            "next_status": "assembling-complete",
            "is_closed": False,
            "name": "",
            "phone": "",
        },
        long={
            "order_number": "1001A",
            "status": "cancel-other",
            "next_status": "assembling-complete",
            "is_closed": True,
            "name": _LONG_NAME,
            "phone": _PHONE,
        },
    ),
    "order/request": Sample(short={"company": "", "tax_number": "", "deadline": None}, long=_REQUEST),
    "task/request": Sample(
        short={**_REQUEST, "company": "", "tax_number": "", "name": ""}, long={**_REQUEST, "name": _LONG_NAME}
    ),
    "task/request_commentary": Sample(
        short={"order_number": "1001A", "told": "Срок: 05.12.2025"},
        long={"order_number": "1001A", "told": "Компания: ООО «Ромашка»\nИНН: 7707083893\nСрок: 05.12.2025"},
    ),
    "reply/request_form": Sample(
        short={"is_first": False, "missing": ("deadline",), "questions": (), "shop": "Тенты"},
        long={
            "is_first": True,
            "missing": ("company", "tax_number", "what", "deadline", "files"),
            "questions": ("Какого цвета?", "В какой город доставить?"),
            "shop": "Защитные тенты и чехлы",
        },
    ),
    "order/phone_told": Sample(short={"phone": _PHONE}, long={"phone": _PHONE}),
    "task/conversation": Sample(
        short={"medium": "telegram", "count": 1, "last_at": _AT, "name": "", "phone": "", "email": ""},
        long={
            "medium": "mail",
            "count": 121,
            "last_at": _AT,
            "name": _LONG_NAME,
            "phone": _PHONE,
            "email": "olga@example.com",
        },
    ),
    "task/conversation_commentary": Sample(
        short={**_MESSAGE_SHORT, "so_far": "", "client_time": "", "phone": ""},
        long={
            **_MESSAGE_LONG,
            "so_far": "20.11 в 13:40:\nЗдравствуйте",
            "client_time": _CLIENT_TIME,
            "phone": _PHONE,
        },
    ),
    "task/message": Sample(
        short={"phone": _PHONE, "count": 1, "at": _AT}, long={"phone": _PHONE, "count": 121, "at": _AT}
    ),
    "task/message_commentary": Sample(
        short={
            "so_far": "",
            "client_time": "",
            "phone": _PHONE,
            "at": _AT,
            "text": "",
            "has_media": False,
        },
        long={
            "client_time": _CLIENT_TIME,
            "so_far": "20.11 в 13:40, +7 916 123-45-67:\nЗдравствуйте",
            "phone": _PHONE,
            "at": _AT,
            "text": "Перенесите доставку на пятницу, пожалуйста.\nПосле 18",
            "has_media": True,
        },
    ),
    "task/sms_undelivered": Sample(
        short={"phone": _PHONE, "count": 1, "is_number_wrong": True},
        long={"phone": _PHONE, "count": 3, "is_number_wrong": False},
    ),
    "task/sms_undelivered_commentary": Sample(
        short={
            "so_far": "",
            "client_time": "",
            "phone": _PHONE,
            "is_number_wrong": True,
            "at": _AT,
            "text": "Заказ 1 ждёт вас.",
            "order_number": "",
            "gateway": "smsru",
            "code": "",
        },
        long={
            "so_far": "",
            "client_time": _CLIENT_TIME,
            "phone": _PHONE,
            "is_number_wrong": False,
            "at": _AT,
            "text": "Александра, заказ 1500000001 ждёт вас: Томск, пр. Ленина, 1. К оплате 4 990 ₽.",
            "order_number": "1500000001",
            "gateway": "twilio",
            "code": "30003",
        },
    ),
    "outage/subject": Sample(
        short={"service": "crm", "gateway": ""}, long={"service": "sms", "gateway": "twilio"}
    ),
    "outage/over": Sample(
        short={"service": "crm", "gateway": ""}, long={"service": "sms", "gateway": "twilio"}
    ),
    "outage/cause": Sample(
        short={"reason": "crm-unreachable", "detail": ""},
        long={"reason": "sms-no-access", "detail": "Twilio answers 401, code 20003"},
    ),
    "checks/rejecting_subject": Sample(short={"source": "mango"}, long={"source": "tilda-covers-landing"}),
    "checks/crowded_subject": Sample(short={"source": "site"}, long={"source": "covers-landing-page"}),
    "checks/crowded_cause": Sample(short={}, long={}),
    "checks/rejecting_cause": Sample(short={"reason": "wrong-token"}, long={"reason": "wrong-signature"}),
    "checks/rejecting_over": Sample(short={}, long={}),
    "checks/stock": Sample(
        short={"offers": 0, "unknown": 0, "unknown_stores": (), "examples": ()},
        long={
            "offers": 1200,
            "unknown": 31,
            "unknown_stores": ("moscow-1",),
            "examples": (
                {"sku": "tent-3x6", "store": "main", "told": "3", "otherwise": "5", "is_crm": True},
                {"sku": "tent-4x6", "store": "workshop", "told": "0.5", "otherwise": "0", "is_crm": False},
            ),
        },
    ),
    "checks/compared": Sample(
        short={"days": 3, "entries": 0, "orders": 0, "tasks": 0, "notes": 0, "parcels": 0, "differences": 0},
        long={
            "days": 30,
            "entries": 90_000,
            "orders": 30_000,
            "tasks": 21_000,
            "notes": 9_000,
            "parcels": 30_000,
            "differences": 1200,
        },
    ),
    "checks/difference": Sample(
        short={
            "kind": "unfinished",
            "fate": "person",
            "order_number": "",
            "by": "",
            "status": "",
            "expected": "",
            "reason": "open",
            "entry_id": _ENTRY,
        },
        long={
            "kind": "status-behind",
            "fate": "changed",
            "order_number": "1002A",
            "by": _LONG_NAME,
            "status": "assembling",
            "expected": "arrived-in-pickup-point",
            "reason": "",
            "entry_id": _ENTRY,
        },
    ),
    "alert/doubles": Sample(
        short={
            "doubles": [{"first": 12, "second": 15, "reason": "phone"}],
            "total": 1,
            "more": 0,
            "crm_url": "https://example.retailcrm.ru",
            "at": _AT,
            "shop": "Тенты",
        },
        long={
            "doubles": [
                {"first": 120012, "second": 120015, "reason": reason} for reason in ("phone", "email", "name")
            ],
            "total": 122,
            "more": 119,
            "crm_url": "https://example.retailcrm.ru",
            "at": _AT,
            "shop": "Защитные тенты",
        },
    ),
    "alert/crm_compared": Sample(
        short={
            "days": 3,
            "found": 1,
            "lines": ("Заказ 1002A удалён: Анна Смирнова",),
            "more": 0,
            "standing": 0,
            "many": False,
            "must_accept": False,
            "at": _AT,
            "shop": "Тенты",
        },
        long={
            "days": 3,
            "found": 1200,
            "lines": ("Заказ 1002A: нет в CRM", "Задача по заказу 1003A пропала без следа: ставим заново"),
            "more": 1198,
            "standing": 31,
            "many": True,
            "must_accept": True,
            "at": _AT,
            "shop": "Защитные тенты",
        },
    ),
    "order/made_again": Sample(
        short={"order_number": "1002A", "made_at": _AT}, long={"order_number": "100200A", "made_at": _AT}
    ),
    "checks/stock_gone": Sample(short={"gone": 21, "stood": 30}, long={"gone": 91_000, "stood": 100_000}),
    "order/stock": Sample(
        short={
            "goods": ({"name": "Тент 3×6", "store": "", "quantity": "", "wanted": "1", "is_short": False},)
        },
        long={
            "goods": (
                {"name": "Тент 3×6", "store": "Москва", "quantity": "3", "wanted": "1", "is_short": False},
                {"name": "Люверсы", "store": "Томск", "quantity": "1.5", "wanted": "4", "is_short": True},
            )
        },
    ),
}
