"""Calls and recordings in the CRM, in the way that the shop has chosen."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from chalicelib.entry import Status
from chalicelib.events import Attribution
from tests.told_calls import CLIENT, PBX, SOURCES, miss, recorded, talk, track
from tests.world import World, example_shop

MakeWorld = Callable[[str], World]


@pytest.fixture
def make_world(tmp_path: Path) -> Iterator[MakeWorld]:
    worlds: list[World] = []

    def make(way: str) -> World:
        shop = example_shop(sources=SOURCES, telephony={"calls": way})
        worlds.append(World(tmp_path / way, shop))
        return worlds[-1]

    yield make
    for world in worlds:
        world.close()


def calls(world: World) -> list[dict[str, Any]]:
    return [
        {name: value for name, value in call.items() if name not in {"id", "createdAt"}}
        for call in world.state["calls"]
    ]


def test_by_default_nothing_is_shown(make_world: MakeWorld) -> None:
    world = make_world("none")
    talk(world)
    recorded(world)
    miss(world)
    world.work()
    assert calls(world) == []
    assert len(world.orders) == 1


class TestNote:
    LINE = "Запись исходящего звонка, 20.11 в 10:59, сотрудник: Анна Смирнова, 2 мин 5 с: https://pbx.example/r/1"

    @pytest.mark.parametrize("is_first", [True, False])
    def test_a_recording_is_a_note_on_the_open_order(self, make_world: MakeWorld, *, is_first: bool) -> None:
        world = make_world("note")
        world.make_order({"phone": CLIENT, "status": "complete"})
        order = world.make_order({"phone": CLIENT, "status": "new", "managerComment": "Не удалять"})
        for tell in (recorded, talk) if is_first else (talk, recorded, recorded):
            tell(world)
            world.work()
        comments = {order["id"]: order.get("managerComment") for order in world.orders}
        assert comments[order] == f"Не удалять\n\n{self.LINE}"
        assert list(comments.values()).count(None) == 1

    def test_the_answered_call_may_bring_the_recording(self, make_world: MakeWorld) -> None:
        world = make_world("note")
        world.make_order({"phone": CLIENT, "status": "new"})
        talk(world, recording_url="https://pbx.example/r/1")
        recorded(world)
        world.work()
        assert world.orders[0]["managerComment"] == self.LINE

    def test_without_an_open_order_there_is_no_place_for_it(self, make_world: MakeWorld) -> None:
        world = make_world("note")
        talk(world, recording_url="https://pbx.example/r/1")
        world.work()
        assert "no-open-order" in {entry.reason for entry in world.entries(Status.IGNORED)}

    def test_a_message_on_the_answering_machine_is_noted(self, make_world: MakeWorld) -> None:
        world = make_world("note")
        miss(world)
        world.work()
        recorded(world, "a")
        world.work()
        note = "Запись входящего звонка, 20.11 в 11:00: https://pbx.example/r/1"
        assert world.orders[0]["managerComment"].endswith(note)

    def test_a_call_without_a_recording_is_no_note(self, make_world: MakeWorld) -> None:
        world = make_world("note")
        world.make_order({"phone": CLIENT, "status": "new"})
        talk(world)
        world.work()
        assert "managerComment" not in world.orders[0]


class TestModule:
    @pytest.fixture
    def world(self, make_world: MakeWorld) -> World:
        world = make_world("module")
        world.register_telephony()
        return world

    def test_a_talk_is_shown_with_its_recording(self, world: World) -> None:
        track(world, "talk", source=PBX, attribution=Attribution(source="yandex", keyword="тент"))
        talk(world)
        world.work()
        assert calls(world) == []
        recorded(world)
        world.work()
        assert calls(world) == [
            {
                "date": "2026-11-20 06:59:50",
                "type": "out",
                "phone": CLIENT,
                "userId": 1,
                "code": "101",
                "result": "answered",
                "duration": 125,
                "durationWaiting": 10,
                "externalId": "pbx:talk",
                "recordUrl": "https://pbx.example/r/1",
                "externalPhone": "74950000001",
                "site": "tents",
                "source": {"source": "yandex", "keyword": "тент"},
            }
        ]
        world.work_for(timedelta(minutes=5), hours=1)
        assert len(calls(world)) == 1
        assert world.entries(Status.PARKED, Status.OPEN) == []

    def test_that_somebody_answered_may_be_heard_after_the_end(self, world: World) -> None:
        talk(world)
        world.work()
        talk(world, again="answer", talked=None, employee="")
        recorded(world)
        world.work()
        (call,) = calls(world)
        assert (call["duration"], call["code"]) == (125, "101")

    def test_the_keyword_may_come_from_another_system(self, world: World) -> None:
        track(world, attribution=Attribution(source="yandex", keyword="тент"))
        miss(world)
        world.work()
        (call,) = calls(world)
        assert call["source"] == {"source": "yandex", "keyword": "тент"}

    def test_telephony_may_name_the_employee(self, world: World) -> None:
        talk(world, employee="Анна Смирнова", recording_url="https://pbx.example/r/1")
        world.work()
        (call,) = calls(world)
        assert call["userId"] == 1

    def test_a_talk_without_a_recording_is_shown_after_a_while(self, world: World) -> None:
        talk(world, direction="inbound", employee="sip:anna@pbx.example")
        world.work_for(timedelta(minutes=5), minutes=20)
        assert calls(world) == []
        world.work_for(timedelta(minutes=5), minutes=30)
        (call,) = calls(world)
        assert (call["type"], call["result"]) == ("in", "answered")
        assert not {"recordUrl", "userId", "code"} & call.keys()

    def test_a_missed_call_is_shown_at_once(self, world: World) -> None:
        miss(world)
        world.work()
        (call,) = calls(world)
        assert (call["type"], call["result"]) == ("in", "no answer")
        assert len(world.orders) == 1

    def test_a_hidden_caller_is_not_shown(self, world: World) -> None:
        miss(world, phone=None)
        talk(world, phone=None)
        world.work()
        assert calls(world) == []


def test_a_crm_that_shows_no_calls_holds_nothing_else_up(make_world: MakeWorld) -> None:
    world = make_world("module")
    miss(world)
    world.work()
    assert len(world.orders) == 1
    (entry,) = world.entries(Status.PARKED)
    assert entry.reason == "crm-refused"
    assert "Telephony not enabled" in entry.detail
