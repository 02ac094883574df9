"""``scenario.toml``, beside the shop file: the way of an order from its making to its end."""

from collections.abc import Mapping
from typing import Literal

from pydantic import Field

from chalicelib.config_types import Table
from chalicelib.mistakes.settings import Requirement, RuleSettings

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
    requires: tuple[Requirement, ...] = ()
    on_mistake: OnMistake | None = None


class Scenario(Table):
    """The statuses of a shop's orders and the steps between them.

    Attributes:
        begin: the statuses in which an order may be made.
        on_mistake: what a broken rule, or a step that is not allowed, leads to.
        statuses: by the CRM's codes.
        rules: parameters of the rules that statuses require.
    """

    begin: tuple[str, ...] = Field(min_length=1)
    on_mistake: OnMistake = "task"
    statuses: Mapping[str, ScenarioStatus] = Field(min_length=1)
    rules: RuleSettings = RuleSettings()

    def allows(self, before: str, after: str) -> bool:
        """Whether an order may go from one status to another.

        To keep its status is always right. A status that the scenario does not have is never entered
        rightly, but always left rightly: the mistake was to enter it, and there must be a way back.

        Args:
            before: the former status, by the CRM's code; empty for an order that is just made.
            after: the new one.
        """
        if before == after:
            return True
        if not before:
            return after in self.begin
        if before not in self.statuses:
            return after in self.statuses
        return after in self.statuses[before].next

    def name_of(self, status: str) -> str:
        """What people call a status; its code if the scenario has no name for it."""
        known = self.statuses.get(status)
        return known.name if known and known.name else status
