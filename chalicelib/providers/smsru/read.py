"""What SMS.ru says of our text messages: entries of four lines each."""

import logging
from datetime import UTC, datetime
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import Field

from chalicelib.errors import Unreadable
from chalicelib.events import SmsReceipt
from chalicelib.gate.form import form_fields
from chalicelib.gate.webhook import Webhook
from chalicelib.providers.reading import (
    FIRST_PLAUSIBLE_SECOND,
    LAST_PLAUSIBLE_SECOND,
    Identifier,
    Payload,
    Reading,
    Secrets,
    SourceSettings,
    unreadable_content,
)
from chalicelib.providers.smsru.entries import SMS_STATUS
from chalicelib.providers.smsru.gate import entries_of
from chalicelib.sms.smsru_codes import standing_of

LINES = ("kind", "message_id", "status", "at")
log = logging.getLogger(__name__)


class Settings(SourceSettings):
    """What a source of SMS.ru can set.

    Attributes:
        api_id: of the account, as the gateway has it; a list while it is being replaced.
    """

    api_id: Secrets


class Entry(Payload):
    """One receipt: ``sms_status``, the message's id, its status and a Unix time, a line each."""

    message_id: Identifier
    status: Identifier
    at: Annotated[int, Field(ge=FIRST_PLAUSIBLE_SECOND, le=LAST_PLAUSIBLE_SECOND)]


def read(webhook: Webhook, settings: Settings, zone: ZoneInfo) -> Reading:
    """Read all entries of a request.

    Raises:
        Unreadable: ``wrong-encoding`` or ``unexpected-content``: then none of them is read.
    """
    del settings, zone
    with unreadable_content():
        entries = entries_of(form_fields(webhook.body))
    receipts = [receipt for entry in entries if (receipt := _receipt(entry, webhook)) is not None]
    return Reading(tuple(receipts), "" if receipts else "nothing-known")


def _receipt(entry: bytes, webhook: Webhook) -> SmsReceipt | None:
    """The receipt in an entry; None for another kind of entry and for an unknown status."""
    try:
        lines = entry.decode().split()
    except UnicodeDecodeError:
        raise Unreadable("wrong-encoding") from None
    if not lines or lines[0] != SMS_STATUS.decode():
        return None
    with unreadable_content():
        said = Entry.model_validate(dict(zip(LINES, lines, strict=False)))
    standing = standing_of(said.status)
    if standing is None:
        log.warning("unknown status", extra={"source": webhook.source, "code": said.status[:50]})
        return None
    return SmsReceipt(
        gateway="smsru",
        message_id=said.message_id,
        status=standing.status,
        code=standing.code,
        is_number_wrong=standing.is_number_wrong,
        at=datetime.fromtimestamp(said.at, UTC),
    )
