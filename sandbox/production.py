"""Behaves like a shop's own production system: it takes answers, and only with a signature that fits."""

import hmac
import json
from datetime import datetime

from sandbox.documents import Document
from sandbox.exchange import Request, Response, json_response
from sandbox.storage import Store
from sandbox.tables import Table

SECRET = "production-sandbox"
PATH = "/production/answers"
MOST_SECONDS = 300


class Production:
    """Keeps each answer once, by its id."""

    def __init__(self, store: Store | None) -> None:
        """Keep the answers in this store."""
        self.answers = Table("production_answers", store=store)

    def template(self, request: Request) -> str:
        """The path, for counters."""
        return request.path

    def handle(self, request: Request, now: datetime) -> Response:
        """Answer one request."""
        if request.method != "POST":
            return json_response(405, {"error": "method not allowed"})
        if not _is_signed(request, now):
            return json_response(403, {"error": "wrong signature"})
        answer: Document = json.loads(request.body)
        if all(known["answer_id"] != answer["id"] for known in self.answers.all()):
            given = {name: value for name, value in answer.items() if name != "id"}
            self.answers.add({**given, "answer_id": answer["id"]}, now)
        return json_response(200, {"ok": True})


def _is_signed(request: Request, now: datetime) -> bool:
    timestamp = request.headers.get("x-leadkeeper-timestamp", "")
    signed = f"{timestamp}.".encode() + request.body
    right = hmac.digest(SECRET.encode(), signed, "sha256").hex()
    is_recent = timestamp.isdecimal() and abs(now.timestamp() - int(timestamp)) <= MOST_SECONDS
    return is_recent and hmac.compare_digest(right, request.headers.get("x-leadkeeper-signature", ""))
