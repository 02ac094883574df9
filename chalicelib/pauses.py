"""How long to wait before trying again."""

from datetime import timedelta

FIRST_BACK_OFF = timedelta(seconds=5)
LONGEST_BACK_OFF = timedelta(minutes=15)
MAX_DOUBLINGS = 20

LONGEST_IN_QUEUE = timedelta(minutes=8)
"""What waits on purpose for longer leaves its queue for a timer. Less than what a queue's age is alarming
from (10 minutes), and more than the 5 minutes for which a queue drops repeats: a timer repeats its message.
Who waits for something else stays there up to the longest back-off: its age is told, and its time runs.
"""

CONFLICT_DELAY = timedelta(seconds=5)
"""Somebody else is at work with the same thing."""


def back_off(attempts: int) -> timedelta:
    """5 s after the first failure, doubling to 15 min."""
    seconds = FIRST_BACK_OFF.total_seconds() * 2.0 ** min(attempts - 1, MAX_DOUBLINGS)
    return min(timedelta(seconds=seconds), LONGEST_BACK_OFF)
