"""When people hear of something step by step: how long it has waited, or how long before its end."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from chalicelib.config_types import Duration
from chalicelib.hours import WorkingHours

DAY = timedelta(days=1)
WEEKDAYS = WorkingHours.parse("Mon-Fri 00:00-24:00")


def _growing(steps: tuple[timedelta, ...]) -> tuple[timedelta, ...]:
    if any(later <= earlier for earlier, later in zip((timedelta(), *steps), steps, strict=False)):
        raise ValueError('each step must be longer than the one before; write them like ["5d", "10d"]')
    return steps


def _whole_days(span: timedelta) -> timedelta:
    if span < DAY or span % DAY:
        raise ValueError("a step is one or more whole days; write it like 14d")
    return span


Steps = Annotated[tuple[Duration, ...], AfterValidator(_growing)]
"""Written as ``["5d", "10d"]``; an empty list switches a ladder off."""

Days = Annotated[Duration, AfterValidator(_whole_days)]
"""Written as ``14d``."""


class Ladders(BaseModel):
    """The shop file's table ``[ladders]``.

    Attributes:
        stalled_pickup: how long a parcel waits at its pickup point at each step.
        couriers: steps of its own for a source, a provider, or the CRM's code of a way of delivery.
        weekends: False if only Monday to Friday count for a parcel.
        unprocessed_lead: how much of the shop's hours passes until each step for a new order.
        expiry: how long before its end a service or licence is told of, in any order.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    stalled_pickup: Steps = (timedelta(days=5), timedelta(days=10))
    couriers: Mapping[str, Steps] = Field(default_factory=dict)
    weekends: bool = True
    unprocessed_lead: Steps = (timedelta(minutes=15), timedelta(hours=1))
    expiry: tuple[Days, ...] = Field(
        default=tuple(timedelta(days=days) for days in (30, 14, 7, 3, 1)), min_length=1
    )


def highest_due(
    steps: Sequence[timedelta],
    since: datetime,
    now: datetime,
    hours: WorkingHours | None,
    zone: ZoneInfo,
) -> timedelta | None:
    """The highest step that is due; None if none is yet.

    Args:
        steps: the ladder.
        since: when the waiting began.
        now: the present moment.
        hours: which hours count; None if all of them do.
        zone: of the hours.
    """
    due = (step for step in steps if step_due_at(step, since, hours, zone) <= now)
    return max(due, default=None)


def step_due_at(step: timedelta, since: datetime, hours: WorkingHours | None, zone: ZoneInfo) -> datetime:
    """When a step is due; the arguments are those of :func:`highest_due`."""
    return since + step if hours is None else hours.add_open_time(since, step, zone)
