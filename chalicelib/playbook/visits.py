"""Where a client came from, as an order tells it: in its comment, and in fields that the shop made for it."""

from collections.abc import Mapping
from typing import Protocol

from chalicelib.events import Attribution
from chalicelib.playbook.desk import Desk


class Visitor(Protocol):
    """An event that knows of a client's visit to a page."""

    @property
    def attribution(self) -> Attribution:
        """Where the client came from."""
        ...

    @property
    def landing_page(self) -> str:
        """The address of the page."""
        ...

    @property
    def referrer(self) -> str:
        """From which page they came there."""
        ...

    @property
    def visitor_ids(self) -> tuple[tuple[str, str], ...]:
        """The visitor's ids by system."""
        ...


def visit_text(visitor: Visitor, desk: Desk, *, with_attribution: bool = True) -> str:
    """What is known of the visit, for people; empty if nothing is.

    Args:
        visitor: who knows of it.
        desk: what the rule has before it.
        with_attribution: False where the order's source tells it already.
    """
    attribution = visitor.attribution if with_attribution else Attribution()
    return desk.texts.render(
        "call/visit",
        **attribution.model_dump(),
        landing_page=visitor.landing_page,
        referrer=visitor.referrer,
        visitor_ids=visitor.visitor_ids,
    )


def custom_fields(visitor: Visitor, desk: Desk) -> tuple[tuple[str, str], ...]:
    """What the shop wants of it in fields of its own: the CRM's code of each field, and what goes there."""
    known: Mapping[str, str] = {
        **dict(visitor.visitor_ids),
        "landing_page": visitor.landing_page,
        "referrer": visitor.referrer,
    }
    wanted = desk.shop.crm.visitor_fields
    return tuple((code, known[name]) for name, code in wanted.items() if known.get(name))
