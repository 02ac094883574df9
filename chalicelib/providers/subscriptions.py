"""A daily look at our subscription to webhooks, where the third party tells what is registered."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, Protocol

from chalicelib.alerts.incidents import Incidents, Observation
from chalicelib.checks.port import Finding
from chalicelib.texts import Texts


class Subscriptions(Protocol):
    """What one third party knows of our subscriptions.

    Its methods raise ``Unreachable`` if it does not answer, and ``Refused`` if it refuses us.
    """

    def gone(self) -> Sequence[str]:
        """The kinds of webhooks that we should get, and have no subscription for."""
        ...

    def subscribe(self, kind: str) -> None:
        """Have this kind sent to us."""
        ...


class Upkeep:
    """The check ``subscription-of-…``. Implements ``checks.port.Watch``."""

    every = timedelta(days=1)
    has_baseline = False

    def __init__(self, source: str, subscriptions: Subscriptions, incidents: Incidents, texts: Texts) -> None:
        """Look after the subscriptions of one source."""
        self.name = f"subscription-of-{source}"
        self._source = source
        self._subscriptions = subscriptions
        self._incidents = incidents
        self._texts = texts

    def find(self, now: datetime) -> Iterable[Finding]:
        """Register again what is gone, and tell people: news of that day may be missing.

        Raises:
            Unreachable: the third party does not answer.
            Refused: it refuses us, or a further subscription.
        """
        del now
        gone = self._subscriptions.gone()
        for kind in gone:
            self._subscriptions.subscribe(kind)
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
        return [f"subscription:{self._source}: {'gone' if self._subscriptions.gone() else 'well'}"]


def missing(kinds: Iterable[str], known: object, url: str) -> list[str]:
    """Which kinds are not among the subscriptions, objects with ``type`` and ``url``, that go to our URL."""
    listed: list[Any] = known if isinstance(known, list) else []
    ours = [one.get("type") for one in listed if isinstance(one, dict) and one.get("url") == url]
    return [kind for kind in kinds if kind not in ours]
