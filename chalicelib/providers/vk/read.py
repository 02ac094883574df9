"""What an event of VK's Callback API says: a client's message, or a lead form.

Facts are from dev.vk.com, "Callback API".
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, SecretStr
from pydantic import Field as Setting

from chalicelib.config_types import Url
from chalicelib.errors import Unreadable
from chalicelib.events import MessageAnswered, MessageReceived
from chalicelib.gate.form import json_value
from chalicelib.gate.webhook import Webhook
from chalicelib.providers.reading import (
    Payload,
    Reading,
    Secrets,
    SourceSettings,
    unreadable_content,
)
from chalicelib.providers.vk.gate import LEAD, MESSAGE, REPLY, about, identity
from chalicelib.providers.vk.lead import Lead
from chalicelib.providers.vk.message import Message


def _plain(secrets: Secrets) -> Secrets:
    """Nothing that JSON would write otherwise: it is looked for as it stands."""
    texts = (secrets,) if isinstance(secrets, str) else secrets
    if not all(text.isascii() and text.isalnum() for text in texts):
        raise ValueError("a secret of VK's has Latin letters and digits only")
    return secrets


class Settings(SourceSettings):
    """What a VK source can set.

    Attributes:
        group_id: the community's number.
        secret: the secret key that was entered in VK; a list while it is being replaced.
        confirmation: the string that VK wants to hear while the address is entered.
        token: of the community, with the right to messages; without it clients get no replies.
        api_url: of VK's API.
    """

    group_id: Annotated[str, Setting(pattern=r"^[0-9]{1,20}$")]
    secret: Annotated[Secrets, AfterValidator(_plain)]
    confirmation: Secrets
    token: SecretStr | None = None
    api_url: Url = "https://api.vk.com"

    @property
    def can_reply(self) -> bool:
        """Whether the community may write."""
        return bool(self.community_token)

    @property
    def community_token(self) -> str:
        """The token; empty if there is none."""
        return self.token.get_secret_value() if self.token else ""


class Event(Payload):
    """The body of a webhook."""

    type: Annotated[str, Setting(pattern=r"^[a-z_]{1,60}$")]
    group_id: Annotated[str, Setting(default="", pattern=r"^[0-9]{1,20}$")]


def read(webhook: Webhook, settings: Settings, zone: ZoneInfo) -> Reading:
    """Read an event: who wrote to whom, or ``LeadSubmitted``, or a note why it is neither.

    Raises:
        Unreadable: ``wrong-encoding``, ``broken-json``, ``unexpected-content``, ``too-many-fields``
            or ``empty``.
    """
    del settings, zone  # VK's times are epoch seconds.
    with unreadable_content():
        content = json_value(webhook.body)
        event = Event.model_validate(content)
        if event.type not in (MESSAGE, REPLY, LEAD) or not isinstance(content, Mapping):
            return Reading(note=f"other-event:{event.type}")
        event_id = identity(content)
        if not event_id:
            raise Unreadable("unexpected-content", "neither an id of its own nor of the event")
        if event.type == LEAD:
            return Reading((Lead.model_validate(about(content)).submitted(event_id, webhook.received_at),))
        message = Message.model_validate(about(content))
    if event.type == REPLY:
        return _answered(message)
    return _message(message, event_id, event.group_id)


def _message(message: Message, message_id: str, group_id: str) -> Reading:
    if message.why_not:
        return Reading(note=message.why_not)
    received = MessageReceived(
        message_id=message_id,
        medium="vk",
        chat=message.chat,
        text=message.words,
        attachments=tuple(message.files),
        chat_url=f"https://vk.com/gim{group_id}?sel={message.chat}" if group_id else "",
        **message.origin._asdict(),
        at=_moment(message),
    )
    return Reading((received,))


def _answered(message: Message) -> Reading:
    if message.is_group_chat:
        return Reading(note="group-chat")
    return Reading((MessageAnswered(chat=message.chat, at=_moment(message)),))


def _moment(message: Message) -> datetime:
    return datetime.fromtimestamp(message.date, UTC)
