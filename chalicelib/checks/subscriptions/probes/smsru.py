"""Money at SMS.ru: always HTTP 200, the field ``status`` tells."""

import httpx

from chalicelib.checks.subscriptions.probes.port import Money, ask, money
from chalicelib.checks.subscriptions.settings import SmsRuBalance

URL = "https://sms.ru/my/balance"


def look(subscription: SmsRuBalance, http: httpx.Client) -> Money:
    """Ask SMS.ru. Raises as ``port.ask`` and ``port.money``."""
    # In the body: a URL stands in logs.
    return money(ask(http, "POST", URL, data={"api_id": subscription.api_id.get_secret_value(), "json": "1"}))
