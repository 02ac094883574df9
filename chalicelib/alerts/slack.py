"""Alerts by an incoming webhook of Slack, or of what takes the same, such as Mattermost."""

import json

import httpx

from chalicelib.alerts.port import Closed
from chalicelib.alerts.posting import Poster
from chalicelib.alerts.wording import cut
from chalicelib.events import Alert
from chalicelib.people import Person

MAX_UNITS = 4000
"""Slack takes more, but nobody reads it."""

GONE = frozenset({403, 404, 410})
"""The webhook was removed, or its channel archived. A redirect does not lead to where we want to tell."""

FIRST_REDIRECT, FIRST_REFUSAL = 300, 400


class SlackChannel:
    """Implements ``alerts.port.AlertChannel``."""

    is_shared = True

    def __init__(self, webhook_url: str, transport: httpx.BaseTransport | None = None) -> None:
        """Post to this URL, which is a secret."""
        self._url = webhook_url
        self._poster = Poster("Slack", transport)

    def address(self, person: Person) -> str:
        """See the port."""
        del person
        return "slack"

    def tell(self, address: str, alert: Alert) -> None:
        """See the port."""
        del address
        text = escaped(cut(alert.text, MAX_UNITS))
        if alert.acknowledge_url:
            text += f"\n\n<{escaped(alert.acknowledge_url)}|{escaped(alert.acknowledge_label)}>"
        response = self._poster.post(self._url, json.dumps({"text": text}).encode())
        status = response.status_code
        if status in GONE or FIRST_REDIRECT <= status < FIRST_REFUSAL:
            raise Closed(self._poster.words(response, response.text), to_everybody=True)
        if not response.is_success:
            raise self._poster.refused(response, response.text)
        if response.text.strip() != "ok":
            raise self._poster.nonsense()


def escaped(text: str) -> str:
    """The text as plain words: a name such as ``<!channel>`` must not call anybody."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
