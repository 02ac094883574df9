"""Endpoints: how they are now, and how they did, as bars and numbers."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from markupsafe import Markup

from chalicelib.checks.endpoints.judging import WELL, State, States
from chalicelib.checks.endpoints.settings import Endpoint, Watched
from chalicelib.checks.endpoints.sightings import key_of
from chalicelib.checks.endpoints.tallies import Tally
from chalicelib.checks.endpoints.uptime import Uptime
from chalicelib.console import charts
from chalicelib.console.services.writing import Writer
from chalicelib.settings import Shop

MEDIAN, NEARLY_ALL = 0.5, 0.95
MOSTLY = 0.5
"""From this share of trouble on a period counts as down, and not as partly down."""


FRESH = timedelta(hours=1)
"""What was seen longer ago, and than twice the endpoint's interval, says nothing about now."""


class Span(StrEnum):
    """How far back the bars go."""

    DAY = "24h"
    MONTH = "30d"
    QUARTER = "90d"


DAYS: Mapping[Span, int] = {Span.MONTH: 30, Span.QUARTER: 90}


class Condition(StrEnum):
    """How something is now."""

    WELL = "well"
    FAILING = "failing"
    DOWN = "down"
    MAINTENANCE = "maintenance"
    UNKNOWN = "unknown"


MOODS: Mapping[Condition, str] = {
    Condition.WELL: "good",
    Condition.FAILING: "warn",
    Condition.DOWN: "bad",
    Condition.MAINTENANCE: "info",
    Condition.UNKNOWN: "idle",
}


@dataclass(frozen=True, slots=True)
class Row:
    """One endpoint.

    Attributes:
        host: where it is; empty for a test lead.
        bars: its periods, the oldest first.
        day: the share without trouble of the last 24 hours, in words; likewise ``month`` and ``quarter``.
        median: how long half of the answers of the bars' time took at most; of ``slow`` 95 of 100.
    """

    name: str
    host: str
    condition: Condition
    mood: str
    bars: Markup
    day: str
    month: str
    quarter: str
    median: str
    slow: str


def worst_first(watched: Sequence[Watched], states: States) -> list[Watched]:
    """What is in trouble before the rest, otherwise in the order of the shop file."""
    return sorted(watched, key=lambda one: _badness(states.get(key_of(one.name), WELL)))


def rows(
    watched: Sequence[Watched],
    states: States,
    uptimes: Mapping[str, Uptime],
    span: Span,
    shop: Shop,
    now: datetime,
    writer: Writer,
) -> list[Row]:
    """What the page shows of each.

    Args:
        watched: whom it shows.
        states: what is not plainly well.
        uptimes: how they did, by the keys of their incidents.
        span: how far back the bars go.
        shop: whose they are.
        now: the present moment.
        writer: how it is written.
    """
    found = []
    for number, one in enumerate(watched):
        key = key_of(one.name)
        uptime = uptimes[key]
        condition = _condition(one, states.get(key, WELL), uptime, shop, now)
        together = uptime.last_hours() if span is Span.DAY else uptime.last_days(DAYS[span])
        found.append(
            Row(
                name=one.name,
                host=_host(one),
                condition=condition,
                mood=MOODS[condition],
                bars=_bars(f"bars-{number}", one.name, uptime, span, writer),
                day=writer.share(uptime.last_hours().uptime),
                month=writer.share(uptime.last_days(DAYS[Span.MONTH]).uptime),
                quarter=writer.share(uptime.last_days(DAYS[Span.QUARTER]).uptime),
                median=writer.milliseconds(together.latency(MEDIAN)),
                slow=writer.milliseconds(together.latency(NEARLY_ALL)),
            )
        )
    return found


def _condition(one: Watched, state: State, uptime: Uptime, shop: Shop, now: datetime) -> Condition:
    if any(window.is_open(now, shop.shop.timezone) for window in one.maintenance):
        return Condition.MAINTENANCE
    if state.is_down:
        return Condition.DOWN
    if state.failures:
        return Condition.FAILING
    is_fresh = uptime.is_seen_since(now - max(FRESH, 2 * one.every))
    return Condition.WELL if is_fresh else Condition.UNKNOWN


def _badness(state: State) -> int:
    if state.is_down:
        return 0
    return 1 if state.failures else 2


def _host(one: Watched) -> str:
    """Without path and query: these may hold a token."""
    if not isinstance(one, Endpoint):
        return ""
    return one.url.split("/")[2]


def _bars(name: str, title: str, uptime: Uptime, span: Span, writer: Writer) -> Markup:
    cells = list(_cells(uptime, span, writer))
    together = uptime.last_hours() if span is Span.DAY else uptime.last_days(DAYS[span])
    description = writer.say(f"bars_{span}", uptime=writer.share(together.uptime))
    return charts.strip(name, title, cells, description=description)


def _cells(uptime: Uptime, span: Span, writer: Writer) -> Iterator[charts.Cell]:
    if span is Span.DAY:
        for hour, tally in uptime.hours.items():
            yield _cell(writer.hour(hour), tally, writer)
        return
    for day, tally in list(uptime.days.items())[-DAYS[span] :]:
        yield _cell(writer.day(day), tally, writer)


def _cell(when: str, tally: Tally, writer: Writer) -> charts.Cell:
    if not tally.watched:
        kind = "maintenance" if tally.maintenance else "unknown"
        return charts.Cell("unknown", writer.say(f"bar_{kind}", when=when))
    if not tally.down:
        return charts.Cell("up", writer.say("bar_up", when=when))
    hint = writer.say(
        "bar_down",
        when=when,
        uptime=writer.share(tally.uptime),
        down=writer.duration(timedelta(seconds=tally.down)),
    )
    return charts.Cell("down" if tally.down >= MOSTLY * tally.watched else "partly", hint)
