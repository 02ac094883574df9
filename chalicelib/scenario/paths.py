"""Where orders can get to by the steps of a scenario."""

from collections.abc import Collection, Iterable, Mapping

Steps = Mapping[str, Collection[str]]
"""The next statuses of each status."""


def reachable(steps: Steps, begin: Iterable[str]) -> frozenset[str]:
    """These statuses, and those that some way leads to from one of them."""
    found: set[str] = set()
    to_visit = set(begin)
    while to_visit:
        status = to_visit.pop()
        found.add(status)
        to_visit.update(set(steps.get(status, ())) - found)
    return frozenset(found)


def dead_ends(steps: Steps) -> frozenset[str]:
    """The statuses from which no way leads to an end, which is a status without next ones."""
    ends = {status for status, following in steps.items() if not following}
    return frozenset(steps) - reachable(_backwards(steps), ends)


def _backwards(steps: Steps) -> Steps:
    former: dict[str, set[str]] = {status: set() for status in steps}
    for status, following in steps.items():
        for after in following:
            former.setdefault(after, set()).add(status)
    return former
