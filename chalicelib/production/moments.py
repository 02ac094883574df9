"""When people look at what production promised: in the shop's zone and hours."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from chalicelib.hours import WorkingHours


def noon(day: date, zone: ZoneInfo) -> datetime:
    """A moment of that day, for texts that name it."""
    return datetime.combine(day, time(12), zone)


def near(day: date, warn_before: timedelta, hours: WorkingHours, zone: ZoneInfo) -> datetime:
    """From when on the promised day is near, in UTC: an opening of the shop."""
    return hours.next_opening(datetime.combine(day, time.min, zone) - warn_before, zone)


def past(day: date, hours: WorkingHours, zone: ZoneInfo) -> datetime:
    """From when on the promised day is over, in UTC: the first opening of the shop after it."""
    return hours.next_opening(datetime.combine(day + timedelta(days=1), time.min, zone), zone)
