"""One place for all: several workers, one message."""

from datetime import datetime, timedelta

import pytest

from chalicelib.alerts.once import LONGEST_TELLING, MOST_KEPT, Once
from chalicelib.engine.port import Document
from chalicelib.errors import Postponed, Unreachable

from .contract import AT, an_alert
from .memory import MemoryDocuments


class Room:
    """A shared channel, on a clock of its own."""

    def __init__(self) -> None:
        self.now = AT
        self.documents: MemoryDocuments = MemoryDocuments()
        self.told: list[str] = []

    def clock(self) -> datetime:
        return self.now

    def once(self) -> Once:
        """A new object each time, as another worker has it."""
        return Once(self.documents, self.clock)

    def tell(self, text: str = "x", **changes: str) -> None:
        self.once().tell("slack", an_alert(text, **changes), lambda: self.told.append(text))


class Overtaken(MemoryDocuments):
    """Another worker tells it between the first one's reading and writing."""

    def __init__(self, room: Room) -> None:
        super().__init__()
        self.room: Room | None = room

    def put(self, document: Document) -> Document:
        room, self.room = self.room, None
        if room is not None:
            room.tell()
        return super().put(document)


def die() -> None:
    raise KeyboardInterrupt


def fail() -> None:
    raise Unreachable("alert-unreachable")


def test_it_is_told_once_but_its_end_and_other_alerts_are_told_too() -> None:
    room = Room()
    for text, state in [("x", "firing"), ("x", "firing"), ("y", "firing"), ("x", "resolved")]:
        room.tell(text, state=state)
    assert room.told == ["x", "y", "x"]


def test_whose_link_it_is_does_not_matter() -> None:
    room = Room()
    room.tell(acknowledge_url="https://a")
    room.tell(acknowledge_url="https://b")
    assert len(room.told) == 1


def test_who_comes_while_another_one_tells_it_waits_for_the_outcome() -> None:
    room = Room()

    def meanwhile() -> None:
        with pytest.raises(Postponed):
            room.tell()
        room.told.append("x")

    room.once().tell("slack", an_alert("x"), meanwhile)
    room.tell()
    assert room.told == ["x"]


def test_who_writes_first_tells_it() -> None:
    room = Room()
    room.documents = Overtaken(room)
    with pytest.raises(Postponed):
        room.tell()
    assert len(room.told) == 1


def test_after_a_failure_it_is_told_at_once_and_after_a_crash_a_minute_later() -> None:
    room = Room()
    with pytest.raises(Unreachable):
        room.once().tell("slack", an_alert("x"), fail)
    with pytest.raises(KeyboardInterrupt):
        room.once().tell("slack", an_alert("x"), die)
    with pytest.raises(Postponed):
        room.tell()
    room.now += LONGEST_TELLING
    room.tell()
    assert room.told == ["x"]


def test_its_memory_is_bounded() -> None:
    room = Room()
    for number in range(MOST_KEPT * 2):
        room.now += timedelta(seconds=1)
        room.tell(str(number))
    assert len(room.documents.get("told:slack").content["told"]) == MOST_KEPT
