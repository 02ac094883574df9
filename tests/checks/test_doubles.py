"""Clients of new orders who may have two cards are told in one message a night, each pair once."""

from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from chalicelib.checks.doubles import (
    AT,
    DOUBLES_KEY,
    LONGEST_RUN,
    MOST_PAGES,
    DoublesCheck,
    DoublesMemory,
    dismiss,
)
from chalicelib.crm.port import Order
from chalicelib.errors import Unreachable
from chalicelib.hours import last_at
from tests.crashes import Crash, CrashingWorld, Steps
from tests.held import MostHeld
from tests.world import World

PHONE = "+7 916 123-45-67"
NIGHT = timedelta(hours=19)
"""From the world's first moment, 11:00, to the next morning at six."""


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with closing(World(tmp_path)) as world:
        yield world


def card(world: World, **fields: Any) -> int:
    return world.make_customer({"firstName": "Анна", **fields})


def order_of(world: World, customer: int, **fields: Any) -> None:
    world.make_order({"customer": {"id": customer}, "status": "new", **fields})


def night(world: World) -> list[str]:
    """What people are told in the next night."""
    before = len(world.alerts)
    world.now += NIGHT
    world.application.checks.run("doubles")
    world.work()
    world.now += timedelta(days=1) - NIGHT
    return world.alerts[before:]


def two_cards(world: World) -> tuple[int, int]:
    first, second = (card(world, phones=[{"number": number}]) for number in (PHONE, "89161234567"))
    order_of(world, second)
    return first, second


def test_a_pair_is_told_once_in_one_message(world: World) -> None:
    first, second = two_cards(world)
    third = card(world, email="anna@example.com")
    order_of(world, card(world, email="ANNA@example.com"))
    (alert,) = night(world)
    assert alert.startswith("Похоже на дубли клиентов: 2 пары")
    assert f"{first} и {second}: один телефон" in alert
    assert f"/customers/{first} " in alert
    assert f"{third} и {third + 1}: одна почта, вероятно" in alert
    order_of(world, second)
    assert night(world) == []


def test_what_one_look_finds_has_a_bound_and_what_was_told_takes_no_room(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chalicelib.checks.doubles.MOST_FOUND", 2)
    cards = [card(world, phones=[{"number": PHONE}]) for _ in range(4)]
    for found in ("2 пары", "1 пара"):
        order_of(world, cards[0])
        (alert,) = night(world)
        assert alert.startswith(f"Похоже на дубли клиентов: {found}")


def test_what_only_an_order_tells_belongs_to_its_client(world: World) -> None:
    by_phone = card(world, phones=[{"number": PHONE}])
    by_email = card(world, email="anna@example.com")
    order_of(world, by_phone, email="anna@example.com")
    (alert,) = night(world)
    assert f"{by_phone} и {by_email}: одна почта" in alert


def test_a_full_name_is_a_possible_double(world: World) -> None:
    first, second = (card(world, lastName=name) for name in ("Смирнова", "СМИРНОВА"))
    order_of(world, second)
    (alert,) = night(world)
    assert f"{first} и {second}: одно имя, возможно" in alert


def test_clients_without_new_orders_are_not_looked_at(world: World) -> None:
    two_cards(world)
    world.later(days=2)
    assert night(world) == []


def test_it_looks_once_a_night(world: World) -> None:
    assert night(world) == []
    two_cards(world)
    world.application.checks.run("doubles")
    world.work()
    assert not any("дубли" in alert for alert in world.alerts)
    assert len(night(world)) == 1


def test_a_pair_that_a_person_dismissed_is_not_told_again_nor_listed(world: World) -> None:
    first, second = two_cards(world)
    dismiss(world.engine.documents, (second, first))
    assert night(world) == []
    assert listed(world) == []


def test_a_pair_that_was_told_is_still_listed(world: World) -> None:
    first, second = two_cards(world)
    night(world)
    assert listed(world) == [(first, second)]


def listed(world: World) -> list[tuple[int, int]]:
    found = the_check(world).doubles(world.now - timedelta(days=30), world.now)
    return [(each.first, each.second) for each in found]


def the_check(world: World) -> DoublesCheck:
    check = world.application.checks.checks["doubles"]
    assert isinstance(check, DoublesCheck)
    return check


def test_a_long_look_goes_on_with_the_next_run_and_tells_all_at_its_end(world: World) -> None:
    for number in range(3):
        phone = f"+7999000000{number}"
        order_of(world, card(world, phones=[{"number": phone}]))
        card(world, phones=[{"number": phone}])
        world.later(minutes=1)
    crm, zone = world.application.crm, world.shop.shop.timezone
    slow = DoublesCheck(crm, world.engine, zone, lambda: world.now + LONGEST_RUN)
    world.now += NIGHT
    runs = 0
    while not any("дубли" in alert for alert in world.alerts):
        slow.find(world.now)
        world.work()
        runs += 1
        assert runs < 10
    (alert,) = world.alerts
    assert "3 пары" in alert
    assert runs > 1


def test_what_was_looked_at_before_the_crm_went_away_is_not_lost(world: World) -> None:
    two_cards(world)
    world.now += NIGHT
    world.fault(target="retailcrm", kind="refuse", times=1, path="customers")
    with pytest.raises(Unreachable):
        world.application.checks.run("doubles")
    world.clear_faults()
    world.application.checks.run("doubles")
    world.work()
    assert len(world.alerts) == 1


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("step", ["notify.put", "documents.put"])
def test_a_crash_tells_nothing_twice_and_forgets_nothing(tmp_path: Path, moment: str, step: str) -> None:
    with closing(CrashingWorld(tmp_path, Steps())) as world:
        two_cards(world)
        world.now += NIGHT
        world.steps = Steps(crash_at=f"{moment} {step}")
        world.restart()
        with pytest.raises(Crash):
            world.application.checks.run("doubles")
        world.resume()
        world.application.checks.run("doubles")
        world.work()
        assert len(world.alerts) == 1


@pytest.mark.parametrize(("hour", "day"), [(4, 19), (5, 20), (23, 20)])
def test_it_is_time_at_five_by_the_shops_clock(world: World, hour: int, day: int) -> None:
    zone = world.shop.shop.timezone
    due = last_at(AT, datetime(2026, 11, 20, hour, tzinfo=zone), zone)
    assert due == datetime(2026, 11, day, 5, tzinfo=zone)


class Rush:
    """A CRM with many orders, in pages, of clients who have no card any more."""

    def __init__(self, pages: int, held: MostHeld) -> None:
        self._pages = pages
        self._held = held
        self.pages_read = 0

    def orders_made(self, since: datetime, _until: datetime) -> Iterator[Sequence[Order]]:
        for page in self._held.watch(range(self._pages)):
            self.pages_read += 1
            ids = range(page * 10 + 1, page * 10 + 11)
            yield [
                Order(id=each, number="", status="new", is_open=True, created_at=since, customer_id=each)
                for each in ids
            ]

    def customer(self, _customer_id: int) -> None:
        return None


def look_into(world: World, crm: Any) -> DoublesMemory:
    """What is remembered after a look into this CRM."""
    DoublesCheck(crm, world.engine, world.shop.shop.timezone, world.clock).find(world.now)
    return DoublesMemory.model_validate(world.engine.documents.get(DOUBLES_KEY).content)


def test_a_page_of_orders_is_held_at_a_time(world: World) -> None:
    held = MostHeld(Order)
    memory = look_into(world, Rush(20, held))
    assert memory.until == last_at(AT, world.now, world.shop.shop.timezone)
    assert held.most <= 10


def test_a_rush_that_no_night_has_time_for_is_left_behind(world: World) -> None:
    rush = Rush(1000, MostHeld(Order))
    for _ in range(2):
        memory = look_into(world, rush)
        assert rush.pages_read == MOST_PAGES + 1
        assert memory.until == last_at(AT, world.now, world.shop.shop.timezone)
