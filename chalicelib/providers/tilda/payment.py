"""The payment block of a cart order, in each of the three shapes that Tilda sends.

A form has either nested PHP keys (``payment[products][0][name]``) or one field with a JSON text, where
products are texts such as ``Tea pot (TP-1, Цвет: белый) x 2 ≡ 1800``. JSON mode has a JSON object.
"""

import re
from collections.abc import Mapping
from copy import deepcopy
from decimal import Decimal
from typing import Annotated

from pydantic import BeforeValidator, ConfigDict, Field, model_validator

from chalicelib.events import LeadItem
from chalicelib.gate.form import Unparsable, json_value
from chalicelib.providers.reading import Payload

NOT_PAID_ONLINE = frozenset({"", "0"})
NO_SYSTEM = "none"
NOT_ONLINE = frozenset({"", NO_SYSTEM, "cash"})
KOPECK = Decimal("0.01")
DEEPEST_KEY = 6

_NESTED_NAME = re.compile(r"payment(?:\[[^\[\]]*\])+")
_PRICED = re.compile(r"(?P<label>.+)(?P<sign>[=≡])(?P<total>[^=≡]+)", re.DOTALL)
_COUNTED = re.compile(r"(?P<label>.+) [xх×] ?(?P<quantity>[0-9.,]+)", re.DOTALL)
_ARTICLE = re.compile(r"[^\s:()]*[0-9][^\s:()]*")


def _plain_number(value: object) -> object:
    """``1 800,50``, as Russians write a number, as Decimal reads it."""
    return re.sub(r"\s", "", value).replace(",", ".") if isinstance(value, str) else value


def _in_order(value: object) -> object:
    """PHP's numbered keys as the list that they stand for."""
    if not isinstance(value, Mapping):
        return value
    return [value[key] for key in sorted(value, key=lambda key: (len(key), key))]


Money = Annotated[Decimal, BeforeValidator(_plain_number), Field(ge=0, le=1_000_000_000)]
Quantity = Annotated[Decimal, BeforeValidator(_plain_number), Field(ge=KOPECK, le=1_000_000)]


class Option(Payload):
    """What the client chose about a product."""

    option: str = ""
    variant: str = ""


class Product(Payload):
    """One line of the cart. ``price`` is for one piece, ``amount`` for the line; one may be missing."""

    name: str
    quantity: Quantity = Decimal(1)
    price: Money = Decimal(0)
    amount: Money = Decimal(0)
    sku: str = ""
    options: Annotated[tuple[Option, ...], BeforeValidator(_in_order)] = ()

    @model_validator(mode="before")
    @classmethod
    def _from_text(cls, value: object) -> object:
        return _product_fields(value) if isinstance(value, str) else value

    def item(self) -> LeadItem:
        """The line in the shop's words: the price of one piece, rounded to a kopeck, options in the name."""
        choices = (": ".join(filter(None, (choice.option, choice.variant))) for choice in self.options)
        return LeadItem(
            name=_with_details(self.name, [*filter(None, choices)]),
            quantity=self.quantity,
            price=self.price or (self.amount / self.quantity).quantize(KOPECK),
            sku=self.sku,
        )


class Payment(Payload):
    """The payment block.

    What it holds besides is in ``others``, such as the wishes for the delivery.
    """

    model_config = ConfigDict(extra="allow")

    sys: str = ""
    systranid: str = ""
    orderid: str = ""
    products: Annotated[tuple[Product, ...], BeforeValidator(_in_order)] = ()
    subtotal: Money | None = None
    amount: Money | None = None
    promocode: str = ""
    discount: Money = Decimal(0)
    delivery: str = ""
    delivery_price: Money = Decimal(0)
    delivery_address: str = ""

    @property
    def others(self) -> Mapping[str, object]:
        """Fields without a place in our event, in the order in which they came."""
        return self.model_extra or {}

    @property
    def is_paid(self) -> bool:
        """True if there is an online transaction. Whether Tilda may tell of it too early is (unverified)."""
        return self.systranid not in NOT_PAID_ONLINE and self.sys not in NOT_ONLINE

    def description(self, system: str) -> str:
        """The payment system and its transaction; empty if the client pays otherwise.

        Args:
            system: to be named if the block names none.
        """
        transaction = "" if self.systranid in NOT_PAID_ONLINE else self.systranid
        names = ("" if name == NO_SYSTEM else name for name in (self.sys or system, transaction))
        return " ".join(filter(None, names))


def payment_fields(fields: Mapping[str, object]) -> dict[str, object]:
    """Those fields of a submission that make up its payment block."""
    return {
        name: value
        for name, value in fields.items()
        if name == "payment" or (name.startswith("payment[") and name.endswith("]"))
    }


def read_payment(fields: Mapping[str, object]) -> Payment:
    """Read the block from its fields; an empty one if there are none.

    Raises:
        ValueError: it has none of the three shapes.
    """
    block = fields.get("payment") or _nested(fields)
    if isinstance(block, str):
        block = json_value(block.encode())
    return Payment.model_validate(block)


def _nested(fields: Mapping[str, object]) -> dict[str, object]:
    """The object that PHP would make of ``payment[products][0][name]=…``."""
    block: dict[str, object] = {}
    for name, value in fields.items():
        keys = re.findall(r"\[([^\[\]]*)\]", name)
        if not keys:
            continue
        if len(keys) > DEEPEST_KEY or not _NESTED_NAME.fullmatch(name):
            raise Unparsable("unexpected-content")
        # What is put into it later must not come into the fields, which others read, too.
        _put(block, keys, deepcopy(value))
    return block


def _put(block: dict[str, object], keys: list[str], value: object) -> None:
    *outer, last = keys
    for key in outer:
        inner = block.setdefault(key, {})
        if not isinstance(inner, dict):
            raise Unparsable("unexpected-content")
        block = inner
    block[last] = value


def _product_fields(line: str) -> dict[str, object]:
    """Read ``Name (options)=total`` or ``Name (options) x 2 ≡ total``, from the right end.

    Only the second grammar has a quantity: in ``iPhone x 10=900`` the ten belongs to the name.
    """
    priced = _PRICED.fullmatch(line)
    if priced is None:
        raise ValueError("a product without a price")
    label = priced["label"].strip()
    counted = _COUNTED.fullmatch(label) if priced["sign"] == "≡" else None
    name, details = _split_details((counted or priced)["label"].strip())
    # An article has a digit in it; a single word without one is rather an option such as "белый".
    sku = details.pop(0) if details and _ARTICLE.fullmatch(details[0]) else ""
    return {
        "name": _with_details(name, details),
        "sku": sku,
        "quantity": counted["quantity"] if counted else 1,
        "amount": priced["total"],
    }


def _with_details(name: str, details: list[str]) -> str:
    return f"{name} ({', '.join(details)})" if details else name


def _split_details(label: str) -> tuple[str, list[str]]:
    """The name, and the parts of the brackets at its end; without such brackets the label as it is."""
    opening = _opening_bracket(label)
    if not opening:
        return label, []
    return label[:opening].strip(), _split_at_commas(label[opening + 1 : -1])


def _opening_bracket(label: str) -> int:
    """Where the bracket opens that closes at the end of the label; 0 if there is no name before it."""
    depth = 0
    for position in range(len(label) - 1, 0, -1):
        depth += {")": 1, "(": -1}.get(label[position], 0)
        if depth <= 0:
            return position if label[position] == "(" else 0
    return 0


def _split_at_commas(details: str) -> list[str]:
    """The parts between commas, except for commas within brackets, as in ``Гравировка (имя, 470 руб.)``."""
    parts, begin, depth = [], 0, 0
    for position, character in enumerate(details):
        depth += {"(": 1, ")": -1}.get(character, 0)
        if character == "," and depth == 0:
            parts.append(details[begin:position])
            begin = position + 1
    parts.append(details[begin:])
    return [part.strip() for part in parts if part.strip()]
