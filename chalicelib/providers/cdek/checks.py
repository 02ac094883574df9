"""A daily look at our own subscription: CDEK deletes it a day after a single webhook failed.

Facts are from the documentation of CDEK API v2 (gateway.cdek.ru/api-cdek-docs, January 2026). How many
subscriptions of other programs there are is theirs to know: none is deleted here.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

import httpx

from chalicelib.alerts.incidents import Incidents, Observation
from chalicelib.checks.port import Check, Finding
from chalicelib.providers.cdek.api import Api, plain
from chalicelib.providers.cdek.read import Settings
from chalicelib.texts import Texts


def checks(
    source: str, settings: Settings, incidents: Incidents, texts: Texts, transport: httpx.BaseTransport | None
) -> list[Check]:
    """The check of this source, if it may ask CDEK."""
    if not settings.may_ask or settings.webhook_url is None:
        return []
    return [Subscription(source, settings, incidents, texts, transport)]


class Subscription:
    """The check ``subscription-of-…``. Implements ``checks.port.Watch``."""

    every = timedelta(days=1)
    has_baseline = False

    def __init__(
        self,
        source: str,
        settings: Settings,
        incidents: Incidents,
        texts: Texts,
        transport: httpx.BaseTransport | None,
    ) -> None:
        """Look after the subscription of one source."""
        self.name = f"subscription-of-{source}"
        self._source = source
        self._url = plain(settings.webhook_url)
        self._kinds = settings.subscribes_to
        self._incidents = incidents
        self._texts = texts
        self._api = Api(settings, transport)

    def find(self, now: datetime) -> Iterable[Finding]:
        """Register again what is gone, and tell people: news of that day may be missing.

        Raises:
            Unreachable: CDEK does not answer.
            Refused: it refuses the contract's password, or a further subscription.
        """
        del now
        gone = self._gone()
        for kind in gone:
            self._api.call("POST", "/v2/webhooks", json={"type": kind, "url": self._url})
        words = {"source": self._source}
        self._incidents.observe(
            Observation(
                key=f"subscription:{self._source}",
                is_bad=bool(gone),
                subject=self._texts.render("checks/subscription_subject", **words),
                cause=self._texts.render("checks/subscription_gone", **words) if gone else "",
                severity="info",
            )
        )
        return ()

    def look(self, now: datetime) -> Sequence[str]:
        """See the port."""
        del now
        return [f"subscription:{self._source}: {'gone' if self._gone() else 'well'}"]

    def _gone(self) -> list[str]:
        """The kinds of webhooks that we should get, and have no subscription for."""
        self._api.authorize()
        known = self._api.call("GET", "/v2/webhooks")
        ours = [
            one.get("type")
            for one in (known if isinstance(known, list) else [])
            if isinstance(one, dict) and one.get("url") == self._url
        ]
        return [kind for kind in self._kinds if kind not in ours]
