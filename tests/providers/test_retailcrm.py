"""Triggers of retailCRM: the contract suite, and the ways in which a shop owner may write one."""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any, ClassVar
from urllib.parse import urlencode

import pytest

from chalicelib.errors import Unreadable
from chalicelib.events import AnyEvent, MessageWanted, OrderEdited, OrderStatusChanged
from chalicelib.gate.webhook import Webhook

from .contract import NOON, Door, ProviderContract, a_webhook

TOKEN = "crm-demo-token-1"
OTHER = "crm-demo-token-2"
CHANGE = {"order_id": 12, "status": "prepayed"}


def content(**fields: Any) -> bytes:
    return json.dumps({**CHANGE, **fields}).encode()


class TestContract(ProviderContract):
    provider = "retailcrm"
    secrets: ClassVar[Mapping[str, str]] = {"token": TOKEN}
    next_secrets: ClassVar[Mapping[str, str]] = {"token": OTHER}
    sample = content()
    same_event = b' { "status":"prepayed", "order_id":"12" }'
    other_event = content(status="assembling")
    events: ClassVar[tuple[AnyEvent, ...]] = (OrderStatusChanged(order_id=12, status="prepayed", at=NOON),)
    samples = (
        b'{"order_number": "1001A", "template": "arrived"}',
        b'{"customer_id": 7, "template": "birthday"}',
        b"order_id=12&template=promotion",
        b'{"order_id": 12, "text": "call me"}',
    )
    broken = sample[:-5]
    wrong_encoding: ClassVar[Mapping[str, bytes]] = {
        "windows-1251": json.dumps({**CHANGE, "status": "оплачен"}, ensure_ascii=False).encode("cp1251"),
        "windows-1251 form": b"order_id=12&status=%EE%EF%EB",
    }
    wrong_type_is_read = True
    unknown_is_kept = False
    field_names = ("order_id", "order_number", "customer_id", "status", "template", "text")

    def proven(self, content: bytes, secrets: Mapping[str, str]) -> Webhook:
        return a_webhook(content, path=(secrets["token"],), content_type="application/json")

    def forgeries(self) -> Mapping[str, Webhook]:
        return {
            "no token": a_webhook(self.sample),
            "empty token": a_webhook(self.sample, path=("",)),
            "wrong token": self.proven(self.sample, {"token": OTHER}),
            "token of another spelling": self.proven(self.sample, {"token": TOKEN.upper()}),
            "token in the body": a_webhook(content(token=TOKEN)),
        }

    def unknown_event(self) -> Webhook:
        return self.authentic(content())

    def test_an_unknown_event_is_answered_as_any_other(self) -> None:
        """There is none: whatever is no known wish waits for a person, who wrote it wrongly."""
        door = self.door()
        assert door.receive(self.authentic(b'{"order_id": 12, "what": "else"}')) == self.reply
        with pytest.raises(Unreadable, match="unexpected-content"):
            door.reading()


def door() -> Door:
    return Door("retailcrm", {"token": TOKEN})


def sent(body: bytes = b"", **changes: Any) -> Webhook:
    return replace(a_webhook(body, path=(TOKEN,)), **changes)


@pytest.mark.parametrize(
    "webhook",
    [
        sent(urlencode(CHANGE).encode()),
        sent(json.dumps(CHANGE).encode()),
        sent(query={"order_id": "12", "status": "prepayed"}, method="GET"),
        sent(b"status=prepayed", query={"order_id": "12"}),
        sent(b"", path=(), query={"token": TOKEN, "order_id": "12", "status": "prepayed"}, method="GET"),
    ],
    ids=["form", "JSON", "GET", "both", "token in the query"],
)
def test_wherever_the_fields_stand(webhook: Webhook) -> None:
    shop = door()
    assert shop.receive(webhook).status == 200
    assert shop.reading().events == (OrderStatusChanged(order_id=12, status="prepayed", at=NOON),)
    assert TOKEN not in shop.queue[0].to_json()


@pytest.mark.parametrize(
    ("fields", "event"),
    [
        (
            {"order_number": "1001A", "template": "arrived"},
            MessageWanted(template="arrived", order_number="1001A", at=NOON),
        ),
        ({"order_id": 3, "template": "promotion"}, MessageWanted(template="promotion", order_id=3, at=NOON)),
        (
            {"customer_id": 7, "template": "birthday"},
            MessageWanted(template="birthday", customer_id=7, at=NOON),
        ),
    ],
)
def test_a_wish_for_a_text(fields: Mapping[str, object], event: AnyEvent) -> None:
    shop = door()
    shop.receive(sent(json.dumps(fields).encode()))
    assert shop.reading().events == (event,)


def test_an_order_that_changed_is_looked_at_each_time() -> None:
    shop = door()
    changed = sent(b"order_id=12&changed=yes")
    shop.receive(changed)
    assert shop.reading().events == (OrderEdited(order_id=12, at=NOON),)
    shop.receive(replace(changed, received_at=NOON + timedelta(seconds=5)))
    assert len({envelope.id for envelope in shop.queue}) == 2


@pytest.mark.parametrize(
    "fields",
    [
        {"order_id": 12},
        {"order_id": 12, "status": "new", "changed": "yes"},
        {"customer_id": 12, "changed": "yes"},
        {"template": "arrived"},
        {"status": "new"},
        {"order_id": 12, "customer_id": 7, "template": "arrived"},
        {"order_id": 12, "status": "new", "template": "arrived"},
        {"customer_id": 7, "status": "new"},
        {"order_id": 12, "template": "../../secrets"},
        {"order_id": "{{ order.id }}", "template": "arrived"},
        {"order_id": -1, "template": "arrived"},
    ],
)
def test_what_says_too_little_or_too_much_waits_for_a_person(fields: Mapping[str, object]) -> None:
    shop = door()
    assert shop.receive(sent(json.dumps(fields).encode())).status == 200
    with pytest.raises(Unreadable, match="unexpected-content"):
        shop.reading()


@pytest.mark.parametrize("name", ["text", "message"])
def test_free_text_is_refused(name: str) -> None:
    shop = door()
    shop.receive(sent(json.dumps({"order_id": 12, "template": "arrived", name: "Привет"}).encode()))
    with pytest.raises(Unreadable, match="free-text"):
        shop.reading()


def test_a_second_click_is_the_same_and_one_of_tomorrow_is_not() -> None:
    shop = door()
    wish = sent(b"order_id=12&template=promotion")
    for later in (timedelta(), timedelta(minutes=5), timedelta(days=1)):
        shop.receive(replace(wish, received_at=NOON + later))
    first, second, third = (envelope.id for envelope in shop.queue)
    assert first == second != third
