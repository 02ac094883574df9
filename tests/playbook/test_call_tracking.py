"""What a client searched for reaches the order and the manager, whatever comes first."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from chalicelib.entry import Status
from chalicelib.events import Attribution
from tests.told_calls import CLIENT, PBX, SOURCES, TRACKING, miss, talk, track
from tests.world import World, example_shop

VISIT = Attribution(source="yandex", medium="cpc", campaign="Тенты", keyword="тент 3×6", content="ad1")
SOURCE = {"source": "yandex", "medium": "cpc", "campaign": "Тенты", "keyword": "тент 3×6", "content": "ad1"}
PHONE_ONLY = {"source": "phone", "medium": "74950000001"}
COMMENT = (
    "Искал: «тент 3×6»\nИсточник: yandex / cpc\nКампания: Тенты\nОбъявление: ad1\n"
    "Страница: https://shop.example/tents"
)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    world = World(tmp_path, example_shop(sources=SOURCES))
    yield world
    world.close()


def test_a_visit_that_is_told_first_is_in_the_order(world: World) -> None:
    track(world, attribution=VISIT, visitor_ids=(("yandex", "17000001"),))
    world.work()
    world.later(minutes=2)
    miss(world)
    world.work()
    (order,) = world.orders
    assert order["source"] == SOURCE
    assert f"{COMMENT}\nyandex: 17000001" in order["managerComment"]


def test_a_visit_that_is_told_later_reaches_the_order(world: World) -> None:
    miss(world)
    world.work()
    world.edit_order(world.orders[0]["id"], {"managerComment": "Не удалять"})
    world.later(minutes=2)
    for again in ("t", "t2"):
        track(world, again, attribution=VISIT, ago=2)
        world.work()
    (order,) = world.orders
    assert order["source"] == SOURCE
    assert order["managerComment"] == f"Не удалять\n\n{COMMENT}"


@pytest.mark.parametrize("first", [miss, track])
def test_the_shops_own_fields_are_filled_whatever_comes_first(tmp_path: Path, first: Any) -> None:
    crm = {"visitor_fields": {"yandex": "ym_client_id"}}
    world = World(tmp_path, example_shop(sources=SOURCES, crm=crm))
    if first is miss:
        miss(world)
        world.work()
    track(world, visitor_ids=(("yandex", "17000001"),))
    world.work()
    if first is track:
        miss(world)
        world.work()
    (order,) = world.orders
    assert order["customFields"] == {"ym_client_id": "17000001"}
    world.close()


@pytest.mark.parametrize("first", [miss, track])
def test_the_same_id_is_the_same_call_whatever_the_clocks_say(tmp_path: Path, first: Any) -> None:
    world = World(tmp_path, example_shop(sources=SOURCES, telephony={"calls": "note"}))
    if first is miss:
        miss(world, "a")
    track(world, "a", source=PBX, ago=300, phone=None, attribution=VISIT)
    world.work()
    if first is track:
        miss(world, "a")
        world.work()
    assert world.orders[0]["source"] == SOURCE
    world.close()


def test_a_source_that_a_person_has_set_stays(world: World) -> None:
    miss(world)
    world.work()
    world.edit_order(world.orders[0]["id"], {"source": {"source": "friends"}})
    track(world, attribution=VISIT)
    world.work()
    (order,) = world.orders
    assert order["source"]["source"] == "friends"
    assert COMMENT in order["managerComment"]


def test_a_lead_that_completed_the_order_knows_better(world: World) -> None:
    miss(world)
    world.lead("1:1", Phone=CLIENT, utm_source="google")
    world.work()
    track(world, attribution=VISIT)
    world.work()
    assert {name: value for name, value in world.orders[0]["source"].items() if value} == {"source": "google"}


def test_a_lead_without_a_source_leaves_room_for_a_better_one(world: World) -> None:
    miss(world)
    world.lead("1:1", Phone=CLIENT)
    world.work()
    track(world, attribution=VISIT)
    world.work()
    assert world.orders[0]["source"] == SOURCE


def test_another_call_of_the_client_is_another_visit(world: World) -> None:
    miss(world)
    world.work()
    track(world, attribution=VISIT, ago=11)
    track(world, "t2", attribution=VISIT, phone="+79160000009")
    world.work()
    assert world.orders[0]["source"] == PHONE_ONLY


def test_what_has_no_source_of_its_own_keeps_the_phone(world: World) -> None:
    track(world, attribution=Attribution(keyword="тент"))
    miss(world)
    world.work()
    assert world.orders[0]["source"] == {**PHONE_ONLY, "keyword": "тент"}


def test_a_page_alone_is_a_comment_and_leaves_room_for_more(world: World) -> None:
    miss(world)
    world.work()
    track(world)
    world.work()
    assert world.orders[0]["source"] == PHONE_ONLY
    assert world.orders[0]["managerComment"].endswith("Страница: https://shop.example/tents")
    track(world, "t2", attribution=VISIT)
    world.work()
    assert world.orders[0]["source"] == SOURCE


@pytest.mark.parametrize("keyword", ["(not set)", "<не указано>", "{keyword}", " (not provided) ", ""])
def test_words_that_say_nothing_are_nothing(world: World, keyword: str) -> None:
    miss(world)
    world.work()
    nothing = Attribution(source="(direct)", medium="(none)", keyword=keyword)
    track(world, attribution=nothing, landing_page="")
    world.work()
    assert world.orders[0]["source"] == PHONE_ONLY
    assert world.entry.reason == "nothing-known"


class TestKnownCaller:
    @pytest.fixture(autouse=True)
    def _order(self, world: World) -> None:
        world.make_order({"phone": CLIENT, "status": "new", "managerId": 1})
        world.later(minutes=1)

    @pytest.mark.parametrize("is_first", [True, False])
    def test_the_manager_reads_it_in_the_task(self, world: World, *, is_first: bool) -> None:
        if is_first:
            track(world, attribution=VISIT)
        miss(world)
        world.work()
        if not is_first:
            track(world, attribution=VISIT)
            world.work()
        (task,) = world.tasks
        assert task["text"].endswith("(звонили на +7 495 000-00-01), искал: «тент 3×6»")
        assert task["commentary"].split("\n\nLeadkeeper")[0].endswith(COMMENT)

    def test_the_next_missed_call_keeps_it(self, world: World) -> None:
        miss(world, "a")
        track(world, attribution=VISIT)
        world.work()
        world.later(minutes=1)
        miss(world, "b")
        world.work()
        (task,) = world.tasks
        assert "2 пропущенных звонка" in task["text"]
        assert task["text"].endswith("искал: «тент 3×6»")
        assert task["commentary"].count(COMMENT) == 1

    def test_a_repeat_changes_nothing(self, world: World) -> None:
        miss(world)
        world.work()
        for again in ("t", "t2"):
            track(world, again, attribution=VISIT)
            world.work()
        assert world.tasks[0]["text"].count("искал") == 1

    def test_a_task_that_a_person_changed_is_theirs(self, world: World) -> None:
        miss(world)
        world.work()
        world.edit_task(1, {"text": "Позвоню завтра"})
        track(world, attribution=VISIT)
        world.work()
        assert world.tasks[0]["text"] == "Позвоню завтра"

    def test_a_talk_completes_the_task_all_the_same(self, world: World) -> None:
        miss(world)
        track(world, attribution=VISIT)
        world.work()
        talk(world)
        world.work()
        assert world.tasks[0]["complete"]


def test_observed_visits_change_nothing(tmp_path: Path) -> None:
    world = World(tmp_path, example_shop(sources=SOURCES, rules={"observe": ["call-tracked"]}))
    miss(world)
    world.work()
    track(world, TRACKING, attribution=VISIT)
    world.work()
    assert world.orders[0]["source"] == PHONE_ONLY
    assert world.entry.status is Status.OBSERVED
    world.close()
