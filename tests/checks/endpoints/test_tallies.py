"""Numbers of an hour or a day: they add up in any order, and tell what was really seen."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.checks.endpoints.tallies import LATENCY_BOUNDS, NOTHING_SEEN, Tally, of_probe, total

MINUTE = timedelta(minutes=1)

probes = st.builds(
    of_probe,
    st.timedeltas(min_value=timedelta(seconds=1), max_value=timedelta(hours=1)),
    is_failure=st.booleans(),
    is_down=st.booleans(),
    in_maintenance=st.booleans(),
    took=st.none() | st.timedeltas(min_value=timedelta(), max_value=timedelta(seconds=40)),
)


def answered(*milliseconds: float) -> Tally:
    return total(
        of_probe(
            MINUTE, is_failure=False, is_down=False, in_maintenance=False, took=timedelta(milliseconds=each)
        )
        for each in milliseconds
    )


@given(st.lists(probes), st.lists(probes))
def test_two_parts_together_are_the_whole(one: list[Tally], other: list[Tally]) -> None:
    assert total([*one, *other]) == total(one).merged(total(other)) == total(other).merged(total(one))


@given(st.lists(probes, min_size=1))
def test_each_probe_counts_once(some: list[Tally]) -> None:
    together = total(some)
    assert together.probes == len(some)
    assert together.down <= together.watched
    assert together.uptime is None or 0 <= together.uptime <= 1


def test_a_content_gives_the_same_tally() -> None:
    tally = answered(10, 400, 29_000)
    assert Tally.model_validate(tally.content()) == tally
    assert NOTHING_SEEN.content() == {}


def test_trouble_in_maintenance_does_not_count_as_down() -> None:
    down = of_probe(MINUTE, is_failure=True, is_down=True, in_maintenance=True, took=None)
    assert (down.down, down.watched, down.maintenance, down.failures) == (0, 0, 60, 1)
    assert down.uptime is None


def test_uptime_is_the_share_without_trouble() -> None:
    well, down = (
        of_probe(MINUTE, is_failure=is_down, is_down=is_down, in_maintenance=False, took=None)
        for is_down in (False, True)
    )
    assert total([well] * 3 + [down]).uptime == 0.75


@given(st.lists(st.floats(1, LATENCY_BOUNDS[-1]), min_size=1), st.sampled_from([0.5, 0.95]))
def test_a_latency_lies_in_the_class_of_the_true_one(milliseconds: list[float], share: float) -> None:
    found = answered(*milliseconds).latency(share)
    assert found is not None
    ordered = sorted(milliseconds)
    place = next(number for number in range(1, len(ordered) + 1) if number >= share * len(ordered))
    upper = next(bound for bound in LATENCY_BOUNDS if ordered[place - 1] <= bound)
    lower = max((bound for bound in LATENCY_BOUNDS if bound < upper), default=0)
    assert lower <= found / timedelta(milliseconds=1) <= upper + 0.001


def test_without_answers_there_is_no_latency() -> None:
    assert NOTHING_SEEN.latency(0.5) is None


@pytest.mark.parametrize(("share", "milliseconds"), [(0.5, 75), (0.95, 97.5)])
def test_a_class_is_taken_as_evenly_filled(share: float, milliseconds: float) -> None:
    assert answered(*[60] * 20).latency(share) == timedelta(milliseconds=milliseconds)
