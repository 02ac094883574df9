"""The lines of a cart, which the shop's table finds among the fields of a form."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple

from chalicelib.events import LeadItem
from chalicelib.providers.forms import amount

NAME, QUANTITY, PRICE, SKU = "item.name", "item.quantity", "item.price", "item.sku"
ITEM_NAMES = frozenset({NAME, QUANTITY, PRICE, SKU})

LONGEST_SKU = 200
MOST = Decimal(1_000_000_000)


class Cart(NamedTuple):
    """What was found.

    Attributes:
        items: the lines in their order.
        used: the names of the fields that are told by them.
    """

    items: tuple[LeadItem, ...]
    used: frozenset[str]


def without_numbers(name: str) -> str:
    """A flattened name without the places in lists: ``cart.lines.0.title`` is ``cart.lines.title``."""
    first, *others = name.split(".")
    return ".".join((first, *(part for part in others if not part.isdecimal())))


def cart_of(fields: Sequence[tuple[str, str]], table: Mapping[str, str]) -> Cart:
    """Put the lines together. A text that cannot be what the table says is left among the fields.

    Args:
        fields: flattened names and texts.
        table: the names in ``casefold`` to ours, without the places in lists.
    """
    lines: dict[tuple[str, ...], dict[str, tuple[str, str]]] = {}
    for name, text in fields:
        ours = table.get(without_numbers(name).casefold(), "")
        if ours in ITEM_NAMES and text.strip():
            place = tuple(part for part in name.split(".") if part.isdecimal())
            lines.setdefault(place, {})[ours] = (name, text)
    carts = [_line(line) for line in lines.values() if NAME in line]
    return Cart(
        tuple(item for cart in carts for item in cart.items),
        frozenset(name for cart in carts for name in cart.used),
    )


def _line(line: Mapping[str, tuple[str, str]]) -> Cart:
    texts = {ours: text.strip() for ours, (_, text) in line.items()}
    numbers = {
        ours: number
        for ours in (QUANTITY, PRICE)
        if (number := amount(texts.get(ours, ""))) is not None and number <= MOST
    }
    quantity = numbers.get(QUANTITY, Decimal(0))
    told = {NAME, *numbers}
    if not quantity:
        told.discard(QUANTITY)
    sku = texts.get(SKU, "")
    if len(sku) <= LONGEST_SKU:
        told.add(SKU)
    item = LeadItem(
        name=texts[NAME],
        quantity=quantity or Decimal(1),
        price=numbers.get(PRICE, Decimal(0)),
        sku=sku if SKU in told else "",
    )
    return Cart((item,), frozenset(line[ours][0] for ours in told if ours in line))
