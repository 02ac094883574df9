"""What is done to an order."""

from decimal import Decimal
from typing import Literal

from pydantic import AwareDatetime, Field

from chalicelib.actions.base import Action
from chalicelib.events import Attribution, CallAnswered, CallMissed, LeadItem


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
