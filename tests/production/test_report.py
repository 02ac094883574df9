"""How long production waited: the figures, and the command that prints them."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from click.testing import CliRunner

from chalicelib import bootstrap
from chalicelib.hours import ALWAYS, WorkingHours
from chalicelib.production.memory import Answer, Question
from chalicelib.production.report import asked_since, figures
from standalone.cli import main
from tests.production.workshop import Workshop

TOMSK = ZoneInfo("Asia/Tomsk")
MONDAY = datetime(2026, 11, 16, 3, 0, tzinfo=UTC)
"""10:00 in Tomsk."""


def question(minutes: int | None) -> Question:
    """One that was answered after so long, or not yet."""
    answer = minutes is not None and Answer(
        entry_id="e", text="Да", author="", way="field", at=MONDAY + timedelta(minutes=minutes)
    )
    return Question(number=1, entry_id="e", text="Да?", at=MONDAY, answer=answer or None)


@pytest.mark.parametrize(
    ("minutes", "median", "ninetieth"),
    [([7], 7, 7), ([1, 3], 2, 3), (range(1, 11), 5.5, 9), (range(1, 12), 6, 10), ([5, 5, 600], 5, 600)],
)
def test_median_and_ninetieth_percentile(minutes: Sequence[int], median: float, ninetieth: int) -> None:
    found = figures([question(each) for each in (*minutes, None)], ALWAYS, TOMSK)
    assert (found.asked, found.answered, len(found.waiting)) == (len(minutes) + 1, len(minutes), 1)
    assert found.waited is not None
    assert found.waited.median == timedelta(minutes=median)
    assert found.waited.ninetieth == timedelta(minutes=ninetieth)


def test_the_shops_hours_count() -> None:
    hours = WorkingHours.parse("Mon-Fri 09:00-18:00")
    found = figures([question(24 * 60)], hours, TOMSK)
    assert found.delay is not None
    assert found.delay.median == timedelta(hours=9)


def test_nothing_asked() -> None:
    found = figures([], ALWAYS, TOMSK)
    assert (found.asked, found.delay, found.waited) == (0, None, None)


@pytest.fixture
def world(tmp_path: Path) -> Workshop:
    return Workshop(tmp_path)


def test_what_was_asked_is_found_and_what_was_answered_is_in_the_journal(
    world: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    order_id = world.make()
    world.look()
    world.asks("e1")
    world.work()
    world.later(minutes=30)
    world.answer(order_id, "Чёрные")
    world.look()
    world.later(days=2)
    world.asks("e2", "Шаг?")
    world.work()
    documents, zone = world.engine.documents, world.shop.shop.timezone
    asked = asked_since(documents, world.now - timedelta(days=30), world.now, zone)
    assert [each.text for each in asked] == ["Какой цвет люверсов?", "Шаг?"]
    assert [each.text for each in asked_since(documents, world.now - timedelta(days=1), world.now, zone)] == [
        "Шаг?"
    ]
    (fact,) = [
        event for entry in world.entries() for event in entry.events if event.kind == "production-answered"
    ]
    assert (fact.waited, fact.delay, fact.way) == (timedelta(minutes=30), timedelta(minutes=30), "field")
    monkeypatch.setattr(bootstrap, "application", lambda: world.application)
    printed = CliRunner().invoke(main, ["production", "report"]).output
    assert printed.splitlines() == [
        "2 questions, 1 answered, 1 open",
        "time to answer in the shop's hours: median 0 h 30 min, nine of ten within 0 h 30 min",
        "time to answer in all: median 0 h 30 min, nine of ten within 0 h 30 min",
        "open: order T1, 2026-11-22 11:30: Шаг?",
    ]
