"""One attempt at an action."""

from dataclasses import dataclass
from datetime import datetime

from chalicelib.entry import Result


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt at an action.

    Attributes:
        marker: by which the result can be found outside: the same for each attempt.
        now: the present moment.
        entry_id: the journal entry whose plan has the action.
    """

    marker: str
    now: datetime
    entry_id: str

    def done(self, reference: str, note: str = "") -> Result:
        """It was carried out."""
        return Result(state="done", reference=reference, note=note, at=self.now)

    def skipped(self, note: str, reference: str = "") -> Result:
        """It made no sense any more."""
        return Result(state="skipped", reference=reference, note=note, at=self.now)
