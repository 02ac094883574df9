"""How messengers are asked: what may pass, what may have been done, what is a clear no."""

import httpx
import pytest

from chalicelib.errors import Unreachable
from chalicelib.messengers.http import MessengerHttp

URL = "https://messenger.example/bot-secret/send"


def http_that(answer: httpx.Response | Exception) -> MessengerHttp:
    def handle(request: httpx.Request) -> httpx.Response:
        del request
        if isinstance(answer, Exception):
            raise answer
        return answer

    return MessengerHttp("Messenger", httpx.MockTransport(handle))


@pytest.mark.parametrize(
    ("answer", "maybe_done"),
    [
        (httpx.ConnectError("no"), False),
        (httpx.ReadTimeout("late"), True),
        (httpx.Response(401, json={}), False),
        (httpx.Response(429, json={}), False),
        (httpx.Response(503), False),
        (httpx.Response(500), True),
        (httpx.Response(200, text="<html>"), True),
    ],
    ids=str,
)
def test_no_clear_answer_is_unreachable(answer: httpx.Response | Exception, maybe_done: bool) -> None:
    with pytest.raises(Unreachable) as caught:
        http_that(answer).post(URL, json={"text": "Здравствуйте"})
    assert caught.value.reason == "messenger-unreachable"
    assert caught.value.maybe_done is maybe_done
    assert "secret" not in str(caught.value)


def test_a_refusal_keeps_its_status_and_words() -> None:
    answer = httpx.Response(403, json={"description": "Forbidden: bot was blocked by the user"})
    status, content = http_that(answer).post(URL, json={})
    assert status == 403
    assert content["description"] == "Forbidden: bot was blocked by the user"


def test_a_refusal_need_not_be_json() -> None:
    assert http_that(httpx.Response(404, text="not here")).post(URL, json={}) == (404, {})
