"""The shop's people and their turns, as shop file, CRM and memory know them now."""

from collections.abc import Callable
from datetime import datetime

from chalicelib.assignment.staff import Staff
from chalicelib.assignment.turns import Turns
from chalicelib.crm.port import CrmReader
from chalicelib.crm.users import known_users
from chalicelib.engine.port import Document
from chalicelib.settings import Shop


def staff_now(shop: Shop, crm: CrmReader, now: datetime) -> Staff:
    """The shop's people. Asks the CRM for its users.

    Raises:
        LeadkeeperError: the CRM does not answer.
    """
    return Staff(shop.people, shop.duty, shop.assignment, _active_users(crm), now, shop.shop.timezone)


def turns_now(shop: Shop, crm: CrmReader, read: Callable[[str], Document], now: datetime) -> Turns:
    """Whose turn it is, by what ``read`` tells of our memory."""
    return Turns(read, now, shop.assignment.choice, crm.open_tasks, shop.crm.search_lag)


def _active_users(crm: CrmReader) -> frozenset[int] | None:
    """None if the CRM does not tell us: then the shop file is believed."""
    users = known_users(crm)
    return None if users is None else frozenset(user.id for user in users if user.is_active)
