"""A source's entries are read a page at a time; so are they by the checks that look at many."""

from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from chalicelib.bootstrap import texts_of
from chalicelib.checks.polling import Poll
from chalicelib.checks.silent_sources import SilentSources
from chalicelib.engine.port import Journal, Page
from chalicelib.entry import Entry
from chalicelib.leafing import newest_first
from chalicelib.providers.polling import Asking, Record
from tests.engine.contract import received
from tests.held import MostHeld
from tests.world import World

MANY = 100
A_PAGE = 10
WEEK = timedelta(days=7)


class Watched:
    """A journal of which it is watched what is held of its entries."""

    def __init__(self, journal: Journal, held: MostHeld) -> None:
        self._journal = journal
        self._held = held

    def page(self, *arguments: Any) -> Page:
        self._held.look()
        return self._journal.page(*arguments)

    def envelope(self, entry_id: str) -> object:
        self._held.look()
        return self._journal.envelope(entry_id)


class Service:
    """A service that is asked, and looks at what it has told us itself."""

    every = timedelta(minutes=10)
    overlap = WEEK
    heard = 0

    def pages(self, asking: Asking) -> Iterator[Sequence[Record]]:
        self.heard = sum(1 for _ in asking.heard())
        return iter(())


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """A world after a rush."""
    monkeypatch.setattr("chalicelib.leafing.A_PAGE", A_PAGE)
    with closing(World(tmp_path)) as world:
        for number in range(MANY):
            world.lead(f"1:{number}", Phone="+7 916 123-45-67")
            world.call("79161234567", f"call-{number}")
            world.later(minutes=1)
        while world.engine.work.depth().messages:
            message = received(world.engine.work)
            world.engine.journal.open(message.envelope, world.now)
            world.engine.work.done(message.receipt)
        yield world


def test_all_of_a_source_between_two_moments_newest_first(world: World) -> None:
    began = world.now - timedelta(minutes=MANY)
    found = list(newest_first(world.engine.journal, "tilda", began))
    assert len(found) == MANY
    assert {entry.source for entry in found} == {"tilda"}
    moments = [entry.received_at for entry in found]
    assert moments == sorted(moments, reverse=True)
    middle = newest_first(world.engine.journal, "tilda", moments[-10], before=moments[-20])
    assert [entry.received_at for entry in middle] == moments[-19:-9]


def test_of_a_week_with_a_rush_a_page_is_held(world: World) -> None:
    held = MostHeld(Entry)
    journal: Any = Watched(world.engine.journal, held)
    tilda = world.shop.sources["tilda"].model_copy(update={"per_week": (1, 2)})
    incidents, texts = world.application.incidents, texts_of(world.shop)
    documents, zone = world.engine.documents, world.shop.shop.timezone
    check = SilentSources({"tilda": tilda}, journal, documents, incidents, texts, zone)
    world.later(days=1)
    [line] = check.look(world.now)
    assert str(MANY) in line
    assert held.most <= A_PAGE + 1


def test_of_the_webhooks_of_a_source_that_is_asked_too_a_page_is_held(world: World) -> None:
    held = MostHeld(Entry)
    journal: Any = Watched(world.engine.journal, held)
    service = Service()
    engine = replace(world.engine, journal=journal)
    check = Poll("mango", service, engine, world.application.incidents, texts_of(world.shop))
    check.look(world.now)
    assert service.heard == MANY
    assert held.most <= A_PAGE + 1
