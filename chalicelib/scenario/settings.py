"""``scenario.toml``, beside the shop file: the way of an order from its making to its end."""

from collections.abc import Mapping
from typing import Literal

from pydantic import Field

from chalicelib.config_types import Table

OnMistake = Literal["count", "task", "put-back"]
"""What a broken rule leads to: a figure in the report alone, a task as well, or the former status as well."""


class ScenarioStatus(Table):
    """A status of an order.

    Attributes:
        name: for people to read; empty for the code.
        group: the CRM's group of statuses that it belongs to.
        next: the statuses that an order may get after this one; none at the end of its way.
        requires: the rules that an order in this status must keep, by name.
        on_mistake: what a broken rule leads to here; None for what is set for all.
    """

    name: str = ""
    group: str = ""
    next: tuple[str, ...] = ()
    requires: tuple[str, ...] = ()
    on_mistake: OnMistake | None = None


class Scenario(Table):
    """The statuses of a shop's orders and the steps between them.

    Attributes:
        begin: the statuses in which an order may be made.
        on_mistake: what a broken rule, or a step that is not allowed, leads to.
        statuses: by the CRM's codes.
    """

    begin: tuple[str, ...] = Field(min_length=1)
    on_mistake: OnMistake = "task"
    statuses: Mapping[str, ScenarioStatus] = Field(min_length=1)
