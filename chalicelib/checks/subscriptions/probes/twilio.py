"""Money at Twilio. It may lag; a sub-account has none of its own (unverified)."""

import httpx

from chalicelib.checks.subscriptions.probes.port import Money, ask, money
from chalicelib.checks.subscriptions.settings import TwilioBalance

BASE = "https://api.twilio.com/2010-04-01/Accounts"


def look(subscription: TwilioBalance, http: httpx.Client) -> Money:
    """Ask Twilio. Raises as ``port.ask`` and ``port.money``."""
    account = subscription.account
    login = (account, subscription.token.get_secret_value())
    return money(ask(http, "GET", f"{BASE}/{account}/Balance.json", auth=login), "USD")
