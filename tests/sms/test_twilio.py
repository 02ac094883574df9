import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import httpx
import pytest

from chalicelib.errors import LeadkeeperError, OptedOut, Refused, Unreachable, WrongNumber
from chalicelib.events import MessageStatus, Price
from chalicelib.sms.port import Outgoing, Standing
from chalicelib.sms.twilio import TwilioSms
from sandbox.clock import SteppedClock
from sandbox.faults import Fault
from sandbox.transport import SandboxTransport
from sandbox.world import Sandbox

PHONE = "+79165550011"
SENDER = "+15005550006"
TOKEN = "sandbox"
TEXT = "Заказ 1001A ждёт вас: Томск, пр. Ленина, 1"
MESSAGE = Outgoing(PHONE, TEXT)
TROUBLES = {
    "refuse": ("sms-unreachable", False),
    "hang": ("sms-unreachable", True),
    "drop": ("sms-unreachable", True),
    "garbage": ("sms-unreachable", True),
    "500": ("sms-unreachable", True),
    "502": ("sms-unreachable", True),
    "504": ("sms-unreachable", True),
    "503": ("sms-unreachable", False),
    "429": ("sms-unreachable", False),
    "401": ("sms-no-access", False),
    "403": ("sms-no-access", False),
}


class Gateway:
    """Our adapter with the real library, and the sandbox behind it."""

    def __init__(self, sender: str = SENDER, token: str = TOKEN, callback: str = "") -> None:
        self.clock = SteppedClock()
        self.sandbox = Sandbox(self.clock)
        self.requests: list[httpx.Request] = []
        self.inner = SandboxTransport(self.sandbox, self.clock.advance)
        transport = httpx.MockTransport(self._handle)
        self.sms = TwilioSms("ACsandbox", token, sender, "https://sms.example", transport, callback)

    def _handle(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        return self.inner.handle_request(request)

    def fault(self, kind: str, times: int | None = None) -> None:
        self.sandbox.add_fault(Fault("twilio", kind, times=times))

    @property
    def messages(self) -> list[dict[str, Any]]:
        messages: list[dict[str, Any]] = self.sandbox.state()["messages"]
        return messages


@pytest.fixture
def gateway() -> Gateway:
    return Gateway()


def test_a_text_is_sent(gateway: Gateway) -> None:
    message_id = gateway.sms.send(MESSAGE).message_id
    (message,) = gateway.messages
    assert message["sid"] == message_id
    assert (message["to"], message["from"], message["body"]) == (PHONE, SENDER, TEXT)
    (request,) = gateway.requests
    assert str(request.url) == "https://sms.example/2010-04-01/Accounts/ACsandbox/Messages.json"


def test_a_messaging_service_can_send() -> None:
    gateway = Gateway(sender="MG0123456789abcdef0123456789abcdef")
    gateway.sms.send(MESSAGE)
    (message,) = gateway.messages
    assert message["messaging_service_sid"] == "MG0123456789abcdef0123456789abcdef"
    assert message["from"] is None


# What Twilio's own test numbers answer.
@pytest.mark.parametrize(
    ("phone", "code", "error", "reason"),
    [
        ("+15005550001", 21211, WrongNumber, "sms-wrong-number"),
        ("+15005550002", 21612, Refused, "sms-refused"),
        ("+15005550003", 21408, Refused, "sms-refused"),
        ("+15005550004", 21610, OptedOut, "opted-out"),
        ("+15005550009", 21614, WrongNumber, "sms-wrong-number"),
    ],
)
def test_a_recipient_who_cannot_get_it_is_a_refusal_with_twilios_code(
    gateway: Gateway, phone: str, code: int, error: type[Refused], reason: str
) -> None:
    with pytest.raises(Refused) as caught:
        gateway.sms.send(Outgoing(phone, TEXT))
    assert (type(caught.value), caught.value.reason) == (error, reason)
    assert str(code) in caught.value.detail
    assert phone not in caught.value.detail
    assert phone[1:] not in caught.value.detail


@pytest.mark.parametrize("sender", ["+15005550001", "+15005550007"])
def test_a_sender_who_may_not_send_is_a_refusal(sender: str) -> None:
    with pytest.raises(Refused, match="sms-refused"):
        Gateway(sender=sender).sms.send(MESSAGE)


def test_a_sender_whose_queue_is_full_sends_later() -> None:
    with pytest.raises(Unreachable, match="21611") as caught:
        Gateway(sender="+15005550008").sms.send(MESSAGE)
    assert not caught.value.maybe_done


def test_an_empty_text_is_a_refusal(gateway: Gateway) -> None:
    with pytest.raises(Refused, match="21602"):
        gateway.sms.send(Outgoing(PHONE, ""))


@pytest.mark.parametrize("kind", TROUBLES)
def test_trouble_while_sending_tells_whether_it_may_have_been_sent(gateway: Gateway, kind: str) -> None:
    gateway.fault(kind)
    with pytest.raises(Unreachable) as caught:
        gateway.sms.send(MESSAGE)
    assert (caught.value.reason, caught.value.maybe_done) == TROUBLES[kind]
    assert len(gateway.requests) == 1
    assert len(gateway.messages) == (kind == "drop")


@pytest.mark.parametrize("kind", TROUBLES)
def test_trouble_while_looking_sent_nothing(gateway: Gateway, kind: str) -> None:
    gateway.fault(kind)
    with pytest.raises(Unreachable) as caught:
        gateway.sms.find(MESSAGE, gateway.clock.now)
    assert caught.value.reason == TROUBLES[kind][0]
    assert not caught.value.maybe_done


def test_a_list_that_twilio_refuses_is_a_refusal(gateway: Gateway) -> None:
    gateway.fault("400")
    with pytest.raises(Refused, match="sms-refused: Twilio answers 400"):
        gateway.sms.find(MESSAGE, gateway.clock.now)


def test_a_wrong_token_waits_for_a_right_one() -> None:
    gateway = Gateway(token="another")
    with pytest.raises(Unreachable) as caught:
        gateway.sms.send(MESSAGE)
    assert caught.value.reason == "sms-no-access"
    assert "20003" in caught.value.detail


@pytest.mark.parametrize("body", [b"{}", b"[]", b"null", b"", b"<html>", b'"text"', b'{"sid": null}'])
def test_an_answer_without_the_id_of_the_message_may_have_sent_it(body: bytes) -> None:
    transport = httpx.MockTransport(lambda _request: httpx.Response(201, content=body))
    with pytest.raises(Unreachable) as caught:
        TwilioSms("AC", "token", SENDER, transport=transport).send(MESSAGE)
    assert caught.value.maybe_done


@pytest.mark.parametrize("body", [b"[]", b"null", b"", b"<html>", b'{"a": 1, "b": 2}'])
def test_a_list_that_cannot_be_read_is_no_answer(gateway: Gateway, body: bytes) -> None:
    transport = httpx.MockTransport(lambda _request: httpx.Response(200, content=body))
    with pytest.raises(Unreachable, match="sms-unreachable"):
        TwilioSms("AC", "token", SENDER, transport=transport).find(MESSAGE, gateway.clock.now)


# Looking for what may have been sent


def test_a_text_whose_answer_was_lost_is_found(gateway: Gateway) -> None:
    since = gateway.clock.now
    gateway.fault("drop", times=1)
    with pytest.raises(Unreachable):
        gateway.sms.send(MESSAGE)
    assert gateway.sms.find(MESSAGE, since) == gateway.messages[0]["sid"]


def test_a_text_that_was_not_sent_is_not_found(gateway: Gateway) -> None:
    since = gateway.clock.now
    gateway.fault("refuse", times=1)
    with pytest.raises(Unreachable):
        gateway.sms.send(MESSAGE)
    assert gateway.sms.find(MESSAGE, since) is None


def test_a_text_is_not_listed_before_the_lag_is_over(gateway: Gateway) -> None:
    gateway.sandbox.configure({"twilio_lag": 30})
    since = gateway.clock.now
    message_id = gateway.sms.send(MESSAGE).message_id
    assert gateway.sms.find(MESSAGE, since) is None
    gateway.clock.advance(30)
    assert gateway.sms.find(MESSAGE, since) == message_id


def test_another_text_and_another_recipient_are_not_taken_for_it(gateway: Gateway) -> None:
    since = gateway.clock.now
    gateway.sms.send(Outgoing(PHONE, TEXT + "!"))
    gateway.sms.send(Outgoing("+79165550012", TEXT))
    assert gateway.sms.find(MESSAGE, since) is None


def test_the_same_text_of_another_day_is_not_taken_for_it(gateway: Gateway) -> None:
    gateway.sms.send(MESSAGE)
    gateway.clock.advance(timedelta(hours=1).total_seconds())
    assert gateway.sms.find(MESSAGE, gateway.clock.now) is None


def test_a_gateway_whose_clock_is_behind_still_shows_it(gateway: Gateway) -> None:
    message_id = gateway.sms.send(MESSAGE).message_id
    assert gateway.sms.find(MESSAGE, gateway.clock.now + timedelta(minutes=4)) == message_id


@pytest.mark.parametrize("status", ["queued", "sent", "undelivered", "failed", "canceled"])
def test_a_message_is_found_whatever_became_of_it(gateway: Gateway, status: str) -> None:
    assert found_in_list(gateway, status=status) == "SM1"


def test_a_message_without_a_time_counts_as_sent(gateway: Gateway) -> None:
    assert found_in_list(gateway, date_created=None) == "SM1"


def found_in_list(gateway: Gateway, **changes: object) -> str | None:
    message = {
        "sid": "SM1",
        "body": TEXT,
        "to": PHONE,
        "status": "sent",
        "date_created": "Mon, 23 Nov 2026 09:00:00 +0000",
        **changes,
    }
    content = {"messages": [message], "next_page_uri": None}
    transport = httpx.MockTransport(lambda _request: httpx.Response(200, json=content))
    return TwilioSms("AC", "token", SENDER, transport=transport).find(MESSAGE, gateway.clock.now)


# What becomes of it


def test_validity_and_callback_are_told() -> None:
    gateway = Gateway(callback="https://shop.example/hooks/twilio-sms")
    gateway.sms.send(Outgoing(PHONE, TEXT, valid_for=timedelta(minutes=30)))
    (message,) = gateway.sandbox.twilio.messages.all()
    assert message["validity"] == "1800"
    assert message["callback"] == "https://shop.example/hooks/twilio-sms#rc=3&rp=all"


@pytest.mark.parametrize(("wanted", "seconds"), [(0.0, 1), (0.5, 1), (1800.0, 1800), (90_000.0, 36_000)])
def test_a_validity_that_twilio_takes(gateway: Gateway, wanted: float, seconds: int) -> None:
    assert gateway.sms.validity(timedelta(seconds=wanted)) == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("outcome", "standing"),
    [
        ("delivered", Standing(MessageStatus.DELIVERED)),
        ("failed", Standing(MessageStatus.FAILED, "30003")),
        ("expired", Standing(MessageStatus.EXPIRED, "30036")),
        ("pending", Standing(MessageStatus.SENT)),
    ],
)
def test_the_status_of_a_message(gateway: Gateway, outcome: str, standing: Standing) -> None:
    gateway.sandbox.configure({"twilio_outcome": outcome})
    told = gateway.sms.status(gateway.sms.send(MESSAGE).message_id, PHONE)
    assert replace(told, price=None) == standing


def test_what_a_message_took_is_told_with_its_status_as_a_negative_number(gateway: Gateway) -> None:
    sent = gateway.sms.send(MESSAGE)
    assert sent.price is None
    assert gateway.sms.status(sent.message_id, PHONE).price == Price(amount=Decimal("0.05"), currency="USD")


def test_the_status_of_a_message_that_twilio_does_not_know(gateway: Gateway) -> None:
    with pytest.raises(Refused, match="20404"):
        gateway.sms.status("SM00000000000000000000000000000000", PHONE)


# Secrets


@pytest.mark.usefixtures("quiet")
@pytest.mark.parametrize("kind", ["", *TROUBLES, "400"])
def test_neither_log_nor_error_tells_token_phone_or_text(kind: str, caplog: pytest.LogCaptureFixture) -> None:
    gateway = Gateway()
    if kind:
        gateway.fault(kind)
    told = ""
    calls: list[Callable[[], object]] = [
        lambda: gateway.sms.send(MESSAGE),
        lambda: gateway.sms.find(MESSAGE, gateway.clock.now),
    ]
    with caplog.at_level(logging.DEBUG):
        for call in calls:
            try:
                call()
            except LeadkeeperError as error:
                told += f"{error} {error.__cause__}"
    told += caplog.text
    for secret in (TOKEN, "sms.example", PHONE[1:], TEXT):
        assert secret not in told


def test_the_token_is_in_no_url(gateway: Gateway) -> None:
    gateway.sms.send(MESSAGE)
    gateway.sms.find(MESSAGE, gateway.clock.now)
    assert len(gateway.requests) == 2
    for request in gateway.requests:
        assert TOKEN not in str(request.url).replace("ACsandbox", "")
        assert request.headers["authorization"].startswith("Basic ")
