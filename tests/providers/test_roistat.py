"""Roistat: the contract suite, and the surprises of its two requests."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.errors import Unreadable
from chalicelib.events import AnyEvent, Attribution, CallAnswered, CallMissed, CallTracked
from chalicelib.gate.webhook import Webhook
from chalicelib.providers.reading import Reading
from tests.telephony_days import HIDDEN, Sent, TelephonyDay
from tests.world import MORNING

from .contract import SURROGATES_TOO, Door, ProviderContract, a_webhook

JSON = "application/json"
TOKEN = "roistat-demo-token-1"
SECRETS = {"token": TOKEN}

RINGING: Mapping[str, Any] = {
    "id": "4471",
    "caller": "79161234567",
    "callee": "74950000001",
    "visit_id": "885522",
    "marker": "direct_kuhni",
    "order_id": None,
    "date": "2025-11-03 12:15:00",
    "google_client_id": None,
    "custom_fields": [],
    "landing_page": "shop.example/stol",
    "domain": "shop.example",
    "city": "Москва",
    "country": "Россия",
    "ip": "192.0.2.10",
    "first_visit": "885000",
    "referrer": "yandex.ru",
    "utm_source": "yandex",
    "utm_medium": "cpc",
    "utm_campaign": "kuhni",
    "utm_term": "купить стол",
    "utm_content": None,
    "roistat_param_1": None,
    "source_level_1": "direct",
    "source_level_2": "kuhni",
}
ENDED: Mapping[str, Any] = {"status": "NOANSWER", "duration": 37}
CALLED_AT = datetime(2025, 11, 3, 5, 15, tzinfo=UTC)
"""12:15 in Tomsk, which is the zone of the tests."""

TRACKED = CallTracked(
    call_id="4471",
    phone="+79161234567",
    attribution=Attribution(source="yandex", medium="cpc", campaign="kuhni", keyword="купить стол"),
    landing_page="shop.example/stol",
    referrer="yandex.ru",
    visitor_ids=(("roistat", "885522"),),
    called_at=CALLED_AT,
)
MISSED = CallMissed(call_id="4471", phone="+79161234567", line="74950000001", called_at=CALLED_AT)


def call(**changes: object) -> bytes:
    """The first request with other fields; ``...`` takes one out."""
    fields = {**RINGING, **changes}
    return json.dumps({name: value for name, value in fields.items() if value is not ...}).encode()


def posted(content: bytes) -> Webhook:
    return a_webhook(content, path=(TOKEN,), content_type=JSON)


def received(*contents: bytes, **settings: object) -> Door:
    door = Door("roistat", {**SECRETS, **settings})
    assert door.receive(*map(posted, contents)).status == 200
    return door


def reading(content: bytes, **settings: object) -> Reading:
    return received(content, **settings).reading()


def tracked(**changes: object) -> CallTracked:
    (event,) = reading(call(**changes)).events
    assert isinstance(event, CallTracked)
    return event


class TestContract(ProviderContract):
    provider = "roistat"
    secrets: ClassVar[Mapping[str, str]] = SECRETS
    next_secrets: ClassVar[Mapping[str, str]] = {"token": "roistat-demo-token-2"}
    sample = call()
    same_event = json.dumps(dict(reversed(list(RINGING.items()))), indent=1).encode()
    other_event = call(id="4472")
    events: ClassVar[tuple[AnyEvent, ...]] = (TRACKED,)
    samples = (
        call(**ENDED, visit=885522, visit_id=..., id=4471),
        call(status="ANSWER", duration="63", file_url="https://x.example/1.mp3"),
    )
    broken = call()[:-20]
    wrong_encoding: ClassVar[Mapping[str, bytes]] = {
        "cp1251": json.dumps(RINGING, ensure_ascii=False).encode("cp1251"),
        "no UTF-8": call().replace(b"kuhni", b"\xff\xfe"),
    }
    wrong_type_is_read = True
    unknown_is_kept = True
    field_names = (*RINGING, *ENDED, "file_url", "link", "visit", "metrika_client_id")

    def proven(self, content: bytes, secrets: Mapping[str, str]) -> Webhook:
        return a_webhook(content, path=(secrets["token"],), content_type=JSON)

    def unknown_event(self) -> Webhook:
        return posted(call(moon_phase="full"))

    def forgeries(self) -> Mapping[str, Webhook]:
        authentic = posted(call())
        return {
            "wrong": replace(authentic, path=("guessed",)),
            "wrong in query": replace(authentic, path=(), query={"token": "guessed"}),
            "missing": replace(authentic, path=()),
            "empty": replace(authentic, path=("",)),
            "empty in query": replace(authentic, path=(), query={"token": ""}),
            "cut off": replace(authentic, path=(TOKEN[:-1],)),
            "not ASCII": replace(authentic, path=("токен\ud800",)),
            "in the body": replace(authentic, path=(), body=json.dumps({"token": TOKEN}).encode()),
        }


@given(
    token=st.text(SURROGATES_TOO, max_size=40) | st.integers(0, len(TOKEN) - 1).map(lambda end: TOKEN[:end]),
    place=st.sampled_from(["path", "query", "both"]),
)
def test_no_token_but_ours_opens(token: str, place: str) -> None:
    path = () if place == "query" else (token,)
    query = {} if place == "path" else {"token": token}
    door = Door("roistat", SECRETS)
    status = door.receive(replace(posted(call()), path=path, query=query)).status
    assert (status == 200) == (token == TOKEN)


@given(at=st.integers(0, len(TOKEN) - 1), letter=st.characters(exclude_categories=["Cs"]))
def test_an_altered_token_is_refused(at: int, letter: str) -> None:
    altered = TOKEN[:at] + letter + TOKEN[at + 1 :]
    status = Door("roistat", SECRETS).receive(replace(posted(call()), path=(altered,))).status
    assert status == (200 if altered == TOKEN else 403)


class TestTracking:
    def test_each_place_has_its_field(self) -> None:
        event = tracked(utm_content="banner", google_client_id="1.2", metrika_client_id=17)
        assert event.attribution.content == "banner"
        assert event.visitor_ids == (("roistat", "885522"), ("yandex", "17"), ("google", "1.2"))

    def test_without_a_source_the_marker_names_it(self) -> None:
        assert tracked(utm_source=None).attribution.source == "direct_kuhni"

    @pytest.mark.parametrize("nothing", [None, "", "(not set)", "{keyword}", ...])
    def test_words_for_nothing(self, nothing: object) -> None:
        assert tracked(utm_term=nothing).attribution.keyword == ""

    def test_nothing_is_known_of_the_visit(self) -> None:
        known = ("visit_id", "marker", "landing_page", "referrer")
        utm = ("utm_source", "utm_medium", "utm_campaign", "utm_term")
        content = call(**dict.fromkeys([*known, *utm]))
        assert reading(content) == Reading(note="nothing-tracked")

    def test_a_hidden_caller_has_no_phone(self) -> None:
        for hidden in (None, "", "anonymous", ...):
            assert tracked(caller=hidden).phone is None

    def test_the_second_request_is_another_webhook_that_says_the_same(self) -> None:
        door = received(call(), call(**ENDED))
        ringing, ended = door.queue
        assert ringing.id != ended.id
        assert ringing.group == ended.group
        assert door.read(ringing) == door.read(ended) == Reading((TRACKED,))

    def test_the_second_request_may_tell_less(self) -> None:
        content = json.dumps(
            {"id": "4471", "caller": "79161234567", "date": "2025-11-03 12:15:00", **ENDED}
        ).encode()
        assert reading(content) == Reading(note="nothing-tracked")


class TestCalls:
    @pytest.mark.parametrize(
        "status",
        ["BUSY", "NOANSWER", "CANCEL", "CONGESTION", "CHANUNAVAIL", "DONTCALL", "TORTURE", "noanswer"],
    )
    def test_missed(self, status: str) -> None:
        assert reading(call(status=status, duration=5), tells_calls=True) == Reading((TRACKED, MISSED))

    @pytest.mark.parametrize("link", ["file_url", "link"])
    def test_answered(self, link: str) -> None:
        content = call(status="ANSWER", duration="63", **{link: "https://x.example/1.mp3"})
        assert reading(content, tells_calls=True).events == (
            TRACKED,
            CallAnswered(
                call_id="4471",
                phone="+79161234567",
                line="74950000001",
                direction="inbound",
                called_at=CALLED_AT,
                talked=timedelta(seconds=63),
                recording_url="https://x.example/1.mp3",
            ),
        )

    @pytest.mark.parametrize("length", ["00:37", -1, 99999999, "inf", "nan"])
    def test_an_absurd_length_is_left_out(self, length: object) -> None:
        assert reading(call(**{**ENDED, "duration": length}), tells_calls=True).events == (TRACKED, MISSED)

    def test_what_is_no_address_is_no_recording(self) -> None:
        *_, event = reading(call(status="ANSWER", file_url="javascript:alert(1)"), tells_calls=True).events
        assert isinstance(event, CallAnswered)
        assert event.recording_url == ""

    def test_the_first_request_tells_the_visit(self) -> None:
        assert reading(call(), tells_calls=True) == Reading((TRACKED,))


@pytest.mark.parametrize(
    "content",
    [
        b"[]",
        b"null",
        call(id=...),
        call(id=""),
        call(date=...),
        call(date="noon"),
        call(date="1970-01-01 00:00:00"),
        call(caller=["79161234567"]),
    ],
)
def test_unexpected_content_goes_to_quarantine(content: bytes) -> None:
    with pytest.raises(Unreadable, match="unexpected-content"):
        reading(content)


class TestDay(TelephonyDay):
    """Roistat as the only telephony: both requests of each call."""

    source = "calls"
    settings: ClassVar[Mapping[str, Any]] = {"provider": "roistat", **SECRETS, "tells_calls": True}
    known_clients = ("+79165550002",)
    orders = ("+79165550001", "+79165550005")
    call_backs = ("+79165550002", HIDDEN)

    def day(self) -> Sequence[Sent]:
        return [
            *self._call(0, "1", "79165550001", "NOANSWER"),
            *self._call(5, "2", "79165550002", "BUSY"),
            *self._call(10, "3", "79165550003", "ANSWER"),
            *self._call(15, "4", None, "CANCEL"),
            *self._call(20, "5", "89165550005", "TORTURE"),
        ]

    def _call(self, minute: int, call_id: str, caller: str | None, status: str) -> list[Sent]:
        local = MORNING + timedelta(minutes=minute, hours=7)
        told = {"id": call_id, "caller": caller, "date": f"{local:%Y-%m-%d %H:%M:%S}"}
        return [
            Sent(timedelta(minutes=minute, seconds=1), self._webhook(told)),
            Sent(timedelta(minutes=minute + 1), self._webhook({**told, "status": status, "duration": 37})),
        ]

    def _webhook(self, told: Mapping[str, object]) -> Webhook:
        return replace(posted(call(**told)), source=self.source)
