import json
import logging
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.actions import Alert
from chalicelib.alerts.telegram import MAX_UNITS, TelegramChannel
from chalicelib.errors import LeadkeeperError, Refused, Unreachable
from chalicelib.people import Person
from sandbox.clock import SteppedClock
from sandbox.faults import Fault
from sandbox.transport import SandboxTransport
from sandbox.world import Sandbox

TOKEN = "telegram-sandbox"
IVAN = Person(name="Иван", telegram="1001")
HALF_PAIRS = st.characters(min_codepoint=0xD800, max_codepoint=0xDFFF)
TEXT = "crm-refused: <b>статус</b> deliverd & co неизвестен_*"


def an_alert(text: str) -> Alert:
    return Alert(subject_id="an entry", text=text, at=datetime(2026, 11, 20, tzinfo=UTC))


class Messenger:
    """The channel, and the sandbox behind it."""

    def __init__(self, token: str = TOKEN) -> None:
        clock = SteppedClock()
        self.sandbox = Sandbox(clock)
        transport = SandboxTransport(self.sandbox, clock.advance)
        self.channel = TelegramChannel(token, "https://telegram.example", transport)

    def fault(self, kind: str) -> None:
        self.sandbox.add_fault(Fault("telegram", kind))

    @property
    def told(self) -> list[dict[str, Any]]:
        messages: list[dict[str, Any]] = self.sandbox.state()["telegram"]
        return messages


@pytest.fixture
def messenger() -> Messenger:
    return Messenger()


def test_an_alert_arrives_as_plain_text(messenger: Messenger) -> None:
    messenger.channel.tell(IVAN, an_alert(TEXT))
    (message,) = messenger.told
    assert (message["chat_id"], message["text"]) == ("1001", TEXT)
    assert "parse_mode" not in message
    assert message["link_preview_options"] == {"is_disabled": True}


def test_a_person_without_a_chat_is_left_alone(messenger: Messenger) -> None:
    messenger.channel.tell(Person(name="Анна"), an_alert(TEXT))
    assert messenger.told == []
    assert not messenger.sandbox.requests


@pytest.mark.parametrize("text", ["х" * 5000, "🔥" * 5000, "a" + "🔥" * 2048, "🔥" * 2048])
def test_a_long_alert_is_cut_rather_than_refused(messenger: Messenger, text: str) -> None:
    messenger.channel.tell(IVAN, an_alert(text))
    (message,) = messenger.told
    told = message["text"]
    assert text.startswith(told)
    assert MAX_UNITS - 1 <= len(told.encode("utf-16-le")) // 2 <= MAX_UNITS


@given(st.text(min_size=1) | st.text(HALF_PAIRS, min_size=1, max_size=3))
def test_whatever_is_told_can_be_sent(text: str) -> None:
    sent: list[bytes] = []

    def answer(request: httpx.Request) -> httpx.Response:
        sent.append(request.content)
        return httpx.Response(200, json={"ok": True})

    TelegramChannel(TOKEN, "https://telegram.example", httpx.MockTransport(answer)).tell(IVAN, an_alert(text))
    assert json.loads(sent[0].decode())["text"] == text.encode("utf-16", "replace").decode("utf-16")


@pytest.mark.parametrize(
    ("kind", "maybe_done"),
    [("refuse", False), ("hang", True), ("drop", True), ("429", False), ("500", False), ("502", False)],
)
def test_trouble_can_be_tried_again(messenger: Messenger, kind: str, *, maybe_done: bool) -> None:
    messenger.fault(kind)
    with pytest.raises(Unreachable) as caught:
        messenger.channel.tell(IVAN, an_alert(TEXT))
    assert caught.value.reason == "alert-unreachable"
    assert caught.value.maybe_done is maybe_done


@pytest.mark.parametrize("kind", ["400", "401", "403"])
def test_what_telegram_refuses_waits_for_a_person(messenger: Messenger, kind: str) -> None:
    messenger.fault(kind)
    with pytest.raises(Refused) as caught:
        messenger.channel.tell(IVAN, an_alert(TEXT))
    assert caught.value.reason == "alert-refused"
    assert kind in caught.value.detail


def test_a_wrong_token_waits_for_a_person() -> None:
    with pytest.raises(Refused, match="401"):
        Messenger(token="another").channel.tell(IVAN, an_alert(TEXT))


def test_an_empty_alert_is_refused(messenger: Messenger) -> None:
    with pytest.raises(Refused, match="400"):
        messenger.channel.tell(IVAN, an_alert(" "))


@pytest.mark.usefixtures("quiet")
@pytest.mark.parametrize("kind", ["", "refuse", "hang", "drop", "garbage", "400", "401", "429", "500"])
def test_neither_log_nor_error_tells_the_token(
    messenger: Messenger, kind: str, caplog: pytest.LogCaptureFixture
) -> None:
    if kind:
        messenger.fault(kind)
    told = ""
    with caplog.at_level(logging.DEBUG):
        try:
            messenger.channel.tell(IVAN, an_alert(TEXT))
        except LeadkeeperError as error:
            told = f"{error} {error.__cause__}"
    assert TOKEN not in told + caplog.text
    assert "telegram.example" not in told + caplog.text
