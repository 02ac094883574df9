"""What happened, in the shop's words. Providers make events; the playbook turns them into actions."""

from datetime import UTC, time, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict

Severity = Literal["critical", "warning", "info"]
IncidentWord = Literal["began", "still", "escalated", "acknowledged", "ended", "flapping"]
AlertState = Literal["firing", "acknowledged", "resolved", "note"]


class Event(BaseModel):
    """Something that happened. Frozen; times are aware and in UTC."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class CallMissed(Event):
    """A client called and nobody talked to them.

    Attributes:
        call_id: the provider's id of the whole call, the same for each of its legs.
        phone: the caller in E.164, None if the number is hidden.
        line: our own number that was called, as the provider writes it; empty if unknown.
        called_at: when the call came in.
        is_final: False if another leg of the same call may still be answered, or may have been: an answer
            that is told within a minute then outweighs this.
    """

    kind: Literal["call-missed"] = "call-missed"
    call_id: str
    phone: str | None
    line: str = ""
    called_at: AwareDatetime
    is_final: bool = True


class CallAnswered(Event):
    """Somebody of the shop and a client talked to each other, whoever called.

    Attributes:
        call_id: the provider's id of the whole call, the same for each of its legs.
        phone: the client in E.164, None if the number is hidden.
        line: our own number, as the provider writes it; empty if unknown.
        direction: ``inbound`` if the client called.
        called_at: when the call began.
        answered_at: when they began to talk; None if the provider does not tell.
        talked: for how long; None if the provider does not tell.
        employee: who talked to the client, as the provider writes it: an extension or a name; empty if
            unknown.
        recording_url: where the recording is; empty if there is none, or not yet.
    """

    kind: Literal["call-answered"] = "call-answered"
    call_id: str
    phone: str | None
    line: str = ""
    direction: Literal["inbound", "outbound"]
    called_at: AwareDatetime
    answered_at: AwareDatetime | None = None
    talked: timedelta | None = None
    employee: str = ""
    recording_url: str = ""


class CallRecorded(Event):
    """The recording of a call is there; it may come before or after the call's own event.

    Attributes:
        call_id: the provider's id of the whole call.
        recording_url: where it is.
    """

    kind: Literal["call-recorded"] = "call-recorded"
    call_id: str
    recording_url: str


class LeadItem(Event):
    """One line of a cart. ``price`` is for one piece."""

    name: str
    quantity: Decimal = Decimal(1)
    price: Decimal = Decimal(0)
    sku: str = ""


class Attribution(Event):
    """Where the client came from: the five ``utm_`` values, empty where unknown."""

    source: str = ""
    medium: str = ""
    campaign: str = ""
    keyword: str = ""
    content: str = ""


class CallTracked(Event):
    """What call tracking knows of a caller's visit; it may come before or after the call's own event.

    Attributes:
        call_id: the sender's id of the call.
        phone: the caller in E.164, None if the number is hidden.
        attribution: where the client came from; ``keyword`` is what they searched for.
        landing_page: the address of the page that showed the number.
        referrer: from which page they came there.
        visitor_ids: the visitor's ids by system, such as ``("yandex", "1700000000123456789")``.
        called_at: when the call began.
    """

    kind: Literal["call-tracked"] = "call-tracked"
    call_id: str
    phone: str | None
    attribution: Attribution = Attribution()
    landing_page: str = ""
    referrer: str = ""
    visitor_ids: tuple[tuple[str, str], ...] = ()
    called_at: AwareDatetime


class LeadSubmitted(Event):
    """A client sent a form or a cart on a landing page.

    Attributes:
        lead_id: the sender's id of the submission.
        form: what tells forms apart, such as the form's id; used to recognise a repeat.
        form_name: the form's name for people.
        phone: E.164, None if what was typed is no usable phone.
        phone_typed: what was typed as the phone, unchanged.
        number: the order's number that the client saw; empty for a plain form.
        items: the cart; empty for a plain form.
        total: the sum that the client saw, after discount and with delivery; None for a plain form.
        is_paid: True if the client has paid on the site, as far as the sender tells.
        answers: each further field with its label, as the client filled it in.
        landing_page: the address of the page with the form; empty if unknown.
        referrer: from which page the client came there.
        visitor_ids: the visitor's ids and the advertisement's click ids by system, such as
            ``("yclid", "1700000000000000001")``.
        submitted_at: when we received it, unless the sender tells its own time.
    """

    kind: Literal["lead-submitted"] = "lead-submitted"
    lead_id: str
    form: str
    form_name: str = ""
    name: str = ""
    phone: str | None = None
    phone_typed: str = ""
    email: str = ""
    number: str = ""
    items: tuple[LeadItem, ...] = ()
    total: Decimal | None = None
    is_paid: bool = False
    discount: Decimal = Decimal(0)
    delivery_name: str = ""
    delivery_cost: Decimal = Decimal(0)
    delivery_address: str = ""
    payment: str = ""
    promocode: str = ""
    answers: tuple[tuple[str, str], ...] = ()
    attribution: Attribution = Attribution()
    landing_page: str = ""
    referrer: str = ""
    visitor_ids: tuple[tuple[str, str], ...] = ()
    submitted_at: AwareDatetime


class Attachment(Event):
    """A file that came with a message.

    Attributes:
        name: the file's name, or what kind of file it is where it has none: ``photo``, ``voice``.
        url: where who reads the CRM can open it; empty if there is no such place without a secret.
        size: in bytes; None if unknown.
        file_id: by which the messenger gives us the file, where it gives it to nobody else; else empty.
    """

    name: str
    url: str = ""
    size: int | None = None
    file_id: str = ""


class MessageReceived(Event):
    """A client wrote to us in a messenger, or a letter.

    Attributes:
        message_id: the sender's id of the message.
        medium: where they wrote; ``site`` is a chat on the shop's own pages.
        chat: tells the conversations of one source apart: the chat's id; of a letter, its sender's address.
        name: how they call themselves; empty if unknown.
        phone: the client in E.164, None if the messenger does not tell.
        email: the sender's address of a letter; else empty.
        subject: of a letter; else empty.
        text: what they wrote; may be empty if they sent a file.
        attachments: the files that came with it.
        chat_url: where who reads the CRM can open the conversation; empty if there is no such place.
        attribution: where the client came from, if the messenger tells.
        landing_page: likewise, the page on which they began to write.
        referrer: from which page the client came there.
        visitor_ids: as in :class:`LeadSubmitted`.
        at: when they wrote.
    """

    kind: Literal["message-received"] = "message-received"
    message_id: str
    medium: Literal["telegram", "vk", "max", "whatsapp", "site", "mail"]
    chat: str
    name: str = ""
    phone: str | None = None
    email: str = ""
    subject: str = ""
    text: str
    attachments: tuple[Attachment, ...] = ()
    chat_url: str = ""
    attribution: Attribution = Attribution()
    landing_page: str = ""
    referrer: str = ""
    visitor_ids: tuple[tuple[str, str], ...] = ()
    at: AwareDatetime


class MessageAnswered(Event):
    """Somebody of the shop wrote to a client in their conversation, past Leadkeeper.

    Attributes:
        chat: which conversation, as :class:`MessageReceived` names it.
        at: when they wrote.
    """

    kind: Literal["message-answered"] = "message-answered"
    chat: str
    at: AwareDatetime


class ReplyDue(Event):
    """A client is due to be asked for what is missing of their request. Travels on the ``notify`` queue.

    What it says is decided when it is sent: they may have written on.

    Attributes:
        source: in whose conversation.
        chat: which conversation.
        request: the id of the message that began the request.
        rule: the kind of its event: in observe mode nothing is sent.
    """

    kind: Literal["reply-due"] = "reply-due"
    source: str
    chat: str
    request: str
    rule: Literal["message-received"] = "message-received"


class FileDue(Event):
    """A file that a client sent is due to be shown in the CRM. Travels on the ``notify`` queue.

    Attributes:
        source: in whose conversation.
        chat: which conversation.
        sent_at: when the client sent it; of the messenger's clock, as the order that it made has it.
        file_id: as the :class:`Attachment` has it.
        name: likewise.
        order_id: the order that its message was about; None if it made one.
        rule: the kind of its event: in observe mode nothing is done.
    """

    kind: Literal["file-due"] = "file-due"
    source: str
    chat: str
    sent_at: AwareDatetime
    file_id: str
    name: str
    order_id: int | None = None
    rule: Literal["message-received"] = "message-received"


class RequestDated(Event):
    """A client has told until when they want what they ask for.

    Attributes:
        source: in whose conversation.
        chat: which conversation.
        message_id: by which message.
        rule: the kind of its event: in observe mode nothing is made of it.
        at: when they wrote it.
    """

    kind: Literal["request-dated"] = "request-dated"
    source: str
    chat: str
    message_id: str
    rule: Literal["message-received"] = "message-received"
    at: AwareDatetime


class ParcelStatus(StrEnum):
    """The one vocabulary for all couriers."""

    CREATED = "created"
    IN_TRANSIT = "in_transit"
    IN_CITY = "in_city"
    COURIER = "courier"
    ATTEMPT_FAILED = "attempt_failed"
    WAITING = "waiting"
    DELIVERED = "delivered"
    PARTIAL = "partial"
    RETURNING = "returning"
    RETURNED = "returned"
    CANCELLED = "cancelled"
    LOST = "lost"
    PROBLEM = "problem"


SAME_DATE_EVERYWHERE = time(9, tzinfo=UTC)
"""An hour of a day that has the same date on the clocks of all clients from Greenwich to Kamchatka."""

FINAL_PARCEL_STATUSES = frozenset(
    {
        ParcelStatus.DELIVERED,
        ParcelStatus.PARTIAL,
        ParcelStatus.RETURNED,
        ParcelStatus.CANCELLED,
        ParcelStatus.LOST,
    }
)


PARCEL_TROUBLES = frozenset(
    {
        ParcelStatus.ATTEMPT_FAILED,
        ParcelStatus.PARTIAL,
        ParcelStatus.RETURNING,
        ParcelStatus.LOST,
        ParcelStatus.PROBLEM,
    }
)
"""What somebody of the shop should do something about."""


class ParcelReason(StrEnum):
    """Why a parcel does not reach its client, in one vocabulary for all couriers."""

    REFUSED = "refused"
    """The client does not want it, and nobody knows why."""
    CHANGED_MIND = "changed_mind"
    BOUGHT_ELSEWHERE = "bought_elsewhere"
    ORDERED_BY_MISTAKE = "ordered_by_mistake"
    DID_NOT_SUIT = "did_not_suit"
    NO_MONEY = "no_money"
    REFUSES_TO_PAY = "refuses_to_pay"
    TOO_LATE = "too_late"
    BAD_QUALITY = "bad_quality"
    WRONG_GOODS = "wrong_goods"
    """Not what was ordered, or not all of it."""
    DAMAGED = "damaged"
    ABSENT = "absent"
    """Nobody was there."""
    NO_ANSWER = "no_answer"
    WRONG_PHONE = "wrong_phone"
    WRONG_ADDRESS = "wrong_address"
    MOVED_AWAY = "moved_away"
    """The client wants it at another address, or does not live there."""
    CLOSED = "closed"
    """The organisation where it should be handed over."""
    NO_ENTRY = "no_entry"
    """Whoever brings it needs a pass, or a code of the door."""
    NO_DOCUMENT = "no_document"
    LOCKER_FULL = "locker_full"
    LOCKER_BROKEN = "locker_broken"
    DOES_NOT_FIT = "does_not_fit"
    """Into the locker's cell."""
    NOT_SERVED = "not_served"
    """The courier does not go there."""
    COURIER_LATE = "courier_late"
    STORAGE_OVER = "storage_over"
    CUSTOMS = "customs"
    NOT_FOUND = "not_found"
    """The courier looks for it."""
    LOST = "lost"
    DISPOSED = "disposed"
    """Nobody came for it, and it was destroyed or sold."""
    BAD_DATA = "bad_data"
    """The courier does not take it, as what it was told of it is wrong."""
    ASKED_BY_SHOP = "asked_by_shop"
    OTHER = "other"


class ParcelMoved(Event):
    """A courier set, or withdrew, a status of a client's parcel.

    Attributes:
        parcel_id: the courier's id of the parcel.
        track_number: the number that a client can track, empty if the courier did not give one yet.
        order_number: the shop's number of the order, empty if the courier did not tell it.
        status: what it means.
        code: the courier's own code.
        at: when the courier set the status, by its clock.
        withdrawn: True if the courier takes this status back.
        city: where, as the courier writes it.
        keep_until: until when the parcel waits free of charge, if the courier tells. Of a day whose end is
            not known more exactly it is ``SAME_DATE_EVERYWHERE``.
        is_extended: True if it waits longer than told before, and the courier does not tell until when.
        collected_with: where the courier does not tell for whom a parcel waits, the CRM's codes of the ways
            of delivery with which the client collects it; with others it is brought. None if it tells.
        reason: why it does not reach the client, if it does not and the courier tells.
        reason_words: what the courier says about that in words of its own; empty if nothing.
        keeps_status: True if the courier tells of a problem only: the parcel's status stays what it was.
    """

    kind: Literal["parcel-moved"] = "parcel-moved"
    parcel_id: str
    track_number: str
    order_number: str = ""
    status: ParcelStatus
    code: str
    at: AwareDatetime
    withdrawn: bool = False
    city: str = ""
    keep_until: AwareDatetime | None = None
    is_extended: bool = False
    collected_with: tuple[str, ...] | None = None
    reason: ParcelReason | None = None
    reason_words: str = ""
    keeps_status: bool = False


class ParcelStillAt(Event):
    """A condition on a message: the parcel still has this status, as far as we know."""

    parcel_key: str
    status: ParcelStatus


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


class OrderStatusChanged(Event):
    """An order got another status in the CRM, whoever set it.

    Attributes:
        order_id: the CRM's id; None if only the number is known.
        status: the new status's code in the CRM.
        at: when we heard of it, or by the CRM's clock.
    """

    kind: Literal["order-status-changed"] = "order-status-changed"
    order_id: int | None = None
    order_number: str = ""
    status: str
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


class AlertRaised(Event):
    """A responsible person must know something. Travels on the ``notify`` queue.

    Attributes:
        reason: the reason code, such as ``crm-refused``.
        source: whose events are concerned; empty if it is no source's trouble.
        entry_id: the journal entry to look at first; empty if there is none.
        detail: what happened, for a person.
        since: when the trouble began, where it lasts for a while.
    """

    kind: Literal["alert-raised"] = "alert-raised"
    reason: str
    source: str
    entry_id: str
    detail: str = ""
    since: AwareDatetime | None = None
    raised_at: AwareDatetime


class Alert(Event):
    """What a person is told about trouble, whatever channel carries it.

    Attributes:
        subject_id: the same for everything that is said about one trouble: its beginning, reminders, end.
        state: ``firing`` while the trouble lasts, ``acknowledged`` when somebody takes care of it,
            ``resolved`` at its end, ``note`` for what needs a person but has no end of its own.
        text: all of it; its first line says the most.
        acknowledge_url: where the reader can say that they take care; empty if there is no such page. It is
            made for one reader when the alert is sent, and stored nowhere.
        acknowledge_label: what to write on that link.
    """

    subject_id: str
    state: AlertState = "note"
    severity: Severity = "warning"
    text: str
    at: AwareDatetime
    acknowledge_url: str = ""
    acknowledge_label: str = ""

    @property
    def title(self) -> str:
        """The first line."""
        return self.text.split("\n", 1)[0]


class AlertDue(Event):
    """One person is due to hear an alert. Travels on the ``notify`` queue."""

    kind: Literal["alert-due"] = "alert-due"
    person: str
    alert: Alert


class SourceRejects(Event):
    """A source sends nothing any more that proves its origin: a secret was changed at one end only.

    Or it sends more than it may: then the reason is ``too-many``.

    Attributes:
        source: the source's name.
        reason: why its last webhook was rejected.
        since: when the first of these was.
    """

    kind: Literal["source-rejects"] = "source-rejects"
    source: str
    reason: str
    since: AwareDatetime
    noticed_at: AwareDatetime


class SourceAccepts(Event):
    """A source that we had called ill sends authentic webhooks again."""

    kind: Literal["source-accepts"] = "source-accepts"
    source: str
    noticed_at: AwareDatetime


class PickupStalled(Event):
    """A parcel has waited at a pickup point for a step of the ladder.

    Attributes:
        order_id: the CRM's id.
        arrived_at: since when it waits, as far as the check knew.
        step: the step of the ladder, which is also how long it has waited at least.
        keep_until: until when the courier keeps it; None if unknown.
    """

    kind: Literal["pickup-stalled"] = "pickup-stalled"
    order_id: int
    order_number: str
    arrived_at: AwareDatetime
    step: timedelta
    keep_until: AwareDatetime | None = None


class LeadUnprocessed(Event):
    """An order has stood in a status that means "nobody has looked at it" for a step of the ladder.

    Attributes:
        order_id: the CRM's id.
        waiting_since: since when nobody has looked at it.
        step: the step of the ladder, in the shop's hours.
        is_first: False if this is for the manager's boss.
    """

    kind: Literal["lead-unprocessed"] = "lead-unprocessed"
    order_id: int
    order_number: str
    waiting_since: AwareDatetime
    step: timedelta
    is_first: bool


class OrderMovedOn(Event):
    """An order left the status in which it waited, and people still have tasks of ours about that.

    Attributes:
        ladder: the memory key of what it waited for, such as ``pickup:1001``.
        rule: the kind of the events that made the tasks: in observe mode they are left alone, too.
        order_id: the CRM's id.
        at: when it left the status, by the CRM's clock.
    """

    kind: Literal["order-moved-on"] = "order-moved-on"
    ladder: str
    rule: Literal["pickup-stalled", "lead-unprocessed"]
    order_id: int
    order_number: str
    at: AwareDatetime


class LeadAnswered(Event):
    """Somebody looked at a new order for the first time.

    Attributes:
        order_id: the CRM's id.
        created_at: when the order was made, whoever made it.
        answered_at: when it left the status "new".
        delay: how much of the shop's hours passed in between.
    """

    kind: Literal["lead-answered"] = "lead-answered"
    order_id: int
    order_number: str
    created_at: AwareDatetime
    answered_at: AwareDatetime
    delay: timedelta


class LeadsAnswered(Event):
    """How fast new orders were answered, for reports: those of one stretch of the CRM's history.

    An order that became "new" again is told again: its first answer counts.

    Attributes:
        until: the id of the history's last record that was looked at.
    """

    kind: Literal["leads-answered"] = "leads-answered"
    answers: tuple[LeadAnswered, ...]
    until: int


class Expiry(Event):
    """A step on the way of a service, licence or balance to its end.

    Attributes:
        name: as the shop file calls it.
        period: names the time until this end: once it is renewed, another one has begun.
        step: days that were left at the ladder's step; 0 once it has ended.
    """

    name: str
    period: str
    step: int


class SubscriptionExpiring(Event):
    """A step of the ladder is due: somebody should renew it, or pay."""

    kind: Literal["subscription-expiring"] = "subscription-expiring"
    expiry: Expiry


class SubscriptionUrgent(Event):
    """So little time is left that people must hear of it at once, even while the CRM is away."""

    kind: Literal["subscription-urgent"] = "subscription-urgent"
    expiry: Expiry


class SubscriptionRenewed(Event):
    """Nothing of a subscription's ladder is due any more, and people still have tasks of ours about it.

    Attributes:
        name: as the shop file calls it.
        rule: the kind of the events that made the tasks: in observe mode they are left alone, too.
    """

    kind: Literal["subscription-renewed"] = "subscription-renewed"
    name: str
    rule: Literal["subscription-expiring"] = "subscription-expiring"


class IncidentTold(Event):
    """People must hear of trouble that lasts.

    Attributes:
        key: names the incident, such as ``endpoint:Landing module``.
        word: what is told: its beginning, that it still lasts, that nobody has taken care, that somebody
            has, its end; or that it comes and goes.
        subject: what is in trouble, for people.
        cause: what is or was wrong, for people.
        note: what they should know once it is over.
        responsible: the person's name; empty for whoever is a lead.
        acknowledged_by: who takes care of it; empty if nobody has said so.
    """

    kind: Literal["incident-told"] = "incident-told"
    key: str
    word: IncidentWord
    subject: str
    cause: str = ""
    note: str = ""
    severity: Severity
    responsible: str = ""
    acknowledged_by: str = ""
    began_at: AwareDatetime
    told_at: AwareDatetime


class Acknowledged(Event):
    """Somebody has said that they take care of an incident.

    Attributes:
        incident: its key.
        person: who, as people know them.
        told_at: when they were told of what they mean: what began later is another incident.
    """

    kind: Literal["acknowledged"] = "acknowledged"
    incident: str
    person: str
    told_at: AwareDatetime
    at: AwareDatetime


class CallMissedDue(Event):
    """By now it would have been told if another leg of a call had been answered.

    Attributes:
        source: who told of the call.
        rule: the kind of its event: in observe mode nothing is made of it.
        call: the call, as its last leg told it.
        heard_at: when we heard that.
    """

    kind: Literal["call-missed-due"] = "call-missed-due"
    source: str
    rule: Literal["call-missed"] = "call-missed"
    call: CallMissed
    heard_at: AwareDatetime


class CallBackDue(Event):
    """By now somebody should have called a client back; else somebody above must hear.

    Attributes:
        source: whose call it was.
        rule: the kind of its event: in observe mode nobody hears.
        phone: the client in E.164.
        call_id: the call that the task was made for.
    """

    kind: Literal["call-back-due"] = "call-back-due"
    source: str
    rule: Literal["call-missed"] = "call-missed"
    phone: str
    call_id: str


class CallLogDue(Event):
    """A call is to be shown in the CRM, with what is known of it by then.

    Attributes:
        source: who told of the call.
        rule: the kind of its event: in observe mode nothing is shown.
    """

    kind: Literal["call-log-due"] = "call-log-due"
    source: str
    rule: Literal["call-answered"] = "call-answered"
    call_id: str


class CalledBack(Event):
    """Somebody talked to a client whose call had been missed, for reports.

    Attributes:
        order_id: the CRM's id of the order that it was about; None if there was none yet.
        missed_at: when the client had called; the first time, if they had called more than once.
        answered_at: when they began to talk.
        delay: how much of the shop's hours passed in between.
        direction: ``inbound`` if the client called again before anybody called back.
        employee: who talked to the client, as far as the provider tells.
    """

    kind: Literal["called-back"] = "called-back"
    order_id: int | None
    missed_at: AwareDatetime
    answered_at: AwareDatetime
    delay: timedelta
    direction: Literal["inbound", "outbound"]
    employee: str = ""


class OfferStock(Event):
    """How much there is of one offer.

    Attributes:
        sku: the offer, as the third party and the CRM both know it.
        stores: store and quantity, which may be a fraction, and negative where more was sold than there was.
    """

    sku: str
    stores: tuple[tuple[str, float], ...]


class StockPiece(Event):
    """Which piece of a full picture something is.

    Attributes:
        part: of the third party's parts, counted from 1.
        parts: how many parts there are.
        piece: of our own pieces of that part, counted from 1.
        pieces: how many pieces of that part there are.
        stores: which stores the part names.
    """

    part: int
    parts: int
    piece: int
    pieces: int
    stores: tuple[str, ...]


class StockTold(Event):
    """How much there is of some offers.

    Attributes:
        source: who told it, or whose figures are put right.
        offers: of which the quantities are known now; others stay as they were.
        at: when the figures were true.
        piece: set if this is a piece of a full picture: what no piece of it names is gone.
        is_repair: True if the CRM gets it whatever we think that it has.
        rule: the kind of its event: in observe mode the CRM gets nothing.
    """

    kind: Literal["stock-told"] = "stock-told"
    source: str
    offers: tuple[OfferStock, ...]
    at: AwareDatetime
    piece: StockPiece | None = None
    is_repair: bool = False
    rule: Literal["stock-told"] = "stock-told"


CallFollowUp = CallMissedDue | CallBackDue | CallLogDue | CalledBack
"""What follows from a call later, or is kept for reports."""

CheckEvent = (
    PickupStalled
    | LeadUnprocessed
    | OrderMovedOn
    | LeadsAnswered
    | SubscriptionExpiring
    | SubscriptionUrgent
    | SubscriptionRenewed
    | OrderStatusChanged
    | StockTold
)
"""What scheduled checks put into the pipeline."""

OWN_TROUBLE = (
    AlertRaised,
    AlertDue,
    SourceRejects,
    SourceAccepts,
    IncidentTold,
    Acknowledged,
    SubscriptionUrgent,
)
"""What people must hear of whatever else is away, and in observe mode, too."""

OwnEvent = (
    SmsDue
    | ReplyDue
    | FileDue
    | RequestDated
    | MessageWanted
    | SmsReportDue
    | SmsDeliveryDue
    | SmsUndelivered
    | AlertRaised
    | AlertDue
    | SourceRejects
    | SourceAccepts
    | IncidentTold
    | CheckEvent
    | CallFollowUp
)
"""What we tell ourselves."""

AnyEvent = (
    CallMissed
    | CallAnswered
    | CallRecorded
    | CallTracked
    | LeadSubmitted
    | MessageReceived
    | MessageAnswered
    | ParcelMoved
    | SmsReceipt
    | SmsReceived
    | Acknowledged
    | OwnEvent
)
