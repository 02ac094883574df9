"""Files that clients sent, and that no link shows without a secret: against the sandbox."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from itertools import count
from typing import Any

import httpx
import pytest

from chalicelib.errors import NoFile, Unreachable
from chalicelib.messengers import telegram, whatsapp
from chalicelib.messengers.http import MessengerHttp
from chalicelib.messengers.port import LARGEST_FILE, File, FileGiver
from chalicelib.messengers.wiring import messengers_of
from sandbox.faults import Fault
from sandbox.transport import SandboxTransport
from sandbox.world import Sandbox
from tests.messengers.test_bots import MAX, TELEGRAM
from tests.messengers.test_vk_whatsapp import VK, WHATSAPP

NOW = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)
DRAWING = b"%PDF-1.7\x00\xff"
ID = "4711"
SECRETS = ("telegram-bot-sandbox", "whatsapp-sandbox", "lookaside")


class Case:
    """One messenger, and the file that its sandbox has."""

    def __init__(
        self, make: Callable[[httpx.BaseTransport], FileGiver], service: str, content: bytes
    ) -> None:
        self.sandbox = Sandbox(lambda: NOW)
        self.service = service
        self.sandbox.telegram_bot.files[ID] = ("documents/план №1.pdf", content)
        self.sandbox.whatsapp.files[ID] = ("application/pdf", content)
        self.requests: list[httpx.Request] = []
        self._make = make

    def fetch(self, file_id: str = ID) -> File:
        transport = SandboxTransport(self.sandbox)

        def handle(request: httpx.Request) -> httpx.Response:
            self.requests.append(request)
            return transport.handle_request(request)

        return self._make(httpx.MockTransport(handle)).fetch(file_id)


def in_telegram(content: bytes) -> Case:
    return Case(lambda transport: telegram.messenger(TELEGRAM, transport), "telegram_bot", content)


def in_whatsapp(content: bytes) -> Case:
    return Case(lambda transport: whatsapp.messenger(WHATSAPP, transport), "whatsapp", content)


EITHER = pytest.mark.parametrize("make", [in_telegram, in_whatsapp])
Make = Callable[[bytes], Case]


@EITHER
class TestEither:
    def test_a_file_comes_as_it_is(self, make: Make) -> None:
        assert make(DRAWING).fetch().content == DRAWING

    def test_the_largest_file_comes_and_a_larger_one_does_not(self, make: Make) -> None:
        assert len(make(b"x" * LARGEST_FILE).fetch().content) == LARGEST_FILE
        with pytest.raises(NoFile):
            make(b"x" * (LARGEST_FILE + 1)).fetch()

    def test_what_is_too_large_is_not_even_begun(self, make: Make) -> None:
        case = make(b"x" * (LARGEST_FILE + 1))
        with pytest.raises(NoFile):
            case.fetch()
        assert len(case.requests) == 1

    @pytest.mark.parametrize("file_id", ["815", "../4711", "4711?a=b"])
    def test_what_is_gone_is_no_file(self, make: Make, file_id: str) -> None:
        with pytest.raises((NoFile, Unreachable)) as caught:
            make(DRAWING).fetch(file_id)
        assert_tells_no_secret(caught.value)

    def test_an_empty_file_is_no_file(self, make: Make) -> None:
        with pytest.raises(NoFile):
            make(b"").fetch()

    @pytest.mark.parametrize(
        "kind", ["refuse", "401", "429", "500", "503", "hang", "reset", "drop", "garbage"]
    )
    def test_trouble_passes(self, make: Make, kind: str) -> None:
        case = make(DRAWING)
        case.sandbox.add_fault(Fault(case.service, kind, times=1))
        with pytest.raises(Unreachable, match="messenger-unreachable") as caught:
            case.fetch()
        assert_tells_no_secret(caught.value)
        assert case.fetch().content == DRAWING

    @pytest.mark.parametrize("kind", ["refuse", "401", "429", "500", "hang", "reset", "drop"])
    def test_trouble_with_the_content_passes(self, make: Make, kind: str) -> None:
        case = make(DRAWING)
        for path in ("/file/", "/whatsapp_business/"):
            case.sandbox.add_fault(Fault(case.service, kind, path=path))
        with pytest.raises(Unreachable, match="messenger-unreachable") as caught:
            case.fetch()
        assert_tells_no_secret(caught.value)


def assert_tells_no_secret(error: Exception) -> None:
    assert not any(secret in str(error) for secret in SECRETS)


def test_telegrams_path_tells_the_kind() -> None:
    assert in_telegram(DRAWING).fetch().extension == ".pdf"


def test_whatsapps_type_tells_the_kind_of_what_has_no_name() -> None:
    case = in_whatsapp(DRAWING)
    case.sandbox.whatsapp.files["5"] = ("audio/ogg; codecs=opus", DRAWING)
    assert case.fetch("5").extension == ".ogg"
    assert case.fetch().extension == ""


def test_whatsapps_token_goes_along_to_the_other_host_alone() -> None:
    case = in_whatsapp(DRAWING)
    case.fetch()
    assert [request.url.host for request in case.requests] == ["graph.facebook.com", "lookaside.fbsbx.com"]
    assert {request.headers["authorization"] for request in case.requests} == {"Bearer whatsapp-sandbox"}


@pytest.mark.parametrize("url", ["http://lookaside.fbsbx.com/a", "", "file:///etc/passwd"])
def test_whatsapps_token_travels_encrypted_alone(url: str) -> None:
    asked: list[str] = []

    def handle(request: httpx.Request) -> httpx.Response:
        asked.append(str(request.url))
        return httpx.Response(200, json={"url": url, "mime_type": "image/jpeg", "file_size": 3})

    with pytest.raises(NoFile):
        whatsapp.messenger(WHATSAPP, httpx.MockTransport(handle)).fetch(ID)
    assert len(asked) == 1


@pytest.mark.parametrize("code", [4, 190, 10, 131000])
def test_whatsapps_limits_and_rights_may_be_mended(code: int) -> None:
    answer: Mapping[str, Any] = {"error": {"code": code, "message": "words"}}
    transport = httpx.MockTransport(lambda _: httpx.Response(400, json=answer))
    with pytest.raises(Unreachable):
        whatsapp.messenger(WHATSAPP, transport).fetch(ID)


def test_telegrams_wrong_token_may_be_mended() -> None:
    transport = httpx.MockTransport(lambda _: httpx.Response(404, json={"ok": False}))
    with pytest.raises(Unreachable):
        telegram.messenger(TELEGRAM, transport).fetch(ID)


def test_a_length_that_nobody_told_counts_all_the_same() -> None:
    parts = (b"x" * 2**20 for _ in range(1000))
    http = MessengerHttp("Messenger", httpx.MockTransport(lambda _: httpx.Response(200, content=parts)))
    with pytest.raises(NoFile, match="more than 20 MB"):
        http.download("https://messenger.example/file/bot-secret/a")
    assert len(list(parts)) > 900


def test_a_file_that_trickles_in_is_given_up() -> None:
    parts = (b"x" for _ in range(1000))
    seconds = count()
    transport = httpx.MockTransport(lambda _: httpx.Response(200, content=parts))
    http = MessengerHttp("Messenger", transport, monotonic=lambda: float(next(seconds)))
    with pytest.raises(Unreachable, match="too slowly"):
        http.download("https://messenger.example/file/bot-secret/a")


def test_only_messengers_without_links_give_files() -> None:
    settings = {"telegram": TELEGRAM, "whatsapp": WHATSAPP, "vk": VK, "max": MAX}
    made = messengers_of(settings)
    assert {name for name, each in made.items() if isinstance(each, FileGiver)} == {"telegram", "whatsapp"}
