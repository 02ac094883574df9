"""What to do. Rules return actions; ``perform`` carries them out, each exactly once."""

from datetime import timedelta
from decimal import Decimal
from typing import Annotated, ClassVar, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from chalicelib.events import (
    Alert,
    Attribution,
    CallAnswered,
    CallFollowUp,
    CallMissed,
    FileDue,
    LeadItem,
    MistakesMade,
    OfferStock,
    ProductionAnswerDue,
    ProductionAnswered,
    ProductionPromiseDue,
    ReplyDue,
    RequestDated,
    Sms,
    SmsDeliveryDue,
    SmsDue,
    SmsReceipt,
    SmsReportDue,
    StockPiece,
)


class Action(BaseModel):
    """One thing to do. Frozen, because a plan is stored before its first action.

    Attributes:
        client: the memory key of the client, such as ``client:+79161234567``; what was made is
            remembered there, because the CRM's search lags. Empty if there is nobody to remember.
        is_repeatable: True if carrying it out twice has one effect. Otherwise an attempt that may have
            succeeded is looked for before it is repeated.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    is_repeatable: ClassVar[bool] = True

    client: str = ""


class LeadContent(Action):
    """What an order holds of what a client told us.

    Attributes:
        form: for a lead, what tells forms apart.
        occurred_at: when the client called or sent the form.
        is_paid: True if the client has paid already.
        custom_fields: fields that the shop made in the CRM, each by its code there.
    """

    form: str = ""
    occurred_at: AwareDatetime
    name: str = ""
    email: str = ""
    items: tuple[LeadItem, ...] = ()
    discount: Decimal = Decimal(0)
    delivery_cost: Decimal = Decimal(0)
    delivery_address: str = ""
    is_paid: bool = False
    attribution: Attribution = Attribution()
    custom_fields: tuple[tuple[str, str], ...] = ()
    customer_comment: str = ""
    manager_comment: str = ""


class CreateOrder(LeadContent):
    """Make an order. ``external_id`` makes it unique in the CRM.

    Attributes:
        must_call: True if the manager has to phone the client first.
        is_guess: True if the attribution says no more than that the client called: who knows better may
            replace it.
        manager_id: the CRM user whose order it is; None to leave that to the CRM.
    """

    kind: Literal["create-order"] = "create-order"
    external_id: str
    method: str
    status: str
    must_call: bool = False
    is_guess: bool = False
    customer_id: int | None = None
    manager_id: int | None = None
    phone: str = ""


class CompleteOrder(LeadContent):
    """Add what a lead tells to an order that a missed call made. Nothing that is there is lost.

    Attributes:
        manager_comment: a note that no other lead has: the order shows by it that this was done.
    """

    kind: Literal["complete-order"] = "complete-order"
    order_id: int
    manager_comment: str = Field(min_length=1)


class AnnotateOrder(Action):
    """Add a note to an order's manager comment, once. Nothing that is there is lost.

    Attributes:
        note: the order shows by it that this was done.
        needs_no_call: True if the order no longer says that the manager has to phone the client.
        attribution: where the client came from, if the note tells it.
        guess: what the order's source said when we made it: the attribution replaces nothing else.
        phone: the client's in E.164, for an order without one.
        custom_fields: fields that the shop made in the CRM, each by its code there; what is there stays.
    """

    kind: Literal["annotate-order"] = "annotate-order"
    order_id: int
    note: str = Field(min_length=1)
    needs_no_call: bool = False
    attribution: Attribution | None = None
    guess: Attribution = Attribution()
    phone: str = ""
    custom_fields: tuple[tuple[str, str], ...] = ()


class LogCall(Action):
    """Show a call in the CRM's own list of calls. ``external_id`` makes it unique there.

    Attributes:
        phone: the client in E.164.
        user_id: the CRM's id of who talked to them; None if unknown.
        recording_url: where the recording is; empty if there is none.
        attribution: where the client came from; empty if unknown.
    """

    kind: Literal["log-call"] = "log-call"
    external_id: str
    phone: str
    call: CallAnswered | CallMissed = Field(discriminator="kind")
    user_id: int | None = None
    recording_url: str = ""
    attribution: Attribution = Attribution()


class Announce(Action):
    """Have an event of our own on the queue for work in time: what follows later, or is kept for reports.

    Attributes:
        once: what makes it unique.
        due_at: when.
    """

    kind: Literal["announce"] = "announce"
    once: str
    due_at: AwareDatetime
    event: CallFollowUp | RequestDated | MistakesMade | ProductionPromiseDue | ProductionAnswered = Field(
        discriminator="kind"
    )


class Topic(BaseModel):
    """What a follow-up task collects: further events of the same kind update it.

    Attributes:
        name: ``callback``, ``callback-overdue`` for who hears that nobody called back, ``repeat-lead``,
            ``message`` for what a client wrote, ``request`` for until when they want it, or ``undelivered``
            for what we could not tell them.
        order_id: the order that the task is about; 0 for a client without one.
        event_ids: each event counted so far, by its provider's id.
        moments: when each of them happened.
        is_by_client: whether the client did it, and so was awake at that moment.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Literal["callback", "callback-overdue", "repeat-lead", "message", "request", "undelivered"]
    order_id: int
    event_ids: tuple[str, ...]
    moments: tuple[AwareDatetime, ...]
    is_by_client: bool = True


class TaskText(BaseModel):
    """What a task says, without our marker."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    text: str
    commentary: str


class WrittenTask(TaskText):
    """A task as we wrote it last. Where it differs from that, a person has changed it.

    Attributes:
        due_at: None if it was written when that was not remembered yet: then ``order_id`` is unknown, too.
        order_id: None for a task without an order.
    """

    due_at: AwareDatetime | None = None
    order_id: int | None = None


class CreateTask(Action):
    """Make a task for a person.

    Attributes:
        order_id: None for a task without an order.
        order_number: its number, by which a task can be found again.
        text: the first line that a manager sees.
        commentary: details. Our marker is added to it, so that the task can be found again.
        due_at: until when it should be done.
        performer_id: user id in the CRM.
        ladder: the memory key of what the order waits for, such as ``pickup:1001``: the task is remembered
            there, to be completed when the order no longer waits. Empty for any other task.
        step: the ladder's step that the task is for.
        about: which of several things the task is about, where ``ladder`` has no steps.
        zone: where the client's clock stands and how we know, for the journal; empty if it does not matter.
        replaces: the task of ours that is gone from the CRM, in whose place this one is; else None.
    """

    is_repeatable: ClassVar[bool] = False

    kind: Literal["create-task"] = "create-task"
    order_id: int | None = None
    order_number: str = ""
    text: str
    commentary: str
    due_at: AwareDatetime
    performer_id: int
    phone: str = ""
    topic: Topic | None = None
    ladder: str = ""
    step: timedelta = timedelta()
    about: str = ""
    zone: str = ""
    replaces: int | None = None


class UpdateTask(Action):
    """Bring an open task of ours up to date, unless a person has changed it.

    Attributes:
        before: the task as we wrote it last.
        due_at: until when it should be done from now on; None if that stays.
        performer_id: who has it from now on.
        former_performer_id: who had it, if that is somebody else; None if it stays with them.
        marker: the marker that the task was made with, unchanged.
    """

    kind: Literal["update-task"] = "update-task"
    task_id: int
    before: WrittenTask
    text: str
    commentary: str
    due_at: AwareDatetime | None = None
    performer_id: int
    former_performer_id: int | None = None
    marker: str
    topic: Topic


class CompleteTask(Action):
    """Complete an open task of ours that has become pointless, unless a person has changed it.

    Attributes:
        ladder: the memory key where the task is remembered; empty if that is the client's own.
        step: the ladder's step that the task was for.
        before: the task as we wrote it.
        commentary: what it says from now on: why nothing is left to do.
        performer_id: who has it, unchanged.
        marker: the marker that the task was made with, unchanged.
    """

    kind: Literal["complete-task"] = "complete-task"
    ladder: str = ""
    step: timedelta = timedelta()
    task_id: int
    before: WrittenTask
    commentary: str
    performer_id: int
    marker: str


class SetOrderStatus(Action):
    """Set an order's status, unless a person changed it since the decision.

    Attributes:
        from_status: the status that the order had when this was decided.
        valid_until: after this moment it is no longer done; None for never too late.
    """

    kind: Literal["set-order-status"] = "set-order-status"
    order_id: int
    from_status: str
    status: str
    comment: str = ""
    valid_until: AwareDatetime | None = None


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


class RequestAnswer(Action):
    """Put an answer to production on the ``notify`` queue; a dead production must hold up nobody's work.

    Attributes:
        once: what makes the answer unique.
    """

    kind: Literal["request-answer"] = "request-answer"
    once: str
    due: ProductionAnswerDue


class SendAnswer(Action):
    """Hand an answer to the production system that asked. It knows repeats by their id."""

    kind: Literal["send-answer"] = "send-answer"
    due: ProductionAnswerDue


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


class AskDelivery(Action):
    """Ask a gateway what became of a text message, and see to what follows from it."""

    kind: Literal["ask-delivery"] = "ask-delivery"
    due: SmsDeliveryDue


class RecordDelivery(Action):
    """Remember what a gateway told of a text message, and see to what follows from it."""

    kind: Literal["record-delivery"] = "record-delivery"
    receipt: SmsReceipt


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


class RequestSmsReport(Action):
    """Put on the ``notify`` queue that the manager wants to read what became of a message."""

    kind: Literal["request-sms-report"] = "request-sms-report"
    due: SmsReportDue


class AddNote(Action):
    """Write a note on a client's card. Our marker is added to it, so that it can be found again."""

    is_repeatable: ClassVar[bool] = False

    kind: Literal["add-note"] = "add-note"
    customer_id: int
    text: str


class NotifyResponsible(Action):
    """Put an alert for one person on the ``notify`` queue: what holds it up there holds up nobody else."""

    kind: Literal["notify-responsible"] = "notify-responsible"
    person: str
    alert: Alert


class SendAlert(Action):
    """Tell one person through their alert channels. Telling twice is better than never."""

    kind: Literal["send-alert"] = "send-alert"
    person: str
    alert: Alert


class ObserveIncident(Action):
    """Let the incidents know how something is. Telling them the same again changes nothing.

    Attributes:
        since: when it began, if that was some time ago.
    """

    kind: Literal["observe-incident"] = "observe-incident"
    key: str
    is_bad: bool
    subject: str
    cause: str
    since: AwareDatetime | None = None


class SetStock(Action):
    """Let the CRM know how much there is of some offers. Of two figures the later one counts.

    Attributes:
        source: who told it.
        offers: stores by the CRM's codes, quantities not negative.
        at: when that was true.
        piece: of a full picture; see :class:`chalicelib.events.StockTold`.
        is_repair: True if the CRM gets it whatever we think that it has.
    """

    kind: Literal["set-stock"] = "set-stock"
    source: str
    offers: tuple[OfferStock, ...]
    at: AwareDatetime
    piece: StockPiece | None = None
    is_repair: bool = False


class AcknowledgeIncident(Action):
    """Remind nobody of an incident any more: somebody takes care.

    Attributes:
        heard_at: when they were told of it.
    """

    kind: Literal["acknowledge-incident"] = "acknowledge-incident"
    incident: str
    person: str
    heard_at: AwareDatetime


AnyAction = Annotated[
    CreateOrder
    | CompleteOrder
    | AnnotateOrder
    | LogCall
    | Announce
    | CreateTask
    | UpdateTask
    | CompleteTask
    | SetOrderStatus
    | RequestSms
    | SendSms
    | RequestReply
    | SendReply
    | RequestAnswer
    | SendAnswer
    | RequestFile
    | AttachFile
    | SuppressPhone
    | AllowPhone
    | RequestSmsReport
    | AddNote
    | AskDelivery
    | RecordDelivery
    | NotifyResponsible
    | SendAlert
    | ObserveIncident
    | AcknowledgeIncident
    | SetStock,
    Field(discriminator="kind"),
]
