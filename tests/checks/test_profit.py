"""The CRM's orders are counted day by day, and again while they change."""

from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from chalicelib.checks.profit import ProfitCheck
from chalicelib.crm.port import Order
from chalicelib.engine.port import Document
from chalicelib.periods import Period
from chalicelib.profit.counting import Sale
from chalicelib.profit.memory import CountedBook, CountedPeriod
from chalicelib.profit.settings import ProfitSettings
from tests.alerts.memory import MemoryDocuments
from tests.crashes import Crash
from tests.held import MostHeld
from tests.world import World, example_shop

SHOP = example_shop(profit={"sold": ["complete"], "returned": ["return"]})
"""In Tomsk, four hours ahead of its CRM account in Moscow."""


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with closing(World(tmp_path, SHOP)) as world:
        yield world


def order_of(world: World, customer: int, created_at: str, status: str = "complete", **fields: Any) -> int:
    """``created_at`` is the account's clock."""
    item = {"productName": "Тент", "initialPrice": 1000, "quantity": 2}
    return world.make_order(
        {"customer": {"id": customer}, "status": status, "createdAt": created_at, "items": [item], **fields}
    )


def run(world: World) -> None:
    world.application.checks.run("profit")


def counted(world: World, key: str) -> CountedPeriod | None:
    period = Period.parse(key)
    return CountedBook(world.engine.documents).periods([period]).get(period)


def test_days_weeks_and_months(world: World) -> None:
    first, second = (world.make_customer({"firstName": name}) for name in ("Анна", "Олег"))
    order_of(world, first, "2026-11-19 12:00:00")
    order_of(world, first, "2026-11-18 12:00:00", "return")
    order_of(world, second, "2026-11-17 12:00:00", "cancel-other")
    run(world)
    bought = {"pieces": Decimal(2), "goods": Decimal(2000)}
    # The sandbox has an order that is on its way since the 17th.
    assert counted(world, "2026-11-19") == CountedPeriod(days=1, leads=1, clients=1, sold=1, **bought)
    assert counted(world, "2026-11-18") == CountedPeriod(days=1, leads=1, clients=1, sold=1, returned=1)
    week = CountedPeriod(days=5, leads=3, clients=1, sold=2, returned=1, under_way=1, **bought)
    assert counted(world, "2026-W47") == week
    assert counted(world, "2026-11") == week.model_copy(update={"days": 20})


def test_an_order_belongs_to_the_shops_own_day(world: World) -> None:
    customer = world.make_customer({"firstName": "Анна"})
    order_of(world, customer, "2026-11-18 19:59:59")
    order_of(world, customer, "2026-11-18 20:00:00")
    run(world)
    for day in ("2026-11-18", "2026-11-19"):
        found = counted(world, day)
        assert found is not None
        assert found.sold == 1


def test_the_running_day_is_counted_each_time(world: World) -> None:
    run(world)
    customer = world.make_customer({"firstName": "Анна"})
    order_of(world, customer, "2026-11-20 07:30:00")
    world.later(hours=1)
    run(world)
    today = counted(world, "2026-11-20")
    assert today is not None
    assert today.sold == 1


def test_what_became_of_an_order_later_is_counted(world: World) -> None:
    customer = world.make_customer({"firstName": "Анна"})
    order_id = order_of(world, customer, "2026-10-10 12:00:00", "delivering")
    run(world)
    assert counted(world, "2026-10-10") == CountedPeriod(days=1, leads=1, under_way=1)
    world.edit_order(order_id, {"status": "complete"})
    world.later(days=1)
    run(world)
    after = counted(world, "2026-10")
    assert after is not None
    assert (after.clients, after.goods) == (1, Decimal(2000))


def test_counting_again_writes_nothing_new(world: World) -> None:
    order_of(world, world.make_customer({"firstName": "Анна"}), "2026-11-19 12:00:00")
    run(world)
    keys = ["profit-day:2026-11-19", "profit-week:2026-W47", "profit-month:2026-11"]
    versions = [world.engine.documents.get(key).version for key in keys]
    world.later(hours=1)
    run(world)
    assert [world.engine.documents.get(key).version for key in keys] == versions


def test_a_run_reads_a_bounded_number_of_pages(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chalicelib.checks.profit.MOST_PAGES", 2)
    run(world)
    # Besides the running day a week at a time.
    assert counted(world, "2026-11-06") is not None
    assert counted(world, "2026-11-05") is None
    world.later(hours=1)
    run(world)
    assert counted(world, "2026-11-05") is not None


def test_nothing_is_counted_unless_the_shop_wants_it(tmp_path: Path) -> None:
    shop = example_shop().model_copy(update={"profit": None})
    with closing(World(tmp_path, shop)) as world:
        assert "profit" not in world.application.checks.checks


class CrashingDocuments(MemoryDocuments):
    """The process dies before one of the writes; after it is before the next one."""

    def __init__(self, crash_at: int | None) -> None:
        super().__init__()
        self.crash_at = crash_at
        self.writes = 0

    def put(self, document: Document) -> Document:
        self.writes += 1
        if self.writes == self.crash_at:
            raise Crash(document.key)
        return super().put(document)


def test_a_crash_before_or_after_any_write_changes_nothing_in_the_end(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chalicelib.profit.progress.HISTORY", timedelta(days=9))
    order_of(world, world.make_customer({"firstName": "Анна"}), "2026-11-19 12:00:00")

    def run_with(documents: CrashingDocuments) -> None:
        ProfitCheck(ProfitSettings(), world.application.crm, documents, world.shop.shop.timezone).find(
            world.now
        )

    undisturbed = CrashingDocuments(None)
    run_with(undisturbed)
    for crash_at in range(1, undisturbed.writes + 1):
        documents = CrashingDocuments(crash_at)
        with pytest.raises(Crash):
            run_with(documents)
        run_with(documents)
        contents = {key: document.content for key, document in documents.kept.items()}
        assert contents == {key: document.content for key, document in undisturbed.kept.items()}


class Rush:
    """A CRM with many orders of one day, in pages."""

    def __init__(self, orders: int, held: MostHeld) -> None:
        self._orders = orders
        self._held = held

    def orders_made(self, since: datetime, _until: datetime) -> Iterator[Sequence[Order]]:
        orders = (
            Order(
                id=number, number="", status="complete", is_open=False, created_at=since, customer_id=number
            )
            for number in range(1, self._orders + 1)
        )
        yield from self._held.watch(iter(lambda: list(islice(orders, 10)), []))


def test_of_a_rush_a_page_of_orders_is_held_at_a_time(world: World) -> None:
    held = MostHeld(Sale)
    crm: Any = Rush(200, held)
    documents = MemoryDocuments()
    ProfitCheck(ProfitSettings(sold=("complete",)), crm, documents, SHOP.shop.timezone).find(world.now)
    today = Period.parse("2026-11-20")
    assert CountedBook(documents).periods([today])[today].sold == 200
    assert held.most <= 10
