"""Parts of names, and looks of texts, by which a person would guess what a field of a form means."""

import re
from collections.abc import Callable
from typing import NamedTuple

from chalicelib.gate.submissions import LONGEST_ID, plain_name
from chalicelib.phones import normalise
from chalicelib.providers import forms
from chalicelib.providers.generic.items import NAME, PRICE, QUANTITY, SKU

_EMAIL = re.compile(r"[^\s@]+@[^\s@]+\.[^\s@]+")
_PERSON = re.compile(r"[^\W\d_][^\d_@/:]{0,80}")
_TYPED_PHONE = re.compile(r"(?:\+|8|7)[\d\s()\-]{9,20}")


class Hint(NamedTuple):
    """Parts of names that hint at a meaning, what the text must look like, and parts that hint at another."""

    ours: str
    parts: tuple[str, ...]
    fits: Callable[[str], bool]
    never: tuple[str, ...] = ()

    def is_at(self, name: str, text: str) -> bool:
        """Whether a field may mean this."""
        plain = plain_name(name.rpartition(".")[2])
        is_named = any(part in plain for part in self.parts) and not any(part in plain for part in self.never)
        return is_named and self.fits(text)


def _is_phone(text: str) -> bool:
    return normalise(text, typed=True) is not None


def _is_written_as_phone(text: str) -> bool:
    """Any ten digits could be one; an id begins otherwise, as a rule."""
    return _TYPED_PHONE.fullmatch(text.strip()) is not None and _is_phone(text)


def _is_email(text: str) -> bool:
    return _EMAIL.fullmatch(text.strip()) is not None


def _is_address(text: str) -> bool:
    return text.strip().lower().startswith(("http://", "https://"))


def _is_amount(text: str) -> bool:
    return forms.amount(text) is not None


def _is_no_amount(text: str) -> bool:
    return not _is_amount(text)


def _is_short(text: str) -> bool:
    return len(text) <= LONGEST_ID


_GOODS = ("product", "tovar", "товар", "naim", "наим", "nazv", "назв")
"""Parts of names for what is sold."""

HINTS = (
    Hint("phone", ("phone", "tel", "тел", "mob", "моб", "whatsapp"), _is_phone),
    Hint("phone", ("",), _is_written_as_phone),
    Hint("email", ("",), _is_email),
    Hint("number", ("ordernum", "orderno", "номерзаказ", "nomerzakaz", "zakaznomer"), _is_short),
    Hint("total", ("total", "sum", "сумм", "itog", "итог"), _is_amount),
    Hint("referrer", ("ref", "otkuda", "откуда"), _is_address),
    Hint("landing_page", ("page", "url", "href", "link", "location", "stran", "стран"), _is_address),
    Hint(
        "name",
        ("name", "fio", "фио", "imya", "имя", "zovut", "зовут", "client", "klient", "клиент", "customer"),
        lambda text: _PERSON.fullmatch(text.strip()) is not None,
        (*_GOODS, "company", "город", "gorod", "city", "file", "form", "campaign", "site", "shop"),
    ),
)
"""The first one that fits counts. The reader's own aliases go before them."""

_NUMBERS = (
    Hint(
        QUANTITY,
        ("qty", "quantity", "count", "kol", "кол", "sht", "шт", "pcs", "pieces"),
        _is_amount,
        ("discount",),
    ),
    Hint(
        PRICE,
        ("price", "cost", "cena", "цена", "stoim", "стоим"),
        _is_amount,
        ("total", "sum", "old", "itog", "итог", "delivery", "dostav", "достав"),
    ),
    Hint(
        SKU,
        ("sku", "artic", "artik", "артик", "vendor", "code", "kod", "код"),
        _is_short,
        ("promo", "zip"),
    ),
)
COLUMNS = (*_NUMBERS, Hint(NAME, (*_GOODS, "name", "title", "model"), _is_no_amount))
"""Of a line of a cart."""

SINGLE_PRODUCT = (*_NUMBERS, Hint(NAME, _GOODS, _is_no_amount))
"""Of a form about one product, where ``name`` is the client's."""
