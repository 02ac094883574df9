"""Guess from one captured sample what the fields of a form mean. A person looks at it before it is used.

Bolder than the reader: it also goes by parts of names and by what the values look like.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

from chalicelib.gate.submissions import LONGEST_ID, fields_of, flattened, plain_name
from chalicelib.gate.webhook import Webhook
from chalicelib.phones import normalise
from chalicelib.providers import forms
from chalicelib.providers.generic.items import NAME, PRICE, QUANTITY, SKU, without_numbers
from chalicelib.providers.generic.read import ID, named_texts

ID_NAMES = frozenset({"id", "uuid", "guid", "tranid", "leadid", "orderid", "requestid", "submissionid"})
"""As ``plain_name`` writes them."""

_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_EMAIL = re.compile(r"[^\s@]+@[^\s@]+\.[^\s@]+")
_PERSON = re.compile(r"[^\W\d_][^\d_@/:]{0,80}")
_TYPED_PHONE = re.compile(r"(?:\+|8|7)[\d\s()\-]{9,20}")


class Learnt(NamedTuple):
    """What one field seems to mean.

    Attributes:
        name: as the table of the shop names it: without the places in lists.
        text: the first text that it has in the sample.
        ours: our word for it, such as ``phone``; ``answer`` if nothing else fits.
    """

    name: str
    text: str
    ours: str


class _Hint(NamedTuple):
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

_HINTS = (
    _Hint("phone", ("phone", "tel", "тел", "mob", "моб", "whatsapp"), _is_phone),
    _Hint("phone", ("",), _is_written_as_phone),
    _Hint("email", ("",), _is_email),
    _Hint("number", ("ordernum", "orderno", "номерзаказ", "nomerzakaz", "zakaznomer"), _is_short),
    _Hint("total", ("total", "sum", "сумм", "itog", "итог"), _is_amount),
    _Hint("referrer", ("ref", "otkuda", "откуда"), _is_address),
    _Hint("landing_page", ("page", "url", "href", "link", "location", "stran", "стран"), _is_address),
    _Hint(
        "name",
        ("name", "fio", "фио", "imya", "имя", "zovut", "зовут", "client", "klient", "клиент", "customer"),
        lambda text: _PERSON.fullmatch(text.strip()) is not None,
        (*_GOODS, "company", "город", "gorod", "city", "file", "form", "campaign", "site", "shop"),
    ),
)
"""The first one that fits counts. The reader's own aliases go before them."""

_NUMBERS = (
    _Hint(
        QUANTITY,
        ("qty", "quantity", "count", "kol", "кол", "sht", "шт", "pcs", "pieces"),
        _is_amount,
        ("discount",),
    ),
    _Hint(
        PRICE,
        ("price", "cost", "cena", "цена", "stoim", "стоим"),
        _is_amount,
        ("total", "sum", "old", "itog", "итог", "delivery", "dostav", "достав"),
    ),
    _Hint(
        SKU,
        ("sku", "artic", "artik", "артик", "vendor", "code", "kod", "код"),
        _is_short,
        ("promo", "zip"),
    ),
)
_COLUMNS = (*_NUMBERS, _Hint(NAME, (*_GOODS, "name", "title", "model"), _is_no_amount))
"""Of a line of a cart."""

_SINGLE_PRODUCT = (*_NUMBERS, _Hint(NAME, _GOODS, _is_no_amount))
"""Of a form about one product, where ``name`` is the client's."""


def learnt(sample: Webhook) -> list[Learnt]:
    """What each filled field of the sample seems to mean, in its order.

    Raises:
        Unparsable: it is no form of any kind that we read.
    """
    sent = fields_of(sample)
    texts = [(name, text) for name, text in named_texts(sent) if text.strip()]
    first = {without_numbers(name): text for name, text in reversed(texts)}
    names = dict.fromkeys(without_numbers(name) for name, _ in texts)
    meanings = _of_a_cart(texts)
    meanings |= _of_single_fields({name: first[name] for name in names if name not in meanings})
    if ID not in meanings.values():
        # Not out of JSON within a form: the gate, which needs the id, does not look into that.
        left = {name: text for name, text in flattened(sent) if meanings.get(name) == forms.ANSWER}
        meanings |= _of_an_id(left)
    return [Learnt(name, first[name], meanings[name]) for name in names]


def _of_a_cart(texts: Sequence[tuple[str, str]]) -> dict[str, str]:
    """The first list whose lines have a name, and a price or a quantity; else the fields of one product."""
    lists: dict[str, dict[str, str]] = {}
    for name, text in texts:
        for parent, column in _places(name):
            lists.setdefault(parent, {}).setdefault(column, text)
    for parent, columns in lists.items():
        found = _matched(columns, _COLUMNS)
        if _is_cart(found):
            return {f"{parent}.{column}": found.get(column, forms.ANSWER) for column in columns}
    found = _matched({name: text for name, text in texts if not [*_places(name)]}, _SINGLE_PRODUCT)
    return found if _is_cart(found) else {}


def _is_cart(found: Mapping[str, str]) -> bool:
    meanings = {*found.values()}
    return NAME in meanings and bool(meanings & {PRICE, QUANTITY})


def _places(name: str) -> Iterator[tuple[str, str]]:
    """The list that a field belongs to, and its name in there; nothing of one that is in no list."""
    parts = name.split(".")
    numbered = [place for place, part in enumerate(parts) if part.isdecimal() and 0 < place < len(parts) - 1]
    if numbered:
        yield without_numbers(".".join(parts[: numbered[-1]])), ".".join(parts[numbered[-1] + 1 :])


def _of_single_fields(texts: Mapping[str, str]) -> dict[str, str]:
    meanings = dict.fromkeys(texts, forms.ANSWER)
    for name, text in texts.items():
        ours = forms.guess(forms.Field(name, text))
        if ours not in meanings.values() and forms.fits(ours, text):
            meanings[name] = ours
    left = {name: text for name, text in texts.items() if meanings[name] == forms.ANSWER}
    hints = tuple(hint for hint in _HINTS if hint.ours not in meanings.values())
    return meanings | _matched(left, hints)


def _matched(texts: Mapping[str, str], hints: Sequence[_Hint]) -> dict[str, str]:
    """The first field that fits to each hint; no field and no meaning twice."""
    found: dict[str, str] = {}
    for hint in hints:
        for name, text in texts.items():
            is_free = name not in found and hint.ours not in found.values()
            if is_free and hint.is_at(name, text):
                found[name] = hint.ours
    return found


def _of_an_id(texts: Mapping[str, str]) -> dict[str, str]:
    """The submission's own id: by its name at the top, else anything that is unique by its form."""
    for is_id in (
        lambda name, _: plain_name(name) in ID_NAMES,
        lambda _, text: _UUID.fullmatch(text.strip()) is not None,
        lambda name, _: plain_name(name.rpartition(".")[2]) in ID_NAMES,
    ):
        for name, text in texts.items():
            if is_id(name, text) and 0 < len(text.strip()) <= LONGEST_ID:
                return {name: ID}
    return {}
