"""Telegram: the contract suite against its answers, and its surprises against the sandbox."""

import json
from datetime import timedelta
from typing import Any, ClassVar

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.alerts.port import AlertChannel, Closed, ComeLater
from chalicelib.alerts.telegram import MAX_UNITS, TelegramChannel
from chalicelib.errors import Unreachable
from sandbox.clock import SteppedClock
from sandbox.faults import Fault
from sandbox.transport import SandboxTransport
from sandbox.world import Sandbox

from .contract import TEXT, URL, HttpChannelContract, an_alert
from .memory import MemoryDocuments

TOKEN = "telegram-sandbox"
HALF_PAIRS = st.characters(min_codepoint=0xD800, max_codepoint=0xDFFF)


def failure(status: int, description: str, **parameters: int) -> tuple[int, str]:
    content = {"ok": False, "error_code": status, "description": description, "parameters": parameters}
    return status, json.dumps(content)


class TestContract(HttpChannelContract):
    secrets: ClassVar[tuple[str, ...]] = (TOKEN, "telegram.example")
    longest = MAX_UNITS
    success = (200, '{"ok": true, "result": {"message_id": 1}}')
    refusals: ClassVar[dict[str | None, tuple[int, str]]] = {
        "refused": failure(400, "Bad Request: message text is empty"),
        "closed": failure(401, "Unauthorized"),
    }

    def over(self, transport: httpx.BaseTransport) -> AlertChannel:
        return TelegramChannel(TOKEN, "https://telegram.example", MemoryDocuments(), transport)

    def told(self) -> list[str]:
        return [json.loads(request.content)["text"] for request in self.requests]

    @pytest.mark.parametrize(
        ("answer", "to_everybody"),
        [
            (failure(401, "Unauthorized"), True),
            (failure(404, "Not Found"), True),
            (failure(403, "Forbidden: bot was blocked by the user"), False),
            (failure(403, "Forbidden: bot was kicked from the group chat"), False),
            (failure(400, "Bad Request: chat not found"), False),
        ],
    )
    def test_one_who_blocks_the_bot_does_not_close_it_to_others(
        self, answer: tuple[int, str], *, to_everybody: bool
    ) -> None:
        with pytest.raises(Closed) as caught:
            self.tell(self.answering(*answer), an_alert())
        assert caught.value.to_everybody is to_everybody

    @pytest.mark.parametrize(("seconds", "delay"), [(35, 35), (10_000_000_000, 900)])
    def test_telegram_says_when_it_wants_to_be_asked_again(self, seconds: int, delay: int) -> None:
        with pytest.raises(ComeLater) as caught:
            self.tell(self.answering(*failure(429, "Too Many Requests", retry_after=seconds)), an_alert())
        assert caught.value.delay == timedelta(seconds=delay)

    @pytest.mark.parametrize("body", ["", "[]", "<html>", '{"ok": false}', '{"ok": tru'])
    def test_an_answer_that_is_not_telegrams_is_no_delivery(self, body: str) -> None:
        with pytest.raises(Unreachable) as caught:
            self.tell(self.answering(200, body), an_alert())
        assert caught.value.maybe_done


class Messenger:
    """The channel, and the sandbox behind it."""

    def __init__(self) -> None:
        clock = SteppedClock()
        self.sandbox = Sandbox(clock)
        self.documents = MemoryDocuments()
        self.transport = SandboxTransport(self.sandbox, clock.advance)
        self.channel = TelegramChannel(TOKEN, "https://telegram.example", self.documents, self.transport)

    @property
    def told(self) -> list[dict[str, Any]]:
        messages: list[dict[str, Any]] = self.sandbox.state()["telegram"]
        return messages


@pytest.fixture
def messenger() -> Messenger:
    return Messenger()


def test_an_alert_arrives_as_plain_text(messenger: Messenger) -> None:
    messenger.channel.tell("1001", an_alert())
    (message,) = messenger.told
    assert (message["chat_id"], message["text"]) == ("1001", TEXT)
    assert not {"parse_mode", "reply_markup"} & set(message)
    assert message["link_preview_options"] == {"is_disabled": True}


def test_the_link_is_a_button(messenger: Messenger) -> None:
    messenger.channel.tell("1001", an_alert(acknowledge_url=URL, acknowledge_label="Занимаюсь"))
    (message,) = messenger.told
    assert message["text"] == TEXT
    assert message["reply_markup"] == {"inline_keyboard": [[{"text": "Занимаюсь", "url": URL}]]}


def test_a_button_that_telegram_refuses_does_not_lose_the_alert(messenger: Messenger) -> None:
    local = "http://127.0.0.1:8000/hooks/acknowledge/abc"
    messenger.channel.tell("1001", an_alert(acknowledge_url=local, acknowledge_label="Занимаюсь"))
    (message,) = messenger.told
    assert message["text"] == f"{TEXT}\n\nЗанимаюсь: {local}"


def test_a_group_that_became_a_supergroup_is_told_and_remembered(messenger: Messenger) -> None:
    messenger.sandbox.telegram.upgraded["-100"] = "-1009"
    messenger.channel.tell("-100", an_alert())
    again = TelegramChannel(TOKEN, "https://telegram.example", messenger.documents, messenger.transport)
    again.tell("-100", an_alert())
    assert [message["chat_id"] for message in messenger.told] == ["-1009", "-1009"]
    assert messenger.sandbox.requests["POST /bot{token}/sendMessage 400"] == 1


@pytest.mark.parametrize("kind", ["drop", "garbage"])
def test_what_may_have_arrived_is_said(messenger: Messenger, kind: str) -> None:
    messenger.sandbox.add_fault(Fault("telegram", kind))
    with pytest.raises(Unreachable) as caught:
        messenger.channel.tell("1001", an_alert())
    assert caught.value.maybe_done


@given(st.text(min_size=1) | st.text(HALF_PAIRS, min_size=1, max_size=3))
def test_whatever_is_told_can_be_sent(text: str) -> None:
    sent: list[bytes] = []

    def answer(request: httpx.Request) -> httpx.Response:
        sent.append(request.content)
        return httpx.Response(200, json={"ok": True})

    transport = httpx.MockTransport(answer)
    channel = TelegramChannel(TOKEN, "https://telegram.example", MemoryDocuments(), transport)
    channel.tell("1001", an_alert(text))
    assert json.loads(sent[0].decode())["text"] == text.encode("utf-16", "replace").decode("utf-16")
