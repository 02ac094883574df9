"""A source that stops sending is told, in its own hours and only if it ever sent anything."""

from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from chalicelib.hours import WorkingHours
from tests.world import World, example_shop

PHONE = "+7 916 123-45-67"


def world_with(folder: Path, **settings: Any) -> World:
    """A world whose source ``tilda`` has these settings."""
    shop = example_shop()
    tilda = shop.sources["tilda"].model_copy(update=settings)
    return World(folder, shop.model_copy(update={"sources": {**shop.sources, "tilda": tilda}}))


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with closing(world_with(tmp_path, expect_every=timedelta(hours=8))) as world:
        yield world


def watch(world: World, **span: float) -> None:
    """Let time pass, with a look every ten minutes, and each time in a new process."""
    until = world.now + timedelta(**span)
    while world.now < until:
        world.later(minutes=10)
        world.application.checks.run("silent-sources")
    world.restart()
    world.work()


def test_silence_is_told_once_and_its_end_too(world: World) -> None:
    world.lead("1:1", Phone=PHONE)
    watch(world, hours=7)
    assert world.alerts == []
    watch(world, hours=2)
    [told] = world.alerts
    assert told.startswith("Сбой: из источника tilda ничего не приходит")
    assert "Последнее событие: 20.11 в 11:00" in told
    assert "раз в 8 ч" in told
    world.lead("1:2", Phone=PHONE)
    world.work()
    watch(world, minutes=10)
    assert world.alerts[1].startswith("Снова в порядке: из источника tilda")


def test_dry_run_says_what_is_so_and_tells_nobody(world: World) -> None:
    world.lead("1:1", Phone=PHONE)
    world.work()
    world.later(hours=9)
    [line] = world.application.checks.run("silent-sources", dry_run=True).seen
    assert line.startswith("silence:tilda: Последнее событие: 20.11 в 11:00")
    world.work()
    assert world.alerts == []


def test_source_that_is_no_longer_watched_is_no_trouble(world: World) -> None:
    world.lead("1:1", Phone=PHONE)
    world.work()
    watch(world, hours=9)
    assert len(world.alerts) == 1
    world.shop = example_shop()
    world.restart()
    watch(world, minutes=10)
    assert world.alerts[1].startswith("Снова в порядке: из источника tilda")


def test_source_that_never_sent_anything_is_being_set_up(world: World) -> None:
    watch(world, days=2)
    assert world.alerts == []


def test_only_its_own_hours_count(tmp_path: Path) -> None:
    hours = WorkingHours.parse("Mon-Fri 09:00-18:00")
    with closing(world_with(tmp_path, expect_every=timedelta(hours=8), expect_hours=hours)) as world:
        world.lead("1:1", Phone=PHONE)  # Friday, 11:00
        world.work()
        watch(world, days=2, hours=22)  # until Monday, 09:00
        assert world.alerts == []
        watch(world, hours=2)
        assert len(world.alerts) == 1


def test_others_keep_on_sending_and_the_silent_one_is_found(world: World) -> None:
    world.lead("1:1", Phone=PHONE)
    world.work()
    for number in range(150):
        world.call(f"791600{number:05}", f"call-{number}")
        world.later(minutes=4)
    world.work()
    watch(world, minutes=10)
    assert len(world.alerts) == 1


@pytest.mark.parametrize(("a_day", "is_told"), [(2, True), (3, False), (4, True)])
def test_week_outside_of_its_band_is_told_once(tmp_path: Path, a_day: int, is_told: bool) -> None:
    with closing(world_with(tmp_path, per_week=(18, 24))) as world:
        for day in range(8):
            for turn in range(a_day):
                world.lead(f"{day}:{turn}", Phone=f"+7 916 {day:03}-00-{turn:02}")
                world.later(hours=1)
            world.work()
            world.later(hours=24 - a_day)
        watch(world, hours=10)
        assert len(world.alerts) == is_told
        if is_told:
            assert f"За семь дней событий: {7 * a_day}, обычно от 18 до 24." in world.alerts[0]
