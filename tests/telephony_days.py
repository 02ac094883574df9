"""A recorded day of a telephone company: its webhooks in any order, and what must become of them.

A provider's tests write down a day with the company's own fields, and derive ``TestDay`` from
``TelephonyDay``. It goes through gate, queue and pipeline into the sandbox's CRM: in its order, in shuffled
ones, and with each webhook twice. The orders and open tasks at its end must always be the same.

So that any order gives the same, no client of the day may be answered between two calls that nobody took,
and the day lasts an hour at most: news of a call that is hours old may come from a wrong clock.
"""

import random
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar

import pytest

from chalicelib.entry import Status
from chalicelib.gate.envelope import OWN_SOURCE
from chalicelib.gate.gate import Gate
from chalicelib.gate.provider import Source
from chalicelib.gate.webhook import Webhook
from tests.world import MORNING, World, example_shop

SHUFFLES = range(10)
HIDDEN = ""
"""Whom a task about a hidden caller is about."""


@dataclass(frozen=True)
class Sent:
    """One webhook of the day, as the telephone company delivered it this long after the day's beginning."""

    after: timedelta
    webhook: Webhook


class TelephonyDay(ABC):
    """Derive ``TestDay`` from it."""

    begins: ClassVar[datetime] = MORNING
    """The moment from which the times in the payloads must be reckoned."""

    source: ClassVar[str]
    """The source's name; the webhooks carry it."""

    settings: ClassVar[Mapping[str, Any]]
    """The table of the source in the shop file, with its secrets."""

    telephony: ClassVar[Mapping[str, Any]] = {}
    """The shop file's table ``[telephony]``."""

    known_clients: ClassVar[Sequence[str]] = ()
    """Phones (E.164) of clients who have an open order before the day begins."""

    orders: ClassVar[Sequence[str]]
    """Phones (E.164) of the orders that the day makes."""

    call_backs: ClassVar[Sequence[str]]
    """Phones (E.164) of the tasks that are open at its end; ``HIDDEN`` for one about a hidden caller."""

    quarantined: ClassVar[int] = 0
    """How many webhooks of the day cannot be read."""

    @abstractmethod
    def day(self) -> Sequence[Sent]:
        """The webhooks in the order in which they were delivered."""

    def test_in_its_order(self, tmp_path: Path) -> None:
        self._live(tmp_path, self.day())

    def test_each_webhook_comes_twice(self, tmp_path: Path) -> None:
        day = self.day()
        self._live(tmp_path, [sent for sent in day for _ in range(2)])

    def test_everything_comes_again_at_the_end(self, tmp_path: Path) -> None:
        day = self.day()
        self._live(tmp_path, [*day, *(replace(sent, after=day[-1].after) for sent in day)])

    @pytest.mark.parametrize("seed", SHUFFLES)
    def test_shuffled(self, tmp_path: Path, seed: int) -> None:
        self._live(tmp_path, self._shuffled([*self.day()], seed))

    @pytest.mark.parametrize("seed", SHUFFLES)
    def test_shuffled_and_doubled(self, tmp_path: Path, seed: int) -> None:
        self._live(tmp_path, self._shuffled([*self.day(), *self.day()], seed))

    def test_all_at_once(self, tmp_path: Path) -> None:
        end = self.day()[-1].after
        self._live(tmp_path, [replace(sent, after=end) for sent in self.day()], work_between=False)

    def _shuffled(self, day: list[Sent], seed: int) -> list[Sent]:
        """In another order, all delivered at the end of the day."""
        end = day[-1].after
        random.Random(seed).shuffle(day)  # noqa: S311 -- no secret, but the same again
        return [replace(sent, after=end) for sent in day]

    def _live(self, folder: Path, day: Sequence[Sent], *, work_between: bool = True) -> None:
        shop = example_shop(sources={self.source: self.settings}, telephony=self.telephony)
        world = World(folder, shop)
        provider = str(self.settings["provider"])
        gate = Gate({self.source: Source(self.source, provider, self.settings)}, world.engine.work.put)
        known = [world.make_order({"phone": phone, "status": "new"}) for phone in self.known_clients]
        for sent in day:
            world.now = self.begins + sent.after
            reply = gate.receive(replace(sent.webhook, received_at=world.now))
            assert reply.status == 200, reply
            if work_between:
                world.work()
        world.work_for(minutes=2)
        self._check(world, known)
        world.close()

    def _check(self, world: World, known: Sequence[int]) -> None:
        orders = Counter(order["phone"] for order in world.orders if order["id"] not in known)
        assert orders == Counter(self.orders)
        tasks = Counter(task.get("phone", HIDDEN) for task in world.tasks if not task["complete"])
        assert tasks == Counter(self.call_backs)
        assert len(world.entries(Status.QUARANTINED)) == self.quarantined
        unfinished = [
            entry for entry in world.entries(Status.OPEN, Status.PARKED) if entry.source != OWN_SOURCE
        ]
        assert unfinished == []
