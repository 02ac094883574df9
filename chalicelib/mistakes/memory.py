"""The mistakes of each day, kept for the report: it needs one document a day, not the whole journal."""

import json
from datetime import date

from pydantic import AwareDatetime

from chalicelib.events import MistakesMade
from chalicelib.memory import Memory

LARGEST_DAY = 350_000
"""Bytes; DynamoDB takes 400 KB. A shop with more mistakes than that has no use for their exact number."""


class Mistake(Memory):
    """What one step broke; the fields are those of :class:`chalicelib.events.MistakesMade`."""

    step_id: int
    order_number: str
    status: str
    user_id: int | None
    rules: tuple[str, ...]
    at: AwareDatetime


class DayOfMistakes(Memory):
    """All mistakes of a day of the shop.

    Attributes:
        made: in the order in which we heard of them.
    """

    made: tuple[Mistake, ...] = ()

    def with_made(self, made: MistakesMade) -> "DayOfMistakes":
        """With one more, unless it is there, or the day is full."""
        if any(known.step_id == made.step_id for known in self.made):
            return self
        fields = made.model_dump(include=set(Mistake.model_fields))
        after = self.model_copy(update={"made": (*self.made, Mistake.model_validate(fields))})
        return self if len(json.dumps(after.content())) > LARGEST_DAY else after


def day_key(day: date) -> str:
    """The document of a day, on the shop's clock."""
    return f"mistakes-on:{day.isoformat()}"
