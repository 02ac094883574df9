"""Behaves like the WhatsApp Cloud API for sending a text and giving files, as far as Meta's pages tell."""

import json
import re
from datetime import datetime

from sandbox.documents import Document
from sandbox.exchange import Request, Response, json_response
from sandbox.tables import Table

TOKEN = "whatsapp-sandbox"
NUMBER = "555000111"
FILES = "/whatsapp_business/attachments/"
"""On another host than the API."""

PATH = re.compile(rf"/v[0-9]+\.[0-9]+/({NUMBER}/messages|(?P<file>[0-9]+))|{FILES}(?P<content>[0-9]+)")
LOOPBACK = ("127.0.0.1", "localhost")
MAX_TEXT = 4096


class WhatsApp:
    """Takes replies to clients. It tells nothing by itself.

    Attributes:
        silent: clients who have written nothing in the last 24 hours.
        files: type and content of what clients sent, by the id.
    """

    def __init__(self, replies: Table) -> None:
        """Keep replies in this table."""
        self._replies = replies
        self.silent: set[str] = set()
        self.files: dict[str, tuple[str, bytes]] = {"1": ("image/jpeg", b"a photo")}

    def template(self, request: Request) -> str:
        """The path with ``{id}`` for that of a file, for counters."""
        match = PATH.fullmatch(request.path)
        number = (match["file"] or match["content"]) if match else None
        return request.path.removesuffix(number) + "{id}" if number else request.path

    def handle(self, request: Request, now: datetime) -> Response:
        """Answer one request."""
        if request.headers.get("authorization") != f"Bearer {TOKEN}":
            return _error(401, 190, "Invalid OAuth access token - Cannot parse access token")
        if request.method == "GET":
            return self._file(request)
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

    def _file(self, request: Request) -> Response:
        """Where a file is, or the file itself."""
        match = PATH.fullmatch(request.path)
        number = (match["file"] or match["content"] or "") if match else ""
        if number not in self.files:
            return _error(400, 100, f"Unsupported get request. Object with ID '{number}' does not exist")
        kind, content = self.files[number]
        if request.path.startswith(FILES):
            return Response(200, {"content-type": kind}, content)
        host = request.headers.get("host", "")
        is_here = host.partition(":")[0] in LOOPBACK
        base = f"http://{host}" if is_here else "https://lookaside.fbsbx.com"
        told = {"url": f"{base}{FILES}{number}", "mime_type": kind, "file_size": len(content), "id": number}
        return json_response(200, {"messaging_product": "whatsapp", **told})


def _content(request: Request) -> Document:
    try:
        given = json.loads(request.body)
    except ValueError:
        return {}
    return given if isinstance(given, dict) else {}


def _error(status: int, code: int, message: str) -> Response:
    error = {"message": message, "type": "OAuthException", "code": code, "fbtrace_id": "sandbox"}
    return json_response(status, {"error": error})
