"""The judgement alone: from sightings to states and what is told."""

from hypothesis import given
from hypothesis import strategies as st

from chalicelib.alerts.incidents import Observation
from chalicelib.checks.endpoints.answers import Problem
from chalicelib.checks.endpoints.judging import (
    RECOVERED,
    WELL,
    Sighting,
    State,
    all_judged,
    judged,
    to_tell,
    told,
)

KEY = "endpoint:Site"


def sighting(*, is_bad: bool, fail_after: int = 3, recover_after: int = 2) -> Sighting:
    problem = Problem("status", "502", "200-299") if is_bad else None
    return Sighting(KEY, "Site", problem, fail_after=fail_after, recover_after=recover_after)


def after(pattern: str, fail_after: int = 3, recover_after: int = 2) -> State:
    state = WELL
    for mark in pattern:
        seen = sighting(is_bad=mark == "x", fail_after=fail_after, recover_after=recover_after)
        state = judged(state, seen)
    return state


def test_only_failures_in_a_row_count() -> None:
    assert after("xx.xx.xx.") == WELL
    assert not after("xx.xx").is_down
    assert after("xx.xxx").is_down


def test_only_successes_in_a_row_end_it() -> None:
    assert after("xxx.x.x.").is_down
    assert after("xxx.x..") == RECOVERED


def test_one_failure_and_one_success_can_be_enough() -> None:
    assert after("x", fail_after=1).is_down
    assert after("x.", fail_after=1, recover_after=1) == RECOVERED


def test_what_fails_again_right_after_a_crash_at_its_end_is_told_again() -> None:
    assert judged(RECOVERED, sighting(is_bad=True, fail_after=1)) == State(failures=1, is_down=True)


@given(st.lists(st.booleans(), max_size=60), st.integers(1, 4), st.integers(1, 4))
def test_beginning_and_end_are_told_in_turn_and_only_when_due(
    marks: list[bool], fail_after: int, recover_after: int
) -> None:
    states: dict[str, State] = {}
    heard: list[bool] = []
    for number, is_bad in enumerate(marks, 1):
        seen = [sighting(is_bad=is_bad, fail_after=fail_after, recover_after=recover_after)]
        states = all_judged(states, seen, {KEY})
        news = to_tell(states, seen, {KEY}, lambda problem: problem.reason)
        states = told(states, news)
        for observation in news:
            needed = fail_after if observation.is_bad else recover_after
            assert marks[max(0, number - needed) : number] == [observation.is_bad] * needed
            heard.append(observation.is_bad)
    assert heard == [turn % 2 == 0 for turn in range(len(heard))]
    assert bool(states.get(KEY, WELL).is_down) == (len(heard) % 2 == 1)


def test_what_is_no_longer_watched_is_ended_and_forgotten() -> None:
    states = all_judged({KEY: State(failures=3, is_down=True, is_told=True)}, [], set())
    news = to_tell(states, [], set(), str)
    assert news == [Observation(key=KEY, is_bad=False, subject=KEY)]
    assert told(states, news) == {}
    assert all_judged({KEY: State(failures=1)}, [], set()) == {}
