import itertools
from datetime import timedelta

import pytest

from chalicelib.entry import Status
from tests.world import MORNING, World

TEXT = (
    "Ольга, заказ 1001A ждёт вас: Москва, пункт выдачи СДЭК, ул. Примерная, 1. "
    "Трек 10000000011. К оплате 4 990 ₽. Защитные тенты"
)


def test_arrival_sets_the_status_and_sends_one_message(world: World) -> None:
    world.parcel("ACCEPTED_AT_PICK_UP_POINT", MORNING)
    world.work()
    assert world.order("1001A")["status"] == "arrived-in-pickup-point"
    (message,) = world.messages
    assert message["to"] == "+79161112233"
    assert message["body"] == TEXT


def test_paid_order_has_nothing_to_pay(world: World) -> None:
    order = world.order("1001A")
    payment = {"type": "bank-card", "status": "paid", "amount": order["totalSumm"]}
    world.edit_order(order["id"], {"payments": [payment]})
    world.parcel("ACCEPTED_AT_PICK_UP_POINT", MORNING)
    world.work()
    assert "К оплате" not in world.messages[0]["body"]


def test_repeated_statuses_send_nothing_twice(world: World) -> None:
    for _ in range(3):
        world.parcel("ACCEPTED_AT_PICK_UP_POINT", MORNING)
        world.later(minutes=10)
        world.work()
    world.parcel("ACCEPTED_AT_PICK_UP_POINT", MORNING + timedelta(hours=1))
    world.work()
    assert len(world.messages) == 1


def test_old_news_changes_nothing(world: World) -> None:
    world.parcel("DELIVERED", MORNING)
    world.work()
    assert world.order("1001A")["status"] == "complete"
    world.parcel("ACCEPTED_AT_PICK_UP_POINT", MORNING - timedelta(days=1))
    world.work()
    assert world.order("1001A")["status"] == "complete"
    assert world.messages == []


JOURNEY = (
    ("CREATED", 0),
    ("SENT_TO_RECIPIENT_CITY", 1),
    ("ACCEPTED_AT_PICK_UP_POINT", 2),
    ("DELIVERED", 3),
)


@pytest.mark.parametrize("order", list(itertools.permutations(range(4))))
def test_any_order_of_arrival_ends_the_same(world: World, order: tuple[int, ...]) -> None:
    for index in order:
        code, day = JOURNEY[index]
        world.parcel(code, MORNING + timedelta(days=day))
        world.work()
    assert world.order("1001A")["status"] == "complete"
    arrived_before_delivered = order.index(2) < order.index(3)
    assert len(world.messages) == (1 if arrived_before_delivered else 0)


def test_return_shipments_never_reach_the_client(world: World) -> None:
    before = world.order("1001A")
    for flag in ("is_return", "is_reverse", "is_client_return"):
        world.parcel("ACCEPTED_AT_PICK_UP_POINT", MORNING, "1001A", "", **{flag: True})
        world.parcel("DELIVERED", MORNING, "1001A", "", **{flag: True})
    world.work()
    assert world.order("1001A") == before
    assert world.messages == []


def test_withdrawn_status_takes_the_order_back(world: World) -> None:
    world.parcel("ACCEPTED_AT_PICK_UP_POINT", MORNING)
    world.work()
    world.parcel("DELIVERED", MORNING + timedelta(hours=5))
    world.work()
    assert world.order("1001A")["status"] == "complete"
    world.parcel("DELIVERED", MORNING + timedelta(hours=5), deleted=True)
    world.work()
    assert world.order("1001A")["status"] == "arrived-in-pickup-point"
    assert len(world.messages) == 1


def test_withdrawal_that_comes_before_its_status_wins(world: World) -> None:
    world.parcel("DELIVERED", MORNING + timedelta(hours=5), deleted=True)
    world.parcel("DELIVERED", MORNING + timedelta(hours=5))
    world.work()
    assert world.order("1001A")["status"] == "delivering"


def test_order_that_a_person_cancelled_stays_cancelled(world: World) -> None:
    world.edit_order(world.order("1001A")["id"], {"status": "cancel-other"})
    world.parcel("ACCEPTED_AT_PICK_UP_POINT", MORNING)
    world.work()
    assert world.order("1001A")["status"] == "cancel-other"
    assert world.messages == []


def test_order_that_a_person_cancelled_is_not_reopened_by_a_withdrawal(world: World) -> None:
    world.parcel("SENT_TO_RECIPIENT_CITY", MORNING)
    world.parcel("ACCEPTED_AT_PICK_UP_POINT", MORNING + timedelta(hours=1))
    world.work()
    world.edit_order(world.order("1001A")["id"], {"status": "cancel-other"})
    world.parcel("ACCEPTED_AT_PICK_UP_POINT", MORNING + timedelta(hours=1), deleted=True)
    world.work()
    assert world.order("1001A")["status"] == "cancel-other"


def test_order_that_a_withdrawn_status_closed_follows_its_parcel_again(world: World) -> None:
    """Also where the withdrawal leaves us with no status that the CRM knows."""
    world.parcel("DELIVERED", MORNING)
    world.parcel("DELIVERED", MORNING, deleted=True)
    world.parcel("DELIVERED", MORNING + timedelta(minutes=1))
    world.work()
    assert world.order("1001A")["status"] == "complete"
    world.parcel("DELIVERED", MORNING + timedelta(minutes=1), deleted=True)
    world.parcel("SENT_TO_RECIPIENT_CITY", MORNING + timedelta(hours=1))
    world.work()
    assert world.order("1001A")["status"] == "delivering"


def test_client_is_told_of_a_parcel_whose_arrival_was_hidden_by_a_withdrawn_status(world: World) -> None:
    world.parcel("DELIVERED", MORNING)
    world.parcel("ACCEPTED_AT_PICK_UP_POINT", MORNING + timedelta(hours=1))
    world.work()
    assert world.messages == []
    world.parcel("DELIVERED", MORNING, deleted=True, city_name="Владивосток")
    world.work()
    (message,) = world.messages
    assert "Владивосток" not in message["body"]


def test_unknown_code_is_noted_and_ignored(world: World) -> None:
    world.parcel("TELEPORTED", MORNING)
    world.work()
    assert world.status() is Status.IGNORED
    assert "TELEPORTED" in world.entry.reason


def test_unknown_order_waits_out_the_lag_then_a_person_is_told(world: World) -> None:
    world.parcel("ACCEPTED_AT_PICK_UP_POINT", MORNING, number="9999X", cdek_number="777")
    world.work()
    assert world.entry.is_open
    world.work_for(seconds=30)
    assert world.status() is Status.PARKED
    assert world.entry.reason == "order-not-found"
    assert len(world.alerts) == 1
    assert "9999X" in world.alerts[0]


def test_order_is_found_by_track_number_when_the_courier_tells_no_number(world: World) -> None:
    world.parcel("ACCEPTED_AT_PICK_UP_POINT", MORNING, number="")
    world.work()
    assert world.order("1001A")["status"] == "arrived-in-pickup-point"


def test_message_is_not_sent_for_a_parcel_that_was_collected_meanwhile(world: World) -> None:
    world.fault(target="twilio", kind="503")
    world.parcel("ACCEPTED_AT_PICK_UP_POINT", MORNING)
    world.work()
    world.parcel("DELIVERED", MORNING + timedelta(hours=1))
    world.work()
    world.clear_faults()
    world.work_for(minutes=30)
    assert world.messages == []
    assert world.order("1001A")["status"] == "complete"


def test_message_is_not_sent_days_late(world: World) -> None:
    world.fault(target="twilio", kind="refuse")
    world.parcel("ACCEPTED_AT_PICK_UP_POINT", MORNING)
    world.work()
    world.later(hours=73)
    world.clear_faults()
    world.work()
    assert world.messages == []
    assert world.entries(Status.DONE)[0].results[0].note == "too-late"


def test_dead_gateway_does_not_hold_up_the_crm(world: World) -> None:
    world.fault(target="twilio", kind="refuse")
    world.parcel("ACCEPTED_AT_PICK_UP_POINT", MORNING)
    world.work()
    assert world.order("1001A")["status"] == "arrived-in-pickup-point"


def test_later_news_that_wait_behind_an_arrival_go_before_its_message(world: World) -> None:
    world.fault(target="retailcrm", kind="500")
    world.parcel("ACCEPTED_AT_PICK_UP_POINT", MORNING)
    world.parcel("DELIVERED", MORNING + timedelta(hours=1))
    world.work_for(minutes=5)
    world.clear_faults()
    world.later(minutes=15)
    world.step(world.used.work)
    world.step(world.used.notify)
    world.work_for(minutes=10)
    assert world.order("1001A")["status"] == "complete"
    assert world.messages == []


def test_parcel_that_really_arrives_after_a_withdrawn_arrival_is_told(world: World) -> None:
    world.fault(target="twilio", kind="503")
    world.parcel("ACCEPTED_AT_PICK_UP_POINT", MORNING)
    world.work()
    world.parcel("ACCEPTED_AT_PICK_UP_POINT", MORNING, deleted=True)
    world.work()
    world.clear_faults()
    world.work_for(minutes=2)
    assert world.messages == []
    world.parcel("ACCEPTED_AT_PICK_UP_POINT", MORNING + timedelta(hours=2))
    world.work_for(minutes=2)
    assert len(world.messages) == 1


def test_parcel_that_leaves_and_comes_back_is_told_once(world: World) -> None:
    for hour, code in enumerate(["ACCEPTED_AT_PICK_UP_POINT", "TAKEN_BY_COURIER"] * 2):
        world.parcel(code, MORNING + timedelta(hours=hour))
        world.work()
    assert len(world.messages) == 1


def test_second_parcel_of_an_order_is_told_too(world: World) -> None:
    world.parcel("ACCEPTED_AT_PICK_UP_POINT", MORNING)
    world.parcel("ACCEPTED_AT_PICK_UP_POINT", MORNING, parcel="2", cdek_number="10000000012")
    world.work()
    assert len(world.messages) == 2


def test_client_who_paid_on_the_site_is_not_asked_to_pay(world: World) -> None:
    payment = '{"sys": "cloudpayments", "systranid": "35", "products": ["Тент=1800"], "amount": "1800"}'
    world.lead("1:1", Phone="+7 916 000-00-01", payment=payment)
    world.work()
    (order,) = world.orders
    world.parcel("ACCEPTED_AT_PICK_UP_POINT", MORNING, number=order["number"])
    world.work()
    assert "К оплате" not in world.messages[0]["body"]
