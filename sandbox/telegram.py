"""Behaves like Telegram's Bot API for sending a message, as far as public sources tell."""

import json
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from datetime import datetime
from html.parser import HTMLParser
from typing import ClassVar
from urllib.parse import urlsplit

from sandbox.documents import Document
from sandbox.exchange import Request, Response, json_response
from sandbox.storage import Store
from sandbox.tables import Table

TOKEN = "telegram-sandbox"
MAX_UNITS = 4096
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
_TAGS = frozenset(
    {
        "b",
        "strong",
        "i",
        "em",
        "u",
        "ins",
        "s",
        "strike",
        "del",
        "a",
        "code",
        "pre",
        "span",
        "blockquote",
        "tg-spoiler",
    }
)
_PATH_SEGMENTS = 2


class TelegramError(Exception):
    """An answer with ``ok: false``."""

    def __init__(self, status: int, description: str, **parameters: int) -> None:
        """Keep what the answer says."""
        super().__init__(description)
        self.status = status
        self.description = description
        self.parameters = parameters


Method = Callable[[Document, datetime], object]
"""A method of the Bot API: the ``result`` that it answers to these parameters, at this time."""


class BotApi(ABC):
    """The methods of one bot."""

    token: ClassVar[str]

    def template(self, request: Request) -> str:
        """The path without the token, for counters."""
        return "/bot{token}/" + "/".join(request.segments[1:])

    def handle(self, request: Request, now: datetime) -> Response:
        """Answer one request."""
        try:
            return self._answer(request, now)
        except TelegramError as error:
            return failure(error.status, error.description, **error.parameters)

    @property
    def methods(self) -> Mapping[str, Method]:
        """What the bot can be asked, by the method's name."""
        return {"getMe": self._tell_itself, "sendMessage": self._send}

    @abstractmethod
    def keep(self, given: Document, text: str, now: datetime) -> int:
        """Keep a message that was sent with these parameters and reads so; its number.

        Raises:
            TelegramError: it cannot be sent there.
        """

    def _answer(self, request: Request, now: datetime) -> Response:
        if request.segments[0] != f"bot{self.token}":
            raise TelegramError(401, "Unauthorized")
        name = request.segments[1] if len(request.segments) == _PATH_SEGMENTS else ""
        method = self.methods.get(name)
        if method is None:
            raise TelegramError(404, "Not Found")
        return json_response(200, {"ok": True, "result": method(_parameters(request), now)})

    @staticmethod
    def _tell_itself(given: Document, now: datetime) -> Document:
        del given, now
        return {"id": 1, "is_bot": True, "first_name": "Sandbox", "username": "sandbox_bot"}

    def _send(self, given: Document, now: datetime) -> Document:
        chat, text = given.get("chat_id"), str(given.get("text") or "")
        if not chat:
            raise TelegramError(400, "Bad Request: chat_id is empty")
        if not text.strip():
            raise TelegramError(400, "Bad Request: message text is empty")
        _check_buttons(given.get("reply_markup"))
        if given.get("parse_mode") == "HTML":
            text = _plain_text(text)
        if len(text.encode("utf-16-be")) // 2 > MAX_UNITS:
            raise TelegramError(400, "Bad Request: message is too long")
        return {
            "message_id": self.keep(given, text, now),
            "chat": {"id": chat, "type": "private"},
            "date": int(now.timestamp()),
            "text": text,
        }


class Telegram(BotApi):
    """The bot that tells alerts.

    Attributes:
        messages: all that were sent, as JSON objects.
        upgraded: groups that became supergroups: the old id, and the new one.
    """

    token = TOKEN

    def __init__(self, store: Store | None) -> None:
        """Begin with what the store has."""
        self.messages = Table("telegram", store=store)
        self.upgraded: dict[str, str] = {}

    def keep(self, given: Document, text: str, now: datetime) -> int:
        """Likewise."""
        chat = str(given["chat_id"])
        if chat in self.upgraded:
            description = "Bad Request: group chat was upgraded to a supergroup chat"
            raise TelegramError(400, description, migrate_to_chat_id=int(self.upgraded[chat]))
        return self.messages.add({**given, "plain_text": text, "sent_at": now.isoformat()}, now)


def failure(status: int, description: str, **parameters: int) -> Response:
    """An answer with ``ok: false``."""
    content: Document = {"ok": False, "error_code": status, "description": description}
    if parameters:
        content["parameters"] = parameters
    return json_response(status, content)


def _check_buttons(markup: object) -> None:
    """An inline button must lead somewhere that others can reach."""
    rows = markup.get("inline_keyboard", []) if isinstance(markup, dict) else []
    for button in (button for row in rows for button in row):
        if urlsplit(str(button.get("url", "https://telegram.org"))).hostname in LOOPBACK:
            raise TelegramError(400, "Bad Request: inline keyboard button URL is invalid: Wrong HTTP URL")


class _Entities(HTMLParser):
    """Reads Telegram's HTML: a few tags, all of them closed."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        del attrs
        if tag not in _TAGS:
            raise _unparsable(f'Unsupported start tag "{tag}"')
        self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            raise _unparsable(f'Unexpected end tag "{tag}"')

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def _plain_text(html: str) -> str:
    parser = _Entities()
    parser.feed(html)
    parser.close()
    if parser.open:
        raise _unparsable(f'Can\'t find end tag corresponding to start tag "{parser.open[-1]}"')
    return "".join(parser.text)


def _unparsable(reason: str) -> TelegramError:
    return TelegramError(400, f"Bad Request: can't parse entities: {reason}")


def _parameters(request: Request) -> Document:
    if not request.headers.get("content-type", "").startswith("application/json"):
        return {**request.query_parameters, **request.form}
    try:
        given = json.loads(request.body)
    except ValueError:
        given = None
    if not isinstance(given, dict):
        raise TelegramError(400, "Bad Request: can't parse JSON object")
    return given
