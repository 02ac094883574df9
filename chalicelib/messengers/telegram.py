"""Replies by a Telegram bot. Facts: the Bot API's documentation of ``sendMessage``.

Nothing there recognises a text that is sent twice, nor can one be looked up.
"""

from collections.abc import Mapping

import httpx

from chalicelib.errors import LeadkeeperError, OptedOut
from chalicelib.messengers.http import MessengerHttp
from chalicelib.providers.telegram.read import Settings

BLOCKED = 403
WRONG_TOKEN = 404


def messenger(settings: Settings, transport: httpx.BaseTransport | None) -> "Telegram":
    """The bot of a source whose settings have its token."""
    return Telegram(settings.method_url("sendMessage"), transport)


class Telegram:
    """Implements ``messengers.port.Messenger``."""

    knows_repeats = False

    def __init__(self, url: str, transport: httpx.BaseTransport | None = None) -> None:
        """Send to this address, which holds the bot's token."""
        self._url = url
        self._http = MessengerHttp("Telegram", transport)

    def send(self, chat: str, text: str, once: str) -> str:
        """See the port. A business account's chat stands behind the bot's connection to it."""
        del once
        connection, _, chat_id = chat.rpartition(":")
        through = {"business_connection_id": connection} if connection else {}
        status, answer = self._http.post(self._url, json={"chat_id": chat_id, "text": text, **through})
        if not httpx.codes.is_success(status):
            raise self._refusal(status, str(answer.get("description", "")))
        result = answer.get("result")
        if answer.get("ok") is not True or not isinstance(result, Mapping):
            raise self._http.unreachable("gives an unexpected answer", maybe_done=True)
        return str(result.get("message_id", ""))

    def _refusal(self, status: int, description: str) -> LeadkeeperError:
        words = f"answers {status}: {description}"
        if status == WRONG_TOKEN:
            return self._http.unreachable(words)
        return OptedOut(words) if status == BLOCKED else self._http.refused(words)
