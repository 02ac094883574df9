"""What must be reached, and what was found."""

from dataclasses import dataclass

from benchmarks.aws_events import Event
from benchmarks.cold_start import BAR_MS, OURS
from benchmarks.endpoints import BAR_SECONDS as ENDPOINTS_BAR_SECONDS
from benchmarks.pages import BAR_MS as PAGE_BAR_MS
from benchmarks.pages import FIRST_PAGES, Page
from benchmarks.results import Results

FASTEST_RATE = 50
PAGE = 100
"""Orders that the CRM gives at once."""

TWO_ACTIONS = frozenset({"missed call of a known client", "parcel arrived, with SMS"})
"""A task and the timer until which somebody should have called back; a status and a message."""


@dataclass(frozen=True, slots=True)
class Bar:
    """One thing that must be reached.

    Attributes:
        name: what.
        wanted: with its unit, such as ``≤ 15 ms``.
        found: with its unit.
        is_met: whether it was reached.
    """

    name: str
    wanted: str
    found: str
    is_met: bool


def judged(results: Results) -> tuple[Bar, ...]:
    """Each bar with what this run found."""
    steady, saturation, burst = results.steady, results.saturation, results.burst
    fastest = next(load for load in steady.loads if load.rate == FASTEST_RATE)
    above_crm = [round(load.arrival.p95 - steady.crm.p50, 1) for load in steady.loads]
    memory = max(steady.peak_memory_mib, saturation.peak_memory_mib, saturation.crash.peak_memory_mib)
    one_action = [event.writes for event in results.aws if event.kind not in TWO_ACTIONS]
    cold = next(row.median for row in results.cold_start if row.way == OURS.name and row.bytecode)
    return (
        at_most("accepted leads lost or doubled, all runs together", results.broken_promises, 0),
        at_least(
            "saturation as a share of a bare durable insert's", 100 * saturation.share_of_insert, 50, " %"
        ),
        at_most(f"accept at {FASTEST_RATE} a second, p99", fastest.accept.p99, 15, " ms"),
        at_most("accept → CRM above the CRM's own latency, p95, the worst rate", max(above_crm), 100, " ms"),
        at_most("memory, the most at any time", memory, 150, " MiB"),
        at_most("start", results.start_seconds, 1.5, " s"),
        at_most(
            "start with 100,000 journal entries after an unclean stop",
            saturation.crash.start_seconds,
            1.5,
            " s",
        ),
        at_least(
            "burst: requests used of those that the workers may use",
            100 * burst.share_of_allowance,
            80,
            " %",
        ),
        at_most(
            f"a round of {results.watch.endpoints:,} endpoints, {results.watch.hanging} of them hanging",
            results.watch.round_seconds,
            ENDPOINTS_BAR_SECONDS,
            " s",
        ),
        at_most(
            f"a look at {results.look.waiting:,} waiting parcels: CRM pages read",
            results.look.list_reads,
            -(-results.look.waiting // PAGE),
        ),
        at_most(
            "console: today and journal with 100,000 entries, the slowest of the first request and p95",
            max(max(page.first_ms, page.server.p95) for page in _first_pages(results.pages)),
            PAGE_BAR_MS,
            " ms",
        ),
        at_most(
            "AWS: the same pages, estimated from their calls",
            max(page.aws_ms for page in _first_pages(results.pages)),
            PAGE_BAR_MS,
            " ms",
        ),
        at_most("AWS: calls to accept", _most_calls(results.aws), 1),
        at_most("AWS: DynamoDB writes of an event with one action", max(one_action), 6),
        at_most("AWS: first webhook of a fresh process", cold, BAR_MS, " ms"),
    )


def at_most(name: str, found: float, bar: float, unit: str = "") -> Bar:
    """A bar that must not be exceeded."""
    return Bar(name, f"≤ {bar:g}{unit}", f"{found:.4g}{unit}", found <= bar)


def at_least(name: str, found: float, bar: float, unit: str = "") -> Bar:
    """A bar that must be reached."""
    return Bar(name, f"≥ {bar:g}{unit}", f"{found:.4g}{unit}", found >= bar)


def _first_pages(pages: tuple[Page, ...]) -> list[Page]:
    return [page for page in pages if page.name in FIRST_PAGES]


def _most_calls(events: tuple[Event, ...]) -> int:
    return max(event.accept_calls for event in events)
