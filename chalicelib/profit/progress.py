"""Which days are counted next. Pure.

The running day is counted each time. Each day a round begins: it counts the last weeks again, because orders
change, and goes back from there to days that were never counted, the newest first.
"""

from dataclasses import dataclass
from datetime import date, timedelta

from pydantic import AwareDatetime

from chalicelib.memory import Memory

DAY = timedelta(days=1)
STRETCH = timedelta(days=7)
"""Days that are read from the CRM together: its filters know the account's days, not the shop's, so that each
stretch costs up to one day more."""

RECOUNTED = timedelta(days=60)
"""So far back orders still change: a parcel waits a month, and a client may send it back after that."""

HISTORY = timedelta(days=430)
"""So far back the first start goes: to the whole of last month a year ago, on whatever day."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """Some days, both ends included."""

    first: date
    last: date


class Progress(Memory):
    """How far the counting came.

    Attributes:
        counted_at: when the running day was counted last; None before the first time.
        began_on: the day on which the present round began.
        upcoming: the last day that the round has not counted yet.
        oldest: the oldest day that was ever counted.
        recounted_on: the day of the last round that counted all of the last weeks again.
    """

    counted_at: AwareDatetime | None = None
    began_on: date | None = None
    upcoming: date | None = None
    oldest: date | None = None
    recounted_on: date | None = None

    def due(self, today: date) -> Stretch | None:
        """What comes next; None once the round of today is at its end."""
        last = self.upcoming if self.began_on == today and self.upcoming else today - DAY
        if self.oldest is not None and last < self._recounted_from(today):
            last = min(last, self.oldest - DAY)
        if last < today - HISTORY:
            return None
        return Stretch(max(last - STRETCH + DAY, today - HISTORY), last)

    def after(self, stretch: Stretch, today: date) -> "Progress":
        """Once this stretch is counted."""
        is_recounted = stretch.first <= max(self._recounted_from(today), today - HISTORY)
        return self.model_copy(
            update={
                "began_on": today,
                "upcoming": stretch.first - DAY,
                "oldest": min(self.oldest or stretch.first, stretch.first),
                "recounted_on": today if is_recounted else self.recounted_on,
            }
        )

    def _recounted_from(self, today: date) -> date:
        """After days without a round these are counted, too."""
        return (self.recounted_on or today) - RECOUNTED
