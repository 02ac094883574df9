"""Alerts as JSON to a webhook of the shop's own, signed. The form stands in ``docs/alerts.md``."""

import hashlib
import hmac
import json

import httpx

from chalicelib.alerts.port import Closed
from chalicelib.alerts.posting import Poster
from chalicelib.alerts.wording import cut, one_line
from chalicelib.clock import Clock
from chalicelib.events import Alert
from chalicelib.gate.tickets import fingerprint
from chalicelib.people import Person

MAX_UNITS = 10_000
MAX_TITLE_UNITS = 200
NOT_FOR_THIS_ALERT_ALONE = frozenset({401, 403, 404, 405, 410})
FIRST_REDIRECT, FIRST_REFUSAL = 300, 400


class WebhookChannel:
    """Implements ``alerts.port.AlertChannel``."""

    is_shared = True

    def __init__(
        self,
        webhook_url: str,
        secret: str,
        shop: str,
        clock: Clock,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        """Post to this URL, signed with this secret, in this shop's name."""
        self._url = webhook_url
        self._secret = secret.encode()
        self._shop = shop
        self._clock = clock
        self._poster = Poster("the webhook", transport)

    def address(self, person: Person) -> str:
        """See the port."""
        del person
        return "webhook"

    def tell(self, address: str, alert: Alert) -> None:
        """See the port."""
        del address
        body = json.dumps(self._content(alert)).encode()
        headers = {
            "x-signature": f"sha256={hmac.new(self._secret, body, hashlib.sha256).hexdigest()}",
            "x-timestamp": str(int(self._clock().timestamp())),
        }
        response = self._poster.post(self._url, body, headers)
        status = response.status_code
        if status in NOT_FOR_THIS_ALERT_ALONE or FIRST_REDIRECT <= status < FIRST_REFUSAL:
            raise Closed(self._poster.words(response), to_everybody=True)
        if not response.is_success:
            raise self._poster.refused(response)

    def _content(self, alert: Alert) -> dict[str, object]:
        links = [{"href": alert.acknowledge_url, "text": alert.acknowledge_label}]
        return {
            "id": fingerprint(alert.subject_id, alert.state, alert.text, alert.at.isoformat())[:32],
            "kind": "note" if alert.state == "note" else "incident",
            "status": alert.state,
            "severity": alert.severity,
            "shop": self._shop,
            "title": one_line(alert.title, MAX_TITLE_UNITS),
            "text": cut(alert.text, MAX_UNITS),
            "at": alert.at.isoformat(),
            "dedup_key": alert.subject_id,
            "links": links if alert.acknowledge_url else [],
        }
