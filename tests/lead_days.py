"""A recorded day of a sender of leads: its webhooks in any order and again, and what must become of them.

A provider's tests write down a day with the sender's own fields, and derive ``TestDay`` from ``LeadDay``. It
goes through gate, queue and pipeline into the sandbox's CRM: in its order, in shuffled ones, with each
webhook twice, and all at once. The orders at its end must always be the same.
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

SHUFFLES = range(6)

Made = tuple[str, str, tuple[tuple[str, str], ...]]
"""An order: the client's phone, their name, and the fields of its source that say something."""


@dataclass(frozen=True)
class Sent:
    """One webhook of the day, as it was delivered this long after the day's beginning, and its answer."""

    after: timedelta
    webhook: Webhook
    status: int = 200


def made(phone: str, name: str, **source: str) -> Made:
    """An order that the day must make."""
    return phone, name, tuple(sorted(source.items()))


class LeadDay(ABC):
    """Derive ``TestDay`` from it."""

    begins: ClassVar[datetime] = MORNING
    source: ClassVar[str]
    """The source's name; the webhooks carry it."""

    settings: ClassVar[Mapping[str, Any]]
    """The table of the source in the shop file, with its secrets."""

    orders: ClassVar[Sequence[Made]]
    """What the day makes."""

    tasks: ClassVar[int] = 0
    """How many tasks are open at its end: a client who sent the same form again."""

    quarantined: ClassVar[int] = 0
    """How many different webhooks of the day cannot be read."""

    @abstractmethod
    def day(self) -> Sequence[Sent]:
        """The webhooks in the order in which they were delivered."""

    def test_in_its_order(self, tmp_path: Path) -> None:
        self._live(tmp_path, self.day())

    def test_each_webhook_comes_twice(self, tmp_path: Path) -> None:
        self._live(tmp_path, [sent for sent in self.day() for _ in range(2)])

    @pytest.mark.parametrize("seed", SHUFFLES)
    def test_shuffled_and_doubled(self, tmp_path: Path, seed: int) -> None:
        day = [*self.day(), *self.day()]
        end = max(sent.after for sent in day)
        random.Random(seed).shuffle(day)  # noqa: S311 -- no secret, but the same again
        self._live(tmp_path, [replace(sent, after=end) for sent in day])

    def test_all_at_once(self, tmp_path: Path) -> None:
        end = max(sent.after for sent in self.day())
        self._live(tmp_path, [replace(sent, after=end) for sent in self.day()], work_between=False)

    def _live(self, folder: Path, day: Sequence[Sent], *, work_between: bool = True) -> None:
        world = World(folder, example_shop(sources={self.source: self.settings}))
        provider = str(self.settings["provider"])
        gate = Gate({self.source: Source(self.source, provider, self.settings)}, world.engine.work.put)
        for sent in day:
            world.now = self.begins + sent.after
            reply = gate.receive(replace(sent.webhook, received_at=world.now))
            assert reply.status == sent.status, reply
            if work_between:
                world.work()
        world.work_for(minutes=2)
        self._check(world)
        world.close()

    def _check(self, world: World) -> None:
        assert Counter(map(_made, world.orders)) == Counter(self.orders)
        assert len([task for task in world.tasks if not task["complete"]]) == self.tasks
        assert len(world.entries(Status.QUARANTINED)) == self.quarantined
        unfinished = [
            entry for entry in world.entries(Status.OPEN, Status.PARKED) if entry.source != OWN_SOURCE
        ]
        assert unfinished == []


def _made(order: Mapping[str, Any]) -> Made:
    filled = {name: value for name, value in (order.get("source") or {}).items() if value}
    return made(order.get("phone", ""), order.get("firstName", ""), **filled)
