"""Leadkeeper begins in a CRM that has been at work for years: what happened before is nobody's news."""

from contextlib import closing
from pathlib import Path

import pytest

from chalicelib.crm.retailcrm.reading import history
from tests.mistakes.shop import CANCELLED, counted, person_edits, shop_with_scenario
from tests.order_news import look
from tests.world import World, shop_without_scenario

ORDERS = 120


@pytest.fixture
def old_orders(monkeypatch: pytest.MonkeyPatch) -> None:
    # So that a day's history takes several looks without thousands of orders.
    monkeypatch.setattr(history, "MAX_HISTORY_PAGES", 1)


def cancelled_before(world: World, count: int = ORDERS) -> list[int]:
    """Orders that people cancelled without a reason before we came."""
    world.make_orders([{"firstName": "Мария", "phone": f"+7916555{n:04}"} for n in range(count)])
    ids = world.order_ids()[-count:]
    for order_id in ids:
        person_edits(world, order_id, status=CANCELLED)
    world.later(hours=1)
    return ids


@pytest.mark.usefixtures("old_orders")
def test_a_day_with_a_long_history_before_the_first_look_leads_to_nothing(tmp_path: Path) -> None:
    with closing(World(tmp_path, shop_with_scenario())) as world:
        cancelled_before(world)
        for _ in range(6):
            look(world)
            world.later(minutes=2)
        assert (len(world.tasks), len(counted(world)), len(world.messages)) == (0, 0, 0)


def test_orders_from_before_the_first_look_are_not_judged_when_somebody_edits_them(tmp_path: Path) -> None:
    with closing(World(tmp_path, shop_with_scenario())) as world:
        (order_id,) = cancelled_before(world, 1)
        look(world)
        world.later(days=30)
        person_edits(world, order_id, managerComment="Сверено")
        look(world)
        assert (world.tasks, counted(world)) == ([], [])
        person_edits(world, order_id, status="new")
        person_edits(world, order_id, status=CANCELLED)
        look(world)
        assert len(world.tasks) == 1


def test_a_text_that_begins_today_is_not_sent_for_what_was_yesterday(tmp_path: Path) -> None:
    """Of a short history the last records are read again and again."""
    shop = shop_without_scenario(messages={"order_statuses": {}})
    with closing(World(tmp_path, shop)) as world:
        look(world)
        world.make_order({"firstName": "Мария", "phone": "+79165550001", "status": "prepayed"})
        look(world)
        world.later(hours=5)
        world.shop = shop_without_scenario(messages={"order_statuses": {"prepayed": "order_accepted"}})
        world.restart()
        for _ in range(3):
            look(world)
            world.later(minutes=2)
        assert world.messages == []
        world.make_order({"firstName": "Олег", "phone": "+79165550002", "status": "prepayed"})
        look(world)
        look(world)
        assert [message["to"] for message in world.messages] == ["+79165550002"]


def test_what_happens_before_the_beginning_is_remembered_is_found_again(tmp_path: Path) -> None:
    """Nothing is worked on between two looks."""
    with closing(World(tmp_path)) as world:
        world.application.checks.run("moved-on")
        world.make_order({"firstName": "Олег", "phone": "+79165550002", "status": "prepayed"})
        world.later(minutes=2)
        world.application.checks.run("moved-on")
        for _ in range(3):
            look(world)
            world.later(minutes=2)
        assert [message["to"] for message in world.messages] == ["+79165550002"]


def test_a_scenario_that_begins_today_judges_no_step_of_yesterday(tmp_path: Path) -> None:
    """Although orders were followed for production before."""
    shop = shop_without_scenario(production={"question_field": "production_question"})
    with closing(World(tmp_path, shop)) as world:
        look(world)
        (order_id,) = cancelled_before(world, 1)
        look(world)
        world.later(hours=5)
        world.shop = shop_with_scenario()
        world.restart()
        look(world)
        person_edits(world, order_id, managerComment="Сверено")
        world.later(minutes=2)
        look(world)
        assert (world.tasks, counted(world)) == ([], [])
