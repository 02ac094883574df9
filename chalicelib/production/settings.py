"""The table ``[production]`` of the shop file. Everything in it may be left out."""

from datetime import timedelta

from pydantic import model_validator

from chalicelib.config_types import Duration, Table


class ProductionSettings(Table):
    """How a shop and its production talk to each other in the CRM.

    Attributes:
        question_field: the code of the order's custom field in which production asks; empty for none.
        question_status: the status of an order that waits for an answer: its comment is the question.
        answer_field: the code of the order's custom field in which the manager answers.
        promised_field: the code of the order's custom field with the day by whose end it will be ready.
        ready_status: the status by which production says that an order is made.
        making: the statuses of orders that are being made: only from there an order goes on by itself.
        next_status: the status that an order gets once it is made; empty to leave that to people.
        answer_within: how soon a question should be answered, in the performer's hours.
        warn_before: how long before the promised day begins its manager is reminded.
    """

    question_field: str = ""
    question_status: str = ""
    answer_field: str = ""
    promised_field: str = ""
    ready_status: str = ""
    making: frozenset[str] = frozenset()
    next_status: str = ""
    answer_within: Duration = timedelta(hours=2)
    warn_before: Duration = timedelta(days=1)

    @model_validator(mode="after")
    def _can_go_on(self) -> "ProductionSettings":
        if self.next_status and not self.may_go_on_from:
            raise ValueError("next_status needs making: the statuses from which an order may go on")
        if self.next_status and self.next_status in self.may_go_on_from:
            raise ValueError("next_status is one of the statuses from which an order may go on to it")
        return self

    @property
    def watches_orders(self) -> bool:
        """True if production asks, promises or is answered in the CRM itself."""
        fields = (self.question_field, self.answer_field, self.promised_field)
        return any((*fields, self.question_status, self.ready_status, self.next_status))

    @property
    def statuses(self) -> tuple[tuple[str, str], ...]:
        """The statuses that are named here: each key of the shop file, and the status's code."""
        single = ("question_status", "ready_status", "next_status")
        named = [(f"production.{key}", getattr(self, key)) for key in single]
        named += [("production.making", code) for code in sorted(self.making)]
        return tuple((key, code) for key, code in named if code)

    @property
    def may_go_on_from(self) -> frozenset[str]:
        """The statuses in which an order gets the next one once it is made."""
        return self.making | {code for code in (self.question_status, self.ready_status) if code}
