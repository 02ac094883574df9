"""Marquiz at the door: our own token in the URL, for Marquiz signs nothing and tells no id."""

from collections.abc import Mapping
from datetime import datetime

from chalicelib.gate.form import Unparsable
from chalicelib.gate.provider import Source, Ticket
from chalicelib.gate.submissions import (
    fields_of,
    flattened,
    phones_of,
    submission_id,
    submission_ticket,
    unpacked,
)
from chalicelib.gate.tickets import fingerprint, phone_group
from chalicelib.gate.tokens import UrlTokenProvider
from chalicelib.gate.webhook import Webhook

WHATSAPP = ("contacts.whatsapp", "whatsapp")
"""A client may leave a phone there and nowhere else."""

EMAILS = ("contacts.email", "email")
QUIZZES = ("quiz.id", "quiz", "quiz.name")
"""What tells quizzes apart. The flat shape has a quiz's name and no id."""


class Marquiz(UrlTokenProvider):
    """JSON or a form, nested or flat."""

    def ticket(self, webhook: Webhook, source: Source) -> Ticket | None:
        """One client, one quiz, one moment; the client's phone keeps their order."""
        del source
        try:
            fields = quiz_fields(webhook, "replace")
            kind, value = quiz_id(fields, webhook.received_at)
        except (Unparsable, RecursionError):
            return submission_ticket(webhook)
        return Ticket(f"{kind}:{value}", _client_group(fields))


def quiz_fields(webhook: Webhook, undecodable: str = "strict") -> dict[str, object]:
    """The fields of a quiz, as ``fields_of`` gives them.

    Raises:
        Unparsable: as ``fields_of``.
    """
    return unpacked(fields_of(webhook, undecodable))


def quiz_id(fields: Mapping[str, object], received_at: datetime) -> tuple[str, str]:
    """What tells these answers from others: ``quiz``, or ``content`` if they tell no client or no moment."""
    texts = dict(flattened(fields))
    client = _client_group(fields) or _first(texts, EMAILS).strip().casefold()
    created = texts.get("created", "").strip()
    if not (client and created):
        return submission_id(fields, received_at)
    return "quiz", fingerprint(_first(texts, QUIZZES), client, created)[:32]


def _client_group(fields: Mapping[str, object]) -> str:
    phones = [*phones_of(fields)] or [*phones_of(fields, WHATSAPP)]
    return phone_group(*phones)


def _first(texts: Mapping[str, str], names: tuple[str, ...]) -> str:
    return next((texts[name] for name in names if texts.get(name)), "")


GATE = Marquiz()
