"""Whose turn it is. What a decision takes here is written with its claims, or not at all.

A retry finds its own turn again, and so does whatever else is about the same order.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

from pydantic import AwareDatetime

from chalicelib.actions import AnyAction, CreateOrder, CreateTask, UpdateTask
from chalicelib.assignment.settings import Choice
from chalicelib.crm.port import TaskCount
from chalicelib.engine.port import Document
from chalicelib.memory import Memory

TURNS_KEY = "turns"
MOST_TURNS = 50
"""So many are remembered: far more than are decided at once."""

MOST_SERVED = 500
MOST_COUNTED = 20
"""Of so many people at most the open tasks are counted: a request each."""


class Turn(Memory):
    """Somebody was chosen.

    Attributes:
        about: for what.
    """

    about: str
    crm_user: int
    at: AwareDatetime


class TurnMemory(Memory):
    """Who was chosen.

    Attributes:
        served: CRM users; whose last turn is longest ago stands first.
        turns: the newest last.
    """

    served: tuple[int, ...] = ()
    turns: tuple[Turn, ...] = ()

    def of(self, about: str) -> int | None:
        """Who was chosen for the same; None if nobody."""
        return next((turn.crm_user for turn in reversed(self.turns) if turn.about == about), None)

    def waiting_longest(self, candidates: Sequence[int]) -> list[int]:
        """The candidates, whose last turn is longest ago first; who had none before all others."""
        places = {user: place for place, user in enumerate(self.served)}
        return sorted(candidates, key=lambda user: places.get(user, -1))

    def given_since(self, crm_user: int, moment: datetime) -> int:
        """How many turns this user had since then."""
        return sum(1 for turn in self.turns if turn.crm_user == crm_user and turn.at >= moment)

    def with_turn(self, turn: Turn) -> "TurnMemory":
        """One more turn."""
        served = (*(user for user in self.served if user != turn.crm_user), turn.crm_user)
        return TurnMemory(served=served[-MOST_SERVED:], turns=(*self.turns, turn)[-MOST_TURNS:])


class Turns:
    """The turns of one decision."""

    def __init__(
        self,
        read: Callable[[str], Document],
        now: datetime,
        choice: Choice,
        count: Callable[[int], TaskCount],
        search_lag: timedelta,
    ) -> None:
        """Decide by our memory and the CRM's tasks. Neither is looked at before somebody must be chosen.

        Args:
            read: gives a document.
            now: the present moment.
            choice: how one of several is chosen.
            count: how many open tasks the CRM shows for a user.
            search_lag: how long it may not show what was just made.
        """
        self._read = read
        self._document: Document | None = None
        self._now = now
        self._choice = choice
        self._count = count
        self._search_lag = search_lag
        self._taken: list[Turn] = []

    def one_of(self, candidates: Sequence[int], about: str) -> int:
        """One of these CRM users; if they are among them, who was chosen for the same before."""
        if self._choice == "first":
            return candidates[0]
        memory = self._memory(self._taken)
        before = memory.of(about)
        if before is not None and before in candidates:
            return before
        waiting = memory.waiting_longest(candidates)
        is_counted = self._choice == "least-busy"
        chosen = min(waiting[:MOST_COUNTED], key=partial(self._load, memory)) if is_counted else waiting[0]
        self._taken.append(Turn(about=about, crm_user=chosen, at=self._now))
        return chosen

    def claims(self, actions: Sequence[AnyAction]) -> tuple[Document, ...]:
        """The turns that were taken for one of these actions, to be written with the plan."""
        tasks = [action for action in actions if isinstance(action, CreateTask | UpdateTask)]
        performers = {task.performer_id for task in tasks}
        performers |= {action.manager_id or 0 for action in actions if isinstance(action, CreateOrder)}
        used = [turn for turn in self._taken if turn.crm_user in performers]
        if self._document is None or not used:
            return ()
        # With the version by which they were chosen: who took a turn meanwhile makes us choose again.
        return (replace(self._document, content=self._memory(used).content()),)

    def _memory(self, taken: Sequence[Turn]) -> TurnMemory:
        self._document = self._document or self._read(TURNS_KEY)
        memory = TurnMemory.model_validate(self._document.content)
        for turn in taken:
            memory = memory.with_turn(turn)
        return memory

    def _load(self, memory: TurnMemory, crm_user: int) -> int:
        """How many tasks a user has yet to do, with those that the count does not show yet."""
        counted = self._count(crm_user)
        return counted.count + memory.given_since(crm_user, self._now - counted.age - self._search_lag)
