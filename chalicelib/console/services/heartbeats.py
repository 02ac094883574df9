"""Signs of life: when each source last sent something, and each check last ran."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from markupsafe import Markup

from chalicelib.books.incoming import Incoming
from chalicelib.books.reading import Day, Hour
from chalicelib.checks.ourselves import LATE
from chalicelib.checks.port import Check
from chalicelib.checks.running import SEEN_EVERY, TICK, CheckMemory
from chalicelib.console import charts
from chalicelib.console.services.writing import Writer
from chalicelib.memory import ASKED, REJECTING
from chalicelib.providers.reading import SourceSettings

TROUBLE = ("silence:", "band:", REJECTING, ASKED)
"""Begin the keys of incidents of sources."""


@dataclass(frozen=True, slots=True)
class SourceRow:
    """One source.

    Attributes:
        state: ``trouble``, ``well``, ``quiet`` if nothing came lately and nobody expects it, ``never``.
        heard: when something last came, in words: the hour within the last day, else the day.
        count: how much came in the last 24 hours.
        line: the same, hour by hour.
        expected: how often something should come; None if nobody said so.
    """

    name: str
    provider: str
    state: str
    mood: str
    heard: str
    count: int
    line: Markup
    expected: timedelta | None


@dataclass(frozen=True, slots=True)
class CheckRow:
    """One of our own checks.

    Attributes:
        title: what it looks at, in words.
        state: ``well``, ``late``, ``failing``, ``waits`` for a person's word, or ``never`` if it has not run.
        ran_at: when it last came to its end; None if it never did.
    """

    name: str
    title: str
    state: str
    mood: str
    every: timedelta
    ran_at: datetime | None


_SOURCE_MOODS = {"trouble": "bad", "well": "good", "quiet": "idle", "never": "idle"}
_CHECK_MOODS = {"failing": "bad", "late": "bad", "waits": "info", "never": "idle", "well": "good"}
"""In the order in which they are shown."""


def source_rows(
    sources: Mapping[str, SourceSettings],
    hours: Sequence[Hour],
    days: Sequence[Day],
    open_incidents: Collection[str],
    writer: Writer,
) -> list[SourceRow]:
    """What the page shows of sources, in the order of the shop file.

    Args:
        sources: the shop's.
        hours: the books of the last 24 hours.
        days: the books of as many days as there are.
        open_incidents: the keys of what is in trouble.
        writer: how it is written.
    """
    by_hour = [(hour.starts_at, _received(hour.facts.part(Incoming))) for hour in hours]
    by_day = [(day.date, _received(day.facts.part(Incoming))) for day in days]
    rows = []
    for number, (name, settings) in enumerate(sources.items()):
        counts = [received.get(name, 0) for _, received in by_hour]
        heard = _heard(name, by_hour, by_day, writer)
        state = "well" if sum(counts) else "quiet" if heard else "never"
        if any(f"{kind}{name}" in open_incidents for kind in TROUBLE):
            state = "trouble"
        line = charts.sparkline(
            f"source-{number}",
            writer.say("came_in", source=name),
            counts,
            description=writer.say("came_in_words", count=sum(counts)),
        )
        rows.append(
            SourceRow(
                name=name,
                provider=settings.provider,
                state=state,
                mood=_SOURCE_MOODS[state],
                heard=heard,
                count=sum(counts),
                line=line,
                expected=settings.expect_every,
            )
        )
    return rows


def check_rows(
    checks: Iterable[Check], memories: Mapping[str, CheckMemory], now: datetime, writer: Writer
) -> list[CheckRow]:
    """What the page shows of checks: what needs somebody before the rest."""
    rows = []
    for check in checks:
        memory = memories[check.name]
        state = _check_state(check, memory, now)
        rows.append(
            CheckRow(
                name=check.name,
                title=_title(check.name, writer),
                state=state,
                mood=_CHECK_MOODS[state],
                every=check.every,
                ran_at=memory.ran_at,
            )
        )
    order = list(_CHECK_MOODS)
    return sorted(rows, key=lambda row: (order.index(row.state), row.title))


def _title(name: str, writer: Writer) -> str:
    """What a check looks at; of one that belongs to a source, the source as well."""
    for beginning in ("poll-", "subscription-of-"):
        if name.startswith(beginning):
            return writer.say(f"does_{beginning}", source=name.removeprefix(beginning))
    return writer.say_if_known(f"does_{name}") or name


def _check_state(check: Check, memory: CheckMemory, now: datetime) -> str:
    if memory.failing_since is not None:
        return "failing"
    if memory.ran_at is None:
        return "never"
    # Of what runs at each tick this is written down only now and then.
    usual = max(check.every, SEEN_EVERY) if check.every <= TICK else check.every
    if now - memory.ran_at > LATE * usual:
        return "late"
    return "waits" if check.has_baseline and memory.accepted_at is None else "well"


def _received(incoming: Incoming) -> Mapping[str, int]:
    return {source: sum(statuses.values()) for source, statuses in incoming.sources.items()}


def _heard(
    name: str,
    by_hour: Sequence[tuple[datetime, Mapping[str, int]]],
    by_day: Sequence[tuple[date, Mapping[str, int]]],
    writer: Writer,
) -> str:
    hour = next((hour for hour, received in reversed(by_hour) if received.get(name)), None)
    if hour is not None:
        return writer.hour(hour)
    day = next((day for day, received in reversed(by_day) if received.get(name)), None)
    return writer.day(day) if day is not None else ""
