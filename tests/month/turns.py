"""A shop that gives what belongs to nobody to each in turn: are the turns as ``docs/people.md`` says?

Clients get in touch, and nobody answers: the tasks about their orders belong to nobody.
"""

from collections import Counter
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from tests.month.drive import Month
from tests.month.generate import MonthPlan
from tests.month.happenings import Form, Happening, Missed, Wrote
from tests.month.people import candidates
from tests.month.shop import BOSS


@dataclass(frozen=True, slots=True)
class Given:
    """A task about an order that belongs to nobody.

    Attributes:
        order: its number.
        user: who got it.
        at: when it was made.
    """

    order: str
    user: int
    at: datetime


def given(folder: Path, seed: int, orders: int, days: int) -> list[Given]:
    """Live these days in this folder: who got which task, in their order; the boss's are nobody's turn."""
    plan = MonthPlan(seed, orders, days)
    with closing(Month(folder, choice="round-robin")) as month:
        month.live(_unanswered(plan.happenings()), plan.ends, lambda _moment: None)
        tasks = month.sandbox.crm.books.tasks
        return [
            Given(task["order"]["number"], task["performer"], tasks.made_at(task["id"]))
            for task in sorted(tasks.all(), key=lambda task: task["id"])
            if task["performer"] != BOSS
        ]


def turns(tasks: Iterable[Given]) -> tuple[list[Given], list[str]]:
    """Which of them were somebody's turn, and a line for each that somebody else should have got.

    Who has another task about the same order gets it, if they may. Else it is the turn of whoever of those
    who may has waited longest; who had none yet waits longest.
    """
    taken: list[Given] = []
    wrong = []
    last: dict[int, int] = {}
    hands: dict[str, int] = {}
    for task in tasks:
        waiting = candidates({}, task.at)
        if hands.get(task.order) in waiting:
            right = [hands[task.order]]
        else:
            longest = min(last.get(user, -1) for user in waiting)
            right = [user for user in waiting if last.get(user, -1) == longest]
            last[task.user] = len(taken)
            hands[task.order] = task.user
            taken.append(task)
        if task.user not in right:
            wrong.append(f"{task.order}: for user {task.user} instead of {right}, {task.at}")
    return taken, wrong


def most_apart(taken: Iterable[Given]) -> int:
    """By how many turns people differ at most while the same ones may be chosen without a break."""
    most, present, had = 0, frozenset[int](), Counter[int]()
    for turn in taken:
        now = frozenset(candidates({}, turn.at))
        if now != present:
            present, had = now, Counter()
        had[turn.user] += 1
        most = max(most, max(had.values()) - min(had[user] for user in present))
    return most


def _unanswered(happenings: Iterable[Happening]) -> list[Happening]:
    """What clients do, each kind once for an order: no task is brought up to date."""
    return [
        each
        for each in happenings
        if isinstance(each, Form | Wrote) or (isinstance(each, Missed) and not each.id.startswith("again"))
    ]
