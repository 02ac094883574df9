"""Alerts by a Telegram bot. Facts: the Bot API's documentation."""

import httpx

from chalicelib.actions import Alert
from chalicelib.errors import Refused, Unreachable
from chalicelib.people import Person

MAX_UNITS = 4096
"""Of UTF-16, as Telegram counts: an emoji is two."""

BYTES_A_UNIT = 2
TIMEOUT = httpx.Timeout(10, connect=5)
TOO_MANY_REQUESTS = 429
FIRST_SERVER_ERROR = 500


class TelegramChannel:
    """Implements ``alerts.port.AlertChannel``."""

    def __init__(self, token: str, url: str, transport: httpx.BaseTransport | None = None) -> None:
        """Send as the bot with this token. The token is part of the path, so no URL is ever logged."""
        self._http = httpx.Client(base_url=f"{url}/bot{token}/", timeout=TIMEOUT, transport=transport)

    def tell(self, person: Person, alert: Alert) -> None:
        """See the port. Plain text: a parse error would lose the alert."""
        if not person.telegram:
            return
        message = {
            "chat_id": person.telegram,
            "text": _cut(alert.text),
            "link_preview_options": {"is_disabled": True},
        }
        try:
            response = self._http.post("sendMessage", json=message)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
            raise Unreachable("alert-unreachable", type(error).__name__) from None
        except httpx.HTTPError as error:
            raise Unreachable("alert-unreachable", type(error).__name__, maybe_done=True) from None
        if response.status_code == TOO_MANY_REQUESTS or response.status_code >= FIRST_SERVER_ERROR:
            raise Unreachable("alert-unreachable", f"Telegram answers {response.status_code}")
        if not response.is_success:
            raise Refused("alert-refused", f"Telegram answers {response.status_code}")


def _cut(text: str) -> str:
    """As much as Telegram takes: a longer message would be refused as a whole."""
    return text.encode("utf-16-le", "replace")[: MAX_UNITS * BYTES_A_UNIT].decode("utf-16-le", "ignore")
