"""What SMSC says of one of our text messages. The names of its fields are unverified."""

import logging
from zoneinfo import ZoneInfo

from pydantic import Field

from chalicelib.events import SmsReceipt
from chalicelib.gate.form import form_texts
from chalicelib.gate.webhook import Webhook
from chalicelib.providers.reading import (
    Identifier,
    Payload,
    Reading,
    Secrets,
    SourceSettings,
    unreadable_content,
)
from chalicelib.sms.smsc_codes import standing_of

log = logging.getLogger(__name__)


class Settings(SourceSettings):
    """What a source of SMSC can set.

    Attributes:
        token: our own secret in the URL; a list while it is being replaced.
    """

    token: Secrets


class Receipt(Payload):
    """The fields that matter."""

    message_id: Identifier = Field(alias="id")
    status: Identifier
    error_code: str = Field(default="", alias="err", max_length=20)


def read(webhook: Webhook, settings: Settings, zone: ZoneInfo) -> Reading:
    """Read a receipt.

    Raises:
        Unreadable: ``wrong-encoding``, ``too-many-fields`` or ``unexpected-content``.
    """
    del settings, zone
    with unreadable_content():
        receipt = Receipt.model_validate(form_texts(webhook.body))
    standing = standing_of(receipt.status)
    if standing is None:
        log.warning("unknown status", extra={"source": webhook.source, "code": receipt.status[:50]})
        return Reading(note=f"unknown-status:{receipt.status[:50]}")
    event = SmsReceipt(
        gateway="smsc",
        message_id=receipt.message_id,
        status=standing.status,
        code=standing.code,
        is_number_wrong=standing.is_number_wrong,
        at=webhook.received_at,
    )
    return Reading((event,))
