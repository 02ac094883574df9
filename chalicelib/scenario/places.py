"""Where each status of a scenario stands in its picture."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from chalicelib.scenario.settings import Scenario

BOX_WIDTH = 212
BOX_HEIGHT = 58
ROW = 92
"""From a box to the one below it."""

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Group:
    """A group of statuses, one box below another.

    Attributes:
        row: how many half rows below the top its first box stands.
    """

    code: str
    statuses: tuple[str, ...]
    row: int


@dataclass(frozen=True, slots=True)
class Places:
    """The statuses in columns, and apart from them the ways out.

    Attributes:
        columns: from left to right, each with its groups from top to bottom.
        ways_out: ends to which orders leave the way early. Lines to them would cross everything.
        codes: all groups in the order in which the scenario has them.
    """

    columns: tuple[tuple[Group, ...], ...]
    ways_out: tuple[str, ...]
    codes: tuple[str, ...]

    def each(self) -> Iterator[tuple[str, int, int]]:
        """Each status in a column, with the column's number and its own half row."""
        for number, groups in enumerate(self.columns):
            for group in groups:
                for index, status in enumerate(group.statuses):
                    yield status, number, group.row + 2 * index


def places_of(scenario: Scenario) -> Places:
    """A column for each of the CRM's groups; small groups that follow each other share one."""
    groups: dict[str, list[str]] = {}
    for code, status in scenario.statuses.items():
        groups.setdefault(status.group, []).append(code)
    codes = tuple(groups)
    ways_out = tuple(_ways_out(scenario, codes))
    kept = {code: [each for each in statuses if each not in ways_out] for code, statuses in groups.items()}
    return Places(tuple(_columns({code: each for code, each in kept.items() if each})), ways_out, codes)


def _ways_out(scenario: Scenario, codes: Sequence[str]) -> Iterator[str]:
    """The ends that an order may get to past a whole group."""
    order = {code: number for number, code in enumerate(codes)}
    for end, status in scenario.statuses.items():
        before = (each.group for each in scenario.statuses.values() if end in each.next)
        if not status.next and any(order[status.group] - order[group] > 1 for group in before):
            yield end


def _columns(groups: Mapping[str, Sequence[str]]) -> Iterator[tuple[Group, ...]]:
    tallest = 2 * max(map(len, groups.values()))
    column: list[Group] = []
    number = 0
    for code, statuses in groups.items():
        last = column[-1] if column else None
        row = last.row + 2 * len(last.statuses) + 2 if last else 0
        if last and row + 2 * len(statuses) > tallest:
            yield tuple(column)
            column, number = [], number + 1
            row = 0
        # Every other column stands half a row lower: else lines of boxes side by side would meet.
        column.append(Group(code, tuple(statuses), row or number % 2))
    yield tuple(column)
