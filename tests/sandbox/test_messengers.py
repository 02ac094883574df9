"""The messengers in which clients write: replies, and where the bots are told to tell."""

from typing import Any

import httpx
import pytest

from sandbox.world import Sandbox

BOT = "/bottelegram-bot-sandbox"
MAX = {"Authorization": "max-sandbox"}


def test_replies_are_no_alerts(anybody: httpx.Client, sandbox: Sandbox) -> None:
    given = {"chat_id": "5000000001", "text": "Ждём вас", "business_connection_id": "conn1"}
    assert anybody.post(f"{BOT}/sendMessage", json=given).json()["result"]["message_id"] == 1
    answer = anybody.post("/messages?chat_id=800001", json={"text": "Да"}, headers=MAX)
    assert answer.json()["message"]["body"]["mid"] == "mid.sandbox2"
    state = sandbox.state()
    assert [(reply["messenger"], reply["chat"], reply["text"]) for reply in state["replies"]] == [
        ("telegram", "5000000001", "Ждём вас"),
        ("max", "800001", "Да"),
    ]
    assert state["telegram"] == []
    page = anybody.get("/").text
    assert "telegram → 5000000001" in page
    assert "Ждём вас" in page


def test_a_client_may_block_the_bot(anybody: httpx.Client, sandbox: Sandbox) -> None:
    sandbox.telegram_bot.blocked.add("5")
    sandbox.max.blocked.add("8")
    answer = anybody.post(f"{BOT}/sendMessage", json={"chat_id": 5, "text": "x"})
    assert (answer.status_code, answer.json()["description"]) == (
        403,
        "Forbidden: bot was blocked by the user",
    )
    answer = anybody.post("/messages?chat_id=8", json={"text": "x"}, headers=MAX)
    assert (answer.status_code, answer.json()["code"]) == (403, "chat.denied")
    assert sandbox.state()["replies"] == []


def test_telegrams_webhook(anybody: httpx.Client) -> None:
    assert anybody.post(f"{BOT}/getWebhookInfo").json()["result"]["url"] == ""
    given: dict[str, Any] = {
        "url": "https://shop.example/hooks/telegram",
        "secret_token": "s",
        "allowed_updates": ["message"],
    }
    assert anybody.post(f"{BOT}/setWebhook", json=given).json()["ok"] is True
    told = anybody.post(f"{BOT}/getWebhookInfo").json()["result"]
    assert (told["url"], told["allowed_updates"]) == (given["url"], ["message"])
    assert "secret_token" not in told


@pytest.mark.parametrize("change", [{"url": "http://shop.example"}, {"secret_token": "нет"}])
def test_telegram_refuses_a_bad_webhook(anybody: httpx.Client, change: dict[str, str]) -> None:
    given = {"url": "https://shop.example", "secret_token": "s", **change}
    assert anybody.post(f"{BOT}/setWebhook", json=given).status_code == 400


def test_max_subscriptions(anybody: httpx.Client) -> None:
    for url in ("https://shop.example/a", "https://shop.example/b", "https://shop.example/a"):
        subscription = {"url": url, "secret": "s", "update_types": ["bot_started"]}
        assert anybody.post("/subscriptions", json=subscription, headers=MAX).json() == {"success": True}
    told = anybody.get("/subscriptions", headers=MAX).json()["subscriptions"]
    assert [subscription["url"] for subscription in told] == [
        "https://shop.example/a",
        "https://shop.example/b",
    ]
    assert all("secret" not in subscription for subscription in told)


@pytest.mark.parametrize(
    ("method", "path", "content", "status"),
    [
        ("POST", "/messages?chat_id=8", {"text": " "}, 400),
        ("POST", "/messages?chat_id=8", {"text": "x" * 4001}, 400),
        ("POST", "/messages", {"text": "x"}, 400),
        ("POST", "/subscriptions", {"url": "http://shop.example"}, 400),
        ("DELETE", "/subscriptions", {}, 405),
    ],
)
def test_max_refuses(
    anybody: httpx.Client, method: str, path: str, content: dict[str, str], status: int
) -> None:
    answer = anybody.request(method, path, json=content, headers=MAX)
    assert answer.status_code == status


def test_max_wants_its_token(anybody: httpx.Client) -> None:
    assert anybody.get("/subscriptions", headers={"Authorization": "guessed"}).status_code == 401
