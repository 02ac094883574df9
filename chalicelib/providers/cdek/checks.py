"""A daily look at our own subscription: CDEK deletes it a day after a single webhook failed.

Facts are from the documentation of CDEK API v2 (gateway.cdek.ru/api-cdek-docs, January 2026). How many
subscriptions of other programs there are is theirs to know: none is deleted here.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import httpx

from chalicelib.alerts.incidents import Incidents, Observation
from chalicelib.checks.port import Check, Finding
from chalicelib.errors import Refused, Unreachable
from chalicelib.providers.cdek.read import Settings
from chalicelib.texts import Texts

TIMEOUT = httpx.Timeout(15, connect=5)
EVENT = "ORDER_STATUS"


def checks(
    source: str, settings: Settings, incidents: Incidents, texts: Texts, transport: httpx.BaseTransport | None
) -> list[Check]:
    """The check of this source, if it may ask CDEK."""
    if settings.account is None or settings.secure_password is None or settings.webhook_url is None:
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
        self._url = _plain(settings.webhook_url)
        self._settings = settings
        self._incidents = incidents
        self._texts = texts
        # No redirects: they would carry the contract's password elsewhere.
        self._http = httpx.Client(
            base_url=settings.api_url, timeout=TIMEOUT, transport=transport, follow_redirects=False
        )

    def find(self, now: datetime) -> Iterable[Finding]:
        """Register again what is gone, and tell people: news of that day may be missing.

        Raises:
            Unreachable: CDEK does not answer.
            Refused: it refuses the contract's password, or a further subscription.
        """
        del now
        headers = self._authorized()
        is_gone = not self._is_known(headers)
        if is_gone:
            self._call("POST", "/v2/webhooks", headers=headers, json={"type": EVENT, "url": self._url})
        words = {"source": self._source}
        self._incidents.observe(
            Observation(
                key=f"subscription:{self._source}",
                is_bad=is_gone,
                subject=self._texts.render("checks/subscription_subject", **words),
                cause=self._texts.render("checks/subscription_gone", **words) if is_gone else "",
                severity="info",
            )
        )
        return ()

    def look(self, now: datetime) -> Sequence[str]:
        """See the port."""
        del now
        is_known = self._is_known(self._authorized())
        return [f"subscription:{self._source}: {'well' if is_known else 'gone'}"]

    def _is_known(self, headers: Mapping[str, str]) -> bool:
        known = self._call("GET", "/v2/webhooks", headers=headers)
        return isinstance(known, list) and any(
            isinstance(one, dict) and (one.get("type"), one.get("url")) == (EVENT, self._url) for one in known
        )

    def _authorized(self) -> Mapping[str, str]:
        return {"Authorization": f"Bearer {self._token()}"}

    def _token(self) -> str:
        form = {
            "grant_type": "client_credentials",
            "client_id": _plain(self._settings.account),
            "client_secret": _plain(self._settings.secure_password),
        }
        answer = self._call("POST", "/v2/oauth/token", data=form)
        token = answer.get("access_token") if isinstance(answer, dict) else None
        if not isinstance(token, str):
            raise Unreachable("cdek-unreachable", "it answers without a token")
        return token

    def _call(self, method: str, path: str, **content: Any) -> object:  # noqa: ANN401 -- passed on to httpx
        try:
            response = self._http.request(method, path, **content)
        except httpx.HTTPError as error:
            raise Unreachable("cdek-unreachable", type(error).__name__) from None
        if response.status_code >= httpx.codes.INTERNAL_SERVER_ERROR:
            raise Unreachable("cdek-unreachable", f"it answers {response.status_code}")
        if not response.is_success:
            raise Refused("cdek-refused", f"{path}: it answers {response.status_code}")
        try:
            answer: object = response.json()
        except ValueError:
            raise Unreachable("cdek-unreachable", f"{path}: it answers without JSON") from None
        return answer


def _plain(secret: Any) -> str:  # noqa: ANN401 -- set, as ``checks`` has seen
    return str(secret.get_secret_value())
