"""Calltouch: the contract suite, and the surprises of its webhooks."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.errors import Unreadable
from chalicelib.events import AnyEvent, Attribution, CallAnswered, CallMissed, CallTracked
from chalicelib.gate.form import MAX_FIELDS
from chalicelib.gate.webhook import Webhook
from chalicelib.providers.reading import Reading
from tests.telephony_days import HIDDEN, Sent, TelephonyDay
from tests.world import MORNING

from .contract import SURROGATES_TOO, Door, ProviderContract, a_webhook

FORM = "application/x-www-form-urlencoded"
TOKEN = "calltouch-demo-token-1"
SECRETS = {"token": TOKEN}

CALL: Mapping[str, str] = {
    "id": "551234567",
    "callerphone": "79161234567",
    "phonenumber": "74950000001",
    "calltime": "2025-11-03 12:15:00",
    "duration": "0",
    "status": "unsuccessful",
    "unique": "true",
    "source": "yandex",
    "medium": "cpc",
    "utm_source": "yandex",
    "utm_campaign": "kuhni",
    "keyword": "купить стол",
}
CALLED_AT = datetime(2025, 11, 3, 5, 15, tzinfo=UTC)
"""12:15 in Tomsk, which is the zone of the tests."""

TRACKED = CallTracked(
    call_id="551234567",
    phone="+79161234567",
    attribution=Attribution(source="yandex", medium="cpc", campaign="kuhni", keyword="купить стол"),
    called_at=CALLED_AT,
)
MISSED = CallMissed(call_id="551234567", phone="+79161234567", line="74950000001", called_at=CALLED_AT)


def fields(**changes: object) -> dict[str, object]:
    """The call's fields with others; ``...`` takes one out."""
    return {name: value for name, value in {**CALL, **changes}.items() if value is not ...}


def form(**changes: object) -> bytes:
    return urlencode(fields(**changes)).encode()


def posted(content: bytes) -> Webhook:
    return a_webhook(content, path=(TOKEN,), content_type=FORM)


def received(webhook: Webhook, **settings: object) -> Door:
    door = Door("calltouch", {**SECRETS, **settings})
    assert door.receive(webhook).status == 200
    return door


def reading(content: bytes, **settings: object) -> Reading:
    return received(posted(content), **settings).reading()


def tracked(**changes: object) -> CallTracked:
    (event,) = reading(form(**changes)).events
    assert isinstance(event, CallTracked)
    return event


class TestContract(ProviderContract):
    provider = "calltouch"
    secrets: ClassVar[Mapping[str, str]] = SECRETS
    next_secrets: ClassVar[Mapping[str, str]] = {"token": "calltouch-demo-token-2"}
    sample = form()
    same_event = urlencode(dict(reversed(list(CALL.items())))).replace("+", "%20").encode()
    other_event = form(id="551234568")
    events: ClassVar[tuple[AnyEvent, ...]] = (TRACKED,)
    samples = (
        json.dumps(fields(status="successful", duration=63, recordlink="https://x.example/1.mp3")).encode(),
        form(status=..., duration=..., url="https://shop.example/stol", sessionId="1", yaClientId="17"),
    )
    broken = json.dumps(CALL).encode()[:-20]
    wrong_encoding: ClassVar[Mapping[str, bytes]] = {
        "cp1251": urlencode(CALL, encoding="cp1251").encode(),
        "no UTF-8": form().replace(b"kuhni", b"%FF%FE"),
        "JSON in cp1251": json.dumps(CALL, ensure_ascii=False).encode("cp1251"),
    }
    wrong_type_is_read = True
    unknown_is_kept = True
    field_names = (*CALL, "leadtype", "callbackCall", "recordlink", "utm_term", "url", "ref", "sessionId")

    def proven(self, content: bytes, secrets: Mapping[str, str]) -> Webhook:
        return a_webhook(content, path=(secrets["token"],), content_type=FORM)

    def may_be_forgotten(self, webhook: Webhook) -> bool:
        return not webhook.body and not webhook.query

    def unknown_event(self) -> Webhook:
        return posted(form(moon_phase="full"))

    def forgeries(self) -> Mapping[str, Webhook]:
        authentic = posted(form())
        return {
            "wrong": replace(authentic, path=("guessed",)),
            "wrong in query": replace(authentic, path=(), query={"token": "guessed"}),
            "missing": replace(authentic, path=()),
            "empty": replace(authentic, path=("",)),
            "cut off": replace(authentic, path=(TOKEN[:-1],)),
            "not ASCII": replace(authentic, path=("токен\ud800",)),
            "in the body": replace(authentic, path=(), body=urlencode({"token": TOKEN}).encode()),
            "by GET": replace(authentic, method="GET", path=(), query=CALL, body=b""),
        }


@given(
    token=st.text(SURROGATES_TOO, max_size=40) | st.integers(0, len(TOKEN) - 1).map(lambda end: TOKEN[:end]),
    place=st.sampled_from(["path", "query", "both"]),
)
def test_no_token_but_ours_opens(token: str, place: str) -> None:
    webhook = posted(form())
    path = () if place == "query" else (token,)
    query = {} if place == "path" else {"token": token}
    door = Door("calltouch", SECRETS)
    assert (door.receive(replace(webhook, path=path, query=query)).status == 200) == (token == TOKEN)


@given(at=st.integers(0, len(TOKEN) - 1), letter=st.characters(exclude_categories=["Cs"]))
def test_an_altered_token_is_refused(at: int, letter: str) -> None:
    altered = TOKEN[:at] + letter + TOKEN[at + 1 :]
    door = Door("calltouch", SECRETS)
    status = door.receive(replace(posted(form()), path=(altered,))).status
    assert status == (200 if altered == TOKEN else 403)


class TestWhereItStands:
    def test_in_the_query_of_a_get(self) -> None:
        webhook = replace(a_webhook(path=(TOKEN,), query=dict(CALL)), method="GET")
        door = received(webhook)
        assert door.reading() == Reading((TRACKED,))
        assert TOKEN not in door.queue[0].to_json()

    def test_the_token_may_stand_in_the_query(self) -> None:
        webhook = replace(a_webhook(query={**CALL, "token": TOKEN}), method="GET")
        door = received(webhook)
        assert door.reading() == Reading((TRACKED,))
        assert TOKEN not in door.queue[0].to_json()

    def test_in_json(self) -> None:
        assert reading(json.dumps(CALL).encode()) == Reading((TRACKED,))

    def test_names_in_any_case(self) -> None:
        content = urlencode({name.upper(): value for name, value in CALL.items()}).encode()
        door = received(posted(content))
        door.receive(posted(form()))
        first, again = door.queue
        assert first.id == again.id
        assert door.read(first) == Reading((TRACKED,))

    def test_who_opens_the_url_is_no_call(self) -> None:
        assert not received(replace(a_webhook(path=(TOKEN,)), method="GET")).queue


class TestTracking:
    def test_what_no_call_is_needed_for(self) -> None:
        event = tracked(
            status=...,
            source=...,
            medium=...,
            keyword=...,
            utm_medium="cpc",
            utm_term="стол",
            utm_content="banner",
            url="https://shop.example/stol",
            ref="https://ya.ru/",
            sessionId=15,
            yaClientId="1700000000123456789",
            clientId="1.2",
        )
        assert event.attribution == Attribution(
            source="yandex", medium="cpc", campaign="kuhni", keyword="стол", content="banner"
        )
        assert (event.landing_page, event.referrer) == ("https://shop.example/stol", "https://ya.ru/")
        assert event.visitor_ids == (
            ("calltouch", "15"),
            ("yandex", "1700000000123456789"),
            ("google", "1.2"),
        )

    @pytest.mark.parametrize(
        "nothing", ["<не указано>", "<не заполнено>", "(not set)", "(none)", "offline", "{keyword}", "", ...]
    )
    def test_words_for_nothing(self, nothing: object) -> None:
        assert tracked(keyword=nothing).attribution.keyword == ""
        assert tracked(utm_source=nothing).attribution.source == "yandex"

    def test_nothing_is_known_of_the_visit(self) -> None:
        content = form(source=..., medium=..., utm_source="(none)", utm_campaign=..., keyword=...)
        assert reading(content) == Reading(note="nothing-tracked")

    def test_a_hidden_caller_has_no_phone(self) -> None:
        assert tracked(callerphone=...).phone is None
        assert tracked(callerphone="anonymous").phone is None

    def test_begin_and_end_are_two_webhooks_that_say_the_same(self) -> None:
        door = received(posted(form(status=..., duration=...)))
        door.receive(posted(form()))
        begin, end = door.queue
        assert begin.id != end.id
        assert begin.group == end.group
        assert door.read(begin) == door.read(end) == Reading((TRACKED,))

    def test_a_long_keyword_is_cut(self) -> None:
        assert len(tracked(keyword="ы" * 9000).attribution.keyword) == 2000

    def test_the_zone_is_the_sources(self) -> None:
        assert tracked().called_at == CALLED_AT


class TestCalls:
    @pytest.mark.parametrize("status", ["unsuccessful", "missed", "false", "НЕУСПЕШНЫЙ"])
    def test_missed(self, status: str) -> None:
        assert reading(form(status=status), tells_calls=True) == Reading((TRACKED, MISSED))

    @pytest.mark.parametrize("status", ["successful", "Successful", "true"])
    def test_answered(self, status: str) -> None:
        content = form(
            status=status, duration="63", operatorphone="74950000002", recordlink="https://x.example/1.mp3"
        )
        assert reading(content, tells_calls=True).events == (
            TRACKED,
            CallAnswered(
                call_id="551234567",
                phone="+79161234567",
                line="74950000001",
                direction="inbound",
                called_at=CALLED_AT,
                talked=timedelta(seconds=63),
                employee="74950000002",
                recording_url="https://x.example/1.mp3",
            ),
        )

    def test_without_a_visit_the_outcome_stands_alone(self) -> None:
        content = form(source=..., medium=..., utm_source=..., utm_campaign=..., keyword=...)
        assert reading(content, tells_calls=True) == Reading((MISSED,))

    @pytest.mark.parametrize("link", ["yes", "javascript:alert(1)", "1"])
    def test_what_is_no_address_is_no_recording(self, link: str) -> None:
        *_, event = reading(form(status="successful", recordlink=link), tells_calls=True).events
        assert isinstance(event, CallAnswered)
        assert event.recording_url == ""

    def test_the_length_says_nothing(self) -> None:
        for duration in ("37", "00:37", "-1"):
            assert reading(form(duration=duration), tells_calls=True) == Reading((TRACKED, MISSED))

    def test_the_begin_of_a_call_tells_the_visit(self) -> None:
        assert reading(form(status=...), tells_calls=True) == Reading((TRACKED,))

    @pytest.mark.parametrize("truth", ["true", True, "1"])
    def test_a_call_that_the_widget_made_is_nobodys_missed_call(self, truth: object) -> None:
        content = json.dumps(fields(callbackCall=truth)).encode()
        assert reading(content, tells_calls=True) == Reading(note="callback-ordered")

    def test_a_form_is_no_call(self) -> None:
        assert reading(form(leadtype="request")) == Reading(note="no-call")


class TestUnreadable:
    def test_a_test_from_the_cabinet(self) -> None:
        content = urlencode({name: f"{{{name}}}" for name in CALL}).encode()
        assert reading(content) == Reading(note="cabinet-test")
        assert reading(content + b"&shop=1") == Reading(note="cabinet-test")

    @pytest.mark.parametrize(
        "content",
        [
            form(id=...),
            form(id=""),
            form(calltime=...),
            form(calltime="noon"),
            form(calltime="1970-01-01 00:00:00"),
            b"[]",
            b'{"id": ["a"]}',
        ],
    )
    def test_unexpected_content_goes_to_quarantine(self, content: bytes) -> None:
        with pytest.raises(Unreadable, match="unexpected-content"):
            reading(content)

    def test_nothing_at_all(self) -> None:
        with pytest.raises(Unreadable, match="empty"):
            reading(b"&id=&x=(none)")

    def test_too_many_fields(self) -> None:
        with pytest.raises(Unreadable, match="too-many-fields"):
            reading(b"a=1&" * (MAX_FIELDS + 1))


class TestDay(TelephonyDay):
    """Calltouch as the only telephony: it tells the begin and the end of each call."""

    source = "calls"
    settings: ClassVar[Mapping[str, Any]] = {"provider": "calltouch", **SECRETS, "tells_calls": True}
    known_clients = ("+79165550002",)
    orders = ("+79165550001",)
    call_backs = ("+79165550002", HIDDEN)

    def day(self) -> Sequence[Sent]:
        return [
            *self._call(0, "1", "79165550001"),
            *self._call(5, "2", "79165550002", duration="40"),
            *self._call(10, "3", "79165550003", status="successful", duration="63"),
            *self._call(15, "4", ""),
            *self._call(20, "5", "79165550004", callbackcall="true"),
            *self._call(25, "6", "79165550005", leadtype="request"),
        ]

    def _call(self, minute: int, call_id: str, caller: str, **more: str) -> list[Sent]:
        began = MORNING + timedelta(minutes=minute)
        local = began + timedelta(hours=7)
        told = {
            **CALL,
            "id": call_id,
            "callerphone": caller,
            "calltime": f"{local:%Y-%m-%d %H:%M:%S}",
            **more,
        }
        begin = {name: value for name, value in told.items() if name not in {"status", "duration"}}
        return [
            Sent(timedelta(minutes=minute, seconds=at), self._webhook(one))
            for at, one in ((1, begin), (60, told))
        ]

    def _webhook(self, told: Mapping[str, str]) -> Webhook:
        webhook = a_webhook(urlencode(told).encode(), path=(TOKEN,), content_type=FORM)
        return replace(webhook, source=self.source)
