"""``leadkeeper crm setup`` at the CRM of the month, as often as one likes."""

from collections.abc import Sequence

from chalicelib.crm.retailcrm.account import RetailCrmAccount
from chalicelib.crm.retailcrm.client import RetailCrmClient
from chalicelib.crm.setup.plan import described, plan
from chalicelib.crm.setup.wanted import wanted
from chalicelib.pace import Pace
from chalicelib.settings import Shop
from sandbox.transport import SandboxTransport
from sandbox.world import Sandbox
from tests.world import FAST_ENOUGH


def set_up(sandbox: Sandbox, shop: Shop) -> Sequence[str]:
    """Make what is missing; what that was, and what is left for a person."""
    key = shop.crm.api_key.get_secret_value()
    client = RetailCrmClient(shop.crm.url, key, Pace(FAST_ENOUGH), SandboxTransport(sandbox))
    account = RetailCrmAccount(client, shop.crm.url, logo="")
    found = plan(wanted(shop), account.read())
    for step in found.steps:
        account.carry_out(step)
    return [*map(described, found.steps), *(trouble.what for trouble in found.troubles)]


def writes(sandbox: Sandbox) -> int:
    """How often anything was written to the CRM so far."""
    requests = sandbox.requests_so_far()
    return sum(count for name, count in requests.items() if name.startswith("POST /api/v5/"))


def changes_of_another_setup(sandbox: Sandbox, shop: Shop) -> list[str]:
    """A line for each thing that it would have found again, or written; none is right."""
    before = writes(sandbox)
    again = [f"crm setup, run again: {line}" for line in set_up(sandbox, shop)]
    written = writes(sandbox) - before
    return [*again, *([f"crm setup, run again, wrote {written} times"] if written else [])]
