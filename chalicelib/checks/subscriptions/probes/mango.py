"""Money at Mango Office, as public clients of its API ask. Without a currency it is roubles (unverified)."""

from hashlib import sha256

import httpx

from chalicelib.checks.subscriptions.probes.port import Money, ask, money
from chalicelib.checks.subscriptions.settings import MangoBalance

URL = "https://app.mango-office.ru/vpbx/account/balance"
NOTHING = "{}"


def look(subscription: MangoBalance, http: httpx.Client) -> Money:
    """Ask Mango Office. Raises as ``port.ask`` and ``port.money``."""
    key, salt = subscription.api_key.get_secret_value(), subscription.api_salt.get_secret_value()
    sign = sha256(f"{key}{NOTHING}{salt}".encode()).hexdigest()
    form = {"vpbx_api_key": key, "sign": sign, "json": NOTHING}
    return money(ask(http, "POST", URL, data=form))
