"""What Leadkeeper tells itself."""

from typing import Literal

from pydantic import AwareDatetime, Field

from chalicelib.actions.base import Action
from chalicelib.events import (
    CallFollowUp,
    MistakesMade,
    ProductionAnswered,
    ProductionPromiseDue,
    RequestDated,
)


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
