from typing import Any

import httpx
import pytest

from sandbox.world import Sandbox

PATH = "/bottelegram-sandbox/sendMessage"


def test_a_message_is_recorded(anybody: httpx.Client, sandbox: Sandbox) -> None:
    message = {"chat_id": "-100", "text": "CRM &lt;недоступна&gt; <b>3 мин</b>", "parse_mode": "HTML"}
    content = anybody.post(PATH, json=message).json()
    assert content["ok"] is True
    assert content["result"]["text"] == "CRM <недоступна> 3 мин"
    (kept,) = sandbox.state()["telegram"]
    assert (kept["chat_id"], kept["text"]) == ("-100", message["text"])


def test_a_form_will_do(anybody: httpx.Client) -> None:
    assert anybody.post(PATH, data={"chat_id": "5", "text": "x"}).status_code == 200


def test_a_wrong_token_is_refused_and_not_counted_by_name(anybody: httpx.Client, sandbox: Sandbox) -> None:
    response = anybody.post("/botsecret/sendMessage", json={"chat_id": 5, "text": "x"})
    assert (response.status_code, response.json()["error_code"]) == (401, 401)
    assert dict(sandbox.requests) == {"POST /bot{token}/sendMessage 401": 1}


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"chat_id": None}, "chat_id is empty"),
        ({"text": " "}, "message text is empty"),
        ({"text": "x" * 4097}, "message is too long"),
        ({"text": "<b>x", "parse_mode": "HTML"}, "can't parse entities"),
        ({"text": "<p>x</p>", "parse_mode": "HTML"}, "can't parse entities"),
        ({"text": "x</i>", "parse_mode": "HTML"}, "can't parse entities"),
    ],
)
def test_a_bad_message_is_refused(anybody: httpx.Client, changes: dict[str, Any], told: str) -> None:
    response = anybody.post(PATH, json={"chat_id": 5, "text": "x"} | changes)
    assert response.status_code == 400
    assert told in response.json()["description"]


def test_the_bot_can_be_asked_for_itself(anybody: httpx.Client) -> None:
    assert anybody.get("/bottelegram-sandbox/getMe").json()["result"]["is_bot"] is True


def test_other_methods_do_not_exist(anybody: httpx.Client) -> None:
    assert anybody.get("/bottelegram-sandbox/getUpdates").status_code == 404
