"""Which statuses orders get to, and which of them they never leave for an end."""

from itertools import pairwise, permutations

from hypothesis import given
from hypothesis import strategies as st

from chalicelib.scenario.paths import Steps, dead_ends, reachable

STATUSES = "abcde"
scenarios = st.fixed_dictionaries({status: st.sets(st.sampled_from(STATUSES)) for status in STATUSES})


def every_way(steps: Steps) -> list[tuple[str, ...]]:
    """Each way that passes no status twice, by trying all orders of all statuses."""
    return [
        way
        for length in range(1, len(steps) + 1)
        for way in permutations(steps, length)
        if all(after in steps[before] for before, after in pairwise(way))
    ]


@given(scenarios)
def test_dead_ends_are_those_without_any_way_to_an_end(steps: Steps) -> None:
    saved = {way[0] for way in every_way(steps) if not steps[way[-1]]}
    assert dead_ends(steps) == set(steps) - saved


@given(scenarios, st.sets(st.sampled_from(STATUSES)))
def test_reachable_are_those_with_a_way_from_the_beginning(steps: Steps, begin: set[str]) -> None:
    assert reachable(steps, begin) == {way[-1] for way in every_way(steps) if way[0] in begin}
