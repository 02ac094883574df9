"""What each part keeps: of every kind of part, over the entries of a lively day."""

import json
import re
from collections.abc import Sequence
from contextlib import closing
from datetime import timedelta

import pytest

from chalicelib.books.facts import Facts, together
from chalicelib.books.incoming import Incoming
from chalicelib.books.part import Part
from chalicelib.books.parts import PARTS
from chalicelib.entry import Entry
from tests.world import World

PHONE_DIGITS = re.compile(r"9160000\d{3}")


@pytest.fixture(scope="module")
def entries(tmp_path_factory: pytest.TempPathFactory) -> Sequence[Entry]:
    """Calls, leads, a parcel, what nobody can read, and what we told ourselves."""
    with closing(World(tmp_path_factory.mktemp("day"))) as world:
        world.lead("1:1", Phone="+7 916 000-00-01", Name="Анна")
        world.call("79160000002", "a")
        world.work()
        world.call("79160000002", "b")
        world.post("tilda", "demo-token", b"{", "application/json")
        world.parcel("ACCEPTED_AT_PICK_UP_POINT", world.now)
        world.work()
        world.later(minutes=10)
        world.talk("79160000002", "c")
        world.work_for(hours=3, step=timedelta(minutes=10))
        return world.entries()


@pytest.mark.parametrize("kind", PARTS, ids=lambda kind: kind.name)
class TestPart:
    """What holds of every part."""

    def test_merging_goes_in_any_order(self, kind: type[Part], entries: Sequence[Entry]) -> None:
        forwards = together(Facts.of(entry, [kind]) for entry in entries)
        backwards = together(Facts.of(entry, [kind]) for entry in reversed(entries))
        halves = [together(Facts.of(entry, [kind]) for entry in entries[half::2]) for half in (0, 1)]
        assert forwards.part(kind) == backwards.part(kind) == together(halves).part(kind)

    def test_nothing_changes_nothing(self, kind: type[Part], entries: Sequence[Entry]) -> None:
        facts = together(Facts.of(entry, [kind]) for entry in entries)
        nothing = Facts({kind: kind()})
        assert facts.merged(nothing).part(kind) == nothing.merged(facts).part(kind) == facts.part(kind)

    def test_it_survives_being_stored(self, kind: type[Part], entries: Sequence[Entry]) -> None:
        facts = together(Facts.of(entry, [kind]) for entry in entries)
        stored = json.loads(json.dumps(facts.content()))
        assert Facts.read(stored, [kind]).part(kind) == facts.part(kind)

    def test_it_holds_no_phones_and_no_names(self, kind: type[Part], entries: Sequence[Entry]) -> None:
        text = json.dumps([Facts.of(entry, [kind]).content() for entry in entries], ensure_ascii=False)
        assert not PHONE_DIGITS.search(text)
        assert "Анна" not in text


def test_names_of_parts_differ() -> None:
    assert len({kind.name for kind in PARTS}) == len(PARTS)


def test_what_came_in_is_told_by_source_and_status(entries: Sequence[Entry]) -> None:
    incoming = together(Facts.of(entry, [Incoming]) for entry in entries).part(Incoming)
    assert incoming.sources["tilda"] == {"done": 1, "quarantined": 1}
    assert sum(incoming.sources["mango"].values()) == 3
    assert set(incoming.sources) == {"tilda", "mango", "cdek"}
    assert incoming.actions["create-order"] == {"done": 2}


def test_parts_that_nobody_keeps_any_more_are_left_out() -> None:
    facts = Facts.read({"forgotten": {"x": 1}, "incoming": {"sources": {"a": {"done": 1}}}}, [Incoming])
    assert facts.part(Incoming).sources == {"a": {"done": 1}}
