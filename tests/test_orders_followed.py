"""A trigger and the CRM's history tell of the same change: however they do, it has its effect once."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import httpx
import pytest

from chalicelib.checks.running import MOST_A_RUN
from chalicelib.crm.retailcrm.reading import history
from chalicelib.events import OrderEdited, OrderStatusChanged
from chalicelib.gate.envelope import OWN_SOURCE
from tests.crm.shop import Recording
from tests.mistakes.shop import counted, person_edits
from tests.order_news import ONCE, WAYS, News, changed_order, effects, look, trigger
from tests.world import World

ORDERS = 40
ACCEPTED = "Мария, заказ 1002A принят. Спасибо! Защитные тенты"
IN_PRODUCTION = "Мария, заказ 1002A в производстве. Напишем, как только отправим. Защитные тенты"


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    world = World(tmp_path)
    # The first look at the history tells nobody anything.
    look(world)
    yield world
    world.close()


def bodies(world: World) -> list[str]:
    return [message["body"] for message in world.messages]


@pytest.mark.parametrize("news", WAYS, ids=lambda news: news.__name__)
def test_one_effect_however_the_news_comes(world: World, news: News) -> None:
    """A text, a task and a figure in the report; also if the same comes again after a restart."""
    order_id = changed_order(world)
    news(world, order_id)
    assert effects(world) == ONCE
    world.restart()
    news(world, order_id)
    assert effects(world) == ONCE


def test_several_changes_between_two_looks_are_each_looked_at(world: World) -> None:
    """Only what is still so has an effect, but none of them is overlooked."""
    order_id = changed_order(world)
    for status in ("send-to-assembling", "assembling"):
        world.later(seconds=20)
        world.edit_order(order_id, {"status": status})
    look(world)
    assert bodies(world) == [
        "Мария, заказ 1002A в производстве. Напишем, как только отправим. Защитные тенты"
    ]
    told = [
        event.status
        for entry in reversed(world.entries())
        for event in entry.events
        if isinstance(event, OrderStatusChanged)
    ]
    assert told == ["new", "prepayed", "send-to-assembling", "assembling"]


def test_a_status_that_was_passed_quickly_is_judged_step_by_step(world: World) -> None:
    """Where it led may be right from there, but nobody may get there so."""
    order_id = world.make_order({"firstName": "Мария", "phone": "+79165550001", "managerId": 1})
    look(world)
    world.later(minutes=5)
    for status in ("client-confirmed", "prepayed"):
        person_edits(world, order_id, status=status)
        world.later(seconds=10)
    look(world)
    assert [(mistake.status, mistake.rules) for mistake in counted(world)] == [
        ("client-confirmed", ("step",))
    ]


def test_an_edit_without_a_new_status_is_looked_at_by_either(world: World) -> None:
    order_id = changed_order(world)
    look(world)
    world.edit_order(order_id, {"lastName": "Иванова"})
    look(world)
    world.edit_order(order_id, {"lastName": "Петрова"})
    trigger(world, order_id=order_id, changed="1")
    world.work()
    told_by = [
        entry.source for entry in world.entries() for event in entry.events if isinstance(event, OrderEdited)
    ]
    assert set(told_by) == {OWN_SOURCE, "crm-main"}
    assert bodies(world) == [ACCEPTED]


def test_an_order_that_the_search_does_not_show_yet_is_found_by_a_later_look(world: World) -> None:
    """Although what came before it is done with."""
    answered = world.make_order({"firstName": "Мария", "phone": "+79165550001"})
    world.later(minutes=5)
    world.sandbox.configure({"search_lag": 4})
    world.edit_order(answered, {"status": "client-confirmed"})
    world.make_order({"firstName": "Олег", "phone": "+79165550002", "status": "prepayed"})
    for _ in range(3):
        look(world)
        world.later(minutes=2)
    assert bodies(world) == ["Олег, заказ 1003A принят. Спасибо! Защитные тенты"]


class TestDowntime:
    """We were away for days, while people worked in the CRM."""

    def test_no_change_is_lost_and_no_run_takes_long(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        # So that it takes several looks without thousands of orders.
        monkeypatch.setattr(history, "MAX_HISTORY_PAGES", 1)
        with closing(CountingWorld(tmp_path)) as world:
            look(world)
            world.make_orders([{"firstName": "Мария", "phone": f"+7916555{n:04}"} for n in range(ORDERS)])
            for order_id in world.order_ids():
                world.later(hours=2)
                world.edit_order(order_id, {"status": "prepayed"})
            while True:
                world.wire.requests.clear()
                report = world.application.checks.run("moved-on")
                assert len(report.emitted) <= MOST_A_RUN
                assert len(world.wire.requests) <= 2  # of the history, and of its orders
                if not report.emitted:
                    break
                world.work()
                world.later(minutes=2)
        assert sorted(message["to"] for message in world.messages) == [
            f"+7916555{n:04}" for n in range(ORDERS)
        ]


class CountingWorld(World):
    """Keeps what we ask of the CRM and of others."""

    def network(self) -> httpx.BaseTransport:
        self.wire = Recording(super().network())
        return self.wire
