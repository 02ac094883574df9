"""Renews our subscription four times a day: it lapses by itself, and then no call is told, without a word.

Facts are from a public integration with Beeline. What Beeline makes of a second subscription to one address
is theirs to know (unverified): an event that comes twice is one event to us.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

import httpx

from chalicelib.alerts.incidents import Incidents
from chalicelib.checks.port import Check, Finding
from chalicelib.errors import Refused, Unreachable
from chalicelib.providers.beeline.read import Settings
from chalicelib.texts import Texts

TIMEOUT = httpx.Timeout(15, connect=5)
ASKED_FOR = timedelta(days=1)


def checks(
    source: str, settings: Settings, incidents: Incidents, texts: Texts, transport: httpx.BaseTransport | None
) -> list[Check]:
    """The check of this source, if it may ask Beeline."""
    del incidents, texts  # People hear of a check that keeps failing from the check of ourselves.
    if settings.api_token is None or settings.webhook_url is None:
        return []
    return [Renewal(source, settings, transport)]


class Renewal:
    """The check ``subscription-of-…``. Implements ``checks.port.Watch``."""

    every = timedelta(hours=6)
    has_baseline = False

    def __init__(self, source: str, settings: Settings, transport: httpx.BaseTransport | None) -> None:
        """Renew the subscription of one source."""
        self.name = f"subscription-of-{source}"
        self._source = source
        self._content = {
            "url": _plain(settings.webhook_url),
            "subscriptionType": "BASIC_CALL",
            "expires": int(ASKED_FOR.total_seconds()),
        }
        # No redirects: they would carry the token elsewhere.
        self._http = httpx.Client(
            base_url=settings.api_url,
            headers={"X-MPBX-API-AUTH-TOKEN": _plain(settings.api_token)},
            timeout=TIMEOUT,
            transport=transport,
            follow_redirects=False,
        )

    def find(self, now: datetime) -> Iterable[Finding]:
        """Subscribe anew, long before the last subscription ends.

        Raises:
            Unreachable: Beeline does not answer.
            Refused: it refuses our token, or subscribes us for less time than passes until we ask again.
        """
        del now
        expires = self._subscribe()
        if expires < self.every:
            raise Refused("beeline-refused", f"it subscribes us for {int(expires.total_seconds())} s only")
        return ()

    def look(self, now: datetime) -> Sequence[str]:
        """See the port. Whether we are subscribed is not known to be told by anything (unverified)."""
        del now
        return [f"subscription:{self._source}: renewed by each run"]

    def _subscribe(self) -> timedelta:
        """For how long we are subscribed now."""
        try:
            response = self._http.put("/subscription", json=self._content)
        except httpx.HTTPError as error:
            raise Unreachable("beeline-unreachable", type(error).__name__) from None
        if response.status_code >= httpx.codes.INTERNAL_SERVER_ERROR:
            raise Unreachable("beeline-unreachable", f"it answers {response.status_code}")
        if not response.is_success:
            raise Refused("beeline-refused", f"it answers {response.status_code}")
        try:
            return timedelta(seconds=int(response.json()["expires"]))
        except (ValueError, TypeError, KeyError, OverflowError):
            raise Unreachable("beeline-unreachable", "it does not say until when we are subscribed") from None


def _plain(secret: Any) -> str:  # noqa: ANN401 -- set, as ``checks`` has seen
    return str(secret.get_secret_value())
