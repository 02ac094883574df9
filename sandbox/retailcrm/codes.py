"""The dictionaries of the pretend account: the codes of a new Russian account, and newer ones."""

from dataclasses import dataclass
from typing import Final

SITE: Final = "tents"
SITE_NAME: Final = "Защитные тенты"
TIMEZONE: Final = "Europe/Moscow"


@dataclass(frozen=True, slots=True)
class StatusGroup:
    """A group of order statuses.

    Attributes:
        process: whether the order is being worked on.
        statuses: names by code.
    """

    name: str
    process: bool
    statuses: dict[str, str]


STATUS_GROUPS: Final = {
    "new": StatusGroup("Новый", process=False, statuses={"new": "Новый"}),
    "approval": StatusGroup(
        "Согласование",
        process=True,
        statuses={
            "availability-confirmed": "Наличие подтверждено",
            "offer-analog": "Предложить замену",
            "client-confirmed": "Согласовано с клиентом",
            "prepayed": "Предоплата поступила",
            "ready-to-wait": "Готов ждать",
            "waiting-for-arrival": "Ожидается поступление",
        },
    ),
    "assembling": StatusGroup(
        "Комплектация",
        process=True,
        statuses={
            "send-to-assembling": "Передано в комплектацию",
            "assembling": "Комплектуется",
            "assembling-complete": "Укомплектован",
        },
    ),
    "delivery": StatusGroup(
        "Доставка",
        process=True,
        statuses={
            "send-to-delivery": "Передан в доставку",
            "delivering": "Доставляется",
            "redirect": "Доставка перенесена",
            "ready-for-self-pickup": "Готов к самовывозу",
            "arrived-in-pickup-point": "Прибыл в ПВЗ",
            "arrived-at-pickup": "Прибыл в пункт выдачи",
        },
    ),
    "complete": StatusGroup(
        "Выполнен",
        process=False,
        statuses={"complete": "Выполнен", "partially-completed": "Выполнен частично"},
    ),
    "cancel": StatusGroup(
        "Отменен",
        process=False,
        statuses={
            "no-call": "Недозвон",
            "no-product": "Нет в наличии",
            "already-buyed": "Купил в другом месте",
            "delyvery-did-not-suit": "Не устроила доставка",
            "prices-did-not-suit": "Не устроила цена",
            "cancel-other": "Отменен",
            "return": "Возврат",
        },
    ),
}
STATUS_NAMES: Final = {
    code: name for group in STATUS_GROUPS.values() for code, name in group.statuses.items()
}
GROUP_OF_STATUS: Final = {status: code for code, group in STATUS_GROUPS.items() for status in group.statuses}

ORDER_METHODS: Final = {
    "phone": "По телефону",
    "shopping-cart": "Через корзину",
    "one-click": "В один клик",
    "price-decrease-request": "Запрос на понижение цены",
    "landing-page": "Заявка с посадочной страницы",
    "offline": "Оффлайн",
    "app": "Мобильное приложение",
    "live-chat": "Онлайн-консультант",
    "terminal": "Терминал",
    "missed-call": "Пропущенный звонок",
    "messenger": "Мессенджер",
    # The shop's own: the CRM has none for letters.
    "e-mail": "E-mail",
}
ORDER_TYPES: Final = {
    "main": "Основной",
    "eshop-individual": "Физическое лицо",
    "eshop-legal": "Юридическое лицо",
}
DELIVERY_TYPES: Final = {
    "courier": "Доставка курьером",
    "self-delivery": "Самовывоз",
    "russian-post": "Почта России",
    "ems": "EMS",
    "cdek": "СДЭК",
    "boxberry": "Boxberry",
}
DELIVERY_INTEGRATIONS: Final = frozenset({"russian-post", "ems", "cdek", "boxberry"})
"""Delivery types that belong to an integration module."""

PAYMENT_TYPES: Final = {
    "cash": "Наличные",
    "bank-card": "Банковская карта",
    "bank-transfer": "Банковский перевод",
    "e-money": "Электронные деньги",
    "credit": "Кредит",
}
PAYMENT_STATUSES: Final = {
    "not-paid": "Не оплачен",
    "paid": "Оплачен",
    "invoice": "Выставлен счёт",
    "payment-start": "Платёж проведён",
    "credit-check": "Проверка документов",
    "credit-approved": "Кредит одобрен",
    "fail": "Ошибка",
}
PAID_STATUSES: Final = frozenset({"paid"})

PRODUCT_STATUSES: Final = {
    "new": "Новый",
    "confirming": "Подтверждение наличия",
    "in-reserve": "В резерве",
    "assembly-delivery": "Доставка в комплектацию",
    "ready-for-assembly": "Готов к комплектации",
    "completed": "Укомплектован",
    "saled": "Продан",
    "out-of-stock": "Нет в наличии",
    "failure": "Отказ",
    "product-is-damaged": "Товар повреждён",
    "assembly-not-delivery": "Не доставлен в комплектацию",
    "lost": "Утерян",
    "returned": "Возвращён",
}
CANCELLING_PRODUCT_STATUSES: Final = frozenset(
    {"out-of-stock", "failure", "product-is-damaged", "assembly-not-delivery", "lost", "returned"}
)
STORES: Final = {
    "main": "Основной склад",
    "workshop": "Цех",
    "moscow": "Москва",
    "petersburg": "Санкт-Петербург",
    "krasnodar": "Краснодар",
}
COUNTRIES: Final = ("RU", "BY", "KZ", "KG", "AM", "UZ", "GE")
PRIVILEGES: Final = ("none", "personal_discount", "loyalty_level", "loyalty_event")

ORDER_CUSTOM_FIELDS: Final = {
    "color": "Цвет",
    "ym_client_id": "Посетитель в Яндекс.Метрике",
    "yclid": "Клик в Яндекс.Директе",
    "landing_page": "Страница",
    "production_question": "Вопрос производства",
    "production_answer": "Ответ производству",
    "production_promised": "Обещанный срок",
}
OWN: Final = {
    "statuses": frozenset({"arrived-at-pickup"}),
    "order-methods": frozenset({"e-mail"}),
    "delivery-types": frozenset({"cdek", "boxberry"}),
    "stores": frozenset({"workshop", "moscow", "petersburg", "krasnodar"}),
    "order-fields": frozenset(ORDER_CUSTOM_FIELDS),
}
"""What the demo shop made for itself, by dictionary: a new account does not have it."""

SCOPES: Final = tuple(
    f"{area}_{right}"
    for area in (
        "order",
        "customer",
        "task",
        "user",
        "reference",
        "store",
        "telephony",
        "integration",
        "file",
        "custom_fields",
    )
    for right in ("read", "write")
)
