"""The page Parcels: who waits at a pickup point, how long, and what was done about it."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from itertools import groupby

from chalicelib.waiting_memory import WaitingHead, WaitingParcel

DAY = timedelta(days=1)
ENDS_SOON = 2 * DAY
"""So long before its end a term of storage is worth a call."""

OLD_AFTER = timedelta(minutes=45)
"""The check looks every 10 minutes at least; after a failure it tries again as soon."""

MOST_DAYS = 30
"""Who waits longer is in the last column."""

ON_A_PAGE = 50
MOST_GROUPS = 10


class Only(StrEnum):
    """Which parcels somebody wants to see."""

    ALL = "all"
    STALLED = "stalled"
    """Those that have reached a step of their ladder."""
    WITHOUT_TASK = "without-task"
    """Those of them for which no manager has a task of ours."""
    ENDING = "ending"
    """Those that go back soon."""


@dataclass(frozen=True, slots=True)
class Choice:
    """What is shown; an empty text stands for any."""

    only: Only = Only.ALL
    courier: str = ""
    city: str = ""
    page: int = 1


@dataclass(frozen=True, slots=True)
class Row:
    """One parcel.

    Attributes:
        is_ending: whether it goes back soon.
        has_task: whether a manager has a task of ours for the step that is due.
    """

    parcel: WaitingParcel
    waited: timedelta
    is_ending: bool
    has_task: bool
    manager: str


@dataclass(frozen=True, slots=True)
class Group:
    """The parcels of one courier, or of one city.

    Attributes:
        name: empty for those of which it is not known.
        oldest: how long the oldest one has waited.
    """

    name: str
    count: int
    stalled: int
    oldest: timedelta


@dataclass(frozen=True, slots=True)
class Ages:
    """How many parcels have waited for so many days, for each step that they have reached.

    Attributes:
        days: the last column holds who waits longer, too.
        steps: None for those that have reached none, the lowest step first.
        counts: for each step one number a day.
    """

    days: int
    steps: tuple[timedelta | None, ...]
    counts: tuple[tuple[int, ...], ...]


@dataclass(frozen=True, slots=True)
class Board:
    """What the page shows.

    Attributes:
        is_old: whether the list has not been looked at for long.
        count: all that wait, chosen or not; likewise the numbers that follow.
        by_step: how many have which step as their highest, the lowest step first.
        cities: the largest; ``other_cities`` is how many more there are.
        rows: those of the chosen that this page has.
        chosen: how many are chosen.
        pages: how many pages they have.
    """

    looked_at: datetime | None
    is_old: bool
    count: int
    stalled: int
    by_step: tuple[tuple[timedelta, int], ...]
    without_task: int
    ending: int
    to_pay: Decimal
    ages: Ages
    couriers: tuple[Group, ...]
    cities: tuple[Group, ...]
    other_cities: int
    rows: tuple[Row, ...]
    chosen: int
    page: int
    pages: int


def board_of(
    head: WaitingHead,
    parcels: Sequence[WaitingParcel],
    choice: Choice,
    managers: Mapping[int, str],
    now: datetime,
) -> Board:
    """What there is to see; ``parcels`` are all that wait, the oldest first."""
    rows = [_row(parcel, managers, now) for parcel in parcels]
    stalled = [row for row in rows if row.parcel.step is not None]
    cities = _groups(rows, lambda parcel: parcel.city)
    chosen = [row for row in rows if _is_chosen(row, choice)]
    pages = max(-(-len(chosen) // ON_A_PAGE), 1)
    page = min(max(choice.page, 1), pages)
    return Board(
        looked_at=head.looked_at,
        is_old=head.looked_at is not None and now - head.looked_at > OLD_AFTER,
        count=len(rows),
        stalled=len(stalled),
        by_step=_by_step(stalled),
        without_task=sum(not row.has_task for row in stalled),
        ending=sum(row.is_ending for row in rows),
        to_pay=sum((row.parcel.to_pay for row in rows), Decimal()),
        ages=_ages(rows),
        couriers=_groups(rows, lambda parcel: parcel.courier),
        cities=cities[:MOST_GROUPS],
        other_cities=len(cities[MOST_GROUPS:]),
        rows=tuple(chosen[(page - 1) * ON_A_PAGE : page * ON_A_PAGE]),
        chosen=len(chosen),
        page=page,
        pages=pages,
    )


def _row(parcel: WaitingParcel, managers: Mapping[int, str], now: datetime) -> Row:
    return Row(
        parcel=parcel,
        waited=max(now - parcel.since, timedelta()),
        is_ending=parcel.keep_until is not None and parcel.keep_until - now < ENDS_SOON,
        has_task=parcel.step is not None and parcel.told >= parcel.step,
        manager=managers.get(parcel.manager_id or 0, ""),
    )


def _is_chosen(row: Row, choice: Choice) -> bool:
    is_stalled = row.parcel.step is not None
    fits = {
        Only.ALL: True,
        Only.STALLED: is_stalled,
        Only.WITHOUT_TASK: is_stalled and not row.has_task,
        Only.ENDING: row.is_ending,
    }
    return (
        fits[choice.only]
        and choice.courier.casefold() in {"", row.parcel.courier.casefold()}
        and choice.city.casefold() in {"", row.parcel.city.casefold()}
    )


def _by_step(stalled: Iterable[Row]) -> tuple[tuple[timedelta, int], ...]:
    steps = sorted(row.parcel.step for row in stalled if row.parcel.step is not None)
    return tuple((step, len(list(same))) for step, same in groupby(steps))


def _ages(rows: Sequence[Row]) -> Ages:
    days = [min(row.waited // DAY, MOST_DAYS) for row in rows]
    steps = sorted({row.parcel.step for row in rows}, key=lambda step: step or timedelta())
    width = max(days, default=0) + 1
    counts = [[0] * width for _ in steps]
    for row, day in zip(rows, days, strict=True):
        counts[steps.index(row.parcel.step)][day] += 1
    return Ages(days=width, steps=tuple(steps), counts=tuple(map(tuple, counts)))


def _groups(rows: Iterable[Row], name_of: Callable[[WaitingParcel], str]) -> tuple[Group, ...]:
    """The largest first. However people capitalise a name, it is the same."""
    members: dict[str, list[Row]] = {}
    for row in rows:
        members.setdefault(name_of(row.parcel).casefold(), []).append(row)
    groups = [
        Group(
            name=name_of(same[0].parcel),
            count=len(same),
            stalled=sum(row.parcel.step is not None for row in same),
            oldest=max(row.waited for row in same),
        )
        for same in members.values()
    ]
    return tuple(sorted(groups, key=lambda group: (-group.count, group.name)))
