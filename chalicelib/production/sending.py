"""Hands answers to production systems: JSON, signed as they sign what they tell us."""

import json
from collections.abc import Mapping
from datetime import datetime
from functools import cached_property

import httpx

from chalicelib.actions import RequestAnswer, SendAnswer
from chalicelib.attempt import Attempt
from chalicelib.engine.port import Queue
from chalicelib.entry import Result
from chalicelib.errors import Refused, Unreachable
from chalicelib.events import ProductionAnswerDue
from chalicelib.gate.timed_signature import signed
from chalicelib.messages import enclose
from chalicelib.production.source import ProductionSource
from chalicelib.providers.reading import SourceSettings

TIMEOUT = httpx.Timeout(10, connect=5)
MAY_PASS = frozenset({401, 403, 404, 408, 425, 429})
"""Besides a server's own trouble: a secret or a page that somebody puts right."""

FIRST_SERVER_ERROR = 500


class AnswerSender:
    """Implements what answers need of ``perform``.

    Who gets an answer twice knows it by its id: so what may have been sent is sent again.
    """

    def __init__(
        self,
        sources: Mapping[str, SourceSettings],
        notify: Queue,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        """Send to the sources that have an address for answers. Redirects are not followed."""
        self._settings = {
            name: settings
            for name, settings in sources.items()
            if isinstance(settings, ProductionSource) and settings.answer_url
        }
        self._notify = notify
        self._transport = transport

    @cached_property
    def _http(self) -> httpx.Client:
        """Made for the first answer: it would make each start longer, and most shops send none."""
        return httpx.Client(timeout=TIMEOUT, transport=self._transport, follow_redirects=False)

    def perform(self, action: RequestAnswer | SendAnswer, attempt: Attempt) -> Result:
        """Carry it out.

        Raises:
            Unreachable: ``production-unreachable``: it does not answer, or not as it should.
            Refused: ``production-refused``: it says no; ``production-not-configured``: it has no address.
        """
        return (
            self._send(action, attempt) if isinstance(action, SendAnswer) else self._request(action, attempt)
        )

    def _request(self, action: RequestAnswer, attempt: Attempt) -> Result:
        """Of one order one answer comes after the other."""
        due = action.due
        group = f"production:{due.source}:{due.order_id}"
        envelope = enclose(due, f"production-answer:{action.once}", group, attempt.now)
        self._notify.put(envelope)
        return attempt.done(f"entry {envelope.id[:12]}")

    def _send(self, action: SendAnswer, attempt: Attempt) -> Result:
        source = action.due.source
        settings = self._settings.get(source)
        if settings is None or settings.answer_url is None:
            raise Refused("production-not-configured", f"{source} has no answer_url")
        body = answer_body(action.due, attempt.marker)
        self._post(source, settings.answer_url, body, _headers(body, settings, attempt.now))
        return attempt.done(f"answer {attempt.marker}", f"to {source}")

    def _post(self, source: str, url: str, body: bytes, headers: Mapping[str, str]) -> None:
        try:
            status = self._http.post(url, content=body, headers=headers).status_code
        except httpx.HTTPError as error:
            raise Unreachable("production-unreachable", f"{source}: {type(error).__name__}") from None
        if status in MAY_PASS or status >= FIRST_SERVER_ERROR:
            raise Unreachable("production-unreachable", f"{source} answers {status}")
        if not httpx.codes.is_success(status):
            raise Refused("production-refused", f"{source} answers {status}")


def answer_body(due: ProductionAnswerDue, answer_id: str) -> bytes:
    """What production gets: the form stands in the provider's README."""
    content = {
        "id": answer_id,
        "type": "answer",
        "order": due.order_number,
        "order_id": due.order_id,
        "question_id": due.question_id,
        "question": due.question,
        "text": due.text,
        "author": due.author,
        "asked_at": due.asked_at.isoformat(),
        "answered_at": due.answered_at.isoformat(),
    }
    return json.dumps(content, ensure_ascii=False).encode()


def _headers(body: bytes, settings: ProductionSource, now: datetime) -> Mapping[str, str]:
    kind = {"content-type": "application/json; charset=utf-8"}
    return {**kind, **signed(body, settings.signing_secret, now)}
