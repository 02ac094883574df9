"""The link in our own alerts: the contract suite, and what a browser or a preview makes of it."""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, ClassVar

import pytest
from pydantic import ValidationError

from chalicelib.events import Acknowledged, AnyEvent
from chalicelib.gate.provider import Reply
from chalicelib.gate.webhook import Webhook
from chalicelib.providers.acknowledge.link import proven, signed
from chalicelib.providers.acknowledge.page import expired, question, thanks
from chalicelib.providers.acknowledge.read import Settings

from .contract import NOON, Door, ProviderContract, a_webhook

TOKEN = "acknowledge-demo-token-1"
OTHER = "acknowledge-demo-token-2"
URL = "https://leadkeeper.example"
SAID = {
    "kind": "acknowledge",
    "incident": "endpoint:Модуль",
    "person": "Иван Петров",
    "told_at": "2026-11-20T11:30:00+00:00",
    # The fuzz over HTTP has the clock of this machine.
    "expires_at": "2099-11-21T11:30:00+00:00",
}


def content(**changes: Any) -> bytes:
    return json.dumps({**SAID, **changes}).encode()


def link(said: bytes, token: str = TOKEN) -> Webhook:
    return a_webhook(path=(signed(said, token),))


class TestContract(ProviderContract):
    provider = "acknowledge"
    secrets: ClassVar[Mapping[str, str]] = {"token": TOKEN}
    next_secrets: ClassVar[Mapping[str, str]] = {"token": OTHER}
    other_settings: ClassVar[Mapping[str, str]] = {"url": URL}
    sample = content()
    same_event = json.dumps(dict(reversed(SAID.items())), ensure_ascii=False).encode()
    other_event = content(incident="endpoint:Другой")
    events: ClassVar[tuple[AnyEvent, ...]] = (
        Acknowledged(
            incident="endpoint:Модуль",
            person="Иван Петров",
            told_at=datetime(2026, 11, 20, 11, 30, tzinfo=UTC),
            at=NOON,
        ),
    )
    samples = (content(person="slack"), content(kind="something else"))
    broken = sample[:-20]
    wrong_encoding: ClassVar[Mapping[str, bytes]] = {
        "windows-1251": json.dumps(SAID, ensure_ascii=False).encode("cp1251")
    }
    wrong_type_is_read = True
    reply = thanks()
    field_names = tuple(SAID)

    def proven(self, content: bytes, secrets: Mapping[str, str]) -> Webhook:
        return link(content, secrets["token"])

    def content_of(self, webhook: Webhook) -> bytes:
        return proven(webhook.path[0], (TOKEN, OTHER)) or b"" if webhook.path else webhook.body

    def is_page(self, reply: Reply) -> bool:
        return reply == expired() or '<form method="post">' in reply.body

    def may_be_forgotten(self, webhook: Webhook) -> bool:
        """Another kind, or a link whose time is over."""
        try:
            said = json.loads(self.content_of(webhook).decode("utf-8-sig"))
            is_other = isinstance(said["kind"], str) and said["kind"] not in {"", "acknowledge"}
        except (ValueError, TypeError, KeyError, RecursionError):
            is_other = False
        return is_other or self.door().receive(webhook) == expired()

    def altered(self, content: bytes, other: bytes) -> Webhook | None:
        _, _, signature = signed(content, TOKEN).partition(".")
        text, _, _ = signed(other, TOKEN).partition(".")
        return a_webhook(path=(f"{text}.{signature}",))

    def forgeries(self) -> Mapping[str, Webhook]:
        whole = signed(self.sample, TOKEN)
        text, _, signature = whole.partition(".")
        return {
            "no link": a_webhook(),
            "empty": a_webhook(path=("",)),
            "the token itself": a_webhook(path=(TOKEN,)),
            "no signature": a_webhook(path=(text,)),
            "empty signature": a_webhook(path=(f"{text}.",)),
            "another token": link(self.sample, OTHER),
            "cut": a_webhook(path=(whole[:-2],)),
            "other content": a_webhook(path=(f"{signed(b'{}', TOKEN).partition('.')[0]}.{signature}",)),
            "no base64": a_webhook(path=("ё\ud83d.x",)),
            "read, not clicked": replace(a_webhook(path=("x.y",)), method="GET"),
        }

    def unknown_event(self) -> Webhook:
        return link(content(kind="something else"))


def door() -> Door:
    return Door("acknowledge", {"token": TOKEN, "url": URL})


def opened(said: bytes, **changes: Any) -> Webhook:
    return replace(link(said), method="GET", **changes)


def test_a_preview_acknowledges_nothing() -> None:
    shop = door()
    reply = shop.receive(*[opened(content()) for _ in range(5)])
    assert reply == question("endpoint:Модуль", "Иван Петров")
    assert '<form method="post">' in reply.body
    assert shop.queue == []


def test_one_click_acknowledges_and_a_second_one_changes_nothing() -> None:
    shop = door()
    assert shop.receive(link(content()), link(content())) == thanks()
    first, again = shop.queue
    assert first.deduplication_id == again.deduplication_id


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_an_old_link_says_so_and_does_nothing(method: str) -> None:
    shop = door()
    late = replace(link(content(expires_at=NOON.isoformat())), method=method)
    assert shop.receive(late) == expired()
    assert shop.queue == []


def test_whatever_stands_in_a_name_is_shown_as_text() -> None:
    hostile = content(incident='<script>alert(1)</script>"', person="</p><img src=x>")
    page = door().receive(opened(hostile)).body
    assert "<script>" not in page
    assert "<img" not in page
    assert "&lt;script&gt;" in page


@pytest.mark.parametrize("page", [question("x", "y"), thanks(), expired()])
def test_a_page_loads_nothing_from_elsewhere(page: Any) -> None:
    assert page.content_type == "text/html; charset=utf-8"
    assert "://" not in page.body
    assert not any(word in page.body for word in ("src=", "href=", "<script", "@import"))
    assert "default-src 'none'" in page.body


def test_a_short_token_is_refused() -> None:
    with pytest.raises(ValidationError, match="openssl"):
        Settings.model_validate({"provider": "acknowledge", "token": "short", "url": URL})
