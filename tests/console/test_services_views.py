"""What the pages about services make of what is kept, without a page."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from chalicelib.books.facts import Facts
from chalicelib.books.incoming import Incoming
from chalicelib.books.reading import Day, Hour
from chalicelib.checks.endpoints.judging import State
from chalicelib.checks.endpoints.settings import Endpoint
from chalicelib.checks.endpoints.tallies import NOTHING_SEEN, Tally
from chalicelib.checks.endpoints.uptime import KEPT_DAYS, Uptime
from chalicelib.checks.port import Finding
from chalicelib.checks.running import CheckMemory
from chalicelib.console.services.heartbeats import check_rows, source_rows
from chalicelib.console.services.uptime import Row, Span, rows
from chalicelib.console.services.writing import Writer
from chalicelib.providers.reading import SourceSettings
from tests.checks.endpoints.shop import shop_with

ZONE = ZoneInfo("Asia/Tomsk")
NOW = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
RUSSIAN, ENGLISH = Writer("ru", ZONE), Writer("en", ZONE)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
UP = Tally(probes=60, watched=3600)


def uptime(*last_hours: Tally) -> Uptime:
    """The last hours, the newest last; before them nothing was seen."""
    newest = NOW.replace(minute=0)
    tallies = [*[NOTHING_SEEN] * (24 - len(last_hours)), *last_hours]
    hours = {newest - back * HOUR: tally for back, tally in zip(reversed(range(24)), tallies, strict=True)}
    days = {date(2026, 11, 20) - back * DAY: NOTHING_SEEN for back in reversed(range(KEPT_DAYS))}
    return Uptime(hours, days)


def row(seen: Uptime, state: State | None = None, writer: Writer = RUSSIAN, **settings: object) -> Row:
    one = Endpoint.model_validate({"name": "Site", "url": "https://site.example/", **settings})
    states = {"endpoint:Site": state} if state else {}
    (found,) = rows([one], states, {"endpoint:Site": seen}, Span.DAY, shop_with(), NOW, writer)
    return found


# Shares and times


@pytest.mark.parametrize(
    ("share", "russian", "english"),
    [
        (1.0, "100 %", "100%"),
        (0.999999, "99,99 %", "99.99%"),
        (0.9950, "99,5 %", "99.5%"),
        (0.9, "90 %", "90%"),
        (0.57, "57 %", "57%"),
        (0.0, "0 %", "0%"),
        (None, "–", "–"),
    ],
)
def test_a_share_is_never_rounded_up(share: float | None, russian: str, english: str) -> None:
    assert RUSSIAN.share(share).replace("\N{NO-BREAK SPACE}", " ") == russian
    assert ENGLISH.share(share) == english


def test_times_are_written_in_the_readers_language() -> None:
    assert (RUSSIAN.day(date(2026, 11, 20)), ENGLISH.day(date(2026, 11, 20))) == ("20.11", "20 Nov")
    assert (RUSSIAN.hour(NOW), ENGLISH.hour(NOW)) == ("20.11, 16:30–17:30", "20 Nov, 16:30–17:30")
    assert ENGLISH.milliseconds(timedelta(milliseconds=184.4)) == "184 ms"


# Endpoints


@pytest.mark.parametrize(
    ("last", "state", "settings", "condition"),
    [
        (UP, None, {}, "well"),
        (UP, State(failures=1), {}, "failing"),
        (UP, State(failures=3, is_down=True), {}, "down"),
        (UP, State(is_told=True), {}, "well"),
        (NOTHING_SEEN, None, {}, "unknown"),
        (NOTHING_SEEN, None, {"every": "6h"}, "unknown"),
        (UP, State(is_down=True), {"maintenance": ["Fri 16:00-17:00"]}, "maintenance"),
    ],
)
def test_how_an_endpoint_is_now(
    last: Tally, state: State | None, settings: dict[str, Any], condition: str
) -> None:
    assert row(uptime(last), state, **settings).condition == condition


@pytest.mark.parametrize(
    ("hours_ago", "every", "condition"),
    [(1, "1m", "well"), (2, "1m", "unknown"), (2, "1h", "well"), (12, "6h", "well"), (13, "6h", "unknown")],
)
def test_what_was_seen_long_ago_says_nothing_about_now(hours_ago: int, every: str, condition: str) -> None:
    seen = uptime(UP, *[NOTHING_SEEN] * hours_ago)
    assert row(seen, every=every).condition == condition


def test_bars_say_what_was_when() -> None:
    half = Tally(probes=60, watched=3600, down=1800)
    some = Tally(probes=60, watched=3600, down=60)
    maintained = Tally(probes=60, maintenance=3600)
    bars = row(uptime(half, some, maintained, UP), writer=ENGLISH).bars
    assert "20 Nov, 13:00–14:00: worked 50%, down for 30 min" in bars
    assert "20 Nov, 14:00–15:00: worked 98.33%, down for 1 min" in bars
    assert "20 Nov, 15:00–16:00: maintenance" in bars
    assert "20 Nov, 16:00–17:00: no incident" in bars
    assert "20 Nov, 12:00–13:00: not watched" in bars
    kinds = [bars.count(f'class="tone-{tone}"') for tone in ("bad", "warn", "good", "none")]
    assert kinds == [1, 1, 1, 21]
    assert "Worked for 82.77% of the time watched in the last 24 hours." in bars


def test_a_name_is_text_and_no_markup() -> None:
    one = Endpoint.model_validate({"name": "<b>Site</b>", "url": "https://site.example/"})
    seen = {"endpoint:<b>Site</b>": uptime(UP)}
    (found,) = rows([one], {}, seen, Span.DAY, shop_with(), NOW, RUSSIAN)
    assert "<b>" not in found.bars


# Sources


def came_in(counts: dict[str, int]) -> Facts:
    return Facts({Incoming: Incoming(sources={source: {"done": count} for source, count in counts.items()})})


def sources(hours: Sequence[Facts], days: Sequence[Facts], *trouble: str) -> dict[str, tuple[str, int, str]]:
    settings = {name: SourceSettings(provider="tilda") for name in ("one", "two")}
    first = NOW.replace(minute=0) - (len(hours) - 1) * HOUR
    found = source_rows(
        settings,
        [Hour(first + number * HOUR, facts) for number, facts in enumerate(hours)],
        [Day(date(2026, 11, 19) + number * DAY, facts) for number, facts in enumerate(days)],
        trouble,
        ENGLISH,
    )
    return {row.name: (row.state, row.count, row.heard) for row in found}


def test_a_source_is_heard_in_the_last_hour_in_which_something_came() -> None:
    hours = [came_in({"one": 2}), came_in({"one": 1}), came_in({})]
    assert sources(hours, [])["one"] == ("well", 3, "20 Nov, 15:00–16:00")


def test_of_a_source_that_is_quiet_for_longer_the_day_is_known() -> None:
    found = sources([came_in({})], [came_in({"one": 7}), came_in({})])
    assert found == {"one": ("quiet", 0, "19 Nov"), "two": ("never", 0, "")}


@pytest.mark.parametrize("kind", ["silence", "band", "rejecting", "source"])
def test_a_source_with_an_incident_is_in_trouble(kind: str) -> None:
    found = sources([came_in({"one": 1})], [], f"{kind}:one", "endpoint:two")
    assert (found["one"][0], found["two"][0]) == ("trouble", "never")


# Checks


@dataclass
class FakeCheck:
    name: str = "books"
    every: timedelta = timedelta(minutes=10)
    has_baseline: bool = False

    def find(self, now: datetime) -> list[Finding]:
        del now
        return []


def state(check: FakeCheck, **memory: object) -> str:
    memories = {check.name: CheckMemory.model_validate(memory)}
    (found,) = check_rows([check], memories, NOW, RUSSIAN)
    return found.state


def test_how_a_check_is() -> None:
    check, ran = FakeCheck(), NOW - timedelta(minutes=29)
    assert state(check) == "never"
    assert state(check, ran_at=ran) == "well"
    assert state(check, ran_at=NOW - timedelta(minutes=31)) == "late"
    assert state(check, ran_at=ran, failing_since=NOW) == "failing"
    assert state(FakeCheck(has_baseline=True), ran_at=ran) == "waits"
    assert state(FakeCheck(has_baseline=True), ran_at=ran, accepted_at=NOW) == "well"


def test_a_check_of_each_tick_is_late_once_it_has_not_been_seen_for_long() -> None:
    check = FakeCheck(every=timedelta(minutes=1))
    assert state(check, ran_at=NOW - timedelta(minutes=16)) == "well"
    assert state(check, ran_at=NOW - timedelta(minutes=46)) == "late"


def test_checks_that_need_somebody_come_first_and_have_names_for_people() -> None:
    checks = [FakeCheck("books"), FakeCheck("poll-cdek"), FakeCheck("of-tomorrow")]
    memories = {
        "books": CheckMemory(ran_at=NOW),
        "poll-cdek": CheckMemory(failing_since=NOW),
        "of-tomorrow": CheckMemory(),
    }
    titles = [found.title for found in check_rows(checks, memories, NOW, RUSSIAN)]
    assert titles == ["Опрос источника cdek", "of-tomorrow", "Итоги часов и дней"]
