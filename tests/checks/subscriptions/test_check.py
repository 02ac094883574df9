"""From the check to the task in the CRM and to the alert, on a fake clock."""

from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from chalicelib.actions import NotifyResponsible
from chalicelib.checks.subscriptions.memory import Renewal, renewal_key
from chalicelib.engine.port import Document
from chalicelib.entry import Status
from chalicelib.events import SubscriptionUrgent
from tests.checks.subscriptions.outside import NAME, SubscribedWorld, dated, domain, money
from tests.world import MORNING

OpenWorld = Callable[..., SubscribedWorld]


@pytest.fixture
def worlds(tmp_path: Path) -> Iterator[OpenWorld]:
    opened: list[SubscribedWorld] = []

    def open_world(*tables: Mapping[str, Any], **tables_of_shop: Mapping[str, Any]) -> SubscribedWorld:
        opened.append(SubscribedWorld(tmp_path, *tables, **tables_of_shop))
        return opened[-1]

    yield open_world
    for world in opened:
        world.close()


def renew(world: SubscribedWorld, day: str) -> None:
    documents = world.engine.documents
    document = documents.get(renewal_key(NAME))
    content = Renewal.model_validate({"until": day}).content()
    documents.put(Document(document.key, content, document.version))


def in_days(days: int) -> str:
    """That many days after the world's first day, on the shop's clock."""
    return (MORNING + timedelta(days=days)).date().isoformat()


def test_the_whole_ladder_is_told_step_by_step_and_each_step_once(worlds: OpenWorld) -> None:
    world = worlds(dated(in_days(40)))
    world.days(45, every=timedelta(hours=6))
    assert world.titles() == [
        "Продлить: retailCRM, осталось 30 дней, до 30.12.2026",
        "Продлить: retailCRM, осталось 14 дней, до 30.12.2026",
        "Продлить: retailCRM, осталось 7 дней, до 30.12.2026",
        "Продлить: retailCRM, осталось 3 дня, до 30.12.2026",
        "Продлить: retailCRM, остался 1 день, до 30.12.2026",
        "Продлить: retailCRM, срок истёк 30.12.2026",
    ]
    assert world.first_lines() == world.titles()[3:]


def test_only_the_highest_due_step_is_told_at_once_on_the_first_run(worlds: OpenWorld) -> None:
    world = worlds(dated(in_days(2), price="4 990 ₽", url="https://crm.example/pay", note="Счёт от ООО"))
    world.look()
    [task] = world.tasks
    assert task["text"] == "Продлить: retailCRM, осталось 2 дня, до 22.11.2026"
    assert "order" not in task or not task["order"]
    assert task["commentary"].startswith(
        "Цена: 4 990 ₽\nГде: https://crm.example/pay\nСчёт от ООО\n"
        'После оплаты введите новую дату: leadkeeper subscriptions renew "retailCRM" ГГГГ-ММ-ДД'
    )
    [alert] = world.alerts
    assert alert.startswith(task["text"] + "\nЦена")
    assert alert.endswith("Защитные тенты")
    world.days(1)
    assert len(world.tasks) == 2
    world.restart()
    world.look()
    assert len(world.tasks) == 2


@pytest.mark.parametrize(("responsible", "performer"), [("", 1), ("Иван Петров", 2)])
def test_task_goes_to_who_is_responsible_else_to_who_is_on_duty(
    worlds: OpenWorld, responsible: str, performer: int
) -> None:
    world = worlds(dated(in_days(5), responsible=responsible))
    world.look()
    [task] = world.tasks
    assert task["performer"] == performer


def test_task_is_due_when_the_next_step_would_be_told(worlds: OpenWorld) -> None:
    world = worlds(dated(in_days(30)))
    world.look()
    [task] = world.tasks
    assert task["datetime"].startswith("2026-12-06")
    urgent = worlds(dated(in_days(0)))
    urgent.look()
    assert urgent.tasks[-1]["datetime"].startswith("2026-11-20")


def test_alert_goes_to_who_is_responsible_and_at_the_end_to_the_leads_too(worlds: OpenWorld) -> None:
    world = worlds(dated(in_days(1), responsible="Анна Смирнова"))
    world.look()
    world.days(2)
    told = [
        [action.person for action in entry.plan if isinstance(action, NotifyResponsible)]
        for entry in world.entries()
        if isinstance(entry.events[0], SubscriptionUrgent)
    ]
    assert sorted(told) == [["Анна Смирнова"], ["Анна Смирнова", "Иван Петров"]]


def test_a_dead_crm_holds_up_the_task_but_not_the_alert(worlds: OpenWorld) -> None:
    world = worlds(dated(in_days(3)))
    world.fault(target="retailcrm", kind="refuse")
    world.look()
    assert world.tasks == []
    assert world.first_lines() == ["Продлить: retailCRM, осталось 3 дня, до 23.11.2026"]
    world.clear_faults()
    world.work_for(minutes=30, step=timedelta(minutes=1))
    assert len(world.tasks) == 1


def test_what_waited_for_the_crm_is_told_only_if_it_is_still_the_latest(worlds: OpenWorld) -> None:
    world = worlds(dated(in_days(7)))
    world.fault(target="retailcrm", kind="refuse")
    world.look()
    world.days(4)
    world.clear_faults()
    world.work_for(hours=1, step=timedelta(minutes=1))
    assert world.titles() == ["Продлить: retailCRM, осталось 3 дня, до 27.11.2026"]


def test_what_was_renewed_while_the_crm_was_away_is_not_told(worlds: OpenWorld) -> None:
    world = worlds(dated(in_days(7)))
    world.fault(target="retailcrm", kind="refuse")
    world.look()
    renew(world, in_days(400))
    world.clear_faults()
    world.work_for(hours=1, step=timedelta(minutes=1))
    assert world.tasks == []
    assert [entry.reason for entry in world.entries(Status.IGNORED)] == ["renewed"]


def test_a_renewal_ends_the_ladder_and_the_next_one_begins_anew(worlds: OpenWorld) -> None:
    world = worlds(dated(in_days(5)))
    world.look()
    renew(world, in_days(370))
    world.days(10, every=timedelta(hours=12))
    assert len(world.tasks) == 1
    world.later(days=335)
    world.days(11, every=timedelta(hours=12))
    assert world.titles()[1:] == [
        "Продлить: retailCRM, осталось 25 дней, до 25.11.2027",
        "Продлить: retailCRM, осталось 14 дней, до 25.11.2027",
    ]


def open_titles(world: SubscribedWorld) -> list[str]:
    return [task["text"] for task in world.tasks if not task["complete"]]


def test_our_open_tasks_are_completed_once_it_is_renewed(worlds: OpenWorld) -> None:
    world = worlds(dated(in_days(8)))
    world.days(2, every=timedelta(hours=12))
    assert len(open_titles(world)) == 2
    renew(world, in_days(400))
    world.look()
    assert open_titles(world) == []
    assert "Закрыто автоматически, 22.11 в 11:00: продлено до 25.12.2027" in world.tasks[0]["commentary"]
    before = len(world.entries())
    world.days(1)
    assert len(world.entries()) == before


def test_a_task_that_a_person_has_changed_is_theirs(worlds: OpenWorld) -> None:
    world = worlds(dated(in_days(8)))
    world.look()
    [task] = world.tasks
    world.edit_task(task["id"], {"text": "Спросить у бухгалтера"})
    renew(world, in_days(400))
    world.look()
    assert open_titles(world) == ["Спросить у бухгалтера"]


def test_a_short_renewal_replaces_the_tasks_about_the_earlier_end(worlds: OpenWorld) -> None:
    world = worlds(dated(in_days(5)))
    world.look()
    renew(world, in_days(12))
    world.look()
    assert open_titles(world) == ["Продлить: retailCRM, осталось 12 дней, до 02.12.2026"]
    assert [task["complete"] for task in world.tasks] == [True, False]


def test_tasks_of_earlier_steps_stay_open_until_then(worlds: OpenWorld) -> None:
    world = worlds(dated(in_days(14)))
    world.days(8, every=timedelta(hours=12))
    assert len(open_titles(world)) == 2


def test_tasks_are_not_completed_because_a_probe_fails(worlds: OpenWorld) -> None:
    world = worlds(domain())
    world.tell_end("2026-11-22T21:00:00Z")
    world.look()
    del world.services.answers["rdap.example"]
    world.days(10, every=timedelta(hours=12))
    assert len(open_titles(world)) == 2
    world.tell_end("2027-11-22T21:00:00Z")
    world.days(1)
    assert open_titles(world) == []


def test_tasks_about_money_are_completed_once_there_is_enough_again(worlds: OpenWorld) -> None:
    world = worlds(money(threshold=500))
    world.tell_money(100)
    world.look()
    world.tell_money(300)
    world.days(1)
    assert len(open_titles(world)) == 1
    world.tell_money(3000)
    world.days(1)
    assert open_titles(world) == []
    assert "на счёте снова 3000.00 RUB" in world.tasks[0]["commentary"]


def test_a_renewal_that_was_taken_back_meanwhile_completes_nothing(worlds: OpenWorld) -> None:
    world = worlds(dated(in_days(5)))
    world.look()
    renew(world, in_days(400))
    world.application.checks.run("subscriptions")
    renew(world, in_days(6))
    world.work()
    assert len(open_titles(world)) == 1
    assert "due-again" in [entry.reason for entry in world.entries(Status.IGNORED)]


def test_a_new_date_in_the_file_is_a_renewal_too(worlds: OpenWorld) -> None:
    world = worlds(dated(in_days(5)))
    world.look()
    world.set_subscriptions(dated(in_days(35)))
    world.look()
    assert len(world.tasks) == 1
    world.days(6, every=timedelta(hours=12))
    assert world.titles()[1:] == ["Продлить: retailCRM, осталось 30 дней, до 25.12.2026"]


def test_what_is_no_longer_in_the_file_is_not_told(worlds: OpenWorld) -> None:
    world = worlds(dated(in_days(5)))
    world.application.checks.run("subscriptions")
    world.set_subscriptions()
    world.work()
    assert world.tasks == []


def test_observe_mode_writes_nothing_to_the_crm_but_people_hear_of_what_is_urgent(worlds: OpenWorld) -> None:
    world = worlds(dated(in_days(2)), shop={"mode": "observe"})
    world.look()
    assert world.tasks == []
    assert len(world.alerts) == 1


def test_a_dry_run_says_what_it_would_do(worlds: OpenWorld) -> None:
    world = worlds(dated(in_days(2)))
    report = world.application.checks.run("subscriptions", dry_run=True)
    assert [finding.line for finding in report.emitted] == [
        "retailCRM, 2 days left, until 2026-11-22, step 3d: a task",
        "retailCRM, 2 days left, until 2026-11-22, step 3d: an alert",
    ]
    world.work()
    assert world.tasks == []


# What probes find


def test_a_domain_is_told_by_its_registrys_date_and_asked_once_a_day(worlds: OpenWorld) -> None:
    world = worlds(domain())
    world.tell_end("2026-12-10T21:00:00Z")
    world.days(3)
    assert world.services.asked == ["rdap.example"] * 3
    assert world.titles() == ["Продлить: Домен, остался 21 день, до 11.12.2026"]
    world.tell_end("2027-12-10T21:00:00Z")
    world.days(40)
    assert len(world.tasks) == 1


def test_a_probe_that_fails_is_told_once_after_three_times_and_once_at_its_end(
    worlds: OpenWorld,
) -> None:
    world = worlds(domain(), {**dated(in_days(300)), "name": "other"})
    world.days(1, every=timedelta(hours=6))
    [alert] = world.alerts[:1]
    assert alert.startswith("Сбой: не узнать срок: Домен\nConnectError\n")
    assert [line for line in world.first_lines() if line.startswith("Сбой:")] == [alert.split("\n")[0]]
    world.tell_end("2027-12-10T21:00:00Z")
    world.look()
    assert world.first_lines()[-1] == "Снова в порядке: не узнать срок: Домен"
    assert world.tasks == []


def test_two_failures_are_nobodys_business(worlds: OpenWorld) -> None:
    world = worlds(domain())
    world.look()
    world.later(hours=1)
    world.look()
    world.tell_end("2027-12-10T21:00:00Z")
    world.later(hours=1)
    world.look()
    assert world.alerts == []


def test_a_failing_probe_ends_nothing_and_its_last_word_still_counts(worlds: OpenWorld) -> None:
    world = worlds(domain())
    world.tell_end("2026-11-26T21:00:00Z")
    world.look()
    del world.services.answers["rdap.example"]
    world.days(10, every=timedelta(hours=6))
    assert [title.partition(",")[2] for title in world.titles()] == [
        " осталось 7 дней, до 27.11.2026",
        " осталось 3 дня, до 27.11.2026",
        " остался 1 день, до 27.11.2026",
    ]


def test_a_probe_that_was_taken_out_of_the_file_is_no_trouble_any_more(worlds: OpenWorld) -> None:
    world = worlds(domain())
    world.days(1, every=timedelta(hours=6))
    assert len(world.application.incidents.open()) == 1
    world.set_subscriptions()
    world.look()
    assert world.application.incidents.open() == []


def test_a_fault_of_ours_in_one_probe_does_not_keep_the_others_from_being_told(worlds: OpenWorld) -> None:
    world = worlds(domain(), dated(in_days(5)))

    def broken(_: httpx.Request) -> httpx.Response:
        raise RuntimeError("a fault of ours")

    world.services.answers["rdap.example"] = broken
    world.look()
    assert len(world.tasks) == 1


def test_low_money_is_told_once_until_the_account_is_filled(worlds: OpenWorld) -> None:
    world = worlds(money(threshold=500))
    world.tell_money(4122.56)
    world.look()
    assert world.tasks == []
    world.tell_money(499.9)
    world.days(1)
    assert world.titles() == ["Пополнить счёт: SMS.ru, осталось 499.90 RUB"]
    assert world.first_lines() == world.titles()
    world.tell_money(0)
    world.days(1)
    assert world.titles()[1:] == ["Пополнить счёт: SMS.ru, денег нет: 0.00 RUB"]
    world.tell_money(450)
    world.days(1)
    assert len(world.tasks) == 2
    world.tell_money(5000)
    world.days(1)
    world.tell_money(100)
    world.days(1)
    assert world.titles()[2:] == ["Пополнить счёт: SMS.ru, осталось 100.00 RUB"]


def test_money_that_lasts_too_short_climbs_the_ladder(worlds: OpenWorld) -> None:
    world = worlds(money(days_left="14d"))
    for left in range(3000, -1, -25):
        world.tell_money(left)
        world.look()
        world.later(hours=6)
    assert [title.partition(", ")[2] for title in world.titles()] == [
        "осталось 1475.00 RUB, хватит примерно на 14 дней",
        "осталось 775.00 RUB, хватит примерно на 7 дней",
        "осталось 375.00 RUB, хватит примерно на 3 дня",
        "осталось 175.00 RUB, хватит примерно на 1 день",
        "денег нет: 0.00 RUB",
    ]


def test_money_filled_up_while_the_crm_was_away_is_not_told(worlds: OpenWorld) -> None:
    world = worlds(money(threshold=500))
    world.tell_money(100)
    world.fault(target="retailcrm", kind="refuse")
    world.look()
    world.tell_money(5000)
    world.later(hours=1)
    world.look()
    world.clear_faults()
    world.work_for(hours=1, step=timedelta(minutes=1))
    assert world.tasks == []
