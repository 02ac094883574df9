"""Replies by a Telegram bot, and clients' files. Facts: the Bot API on ``sendMessage`` and ``getFile``.

Nothing there recognises a text that is sent twice, nor can one be looked up.
"""

from collections.abc import Mapping
from pathlib import PurePosixPath

import httpx

from chalicelib.errors import LeadkeeperError, OptedOut
from chalicelib.messengers.http import MessengerHttp
from chalicelib.messengers.port import File
from chalicelib.providers.telegram.read import Settings

BLOCKED = 403
WRONG_TOKEN = 404


def messenger(settings: Settings, transport: httpx.BaseTransport | None) -> "Telegram":
    """The bot of a source whose settings have its token."""
    return Telegram(settings, transport)


class Telegram:
    """Implements ``messengers.port.Messenger`` and ``FileGiver``."""

    knows_repeats = False

    def __init__(self, settings: Settings, transport: httpx.BaseTransport | None = None) -> None:
        """Ask in the name of the bot with these settings. Each address holds its token."""
        self._settings = settings
        self._http = MessengerHttp("Telegram", transport)

    def send(self, chat: str, text: str, once: str) -> str:
        """See the port. A business account's chat stands behind the bot's connection to it."""
        del once
        connection, _, chat_id = chat.rpartition(":")
        through = {"business_connection_id": connection} if connection else {}
        url = self._settings.method_url("sendMessage")
        status, answer = self._http.post(url, json={"chat_id": chat_id, "text": text, **through})
        if not httpx.codes.is_success(status):
            raise self._refusal(status, str(answer.get("description", "")))
        result = answer.get("result")
        if answer.get("ok") is not True or not isinstance(result, Mapping):
            raise self._http.unreachable("gives an unexpected answer", maybe_done=True)
        return str(result.get("message_id", ""))

    def fetch(self, file_id: str) -> File:
        """See the port. What is too large has no path."""
        status, answer = self._http.post(self._settings.method_url("getFile"), json={"file_id": file_id})
        if status == WRONG_TOKEN:
            raise self._http.unreachable(f"answers {status}")
        result = answer.get("result")
        path = result.get("file_path") if isinstance(result, Mapping) else None
        if not isinstance(path, str) or not path:
            raise self._http.no_file(f"answers {status}: {answer.get('description', 'no path')}")
        content = self._http.download(self._settings.file_url(path))
        return File(content, PurePosixPath(path).suffix)

    def _refusal(self, status: int, description: str) -> LeadkeeperError:
        words = f"answers {status}: {description}"
        if status == WRONG_TOKEN:
            return self._http.unreachable(words)
        return OptedOut(words) if status == BLOCKED else self._http.refused(words)
