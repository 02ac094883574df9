"""Couriers' news in any order, and senders whose clocks are wrong."""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from chalicelib.entry import Status
from tests.world import MORNING, World

CALLER = "79161234567"
PHONE = "+7 916 123-45-67"

# Parcels: what the example shop makes of each code

STATUS_OF = {
    "RECEIVED_AT_SHIPMENT_WAREHOUSE": "delivering",
    "TAKEN_BY_TRANSPORTER_FROM_SENDER_CITY": "delivering",
    "ACCEPTED_IN_RECIPIENT_CITY": "delivering",
    "ACCEPTED_AT_PICK_UP_POINT": "arrived-in-pickup-point",
    "DELIVERED": "complete",
    "NOT_DELIVERED": "return",
}
JOURNEY = list(STATUS_OF)[:4]
ARRIVAL = "ACCEPTED_AT_PICK_UP_POINT"
FINAL = "DELIVERED"

CALM = timedelta(minutes=45)
"""Longer than the longest pause between two attempts, and than a message waits for later news."""


@dataclass(frozen=True)
class News:
    """One delivery of one status."""

    code: str
    at: datetime
    heard_at: datetime
    deleted: bool = False


@dataclass(frozen=True)
class Outage:
    begins: datetime
    ends: datetime


def a_journey(chance: random.Random) -> list[News]:
    """A parcel's way over days, each status told late, in any order, and up to four times."""
    at, news = MORNING, []
    codes = [*JOURNEY, chance.choice([FINAL, "NOT_DELIVERED"])][: chance.randint(1, 5)]
    for code in codes:
        at += timedelta(minutes=chance.randint(1, 1500))
        news += told(chance, code, at)
        if chance.random() < 0.15:
            mistake = at + timedelta(minutes=30)
            news += told(chance, FINAL, mistake)
            news += [
                News(repeat.code, repeat.at, repeat.heard_at + timedelta(hours=chance.randint(0, 9)), True)
                for repeat in told(chance, FINAL, mistake)
            ]
    return sorted(news, key=lambda one: one.heard_at)


def told(chance: random.Random, code: str, at: datetime) -> list[News]:
    delays = [chance.choice([0, 0, 1, 30, 600, 2000]) for _ in range(chance.randint(1, 4))]
    return [News(code, at, at + timedelta(minutes=delay, seconds=chance.randint(0, 59))) for delay in delays]


def outages(chance: random.Random) -> list[Outage]:
    begins = [MORNING + timedelta(minutes=chance.randint(0, 6000)) for _ in range(chance.randint(0, 3))]
    return [
        Outage(begin, begin + timedelta(minutes=chance.choice([3, 90, 1000]))) for begin in sorted(begins)
    ]


def known(news: Sequence[News]) -> str:
    """Where the parcel stands by these news: reckoned here on its own."""
    withdrawn = {(one.code, one.at) for one in news if one.deleted}
    standing = [one for one in news if (one.code, one.at) not in withdrawn]
    final = [one for one in standing if one.code == FINAL]
    return max(final or standing, key=lambda one: one.at).code if standing else ""


def messages_due(news: Sequence[News], trouble: Sequence[Outage], end: datetime) -> tuple[int, int]:
    """At least and at most how many messages the client must get."""
    moments = [*(one.heard_at for one in news), end]
    spans = [
        (begins, ends)
        for number, (begins, ends) in enumerate(pairwise(moments), 1)
        if known(news[:number]) == ARRIVAL
    ]
    least = any(
        part_ends - part_begins > CALM
        for begins, ends in spans
        for part_begins, part_ends in without(trouble, begins, ends)
    )
    return int(least), int(bool(spans))


def without(trouble: Sequence[Outage], begins: datetime, ends: datetime) -> list[tuple[datetime, datetime]]:
    parts = []
    for outage in trouble:
        if outage.ends > begins and outage.begins < ends:
            parts.append((begins, min(outage.begins, ends)))
            begins = max(begins, outage.ends)
    return [*parts, (begins, ends)]


def live(world: World, news: Sequence[News], trouble: Sequence[Outage], end: datetime) -> None:
    """Let it all happen at its time."""
    happenings: list[tuple[datetime, Callable[[], object]]] = [
        *((one.heard_at, partial(world.parcel, one.code, one.at, deleted=one.deleted)) for one in news),
        *((outage.begins, partial(world.fault, target="retailcrm", kind="refuse")) for outage in trouble),
        *((outage.ends, world.clear_faults) for outage in trouble),
        (end, world.work),
    ]
    for moment, happen in sorted(happenings, key=lambda happening: happening[0]):
        until(world, moment)
        happen()
        world.work()


def until(world: World, moment: datetime) -> None:
    while world.now < moment:
        world.now = min(moment, world.now + timedelta(minutes=5))
        world.work()


@pytest.mark.parametrize("seed", range(60))
def test_a_parcels_news_in_any_order_end_in_the_right_status_and_one_message(
    tmp_path: Path, seed: int
) -> None:
    chance = random.Random(seed)  # noqa: S311 -- to be repeated, not to be secret
    world = World(tmp_path)
    news, trouble = a_journey(chance), outages(chance)
    end = max([one.heard_at for one in news] + [outage.ends for outage in trouble]) + timedelta(hours=2)
    live(world, news, trouble, end)
    least, most = messages_due(news, trouble, end)
    assert world.order("1001A")["status"] == STATUS_OF[known(news)]
    assert least <= len(world.messages) <= most
    assert world.entries(Status.OPEN, Status.PARKED) == []
    world.close()


# Senders whose clocks are wrong

SKEWS = [timedelta(days=days, hours=hours) for days in (-1, 1) for hours in (0, 3)]


@pytest.mark.parametrize("skew", SKEWS, ids=str)
@pytest.mark.parametrize("seed", range(5))
def test_a_courier_whose_clock_is_wrong_by_a_day_is_followed_all_the_same(
    tmp_path: Path, seed: int, skew: timedelta
) -> None:
    chance = random.Random(seed)  # noqa: S311 -- to be repeated, not to be secret
    world = World(tmp_path)
    news = [News(one.code, one.at + skew, one.heard_at, one.deleted) for one in a_journey(chance)]
    end = news[-1].heard_at + timedelta(hours=2)
    live(world, news, [], end)
    least, most = messages_due(news, [], end)
    assert world.order("1001A")["status"] == STATUS_OF[known(news)]
    assert least <= len(world.messages) <= most
    world.close()


@pytest.mark.parametrize("told_wrong", range(1, 4))
@pytest.mark.parametrize("ahead", [timedelta(days=1), timedelta(days=29)])
def test_a_courier_whose_clock_was_ahead_and_is_right_now_is_followed(
    world: World, ahead: timedelta, told_wrong: int
) -> None:
    for number, code in enumerate(JOURNEY):
        world.later(hours=3)
        world.parcel(code, world.now + ahead if number < told_wrong else world.now)
        world.work()
        assert world.order("1001A")["status"] == STATUS_OF[code]
    assert len(world.messages) == 1
    assert world.messages[0]["body"].count("Москва") == 1


@pytest.mark.parametrize("skew", SKEWS, ids=str)
def test_a_call_by_a_wrong_clock_is_one_order_and_then_one_task_for_now(
    world: World, skew: timedelta
) -> None:
    said_at = int((world.now + skew).timestamp())
    for call_id in ("a", "a", "b", "b"):
        world.call(CALLER, call_id, create_time=said_at, end_time=said_at + 30)
        world.work()
    world.lead("1:1", Phone=PHONE)
    world.work()
    (order,) = world.orders
    (task,) = world.tasks
    assert order["phone"] == "+79161234567"
    assert due(task) == MORNING + timedelta(minutes=15)


@pytest.mark.parametrize("skew", SKEWS, ids=str)
def test_calls_whose_clocks_disagree_are_counted_in_one_task(world: World, skew: timedelta) -> None:
    world.make_order({"phone": PHONE, "status": "new"})
    for number, at in enumerate((world.now, world.now + skew, world.now + timedelta(minutes=1))):
        world.call(CALLER, f"call-{number}", create_time=int(at.timestamp()))
        world.later(minutes=1)
        world.work()
    (task,) = world.tasks
    assert task["text"].startswith("Перезвонить: 3 пропущенных звонка")
    assert MORNING < due(task) <= world.now + timedelta(minutes=15)


@pytest.mark.parametrize("skew", SKEWS, ids=str)
def test_our_own_clock_that_jumps_by_a_day_loses_and_doubles_nothing(world: World, skew: timedelta) -> None:
    """A lead has no time but ours. The machine's clock is set while leads come in."""
    world.lead("1:1", Phone=PHONE)
    world.now += skew
    world.lead("1:1", Phone=PHONE)
    world.lead("1:2", Phone="+7 916 000-00-02")
    world.work()
    world.now = max(world.now, MORNING) + timedelta(minutes=5)
    world.work_for(minutes=10)
    assert sorted(order["phone"] for order in world.orders) == ["+79160000002", "+79161234567"]
    assert world.entries(Status.OPEN, Status.PARKED, Status.QUARANTINED) == []


def due(task: dict[str, str]) -> datetime:
    """The account's clock is Moscow's."""
    return datetime.fromisoformat(task["datetime"]).replace(tzinfo=ZoneInfo("Europe/Moscow")).astimezone(UTC)
