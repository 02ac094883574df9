"""The books say the same as the journal, whatever happened in between."""

from collections.abc import Iterator
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from chalicelib.books.incoming import Incoming
from chalicelib.books.moments import day_of
from chalicelib.books.reading import Books
from tests.world import MORNING, World

PHONE = "+7 916 123-45-67"


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with closing(World(tmp_path)) as world:
        yield world


def books_of(world: World) -> Books:
    return Books(world.engine.documents, world.engine.journal, world.shop.shop.timezone)


def book(world: World) -> None:
    world.application.checks.run("books")


def hour_at(world: World, moment: datetime) -> Incoming:
    [hour] = books_of(world).hours(moment, moment + timedelta(seconds=1))
    return hour.facts.part(Incoming)


def test_hour_and_day_tell_what_came_in_and_what_became_of_it(world: World) -> None:
    world.lead("1:1", Phone=PHONE)
    world.lead("1:2", Phone="+7 916 123-45-68")
    world.work()
    book(world)
    hour = hour_at(world, MORNING)
    assert hour.sources == {"tilda": {"done": 2}}
    assert hour.actions["create-order"] == {"done": 2}
    today = day_of(MORNING, world.shop.shop.timezone)
    [day] = books_of(world).days(today, today)
    assert day.facts.part(Incoming) == hour
