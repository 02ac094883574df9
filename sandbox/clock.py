"""A clock that stands still until it is told to go on."""

from datetime import UTC, datetime, timedelta

START = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
"""A Monday at noon in Moscow."""


class SteppedClock:
    """The clock for tests: ``Sandbox(clock=SteppedClock())``."""

    def __init__(self, now: datetime = START) -> None:
        """Begin at this time, which has a zone."""
        self.now = now

    def __call__(self) -> datetime:
        """The present time."""
        return self.now

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        self.now += timedelta(seconds=seconds)
