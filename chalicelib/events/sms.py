"""Text messages to clients: asked for, sent, delivered, answered."""

from decimal import Decimal
from enum import StrEnum
from typing import Literal

from pydantic import AwareDatetime

from chalicelib.events.base import Event
from chalicelib.events.parcels import ParcelStillAt


class OrderStillIn(Event):
    """A condition on a message: the order still has this status in the CRM.

    Attributes:
        order_id: the CRM's id.
        status: the status's code in the CRM.
    """

    order_id: int
    status: str


class Sms(Event):
    """A text message to a client.

    Attributes:
        phone: E.164.
        text: the rendered text.
        template: its template's name, for journal and reports.
        not_before: before this moment it must not be sent: later news may be on its way.
        valid_until: after this moment it must not be sent.
        only_if: what must still be true at that moment; None if nothing can outdate it.
        order_id: the CRM's id of the order that it is about; None if it is about none.
        order_number: the order's number.
        city: where the order is delivered; empty if unknown. With ``region`` it tells the client's time.
        region: likewise, as the CRM writes it.
        is_marketing: True if it needs the client's consent.
        is_urgent: True if it may be sent in hours that are quiet for what is not.
        customer_id: the CRM's id of the client, where it is about no order.
        memory: the key of the document that remembers what was sent, such as ``told:order:12``; empty if it
            need not be remembered.
        not_if_told_since: it is not sent if this text was sent since then; None for ever.
    """

    phone: str
    text: str
    template: str
    not_before: AwareDatetime
    valid_until: AwareDatetime
    only_if: ParcelStillAt | OrderStillIn | None = None
    order_id: int | None = None
    order_number: str = ""
    city: str = ""
    region: str = ""
    is_marketing: bool = False
    is_urgent: bool = False
    customer_id: int | None = None
    memory: str = ""
    not_if_told_since: AwareDatetime | None = None


class SmsDue(Event):
    """A text message is due. Travels on the ``notify`` queue.

    Attributes:
        source: whose event asked for it.
        rule: the kind of that event: in observe mode nothing is sent.
        tried: the gateways that surely did not deliver it.
    """

    kind: Literal["sms-due"] = "sms-due"
    sms: Sms
    source: str
    rule: str
    tried: tuple[str, ...] = ()


class SmsDeliveryDue(Event):
    """A text message should have been delivered by now. Travels on the ``notify`` queue.

    Attributes:
        gateway: which one has it.
        message_id: the gateway's id of it.
        phone: to whom it went, E.164.
        check_at: when to look.
        looks: how often we have looked already.
        source: as in the :class:`SmsDue` that it was sent for.
        rule: likewise.
    """

    kind: Literal["sms-delivery-due"] = "sms-delivery-due"
    gateway: str
    message_id: str
    phone: str
    check_at: AwareDatetime
    looks: int = 0
    source: str
    rule: str


class SmsUndelivered(Event):
    """No gateway could deliver a text message: somebody should phone the client instead.

    Attributes:
        gateway: the last one that tried.
        code: its code of what went wrong; empty if it told none.
        is_number_wrong: whether no gateway can reach this number.
        source: as in the :class:`SmsDue` that it was sent for.
        rule: likewise.
        noticed_at: when we heard of it.
    """

    kind: Literal["sms-undelivered"] = "sms-undelivered"
    sms: Sms
    gateway: str
    code: str = ""
    is_number_wrong: bool = False
    source: str
    rule: str
    noticed_at: AwareDatetime


class MessageStatus(StrEnum):
    """What became of a text message, in one vocabulary for all gateways."""

    QUEUED = "queued"
    SENT = "sent"
    """The operator has it. Some operators never say more."""
    UNKNOWN = "unknown"
    REJECTED = "rejected"
    """The gateway or the operator did not want to deliver it."""
    EXPIRED = "expired"
    FAILED = "failed"
    DELIVERED = "delivered"

    @property
    def rank(self) -> int:
        """Receipts come in any order: of two the one with the higher rank is true."""
        return list(MessageStatus).index(self)

    @property
    def is_final(self) -> bool:
        """Whether nothing more is to be expected."""
        return self.rank >= MessageStatus.REJECTED.rank

    @property
    def is_failure(self) -> bool:
        """Whether the client surely does not have it, and won't."""
        return self.is_final and self is not MessageStatus.DELIVERED


class Price(Event):
    """What a gateway takes for a text message.

    Attributes:
        amount: not negative.
        currency: ISO 4217, such as ``USD``; empty where the gateway takes it for granted.
    """

    amount: Decimal
    currency: str = ""


class Delivery(Event):
    """What became of a text message that a gateway has taken.

    Attributes:
        gateway: which one.
        status: the furthest that we heard of; None if nothing was told yet.
        price: what it took; None if it does not tell.
    """

    gateway: str
    status: MessageStatus | None = None
    price: Price | None = None


class SmsDelivered(Event):
    """A message reached a client about whom somebody has a task of ours, because an earlier one did not.

    Attributes:
        phone: E.164.
        order_id: the order that the message is about; None for a message about none.
        sent_at: when a gateway took it.
        delivered_at: when we heard that it arrived.
        source: as in :class:`SmsDue`.
        rule: likewise.
    """

    kind: Literal["sms-delivered"] = "sms-delivered"
    phone: str
    order_id: int | None = None
    sent_at: AwareDatetime
    delivered_at: AwareDatetime
    source: str = ""
    rule: str = ""


class SmsReceipt(Event):
    """A gateway tells what became of a text message. Receipts come in any order, and repeatedly.

    Attributes:
        gateway: which one tells it.
        message_id: its id of the message.
        status: what became of it.
        code: its own code of what went wrong; empty if nothing did.
        is_number_wrong: whether no gateway can reach this number.
        is_opted_out: whether its owner wants no messages of ours.
        at: when that was.
    """

    kind: Literal["sms-receipt"] = "sms-receipt"
    gateway: str
    message_id: str
    status: MessageStatus
    code: str = ""
    is_number_wrong: bool = False
    is_opted_out: bool = False
    at: AwareDatetime


class SmsReceived(Event):
    """A client wrote to us.

    Attributes:
        gateway: through which gateway.
        message_id: its id of the message.
        phone: the client in E.164.
        text: what they wrote; may be empty if they sent a picture.
        has_media: whether a picture or the like came with it.
        at: when it came in.
    """

    kind: Literal["sms-received"] = "sms-received"
    gateway: str
    message_id: str
    phone: str
    text: str
    has_media: bool = False
    at: AwareDatetime


class MessageWanted(Event):
    """A person, or a trigger in the CRM, wants a client to get one of the shop's texts.

    Attributes:
        template: its name, such as ``promotion``.
        order_id: the CRM's id of the order that it is about; None if there is only a number, or no order.
        customer_id: the CRM's id of the client, where it is about no order.
        at: when it was wanted.
    """

    kind: Literal["message-wanted"] = "message-wanted"
    template: str
    order_id: int | None = None
    order_number: str = ""
    customer_id: int | None = None
    at: AwareDatetime


class SmsReportDue(Event):
    """The manager is due to read what became of a message that was wanted. Travels on the ``notify`` queue.

    Attributes:
        sms_entry: the journal entry of the message.
        customer_id: whose card it is written on.
        rule: the kind of the event that asked for the message: in observe mode nothing is written.
    """

    kind: Literal["sms-report-due"] = "sms-report-due"
    sms_entry: str
    template: str
    order_number: str = ""
    customer_id: int
    rule: Literal["message-wanted"] = "message-wanted"
