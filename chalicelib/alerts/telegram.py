"""Alerts by a Telegram bot. Facts: the Bot API's documentation."""

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any

import httpx

from chalicelib.alerts.port import Closed
from chalicelib.alerts.posting import Poster
from chalicelib.alerts.wording import cut, with_link
from chalicelib.engine.port import Documents, VersionConflict
from chalicelib.events import Alert
from chalicelib.people import Person

MOVED_CHATS = "telegram-chats"
"""The document with the new id of each group that became a supergroup: Telegram tells it once, instead of
delivering."""

MAX_UNITS = 4096
"""Of UTF-16, as Telegram counts: an emoji is two."""

BAD_REQUEST = 400
WRONG_TOKEN = frozenset({401, 404})
BLOCKED = 403
NO_CHAT = "chat not found"

Content = Mapping[str, Any]


class TelegramChannel:
    """Implements ``alerts.port.AlertChannel``."""

    is_shared = False

    def __init__(
        self, token: str, url: str, documents: Documents, transport: httpx.BaseTransport | None = None
    ) -> None:
        """Send as the bot with this token, and remember in these documents which groups have a new id."""
        self._url = f"{url}/bot{token}/sendMessage"
        self._poster = Poster("Telegram", transport, _seconds_to_wait)
        self._documents = documents

    def address(self, person: Person) -> str:
        """See the port."""
        return person.telegram

    def tell(self, address: str, alert: Alert) -> None:
        """See the port. Plain text: a parse error would lose the alert."""
        chat = str(self._documents.get(MOVED_CHATS).content.get(address, address))
        response = self._post(chat, alert)
        moved_to = _parameters(response).get("migrate_to_chat_id")
        if moved_to is not None:
            self._remember(address, str(moved_to))
            response = self._post(str(moved_to), alert)
        self._require_success(response)

    def _post(self, chat: str, alert: Alert) -> httpx.Response:
        """Send it with a button; as text alone if Telegram does not like the button's address."""
        plain = _message(chat, with_link(alert, MAX_UNITS))
        if not alert.acknowledge_url:
            return self._poster.post(self._url, plain)
        button = {"text": alert.acknowledge_label, "url": alert.acknowledge_url}
        keyboard = {"inline_keyboard": [[button]]}
        response = self._poster.post(
            self._url, _message(chat, cut(alert.text, MAX_UNITS), reply_markup=keyboard)
        )
        if response.status_code == BAD_REQUEST and "button" in _description(response).lower():
            return self._poster.post(self._url, plain)
        return response

    def _require_success(self, response: httpx.Response) -> None:
        status, description = response.status_code, _description(response)
        if status in WRONG_TOKEN:
            raise Closed(self._poster.words(response, description), to_everybody=True)
        if status == BLOCKED or NO_CHAT in description.lower():
            raise Closed(self._poster.words(response, description), to_everybody=False)
        if not response.is_success:
            raise self._poster.refused(response, description)
        if _content(response).get("ok") is not True:
            raise self._poster.nonsense()

    def _remember(self, chat: str, moved_to: str) -> None:
        document = self._documents.get(MOVED_CHATS)
        # Whoever wrote meanwhile: Telegram tells it again next time.
        with suppress(VersionConflict):
            self._documents.put(replace(document, content={**document.content, chat: moved_to}))


def _message(chat: str, text: str, **more: object) -> bytes:
    preview = {"is_disabled": True}
    return json.dumps({"chat_id": chat, "text": text, "link_preview_options": preview, **more}).encode()


def _content(response: httpx.Response) -> Content:
    try:
        content = response.json()
    except ValueError:
        return {}
    return content if isinstance(content, dict) else {}


def _description(response: httpx.Response) -> str:
    return str(_content(response).get("description", ""))


def _parameters(response: httpx.Response) -> Content:
    parameters = _content(response).get("parameters")
    return parameters if isinstance(parameters, dict) else {}


def _seconds_to_wait(response: httpx.Response) -> str:
    return str(_parameters(response).get("retry_after", ""))
