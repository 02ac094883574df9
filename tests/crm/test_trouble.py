"""What becomes of the CRM's troubles: whether to try again, and whether it may have been done."""

import json
import logging
from collections.abc import Callable
from datetime import UTC, datetime

import httpx
import pytest

from chalicelib.actions import (
    CompleteOrder,
    CreateOrder,
    CreateTask,
    SetOrderStatus,
    Topic,
    UpdateTask,
    WrittenTask,
)
from chalicelib.crm.retailcrm.adapter import RetailCrm
from chalicelib.crm.users import known_users
from chalicelib.errors import LeadkeeperError, Refused, Unreachable
from chalicelib.pace import Pace
from sandbox.faults import Fault
from tests.crm.shop import KEY, SEEDED, URL, CrmShop, answering

NOON = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
PHONE = "+79165550011"
ORDER = CreateOrder(
    external_id="call-mango-1",
    must_call=True,
    occurred_at=NOON,
    method="missed-call",
    status="new",
    phone=PHONE,
)
TASK = CreateTask(
    order_id=SEEDED, order_number="1001A", text="Перезвонить", commentary="", due_at=NOON, performer_id=2
)
Call = Callable[[RetailCrm], object]
READS: dict[str, Call] = {
    "orders_of_phone": lambda crm: crm.orders_of_phone(PHONE),
    "orders_of_email": lambda crm: crm.orders_of_email("maria@example.com"),
    "order": lambda crm: crm.order(SEEDED),
    "order_by_number": lambda crm: crm.order_by_number("1001A"),
    "order_by_track_number": lambda crm: crm.order_by_track_number("10000000011"),
    "customers_of_phone": lambda crm: crm.customers_of_phone(PHONE),
    "customers_of_email": lambda crm: crm.customers_of_email("maria@example.com"),
    "customers_named": lambda crm: crm.customers_named("Мария Иванова"),
    "task": lambda crm: crm.task(1),
    "find_task": lambda crm: crm.find_task(TASK, "lk-1", NOON),
}
WRITES: dict[str, tuple[str, Call]] = {
    "create_order": ("orders/create", lambda crm: crm.create_order(ORDER)),
    "complete_order": (
        f"orders/{SEEDED}/edit",
        lambda crm: crm.complete_order(
            CompleteOrder(order_id=SEEDED, occurred_at=NOON, manager_comment="Дополнен")
        ),
    ),
    "set_order_status": (
        f"orders/{SEEDED}/edit",
        lambda crm: crm.set_order_status(
            SetOrderStatus(order_id=SEEDED, from_status="delivering", status="complete")
        ),
    ),
    "create_task": ("tasks/create", lambda crm: crm.create_task(TASK, "lk-1")),
    "update_task": (
        "tasks/1/edit",
        lambda crm: crm.update_task(
            UpdateTask(
                task_id=1,
                before=WrittenTask(text="Перезвонить", commentary=""),
                text="Перезвонить: 2 звонка",
                commentary="Дважды",
                performer_id=2,
                marker="lk-1",
                topic=Topic(name="callback", order_id=SEEDED, event_ids=("a",), moments=(NOON,)),
            )
        ),
    ),
}
# Which reason, and whether a write may have been done.
TROUBLES = {
    "refuse": ("crm-unreachable", False),
    "hang": ("crm-unreachable", True),
    "drop": ("crm-unreachable", True),
    "garbage": ("crm-unreachable", True),
    "500": ("crm-unreachable", True),
    "502": ("crm-unreachable", True),
    "504": ("crm-unreachable", True),
    "503": ("crm-unreachable", False),
    "429": ("crm-unreachable", False),
    "401": ("crm-no-access", False),
    "403": ("crm-no-access", False),
}


@pytest.mark.parametrize("kind", TROUBLES)
@pytest.mark.parametrize("name", READS)
def test_a_read_in_trouble_can_be_tried_again_and_did_nothing(shop: CrmShop, name: str, kind: str) -> None:
    shop.fault(kind)
    with pytest.raises(Unreachable) as caught:
        READS[name](shop.crm)
    assert caught.value.reason == TROUBLES[kind][0]
    assert caught.value.maybe_done is False
    assert not caught.value.permanent


@pytest.mark.parametrize("kind", TROUBLES)
@pytest.mark.parametrize("name", WRITES)
def test_a_write_in_trouble_tells_whether_it_may_have_been_done(shop: CrmShop, name: str, kind: str) -> None:
    path, write = WRITES[name]
    if name == "update_task":
        shop.person_makes("task", text="Перезвонить", performerId=2)
    shop.fault(kind, path=path)
    with pytest.raises(Unreachable) as caught:
        write(shop.crm)
    reason, maybe_done = TROUBLES[kind]
    assert caught.value.reason == reason
    assert caught.value.maybe_done is maybe_done


@pytest.mark.parametrize("name", ["create_order", "complete_order", "set_order_status"])
def test_a_write_whose_first_read_failed_was_surely_not_done(shop: CrmShop, name: str) -> None:
    if name == "create_order":
        shop.crm.create_order(ORDER)
        shop.fault("drop", path="orders/call-mango-1")
    else:
        shop.fault("drop", path=f"orders/{SEEDED}")
    with pytest.raises(Unreachable) as caught:
        WRITES[name][1](shop.crm)
    assert caught.value.maybe_done is False


@pytest.mark.parametrize("name", WRITES)
def test_what_the_crm_refuses_is_not_tried_again(shop: CrmShop, name: str) -> None:
    path, write = WRITES[name]
    shop.person_makes("task", text="Перезвонить", performerId=2)
    shop.fault("400", path=path)
    with pytest.raises(Refused) as caught:
        write(shop.crm)
    assert caught.value.permanent
    assert caught.value.reason == "crm-refused"
    assert caught.value.detail == "Bad Request"
    assert sum(path in str(request.url) for request in shop.wire.requests) == 1


def test_a_slow_answer_is_an_answer(shop: CrmShop) -> None:
    shop.sandbox.add_fault(slow(8))
    assert shop.crm.order(SEEDED) is not None


def test_an_answer_that_is_too_slow_is_a_lost_one(shop: CrmShop) -> None:
    shop.sandbox.add_fault(slow(11))
    with pytest.raises(Unreachable) as caught:
        shop.crm.create_order(ORDER)
    assert caught.value.maybe_done


def slow(seconds: float) -> Fault:
    return Fault("retailcrm", "latency", seconds=seconds)


# The limit


@pytest.mark.parametrize("kind", ["503", "429"])
def test_a_request_over_the_limit_is_repeated_four_times_ever_more_slowly(shop: CrmShop, kind: str) -> None:
    shop.fault(kind)
    with pytest.raises(Unreachable) as caught:
        shop.crm.create_task(TASK, "lk-1")
    assert shop.slept == [0.1, 0.2, 0.4, 0.8]
    assert len(shop.wire.requests) == 5
    assert kind in caught.value.detail
    assert shop.tasks == []


@pytest.mark.parametrize("times", [1, 4])
def test_a_request_over_the_limit_succeeds_when_there_is_room_again(shop: CrmShop, times: int) -> None:
    shop.fault("503", times=times)
    shop.crm.create_task(TASK, "lk-1")
    assert len(shop.tasks) == 1
    assert shop.slept == [0.1, 0.2, 0.4, 0.8][:times]


def test_the_crms_own_limit_is_never_met_at_the_right_pace() -> None:
    class Paced(CrmShop):
        def pace(self) -> Pace:
            return Pace(8, self.monotonic, self.sleep)

    shop = Paced()
    shop.sandbox.configure({"rate_limit": 10})
    for _ in range(60):
        shop.crm.task(1)
    assert {response.split()[-1] for response in shop.sandbox.requests} == {"404"}


# What errors tell


def refusal(status: int, **body: object) -> str:
    crm = answering(lambda _request: httpx.Response(status, json={"success": False, **body}))
    with pytest.raises(LeadkeeperError) as caught:
        crm.create_task(TASK, "lk-1")
    return caught.value.detail


def test_an_error_tells_the_crms_message_with_its_details() -> None:
    assert (
        refusal(400, errorMsg="Task is not loaded", errors={"performerId": "should not be blank"})
        == "Task is not loaded; performerId: should not be blank"
    )
    assert refusal(400, errorMsg="Validation error", errors=["one", "two"]) == "Validation error; one; two"
    assert refusal(400, errorMsg="Validation error", errors=[]) == "Validation error"
    assert refusal(400, errorMsg="Validation error", errors="in words") == "Validation error; in words"
    assert refusal(400, errorMsg="Validation error", errors=5) == "Validation error; 5"
    assert refusal(418) == "it answers 418"


def test_success_false_is_a_refusal_whatever_the_status() -> None:
    crm = answering(lambda _request: httpx.Response(200, json={"success": False, "errorMsg": "Not enabled"}))
    with pytest.raises(Refused) as caught:
        crm.create_task(TASK, "lk-1")
    assert caught.value.detail == "Not enabled"


def test_a_redirect_is_no_answer() -> None:
    crm = answering(lambda _request: httpx.Response(301, headers={"location": "https://elsewhere.example"}))
    with pytest.raises(Unreachable, match="without JSON"):
        crm.order(1)


@pytest.mark.parametrize("body", [b"", b"null", b"[]", b'"text"', b"<html>", b'{"success": true', b"\xff"])
def test_a_body_that_is_no_json_object_is_no_answer(body: bytes) -> None:
    crm = answering(lambda _request: httpx.Response(200, content=body))
    with pytest.raises(Unreachable) as caught:
        crm.create_task(TASK, "lk-1")
    assert caught.value.maybe_done


@pytest.mark.parametrize("answer", [{}, {"id": "7"}, {"id": None}])
def test_a_write_that_is_answered_without_an_id_may_have_been_done(answer: dict[str, object]) -> None:
    crm = answering(lambda _request: httpx.Response(201, json={"success": True, **answer}))
    with pytest.raises(Unreachable) as caught:
        crm.create_task(TASK, "lk-1")
    assert caught.value.maybe_done


def test_an_error_that_repeats_what_we_sent_is_masked() -> None:
    detail = refusal(400, errorMsg=f"{PHONE} is no phone", errors={"email": "maria@example.com is taken"})
    assert PHONE not in detail
    assert "9165550011" not in detail
    assert "maria" not in detail


def test_a_wrong_key_waits_for_a_right_one() -> None:
    shop = CrmShop(key="another-key")
    with pytest.raises(Unreachable) as caught:
        shop.crm.create_order(ORDER)
    assert caught.value.reason == "crm-no-access"
    assert caught.value.detail == 'Wrong "apiKey" value.'
    assert not caught.value.maybe_done


@pytest.mark.parametrize("kind", [*TROUBLES, "400"])
def test_no_error_and_no_log_line_tells_url_phone_or_key(
    shop: CrmShop, kind: str, caplog: pytest.LogCaptureFixture
) -> None:
    shop.fault(kind)
    with caplog.at_level(logging.DEBUG, "chalicelib"), pytest.raises(LeadkeeperError) as caught:
        shop.crm.orders_of_phone(PHONE)
    told = f"{caught.value} {caught.value.detail} {caught.value.__cause__} {caplog.text}"
    for secret in (URL, "tents.example", PHONE, PHONE[-10:], KEY):
        assert secret not in told


def test_the_key_goes_in_the_header_and_never_in_the_url(shop: CrmShop) -> None:
    for read in READS.values():
        read(shop.crm)
    shop.person_makes("task", text="Перезвонить", performerId=2)
    for _, write in WRITES.values():
        write(shop.crm)
    assert shop.wire.requests
    for request in shop.wire.requests:
        assert request.headers["x-api-key"] == KEY
        assert KEY not in str(request.url)
        assert b"apiKey" not in request.content
        assert str(request.url).startswith(f"{URL}/api/v5/")


def test_structured_fields_go_as_json_in_a_form(shop: CrmShop) -> None:
    shop.crm.create_order(ORDER)
    (request,) = shop.wire.requests
    assert request.headers["content-type"] == "application/x-www-form-urlencoded"
    form = httpx.QueryParams(request.content.decode())
    assert form["site"] == "tents"
    assert json.loads(form["order"])["externalId"] == "call-mango-1"


def test_an_account_without_users_is_one_that_does_not_tell_them() -> None:
    def answer(_request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json={"success": True, "pagination": {"totalPageCount": 0}, "users": []})

    assert known_users(answering(answer)) is None
