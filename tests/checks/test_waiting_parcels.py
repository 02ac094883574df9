"""The list of parcels that wait at their pickup point: what it says, and how it is kept."""

from collections.abc import Mapping
from contextlib import closing
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from chalicelib import waiting_memory
from chalicelib.crm.port import Order
from chalicelib.engine.port import Document
from chalicelib.waiting_memory import (
    HEAD,
    WaitingHead,
    WaitingParcel,
    keep_waiting,
    read_head,
    read_waiting,
)
from tests.world import MORNING, World, example_shop

CHECK = "waiting-parcels"
WAITING = "arrived-in-pickup-point"
DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)


def look(world: World) -> list[WaitingParcel]:
    """The list after a look."""
    report = world.application.checks.run(CHECK)
    assert report.found == 0, "it is a list, and nothing to be done"
    return listed(world)


def listed(world: World) -> list[WaitingParcel]:
    return read_waiting(world.engine.documents, read_head(world.engine.documents))


def test_a_parcel_is_listed_from_its_arrival_until_it_leaves(world: World) -> None:
    assert look(world) == []
    world.parcel("ACCEPTED_AT_PICK_UP_POINT", world.now)
    world.work()
    world.later(hours=1)
    (parcel,) = look(world)
    order = world.order("1001A")
    assert parcel.model_dump(exclude_defaults=True) == {
        "order_id": order["id"],
        "order_number": "1001A",
        "since": MORNING,
        "is_couriers_time": True,
        "courier": "cdek",
        "city": "Москва",
        "manager_id": 1,
        "next_at": MORNING + 5 * DAY,
        "to_pay": Decimal(4990),
    }
    world.parcel("DELIVERED", world.now)
    world.work()
    assert look(world) == []


def test_the_steps_that_are_due_and_told_are_told_apart(world: World) -> None:
    world.parcel("ACCEPTED_AT_PICK_UP_POINT", world.now)
    world.work()
    world.later(days=5)
    (before,) = look(world)
    assert (before.step, before.told, before.next_at) == (5 * DAY, timedelta(), MORNING + 10 * DAY)
    assert read_head(world.engine.documents).stalled == 1
    world.application.checks.accept("stalled-pickups")
    world.application.checks.run("stalled-pickups")
    world.work()
    (after,) = look(world)
    assert (after.step, after.told) == (5 * DAY, 5 * DAY)
    world.later(days=5)
    (last,) = look(world)
    assert (last.step, last.next_at) == (10 * DAY, None)


def test_where_only_weekdays_count_the_next_step_is_later(tmp_path: Path) -> None:
    with closing(World(tmp_path, example_shop(ladders={"weekends": False}))) as world:
        world.parcel("ACCEPTED_AT_PICK_UP_POINT", world.now)
        world.work()
        (parcel,) = look(world)
        assert parcel.next_at == MORNING + 7 * DAY


def test_the_statuss_time_counts_where_no_courier_told_anything(world: World) -> None:
    world.make_order({"phone": "+7 916 000-00-01", "status": WAITING, "delivery": {"code": "self-delivery"}})
    world.later(days=1)
    (parcel,) = look(world)
    assert (parcel.since, parcel.is_couriers_time, parcel.courier) == (MORNING, False, "self-delivery")


def test_whatever_people_call_an_order_it_fits_into_the_list(world: World) -> None:
    world.make_order({"number": "7" * 200, "status": WAITING, "delivery": {"address": {"city": "Ж" * 200}}})
    (parcel,) = look(world)
    assert (len(parcel.order_number), len(parcel.city)) == (waiting_memory.LONGEST_TEXT,) * 2


@pytest.mark.parametrize(("count", "minutes"), [(100, 1), (599, 5), (1000, 10), (9000, 10)])
def test_a_long_list_is_looked_at_less_often(world: World, count: int, minutes: int) -> None:
    keep_waiting(world.engine.documents, some(count), world.now)
    world.later(minutes=minutes, seconds=-1)
    assert len(look(world)) == count
    world.later(seconds=1)
    assert look(world) == []


def test_a_dry_run_lists_and_writes_nothing(world: World) -> None:
    world.parcel("ACCEPTED_AT_PICK_UP_POINT", world.now)
    world.work()
    world.later(days=3)
    report = world.application.checks.run(CHECK, dry_run=True)
    assert report.seen == ["1001A: waits for 3 d"]
    assert read_head(world.engine.documents) == WaitingHead()


def some(count: int, **changes: Any) -> list[WaitingParcel]:
    """So many parcels, the first of which has waited longest."""
    return [
        WaitingParcel(
            order_id=number,
            order_number=f"{number}",
            since=MORNING + number * timedelta(minutes=1),
            **changes,
        )
        for number in range(count)
    ]


class TestPages:
    """The list in its documents."""

    @pytest.fixture(autouse=True)
    def _small_pages(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(waiting_memory, "MOST_IN_A_PAGE", 10)

    def test_who_waits_longest_comes_first_on_every_page(self, world: World) -> None:
        keep_waiting(world.engine.documents, some(25)[::-1], MORNING)
        head = read_head(world.engine.documents)
        assert (head.pages, head.count, head.looked_at) == (3, 25, MORNING)
        assert listed(world) == some(25)

    def test_a_shorter_list_leaves_nothing_of_the_longer_one(self, world: World) -> None:
        keep_waiting(world.engine.documents, some(25), MORNING)
        keep_waiting(world.engine.documents, some(5), MORNING)
        assert listed(world) == some(5)
        assert world.engine.documents.get(f"{HEAD}:2").content == {"parcels": []}

    def test_only_what_has_changed_is_written(self, world: World) -> None:
        keep_waiting(world.engine.documents, some(25), MORNING)
        keep_waiting(world.engine.documents, some(26), MORNING + DAY)
        keys = [HEAD, *(f"{HEAD}:{number}" for number in range(3))]
        documents = world.engine.documents.get_many(keys)
        assert [documents[key].version for key in keys] == [2, 1, 1, 2]

    def test_after_a_crash_between_two_pages_the_next_look_puts_it_right(self, world: World) -> None:
        keep_waiting(world.engine.documents, some(25), MORNING)
        with pytest.raises(KeyboardInterrupt):
            keep_waiting(CrashesAtTheHead(world), some(5), MORNING)
        assert len(listed(world)) == 5, "the head still names pages that are empty"
        keep_waiting(world.engine.documents, some(5), MORNING)
        assert read_head(world.engine.documents).pages == 1


class CrashesAtTheHead:
    """Documents of a process that dies before it writes the head."""

    def __init__(self, world: World) -> None:
        self._documents = world.engine.documents

    def get(self, key: str) -> Document:
        return self._documents.get(key)

    def get_many(self, keys: Any) -> Mapping[str, Document]:
        return self._documents.get_many(keys)

    def put(self, document: Document) -> Document:
        if document.key == HEAD:
            raise KeyboardInterrupt
        return self._documents.put(document)


def test_a_full_page_fits_into_a_document_of_dynamodb() -> None:
    longest = "Ж" * waiting_memory.LONGEST_TEXT
    full = some(
        waiting_memory.MOST_IN_A_PAGE,
        city=longest,
        courier=longest,
        step=5 * DAY,
        told=5 * DAY,
        next_at=MORNING,
        keep_until=MORNING,
        manager_id=123456,
        to_pay=Decimal("124990.50"),
    )
    full = [parcel.model_copy(update={"order_number": longest}) for parcel in full]
    size = sum(len(parcel.model_dump_json().encode()) for parcel in full)
    assert size < 350_000


def test_what_is_listed_of_an_order_holds_neither_name_nor_phone() -> None:
    personal = {"first_name", "last_name", "patronymic", "phones", "email", "pickup_address", "address"}
    assert personal <= Order.model_fields.keys()
    assert not personal & WaitingParcel.model_fields.keys()


@pytest.mark.parametrize("without", ["pickup points", "console"])
def test_where_nobody_can_look_at_it_there_is_no_list(tmp_path: Path, without: str) -> None:
    shop = example_shop()
    changes: dict[str, dict[str, Any]] = {
        "pickup points": {"crm": shop.crm.model_copy(update={"parcel_statuses": {}})},
        "console": {"console": None},
    }
    with closing(World(tmp_path, shop.model_copy(update=changes[without]))) as world:
        assert CHECK not in world.application.checks.checks
