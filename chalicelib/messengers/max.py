"""Replies by a bot in MAX. Facts: ``POST /messages`` in ``max-messenger/api-schema``.

Nothing there recognises a text that is sent twice.
"""

from collections.abc import Mapping
from urllib.parse import quote

import httpx

from chalicelib.errors import OptedOut
from chalicelib.messengers.http import MessengerHttp
from chalicelib.providers.max.read import Settings

BLOCKED = 403


def messenger(settings: Settings, transport: httpx.BaseTransport | None) -> "Max":
    """The bot of a source whose settings have its token."""
    return Max(f"{settings.api_url}/messages", settings.authorization, transport)


class Max:
    """Implements ``messengers.port.Messenger``."""

    knows_repeats = False

    def __init__(
        self, url: str, authorization: Mapping[str, str], transport: httpx.BaseTransport | None = None
    ) -> None:
        """Send to this address with this header."""
        self._url = url
        self._authorization = authorization
        self._http = MessengerHttp("MAX", transport)

    def send(self, chat: str, text: str, once: str) -> str:
        """See the port."""
        del once
        url = f"{self._url}?chat_id={quote(chat)}"
        status, answer = self._http.post(url, json={"text": text}, headers=self._authorization)
        if status == BLOCKED:
            # In a dialog it is the client who has stopped the bot.
            raise OptedOut(f"MAX answers {status}: {answer.get('message', '')}")
        if not httpx.codes.is_success(status):
            raise self._http.refused(f"answers {status}: {answer.get('message', '')}")
        message_id = _message_id(answer)
        if message_id is None:
            raise self._http.unreachable("gives an unexpected answer", maybe_done=True)
        return message_id


def _message_id(answer: Mapping[str, object]) -> str | None:
    message = answer.get("message")
    body = message.get("body") if isinstance(message, Mapping) else None
    return str(body["mid"]) if isinstance(body, Mapping) and "mid" in body else None
