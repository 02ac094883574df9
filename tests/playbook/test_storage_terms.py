"""Until when a parcel waits: the date that a client reads is never later than the one where the parcel is."""

from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from tests.world import World, example_shop

Opened = Callable[..., World]
CDEK: dict[str, Any] = {"provider": "cdek", "token": "demo-token"}


@pytest.fixture
def open_world(tmp_path: Path) -> Iterator[Opened]:
    worlds: list[World] = []

    def opened(now: datetime, **settings: object) -> World:
        worlds.append(World(tmp_path, example_shop(sources={"cdek": {**CDEK, **settings}})))
        worlds[-1].now = now
        return worlds[-1]

    yield opened
    for world in worlds:
        world.close()


def arrives(world: World, city: str, **attributes: str) -> str:
    """What the client reads whose parcel has arrived just now."""
    order_id = world.make_order(
        {"phone": "+79165550001", "status": "delivering", "delivery": {"address": {"city": city}}}
    )
    number = next(str(order["number"]) for order in world.orders if order["id"] == order_id)
    world.parcel("ACCEPTED_AT_PICK_UP_POINT", world.now, number, **attributes)
    world.work()
    (message,) = world.messages
    return str(message["body"])


@pytest.mark.parametrize(
    "city", ["Калининград", "Москва", "Томск", "Владивосток", "Петропавловск-Камчатский"]
)
def test_an_estimate_is_the_same_date_in_each_zone(open_world: Opened, city: str) -> None:
    at_noon_in_tomsk = datetime.fromisoformat("2026-11-20T05:00:00+00:00")
    body = arrives(open_world(at_noon_in_tomsk, storage_days=7), city)
    assert "примерно до 26.11" in body


def test_the_day_of_arrival_is_that_of_the_parcel_not_of_the_shop(open_world: Opened) -> None:
    """It is 21:00 in Moscow, and in Tomsk the next day has begun."""
    late = datetime.fromisoformat("2026-11-20T18:00:00+00:00")
    body = arrives(open_world(late, storage_days=7), "Москва")
    assert "примерно до 26.11" in body


@pytest.mark.parametrize("city", ["Москва", "деревня, которой никто не знает"])
def test_the_end_of_a_day_in_moscow_is_no_date_in_tomsk(open_world: Opened, city: str) -> None:
    now = datetime.fromisoformat("2026-11-20T05:00:00+00:00")
    body = arrives(open_world(now), city, keep_free_until="2026-11-28T20:59:59Z")
    assert " до 28.11" in body
