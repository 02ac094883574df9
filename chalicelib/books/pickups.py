"""The part ``pickups``: what became of parcels after the calls to clients who had not collected them."""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import ClassVar, Self

from pydantic import Field

from chalicelib.actions import CompleteTask, CreateTask
from chalicelib.books.part import Part, added, added_twice, done
from chalicelib.config_types import written
from chalicelib.entry import Entry, Status
from chalicelib.events import OrderMovedOn, ParcelMoved
from chalicelib.ladder_memory import pickup_key
from chalicelib.task_reasons import kind_of

PICKUP = kind_of(pickup_key(0))
PARCEL = "parcel:"
"""Begins an end that a courier told; its status follows. Any other end is the order's status in the CRM."""


class Pickups(Part):
    """Parcels that waited long at their pickup point.

    Attributes:
        asked: how many tasks to call their client were made, by the ladder's step such as ``5d``.
        ends: how they stopped waiting, by the last step that was told: what the courier said
            (``parcel:delivered``), or else the status that the order got in the CRM.
    """

    name: ClassVar[str] = "pickups"
    asked: Mapping[str, int] = Field(default_factory=dict)
    ends: Mapping[str, Mapping[str, int]] = Field(default_factory=dict)

    @classmethod
    def of(cls, entry: Entry) -> Self:
        """See :class:`Part`."""
        # A task in another one's place is the same call.
        asked = [
            written(action.step)
            for action in done(entry)
            if isinstance(action, CreateTask) and kind_of(action.ladder) == PICKUP and action.replaces is None
        ]
        step = _last_step(entry)
        end = next(filter(None, map(_end, entry.events)), "")
        return cls(
            asked={each: asked.count(each) for each in asked},
            ends={written(step): {end: 1}} if step and end else {},
        )

    def merged(self, other: Self) -> Self:
        """See :class:`Part`."""
        return type(self)(
            asked=added(self.asked, other.asked),
            ends=added_twice(self.ends, other.ends),
        )

    def ended(self, step: str, ends: Iterable[str]) -> int:
        """How many stopped waiting in one of these ways after this step."""
        of_step = self.ends.get(step, {})
        return sum(of_step.get(end, 0) for end in ends)


def _last_step(entry: Entry) -> timedelta:
    """The last step that had been told when the parcel stopped waiting; zero if it did not, or none was."""
    # The manager who phoned may have completed the task: then there is nothing left to be done about it.
    plan = () if entry.status is Status.OBSERVED else entry.plan
    steps = (
        action.step
        for action in plan
        if isinstance(action, CompleteTask) and kind_of(action.ladder) == PICKUP
    )
    return max(steps, default=timedelta())


def _end(event: object) -> str:
    if isinstance(event, ParcelMoved):
        return f"{PARCEL}{event.status}"
    return event.status if isinstance(event, OrderMovedOn) else ""
