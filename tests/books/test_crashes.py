"""The books, killed at any step."""

from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any

from chalicelib.books.agenda import AGENDA_KEY, Agenda
from chalicelib.books.check import BooksCheck
from chalicelib.books.moments import day_key, day_of, hour_key, hour_of
from chalicelib.books.parts import PARTS
from chalicelib.books.rows import rows_key
from chalicelib.engine.port import Document, Documents
from tests.crashes import Crash, Steps, Watched
from tests.world import World

ENOUGH_STEPS = 30


def test_killed_at_any_step_the_next_run_gives_the_same_books(tmp_path: Path) -> None:
    with closing(World(tmp_path)) as world:
        settle(world)
        for number in range(3):
            world.lead(f"1:{number}", Phone=f"+7 916 123-45-0{number}")
            world.work()
            world.later(minutes=40)
        kept: list[dict[str, Any]] = []
        for step in count():
            forget(world)
            try:
                book(world, Watched("documents", world.engine.documents, Steps(step)))
                break
            except Crash:
                book(world, world.engine.documents)
                kept.append(stored(world))
        assert len(kept) >= ENOUGH_STEPS, "it is not that nothing was watched"
        assert all(books == stored(world) for books in kept)


def book(world: World, documents: Any) -> None:
    kept_for = world.shop.retention.personal_data
    zone = world.shop.shop.timezone
    list(BooksCheck(world.engine.journal, documents, PARTS, zone, kept_for).find(world.now))


def settle(world: World) -> None:
    """Nothing but what comes from now on is to be booked."""
    names = [*(part.name for part in PARTS), world.shop.shop.timezone.key]
    agenda = Agenda(booked_at=world.now, made_of=tuple(sorted(names)))
    overwrite(world.engine.documents, AGENDA_KEY, agenda.content())


def forget(world: World) -> None:
    """As if nothing had been booked yet."""
    world.now -= timedelta(hours=2)
    settle(world)
    world.now += timedelta(hours=2)
    for key in keys(world):
        overwrite(world.engine.documents, key, {})


def stored(world: World) -> dict[str, Any]:
    found = world.engine.documents.get_many([*keys(world), AGENDA_KEY])
    return {key: document.content for key, document in found.items()}


def keys(world: World) -> list[str]:
    zone = world.shop.shop.timezone
    hours = [hour_of(world.now - timedelta(hours=back), zone) for back in range(3)]
    return [*map(hour_key, hours), *map(rows_key, hours), day_key(day_of(world.now, zone))]


def overwrite(documents: Documents, key: str, content: dict[str, Any]) -> Document:
    return documents.put(replace(documents.get(key), content=content))
