"""Replies by the bots of Telegram and MAX, and how they are told where to tell: against the sandbox."""

import json
from collections.abc import Callable, Mapping
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from chalicelib.errors import OptedOut, Refused, Unreachable
from chalicelib.gate.gate import Gate
from chalicelib.gate.provider import Source
from chalicelib.gate.webhook import Webhook
from chalicelib.messengers import max as max_messenger
from chalicelib.messengers import telegram as telegram_messenger
from chalicelib.messengers.port import Messenger
from chalicelib.messengers.wiring import messengers_of
from chalicelib.providers.max import connect as max_connect
from chalicelib.providers.max.read import Settings as MaxSettings
from chalicelib.providers.telegram import connect as telegram_connect
from chalicelib.providers.telegram.read import Settings as TelegramSettings
from sandbox.faults import Fault
from sandbox.transport import SandboxTransport
from sandbox.world import Sandbox
from tests.world import World, example_shop

NOW = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)
CHAT = "800001"
ONCE = "reply:1"
HOOK = "https://shop.example/hooks/bot"

TELEGRAM = TelegramSettings.model_validate(
    {"provider": "telegram", "secret": ["new-secret", "old-secret"], "token": "telegram-bot-sandbox"}
)
MAX = MaxSettings.model_validate(
    {"provider": "max", "secret": ["new-secret", "old-secret"], "token": "max-sandbox"}
)


@pytest.fixture
def sandbox() -> Sandbox:
    return Sandbox(lambda: NOW)


def telegram(transport: httpx.BaseTransport) -> Messenger:
    return telegram_messenger.messenger(TELEGRAM, transport)


def in_max(transport: httpx.BaseTransport) -> Messenger:
    return max_messenger.messenger(MAX, transport)


Make = Callable[[httpx.BaseTransport], Messenger]
BOTS = pytest.mark.parametrize(("make", "service"), [(telegram, "telegram_bot"), (in_max, "max")])


def answering(status: int, content: Mapping[str, Any]) -> httpx.BaseTransport:
    return httpx.MockTransport(lambda _: httpx.Response(status, json=dict(content)))


@BOTS
class TestEither:
    def test_a_text_reaches_its_conversation(self, sandbox: Sandbox, make: Make, service: str) -> None:
        assert make(SandboxTransport(sandbox)).send(CHAT, "Ждём вас завтра <с 9> & до 18", ONCE)
        (reply,) = sandbox.state()["replies"]
        assert (reply["chat"], reply["text"]) == (CHAT, "Ждём вас завтра <с 9> & до 18")
        assert reply["messenger"] in service

    def test_who_has_blocked_the_bot_wants_no_messages(
        self, sandbox: Sandbox, make: Make, service: str
    ) -> None:
        getattr(sandbox, service).blocked.add(CHAT)
        with pytest.raises(OptedOut):
            make(SandboxTransport(sandbox)).send(CHAT, "Ждём вас", ONCE)

    def test_what_the_messenger_refuses_is_refused(self, sandbox: Sandbox, make: Make, service: str) -> None:
        del service
        with pytest.raises(Refused, match="messenger-refused"):
            make(SandboxTransport(sandbox)).send(CHAT, "x" * 5000, ONCE)

    @pytest.mark.parametrize(
        ("kind", "maybe_done"),
        [
            ("refuse", False),
            ("401", False),
            ("429", False),
            ("503", False),
            ("500", True),
            ("hang", True),
            ("reset", True),
            ("drop", True),
            ("garbage", True),
        ],
    )
    def test_trouble_says_whether_the_client_may_have_the_text(
        self, sandbox: Sandbox, make: Make, service: str, *, kind: str, maybe_done: bool
    ) -> None:
        sandbox.add_fault(Fault(service, kind))
        with pytest.raises(Unreachable, match="messenger-unreachable") as caught:
            make(SandboxTransport(sandbox)).send(CHAT, "Ждём вас", ONCE)
        assert caught.value.maybe_done is maybe_done
        assert "sandbox" not in str(caught.value)

    def test_an_answer_without_an_id_may_have_been_a_success(self, make: Make, service: str) -> None:
        del service
        with pytest.raises(Unreachable) as caught:
            make(answering(200, {"ok": True})).send(CHAT, "Ждём вас", ONCE)
        assert caught.value.maybe_done

    def test_neither_knows_a_text_that_it_has_sent_before(self, make: Make, service: str) -> None:
        del service
        assert make(answering(200, {})).knows_repeats is False


class TestTelegram:
    def test_a_business_account_is_answered_through_its_connection(self, sandbox: Sandbox) -> None:
        telegram(SandboxTransport(sandbox)).send("conn1:5000000001", "Ждём вас", ONCE)
        (reply,) = sandbox.state()["replies"]
        assert (reply["connection"], reply["chat"]) == ("conn1", "5000000001")

    def test_a_wrong_token_may_be_mended(self) -> None:
        wrong = TELEGRAM.model_copy(update={"token": None})
        transport = answering(404, {"ok": False, "error_code": 404, "description": "Not Found"})
        with pytest.raises(Unreachable) as caught:
            telegram_messenger.messenger(wrong, transport).send(CHAT, "Ждём вас", ONCE)
        assert not caught.value.maybe_done

    def test_connecting_gives_the_new_secret_and_asks_for_messages_alone(self, sandbox: Sandbox) -> None:
        told = telegram_connect.connect(TELEGRAM, HOOK, SandboxTransport(sandbox))
        assert (told["url"], told["allowed_updates"]) == (HOOK, ["message", "business_message"])
        (webhook,) = sandbox.telegram_bot.webhooks.all()
        assert webhook["secret_token"] == "new-secret"

    def test_a_refused_webhook_is_told_without_the_token(self, sandbox: Sandbox) -> None:
        with pytest.raises(Refused, match="An HTTPS URL must be provided") as caught:
            telegram_connect.connect(TELEGRAM, "http://shop.example/hooks/bot", SandboxTransport(sandbox))
        assert "sandbox" not in str(caught.value)


class TestMax:
    def test_connecting_gives_the_new_secret_and_leaves_other_programs_alone(self, sandbox: Sandbox) -> None:
        other = {"url": "https://other.example/bot", "update_types": None}
        sandbox.max.subscriptions.add({**other, "time": 1}, NOW)
        told: Any = max_connect.connect(MAX, HOOK, SandboxTransport(sandbox))
        assert [subscription["url"] for subscription in told["subscriptions"]] == [other["url"], HOOK]
        assert told["subscriptions"][1]["update_types"] == ["message_created", "bot_started"]
        _, ours = sandbox.max.subscriptions.all()
        assert ours["secret"] == "new-secret"

    @pytest.mark.parametrize(
        ("status", "content"),
        [
            (200, {"success": False, "message": "no such host"}),
            (400, {"code": "x", "message": "no such host"}),
        ],
    )
    def test_a_refused_subscription_is_told(self, status: int, content: dict[str, Any]) -> None:
        with pytest.raises(Refused, match="no such host"):
            max_connect.connect(MAX, HOOK, answering(status, content))


def test_a_source_without_a_token_cannot_reply() -> None:
    settings = {
        "telegram": TELEGRAM,
        "silent": TELEGRAM.model_copy(update={"token": None}),
        "max": MAX,
    }
    assert set(messengers_of(settings, answering(200, {}))) == {"telegram", "max"}


@pytest.mark.parametrize(
    ("provider", "header", "token", "body"),
    [
        (
            "telegram",
            "x-telegram-bot-api-secret-token",
            "telegram-bot-sandbox",
            {
                "update_id": 1,
                "message": {
                    "message_id": 12,
                    "date": int(NOW.timestamp()),
                    "chat": {"id": 800001, "type": "private", "first_name": "Анна"},
                    "from": {"id": 800001, "is_bot": False, "first_name": "Анна"},
                    "text": "Здравствуйте",
                },
            },
        ),
        (
            "max",
            "x-max-bot-api-secret",
            "max-sandbox",
            {
                "update_type": "message_created",
                "timestamp": int(NOW.timestamp() * 1000),
                "message": {
                    "sender": {"user_id": 900001, "first_name": "Анна", "is_bot": False},
                    "recipient": {"chat_id": 800001, "chat_type": "dialog"},
                    "timestamp": int(NOW.timestamp() * 1000),
                    "body": {"mid": "mid.1", "seq": 1, "text": "Здравствуйте"},
                },
            },
        ),
    ],
    ids=["telegram", "max"],
)
def test_a_client_who_writes_is_asked_once_where_they_wrote(
    tmp_path: Path, *, provider: str, header: str, token: str, body: dict[str, Any]
) -> None:
    settings = {"provider": provider, "secret": "own-secret", "token": token}
    shop = example_shop(sources={provider: settings}, request_form={"ask": ["company"]})
    webhook = Webhook(provider, "POST", (), {}, {header: "own-secret"}, json.dumps(body).encode(), NOW)
    with closing(World(tmp_path, shop)) as world:
        gate = Gate({provider: Source(provider, provider, settings)}, world.engine.work.put)
        for _ in range(2):
            assert gate.receive(webhook).status == 200
            world.work_for(minutes=2)
        (reply,) = world.state["replies"]
        assert (reply["messenger"], reply["chat"]) == (provider, CHAT)
        assert len(world.orders) == 1
