"""What a task or an order is about, as far as that decides who gets it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from chalicelib.assignment.settings import AssignmentRule
from chalicelib.client_time.regions import name_key
from chalicelib.crm.port import Order

_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Subject:
    """What is known; what is unknown is empty.

    Attributes:
        about: what makes it unique. What is about the same stays in the same hands.
        manager_id: the CRM user whose it is.
        city: where it is delivered: the city's name, or an address with it. Likewise ``region``.
        country: ISO code of two letters.
        products: the names and skus of what is ordered.
    """

    about: str
    manager_id: int | None = None
    city: str = ""
    region: str = ""
    country: str = ""
    products: tuple[str, ...] = ()


def subject_of(order: Order) -> Subject:
    """What the CRM knows of an order."""
    items = [item for item in order.items if not item.is_cancelled]
    return Subject(
        about=f"order:{order.id}",
        manager_id=order.manager_id,
        city=order.city or order.address.text,
        region=order.region or order.address.text,
        country=order.country,
        products=tuple(f"{item.name} {item.sku}" for item in items),
    )


def matches(rule: AssignmentRule, subject: Subject) -> bool:
    """Whether everything that the rule names is so."""
    return (
        _is_place(rule.city, subject.city)
        and _is_place(rule.region, subject.region)
        and (not rule.country or subject.country.lower() in {code.lower() for code in rule.country})
        and (not rule.product or any(_is_product(entry, subject.products) for entry in rule.product))
    )


def _is_place(wanted: Sequence[str], told: str) -> bool:
    """``г. Томск`` is Томск, and so is an address with it."""
    where = f" {name_key(told)} "
    return not wanted or any(f" {name_key(name)} " in where for name in wanted)


def _is_product(entry: str, products: Sequence[str]) -> bool:
    wanted = _words(entry)
    return any(_has_each(wanted, _words(product)) for product in products)


def _has_each(beginnings: Sequence[str], words: Sequence[str]) -> bool:
    return all(any(word.startswith(beginning) for word in words) for beginning in beginnings)


def _words(text: str) -> list[str]:
    return _WORD.findall(text.lower().replace("ё", "е"))
