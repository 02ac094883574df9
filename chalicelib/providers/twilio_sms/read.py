"""What Twilio says of a text message: a receipt of ours, or what a client wrote."""

import logging
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import Field

from chalicelib.config_types import PublicUrl
from chalicelib.events import SmsReceipt, SmsReceived
from chalicelib.gate.form import form_texts
from chalicelib.gate.webhook import Webhook
from chalicelib.phones import normalise
from chalicelib.providers.reading import (
    Identifier,
    Payload,
    Reading,
    Secrets,
    SourceSettings,
    unreadable_content,
)
from chalicelib.sms.twilio_codes import standing_of

LONGEST_TEXT = 5000
"""Characters. Twilio joins the parts of one message; ten of them have 1,530."""

log = logging.getLogger(__name__)


class Settings(SourceSettings):
    """What a source of Twilio Messaging can set.

    Attributes:
        auth_token: of the account, the primary one; a list while it is being replaced.
        url: this source's whole public URL, as Twilio calls it; a list while it changes. Our messages are
            sent with the first one as their ``StatusCallback``.
    """

    auth_token: Secrets
    url: PublicUrl | Annotated[tuple[PublicUrl, ...], Field(min_length=1)]


class Message(Payload):
    """The fields that matter."""

    message_id: Identifier = Field(alias="MessageSid")
    status: Identifier = Field(alias="MessageStatus")
    error_code: str = Field(default="", alias="ErrorCode", max_length=20)
    sender: str = Field(default="", alias="From", max_length=100)
    text: str = Field(default="", alias="Body", max_length=LONGEST_TEXT)
    media: str = Field(default="", alias="NumMedia", max_length=10)


def read(webhook: Webhook, settings: Settings, zone: ZoneInfo) -> Reading:
    """Read a receipt or a message.

    Raises:
        Unreadable: ``wrong-encoding``, ``too-many-fields`` or ``unexpected-content``.
    """
    del settings, zone
    with unreadable_content():
        message = Message.model_validate(_fields(webhook.body))
    if message.status == "received":
        return _received(message, webhook)
    standing = standing_of(message.status, message.error_code)
    if standing is None:
        log.warning("unknown status", extra={"source": webhook.source, "code": message.status[:50]})
        return Reading(note=f"unknown-status:{message.status[:50]}")
    receipt = SmsReceipt(
        gateway="twilio",
        message_id=message.message_id,
        status=standing.status,
        code=standing.code,
        is_number_wrong=standing.is_number_wrong,
        is_opted_out=standing.is_opted_out,
        at=webhook.received_at,
    )
    return Reading((receipt,))


def _fields(body: bytes) -> dict[str, str]:
    fields = form_texts(body)
    # Older names of the same values.
    for name, older in (("MessageSid", "SmsSid"), ("MessageStatus", "SmsStatus")):
        if not fields.get(name) and older in fields:
            fields[name] = fields[older]
    return fields


def _received(message: Message, webhook: Webhook) -> Reading:
    phone = normalise(message.sender, typed=False)
    if phone is None:
        return Reading(note="no-phone")
    received = SmsReceived(
        gateway="twilio",
        message_id=message.message_id,
        phone=phone,
        text=message.text,
        has_media=message.media not in {"", "0"},
        at=webhook.received_at,
    )
    return Reading((received,))
