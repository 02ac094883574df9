"""Behaves like VK's ``messages.send``, as far as dev.vk.com tells."""

from datetime import datetime

from sandbox.exchange import Request, Response, json_response
from sandbox.storage import Store
from sandbox.tables import Table

TOKEN = "vk-sandbox"
PATH = "/method/messages.send"
MAX_TEXT = 9000


class Vk:
    """Takes replies to clients. It tells nothing by itself.

    Attributes:
        unwilling: clients who have not allowed messages.
    """

    def __init__(self, replies: Table, store: Store | None) -> None:
        """Keep replies in this table."""
        self._replies = replies
        self._sent = Table("vk_sent", store=store)
        self.unwilling: set[str] = set()

    def template(self, request: Request) -> str:
        """The path, for counters."""
        return request.path

    def handle(self, request: Request, now: datetime) -> Response:
        """Answer one request: always with 200, as VK does."""
        given = {name: value for name, value in request.form.items() if isinstance(value, str)}
        chat, text, once = (given.get(name, "") for name in ("peer_id", "message", "random_id"))
        if given.get("access_token") != TOKEN:
            return _error(5, "User authorization failed: invalid access_token (4).")
        if not given.get("v") or not chat.lstrip("-").isdecimal() or not once.isdecimal():
            return _error(100, "One of the parameters specified was missing or invalid")
        if not text.strip():
            return _error(100, "One of the parameters specified was missing or invalid: message is empty")
        if len(text) > MAX_TEXT:
            return _error(914, "Message is too long")
        if chat in self.unwilling:
            return _error(901, "Can't send messages for users without permission")
        known = next((sent["reply"] for sent in self._sent.all() if sent["once"] == f"{chat}:{once}"), None)
        if known is None or once == "0":
            reply = {"messenger": "vk", "chat": chat, "text": text, "sent_at": now.isoformat()}
            known = self._replies.add(reply, now)
            self._sent.add({"once": f"{chat}:{once}", "reply": known}, now)
        return json_response(200, {"response": known})


def _error(code: int, message: str) -> Response:
    return json_response(200, {"error": {"error_code": code, "error_msg": message}})
