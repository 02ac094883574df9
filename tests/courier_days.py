"""A recorded day of a courier: what it told of some parcels, in any order, and what must become of that.

A provider's tests write down a day with the courier's own codes, and derive ``TestDay`` from
``PolledCourierDay`` if it is asked, from ``CallingCourierDay`` if it calls us. The day goes into the CRM of
the sandbox: in its order, in shuffled ones, and each thing twice. The orders' statuses and the open tasks at
its end must always be the same, and no client may be written to twice.
"""

import random
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
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
from tests.providers.courier_contract import CourierContract, CourierWorld, Told, an_order
from tests.world import MORNING, World, example_shop

SHUFFLES = range(6)
AFTERWARDS = timedelta(hours=4)
"""So long after the day everything that was told has been asked for."""


@dataclass(frozen=True)
class News:
    """What a courier tells of a parcel.

    Attributes:
        after: how long after the day's beginning it happened, and is told.
        track: the parcel's track number.
        code: the courier's own, as its pretend courier or its webhook writes it.
        reason: the courier's own, likewise.
    """

    after: timedelta
    track: str
    code: str
    reason: str = ""


@dataclass(frozen=True)
class Outcome:
    """What must be at the day's end, whatever the order.

    Attributes:
        status: the order's, in the CRM.
        messages: how many the client got, if all comes in its order. In another order a message about what is
            over already is left out; there are never more.
        is_sure: whether it must be just so many in any order: nothing made a message pointless.
        tasks: how many are open for the order's manager.
    """

    status: str
    messages: int = 0
    is_sure: bool = True
    tasks: int = 0


class CourierDay(ABC):
    """What both kinds have in common."""

    begins: ClassVar[datetime] = MORNING
    day: ClassVar[Sequence[News]]
    """In the order in which it happened."""

    outcomes: ClassVar[Mapping[str, Outcome]]
    """By track number."""

    rules: ClassVar[Mapping[str, Any]] = {}
    """The shop file's table ``[rules]``."""

    quarantined: ClassVar[int] = 0
    """How many things of the day cannot be read."""

    def _send(self, world: World) -> Mapping[str, str]:
        """An order for each parcel; the orders' numbers by track number."""
        ids = {track: world.make_order(an_order(track, _phone(track))) for track in self.outcomes}
        numbers = {order["id"]: str(order["number"]) for order in world.orders}
        return {track: numbers[order_id] for track, order_id in ids.items()}

    def _check(self, world: World, numbers: Mapping[str, str], *, in_order: bool) -> None:
        messages = Counter(message["to"] for message in world.messages)
        tasks = Counter(task["order"]["number"] for task in world.tasks if not task["complete"])
        for track, outcome in self.outcomes.items():
            number = numbers[track]
            assert world.order(number)["status"] == outcome.status, track
            got = messages[_phone(track)]
            assert got <= outcome.messages, track
            if in_order or outcome.is_sure:
                assert got == outcome.messages, track
            assert tasks[number] == outcome.tasks, track
        assert len(world.entries(Status.QUARANTINED)) == self.quarantined
        unfinished = world.entries(Status.OPEN, Status.PARKED)
        assert [entry for entry in unfinished if entry.source != OWN_SOURCE] == []


class PolledCourierDay(CourierDay):
    """The day of a courier that is asked."""

    contract: ClassVar[CourierContract]

    def test_asked_all_the_time(self, tmp_path: Path) -> None:
        self._ask(tmp_path, in_order=True)

    def test_asked_by_a_program_that_restarts_each_time(self, tmp_path: Path) -> None:
        self._ask(tmp_path, restarts=True, in_order=True)

    def test_asked_when_the_day_is_over(self, tmp_path: Path) -> None:
        self._ask(tmp_path, pauses=1)

    @pytest.mark.parametrize("seed", SHUFFLES)
    def test_told_in_another_order_each_time(self, tmp_path: Path, seed: int) -> None:
        chance = random.Random(seed)  # noqa: S311 -- no secret, but the same again
        self._ask(tmp_path, chance=chance, pauses=chance.random())

    def _ask(
        self,
        folder: Path,
        *,
        in_order: bool = False,
        restarts: bool = False,
        pauses: float = 0,
        chance: random.Random | None = None,
    ) -> None:
        """``pauses``: how often it is not asked although it should be; 1 for until the day is over."""
        lazy = random.Random(7)  # noqa: S311 -- likewise
        with closing(CourierWorld(folder, self.contract, self.rules)) as world:
            numbers = self._send(world)
            world.numbers.update(numbers)
            world.ask()
            over = self.begins + max(news.after for news in self.day)
            while world.now < over + AFTERWARDS:
                world.now += world.every
                told = [news for news in self.day if self.begins + news.after <= world.now]
                if chance is not None:
                    chance.shuffle(told)
                world.told = _by_parcel(told, self.begins)
                if restarts:
                    world.restart()
                if world.now >= over or lazy.random() >= pauses:
                    world.ask()
            self._check(world, numbers, in_order=in_order)
            assert world.alerts == []


class CallingCourierDay(CourierDay):
    """The day of a courier that calls us."""

    source: ClassVar[str]
    settings: ClassVar[Mapping[str, Any]]
    """The table of the source in the shop file, with its secrets."""

    @abstractmethod
    def webhook(self, news: News, at: datetime, order_number: str) -> Webhook:
        """The webhook that tells it, to the source."""

    def test_called_in_order(self, tmp_path: Path) -> None:
        self._call(tmp_path, self.day, in_order=True)

    def test_each_webhook_comes_twice(self, tmp_path: Path) -> None:
        self._call(tmp_path, [news for news in self.day for _ in range(2)], in_order=True)

    def test_everything_comes_again_at_the_end(self, tmp_path: Path) -> None:
        self._call(tmp_path, [*self.day, *self.day], in_order=True)

    @pytest.mark.parametrize("seed", SHUFFLES)
    def test_shuffled_and_doubled(self, tmp_path: Path, seed: int) -> None:
        day = [*self.day, *self.day]
        random.Random(seed).shuffle(day)  # noqa: S311 -- no secret, but the same again
        self._call(tmp_path, day, at_the_end=True)

    def test_all_at_once(self, tmp_path: Path) -> None:
        self._call(tmp_path, self.day, at_the_end=True, work_between=False)

    def _call(
        self,
        folder: Path,
        day: Iterable[News],
        *,
        in_order: bool = False,
        at_the_end: bool = False,
        work_between: bool = True,
    ) -> None:
        shop = example_shop(sources={self.source: self.settings}, rules=self.rules)
        with closing(World(folder, shop)) as world:
            provider = str(self.settings["provider"])
            gate = Gate({self.source: Source(self.source, provider, self.settings)}, world.engine.work.put)
            numbers = self._send(world)
            end = self.begins + max(news.after for news in self.day)
            for news in day:
                at = self.begins + news.after
                # What comes again comes late.
                world.now = end if at_the_end else max(world.now, at)
                webhook = self.webhook(news, at, numbers[news.track])
                reply = gate.receive(replace(webhook, received_at=world.now))
                assert reply.status == 200, reply
                if work_between:
                    world.work()
            world.work_for(minutes=2)
            self._check(world, numbers, in_order=in_order)
            assert world.alerts == []


def _phone(track: str) -> str:
    """The client's of this parcel."""
    digits = int.from_bytes(track.encode()) % 10**7
    return f"+7916{digits:07}"


def _by_parcel(told: Iterable[News], begins: datetime) -> dict[str, list[Told]]:
    parcels: dict[str, list[Told]] = {}
    for news in told:
        parcels.setdefault(news.track, []).append(Told(news.code, begins + news.after, news.reason))
    return parcels
