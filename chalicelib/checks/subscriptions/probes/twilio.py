"""Money at Twilio. It may lag; a sub-account has none of its own (unverified)."""

import httpx

from chalicelib.checks.subscriptions.probes.port import Money, ask, money
from chalicelib.checks.subscriptions.settings import TwilioBalance

VERSION = "2010-04-01"


def look(subscription: TwilioBalance, http: httpx.Client) -> Money:
    """Ask Twilio. Raises as ``port.ask`` and ``port.money``."""
    account = subscription.account
    login = (account, subscription.token.get_secret_value())
    url = f"{subscription.api_url}/{VERSION}/Accounts/{account}/Balance.json"
    return money(ask(http, "GET", url, auth=login), "USD")
