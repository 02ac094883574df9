"""Money at SMSC, in roubles (unverified): always HTTP 200, an ``error_code`` tells of an error."""

import httpx

from chalicelib.checks.subscriptions.probes.port import Money, ask, money
from chalicelib.checks.subscriptions.settings import SmscBalance

URL = "https://smsc.ru/sys/balance.php"


def look(subscription: SmscBalance, http: httpx.Client) -> Money:
    """Ask SMSC. Raises as ``port.ask`` and ``port.money``."""
    # In the body: a URL stands in logs.
    form = {"login": subscription.login, "psw": subscription.password.get_secret_value(), "fmt": "3"}
    return money(ask(http, "POST", URL, data=form))
