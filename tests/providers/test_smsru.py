"""SMS.ru: the contract suite, and the surprises of its call-backs."""

from collections.abc import Mapping
from datetime import UTC, datetime
from hashlib import sha256
from typing import ClassVar
from urllib.parse import urlencode

import pytest

from chalicelib.events import AnyEvent, MessageStatus, SmsReceipt
from chalicelib.gate.form import form_pairs
from chalicelib.gate.provider import Reply
from chalicelib.gate.webhook import Webhook
from chalicelib.providers.reading import Reading

from .contract import Door, ProviderContract, a_webhook

API_ID = "0F0F0F0F-demo-0001"
AT = 1763629200
SENT_AT = datetime.fromtimestamp(AT, UTC)
BETWEEN = b"\n\n"
DELIVERED = f"sms_status\n202647-1000001\n103\n{AT}".encode()
FAILED = f"sms_status\n202647-1000002\n106\n{AT}".encode()
EVENT = SmsReceipt(gateway="smsru", message_id="202647-1000001", status=MessageStatus.DELIVERED, at=SENT_AT)


def body(entries: list[bytes], api_id: str) -> bytes:
    """A form as SMS.ru makes it."""
    signed = sha256(api_id.encode() + b"".join(entries)).hexdigest()
    fields: dict[str, bytes | str] = {f"data[{number}]": entry for number, entry in enumerate(entries)}
    return urlencode({**fields, "hash": signed}).encode()


def received(*entries: bytes) -> Door:
    door = Door("smsru", {"api_id": API_ID})
    assert door.receive(a_webhook(body(list(entries), API_ID))) == Reply(200, "100")
    return door


class TestContract(ProviderContract):
    """The content of a webhook is its entries with an empty line between them."""

    provider = "smsru"
    secrets: ClassVar[Mapping[str, str]] = {"api_id": API_ID}
    next_secrets: ClassVar[Mapping[str, str]] = {"api_id": "0F0F0F0F-demo-0002"}
    sample = DELIVERED
    same_event = DELIVERED.replace(b"\n", b"\r\n")
    other_event = FAILED
    events: ClassVar[tuple[AnyEvent, ...]] = (EVENT,)
    samples = (BETWEEN.join((DELIVERED, FAILED)), DELIVERED.replace(b"103", b"-1"))
    broken = DELIVERED.rpartition(b"\n")[0]
    broken_reason = "unexpected-content"
    wrong_encoding: ClassVar[Mapping[str, bytes]] = {
        "utf-16": "sms_status".encode("utf-16"),
        "no UTF-8": DELIVERED.replace(b"202647", b"\xff\xfe"),
    }
    wrong_type_is_read = True
    reply = Reply(200, "100")
    field_names = ("data[0]", "data[1]", "data[99]", "hash")

    def proven(self, content: bytes, secrets: Mapping[str, str]) -> Webhook:
        return a_webhook(body(content.split(BETWEEN), secrets["api_id"]))

    def altered(self, content: bytes, other: bytes) -> Webhook | None:
        signed = dict(form_pairs(body(content.split(BETWEEN), API_ID)))[b"hash"]
        fields = {f"data[{number}]": entry for number, entry in enumerate(other.split(BETWEEN))}
        return a_webhook(urlencode({**fields, "hash": signed}).encode())

    def content_of(self, webhook: Webhook) -> bytes:
        pairs = form_pairs(webhook.body)
        return BETWEEN.join(value for name, value in pairs if name.startswith(b"data"))

    def may_be_forgotten(self, webhook: Webhook) -> bool:
        entries = self.content_of(webhook).split(BETWEEN)
        return all(entry.strip().startswith(b"callcheck_status") for entry in entries)

    def forgeries(self) -> Mapping[str, Webhook]:
        whole = body([DELIVERED], API_ID)
        return {
            "no hash": a_webhook(urlencode({"data[0]": DELIVERED}).encode()),
            "empty hash": a_webhook(urlencode({"data[0]": DELIVERED, "hash": ""}).encode()),
            "no entries": a_webhook(urlencode({"hash": sha256(API_ID.encode()).hexdigest()}).encode()),
            "another api_id": a_webhook(body([DELIVERED], "another")),
            "without api_id": a_webhook(body([DELIVERED], "")),
            "tampered": a_webhook(whole.replace(b"103", b"104")),
            "one entry more": a_webhook(whole + b"&data%5B1%5D=" + FAILED.replace(b"\n", b"%0A")),
        }

    def unknown_event(self) -> Webhook:
        return self.proven(f"callcheck_status\n1234\n401\n{AT}".encode(), self.secrets)


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("100", MessageStatus.QUEUED),
        ("102", MessageStatus.SENT),
        ("103", MessageStatus.DELIVERED),
        ("104", MessageStatus.EXPIRED),
        ("105", MessageStatus.FAILED),
        ("108", MessageStatus.REJECTED),
        ("110", MessageStatus.DELIVERED),
        ("150", MessageStatus.REJECTED),
    ],
)
def test_a_status(code: str, expected: MessageStatus) -> None:
    (event,) = received(DELIVERED.replace(b"103", code.encode())).reading().events
    assert isinstance(event, SmsReceipt)
    assert event.status is expected


def test_a_hundred_entries_are_read_in_the_order_of_their_numbers() -> None:
    entries = [f"sms_status\n202647-{number}\n103\n{AT}".encode() for number in range(100)]
    events = received(*entries).reading().events
    assert [event.message_id for event in events if isinstance(event, SmsReceipt)] == [
        f"202647-{number}" for number in range(100)
    ]


def test_entries_of_other_kinds_are_passed_over() -> None:
    call_check = f"callcheck_status\n1234\n401\n{AT}".encode()
    assert received(call_check, DELIVERED).reading() == Reading((EVENT,))


def test_a_status_that_smsru_invents_is_a_note() -> None:
    assert received(DELIVERED.replace(b"103", b"199")).reading() == Reading(note="nothing-known")


def test_the_same_entries_in_another_order_are_the_same_envelope() -> None:
    first, again = received(DELIVERED, FAILED), received(FAILED, DELIVERED)
    assert first.queue[0].id == again.queue[0].id


def test_the_hash_in_capital_letters() -> None:
    door = Door("smsru", {"api_id": API_ID})
    signed = sha256(API_ID.encode() + DELIVERED).hexdigest().upper()
    webhook = a_webhook(urlencode({"data[0]": DELIVERED, "hash": signed}).encode())
    assert door.receive(webhook).status == 200
