"""MAX at the door: the secret of the subscription comes back in a header."""

from collections.abc import Mapping

from chalicelib.gate.form import json_mapping
from chalicelib.gate.provider import Source, Ticket
from chalicelib.gate.tickets import content_ticket, is_id
from chalicelib.gate.tokens import HeaderSecretProvider
from chalicelib.gate.webhook import Webhook

CREATED, STARTED = "message_created", "bot_started"
FORWARDED = "forwarded"
NOTED = frozenset({"message_callback", "message_edited", "message_removed", "bot_stopped"})
"""Kinds of updates that make nothing, but which somebody may ask about. Others are forgotten."""


class Max(HeaderSecretProvider):
    """JSON with ``update_type``. Whatever is authentic gets exactly 200: MAX repeats after all else."""

    header = "x-max-bot-api-secret"

    def ticket(self, webhook: Webhook, source: Source) -> Ticket | None:
        """Keep messages, what is noted, and whatever does not say what it is."""
        update = json_mapping(webhook.body)
        kind = update.get("update_type")
        if not isinstance(kind, str) or not kind or kind in NOTED:
            return content_ticket(webhook)
        if kind == CREATED:
            return _message_ticket(update.get("message"), source) or content_ticket(webhook)
        if kind == STARTED:
            return _start_ticket(update, source) or content_ticket(webhook)
        return None


def _message_ticket(message: object, source: Source) -> Ticket | None:
    """The ticket of a message; None if nothing tells it from others.

    One that only forwards another may have no id: then chat, moment and the other one's id have to do.
    """
    chat, at = _at(message, "recipient", "chat_id"), _at(message, "timestamp")
    message_id = _at(message, "body", "mid")
    if is_id(message_id):
        return Ticket(f"{CREATED}:{message_id}", _group(source, chat))
    identity = (chat, at, _at(message, "link", "message", "mid"))
    if not all(map(is_id, identity)):
        return None
    return Ticket(":".join((FORWARDED, *map(str, identity))), _group(source, chat))


def _at(content: object, *path: str) -> object:
    """What stands there in nested objects; None if nothing does."""
    for name in path:
        content = content.get(name) if isinstance(content, Mapping) else None
    return content


def _start_ticket(update: Mapping[str, object], source: Source) -> Ticket | None:
    """The ticket of a press of "Start": the chat and the moment, for it has no id."""
    chat, at = update.get("chat_id"), update.get("timestamp")
    return Ticket(f"{STARTED}:{chat}:{at}", _group(source, chat)) if is_id(chat) and is_id(at) else None


def _group(source: Source, chat: object) -> str:
    return f"chat:{source.name}:{chat}" if is_id(chat) else ""


GATE = Max()
