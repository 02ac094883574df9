"""The words of a scenario's picture."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal

Language = Literal["ru", "en"]

CAPTIONS: Mapping[Language, Mapping[str, str]] = MappingProxyType(
    {
        "ru": {
            "title": "Путь заказа",
            "begin": "здесь заказ начинается",
            "end": "здесь заканчивается",
            "step": "шаг вперёд",
            "back": "шаг назад",
            "way-out": "отказ с этим номером",
            "ways-out": "Отказы",
        },
        "en": {
            "title": "The way of an order",
            "begin": "here an order begins",
            "end": "here it ends",
            "step": "step forward",
            "back": "step back",
            "way-out": "way out with this number",
            "ways-out": "Ways out",
        },
    }
)
GROUPS: Mapping[Language, Mapping[str, str]] = MappingProxyType(
    {
        "ru": {
            "": "Статусы",
            "new": "Новый",
            "approval": "Согласование",
            "assembling": "Комплектация",
            "delivery": "Доставка",
            "complete": "Выполнен",
            "cancel": "Отменён",
        },
        "en": {
            "": "Statuses",
            "new": "New",
            "approval": "Approval",
            "assembling": "Assembling",
            "delivery": "Delivery",
            "complete": "Complete",
            "cancel": "Cancelled",
        },
    }
)
"""Those that a new account of retailCRM has; others go by their codes."""
