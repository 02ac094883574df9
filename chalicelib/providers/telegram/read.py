"""What an update of a bot says: did a client write, or somebody of the shop?

Facts are from Telegram's documentation of the Bot API (core.telegram.org/bots/api).
"""

import re
from datetime import UTC, datetime
from urllib.parse import quote
from zoneinfo import ZoneInfo

from chalicelib.config_types import Url
from chalicelib.errors import Unreadable
from chalicelib.events import MessageAnswered, MessageReceived
from chalicelib.gate.form import json_value
from chalicelib.gate.webhook import Webhook
from chalicelib.providers.messengers import BotSettings, origin_of_mark
from chalicelib.providers.reading import (
    Identifier,
    Payload,
    Reading,
    unreadable_content,
)
from chalicelib.providers.telegram.gate import MESSAGES, kind_of
from chalicelib.providers.telegram.message import Message

PRIVATE = "private"

_START = re.compile(r"/start(?:@\w+)?(?:\s+(\S+))?\s*", re.ASCII)
_USERNAME = re.compile(r"[A-Za-z0-9_]{1,32}", re.ASCII)


class Settings(BotSettings):
    """What a Telegram source can set besides.

    Attributes:
        api_url: of the Bot API.
    """

    api_url: Url = "https://api.telegram.org"

    def method_url(self, method: str) -> str:
        """Where the bot is asked. It holds the token."""
        return f"{self.api_url}/bot{self.bot_token}/{method}"

    def file_url(self, path: str) -> str:
        """Where a file is. It holds the token, too."""
        return f"{self.api_url}/file/bot{self.bot_token}/{quote(path)}"


class Update(Payload):
    """The body of a webhook."""

    update_id: Identifier
    message: Message | None = None
    business_message: Message | None = None


def read(webhook: Webhook, settings: Settings, zone: ZoneInfo) -> Reading:
    """Read an update: who wrote to whom, or a note why nobody did.

    Args:
        webhook: as the gate let it in.
        settings: of the source.
        zone: of no use here: Telegram's times are epoch seconds.

    Raises:
        Unreadable: ``wrong-encoding``, ``broken-json`` or ``unexpected-content``.
    """
    del settings, zone
    with unreadable_content():
        content = json_value(webhook.body)
        kind = kind_of(content)
        if kind and kind not in MESSAGES:
            return Reading(note=f"no-message:{kind}")
        update = Update.model_validate(content)
    message = update.message or update.business_message
    if message is None:
        raise Unreadable("unexpected-content", "an update of no kind")
    if message.chat.type != PRIVATE:
        return Reading(note="not-private")
    if message.is_programs:
        return Reading(note="own-message")
    if message.is_shops:
        return Reading((MessageAnswered(chat=message.conversation, at=_moment(message)),))
    return _received(message)


def _received(message: Message) -> Reading:
    files, written = message.attachments, message.written
    if not (written or files):
        return Reading(note="service-message")
    start = _START.fullmatch(written)
    origin = origin_of_mark((start and start[1]) or "")
    received = MessageReceived(
        message_id=message.id,
        medium="telegram",
        chat=message.conversation,
        name=message.client.name,
        phone=message.clients_phone,
        text="" if start else written,
        attachments=files,
        chat_url=_chat_url(message.client.username),
        attribution=origin.attribution,
        landing_page=origin.landing_page,
        visitor_ids=origin.visitor_ids,
        at=_moment(message),
    )
    return Reading((received,))


def _moment(message: Message) -> datetime:
    return datetime.fromtimestamp(message.date, UTC)


def _chat_url(username: str) -> str:
    return f"https://t.me/{username}" if _USERNAME.fullmatch(username) else ""
