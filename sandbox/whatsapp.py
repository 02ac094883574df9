"""Behaves like the WhatsApp Cloud API for sending a text, as far as Meta's pages tell."""

import json
import re
from datetime import datetime

from sandbox.documents import Document
from sandbox.exchange import Request, Response, json_response
from sandbox.tables import Table

TOKEN = "whatsapp-sandbox"
NUMBER = "555000111"
PATH = re.compile(rf"/v[0-9]+\.[0-9]+/{NUMBER}/messages")
MAX_TEXT = 4096


class WhatsApp:
    """Takes replies to clients. It tells nothing by itself.

    Attributes:
        silent: clients who have written nothing in the last 24 hours.
    """

    def __init__(self, replies: Table) -> None:
        """Keep replies in this table."""
        self._replies = replies
        self.silent: set[str] = set()

    def template(self, request: Request) -> str:
        """The path, for counters."""
        return request.path

    def handle(self, request: Request, now: datetime) -> Response:
        """Answer one request."""
        if request.headers.get("authorization") != f"Bearer {TOKEN}":
            return _error(401, 190, "Invalid OAuth access token - Cannot parse access token")
        given = _content(request)
        chat, body = str(given.get("to") or ""), given.get("text")
        text = body.get("body") if isinstance(body, dict) else None
        if given.get("messaging_product") != "whatsapp" or not chat or given.get("type") != "text":
            return _error(400, 100, "(#100) Invalid parameter")
        if not isinstance(text, str) or not text.strip() or len(text) > MAX_TEXT:
            return _error(400, 100, "(#100) Param text['body'] must be between 1 and 4096 characters long")
        if chat in self.silent:
            return _error(400, 131047, "(#131047) Re-engagement message")
        reply = {"messenger": "whatsapp", "chat": chat, "text": text, "sent_at": now.isoformat()}
        key = self._replies.add(reply, now)
        contacts = [{"input": chat, "wa_id": chat}]
        sent = {
            "messaging_product": "whatsapp",
            "contacts": contacts,
            "messages": [{"id": f"wamid.sandbox{key}"}],
        }
        return json_response(200, sent)


def _content(request: Request) -> Document:
    try:
        given = json.loads(request.body)
    except ValueError:
        return {}
    return given if isinstance(given, dict) else {}


def _error(status: int, code: int, message: str) -> Response:
    error = {"message": message, "type": "OAuthException", "code": code, "fbtrace_id": "sandbox"}
    return json_response(status, {"error": error})
