"""Twilio Messaging: the contract suite, and the surprises of its call-backs."""

from collections.abc import Mapping
from dataclasses import replace
from typing import ClassVar
from urllib.parse import urlencode

import pytest

from chalicelib.errors import Unreadable
from chalicelib.events import AnyEvent, MessageStatus, SmsReceipt, SmsReceived
from chalicelib.gate.form import form_pairs
from chalicelib.gate.provider import Reply
from chalicelib.gate.twilio_signature import signature
from chalicelib.gate.webhook import Webhook
from chalicelib.providers.reading import Reading
from chalicelib.sms.twilio_codes import STATUSES

from .contract import NOON, Door, ProviderContract, a_webhook

TOKEN = "0123456789abcdef0123456789abcdef"
URL = "https://shop.example/hooks/twilio-sms"
FORM = "application/x-www-form-urlencoded; charset=UTF-8"
MESSAGE_ID = "SM33333333333333333333333333333333"
RECEIVED = {
    "MessageSid": MESSAGE_ID,
    "SmsSid": MESSAGE_ID,
    "AccountSid": "AC11111111111111111111111111111111",
    "MessagingServiceSid": "MG44444444444444444444444444444444",
    "From": "+79161234567",
    "To": "+15550001111",
    "Body": "Перенесите на пятницу",
    "NumMedia": "0",
    "NumSegments": "1",
    "FromCountry": "RU",
    "FromCity": "",
    "SmsStatus": "received",
    "ApiVersion": "2010-04-01",
}
RECEIPT = {
    "MessageSid": MESSAGE_ID,
    "SmsSid": MESSAGE_ID,
    "MessageStatus": "delivered",
    "SmsStatus": "delivered",
    "To": "+79161234567",
    "From": "+15550001111",
    "AccountSid": "AC11111111111111111111111111111111",
    "ApiVersion": "2010-04-01",
}
EVENT = SmsReceived(
    gateway="twilio", message_id=MESSAGE_ID, phone="+79161234567", text="Перенесите на пятницу", at=NOON
)


def form(fields: Mapping[str, str], **changes: str | None) -> bytes:
    """A form with other fields; None takes one out."""
    changed = {**fields, **changes}
    return urlencode({name: value for name, value in changed.items() if value is not None}).encode()


def signed(content: bytes, token: str = TOKEN, url: str = URL) -> Webhook:
    webhook = a_webhook(content, content_type=FORM)
    sign = signature(token, url, form_pairs(content))
    return replace(webhook, headers={**webhook.headers, "x-twilio-signature": sign})


def received(content: bytes) -> Door:
    door = Door("twilio_sms", {"auth_token": TOKEN, "url": URL})
    assert door.receive(signed(content)).status == 200
    return door


class TestContract(ProviderContract):
    provider = "twilio_sms"
    secrets: ClassVar[Mapping[str, str]] = {"auth_token": TOKEN}
    next_secrets: ClassVar[Mapping[str, str]] = {"auth_token": "fedcba9876543210fedcba9876543210"}
    other_settings: ClassVar[Mapping[str, str]] = {"url": URL}
    sample = form(RECEIVED)
    same_event = form(dict(reversed(RECEIVED.items())))
    other_event = form(RECEIVED, MessageSid="SM2")
    events: ClassVar[tuple[AnyEvent, ...]] = (EVENT,)
    samples = (form(RECEIPT), form(RECEIPT, MessageStatus="undelivered", ErrorCode="30003"))
    broken = b"&".join(part for part in form(RECEIVED).split(b"&") if not part.startswith(b"SmsStatus"))
    broken_reason = "unexpected-content"
    wrong_encoding: ClassVar[Mapping[str, bytes]] = {
        "cp1251": form(RECEIVED, Body="") + b"&Body2=" + "Привет".encode("cp1251"),
        "no UTF-8": form(RECEIVED) + b"&\xff=1",
    }
    wrong_type_is_read = True
    reply = Reply(200, "<Response/>", "text/xml; charset=utf-8")
    field_names = (*RECEIVED, *RECEIPT, "ErrorCode", "CallSid")

    def proven(self, content: bytes, secrets: Mapping[str, str]) -> Webhook:
        return signed(content, secrets["auth_token"])

    def altered(self, content: bytes, other: bytes) -> Webhook | None:
        return replace(signed(content), body=other)

    def forgeries(self) -> Mapping[str, Webhook]:
        whole = signed(self.sample)
        return {
            "unsigned": a_webhook(self.sample, content_type=FORM),
            "empty signature": replace(whole, headers={"x-twilio-signature": ""}),
            "another token": signed(self.sample, "another"),
            "another URL": signed(self.sample, url="https://evil.example/hooks/twilio-sms"),
            "tampered": replace(whole, body=whole.body.replace(b"79161234567", b"79161234568")),
            "one field more": replace(whole, body=whole.body + b"&OptOutType=STOP"),
        }

    def unknown_event(self) -> Webhook:
        return signed(form({"CallSid": "CA1", "CallStatus": "completed"}))

    def may_be_forgotten(self, webhook: Webhook) -> bool:
        fields = dict(form_pairs(webhook.body))
        status = fields.get(b"MessageStatus") or fields.get(b"SmsStatus", b"")
        is_call = b"CallSid" in fields and not (fields.get(b"MessageSid") or fields.get(b"SmsSid"))
        return is_call or status in {b"accepted", b"scheduled", b"queued", b"sending", b"receiving"}


@pytest.mark.parametrize(
    ("status", "code", "expected"),
    [
        ("sent", "", MessageStatus.SENT),
        ("delivered", "", MessageStatus.DELIVERED),
        ("read", "", MessageStatus.DELIVERED),
        ("undelivered", "30003", MessageStatus.FAILED),
        ("failed", "30007", MessageStatus.REJECTED),
        ("failed", "30036", MessageStatus.EXPIRED),
        ("canceled", "", MessageStatus.FAILED),
    ],
)
def test_a_receipt(status: str, code: str, expected: MessageStatus) -> None:
    (event,) = received(form(RECEIPT, MessageStatus=status, ErrorCode=code)).reading().events
    assert event == SmsReceipt(gateway="twilio", message_id=MESSAGE_ID, status=expected, code=code, at=NOON)


@pytest.mark.parametrize("code", ["30005", "30006"])
def test_a_number_that_takes_no_messages(code: str) -> None:
    (event,) = received(form(RECEIPT, MessageStatus="undelivered", ErrorCode=code)).reading().events
    assert isinstance(event, SmsReceipt)
    assert event.is_number_wrong


def test_each_status_that_twilio_documents_is_known() -> None:
    documented = "accepted scheduled queued sending sent failed delivered undelivered read canceled"
    assert set(STATUSES) == {*documented.split(), "partially_delivered"}


def test_each_status_of_a_message_is_an_event_of_its_own() -> None:
    door = received(form(RECEIPT, MessageStatus="sent"))
    door.receive(signed(form(RECEIPT)))
    assert len({envelope.id for envelope in door.queue}) == 2


def test_news_of_a_message_waits_for_no_other_event_of_the_client() -> None:
    (receipt,) = received(form(RECEIPT)).queue
    (message,) = received(form(RECEIVED)).queue
    assert message.group != receipt.group


def test_a_status_that_twilio_invents_is_a_note() -> None:
    door = received(form(RECEIPT, MessageStatus="teleported"))
    assert door.reading() == Reading(note="unknown-status:teleported")


def test_the_older_names_of_a_message() -> None:
    door = received(form({"SmsSid": "SM9", "SmsStatus": "failed", "ErrorCode": "30008"}))
    (event,) = door.reading().events
    assert isinstance(event, SmsReceipt)
    assert (event.message_id, event.code) == ("SM9", "30008")


def test_a_picture_without_words() -> None:
    (event,) = received(form(RECEIVED, Body="", NumMedia="1", MediaUrl0="https://x")).reading().events
    assert isinstance(event, SmsReceived)
    assert (event.text, event.has_media) == ("", True)


def test_a_sender_that_is_no_phone() -> None:
    assert received(form(RECEIVED, From="SBERBANK")).reading() == Reading(note="no-phone")


def test_a_text_that_no_phone_can_send_is_refused() -> None:
    with pytest.raises(Unreadable, match="unexpected-content"):
        received(form(RECEIVED, Body="я" * 5001)).reading()
