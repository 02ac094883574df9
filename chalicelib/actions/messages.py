"""What is sent to clients, what becomes of it, and the files that they sent."""

from typing import ClassVar, Literal

from pydantic import AwareDatetime

from chalicelib.actions.base import Action
from chalicelib.events import FileDue, ReplyDue, Sms, SmsDeliveryDue, SmsDue, SmsReceipt, SmsReportDue


class RequestSms(Action):
    """Put a text message on the ``notify`` queue; a dead gateway must not hold up the CRM's work.

    Attributes:
        once: what makes the message unique, such as the parcel's arrival.
    """

    kind: Literal["request-sms"] = "request-sms"
    once: str
    due: SmsDue


class SendSms(Action):
    """Hand a text message to a gateway.

    Attributes:
        zone: where the client's clock stands and how we know, for the journal.
        gateway: which one; empty for the first one, in plans of a time when there was only one.
        tried: the gateways that surely did not deliver it.
        source: as in the :class:`chalicelib.events.SmsDue` that it is sent for.
        rule: likewise.
    """

    is_repeatable: ClassVar[bool] = False

    kind: Literal["send-sms"] = "send-sms"
    sms: Sms
    zone: str = ""
    gateway: str = ""
    tried: tuple[str, ...] = ()
    source: str = ""
    rule: str = ""


class AskDelivery(Action):
    """Ask a gateway what became of a text message, and see to what follows from it."""

    kind: Literal["ask-delivery"] = "ask-delivery"
    due: SmsDeliveryDue


class RecordDelivery(Action):
    """Remember what a gateway told of a text message, and see to what follows from it."""

    kind: Literal["record-delivery"] = "record-delivery"
    receipt: SmsReceipt


class RequestSmsReport(Action):
    """Put on the ``notify`` queue that the manager wants to read what became of a message."""

    kind: Literal["request-sms-report"] = "request-sms-report"
    due: SmsReportDue


class SuppressPhone(Action):
    """Send no text message to this phone any more, until its owner wants them again.

    Attributes:
        phone: E.164.
        reason: a short code of who said so, such as ``stop-message``.
    """

    kind: Literal["suppress-phone"] = "suppress-phone"
    phone: str
    reason: str


class AllowPhone(Action):
    """The owner of a suppressed phone wants our text messages again.

    Attributes:
        phone: E.164.
    """

    kind: Literal["allow-phone"] = "allow-phone"
    phone: str


class RequestReply(Action):
    """Put a reply on the ``notify`` queue; a dead messenger must not hold up the CRM's work.

    Attributes:
        once: what makes the reply unique.
    """

    kind: Literal["request-reply"] = "request-reply"
    once: str
    due: ReplyDue


class SendReply(Action):
    """Hand a text to a messenger.

    Attributes:
        source: in whose conversation.
        chat: which conversation.
        valid_until: after this moment it must not be sent.
    """

    is_repeatable: ClassVar[bool] = False

    kind: Literal["send-reply"] = "send-reply"
    source: str
    chat: str
    text: str
    valid_until: AwareDatetime


class RequestFile(Action):
    """Put a file on the ``notify`` queue; a dead messenger must not hold up the CRM's work.

    Attributes:
        once: what makes the file unique.
    """

    kind: Literal["request-file"] = "request-file"
    once: str
    due: FileDue


class AttachFile(Action):
    """Fetch a file from a messenger, and show it at an order in the CRM.

    Attributes:
        source: whose messenger has it.
        file_id: the messenger's id of it.
        name: as the client named it, or what kind of file it is.
    """

    kind: Literal["attach-file"] = "attach-file"
    source: str
    file_id: str
    name: str
    order_id: int
