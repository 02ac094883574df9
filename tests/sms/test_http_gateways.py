"""SMS.ru and SMSC: what they have in common, then the surprises of each."""

import logging
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any, ClassVar
from urllib.parse import parse_qs

import httpx
import pytest

from chalicelib.errors import LeadkeeperError, OptedOut, Refused, Unreachable, WrongNumber
from chalicelib.events import MessageStatus, Price
from chalicelib.sms.port import Outgoing, SmsGateway, Standing
from chalicelib.sms.smsc import Smsc, own_id
from chalicelib.sms.smsru import SmsRu
from sandbox.clock import SteppedClock
from sandbox.faults import Fault
from sandbox.transport import SandboxTransport
from sandbox.world import Sandbox

PHONE = "+79165550011"
TEXT = "Заказ 1001A ждёт вас: Томск, пр. Ленина, 1"
REFERENCE = "lk-0123456789ab-1"
MESSAGE = Outgoing(PHONE, TEXT, REFERENCE)
SECRET = "sandbox"
TROUBLES = {
    "refuse": ("sms-unreachable", False),
    "hang": ("sms-unreachable", True),
    "drop": ("sms-unreachable", True),
    "reset": ("sms-unreachable", True),
    "garbage": ("sms-unreachable", True),
    "400": ("sms-unreachable", True),
    "500": ("sms-unreachable", True),
    "502": ("sms-unreachable", True),
    "504": ("sms-unreachable", True),
    "503": ("sms-unreachable", False),
    "429": ("sms-unreachable", False),
    "401": ("sms-no-access", False),
    "403": ("sms-no-access", False),
}
Make = Callable[..., SmsGateway]


class Gateway:
    """One of our adapters, and the sandbox behind it."""

    def __init__(self, name: str, secret: str = SECRET, sender: str = "") -> None:
        self.name = name
        self.clock = SteppedClock()
        self.sandbox = Sandbox(self.clock)
        self.requests: list[httpx.Request] = []
        self.inner = SandboxTransport(self.sandbox, self.clock.advance)
        transport = httpx.MockTransport(self._handle)
        self.sms = make(name, transport, secret, sender)

    def _handle(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        return self.inner.handle_request(request)

    @property
    def form(self) -> dict[str, str]:
        """What the last request sent."""
        fields = parse_qs(self.requests[-1].content.decode(), keep_blank_values=True)
        return {name: value for name, (value,) in fields.items()}

    @property
    def messages(self) -> list[dict[str, Any]]:
        messages: list[dict[str, Any]] = self.sandbox.state()[self.name]
        return messages


def make(name: str, transport: httpx.BaseTransport, secret: str = SECRET, sender: str = "") -> SmsRu | Smsc:
    if name == "smsru":
        return SmsRu(secret, sender, "https://sms.example", transport)
    return Smsc("sandbox", secret, sender, "https://sms.example", transport)


def answering(name: str, content: object) -> SmsRu | Smsc:
    """A gateway that answers this."""
    return make(name, httpx.MockTransport(lambda _request: httpx.Response(200, json=content)))


@pytest.fixture(params=["smsru", "smsc"])
def gateway(request: pytest.FixtureRequest) -> Gateway:
    return Gateway(request.param)


class TestBoth:
    def test_a_text_is_sent(self, gateway: Gateway) -> None:
        message_id = gateway.sms.send(MESSAGE).message_id
        (message,) = gateway.messages
        assert (message["to"], message["body"]) == (PHONE, TEXT)
        assert message_id in {message.get("sms_id"), str(message.get("message_id"))}

    def test_a_sender_of_the_shops_own(self, gateway: Gateway) -> None:
        named = Gateway(gateway.name, sender="Tents")
        named.sms.send(MESSAGE)
        assert named.messages[0]["from"] == "Tents"

    @pytest.mark.parametrize("kind", TROUBLES)
    def test_trouble_while_sending_tells_whether_it_may_have_been_sent(
        self, gateway: Gateway, kind: str
    ) -> None:
        gateway.sandbox.add_fault(Fault(gateway.name, kind))
        with pytest.raises(Unreachable) as caught:
            gateway.sms.send(MESSAGE)
        assert (caught.value.reason, caught.value.maybe_done) == TROUBLES[kind]
        assert len(gateway.requests) == 1
        assert len(gateway.messages) == (kind == "drop")

    @pytest.mark.parametrize("kind", TROUBLES)
    def test_trouble_while_asking_did_nothing(self, gateway: Gateway, kind: str) -> None:
        gateway.sandbox.add_fault(Fault(gateway.name, kind))
        with pytest.raises(Unreachable) as caught:
            gateway.sms.status("1", PHONE)
        assert caught.value.reason == TROUBLES[kind][0]
        assert not caught.value.maybe_done

    def test_a_wrong_key_waits_for_a_right_one(self, gateway: Gateway) -> None:
        with pytest.raises(Unreachable) as caught:
            Gateway(gateway.name, secret="another").sms.send(MESSAGE)
        assert (caught.value.reason, caught.value.maybe_done) == ("sms-no-access", False)

    @pytest.mark.parametrize(
        ("outcome", "status"),
        [
            ("delivered", MessageStatus.DELIVERED),
            ("failed", MessageStatus.FAILED),
            ("expired", MessageStatus.EXPIRED),
            ("pending", MessageStatus.SENT),
        ],
    )
    def test_the_status_of_a_message(self, gateway: Gateway, outcome: str, status: MessageStatus) -> None:
        gateway.sandbox.configure({f"{gateway.name}_outcome": outcome})
        assert gateway.sms.status(gateway.sms.send(MESSAGE).message_id, PHONE).status is status

    def test_the_status_of_a_message_that_it_does_not_know(self, gateway: Gateway) -> None:
        assert gateway.sms.status("12345", PHONE) == Standing(MessageStatus.UNKNOWN)

    @pytest.mark.parametrize("content", [{}, [], None, {"status": "OK"}, {"sms": {}}, {"id": None}])
    def test_an_answer_that_says_nothing_may_have_sent_it(self, gateway: Gateway, content: object) -> None:
        if content == {} or (isinstance(content, dict) and gateway.name == "smsru"):
            content = {"status_code": 100, **(content or {})} if isinstance(content, dict) else content
        with pytest.raises(Unreachable) as caught:
            answering(gateway.name, content).send(MESSAGE)
        assert caught.value.maybe_done

    @pytest.mark.usefixtures("quiet")
    @pytest.mark.parametrize("kind", ["", *TROUBLES])
    def test_neither_url_nor_log_nor_error_tells_a_secret(
        self, gateway: Gateway, kind: str, caplog: pytest.LogCaptureFixture
    ) -> None:
        if kind:
            gateway.sandbox.add_fault(Fault(gateway.name, kind))
        told = ""
        calls: list[Callable[[], object]] = [
            lambda: gateway.sms.send(MESSAGE),
            lambda: gateway.sms.status("1", PHONE),
        ]
        with caplog.at_level(logging.DEBUG):
            for call in calls:
                try:
                    call()
                except LeadkeeperError as error:
                    told += f"{error} {error.__cause__}"
        told += caplog.text + "".join(str(request.url) for request in gateway.requests)
        for secret in (SECRET, PHONE[1:], TEXT):
            assert secret not in told


class TestSmsRu:
    refusals: ClassVar[list[tuple[int, type[LeadkeeperError], str]]] = [
        (200, Unreachable, "sms-no-access"),
        (201, Unreachable, "sms-no-money"),
        (202, WrongNumber, "sms-wrong-number"),
        (204, Refused, "sms-refused"),
        (206, Unreachable, "sms-unreachable"),
        (207, Refused, "sms-refused"),
        (209, OptedOut, "opted-out"),
        (216, Refused, "sms-refused"),
        (220, Unreachable, "sms-unreachable"),
        (230, Refused, "sms-refused"),
        (302, Unreachable, "sms-no-access"),
        (500, Unreachable, "sms-unreachable"),
        (999, Refused, "sms-refused"),
    ]

    @pytest.mark.parametrize(("code", "kind", "reason"), refusals)
    @pytest.mark.parametrize("level", ["request", "number"])
    def test_a_code_means_the_same_for_the_request_and_for_the_number(
        self, code: int, kind: type[LeadkeeperError], reason: str, level: str
    ) -> None:
        error = {"status": "ERROR", "status_code": code, "status_text": f"нет, {PHONE}"}
        content = error if level == "request" else {"status_code": 100, "sms": {PHONE[1:]: error}}
        with pytest.raises(kind) as caught:
            answering("smsru", content).send(MESSAGE)
        assert (type(caught.value), caught.value.reason) == (kind, reason)
        assert f"SMS.ru answers {code}" in caught.value.detail
        assert PHONE[1:] not in caught.value.detail
        assert not getattr(caught.value, "maybe_done", False)

    def test_its_own_guard_against_repeats_means_that_it_was_sent(self) -> None:
        gateway = Gateway("smsru")
        assert gateway.sms.send(MESSAGE).message_id
        assert not gateway.sms.send(MESSAGE).message_id
        assert len(gateway.messages) == 1

    def test_it_cannot_look_up(self) -> None:
        gateway = Gateway("smsru")
        with pytest.raises(Refused, match="sms-cannot-look-up"):
            gateway.sms.find(MESSAGE, gateway.clock.now)
        assert not gateway.requests

    def test_json_is_asked_for_and_the_phone_has_no_plus(self) -> None:
        gateway = Gateway("smsru")
        gateway.sms.send(Outgoing(PHONE, TEXT, valid_for=timedelta(minutes=30)))
        expected = {"api_id": SECRET, "json": "1", "to": PHONE[1:], "msg": TEXT, "ttl": "30"}
        assert gateway.form == expected

    @pytest.mark.parametrize(("wanted", "minutes"), [(0, 1), (61, 2), (1800, 30), (200_000, 1440)])
    def test_a_validity_that_it_takes(self, wanted: int, minutes: int) -> None:
        validity = Gateway("smsru").sms.validity(timedelta(seconds=wanted))
        assert validity == timedelta(minutes=minutes)


class TestSmsc:
    refusals: ClassVar[list[tuple[int, type[LeadkeeperError], str, bool]]] = [
        (1, Refused, "sms-refused", False),
        (2, Unreachable, "sms-no-access", False),
        (3, Unreachable, "sms-no-money", False),
        (4, Unreachable, "sms-no-access", False),
        (6, Refused, "sms-refused", False),
        (7, WrongNumber, "sms-wrong-number", False),
        (8, Refused, "sms-refused", False),
        (9, Unreachable, "sms-unreachable", True),
        (99, Refused, "sms-refused", False),
    ]

    @pytest.mark.parametrize(("code", "kind", "reason", "maybe_done"), refusals)
    def test_a_code(self, code: int, kind: type[LeadkeeperError], reason: str, *, maybe_done: bool) -> None:
        content = {"error": f"no, {PHONE}", "error_code": code, "id": 1}
        with pytest.raises(kind) as caught:
            answering("smsc", content).send(MESSAGE)
        assert (type(caught.value), caught.value.reason) == (kind, reason)
        assert f"SMSC answers {code}" in caught.value.detail
        assert PHONE[1:] not in caught.value.detail
        assert getattr(caught.value, "maybe_done", False) is maybe_done

    def test_it_is_told_our_own_id_and_the_encoding(self) -> None:
        gateway = Gateway("smsc")
        message_id = gateway.sms.send(Outgoing(PHONE, TEXT, REFERENCE, timedelta(minutes=30))).message_id
        assert message_id == own_id(REFERENCE) == gateway.form["id"]
        expected = {"charset": "utf-8", "fmt": "3", "valid": "1", "phones": PHONE[1:], "mes": TEXT}
        assert {name: gateway.form[name] for name in expected} == expected

    def test_what_a_text_takes_is_told_when_it_is_sent(self) -> None:
        sent = Gateway("smsc").sms.send(MESSAGE)
        assert sent.price == Price(amount=Decimal("1.40"))

    @pytest.mark.parametrize("cost", [None, "", "dear", "NaN", [], "Infinity"])
    def test_a_price_that_nobody_can_read_does_not_keep_a_text_from_being_sent(self, cost: object) -> None:
        sent = answering("smsc", {"id": 7, "cnt": 1, "cost": cost}).send(MESSAGE)
        assert (sent.message_id, sent.price) == ("7", None)

    def test_our_own_id_is_one_that_it_takes(self) -> None:
        ids = {int(own_id(f"lk-{number}-1")) for number in range(1000)}
        assert len(ids) == 1000
        assert all(1 <= each < 2**31 for each in ids)

    def test_a_text_whose_answer_was_lost_is_found(self) -> None:
        gateway = Gateway("smsc")
        gateway.sandbox.add_fault(Fault("smsc", "drop", times=1))
        with pytest.raises(Unreachable):
            gateway.sms.send(MESSAGE)
        assert gateway.sms.find(MESSAGE, gateway.clock.now) == own_id(REFERENCE)

    def test_a_text_that_was_not_sent_is_not_found(self) -> None:
        gateway = Gateway("smsc")
        assert gateway.sms.find(MESSAGE, gateway.clock.now) is None

    def test_the_same_text_within_a_minute_may_have_been_sent(self) -> None:
        gateway = Gateway("smsc")
        gateway.sms.send(MESSAGE)
        with pytest.raises(Unreachable, match="SMSC answers 9") as caught:
            gateway.sms.send(MESSAGE)
        assert caught.value.maybe_done
        assert len(gateway.messages) == 1

    @pytest.mark.parametrize(("wanted", "hours"), [(0, 1), (3601, 2), (200_000, 24)])
    def test_a_validity_that_it_takes(self, wanted: int, hours: int) -> None:
        assert Gateway("smsc").sms.validity(timedelta(seconds=wanted)) == timedelta(hours=hours)
