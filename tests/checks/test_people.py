"""Somebody who may no longer log in to the CRM is told, before their tasks are missed."""

from datetime import timedelta

import pytest

from chalicelib.errors import Unreachable
from tests.world import World

IVAN = 2


def let_in(world: World, *, is_active: bool) -> None:
    users = world.sandbox.crm.books.users
    users.change(IVAN, {**(users.get(IVAN) or {}), "active": is_active}, world.now)


def watch(world: World, step: timedelta = timedelta(hours=1), **span: float) -> None:
    """Let time pass, with a look at each step, and each time in a new process."""
    until = world.now + timedelta(**span)
    while world.now < until:
        world.now += step
        world.restart()
        world.application.checks.run("people")
        world.application.incidents.look_after()
        world.work()


def test_who_is_switched_off_is_told_once_a_day_until_they_are_back(world: World) -> None:
    watch(world, hours=2)
    assert world.alerts == []
    let_in(world, is_active=False)
    watch(world, hours=3)
    [told] = world.alerts
    assert told.startswith("Сбой: Иван Петров не может получать задачи в CRM")
    assert "Пользователь 2 в CRM отключён" in told
    watch(world, timedelta(hours=8), days=3)
    assert 4 <= len(world.alerts) <= 6
    let_in(world, is_active=True)
    watch(world, hours=1)
    assert world.alerts[-1].startswith("Снова в порядке: Иван Петров")


def test_who_does_not_exist_is_told_and_who_left_the_shop_file_is_over(world: World) -> None:
    anna, ivan = world.shop.people
    stranger = ivan.model_copy(update={"crm_user": 77})
    world.shop = world.shop.model_copy(update={"people": (anna, stranger)})
    watch(world, hours=1)
    assert "Пользователь 77 в CRM не найден" in world.alerts[0]
    world.shop = world.shop.model_copy(update={"people": (anna, ivan)})
    watch(world, hours=1)
    assert world.alerts[1].startswith("Снова в порядке")
    assert world.application.incidents.open() == []


def test_one_look_is_one_request_and_a_silent_crm_an_error(world: World) -> None:
    assert world.application.checks.run("people", dry_run=True).seen == [
        "person:Анна Смирнова: well",
        "person:Иван Петров: well",
    ]
    world.restart()
    world.fault(target="retailcrm", kind="refuse", path="/users")
    with pytest.raises(Unreachable):
        world.application.checks.run("people")
