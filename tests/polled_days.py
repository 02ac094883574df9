"""A recorded day of a source that is asked: its rows, as they appear, and what must become of them.

However often it is asked, in whatever order it tells its rows, and however often we restart, the orders and
open tasks at the end of the day must be the same. ``tests.telephony_days`` says what a day may hold.
"""

import random
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import ClassVar

import pytest

from chalicelib.entry import Status
from tests.providers.polled_contract import PolledContract, PolledWorld
from tests.telephony_days import HIDDEN
from tests.world import MORNING

SHUFFLES = range(6)


class DayWorld(PolledWorld):
    """Nobody above hears of what is still open: that is the playbook's business, not the source's."""

    telephony: ClassVar[Mapping[str, object]] = {"escalate_after": "never"}


@dataclass(frozen=True)
class Appears:
    """A row, and how long after the day's beginning the third party begins to tell it."""

    after: timedelta
    row: object


class PolledDay(ABC):
    """Derive ``TestDay`` from it; ``begins`` is the moment from which the rows' times must be reckoned."""

    begins: ClassVar[datetime] = MORNING
    contract: ClassVar[PolledContract]

    known_clients: ClassVar[Sequence[str]] = ()
    """Phones (E.164) of clients who have an open order before the day begins."""

    orders: ClassVar[Sequence[str]]
    """Phones (E.164) of the orders that the day makes."""

    call_backs: ClassVar[Sequence[str]]
    """Phones (E.164) that tasks are open for at its end, once a task; ``HIDDEN`` for a hidden caller."""

    @abstractmethod
    def day(self) -> Sequence[Appears]:
        """The rows in the order in which they appear."""

    def test_asked_all_the_time(self, tmp_path: Path) -> None:
        self._live(tmp_path, every=timedelta(minutes=2))

    def test_asked_by_a_program_that_restarts_each_time(self, tmp_path: Path) -> None:
        self._live(tmp_path, every=timedelta(minutes=2), restarts=True)

    def test_asked_when_the_day_is_over(self, tmp_path: Path) -> None:
        self._live(tmp_path, every=timedelta(hours=2))

    @pytest.mark.parametrize("seed", SHUFFLES)
    def test_told_in_another_order_each_time(self, tmp_path: Path, seed: int) -> None:
        chance = random.Random(seed)  # noqa: S311 -- no secret, but the same again
        self._live(tmp_path, every=timedelta(minutes=chance.randint(1, 20)), chance=chance)

    def _live(
        self,
        folder: Path,
        every: timedelta,
        *,
        restarts: bool = False,
        chance: random.Random | None = None,
    ) -> None:
        world = DayWorld(folder, self.contract)
        known = [world.make_order({"phone": phone, "status": "new"}) for phone in self.known_clients]
        world.ask()
        day = self.day()
        while world.now < self.begins + timedelta(hours=2):
            world.now += every
            world.rows = [one.row for one in day if self.begins + one.after <= world.now]
            if chance is not None:
                chance.shuffle(world.rows)
            if restarts:
                world.restart()
            world.ask()
        self._check(world, known)
        world.close()

    def _check(self, world: PolledWorld, known: Sequence[int]) -> None:
        orders = Counter(order["phone"] for order in world.orders if order["id"] not in known)
        assert orders == Counter(self.orders)
        tasks = Counter(task.get("phone", HIDDEN) for task in world.tasks if not task["complete"])
        assert tasks == Counter(self.call_backs)
        assert world.entries(Status.OPEN, Status.PARKED, Status.QUARANTINED) == []
        assert world.alerts == []
