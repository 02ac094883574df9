"""What ``scenario.toml`` says of the rules that an order must keep: the names, and the table ``[rules]``."""

import re
from typing import Annotated

from pydantic import AfterValidator, Field

from chalicelib.config_types import Table

REQUIREMENTS = (
    "name",
    "phone",
    "email",
    "delivery",
    "address",
    "items",
    "options",
    "prepayment",
    "total",
    "reason",
    "manager",
    "track_number",
)
"""The rules that a status may require; ``field:<code>`` besides them, for each field of the shop's own."""

FIELD = "field:"
_FIELD = re.compile(r"field:[A-Za-z0-9_-]+")


def _known(name: str) -> str:
    if name in REQUIREMENTS or _FIELD.fullmatch(name):
        return name
    raise ValueError(f"there is no rule {name!r}; write one of {', '.join(REQUIREMENTS)}, or field:<code>")


Requirement = Annotated[str, AfterValidator(_known)]
"""The name of a rule, such as ``address``, or ``field:<code>`` for a custom field that must not be empty."""


class MadeToOrder(Table):
    """Goods that nobody can make without knowing more.

    Attributes:
        begins: how the sku or the name of such an item begins; upper and lower case are the same.
        options: what must be known: names of the item's properties, or codes of the order's custom fields.
    """

    begins: tuple[Annotated[str, Field(min_length=1)], ...] = Field(min_length=1)
    options: tuple[Annotated[str, Field(min_length=1)], ...] = Field(min_length=1)


class RuleSettings(Table):
    """Parameters of the rules: the table ``[rules]`` of ``scenario.toml``.

    Attributes:
        deliveries: the ways of delivery that ``delivery`` takes, by the CRM's codes; empty for any.
        pickup_deliveries: those of which ``address`` asks for the pickup point or the city alone.
        prepayment: what part of the order's total ``prepayment`` asks for, in percent; 100 for everything.
        reason_field: the custom field that ``reason`` takes instead of a comment; empty for none.
        made_to_order: the goods that ``options`` looks at.
    """

    deliveries: frozenset[str] = frozenset()
    pickup_deliveries: frozenset[str] = frozenset()
    prepayment: int = Field(default=100, ge=1, le=100)
    reason_field: str = ""
    made_to_order: tuple[MadeToOrder, ...] = ()
