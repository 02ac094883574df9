"""Replies in VK and WhatsApp: against the sandbox."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from chalicelib.errors import OptedOut, Refused, Unreachable
from chalicelib.messengers import vk as vk_messenger
from chalicelib.messengers import whatsapp as whatsapp_messenger
from chalicelib.messengers.port import Messenger
from chalicelib.messengers.vk import LARGEST_ID, random_id
from chalicelib.messengers.wiring import messengers_of
from chalicelib.providers.vk.read import Settings as VkSettings
from chalicelib.providers.whatsapp.read import Settings as WhatsAppSettings
from sandbox.faults import Fault
from sandbox.transport import SandboxTransport
from sandbox.world import Sandbox

NOW = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)
CHAT = "79990000002"
ONCE = "lk-0123456789ab-1"
VK = VkSettings.model_validate(
    {"provider": "vk", "group_id": "123456", "secret": "a", "confirmation": "b", "token": "vk-sandbox"}
)
WHATSAPP_FIELDS: Mapping[str, Any] = {
    "provider": "whatsapp",
    "app_secret": "a",
    "verify_token": "b",
    "token": "whatsapp-sandbox",
    "phone_number_id": "555000111",
}
WHATSAPP = WhatsAppSettings.model_validate(WHATSAPP_FIELDS)


@pytest.fixture
def sandbox() -> Sandbox:
    return Sandbox(lambda: NOW)


def vk(transport: httpx.BaseTransport) -> Messenger:
    return vk_messenger.messenger(VK, transport)


def whatsapp(transport: httpx.BaseTransport) -> Messenger:
    return whatsapp_messenger.messenger(WHATSAPP, transport)


Make = Callable[[httpx.BaseTransport], Messenger]
EITHER = pytest.mark.parametrize(("make", "service"), [(vk, "vk"), (whatsapp, "whatsapp")])


def answering(status: int, content: Mapping[str, Any]) -> httpx.BaseTransport:
    return httpx.MockTransport(lambda _: httpx.Response(status, json=dict(content)))


@EITHER
class TestEither:
    def test_a_text_reaches_its_conversation(self, sandbox: Sandbox, make: Make, service: str) -> None:
        assert make(SandboxTransport(sandbox)).send(CHAT, "Ждём вас завтра <с 9> & до 18", ONCE)
        (reply,) = sandbox.state()["replies"]
        text = "Ждём вас завтра <с 9> & до 18"
        assert (reply["messenger"], reply["chat"], reply["text"]) == (service, CHAT, text)

    def test_what_the_messenger_refuses_is_refused(self, sandbox: Sandbox, make: Make, service: str) -> None:
        del service
        with pytest.raises(Refused, match="messenger-refused"):
            make(SandboxTransport(sandbox)).send(CHAT, "x" * 10_000, ONCE)

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

    @pytest.mark.parametrize("content", [{}, {"response": None}, {"messages": []}, {"messages": [{}]}])
    def test_an_answer_without_an_id_may_have_been_a_success(
        self, make: Make, service: str, content: Mapping[str, Any]
    ) -> None:
        del service
        with pytest.raises(Unreachable) as caught:
            make(answering(200, content)).send(CHAT, "Ждём вас", ONCE)
        assert caught.value.maybe_done


def vk_error(code: int) -> httpx.BaseTransport:
    return answering(200, {"error": {"error_code": code, "error_msg": "words"}})


class TestVk:
    def test_a_text_that_is_sent_again_is_shown_once(self, sandbox: Sandbox) -> None:
        messenger = vk(SandboxTransport(sandbox))
        sandbox.add_fault(Fault("vk", "drop", times=1))
        with pytest.raises(Unreachable):
            messenger.send(CHAT, "Ждём вас", ONCE)
        assert messenger.knows_repeats
        assert messenger.send(CHAT, "Ждём вас", ONCE) == messenger.send(CHAT, "Ждём вас", ONCE)
        assert messenger.send(CHAT, "Ждём вас", "lk-0123456789ab-2")
        assert len(sandbox.state()["replies"]) == 2

    @given(once=st.text())
    def test_its_id_is_one_that_vk_takes(self, once: str) -> None:
        assert 1 <= random_id(once) <= LARGEST_ID
        assert random_id(once) == random_id(once)

    def test_the_token_stands_in_no_address(self) -> None:
        asked: list[httpx.Request] = []

        def site(request: httpx.Request) -> httpx.Response:
            asked.append(request)
            return httpx.Response(200, json={"response": 7})

        assert vk(httpx.MockTransport(site)).send(CHAT, "Ждём вас", ONCE) == "7"
        (request,) = asked
        assert "vk-sandbox" not in str(request.url)
        assert parse_qs(request.content.decode())["access_token"] == ["vk-sandbox"]

    @pytest.mark.parametrize("code", [900, 901, 902])
    def test_who_wants_no_messages_gets_none(self, code: int) -> None:
        with pytest.raises(OptedOut):
            vk(vk_error(code)).send(CHAT, "Ждём вас", ONCE)

    def test_who_has_not_allowed_messages_gets_none(self, sandbox: Sandbox) -> None:
        sandbox.vk.unwilling.add(CHAT)
        with pytest.raises(OptedOut):
            vk(SandboxTransport(sandbox)).send(CHAT, "Ждём вас", ONCE)
        assert sandbox.state()["replies"] == []

    @pytest.mark.parametrize(
        ("code", "maybe_done"),
        [(5, False), (6, False), (7, False), (9, False), (27, False), (29, False), (1, True), (10, True)],
    )
    def test_what_may_pass(self, code: int, *, maybe_done: bool) -> None:
        with pytest.raises(Unreachable) as caught:
            vk(vk_error(code)).send(CHAT, "Ждём вас", ONCE)
        assert caught.value.maybe_done is maybe_done

    @pytest.mark.parametrize("code", [100, 914, 936, None])
    def test_what_does_not(self, code: int) -> None:
        with pytest.raises(Refused, match=f"answers {code}"):
            vk(vk_error(code)).send(CHAT, "Ждём вас", ONCE)


def graph_error(code: int, status: int = 400) -> httpx.BaseTransport:
    return answering(status, {"error": {"message": "words", "code": code}})


class TestWhatsApp:
    def test_a_day_after_the_clients_last_message_it_refuses(self, sandbox: Sandbox) -> None:
        sandbox.whatsapp.silent.add(CHAT)
        with pytest.raises(Refused, match="code 131047"):
            whatsapp(SandboxTransport(sandbox)).send(CHAT, "Ждём вас", ONCE)

    def test_it_does_not_know_what_it_has_sent(self, sandbox: Sandbox) -> None:
        assert not whatsapp(SandboxTransport(sandbox)).knows_repeats

    def test_who_wants_no_messages_gets_none(self) -> None:
        with pytest.raises(OptedOut):
            whatsapp(graph_error(131050)).send(CHAT, "Ждём вас", ONCE)

    @pytest.mark.parametrize(
        ("code", "status", "maybe_done"),
        [
            (190, 400, False),
            (10, 403, False),
            (200, 403, False),
            (131031, 403, False),
            (131042, 400, False),
            (4, 400, False),
            (130429, 400, False),
            (131056, 400, False),
            (131000, 400, True),
            (2, 400, True),
        ],
    )
    def test_what_may_pass(self, code: int, status: int, *, maybe_done: bool) -> None:
        with pytest.raises(Unreachable) as caught:
            whatsapp(graph_error(code, status)).send(CHAT, "Ждём вас", ONCE)
        assert caught.value.maybe_done is maybe_done

    @pytest.mark.parametrize("code", [100, 131026, 131051, 999999])
    def test_what_does_not(self, code: int) -> None:
        with pytest.raises(Refused, match=f"code {code}"):
            whatsapp(graph_error(code)).send(CHAT, "Ждём вас", ONCE)

    def test_with_a_token_it_must_be_known_from_which_number(self) -> None:
        with pytest.raises(ValidationError, match="phone_number_id is missing"):
            WhatsAppSettings.model_validate({**WHATSAPP_FIELDS, "phone_number_id": ""})


def test_a_source_without_a_token_cannot_reply() -> None:
    settings = {
        "vk": VK,
        "silent-vk": VK.model_copy(update={"token": None}),
        "whatsapp": WHATSAPP,
        "silent-whatsapp": WHATSAPP.model_copy(update={"token": None}),
    }
    assert set(messengers_of(settings, answering(200, {}))) == {"vk", "whatsapp"}
