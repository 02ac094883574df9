"""When each endpoint is looked at."""

from datetime import datetime, timedelta
from zlib import crc32

from chalicelib.checks.running import TICK


def is_due(name: str, every: timedelta, last: datetime, now: datetime) -> bool:
    """Whether the time of this one came after the last round, in this one.

    Its times follow from its name alone: those with the same interval are spread over it, and nothing need be
    remembered.
    """
    if every <= TICK:
        return True
    span = every.total_seconds()
    offset = crc32(name.encode()) % span
    return (now.timestamp() - offset) // span > (last.timestamp() - offset) // span
