"""What people did wrong with orders, for reports."""

from typing import Literal

from pydantic import AwareDatetime

from chalicelib.events.base import Event


class MistakesMade(Event):
    """A step of an order broke rules of the shop's scenario.

    Attributes:
        step_id: the id of the step's record in the CRM's history.
        status: the status that the order got by it.
        user_id: who made it, by the CRM's id; None for a program.
        rules: the names of the rules, ``step`` for a step that the scenario does not allow.
        at: when it was made.
    """

    kind: Literal["mistakes-made"] = "mistakes-made"
    step_id: int
    order_id: int
    order_number: str
    status: str
    user_id: int | None
    rules: tuple[str, ...]
    at: AwareDatetime
