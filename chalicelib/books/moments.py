"""The hours and days of a shop's clock, as moments in UTC."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

HOUR = timedelta(hours=1)


def hour_of(moment: datetime, zone: ZoneInfo) -> datetime:
    """When the hour of this moment began, in UTC. In a few zones that is not at a whole hour of UTC."""
    local = moment.astimezone(zone)
    past = timedelta(minutes=local.minute, seconds=local.second, microseconds=local.microsecond)
    return moment.astimezone(UTC) - past


def hours_between(since: datetime, until: datetime, zone: ZoneInfo) -> Iterator[datetime]:
    """The beginnings of all hours from the one of ``since`` on that begin before ``until``."""
    hour = hour_of(since, zone)
    while hour < until:
        yield hour
        hour = hour_of(hour + HOUR, zone)  # There is a zone whose clocks are changed by half an hour.


def day_of(moment: datetime, zone: ZoneInfo) -> date:
    """The date on the shop's clock."""
    return moment.astimezone(zone).date()


def midnight(day: date, zone: ZoneInfo) -> datetime:
    """When this day begins, in UTC."""
    return datetime.combine(day, time(), zone).astimezone(UTC)


def hours_of(day: date, zone: ZoneInfo) -> list[datetime]:
    """The beginnings of a day's hours: 24, or one more or less where clocks are changed."""
    ends = midnight(day + timedelta(days=1), zone)
    return list(hours_between(midnight(day, zone), ends, zone))


def hour_key(hour: datetime) -> str:
    """The document of an hour's facts."""
    return f"hour:{hour.isoformat()}"


def day_key(day: date) -> str:
    """The document of a day's facts."""
    return f"day:{day.isoformat()}"
