"""What was seen of one endpoint in an hour or a day, as numbers that can be added up. Pure."""

from collections.abc import Iterable
from datetime import timedelta
from itertools import zip_longest
from typing import Any

from chalicelib.memory import Memory

LATENCY_BOUNDS = (25, 50, 100, 150, 200, 300, 400, 600, 800, 1000, 1500, 2000, 3000, 5000, 10_000, 30_000)
"""Milliseconds, each the upper end of one class of answers. No probe waits for longer than the last."""


class Tally(Memory):
    """What was seen of one endpoint.

    Each probe stands for the time since the one before, at most for the endpoint's own interval: a time in
    which nobody looked is neither good nor bad.

    Attributes:
        probes: how often it was asked.
        failures: how often it did not answer as it should, even if that was not yet trouble.
        watched: seconds that somebody looked, without maintenance.
        down: seconds of these in which it was in trouble.
        maintenance: seconds in its maintenance windows.
        latencies: how many right answers took how long, by ``LATENCY_BOUNDS``, without the zeros at the end.
    """

    probes: int = 0
    failures: int = 0
    watched: int = 0
    down: int = 0
    maintenance: int = 0
    latencies: tuple[int, ...] = ()

    def content(self) -> dict[str, Any]:
        """As a document's content: small, for there may be a thousand in one."""
        return self.model_dump(mode="json", exclude_defaults=True)

    def merged(self, other: "Tally") -> "Tally":
        """Both together."""
        return total((self, other))

    @property
    def uptime(self) -> float | None:
        """The share of the watched time without trouble, from 0 to 1; None if nobody looked."""
        return 1 - self.down / self.watched if self.watched else None

    def latency(self, share: float) -> timedelta | None:
        """How long this share of the answers took at most; None without answers.

        Reckoned from the classes, as if the answers were spread evenly over each of them.
        """
        wanted = share * sum(self.latencies)
        lower = 0
        for count, upper in zip(self.latencies, LATENCY_BOUNDS, strict=False):
            if count and wanted <= count:
                return timedelta(milliseconds=lower + (upper - lower) * wanted / count)
            wanted -= count
            lower = upper
        return None


NOTHING_SEEN = Tally()


def of_probe(
    span: timedelta, *, is_failure: bool, is_down: bool, in_maintenance: bool, took: timedelta | None
) -> Tally:
    """One probe.

    Args:
        span: the time that it stands for.
        is_failure: whether it failed.
        is_down: whether the endpoint is in trouble after it.
        in_maintenance: whether trouble is expected just now.
        took: how long a right answer took; None if there was none.
    """
    seconds = round(span.total_seconds())
    return Tally(
        probes=1,
        failures=int(is_failure),
        watched=0 if in_maintenance else seconds,
        down=seconds if is_down and not in_maintenance else 0,
        maintenance=seconds if in_maintenance else 0,
        latencies=() if took is None else _one_of(took),
    )


def total(tallies: Iterable[Tally]) -> Tally:
    """All together."""
    each = list(tallies)
    return Tally(
        probes=sum(one.probes for one in each),
        failures=sum(one.failures for one in each),
        watched=sum(one.watched for one in each),
        down=sum(one.down for one in each),
        maintenance=sum(one.maintenance for one in each),
        latencies=tuple(map(sum, zip_longest(*(one.latencies for one in each), fillvalue=0))),
    )


def _one_of(took: timedelta) -> tuple[int, ...]:
    milliseconds = took / timedelta(milliseconds=1)
    last = len(LATENCY_BOUNDS) - 1
    place = next((index for index, upper in enumerate(LATENCY_BOUNDS) if milliseconds <= upper), last)
    return (*[0] * place, 1)
