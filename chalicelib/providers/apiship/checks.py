"""A daily look at our own subscription to ApiShip's webhooks.

Facts are from ``RadicalMart-Shipping-ApiShip`` (commit 48091a5). Subscriptions of other programs are theirs.
"""

from collections.abc import Mapping, Sequence

import httpx

from chalicelib.alerts.incidents import Incidents
from chalicelib.checks.port import Check
from chalicelib.errors import Unreachable
from chalicelib.providers.apiship.read import Settings
from chalicelib.providers.polling import TIMEOUT, answer
from chalicelib.providers.subscriptions import Upkeep, missing
from chalicelib.texts import Texts

ORDER_STATUS = "ORDER_STATUS"


def checks(
    source: str, settings: Settings, incidents: Incidents, texts: Texts, transport: httpx.BaseTransport | None
) -> list[Check]:
    """The check of this source, if it knows its own URL."""
    if settings.webhook_url is None:
        return []
    account = Account(settings, settings.webhook_url.get_secret_value(), transport)
    return [Upkeep(source, account, incidents, texts)]


class Account:
    """The subscriptions of one account. Implements ``subscriptions.Subscriptions``."""

    def __init__(self, settings: Settings, url: str, transport: httpx.BaseTransport | None) -> None:
        """Ask with the account's token."""
        self._url = url
        self._http = httpx.Client(
            base_url=settings.api_url,
            headers={"authorization": settings.api_token.get_secret_value()},
            timeout=TIMEOUT,
            transport=transport,
            follow_redirects=False,  # They would carry the token elsewhere.
        )

    def gone(self) -> Sequence[str]:
        """See the port. Whether the list comes bare or in ``rows`` is not documented (unverified).

        Raises:
            Unreachable: it is neither; to subscribe all the same could send us each status many times.
        """
        found = answer(self._http, "GET", "/webhooks")
        listed = found.get("rows") if isinstance(found, Mapping) else found
        if not isinstance(listed, list):
            raise Unreachable("source-unreachable", "the answer is no list of subscriptions")
        return missing([ORDER_STATUS], listed, self._url)

    def subscribe(self, kind: str) -> None:
        """See the port."""
        answer(self._http, "POST", "/webhooks", json={"url": self._url, "type": kind})
