"""Behaves like SMSC, as far as public sources tell."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from sandbox.documents import Document
from sandbox.exchange import Request, Response, json_response
from sandbox.parameters import Node
from sandbox.settings import Settings
from sandbox.sms import segments
from sandbox.storage import Store
from sandbox.tables import Table

LOGIN = "sandbox"
PASSWORD = "sandbox"
PATHS = frozenset({"/sys/send.php", "/sys/status.php", "/sys/balance.php"})
PHONE = re.compile(r"\d{11,15}")
BAD_RECIPIENTS = {"79160000007": 7, "79160000008": 8}
"""Numbers that SMSC refuses, with its code."""

OUTCOMES = {"delivered": 1, "failed": 20, "expired": 3, "pending": 0}
ERRORS = {
    1: "parameters error",
    2: "authorise error",
    3: "no money",
    6: "message is denied",
    7: "invalid number",
    8: "message can not be delivered",
    9: "duplicate request, wait a minute",
}
PRICE = 1.4
"""Of one part, in the money of the account."""

TELLS_PRICE = frozenset({"2", "3"})
MINUTE = timedelta(minutes=1)


class Smsc:
    """Takes messages and tells their status.

    Attributes:
        messages: all messages, as they are kept.
    """

    def __init__(self, settings: Callable[[], Settings], store: Store | None) -> None:
        """Begin with what the store has."""
        self.messages = Table("smsc", store=store)
        self._settings = settings

    def template(self, request: Request) -> str:
        """The path, for counters."""
        return request.path

    def handle(self, request: Request, now: datetime) -> Response:
        """Answer one request."""
        form = request.form
        if (_text(form, "login"), _text(form, "psw")) != (LOGIN, PASSWORD):
            return failure(2)
        match request.path:
            case "/sys/send.php":
                return self._send(form, now)
            case "/sys/status.php":
                return self._status(form)
            case "/sys/balance.php":
                return json_response(200, {"balance": "100.50"})
        return failure(1)

    def state(self) -> list[Document]:
        """All messages, oldest first."""
        return list(self.messages.all())

    def _send(self, form: Node, now: datetime) -> Response:
        to, text = _text(form, "phones"), _text(form, "mes")
        if _text(form, "charset") != "utf-8":
            text = text.encode().decode("cp1251", "replace")
        if not text:
            return failure(1)
        if not PHONE.fullmatch(to):
            return failure(7)
        if to in BAD_RECIPIENTS:
            return failure(BAD_RECIPIENTS[to])
        if any(
            (message["to"], message["body"]) == (f"+{to}", text)
            and now - datetime.fromisoformat(message["created"]) < MINUTE
            for message in self.messages.all()
        ):
            return failure(9)
        own_id = _text(form, "id")
        message_id = int(own_id) if own_id.isdecimal() else self.messages.next_id
        kept = {
            "message_id": message_id,
            "to": f"+{to}",
            "body": text,
            "from": _text(form, "sender"),
            "valid": _text(form, "valid"),
            "num_segments": str(segments(text)),
            "created": now.astimezone(UTC).isoformat(),
        }
        self.messages.add(kept, now)
        cost = {"cost": f"{segments(text) * PRICE:.2f}"} if _text(form, "cost") in TELLS_PRICE else {}
        return json_response(200, {"id": message_id, "cnt": 1, **cost})

    def _status(self, form: Node) -> Response:
        wanted = (_text(form, "id"), f"+{_text(form, 'phone')}")
        is_known = any(
            (str(message["message_id"]), message["to"]) == wanted for message in self.messages.all()
        )
        return json_response(200, {"status": OUTCOMES[self._settings().smsc_outcome] if is_known else -3})


def failure(code: int) -> Response:
    """A request that is refused; HTTP calls it a success."""
    content: Document = {"error": ERRORS.get(code, "error"), "error_code": code}
    return json_response(200, content)


def _text(form: Node, name: str) -> str:
    value = form.get(name)
    return value if isinstance(value, str) else ""
