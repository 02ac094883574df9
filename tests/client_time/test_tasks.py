"""Tasks to call a client: their clock stands in them, and they are due in the client's daytime."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from chalicelib.events import LeadUnprocessed, PickupStalled, Sms, SmsUndelivered
from chalicelib.messages import enclose
from tests.world import World, example_shop

MOSCOW = ZoneInfo("Europe/Moscow")
CALLER = "79161234567"
NOON_IN_TOMSK = datetime(2026, 11, 20, 5, 0, tzinfo=UTC)


def order_of_caller(world: World, **address: str) -> int:
    order = world.make_order({"phone": f"+{CALLER}", "status": "new", "delivery": {"address": address}})
    world.later(minutes=1)
    return order


def the_task(world: World) -> dict[str, Any]:
    world.work()
    (task,) = world.tasks
    return task


def lines(task: dict[str, Any]) -> list[str]:
    return [line for line in task["commentary"].splitlines() if "у клиента" in line.lower()]


def due(task: dict[str, Any]) -> datetime:
    """The sandbox writes it on the clock of the account, which is Moscow's."""
    return datetime.fromisoformat(task["datetime"]).replace(tzinfo=MOSCOW).astimezone(UTC)


def test_a_call_back_task_tells_the_clients_time_where_it_differs(world: World) -> None:
    world.now = NOON_IN_TOMSK
    order_of_caller(world, region="Омская область")
    world.call(CALLER, "a")
    task = the_task(world)
    assert lines(task) == ["У клиента сейчас 11:01 (Омск, −1 ч к нашему времени)"]
    assert "zone Asia/Omsk by region" in {result.note for result in world.entry.results}


@pytest.mark.parametrize("address", [{}, {"region": "Томская область"}, {"region": "Новосибирская область"}])
def test_nothing_is_told_of_a_clock_that_shows_the_same_or_that_nobody_knows(
    world: World, address: dict[str, str]
) -> None:
    order_of_caller(world, **address)
    world.call(CALLER, "a")
    assert lines(the_task(world)) == []


def test_who_has_just_called_is_called_back_at_once_whatever_their_clock_shows(world: World) -> None:
    world.now = NOON_IN_TOMSK  # 08:00 in Moscow
    order_of_caller(world, city="Москва")
    world.call(CALLER, "a")
    assert due(the_task(world)) == world.now + timedelta(minutes=15)


def test_who_called_at_our_night_is_called_back_in_their_morning(world: World) -> None:
    world.now = datetime(2026, 11, 20, 16, 0, tzinfo=UTC)  # 23:00 in Tomsk, 19:00 in Moscow
    order_of_caller(world, city="Москва")
    world.call(CALLER, "a")
    # Our morning is 05:00 in Moscow.
    assert due(the_task(world)) == datetime(2026, 11, 21, 6, 0, tzinfo=UTC)


def test_a_client_in_the_east_is_called_back_before_their_evening_ends_or_in_our_morning(
    world: World,
) -> None:
    world.now = datetime(2026, 11, 20, 16, 0, tzinfo=UTC)
    order_of_caller(world, region="Камчатский край")
    world.call(CALLER, "a")
    # Our morning is 14:00 there.
    assert due(the_task(world)) == datetime(2026, 11, 21, 2, 0, tzinfo=UTC)


def test_a_stalled_pickup_is_called_about_in_the_clients_daytime(world: World) -> None:
    order_id = world.order("1001A")["id"]  # in Moscow
    world.edit_order(order_id, {"status": "arrived-in-pickup-point"})
    stalled = PickupStalled(
        order_id=order_id, order_number="1001A", arrived_at=world.now, step=timedelta(days=5)
    )
    world.later(days=6)
    world.now = world.now.replace(hour=1)  # 08:00 in Tomsk, 04:00 in Moscow
    world.engine.work.put(enclose(stalled, "pickup:1001:5d", "", world.now))
    task = the_task(world)
    assert due(task) == world.now.replace(hour=6)
    assert lines(task) == ["У клиента сейчас 04:00 (Москва, −4 ч к нашему времени)"]


@pytest.mark.parametrize("with_order", [True, False])
def test_a_text_that_did_not_arrive_is_phoned_about_in_the_clients_daytime(
    world: World, *, with_order: bool
) -> None:
    world.now = NOON_IN_TOMSK.replace(hour=3)  # 10:00, and 06:00 in Moscow
    sms = Sms(
        phone="+79161112233" if with_order else "+74951112233",
        text="Заказ ждёт вас",
        template="arrived",
        not_before=world.now,
        valid_until=world.now + timedelta(days=1),
        order_id=world.order("1001A")["id"] if with_order else None,
        city="Москва" if with_order else "",
    )
    undelivered = SmsUndelivered(
        sms=sms,
        gateway="twilio",
        code="30003",
        source="crm-main",
        rule="message-wanted",
        noticed_at=world.now,
    )
    world.engine.work.put(enclose(undelivered, "sms-undelivered:1", "", world.now))
    task = the_task(world)
    assert due(task) == world.now.replace(hour=6)
    assert lines(task) == ["У клиента сейчас 06:00 (Москва, −4 ч к нашему времени)"]


def test_hours_that_never_meet_leave_the_task_to_the_managers_hours(tmp_path: Path) -> None:
    shop = example_shop(client_time={"calls": "Mon-Sun 23:00-23:30"})
    world = World(tmp_path, shop)
    world.now = datetime(2026, 11, 20, 16, 0, tzinfo=UTC)
    order_of_caller(world, region="Новосибирская область")
    world.call(CALLER, "a")
    assert due(the_task(world)) == datetime(2026, 11, 21, 2, 0, tzinfo=UTC)
    world.close()


def test_an_unprocessed_lead_tells_the_clients_time(world: World) -> None:
    world.now = NOON_IN_TOMSK
    order_id = order_of_caller(world, region="Приморский край")
    lead = LeadUnprocessed(
        order_id=order_id,
        order_number=str(order_id),
        waiting_since=world.now,
        step=timedelta(minutes=15),
        is_first=True,
    )
    world.later(minutes=15)
    world.engine.work.put(enclose(lead, "lead:1", "", world.now))
    assert lines(the_task(world)) == ["У клиента сейчас 15:16 (Владивосток, +3 ч к нашему времени)"]


def test_a_repeated_lead_tells_the_clients_time(world: World) -> None:
    world.now = NOON_IN_TOMSK
    world.lead("1:1", Phone="+7 916 123-45-67")
    world.work()
    world.edit_order(world.order_ids()[0], {"delivery": {"address": {"city": "Омск"}}})
    world.later(minutes=1)
    world.lead("1:2", Phone="+7 916 123-45-67")
    assert lines(the_task(world)) == ["У клиента сейчас 11:01 (Омск, −1 ч к нашему времени)"]
