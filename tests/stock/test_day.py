"""Stock from MoySklad and 1C to the CRM: days in any order, trouble, crashes."""

import json
import random
from base64 import b64encode
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from chalicelib.entry import Status
from chalicelib.gate.gate import MAX_BODY_BYTES
from chalicelib.stock.memory import PAGES, page_key
from chalicelib.stock.pieces import by_sku, in_pieces
from tests.stock_world import SHORT_REPORT, STORES, StockWorld

MOST_BYTES = 400_000
MOST_BYTES_OF_A_MESSAGE = 2**20


@pytest.fixture
def world(tmp_path: Path) -> Iterator[StockWorld]:
    with closing(StockWorld(tmp_path)) as world:
        yield world


def row(sku: str, store: str, quantity: float) -> dict[str, object]:
    return {"sku": sku, "store": store, "qty": quantity}


class TestMoySklad:
    def test_a_webhook_brings_what_changed(self, world: StockWorld) -> None:
        first, second, _ = world.skus
        world.lies(first, "main", 4)
        world.lies(second, "moscow", 2.5)
        assert world.hook("1").status == 200
        world.ask()
        assert (world.in_crm(first), world.in_crm(second)) == ({"main": 4}, {"moscow": 2.5})
        assert world.uploads == 1

    def test_nothing_is_asked_without_a_webhook_for_half_an_hour(self, world: StockWorld) -> None:
        world.ask()
        before = world.sandbox.requests[f"{SHORT_REPORT} 200"]
        for _ in range(28):
            world.ask()
        assert world.sandbox.requests[f"{SHORT_REPORT} 200"] == before
        world.lies(world.skus[0], "main", 1)
        for _ in range(3):
            world.ask()
        assert world.in_crm(world.skus[0]) == {"main": 1}

    def test_the_same_webhook_asks_once(self, world: StockWorld) -> None:
        world.ask()
        before = world.sandbox.requests[f"{SHORT_REPORT} 200"]
        for _ in range(3):
            world.hook("1")
            world.ask()
        assert world.sandbox.requests[f"{SHORT_REPORT} 200"] == before + 1

    def test_only_what_changed_is_written(self, world: StockWorld) -> None:
        world.lies(world.skus[0], "main", 4)
        world.hook("1")
        world.ask()
        world.hook("2")
        world.ask()
        assert world.uploads == 1

    def test_nothing_below_zero_and_nothing_of_unknown_stores(self, world: StockWorld) -> None:
        first, second, _ = world.skus
        world.lies(first, "main", -3)
        world.sandbox.moysklad.put("another-store", second, 5, world.now)
        world.hook("1")
        world.ask()
        assert (world.in_crm(first), world.in_crm(second)) == ({"main": 0}, {})

    def test_what_is_reckoned_anew_is_not_zero(self, world: StockWorld) -> None:
        sku = world.skus[0]
        world.lies(sku, "main", 4)
        world.hook("1")
        world.ask()
        world.lies(sku, "main", None)
        world.hook("2")
        world.ask()
        world.later(hours=1)
        world.compare()
        assert world.in_crm(sku) == {"main": 4}

    @pytest.mark.parametrize("kind", ["503", "429", "refuse", "hang", "garbage", "drop"])
    def test_a_warehouse_in_trouble_is_asked_again(self, world: StockWorld, kind: str) -> None:
        sku = world.skus[0]
        world.lies(sku, "main", 7)
        world.hook("1")
        world.fault(target="moysklad", kind=kind)
        before = world.sandbox.requests.copy()
        for _ in range(5):
            world.ask()
        asked = world.sandbox.requests - before
        assert sum(count for name, count in asked.items() if "remap" in name) <= 5 * 4
        assert [alert.startswith("Сбой: источник moysklad") for alert in world.alerts] == [True]
        world.clear_faults()
        world.ask()
        assert world.in_crm(sku) == {"main": 7}

    def test_after_two_days_of_outage_the_rest_is_found_by_the_daily_look(self, world: StockWorld) -> None:
        sku = world.skus[0]
        world.accept()
        world.ask()
        world.compare()
        world.later(minutes=5)
        world.lies(sku, "main", 7)
        world.later(days=2)
        world.ask()
        assert world.in_crm(sku) == {}
        world.compare()
        assert world.in_crm(sku) == {"main": 7}

    @pytest.mark.parametrize("seed", range(5))
    def test_a_day_shuffled_and_doubled(self, tmp_path: Path, seed: int) -> None:
        chance = random.Random(seed)  # noqa: S311 -- no secret, but the same again
        with closing(StockWorld(tmp_path, offers=30)) as world:
            right: dict[str, dict[str, float]] = {}
            hooks = [f"hook-{number}" for number in range(40)] * 2
            chance.shuffle(hooks)
            skus = world.skus
            for hook in hooks:
                sku, store, quantity = chance.choice(skus), chance.choice(list(STORES)), chance.randrange(9)
                world.lies(sku, store, quantity)
                right.setdefault(sku, {})[store] = quantity
                world.hook(hook)
                if chance.random() < 0.4:
                    world.ask()
            world.later(minutes=30)
            world.ask()
            assert {sku: world.in_crm(sku) for sku in right} == right
            assert world.entries(Status.OPEN, Status.PARKED, Status.QUARANTINED) == []


class TestPush:
    def test_changes_are_written(self, world: StockWorld) -> None:
        first, second, _ = world.skus
        assert world.push([row(first, "main", 3), row(second, "moscow", 1)]).status == 200
        world.work()
        assert (world.in_crm(first), world.in_crm(second)) == ({"main": 3}, {"moscow": 1})

    def test_back_and_forth_within_minutes(self, world: StockWorld) -> None:
        sku = world.skus[0]
        for quantity in (5, 4, 5):
            world.push([row(sku, "main", quantity)])
            world.work()
            world.later(minutes=1)
        assert world.in_crm(sku) == {"main": 5}

    def test_of_two_documents_the_later_one_counts_in_any_order(self, world: StockWorld) -> None:
        sku = world.skus[0]
        for document, quantity in (("2026-11-20T10:00:00", 1), ("2026-11-20T09:00:00", 9)):
            world.push({"document": document, "rows": [row(sku, "main", quantity)]})
            world.work()
        assert world.in_crm(sku) == {"main": 1}

    def full(self, hour: int, rows: list[dict[str, object]], parts: int) -> list[object]:
        size = -(-len(rows) // parts)
        return [
            {
                "document": f"2026-11-20T{hour:02}:00:00",
                "part": part + 1,
                "parts": parts,
                "full": True,
                "rows": rows[part * size : (part + 1) * size],
            }
            for part in range(parts)
        ]

    def test_what_a_full_picture_does_not_name_is_gone(self, world: StockWorld) -> None:
        first, second, third = world.skus
        world.push([row(first, "main", 3), row(second, "main", 3), row(third, "workshop", 3)])
        world.work()
        world.later(hours=1)
        for part in self.full(12, [row(first, "main", 3), row(third, "main", 2)], parts=2):
            world.push(part)
            world.work()
            before_the_end = world.in_crm(second)
            world.compare()
        assert before_the_end == {"main": 3}
        assert (world.in_crm(first), world.in_crm(second)) == ({"main": 3}, {"main": 0})
        assert world.in_crm(third) == {"workshop": 3, "main": 2}

    def test_an_incomplete_picture_sets_nothing_to_zero(self, world: StockWorld) -> None:
        first, second, _ = world.skus
        world.push([row(first, "main", 3), row(second, "main", 3)])
        world.work()
        world.later(hours=1)
        world.push(self.full(12, [row(first, "main", 1), row(first, "moscow", 1)], parts=2)[0])
        world.work()
        world.compare()
        assert world.in_crm(second) == {"main": 3}

    def test_a_picture_that_is_much_too_small_is_told(self, tmp_path: Path) -> None:
        with closing(StockWorld(tmp_path, offers=60)) as world:
            world.push([row(sku, "main", 3) for sku in world.skus])
            world.work()
            skus = world.skus
            world.later(hours=1)
            world.push(self.full(12, [row(skus[0], "main", 1)], parts=1)[0])
            world.work()
            world.compare()
            assert [world.in_crm(sku)["main"] for sku in skus] == [1] + [3] * 59
            assert any("подозрительно мала" in alert for alert in world.alerts)

    @pytest.mark.parametrize("seed", range(4))
    def test_a_long_picture_in_parts_shuffled_and_doubled(self, tmp_path: Path, seed: int) -> None:
        chance = random.Random(seed)  # noqa: S311 -- no secret, but the same again
        with closing(StockWorld(tmp_path, offers=450)) as world:
            skus = world.skus
            world.push([row(sku, "main", 1) for sku in skus])
            world.work()
            world.later(hours=1)
            rows = [row(sku, "main", number % 5) for number, sku in enumerate(skus) if number % 4]
            parts = self.full(12, rows, parts=3) * 2
            chance.shuffle(parts)
            for part in parts:
                world.push(part)
                if chance.random() < 0.5:
                    world.work()
                    world.compare()
            world.work()
            world.later(minutes=10)
            world.compare()
            world.later(minutes=20)
            world.compare()
            for number, sku in enumerate(skus):
                assert world.in_crm(sku)["main"] == (number % 5 if number % 4 else 0)
            assert world.entries(Status.OPEN, Status.PARKED, Status.QUARANTINED) == []

    def test_many_stores_fit_into_the_queues_messages(self) -> None:
        """As JSON in base64, each piece of a list with long Russian names, however many stores there are."""
        stores = [f"Склад на улице Карла Маркса, {number}" for number in range(40)]
        rows = [row(f"Тент {number}×6 камуфляж", store, 1) for number in range(300) for store in stores]
        pieces = list(in_pieces(by_sku((str(each["sku"]), str(each["store"]), 1.0) for each in rows)))
        for piece in pieces:
            content = [row(offer.sku, store, qty) for offer in piece for store, qty in offer.stores]
            assert len(b64encode(json.dumps(content).encode())) < MOST_BYTES_OF_A_MESSAGE
        told = [offer.sku for piece in pieces for offer in piece]
        assert sorted(told) == sorted({str(each["sku"]) for each in rows})

    def test_20000_offers_in_five_stores_come_in_parts_of_256_kib(self) -> None:
        """How many parts that is; the README says so."""
        sku = "0" * 12
        line = len(json.dumps({"sku": sku, "store": "petersburg", "qty": 100}, separators=(",", ":"))) + 1
        assert -(-100_000 * line // MAX_BODY_BYTES) == 21
        assert -(-100_000 * len(f"{sku};petersburg;100\n") // MAX_BODY_BYTES) == 11


class TestTrouble:
    def test_a_dead_crm_gets_it_later(self, world: StockWorld) -> None:
        sku = world.skus[0]
        world.fault(target="retailcrm", kind="503")
        world.push([row(sku, "main", 3)])
        world.work_for(minutes=3)
        world.clear_faults()
        world.work_for(minutes=3)
        assert world.in_crm(sku) == {"main": 3}

    def test_an_answer_that_was_lost_is_written_again(self, world: StockWorld) -> None:
        sku = world.skus[0]
        world.fault(target="retailcrm", kind="drop", times=1, path="inventories")
        world.push([row(sku, "main", 3)])
        world.work_for(minutes=3)
        assert (world.in_crm(sku), world.uploads) == ({"main": 3}, 1)
        assert world.entries(Status.OPEN, Status.PARKED) == []

    def test_an_offer_that_the_crm_does_not_know_holds_up_nobody(self, world: StockWorld) -> None:
        sku = world.skus[0]
        world.push([row("unknown", "main", 3), row(sku, "main", 3)])
        world.work()
        assert world.in_crm(sku) == {"main": 3}
        assert world.entry.results[0].note == "2 changed, 1 not in the CRM"

    def test_pages_stay_small(self, tmp_path: Path) -> None:
        with closing(StockWorld(tmp_path, offers=0)) as world:
            skus = [f"{number:036}" for number in range(2000)]
            world.push([row(sku, store, 123) for sku in skus for store in STORES][:2500])
            world.work()
            pages = world.engine.documents.get_many([page_key(number) for number in range(PAGES)])
            largest = max(len(json.dumps(page.content)) for page in pages.values())
            offers = max(len(page.content.get("offers", {})) for page in pages.values())
            # 20,000 offers are 40 times as many as these 500.
            assert largest / offers * 20_000 / PAGES * 2 < MOST_BYTES / 4

    def test_observing_changes_nothing(self, world: StockWorld) -> None:
        rules = world.shop.rules.model_copy(update={"observe": frozenset({"stock-told"})})
        world.shop = world.shop.model_copy(update={"rules": rules})
        world.restart()
        world.push([row(world.skus[0], "main", 3)])
        world.work()
        world.compare()
        assert (world.in_crm(world.skus[0]), world.uploads) == ({}, 0)
        assert world.status() is Status.OBSERVED

    def test_without_the_table_nothing_is_written(self, tmp_path: Path) -> None:
        with closing(StockWorld(tmp_path)) as world:
            world.shop = world.shop.model_copy(update={"stock": None})
            world.restart()
            world.push([row(world.skus[0], "main", 3)])
            world.work()
            assert (world.status(), world.entry.reason) == (Status.IGNORED, "no-stores")
