"""Days that addresses name."""

from datetime import date

EARLIEST = date(2020, 1, 1)
"""No shop has anything here that is older, and before the year 1 there is no day to reckon with."""


def day_or_today(text: str, today: date) -> date:
    """The day that is written so; today if none is, or one that is still to come."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return today
    return min(max(day, EARLIEST), today)
