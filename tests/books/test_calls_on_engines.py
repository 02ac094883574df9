"""Durations and counts come back from each engine's documents as they were kept."""

from datetime import timedelta

import pytest

from chalicelib.books.calls import Calls
from chalicelib.books.reading import Books
from tests.world import MORNING, World

CLIENT = "79161234567"


def test_calls_are_the_same_on_each_engine(world: World) -> None:
    world.call(CLIENT, "a")
    world.work()
    world.later(minutes=20)
    world.talk(CLIENT, "b")
    world.work()
    world.application.checks.run("books")
    books = Books(world.engine.documents, world.engine.journal, world.shop.shop.timezone)
    [day] = books.days(MORNING.date(), MORNING.date())
    calls = day.facts.part(Calls)
    assert (calls.missed, calls.called_back.total) == (1, 1)
    assert calls.called_back.within(0.5) == pytest.approx(timedelta(minutes=20), rel=0.05)
