from typing import Any

import httpx
import pytest

from sandbox.clock import SteppedClock
from sandbox.sms import segments
from sandbox.world import Sandbox

MESSAGE = {"To": "+79160001122", "From": "Tents", "Body": "Заказ в пути"}


def listed(twilio: httpx.Client, **query: str) -> list[dict[str, Any]]:
    messages: list[dict[str, Any]] = twilio.get("/Messages.json", params=query).json()["messages"]
    return messages


@pytest.mark.parametrize("authorization", [None, "Basic QUM6eA==", "Bearer x"])
def test_wrong_credentials_are_refused(anybody: httpx.Client, authorization: str | None) -> None:
    headers = {"Authorization": authorization} if authorization else {}
    response = anybody.get("/2010-04-01/Accounts/ACsandbox/Balance.json", headers=headers)
    assert (response.status_code, response.json()["code"]) == (401, 20003)


def test_a_message_is_queued_and_later_delivered(twilio: httpx.Client) -> None:
    response = twilio.post("/Messages.json", data=MESSAGE)
    sent = response.json()
    assert (response.status_code, sent["status"], sent["date_sent"]) == (201, "queued", None)
    assert sent["sid"].startswith("SM")
    assert len(sent["sid"]) == 34
    assert sent["date_created"] == "Mon, 23 Nov 2026 09:00:00 +0000"
    read = twilio.get(f"/Messages/{sent['sid']}.json").json()
    assert (read["status"], read["body"], read["date_sent"]) == (
        "delivered",
        MESSAGE["Body"],
        sent["date_created"],
    )


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"To": ""}, 21604),
        ({"From": ""}, 21603),
        ({"Body": ""}, 21602),
        ({"Body": "x" * 1601}, 21617),
        ({"To": "89160001122"}, 21211),
        ({"To": "+15005550001"}, 21211),
        ({"To": "+15005550002"}, 21612),
        ({"To": "+15005550003"}, 21408),
        ({"To": "+15005550004"}, 21610),
        ({"To": "+15005550009"}, 21614),
        ({"From": "+15005550001"}, 21212),
        ({"From": "+15005550007"}, 21606),
        ({"From": "+15005550008"}, 21611),
        ({"From": "much too long a name"}, 21212),
    ],
)
def test_a_bad_message_is_refused_with_its_code(
    twilio: httpx.Client, sandbox: Sandbox, changes: dict[str, str], code: int
) -> None:
    response = twilio.post("/Messages.json", data=MESSAGE | changes)
    assert (response.status_code, response.json()["code"]) == (400, code)
    assert sandbox.state()["messages"] == []


def test_a_messaging_service_stands_for_a_sender(twilio: httpx.Client) -> None:
    data = {"To": MESSAGE["To"], "Body": "x", "MessagingServiceSid": "MG" + "0" * 32}
    assert twilio.post("/Messages.json", data=data).json()["from"] is None


def test_messages_are_found_by_recipient_sender_and_time(twilio: httpx.Client, clock: SteppedClock) -> None:
    twilio.post("/Messages.json", data=MESSAGE)
    clock.advance(3600)
    twilio.post("/Messages.json", data=MESSAGE | {"To": "+79160003344"})
    assert [message["to"] for message in listed(twilio)] == ["+79160003344", "+79160001122"]
    for query, count in (
        ({"To": "+79160001122"}, 1),
        ({"To": "+79160009999"}, 0),
        ({"From": "Tents"}, 2),
        ({"DateSent": "2026-11-23"}, 2),
        ({"DateSent": "2026-11-24"}, 0),
        ({"DateSent>": "2026-11-23T09:00:01Z"}, 1),
        ({"DateSent>": "2026-11-23T09:00:00Z", "DateSent<": "2026-11-23T09:59:59Z"}, 1),
        ({"DateSent<": "2026-11-22"}, 0),
    ):
        assert len(listed(twilio, **query)) == count, query


def test_pages_follow_the_next_page_uri(twilio: httpx.Client) -> None:
    for number in range(3):
        twilio.post("/Messages.json", data=MESSAGE | {"Body": str(number)})
    first = twilio.get("/Messages.json", params={"PageSize": 2, "To": MESSAGE["To"]}).json()
    assert [message["body"] for message in first["messages"]] == ["2", "1"]
    second = twilio.get("https://api.twilio.com" + first["next_page_uri"]).json()
    assert [message["body"] for message in second["messages"]] == ["0"]
    assert second["next_page_uri"] is None


def test_the_list_may_lag(sandbox: Sandbox, twilio: httpx.Client, clock: SteppedClock) -> None:
    sandbox.configure({"twilio_lag": 5, "search_lag": 0})
    sid = twilio.post("/Messages.json", data=MESSAGE).json()["sid"]
    assert listed(twilio) == []
    assert twilio.get(f"/Messages/{sid}.json").status_code == 200
    clock.advance(5)
    assert [message["sid"] for message in listed(twilio)] == [sid]


def test_the_balance_is_a_string_that_can_be_set(sandbox: Sandbox, twilio: httpx.Client) -> None:
    sandbox.configure({"twilio_balance": "-1.50"})
    assert twilio.get("/Balance.json").json()["balance"] == "-1.50"


def test_what_does_not_exist_is_not_found(twilio: httpx.Client) -> None:
    for path in ("/Messages/SM0.json", "/Nothing.json"):
        assert twilio.get(path).json()["code"] == 20404


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("a" * 160, 1),
        ("a" * 161, 2),
        ("a" * 306, 2),
        ("a" * 307, 3),
        ("€" * 80, 1),
        ("€" * 81, 2),
        ("я" * 70, 1),
        ("я" * 71, 2),
        ("я" * 134, 2),
        ("я" * 135, 3),
        ("😀" * 35, 1),
        ("😀" * 36, 2),
    ],
)
def test_segments(text: str, count: int) -> None:
    assert segments(text) == count
