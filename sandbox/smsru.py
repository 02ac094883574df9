"""Behaves like SMS.ru, as far as public sources tell: HTTP 200 even for errors."""

import re
from collections.abc import Callable
from datetime import UTC, datetime

from sandbox.documents import Document
from sandbox.exchange import Request, Response, json_response
from sandbox.parameters import Node
from sandbox.settings import Settings
from sandbox.sms import segments
from sandbox.storage import Store
from sandbox.tables import Table

API_ID = "sandbox"
PATHS = frozenset({"/sms/send", "/sms/status", "/my/balance"})
MAX_TEXT = 800
ACCEPTED = 100
PHONE = re.compile(r"\d{11,15}")
BAD_RECIPIENTS = {"79160000202": 202, "79160000207": 207, "79160000209": 209}
"""Numbers that SMS.ru refuses, with its code."""

OUTCOMES = {"delivered": 103, "failed": 106, "expired": 104, "pending": 102}
TEXTS = {
    100: "Запрос принят",
    200: "Неправильный api_id",
    201: "Не хватает средств",
    500: "Ошибка на сервере",
}


class SmsRu:
    """Takes messages and tells their status.

    Attributes:
        messages: all messages, as they are kept.
    """

    def __init__(self, settings: Callable[[], Settings], store: Store | None) -> None:
        """Begin with what the store has."""
        self.messages = Table("smsru", {"sms_id": lambda message: [message["sms_id"]]}, store=store)
        self._settings = settings

    def template(self, request: Request) -> str:
        """The path, for counters."""
        return request.path

    def handle(self, request: Request, now: datetime) -> Response:
        """Answer one request."""
        form = request.form
        if request.method != "POST":
            return failure(210)
        if _text(form, "api_id") != API_ID:
            return failure(200)
        match request.path:
            case "/sms/send":
                return self._send(form, now)
            case "/sms/status":
                return self._status(form)
            case "/my/balance":
                return json_response(200, {"status": "OK", "status_code": 100, "balance": 100.0})
        return failure(211)

    def state(self) -> list[Document]:
        """All messages, oldest first."""
        return list(self.messages.all())

    def _send(self, form: Node, now: datetime) -> Response:
        to, text = _text(form, "to"), _text(form, "msg")
        code = self._code(to, text, now)
        if code != ACCEPTED:
            told: Document = {
                "status": "ERROR",
                "status_code": code,
                "status_text": TEXTS.get(code, str(code)),
            }
        else:
            sms_id = f"202647-{self.messages.next_id:07}"
            kept = {
                "sms_id": sms_id,
                "to": f"+{to}",
                "body": text,
                "from": _text(form, "from"),
                "ttl": _text(form, "ttl"),
                "num_segments": str(segments(text)),
                "created": now.astimezone(UTC).isoformat(),
            }
            self.messages.add(kept, now)
            told = {"status": "OK", "status_code": 100, "sms_id": sms_id}
        return json_response(200, {"status": "OK", "status_code": 100, "sms": {to: told}, "balance": 4122.56})

    def _code(self, to: str, text: str, now: datetime) -> int:
        if not text:
            return 203
        if len(text) > MAX_TEXT:
            return 205
        if not PHONE.fullmatch(to):
            return 202
        day = now.astimezone(UTC).date().isoformat()
        if any(
            (message["to"], message["body"], message["created"][:10]) == (f"+{to}", text, day)
            for message in self.messages.all()
        ):
            return 232
        return BAD_RECIPIENTS.get(to, ACCEPTED)

    def _status(self, form: Node) -> Response:
        sms_id = _text(form, "sms_id")
        found = self.messages.found("sms_id", sms_id)
        code = OUTCOMES[self._settings().smsru_outcome] if found else -1
        told = {"status": "OK" if found else "ERROR", "status_code": code}
        return json_response(200, {"status": "OK", "status_code": 100, "sms": {sms_id: told}})


def failure(code: int) -> Response:
    """A whole request that is refused; HTTP calls it a success."""
    content = {"status": "ERROR", "status_code": code, "status_text": TEXTS.get(code, str(code))}
    return json_response(200, content)


def _text(form: Node, name: str) -> str:
    value = form.get(name)
    return value if isinstance(value, str) else ""
