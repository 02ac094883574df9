"""Telegram at the door: the secret that was given to ``setWebhook`` comes back in a header."""

from collections.abc import Mapping

from chalicelib.gate.form import json_mapping
from chalicelib.gate.provider import Source, Ticket
from chalicelib.gate.tickets import content_ticket, is_id
from chalicelib.gate.tokens import HeaderSecretProvider
from chalicelib.gate.webhook import Webhook

MESSAGES = ("message", "business_message")
NOTED = (
    "edited_message",
    "edited_business_message",
    "deleted_business_messages",
    "business_connection",
    "channel_post",
    "edited_channel_post",
    "callback_query",
    "my_chat_member",
)
"""Kinds of updates that make nothing, but which somebody may ask about. Others are forgotten."""


class Telegram(HeaderSecretProvider):
    """JSON: an ``update_id``, and what happened under the name of its kind."""

    header = "x-telegram-bot-api-secret-token"

    def ticket(self, webhook: Webhook, source: Source) -> Ticket | None:
        """Keep messages, what is noted, and whatever does not say what it is."""
        update = json_mapping(webhook.body)
        kind = kind_of(update)
        if kind in NOTED or not update.keys() - {"update_id"}:
            return content_ticket(webhook)
        if not kind:
            return None
        return _message_ticket(update.get("update_id"), update[kind], source) or content_ticket(webhook)


def kind_of(update: object) -> str:
    """Which of the kinds that we know this update is; empty if none."""
    if not isinstance(update, Mapping):
        return ""
    return next((kind for kind in (*MESSAGES, *NOTED) if kind in update), "")


def _message_ticket(update_id: object, message: object, source: Source) -> Ticket | None:
    """The ticket of a message; None if a part of its identity is missing.

    An ``update_id`` alone is not enough: after a week without updates Telegram goes on from a random one.
    """
    chat = message.get("chat") if isinstance(message, Mapping) else None
    if not isinstance(message, Mapping) or not isinstance(chat, Mapping):
        return None
    identity = (update_id, chat.get("id"), message.get("message_id"), message.get("date"))
    if not all(map(is_id, identity)):
        return None
    return Ticket(":".join(map(str, identity)), f"chat:{source.name}:{chat['id']}")


GATE = Telegram()
