"""Money at Zadarma."""

import base64
import hmac
from hashlib import md5

import httpx

from chalicelib.checks.subscriptions.probes.port import Money, ask, money
from chalicelib.checks.subscriptions.settings import ZadarmaBalance

HOST = "https://api.zadarma.com"
PATH = "/v1/info/balance/"
QUERY = "format=json"


def look(subscription: ZadarmaBalance, http: httpx.Client) -> Money:
    """Ask Zadarma. Raises as ``port.ask`` and ``port.money``."""
    signature = sign(PATH, QUERY, subscription.api_secret.get_secret_value())
    headers = {"authorization": f"{subscription.api_key.get_secret_value()}:{signature}"}
    return money(ask(http, "GET", f"{HOST}{PATH}?{QUERY}", headers=headers), "USD")


def sign(path: str, query: str, secret: str) -> str:
    """What proves who asks; the query sorted by name and encoded as a form."""
    digest = md5(query.encode()).hexdigest()  # noqa: S324 -- Zadarma's own rule; the secret goes into the HMAC
    signed = hmac.new(secret.encode(), f"{path}{query}{digest}".encode(), "sha1").hexdigest()
    return base64.b64encode(signed.encode()).decode()
