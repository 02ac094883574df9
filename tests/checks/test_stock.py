"""The daily look at the stock: MoySklad, our memory and the CRM are compared, and put right."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from chalicelib.checks.stock import StockCheck
from chalicelib.entry import Status
from chalicelib.errors import LeadkeeperError
from sandbox.moysklad import an_id
from tests.stock_world import LIST, MOYSKLAD, SHORT_REPORT, STORES, StockWorld, stock_shop

REPORT = f"{SHORT_REPORT} 200"
MANY = 1200


@pytest.fixture
def new_world(tmp_path: Path) -> Iterator[StockWorld]:
    with closing(StockWorld(tmp_path)) as world:
        yield world


@pytest.fixture
def world(new_world: StockWorld) -> StockWorld:
    """One where a person lets it act from the beginning."""
    new_world.accept()
    return new_world


def settled(world: StockWorld) -> None:
    """A first comparison long ago, and a day later."""
    world.later(hours=1)
    world.compare()
    world.later(days=1)


def set_in_crm(world: StockWorld, sku: str, store: str, quantity: float) -> None:
    """Somebody changes it there by hand."""
    offers = world.sandbox.crm.books.offers
    (offer,) = offers.found("xmlId", sku)
    others = [row for row in offer["stores"] if row["store"] != store]
    stores = [*others, {"store": store, "quantity": quantity, "purchasePrice": 0}]
    offers.change(offer["id"], {**offer, "stores": stores}, world.now)


def told(world: StockWorld) -> list[str]:
    return [alert for alert in world.alerts if "Остатки в CRM разошлись" in alert]


def test_nothing_is_put_right_before_a_person_accepts_it(new_world: StockWorld) -> None:
    world = new_world
    same, other, _ = world.skus
    world.lies(same, "main", 2)
    set_in_crm(world, same, "main", 2)
    world.lies(other, "main", 3)
    set_in_crm(world, other, "main", 50)
    world.later(hours=1)
    for _ in range(3):
        world.compare()
        world.later(minutes=10)
    assert (world.in_crm(other), world.uploads) == ({"main": 50}, 0)
    (asked,) = world.alerts
    assert "leadkeeper checks accept stock" in asked
    assert f"Расхождений: 1 {other}, main: 3, в CRM 50" in asked, "what would change there, and that alone"
    assert world.application.checks.run("stock", dry_run=True).is_baseline
    world.accept()
    assert not world.application.checks.run("stock", dry_run=True).is_baseline
    world.application.checks.run_due(each_tick=False)
    world.work()
    assert (world.in_crm(same), world.in_crm(other)) == ({"main": 2}, {"main": 3})
    assert len(world.alerts) == 1, "whoever accepted it knows"


def test_it_is_asked_again_each_day(new_world: StockWorld) -> None:
    new_world.lies(new_world.skus[0], "main", 3)
    for _ in range(2):
        new_world.later(days=1)
        new_world.compare()
    assert len(new_world.alerts) == 2


def test_who_accepts_meanwhile_is_heard(new_world: StockWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    world = new_world
    sku = world.skus[0]
    world.lies(sku, "main", 3)
    world.later(hours=1)
    compared = StockCheck._differences  # noqa: SLF001 -- where the minutes go by

    def slowly(check: StockCheck, *args: Any, **kwargs: Any) -> Any:
        found = compared(check, *args, **kwargs)
        world.later(minutes=1)
        world.accept()
        return found

    with monkeypatch.context() as patched:
        patched.setattr(StockCheck, "_differences", slowly)
        world.compare()
    assert world.uploads == 0
    world.later(minutes=10)
    world.compare()
    assert world.in_crm(sku) == {"main": 3}


def test_news_are_written_before_anybody_accepts(new_world: StockWorld) -> None:
    """Each says what its sender has now; only the comparison changes what nobody said anything about."""
    world = new_world
    first, second, third = world.skus
    for sku in world.skus:
        set_in_crm(world, sku, "main", 50)
    world.lies(first, "main", 4)
    world.lies(third, "main", 9)
    world.later(hours=6)
    world.lies(first, "main", 3)
    world.hook("1")
    world.ask()
    world.push([{"sku": second, "store": "main", "qty": 1}])
    world.work()
    world.later(hours=1)
    world.compare()
    assert [world.in_crm(sku) for sku in world.skus] == [{"main": 3}, {"main": 1}, {"main": 50}]


@pytest.mark.parametrize("change", [{"shop": {"mode": "observe"}}, {"rules": {"observe": ["stock-told"]}}])
def test_a_dry_run_shows_in_observe_mode_what_would_be_done(tmp_path: Path, change: Any) -> None:
    with closing(StockWorld(tmp_path, shop=stock_shop(changes=change, moysklad=MOYSKLAD))) as world:
        world.lies(world.skus[0], "main", 2)
        world.later(hours=1)
        assert world.application.checks.run("stock", dry_run=True).seen[0] == "Расхождений: 1"
        world.accept()
        world.compare()
        assert (world.uploads, world.alerts) == (0, [])


def test_a_store_that_the_crm_does_not_know_is_named_and_holds_up_no_other(tmp_path: Path) -> None:
    change = {"stock": {"stores": [{"code": "main", "ids": [an_id(1)]}, {"code": "mian", "ids": [an_id(2)]}]}}
    with closing(StockWorld(tmp_path, shop=stock_shop(changes=change, moysklad=MOYSKLAD))) as world:
        sku = world.skus[0]
        world.lies(sku, "main", 2)
        world.lies(sku, "workshop", 2)
        world.later(hours=1)
        seen = world.application.checks.run("stock", dry_run=True).seen
        assert "В CRM нет склада с кодом mian: исправьте code в [stock]" in seen
        world.accept()
        world.compare()
        assert world.in_crm(sku) == {"main": 2}
        assert world.entries(Status.PARKED) == []
        (told,) = world.alerts
        assert told.startswith("В CRM нет склада")
        assert "Подробности: mian" in told


def test_the_first_look_writes_everything_and_tells_nobody(world: StockWorld) -> None:
    for sku in world.skus:
        world.lies(sku, "main", 2)
    settled(world)
    assert [world.in_crm(sku) for sku in world.skus] == [{"main": 2}] * 3
    assert world.alerts == []


def test_what_was_missed_is_put_right_and_told_once(world: StockWorld) -> None:
    first, second, _ = world.skus
    world.lies(first, "main", 2)
    world.lies(second, "main", 2)
    settled(world)
    world.lies(first, "main", 5)
    world.lies(second, "moscow", 1)
    world.later(hours=1)
    world.compare()
    assert (world.in_crm(first), world.in_crm(second)) == ({"main": 5}, {"main": 2, "moscow": 1})
    (alert,) = told(world)
    assert "Расхождений: 2" in alert
    assert f"{first}, main: 5, у нас 2" in alert
    world.later(days=1)
    world.compare()
    assert len(told(world)) == 1


def test_what_somebody_changed_in_the_crm_is_put_right(world: StockWorld) -> None:
    sku = world.skus[0]
    world.lies(sku, "main", 2)
    settled(world)
    set_in_crm(world, sku, "main", 50)
    set_in_crm(world, sku, "moscow", 7)
    world.compare()
    assert world.in_crm(sku)["main"] == 2
    (alert,) = told(world)
    assert f"{sku}, main: 2, в CRM 50" in alert


def test_a_store_that_nobody_tells_of_is_left_alone(world: StockWorld) -> None:
    first, second, _ = world.skus
    world.lies(first, "main", 2)
    settled(world)
    set_in_crm(world, first, "petersburg", 7)
    set_in_crm(world, second, "main", 7)
    world.compare()
    assert world.in_crm(first) == {"main": 2, "petersburg": 7}
    assert world.in_crm(second) == {"main": 7}, "nobody ever told of this offer"


def test_what_is_no_longer_in_the_report_is_gone(world: StockWorld) -> None:
    first, second, _ = world.skus
    for sku in (first, second):
        world.lies(sku, "main", 2)
    settled(world)
    del world.sandbox.moysklad.lines[STORES["main"][0]][first]
    world.compare()
    assert (world.in_crm(first), world.in_crm(second)) == ({"main": 0}, {"main": 2})


def test_an_empty_report_sells_nothing_out(world: StockWorld) -> None:
    sku = world.skus[0]
    world.lies(sku, "main", 2)
    settled(world)
    world.sandbox.moysklad.lines.clear()
    world.compare()
    assert (world.in_crm(sku), world.alerts) == ({"main": 2}, [])


def test_news_on_their_way_are_no_difference(world: StockWorld) -> None:
    sku = world.skus[0]
    world.lies(sku, "main", 2)
    settled(world)
    world.lies(sku, "main", 3)
    world.compare()
    assert (world.in_crm(sku), world.alerts) == ({"main": 2}, [])
    world.hook("1")
    world.ask()
    assert world.in_crm(sku) == {"main": 3}


def test_offers_that_the_crm_does_not_know_are_counted(world: StockWorld) -> None:
    world.lies("stranger", "main", 2)
    world.later(hours=1)
    (*_, line) = world.application.checks.run("stock", dry_run=True).seen
    assert line == "Товаров нет в CRM: 1"


def test_a_dry_run_changes_nothing(world: StockWorld) -> None:
    world.lies(world.skus[0], "main", 2)
    world.later(hours=1)
    assert world.application.checks.run("stock", dry_run=True).seen[0] == "Расхождений: 1"
    world.work()
    assert (world.uploads, world.in_crm(world.skus[0])) == (0, {})


@pytest.mark.parametrize("target", ["retailcrm", "moysklad"])
def test_who_does_not_answer_is_asked_again(world: StockWorld, target: str) -> None:
    sku = world.skus[0]
    world.lies(sku, "main", 2)
    world.later(hours=1)
    world.fault(target=target, kind="503")
    with pytest.raises(LeadkeeperError):
        world.application.checks.run("stock")
    world.clear_faults()
    world.application.checks.run_due(each_tick=False)
    world.work()
    assert world.in_crm(sku) == {"main": 2}


def test_it_compares_once_a_day(world: StockWorld) -> None:
    settled(world)
    before = world.sandbox.requests[LIST]
    for _ in range(144):
        world.application.checks.run_due(each_tick=False)
        world.later(minutes=10)
    assert world.sandbox.requests[LIST] - before == 1


def test_a_crash_before_the_end_repeats_it(world: StockWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    sku = world.skus[0]
    world.lies(sku, "main", 2)
    world.later(hours=1)
    monkeypatch.setattr(type(world.used.work), "put", _crash)
    with pytest.raises(KeyboardInterrupt):
        world.application.checks.run("stock")
    monkeypatch.undo()
    world.restart()
    world.later(minutes=10)
    world.application.checks.run_due(each_tick=False)
    world.work()
    assert world.in_crm(sku) == {"main": 2}


def _crash(_queue: object, _envelope: object) -> None:
    raise KeyboardInterrupt


def test_requests_are_bounded(tmp_path: Path) -> None:
    """One report a store and one of what moves; a page of the CRM for 100 offers; 200 offers a write.

    ``python -m benchmarks.stock`` does the same with 20,000 offers.
    """
    with closing(StockWorld(tmp_path, offers=MANY)) as world:
        world.accept()
        for place, sku in enumerate(world.skus):
            for store in STORES:
                world.lies(sku, store, place % 7)
        world.later(hours=1)
        before = world.sandbox.requests.copy()
        world.compare()
        asked = world.sandbox.requests - before
        offers = len(world.sandbox.crm.books.offers)
        assert asked[REPORT] == len(STORES) + 1
        assert asked[LIST] == -(-offers // 100)
        assert world.uploads == MANY // 200
        world.later(days=1)
        before = world.sandbox.requests.copy()
        world.compare()
        of_stores = 1
        assert (world.sandbox.requests - before).total() == asked[REPORT] + asked[LIST] + of_stores
        assert world.alerts == []
