"""The pages. How a new one is made stands in :mod:`chalicelib.console`."""

from chalicelib.console.pages import (
    audit,
    calendar,
    effect,
    entry,
    journal,
    messages,
    parcels,
    profit,
    services,
    sign_in,
    status,
    today,
)

BLUEPRINTS = (
    sign_in.page,
    today.page,
    journal.page,
    entry.page,
    services.page,
    parcels.page,
    messages.page,
    effect.page,
    profit.page,
    audit.page,
)

AT_THE_ROOT = (status.page, calendar.page)
"""Pages for others than our people: their addresses do not begin with ``/console``."""

MENU = (
    "today",
    "journal",
    "services",
    "parcels",
    "messages",
    "effect",
    "profit",
    "audit",
)
"""The pages that the menu leads to, in its order.

Each has an endpoint ``{name}.show`` and a word ``{name}.menu``.
"""
