"""What an update of a bot in MAX says: did a client write?"""

from datetime import UTC, datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from chalicelib.config_types import Url
from chalicelib.events import MessageReceived
from chalicelib.gate.form import json_value
from chalicelib.gate.webhook import Webhook
from chalicelib.providers.max.gate import NOTED, STARTED
from chalicelib.providers.max.message import Message, User
from chalicelib.providers.messengers import BotSettings, Millisecond, origin_of_mark
from chalicelib.providers.reading import (
    Identifier,
    Payload,
    Reading,
    unreadable_content,
)

DIALOG = "dialog"
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Settings(BotSettings):
    """What a MAX source can set besides.

    Attributes:
        api_url: of the Bot API.
    """

    api_url: Url = "https://platform-api2.max.ru"

    @property
    def authorization(self) -> dict[str, str]:
        """The header that proves who asks. It holds the token."""
        return {"Authorization": self.bot_token}


class Kind(Payload):
    """What every update has."""

    update_type: Identifier


class Created(Payload):
    """Somebody wrote."""

    update_type: Literal["message_created"]
    message: Message


class Started(Payload):
    """``bot_started``: somebody opened the chat."""

    timestamp: Millisecond
    chat_id: Identifier
    user: User
    payload: str = ""


def read(webhook: Webhook, settings: Settings, zone: ZoneInfo) -> Reading:
    """Read an update: one ``MessageReceived``, or a note why nobody wrote to the shop.

    Args:
        webhook: as the gate let it in.
        settings: of the source.
        zone: of no use here: MAX's times are epoch milliseconds.

    Raises:
        Unreadable: ``wrong-encoding``, ``broken-json`` or ``unexpected-content``.
    """
    del settings, zone
    with unreadable_content():
        content = json_value(webhook.body)
        kind = Kind.model_validate(content).update_type
        if kind in NOTED:
            return Reading(note=f"no-message:{kind}")
        if kind == STARTED:
            return _started(Started.model_validate(content))
        return _created(Created.model_validate(content).message)


def _created(message: Message) -> Reading:
    if message.recipient.chat_type != DIALOG:
        return Reading(note="not-private")
    if message.sender is not None and message.sender.is_bot:
        return Reading(note="own-message")
    written, files = message.written, message.attachments
    if not (written or files):
        return Reading(note="service-message")
    received = MessageReceived(
        message_id=message.id,
        medium="max",
        chat=message.recipient.chat_id,
        name=message.sender.name if message.sender else "",
        phone=message.clients_phone,
        text=written,
        attachments=files,
        at=_moment(message.timestamp),
    )
    return Reading((received,))


def _started(start: Started) -> Reading:
    origin = origin_of_mark(start.payload)
    received = MessageReceived(
        message_id=f"{start.chat_id}:start:{start.timestamp}",
        medium="max",
        chat=start.chat_id,
        name=start.user.name,
        text="",
        attribution=origin.attribution,
        landing_page=origin.landing_page,
        visitor_ids=origin.visitor_ids,
        at=_moment(start.timestamp),
    )
    return Reading((received,))


def _moment(milliseconds: int) -> datetime:
    return EPOCH + timedelta(milliseconds=milliseconds)
