"""The rules themselves: what an order lacks. Pure functions of the order and the shop's settings."""

import re
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal

from pydantic import BaseModel, ConfigDict

from chalicelib.crm.port import Order, OrderItem
from chalicelib.mistakes.address import missing_parts
from chalicelib.mistakes.settings import FIELD, MadeToOrder, RuleSettings
from chalicelib.people import EMAIL_ADDRESS
from chalicelib.phones import normalise

OWN_COMMENT = "Leadkeeper: "
"""How a comment begins that we write with a status: it is nobody's reason for anything."""

KOPECK = Decimal("0.01")
HUNDRED = Decimal(100)


class Broken(BaseModel):
    """A rule that an order breaks.

    Attributes:
        rule: its name.
        parts: what of it is missing, where it has parts: those of an address, or names of options; the items
            that lack a price or quantity; the way of delivery that is a wrong one.
        found: the amount of money that there is; None for rules that are not about money.
        expected: likewise what it should be.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    rule: str
    parts: tuple[str, ...] = ()
    found: Decimal | None = None
    expected: Decimal | None = None

    @property
    def tokens(self) -> frozenset[str]:
        """What is missing, to see whether it was told: ``phone``, ``address/street``."""
        return frozenset(f"{self.rule}/{part}" for part in self.parts) or frozenset({self.rule})


Rule = Callable[[Order, RuleSettings], Broken | None]


def broken_rules(order: Order, requires: Iterable[str], settings: RuleSettings) -> tuple[Broken, ...]:
    """Which of the rules the order breaks, in their order.

    Args:
        order: as it is now.
        requires: names of rules, as :data:`chalicelib.mistakes.settings.Requirement` takes them.
        settings: the rules' parameters.
    """
    found = (_rule(name)(order, settings) for name in dict.fromkeys(requires))
    return tuple(broken for broken in found if broken is not None)


def goods_of(order: Order) -> frozenset[Decimal]:
    """What the items and the order's own discount come to, in the ways in which a CRM may count it.

    The discount of the whole order stands in the items' prices already, or it is still to be taken off.
    """
    items = sum((item.price * item.quantity for item in _kept(order)), Decimal(0))
    discounted = (items - order.discount) * (1 - order.discount_percent / HUNDRED)
    return frozenset({items, discounted})


def _kept(order: Order) -> tuple[OrderItem, ...]:
    return tuple(item for item in order.items if not item.is_cancelled)


def _rule(name: str) -> Rule:
    return _field(name) if name.startswith(FIELD) else RULES[name]


def _field(name: str) -> Rule:
    code = name.removeprefix(FIELD)
    return lambda order, _settings: None if order.custom_fields.get(code, "").strip() else Broken(rule=name)


def _unless(name: str, keeps: Callable[[Order], object]) -> Rule:
    """A rule that is kept as soon as this says so."""
    return lambda order, _settings: None if keeps(order) else Broken(rule=name)


def _has_phone(order: Order) -> bool:
    return any(normalise(text, typed=True) for text in order.phones)


def _has_email(order: Order) -> bool:
    email = order.email.strip()
    return bool(email) and re.fullmatch(EMAIL_ADDRESS, email) is not None


def _items(order: Order, _settings: RuleSettings) -> Broken | None:
    kept = _kept(order)
    lacking = [_name(item) for item in kept if item.quantity <= 0 or item.price <= 0]
    if kept and not lacking:
        return None
    return Broken(rule="items", parts=tuple(dict.fromkeys(lacking)))


def _name(item: OrderItem) -> str:
    """In one line."""
    return " ".join((item.name or item.sku or "?").split())


def _delivery(order: Order, settings: RuleSettings) -> Broken | None:
    if not order.delivery_code:
        return Broken(rule="delivery")
    if settings.deliveries and order.delivery_code not in settings.deliveries:
        return Broken(rule="delivery", parts=(order.delivery_code,))
    return None


def _address(order: Order, settings: RuleSettings) -> Broken | None:
    parts = missing_parts(order, is_pickup=order.delivery_code in settings.pickup_deliveries)
    return Broken(rule="address", parts=parts) if parts else None


def _options(order: Order, settings: RuleSettings) -> Broken | None:
    missing = [
        f"{_name(item)}: {option}"
        for item in _kept(order)
        for option in _options_of(item, settings.made_to_order)
        if not _is_told(option, item, order)
    ]
    return Broken(rule="options", parts=tuple(dict.fromkeys(missing))) if missing else None


def _options_of(item: OrderItem, goods: Iterable[MadeToOrder]) -> tuple[str, ...]:
    """What must be known of an item."""
    names = (item.sku.casefold(), item.name.casefold())
    wanted = (
        option
        for kind in goods
        if any(name.startswith(begin.casefold()) for begin in kind.begins for name in names)
        for option in kind.options
    )
    return tuple(dict.fromkeys(wanted))


def _is_told(option: str, item: OrderItem, order: Order) -> bool:
    properties = {name.casefold(): value for name, value in item.properties.items()}
    return bool(properties.get(option.casefold(), "").strip() or order.custom_fields.get(option, "").strip())


def _prepayment(order: Order, settings: RuleSettings) -> Broken | None:
    expected = order.total * settings.prepayment / HUNDRED
    if order.prepaid >= expected:
        return None
    return Broken(rule="prepayment", found=order.prepaid, expected=expected)


def _total(order: Order, _settings: RuleSettings) -> Broken | None:
    """To the kopeck: a CRM rounds what percents come to."""
    sums = (goods + order.delivery_cost for goods in goods_of(order))
    expected = min(sums, key=lambda each: abs(each - order.total))
    if abs(expected - order.total) <= KOPECK:
        return None
    return Broken(rule="total", found=order.total, expected=expected.quantize(KOPECK))


def _reason(order: Order, settings: RuleSettings) -> Broken | None:
    comment = order.status_comment.strip()
    is_told = comment and not comment.startswith(OWN_COMMENT.strip())
    if is_told or order.custom_fields.get(settings.reason_field, "").strip():
        return None
    return Broken(rule="reason")


RULES: Mapping[str, Rule] = {
    "name": _unless("name", lambda order: (order.first_name + order.last_name).strip()),
    "phone": _unless("phone", _has_phone),
    "email": _unless("email", _has_email),
    "delivery": _delivery,
    "address": _address,
    "items": _items,
    "options": _options,
    "prepayment": _prepayment,
    "total": _total,
    "reason": _reason,
    "manager": _unless("manager", lambda order: order.manager_id is not None),
    "track_number": _unless("track_number", lambda order: order.track_number.strip()),
}
