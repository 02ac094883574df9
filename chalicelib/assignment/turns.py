"""Whose turn it is. What a decision takes here is written with its claims, or not at all.

A retry finds its own turn again, and so does whatever else is about the same order.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from pydantic import AwareDatetime

from chalicelib.actions import AnyAction, CreateOrder, CreateTask
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

    def __init__(self, read: Callable[[str], Document], now: datetime) -> None:
        """Decide by what ``read`` tells of our memory, which is not read before somebody must be chosen."""
        self._read = read
        self._document: Document | None = None
        self._now = now
        self._taken: list[Turn] = []

    def next_of(self, candidates: Sequence[int], about: str) -> int:
        """Who of them waited longest, or was chosen for the same before."""
        memory = self._memory(self._taken)
        return self._again(memory, candidates, about) or self._take(
            memory.waiting_longest(candidates)[0], about
        )

    def least_busy_of(
        self,
        candidates: Sequence[int],
        about: str,
        count: Callable[[int], TaskCount],
        search_lag: timedelta,
    ) -> int:
        """Who of them has the fewest open tasks, or was chosen for the same before.

        Args:
            candidates: CRM users, one at least.
            about: what makes it unique.
            count: how many open tasks the CRM shows for a user.
            search_lag: how long it may not show what was just made.
        """
        memory = self._memory(self._taken)

        def busy(user: int) -> int:
            counted = count(user)
            return counted.count + memory.given_since(user, self._now - counted.age - search_lag)

        waiting = memory.waiting_longest(candidates)[:MOST_COUNTED]
        return self._again(memory, candidates, about) or self._take(min(waiting, key=busy), about)

    def claims(self, actions: Sequence[AnyAction]) -> tuple[Document, ...]:
        """The turns that were taken for one of these actions, to be written with the plan."""
        performers = {action.performer_id for action in actions if isinstance(action, CreateTask)}
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

    def _again(self, memory: TurnMemory, candidates: Sequence[int], about: str) -> int | None:
        before = memory.of(about)
        return before if before in candidates else None

    def _take(self, crm_user: int, about: str) -> int:
        self._taken.append(Turn(about=about, crm_user=crm_user, at=self._now))
        return crm_user
