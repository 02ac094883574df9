"""What looks lost because of the wrong key, shop or CRM, or after a backup was put back: no doubles."""

import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from chalicelib.events import Difference
from chalicelib.reconciliation.memory import MOST_KEPT, Looked, Outcome, Progress, ReconciliationMemory
from chalicelib.reconciliation.steps import FEW_WITHOUT_TRACE
from tests.reconciliation.made import many
from tests.reconciliation.night import CHECK, MORNING, WITHOUT_TRACE, Night, phone

DYNAMODB_TAKES = 400 * 1024


@pytest.fixture
def night(tmp_path: Path) -> Iterator[Night]:
    with closing(Night(tmp_path)) as world:
        yield world


def test_a_crm_that_shows_little_is_doubted_however_many_runs_the_comparing_takes(
    night: Night, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chalicelib.reconciliation.memory.MOST_KEPT", 10)
    monkeypatch.setattr("chalicelib.reconciliation.steps.PIECE", 1)
    for order_id in many(night, 400)[:300]:
        night.sandbox.remove_order(order_id, WITHOUT_TRACE)
    night.later(days=1)
    before = len(night.orders)
    original = type(night.sandbox).handle

    def slowly(sandbox: Any, request: Any) -> Any:
        night.later(seconds=60)
        return original(sandbox, request)

    with monkeypatch.context() as patched:
        patched.setattr(type(night.sandbox), "handle", slowly)
        for _ in range(10):
            night.application.checks.run(CHECK)
    night.work()
    last = night.check.last()
    assert last is not None
    assert {each.fate for each in last.differences} == {"many"}
    assert "Пропало подозрительно много" in night.told[0]
    assert len(night.orders) == before


def test_the_wrong_crm_gets_nothing_of_a_small_shop_either(night: Night) -> None:
    for number in range(FEW_WITHOUT_TRACE + 1):
        night.sandbox.remove_order(night.new_order(number), WITHOUT_TRACE)
    assert set(night.differences().values()) == {"many"}
    night.night()
    assert night.orders == []
    assert "Пропало подозрительно много" in night.told[0]


def test_what_was_doubted_once_stays_so_although_there_is_more_of_the_new_by_now(night: Night) -> None:
    for number in range(FEW_WITHOUT_TRACE + 1):
        night.sandbox.remove_order(night.new_order(number), WITHOUT_TRACE)
    night.night()
    new = {night.new_order(100 + number) for number in range(2 * FEW_WITHOUT_TRACE)}
    night.night()
    night.night()
    assert {order["id"] for order in night.orders} == new
    assert len(night.told) == 1


def test_what_is_remembered_fits_into_a_document() -> None:
    """Also on the night when there are two of everything: of the last comparing and of this one."""
    differences = [
        Difference(
            kind="task-gone",
            fate="changed",
            about=f"call-mango-{number:050}",
            source="mango-of-the-shop",
            entry_id="e" * 64,
            action=1,
            order_id=1_000_000 + number,
            order_number=f"{1_000_000 + number}A",
            task_id=number,
            at=MORNING,
            by="Александра Константинопольская",
            reason="client-has-another-order",
            additions=("a" * 64,),
        )
        for number in range(MOST_KEPT + 100)
    ]
    ids = tuple("u" * 64 for _ in range(MOST_KEPT))
    memory = ReconciliationMemory(
        progress=Progress.begun(MORNING, 3, ids).with_differences(*differences).bounded(),
        told=tuple(each.word for each in differences[:MOST_KEPT]),
        again=ids,
        last=Outcome(
            at=MORNING, days=3, looked=Looked(), differences=tuple(differences[:MOST_KEPT]), total=400
        ),
    )
    content = json.dumps(memory.content(), ensure_ascii=False).encode()
    assert len(content) < DYNAMODB_TAKES
    assert ReconciliationMemory.model_validate_json(content) == memory


def test_an_order_whose_id_another_one_has_since_a_backup_was_put_back_is_made_again(night: Night) -> None:
    order_id = night.new_order(1)
    books = night.sandbox.crm.books
    other = {**(books.orders.get(1001) or {}), "id": order_id, "externalId": "", "number": "other"}
    night.sandbox.remove_order(order_id, WITHOUT_TRACE)
    night.later(hours=2)
    books.orders._next_id = order_id  # noqa: SLF001 -- as the database that was put back has it
    books.orders.add({**other, "createdAt": crm_time(night)}, night.now)
    night.night()
    assert [order["id"] for order in night.orders if order["phone"] == phone(1)] == [order_id + 1]
    (told,) = night.told
    assert "пропал без следа: создаём заново" in told
    night.night()
    assert len(night.told) == 1


def test_another_order_that_has_the_id_since_then_keeps_its_status(night: Night) -> None:
    night.parcel("DELIVERED", night.now)
    night.work()
    night.later(hours=2)
    books = night.sandbox.crm.books
    books.orders.change(
        1001, {**(books.orders.get(1001) or {}), "status": "new", "createdAt": crm_time(night)}, night.now
    )
    assert night.differences() == {}


def test_a_status_that_an_order_never_had_is_not_lost(tmp_path: Path) -> None:
    """The shop file names a status for what couriers told before: only their next news lead to it."""
    with closing(Night(tmp_path, changes={"crm": {"parcel_statuses": {}}})) as world:
        world.parcel("ACCEPTED_AT_PICK_UP_POINT", world.now)
        world.work()
    with closing(Night(tmp_path)) as other:
        other.now = world.now
        other.sandbox = world.sandbox
        other.restart()
        assert other.differences() == {}


def test_an_order_that_the_client_made_anew_is_not_made_again_although_it_is_done(night: Night) -> None:
    order_id = night.new_order(1)
    night.later(hours=1)
    night.sandbox.remove_order(order_id, WITHOUT_TRACE)
    by_hand = night.make_order({"phone": phone(1), "status": "complete"})
    night.night()
    assert [order["id"] for order in night.orders if order["phone"] == phone(1)] == [by_hand]


def crm_time(night: Night) -> str:
    return night.now.astimezone(night.shop.crm.timezone).strftime("%Y-%m-%d %H:%M:%S")
