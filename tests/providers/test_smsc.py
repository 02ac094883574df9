"""SMSC: the contract suite, and its statuses. The names of its fields are unverified."""

from collections.abc import Mapping
from typing import ClassVar
from urllib.parse import urlencode

import pytest

from chalicelib.events import AnyEvent, MessageStatus, SmsReceipt
from chalicelib.gate.form import form_fields
from chalicelib.gate.webhook import Webhook
from chalicelib.providers.reading import Reading

from .contract import NOON, Door, ProviderContract, a_webhook

TOKEN = "smsc-demo-token-1"
FIELDS = {"id": "1234567", "phone": "79161234567", "status": "1", "time": "20.11.2026 15:00:00", "err": "0"}
EVENT = SmsReceipt(gateway="smsc", message_id="1234567", status=MessageStatus.DELIVERED, at=NOON)


def form(**changes: str) -> bytes:
    return urlencode({**FIELDS, **changes}).encode()


def reading(content: bytes) -> Reading:
    door = Door("smsc", {"token": TOKEN})
    assert door.receive(a_webhook(content, path=(TOKEN,))).status == 200
    return door.reading()


class TestContract(ProviderContract):
    provider = "smsc"
    secrets: ClassVar[Mapping[str, str]] = {"token": TOKEN}
    next_secrets: ClassVar[Mapping[str, str]] = {"token": "smsc-demo-token-2"}
    sample = form()
    same_event = urlencode(dict(reversed(FIELDS.items()))).encode()
    other_event = form(id="1234568")
    events: ClassVar[tuple[AnyEvent, ...]] = (EVENT,)
    samples = (form(status="20", err="1"), form(status="3"))
    broken = b"id=1234567&phone=79161234567&stat"
    broken_reason = "unexpected-content"
    wrong_encoding: ClassVar[Mapping[str, bytes]] = {"no UTF-8": form() + b"&sender=\xff\xfe"}
    wrong_type_is_read = True
    field_names = (*FIELDS, "mes", "to")

    def proven(self, content: bytes, secrets: Mapping[str, str]) -> Webhook:
        return a_webhook(content, path=(secrets["token"],))

    def forgeries(self) -> Mapping[str, Webhook]:
        return {
            "no token": a_webhook(self.sample),
            "empty token": a_webhook(self.sample, path=("",)),
            "wrong token": a_webhook(self.sample, path=("wrong",)),
            "token in the body": a_webhook(self.sample + f"&token={TOKEN}".encode()),
        }

    def unknown_event(self) -> Webhook:
        return self.proven(form(status="-1"), self.secrets)

    def may_be_forgotten(self, webhook: Webhook) -> bool:
        fields = form_fields(webhook.body)
        return all(fields.get(name) for name in ("id", "phone")) and fields.get("status") == b"-1"


@pytest.mark.parametrize(
    ("status", "expected", "is_number_wrong"),
    [
        ("0", MessageStatus.SENT, False),
        ("1", MessageStatus.DELIVERED, False),
        ("3", MessageStatus.EXPIRED, False),
        ("20", MessageStatus.FAILED, False),
        ("22", MessageStatus.FAILED, True),
        ("23", MessageStatus.REJECTED, False),
        ("-3", MessageStatus.UNKNOWN, False),
    ],
)
def test_a_status(status: str, expected: MessageStatus, *, is_number_wrong: bool) -> None:
    (event,) = reading(form(status=status)).events
    assert isinstance(event, SmsReceipt)
    assert (event.status, event.is_number_wrong) == (expected, is_number_wrong)


def test_the_token_as_a_parameter() -> None:
    door = Door("smsc", {"token": TOKEN})
    assert door.receive(a_webhook(form(), query={"token": TOKEN})).status == 200


def test_a_status_that_smsc_invents_is_a_note() -> None:
    assert reading(form(status="99")) == Reading(note="unknown-status:99")
