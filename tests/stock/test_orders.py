"""What a new order's comment says of the goods."""

import json
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path

import pytest

from tests.stock_world import StockWorld


@pytest.fixture
def world(tmp_path: Path) -> Iterator[StockWorld]:
    with closing(StockWorld(tmp_path)) as world:
        rows = {"tent": {"main": 1, "moscow": 3, "petersburg": 9}, "rope": {"main": 0, "moscow": 0}}
        listed = [
            {"sku": sku, "store": store, "qty": quantity}
            for sku, shelves in rows.items()
            for store, quantity in shelves.items()
        ]
        world.push(listed)
        world.work()
        yield world


def bought(world: StockWorld, goods: Mapping[str, int], address: str = "") -> str:
    """The comment of the order of a cart."""
    products = [
        {"name": f"Товар {sku}", "quantity": quantity, "price": 100, "amount": 100 * quantity, "sku": sku}
        for sku, quantity in goods.items()
    ]
    payment = {"orderid": "1", "products": products, "amount": "100", "delivery_address": address}
    world.lead("1:1", Phone="+79990000001", payment=json.dumps(payment))
    world.work()
    (order,) = world.orders
    comment: str = order["managerComment"]
    return comment


def test_the_store_near_the_client(world: StockWorld) -> None:
    assert (
        "«Товар tent» есть на складе Москва: 3 шт.\n"
        in bought(world, {"tent": 2}, "г. Тула, ул. Мира, 1") + "\n"
    )


def test_a_client_whose_city_nobody_knows(world: StockWorld) -> None:
    assert "есть на складе Санкт-Петербург: 9 шт." in bought(world, {"tent": 1}, "посёлок")


def test_not_enough_anywhere(world: StockWorld) -> None:
    assert "есть на складе Томск: 1 шт. из 20" in bought(world, {"tent": 20}, "Томск")


def test_what_is_nowhere_and_what_nobody_told_of(world: StockWorld) -> None:
    comment = bought(world, {"rope": 1, "unknown": 1})
    assert "«Товар rope»: нет на складах" in comment
    assert "unknown" not in comment


def test_the_city_that_a_client_answered(world: StockWorld) -> None:
    products = [{"name": "Тент", "quantity": 1, "price": 1, "amount": 1, "sku": "tent"}]
    payment = json.dumps({"orderid": "1", "products": products, "amount": "1"})
    world.lead("1:1", Phone="+79990000001", payment=payment, Город="Томск")
    world.work()
    assert "«Тент» есть на складе Томск: 1 шт." in world.orders[0]["managerComment"]


def test_it_can_be_left_out(world: StockWorld) -> None:
    assert world.shop.stock is not None
    stock = world.shop.stock.model_copy(update={"in_orders": False})
    world.shop = world.shop.model_copy(update={"stock": stock})
    world.restart()
    assert "склад" not in bought(world, {"tent": 1})
