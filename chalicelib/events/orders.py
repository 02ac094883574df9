"""What people and programs do with orders in the CRM."""

from typing import Literal

from pydantic import AwareDatetime

from chalicelib.events.base import Event


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


class OrderEdited(Event):
    """Something else about an order changed in the CRM, whoever changed it.

    Attributes:
        order_id: the CRM's id; None if only the number is known.
        at: when we heard of it, or by the CRM's clock.
    """

    kind: Literal["order-edited"] = "order-edited"
    order_id: int | None = None
    order_number: str = ""
    at: AwareDatetime


class FollowingBegun(Event):
    """We began to look at what people do with orders: what they did before is nobody's news.

    Attributes:
        followed: all that is followed now: statuses of which clients are told, and who looks at each change.
        at: since when, what is new among them.
    """

    kind: Literal["following-begun"] = "following-begun"
    followed: tuple[str, ...]
    at: AwareDatetime


class OrderEnded(Event):
    """An order about which people may have tasks of ours was done, cancelled or deleted.

    Attributes:
        order_id: the CRM's id.
        order_number: empty if it was deleted.
        at: when, by the CRM's clock.
    """

    kind: Literal["order-ended"] = "order-ended"
    order_id: int
    order_number: str = ""
    at: AwareDatetime
