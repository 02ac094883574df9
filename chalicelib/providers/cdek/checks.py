"""A daily look at our own subscription: CDEK deletes it a day after a single webhook failed.

Facts are from the documentation of CDEK API v2 (gateway.cdek.ru/api-cdek-docs, January 2026). How many
subscriptions of other programs there are is theirs to know: none is deleted here.
"""

from collections.abc import Sequence

import httpx

from chalicelib.alerts.incidents import Incidents
from chalicelib.checks.port import Check
from chalicelib.providers.cdek.api import Api, plain
from chalicelib.providers.cdek.read import Settings
from chalicelib.providers.subscriptions import Upkeep, missing
from chalicelib.texts import Texts


def checks(
    source: str, settings: Settings, incidents: Incidents, texts: Texts, transport: httpx.BaseTransport | None
) -> list[Check]:
    """The check of this source, if it may ask CDEK."""
    if not settings.may_ask or settings.webhook_url is None:
        return []
    return [Upkeep(source, Contract(settings, transport), incidents, texts)]


class Contract:
    """The subscriptions of one contract. Implements ``subscriptions.Subscriptions``."""

    def __init__(self, settings: Settings, transport: httpx.BaseTransport | None) -> None:
        """Ask in the name of this contract."""
        self._url = plain(settings.webhook_url)
        self._kinds = settings.subscribes_to
        self._api = Api(settings, transport)

    def gone(self) -> Sequence[str]:
        """See the port."""
        self._api.authorize()
        return missing(self._kinds, self._api.call("GET", "/v2/webhooks"), self._url)

    def subscribe(self, kind: str) -> None:
        """See the port."""
        self._api.call("POST", "/v2/webhooks", json={"type": kind, "url": self._url})
