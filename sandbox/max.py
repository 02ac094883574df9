"""Behaves like the Bot API of the messenger MAX, as far as ``max-messenger/api-schema`` tells."""

import json
from datetime import datetime

from sandbox.documents import Document
from sandbox.exchange import Request, Response, json_response
from sandbox.storage import Store
from sandbox.tables import Table

TOKEN = "max-sandbox"
PATHS = frozenset({"/messages", "/subscriptions"})
MAX_TEXT = 4000


class Max:
    """Takes replies to clients, and where to tell what clients write. It tells nothing by itself.

    Attributes:
        subscriptions: the addresses that were registered, as JSON objects.
        blocked: chats whose client has stopped the bot.
    """

    def __init__(self, replies: Table, store: Store | None) -> None:
        """Keep replies in this table."""
        self._replies = replies
        self.subscriptions = Table("max_subscriptions", store=store)
        self.blocked: set[str] = set()

    def template(self, request: Request) -> str:
        """The path, for counters."""
        return request.path

    def handle(self, request: Request, now: datetime) -> Response:
        """Answer one request."""
        if request.headers.get("authorization") != TOKEN:
            return _error(401, "verify.token", "Invalid access_token")
        match request.method, request.path:
            case "POST", "/messages":
                return self._send(request, now)
            case "POST", "/subscriptions":
                return self._subscribe(_content(request), now)
            case "GET", "/subscriptions":
                return json_response(200, {"subscriptions": self._told()})
        return _error(405, "method.not.allowed", "Method is not allowed")

    def _send(self, request: Request, now: datetime) -> Response:
        chat, text = str(request.query_parameters.get("chat_id") or ""), _content(request).get("text")
        if not chat.lstrip("-").isdecimal():
            return _error(400, "proto.payload", "chat_id or user_id is required")
        if not isinstance(text, str) or not text.strip() or len(text) > MAX_TEXT:
            return _error(400, "proto.payload", "text: size must be between 1 and 4000")
        if chat in self.blocked:
            return _error(403, "chat.denied", "error.dialog.suspended")
        reply = {"messenger": "max", "chat": chat, "text": text, "sent_at": now.isoformat()}
        key = self._replies.add(reply, now)
        message = {
            "recipient": {"chat_id": int(chat), "chat_type": "dialog"},
            "timestamp": int(now.timestamp() * 1000),
            "body": {"mid": f"mid.sandbox{key}", "seq": key, "text": text},
        }
        return json_response(200, {"message": message})

    def _subscribe(self, given: Document, now: datetime) -> Response:
        if not str(given.get("url") or "").startswith("https://"):
            return _error(400, "proto.payload", "url must start with https://")
        known = next((old["id"] for old in self.subscriptions.all() if old["url"] == given["url"]), None)
        subscription = {**given, "time": int(now.timestamp() * 1000)}
        if known is None:
            self.subscriptions.add(subscription, now)
        else:
            self.subscriptions.change(known, {"id": known, **subscription}, now)
        return json_response(200, {"success": True})

    def _told(self) -> list[Document]:
        """The secret is told to nobody."""
        return [
            {name: subscription.get(name) for name in ("url", "time", "update_types")}
            for subscription in self.subscriptions.all()
        ]


def _content(request: Request) -> Document:
    try:
        given = json.loads(request.body)
    except ValueError:
        return {}
    return given if isinstance(given, dict) else {}


def _error(status: int, code: str, message: str) -> Response:
    return json_response(status, {"code": code, "message": message})
