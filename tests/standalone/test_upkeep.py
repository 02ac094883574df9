import threading
from datetime import timedelta

import pytest

from standalone import upkeep
from standalone.upkeep import Repeating

PATIENCE_SECONDS = 20


def test_it_works_at_the_start_and_again_and_again_until_it_is_stopped() -> None:
    turns: list[int] = []
    enough = threading.Event()

    def work() -> None:
        turns.append(1)
        if len(turns) == 3:
            enough.set()

    repeating = Repeating(work, timedelta(), "test")
    assert not repeating.alive
    repeating.start()
    assert enough.wait(PATIENCE_SECONDS)
    assert repeating.alive
    repeating.stop()
    assert not repeating.alive
    assert len(turns) >= 3


def test_a_long_span_does_not_hold_up_the_end() -> None:
    worked = threading.Event()
    repeating = Repeating(worked.set, timedelta(days=1), "test")
    repeating.start()
    assert worked.wait(PATIENCE_SECONDS)
    repeating.stop()
    assert not repeating.alive


def test_work_that_takes_long_does_not_hold_up_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upkeep, "PATIENCE_SECONDS", 0.01)
    begun, ended = threading.Event(), threading.Event()

    def work() -> None:
        begun.set()
        ended.wait(PATIENCE_SECONDS)

    repeating = Repeating(work, timedelta(days=1), "test")
    repeating.start()
    assert begun.wait(PATIENCE_SECONDS)
    repeating.stop()
    assert repeating.alive
    ended.set()


def test_trouble_does_not_end_it(caplog: pytest.LogCaptureFixture) -> None:
    troubles = iter([OSError("disk full"), OSError("disk full")])
    worked = threading.Event()

    def work() -> None:
        for trouble in troubles:
            raise trouble
        worked.set()

    repeating = Repeating(work, timedelta(), "test")
    repeating.start()
    assert worked.wait(PATIENCE_SECONDS)
    repeating.stop()
    assert caplog.text.count("upkeep failed") == 2


def test_the_time_of_the_work_counts_so_that_each_minute_stays_a_minute() -> None:
    passed = [0.0]
    enough = threading.Event()

    def work() -> None:
        passed[0] += 3600
        if passed[0] >= 3 * 3600:
            enough.set()

    repeating = Repeating(work, timedelta(hours=1), "test", lambda: passed[0])
    repeating.start()
    assert enough.wait(PATIENCE_SECONDS)
    repeating.stop()
