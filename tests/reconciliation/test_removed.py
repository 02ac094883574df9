"""Whatever was removed is found, and nothing else; what is put right is so once, whatever crashes."""

from collections.abc import Iterator
from contextlib import closing, suppress
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chalicelib.checks.reconciliation import MOST_REPAIRS
from chalicelib.entry import Status
from chalicelib.errors import Unreachable
from sandbox.retailcrm.removing import Removal
from tests.aws_world import AwsWorld
from tests.crashes import Crash, Steps
from tests.engine.moto_aws import moto_cloud
from tests.reconciliation.made import many
from tests.reconciliation.night import BY_ANNA, BY_PROGRAM, CHECK, WITHOUT_TRACE, Night, phone

CLIENTS = 4
MANY = 3000


@pytest.fixture(scope="module")
def worked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Night]:
    """A shop with some orders and tasks; each test leaves it as it was."""
    with closing(Night(tmp_path_factory.mktemp("worked"))) as world:
        world.orders_made = [world.new_order(number) for number in range(CLIENTS)]
        world.tasks_made = [world.new_task(number) for number in range(CLIENTS)]
        yield world


ways = st.sampled_from([None, BY_ANNA, BY_PROGRAM, WITHOUT_TRACE, Removal(into=1001)])
task_ways = st.sampled_from([None, BY_ANNA, BY_PROGRAM, WITHOUT_TRACE])


@given(
    st.lists(ways, min_size=CLIENTS, max_size=CLIENTS),
    st.lists(task_ways, min_size=CLIENTS, max_size=CLIENTS),
)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_exactly_what_was_removed_is_found(
    worked: Night, orders: list[Removal | None], tasks: list[Removal | None]
) -> None:
    with worked.as_it_was():
        expected: dict[str, str] = {}
        for order_id, removal in zip(worked.orders_made, orders, strict=True):
            if removal is not None:
                external_id = worked.sandbox.crm.books.orders.get(order_id)["externalId"]  # type: ignore[index]
                worked.sandbox.remove_order(order_id, removal)
                expected[f"order-gone:{external_id}"] = fate(removal)
        for task_id, order_removal, removal in zip(worked.tasks_made, orders, tasks, strict=True):
            if removal is not None:
                worked.sandbox.remove_task(task_id, removal)
                is_over = removal is WITHOUT_TRACE and order_removal is not None
                expected[f"task-gone:{task_id}"] = "over" if is_over else fate(removal)
        assert worked.differences() == expected


def fate(removal: Removal) -> str:
    if not removal.leaves_trace:
        return "repair"
    if removal.into is not None:
        return "merged"
    return "program" if removal.by is None else "deleted"


def test_a_crash_at_any_step_of_the_comparing_and_of_the_repairs_makes_nothing_twice(tmp_path: Path) -> None:
    counted = Steps()
    crash_at(tmp_path / "whole", counted)
    for number in range(len(counted.names)):
        crash_at(tmp_path / str(number), Steps(number))


def crash_at(folder: Path, steps: Steps) -> None:
    with closing(Night(folder)) as world:
        orders = [world.new_order(number) for number in range(2)]
        world.new_task(1)
        world.sandbox.remove_order(orders[0], WITHOUT_TRACE)
        world.sandbox.remove_task(world.tasks[0]["id"], WITHOUT_TRACE)
        world.later(days=1)
        watched = [
            (world.used.work, "put"),
            (world.used.notify, "put"),
            (world.used.documents, "put"),
        ]
        with pytest.MonkeyPatch.context() as patched:
            for part, method in watched:
                call = partial(steps.around, f"{type(part).__name__}.{method}")
                original = getattr(part, method)
                patched.setattr(part, method, lambda item, c=call, o=original: c(lambda: o(item)))
            with suppress(Crash):
                world.application.checks.run(CHECK)
        world.restart()
        world.work()
        for _ in range(2):
            world.later(minutes=10)
            world.compare()
        assert sorted(order["phone"] for order in world.orders) == [phone(0), phone(1)]
        assert len(world.tasks) == 1
        assert len(world.told) == 1, "and people hear it once"


def test_a_comparing_that_takes_long_goes_on_with_the_next_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chalicelib.reconciliation.steps.PIECE", 2)
    with closing(Night(tmp_path)) as world:
        gone = [world.new_order(number) for number in range(5)]
        for order_id in gone:
            world.sandbox.remove_order(order_id, BY_ANNA)
        world.later(days=1)
        original = type(world.sandbox).handle

        def slowly(sandbox: Any, request: Any) -> Any:
            world.later(seconds=50)
            return original(sandbox, request)

        runs = 0
        with monkeypatch.context() as patched:
            patched.setattr(type(world.sandbox), "handle", slowly)
            while world.check.last() is None:
                world.application.checks.run(CHECK)
                world.restart()
                runs += 1
        assert runs > 2
        last = world.check.last()
        assert last is not None
        assert (last.total, last.looked.orders) == (5, 5)
        world.work()
        (told,) = world.told
        assert "расхождений 5" in told


def test_who_does_not_answer_is_asked_again_later(tmp_path: Path) -> None:
    with closing(Night(tmp_path)) as world:
        world.sandbox.remove_order(world.new_order(1), WITHOUT_TRACE)
        world.later(days=1)
        world.fault(target="retailcrm", kind="503")
        with pytest.raises(Unreachable):
            world.application.checks.run(CHECK)
        world.clear_faults()
        world.later(minutes=10)
        world.application.checks.run_due(each_tick=False)
        world.work()
        assert len(world.orders) == 1


def test_what_comes_to_its_end_after_days_is_compared_all_the_same(tmp_path: Path) -> None:
    with closing(Night(tmp_path)) as world:
        world.fault(target="retailcrm", kind="503", method="POST")
        world.lead("1:1", Phone=phone(1))
        for _ in range(4):
            world.work()
            world.night()
        assert [entry.status for entry in world.entries() if entry.source == "tilda"] == [Status.OPEN]
        assert world.told[0].count("не доведено до конца") == 1
        world.clear_faults()
        world.work_for(timedelta(minutes=1), minutes=30)
        (order,) = world.orders
        world.sandbox.remove_order(order["id"], BY_ANNA)
        world.night()
        assert any("удалён: Анна Смирнова" in told for told in world.told)


def test_many_are_put_right_over_several_nights_and_too_many_not_at_all(tmp_path: Path) -> None:
    with closing(Night(tmp_path)) as world:
        made = many(world, 300)
        for order_id in made[: MOST_REPAIRS + 10]:
            world.sandbox.remove_order(order_id, WITHOUT_TRACE)
        fates = list(world.differences().values())
        assert (fates.count("repair"), fates.count("later")) == (MOST_REPAIRS, 10)
        for order_id in made[MOST_REPAIRS + 10 : 200]:
            world.sandbox.remove_order(order_id, WITHOUT_TRACE)
        assert set(world.differences().values()) == {"many"}
        world.night()
        assert "Пропало подозрительно много" in world.told[0]
        assert len(world.orders) == 100


def test_what_is_left_for_the_next_nights_is_put_right_although_it_is_too_old_by_then(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chalicelib.checks.reconciliation.MOST_REPAIRS", 2)
    with closing(Night(tmp_path, changes={"reconciliation": {"days": 1}})) as world:
        for order_id in many(world, 100)[:5]:
            world.sandbox.remove_order(order_id, WITHOUT_TRACE)
        counts = []
        for _ in range(3):
            world.night()
            counts.append(len(world.orders))
        assert counts == [97, 99, 100]


def test_reads_are_bounded(tmp_path: Path) -> None:
    """3,000 orders and as many tasks and notes: a request for each 50 orders, 100 tasks, 100 notes.

    What differs costs two requests each: who did it, and by which name.
    """
    with closing(Night(tmp_path)) as world:
        made = many(world, MANY)
        for order_id in made[:10]:
            world.sandbox.remove_order(order_id, BY_ANNA)
        before = world.sandbox.requests.copy()
        differences = world.differences()
        asked = world.sandbox.requests - before
        assert len(differences) == 10
        assert asked["GET /api/v5/orders 200"] == MANY // 50 + 1
        assert asked["GET /api/v5/tasks 200"] == MANY // 100
        assert asked["GET /api/v5/customers/notes 200"] == MANY // 100
        assert asked["GET /api/v5/orders/history 200"] == 10
        assert asked["GET /api/v5/users 200"] == 1
        assert asked.total() <= MANY // 50 + 2 * MANY // 100 + 10 + 3


def test_on_aws_the_same_is_found_and_put_right(tmp_path: Path) -> None:
    with moto_cloud() as cloud, closing(AwsWorld(tmp_path, cloud)) as world:
        world.application.checks.accept(CHECK)
        for number in range(3):
            world.lead(f"1:{number}", Phone=phone(number))
        world.work()
        lost, deleted, _ = (order["id"] for order in world.orders)
        world.sandbox.remove_order(lost, WITHOUT_TRACE)
        world.sandbox.remove_order(deleted, BY_ANNA)
        world.later(days=1)
        for _ in range(2):
            world.application.checks.run(CHECK)
            world.work()
            world.later(minutes=10)
        assert sorted(order["phone"] for order in world.orders) == [phone(0), phone(2)]
        (told,) = [alert for alert in world.alerts if alert.startswith("Сверка с CRM")]
        assert "расхождений 2" in told
