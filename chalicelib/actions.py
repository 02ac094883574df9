"""What to do. Rules return actions; ``perform`` carries them out, each exactly once."""

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from chalicelib.events import Attribution, LeadItem, ParcelStillAt


class Action(BaseModel):
    """One thing to do. Frozen, because a plan is stored before its first action.

    Attributes:
        client: the memory key of the client, such as ``client:+79161234567``; what was made is
            remembered there, because the CRM's search lags. Empty if there is nobody to remember.
        valid_until: after this moment the action no longer makes sense; None if it always does.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    client: str = ""
    valid_until: AwareDatetime | None = None


class CreateOrder(Action):
    """Make an order. ``external_id`` makes it unique in the CRM.

    Attributes:
        origin: what made it: ``missed-call`` or ``landing-lead``.
        form: for a lead, what tells forms apart.
        occurred_at: when the client called or sent the form.
    """

    kind: Literal["create-order"] = "create-order"
    external_id: str
    origin: Literal["missed-call", "landing-lead"]
    form: str = ""
    occurred_at: AwareDatetime
    method: str
    status: str
    customer_id: int | None = None
    manager_id: int | None = None
    name: str = ""
    phone: str = ""
    email: str = ""
    items: tuple[LeadItem, ...] = ()
    discount: Decimal = Decimal(0)
    delivery_cost: Decimal = Decimal(0)
    delivery_address: str = ""
    attribution: Attribution = Attribution()
    customer_comment: str = ""
    manager_comment: str = ""


class CompleteOrder(Action):
    """Add what a lead tells to an order that a missed call made. Nothing that is there is lost.

    Attributes:
        form: what tells forms apart, to recognise the same lead again.
        occurred_at: when the client sent the form.
        manager_comment: a note that no other lead has; the order shows by it that this was done.
    """

    kind: Literal["complete-order"] = "complete-order"
    order_id: int
    form: str = ""
    occurred_at: AwareDatetime
    manager_comment: str = Field(min_length=1)
    name: str = ""
    email: str = ""
    items: tuple[LeadItem, ...] = ()
    discount: Decimal = Decimal(0)
    delivery_cost: Decimal = Decimal(0)
    delivery_address: str = ""
    attribution: Attribution = Attribution()
    customer_comment: str = ""


class Topic(BaseModel):
    """What a follow-up task collects: further events of the same kind update it.

    Attributes:
        name: ``callback`` or ``repeat-lead``.
        order_id: the order that the task is about.
        event_ids: each event counted so far, by its provider's id.
        moments: when each of them happened.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Literal["callback", "repeat-lead"]
    order_id: int
    event_ids: tuple[str, ...]
    moments: tuple[AwareDatetime, ...]


class CreateTask(Action):
    """Make a task for a person.

    Attributes:
        order_id: None for a task without an order.
        order_number: its number, by which a task can be found again.
        text: the first line that a manager sees.
        commentary: details. Our marker is added to it, so that the task can be found again.
        due_at: until when it should be done.
        performer_id: user id in the CRM.
    """

    kind: Literal["create-task"] = "create-task"
    order_id: int | None = None
    order_number: str = ""
    text: str
    commentary: str
    due_at: AwareDatetime
    performer_id: int
    phone: str = ""
    topic: Topic | None = None


class UpdateTask(Action):
    """Bring an open task of ours up to date. Carrying it out twice is harmless.

    Attributes:
        performer_id: who has it, unchanged.
        marker: the marker that the task was made with, unchanged.
    """

    kind: Literal["update-task"] = "update-task"
    task_id: int
    text: str
    commentary: str
    performer_id: int
    marker: str
    topic: Topic


class SetOrderStatus(Action):
    """Set an order's status, unless a person changed it since the decision.

    Attributes:
        from_status: the status that the order had when this was decided.
    """

    kind: Literal["set-order-status"] = "set-order-status"
    order_id: int
    from_status: str
    status: str
    comment: str = ""


class RequestSms(Action):
    """Put a text message on the ``notify`` queue; a dead gateway must not hold up the CRM's work.

    Attributes:
        once: what makes the message unique, such as ``order:12:arrived``.
        only_if: what must still be true when it is sent.
    """

    kind: Literal["request-sms"] = "request-sms"
    once: str
    phone: str
    text: str
    template: str
    order_id: int | None = None
    valid_until: AwareDatetime
    only_if: ParcelStillAt | None = None


class SendSms(Action):
    """Hand a text message to the gateway."""

    kind: Literal["send-sms"] = "send-sms"
    phone: str
    text: str
    template: str
    only_if: ParcelStillAt | None = None


class NotifyResponsible(Action):
    """Tell a responsible person through an alert channel. Telling twice is better than never."""

    kind: Literal["notify-responsible"] = "notify-responsible"
    person: str
    text: str


AnyAction = Annotated[
    CreateOrder
    | CompleteOrder
    | CreateTask
    | UpdateTask
    | SetOrderStatus
    | RequestSms
    | SendSms
    | NotifyResponsible,
    Field(discriminator="kind"),
]
