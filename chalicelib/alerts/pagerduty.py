"""Alerts to a service of PagerDuty, by its Events API v2: the one channel that knows when trouble is over."""

import json
from collections.abc import Mapping
from typing import Any

import httpx

from chalicelib.alerts.port import Closed
from chalicelib.alerts.posting import Poster
from chalicelib.alerts.wording import cut, one_line
from chalicelib.events import Alert, AlertState
from chalicelib.gate.tickets import fingerprint
from chalicelib.people import Person

MAX_SUMMARY_UNITS = 1024
MAX_DETAILS_UNITS = 10_000
MAX_KEY_LENGTH = 255

ACTIONS: Mapping[AlertState, str] = {
    "firing": "trigger",
    "note": "trigger",
    "acknowledged": "acknowledge",
    "resolved": "resolve",
}
WRONG_KEY = frozenset({401, 403, 404})
BAD_REQUEST = 400


class PagerDutyChannel:
    """Implements ``alerts.port.AlertChannel``."""

    is_shared = True

    def __init__(
        self, routing_key: str, shop: str, url: str, transport: httpx.BaseTransport | None = None
    ) -> None:
        """Send to the service with this integration key, in this shop's name."""
        self._routing_key = routing_key
        self._shop = shop
        self._url = f"{url}/v2/enqueue"
        self._poster = Poster("PagerDuty", transport)

    def address(self, person: Person) -> str:
        """See the port."""
        del person
        return "pagerduty"

    def tell(self, address: str, alert: Alert) -> None:
        """See the port."""
        del address
        response = self._poster.post(self._url, json.dumps(self._event(alert)).encode())
        problems = _problems(response)
        wrong_key = response.status_code == BAD_REQUEST and "routing_key" in problems
        if response.status_code in WRONG_KEY or wrong_key or response.is_redirect:
            raise Closed(self._poster.words(response, problems), to_everybody=True)
        if not response.is_success:
            raise self._poster.refused(response, problems)
        if _content(response).get("status") != "success":
            raise self._poster.nonsense()

    def _event(self, alert: Alert) -> dict[str, object]:
        key = alert.subject_id
        event: dict[str, object] = {
            "routing_key": self._routing_key,
            "event_action": ACTIONS[alert.state],
            "dedup_key": key if len(key) <= MAX_KEY_LENGTH else fingerprint(key),
        }
        if ACTIONS[alert.state] != "trigger":
            return event
        event["payload"] = {
            "summary": one_line(alert.title, MAX_SUMMARY_UNITS) or self._shop,
            "severity": alert.severity,
            "source": self._shop,
            "timestamp": alert.at.isoformat(),
            "custom_details": {"text": cut(alert.text, MAX_DETAILS_UNITS)},
        }
        if alert.acknowledge_url:
            event["links"] = [{"href": alert.acknowledge_url, "text": alert.acknowledge_label}]
        return event


def _content(response: httpx.Response) -> Mapping[str, Any]:
    try:
        content = response.json()
    except ValueError:
        return {}
    return content if isinstance(content, dict) else {}


def _problems(response: httpx.Response) -> str:
    errors = _content(response).get("errors")
    return "; ".join(map(str, errors)) if isinstance(errors, list) else ""
