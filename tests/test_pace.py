import threading
from collections import deque
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.pace import Pace


class Time:
    """A clock that only goes on when somebody sleeps or it is told to."""

    def __init__(self, now: float = 1000.0) -> None:
        self.now = now
        self.slept: list[float] = []

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        assert seconds > 0
        assert len(self.slept) < 10_000, "it never ends"
        self.slept.append(seconds)
        self.now += seconds


def begun(time: Time, pace: Pace, pauses: list[float]) -> list[float]:
    """When each request may begin, if we come after these pauses."""
    moments = []
    for pause in pauses:
        time.now += pause
        pace.wait()
        moments.append(time.now)
    return moments


def most_in_a_window(moments: list[float], window: float) -> int:
    recent: deque[float] = deque()
    most = 0
    for moment in moments:
        recent.append(moment)
        while moment >= recent[0] + window:
            recent.popleft()
        most = max(most, len(recent))
    return most


@given(
    limit=st.integers(1, 12),
    start=st.floats(0, 1e9),
    pauses=st.lists(st.one_of(st.just(0.0), st.floats(0, 2.5)), max_size=80),
)
def test_no_second_ever_holds_more_than_the_limit(limit: int, start: float, pauses: list[float]) -> None:
    time = Time(start)
    moments = begun(time, Pace(limit, time.monotonic, time.sleep), pauses)
    assert most_in_a_window(moments, 1.0) <= limit


@given(per_second=st.floats(0.05, 0.99), pauses=st.lists(st.floats(0, 30), max_size=20))
def test_below_one_a_second_requests_keep_their_distance(per_second: float, pauses: list[float]) -> None:
    time = Time()
    moments = begun(time, Pace(per_second, time.monotonic, time.sleep), pauses)
    gaps = [later - earlier for earlier, later in pairwise(moments)]
    assert all(gap >= 1 / per_second - 1e-9 for gap in gaps)


@pytest.mark.parametrize("limit", [1, 8])
def test_a_burst_up_to_the_limit_is_not_delayed(limit: int) -> None:
    time = Time()
    begun(time, Pace(limit, time.monotonic, time.sleep), [0.0] * limit)
    assert time.slept == []


def test_what_is_over_the_limit_waits_for_the_oldest_to_leave_the_window() -> None:
    time = Time()
    moments = begun(time, Pace(2, time.monotonic, time.sleep), [0.0, 0.25, 0.25])
    assert moments == [1000.0, 1000.25, 1001.0]


def test_the_whole_limit_is_used() -> None:
    time = Time()
    moments = begun(time, Pace(8, time.monotonic, time.sleep), [0.0] * 80)
    assert moments[-1] - moments[0] == pytest.approx(9)


def test_a_quiet_time_is_not_saved_up() -> None:
    time = Time()
    pace = Pace(3, time.monotonic, time.sleep)
    begun(time, pace, [0.0])
    moments = begun(time, pace, [60.0, 0, 0, 0])
    assert moments == [1060.0, 1060.0, 1060.0, 1061.0]


def test_all_threads_share_the_limit() -> None:
    class SharedTime(Time):
        """Each sleeper moves the clock to its own waking time, as real clocks do."""

        lock = threading.Lock()

        def sleep(self, seconds: float) -> None:
            with self.lock:
                self.now += seconds

    time = SharedTime()
    pace = Pace(5, time.monotonic, time.sleep)
    moments: list[float] = []

    def work() -> None:
        for _ in range(25):
            pace.wait()
            moments.append(time.now)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(moments) == 100
    # Twenty windows of five: nineteen of them had to pass.
    assert time.now >= 1019 - 1e-6
