"""Behaves like Telegram's Bot API for the bot to which clients write, as far as public sources tell."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sandbox.documents import Document
from sandbox.exchange import Request, Response
from sandbox.storage import Store
from sandbox.tables import Table
from sandbox.telegram import BotApi, Method, TelegramError, failure

TOKEN = "telegram-bot-sandbox"
LARGEST_FILE = 20 * 1024 * 1024
_FILE_SEGMENTS = 3
_SECRET = re.compile(r"[A-Za-z0-9_-]{1,256}", re.ASCII)


class TelegramBot(BotApi):
    """Takes replies to clients, and where to tell what clients write. It tells nothing by itself.

    Attributes:
        webhooks: each address that was set; the newest one holds.
        blocked: chats whose client has blocked the bot.
        files: path and content of what clients sent, by ``file_id``.
    """

    token = TOKEN

    def __init__(self, replies: Table, store: Store | None) -> None:
        """Keep replies in this table."""
        self._replies = replies
        self.webhooks = Table("telegram_webhooks", store=store)
        self.blocked: set[str] = set()
        self.files: dict[str, tuple[str, bytes]] = {"sandbox-photo": ("photos/file_1.jpg", b"a photo")}

    def template(self, request: Request) -> str:
        """The path without the token, and of a file without its own path."""
        return "/file/bot{token}/{path}" if request.segments[0] == "file" else super().template(request)

    def handle(self, request: Request, now: datetime) -> Response:
        """Answer one request: for a file, or as any bot does."""
        return self._file(request) if request.segments[0] == "file" else super().handle(request, now)

    @property
    def methods(self) -> Mapping[str, Method]:
        """Those of any bot, and its webhook's."""
        return {
            **super().methods,
            "setWebhook": self._set_webhook,
            "getWebhookInfo": self._tell_webhook,
            "getFile": self._tell_file,
        }

    def keep(self, given: Document, text: str, now: datetime) -> int:
        """Likewise; a client may have blocked the bot."""
        chat = str(given["chat_id"])
        if chat in self.blocked:
            raise TelegramError(403, "Forbidden: bot was blocked by the user")
        connection = str(given.get("business_connection_id") or "")
        reply = {"messenger": "telegram", "chat": chat, "connection": connection, "text": text}
        return self._replies.add({**reply, "sent_at": now.isoformat()}, now)

    def _tell_file(self, given: Document, now: datetime) -> Document:
        del now
        file_id = str(given.get("file_id") or "")
        if file_id not in self.files:
            raise TelegramError(400, "Bad Request: wrong file_id or the file is temporarily unavailable")
        path, content = self.files[file_id]
        if len(content) > LARGEST_FILE:
            raise TelegramError(400, "Bad Request: file is too big")
        return {"file_id": file_id, "file_size": len(content), "file_path": path}

    def _file(self, request: Request) -> Response:
        path = "/".join(request.segments[2:]) if len(request.segments) >= _FILE_SEGMENTS else ""
        content = next((content for known, content in self.files.values() if known == path), None)
        if content is None or request.method != "GET":
            return failure(404, "Not Found")
        return Response(200, {"content-type": "application/octet-stream"}, content)

    def _set_webhook(self, given: Document, now: datetime) -> bool:
        secret = str(given.get("secret_token") or "")
        if not str(given.get("url") or "").startswith("https://"):
            raise TelegramError(400, "Bad Request: bad webhook: An HTTPS URL must be provided for webhook")
        if secret and not _SECRET.fullmatch(secret):
            raise TelegramError(400, "Bad Request: secret token contains unallowed characters")
        self.webhooks.add(given, now)
        return True

    def _tell_webhook(self, given: Document, now: datetime) -> Document:
        del given, now
        newest: Mapping[str, Any] = next(self.webhooks.newest_first(), {})
        allowed = {"allowed_updates": newest["allowed_updates"]} if "allowed_updates" in newest else {}
        return {
            "url": newest.get("url", ""),
            "has_custom_certificate": False,
            "pending_update_count": 0,
            **allowed,
        }
