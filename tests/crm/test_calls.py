"""Notes on orders and calls in the CRM's own list, and that writing them again does no harm."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from chalicelib.actions import AnnotateOrder, CreateOrder, LogCall
from chalicelib.errors import Refused, Unreachable
from chalicelib.events import Attribution, CallAnswered, CallMissed
from tests.crm.shop import CrmShop, answering

NOON = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
GUESS = Attribution(source="phone", medium="74950000001")
KNOWN = Attribution(source="yandex", keyword="тент")


@pytest.fixture
def shop() -> CrmShop:
    return CrmShop()


def an_order(shop: CrmShop, attribution: Attribution = GUESS) -> int:
    order = CreateOrder(
        external_id="call-pbx-1",
        occurred_at=NOON,
        method="missed-call",
        status="new",
        must_call=True,
        phone="+79165550011",
        attribution=attribution,
        manager_comment="Пропущенный звонок",
    )
    return shop.crm.create_order(order).id


def a_note(order_id: int, **changes: Any) -> AnnotateOrder:
    return AnnotateOrder(
        **{"order_id": order_id, "note": "Клиенту перезвонили", "needs_no_call": True, **changes}
    )


def test_a_note_is_added_once_and_nothing_is_lost(shop: CrmShop) -> None:
    order_id = an_order(shop)
    assert shop.crm.annotate_order(a_note(order_id))
    assert shop.crm.annotate_order(a_note(order_id))
    (order,) = shop.orders
    assert order["managerComment"] == "Пропущенный звонок\n\nКлиенту перезвонили"
    assert order["call"] is False
    assert order["source"] == {"source": "phone", "medium": "74950000001"}


def test_a_note_leaves_the_call_to_the_manager_unless_it_was_made(shop: CrmShop) -> None:
    order_id = an_order(shop)
    assert shop.crm.annotate_order(a_note(order_id, needs_no_call=False))
    assert shop.orders[0]["call"] is True


@pytest.mark.parametrize(
    ("written", "expected"), [(GUESS, "yandex"), (Attribution(source="friends"), "friends")]
)
def test_a_source_replaces_our_guess_alone(shop: CrmShop, written: Attribution, expected: str) -> None:
    order_id = an_order(shop, written)
    assert shop.crm.annotate_order(a_note(order_id, attribution=KNOWN, guess=GUESS))
    assert shop.orders[0]["source"]["source"] == expected


def test_an_order_that_is_gone_gets_no_note(shop: CrmShop) -> None:
    assert not shop.crm.annotate_order(a_note(999))


def a_call(**changes: Any) -> LogCall:
    answered = CallAnswered(
        call_id="1",
        phone="+79165550011",
        line="74950000001",
        direction="inbound",
        called_at=NOON,
        answered_at=NOON + timedelta(seconds=7),
        talked=timedelta(seconds=40),
        employee="101",
    )
    return LogCall(
        **{"external_id": "pbx:1", "phone": "+79165550011", "call": answered, "attribution": KNOWN, **changes}
    )


def test_a_call_is_shown_once(shop: CrmShop) -> None:
    shop.crm.register_telephony({"101": 1}, "")
    assert shop.crm.log_call(a_call())
    assert not shop.crm.log_call(a_call())
    (call,) = shop.sandbox.state()["calls"]
    assert (call["date"], call["duration"], call["durationWaiting"]) == ("2026-11-23 12:00:00", 40, 7)
    assert (call["type"], call["result"], call["code"]) == ("in", "answered", "101")
    assert call["source"] == {"source": "yandex", "keyword": "тент"}


def test_a_missed_call_has_no_length(shop: CrmShop) -> None:
    shop.crm.register_telephony({}, "")
    missed = CallMissed(call_id="2", phone="+79165550011", called_at=NOON)
    assert shop.crm.log_call(a_call(call=missed))
    (call,) = shop.sandbox.state()["calls"]
    assert call["result"] == "no answer"
    assert not {"duration", "durationWaiting", "code", "externalPhone"} & call.keys()


def test_telephony_can_be_registered_again(shop: CrmShop) -> None:
    shop.crm.register_telephony({"101": 1}, "https://shop.example/logo.svg")
    shop.crm.register_telephony({"101": 1, "102": 2}, "")
    answer = shop.wire.requests[-1]
    assert answer.url.path == "/api/v5/integration-modules/leadkeeper/edit"
    assert shop.crm.log_call(a_call())


def test_without_a_module_the_crm_says_why_not(shop: CrmShop) -> None:
    with pytest.raises(Refused, match="Telephony not enabled"):
        shop.crm.log_call(a_call())


def test_a_key_without_the_right_concerns_calls_alone() -> None:
    content = {"success": False, "errorMsg": "Access denied."}
    crm = answering(lambda _: httpx.Response(403, json=content))
    with pytest.raises(Refused, match="telephony_write"):
        crm.log_call(a_call())


def test_a_crm_that_does_not_answer_is_asked_again() -> None:
    crm = answering(lambda _: httpx.Response(502))
    with pytest.raises(Unreachable):
        crm.log_call(a_call())
