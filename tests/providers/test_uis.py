"""UIS, CoMagic, Novofon 2.0: the contract suite, and the surprises of templates that shops fill in."""

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.errors import Unreadable
from chalicelib.events import AnyEvent, Attribution, CallAnswered, CallMissed, CallRecorded, CallTracked
from chalicelib.gate.gate import Gate
from chalicelib.gate.provider import Source
from chalicelib.gate.webhook import Webhook
from chalicelib.providers import uis
from chalicelib.providers.reading import Reading
from chalicelib.providers.uis.gate import IGNORED
from tests.telephony_days import HIDDEN, Sent, TelephonyDay
from tests.world import World, example_shop

from .contract import NOON, Door, ProviderContract, a_webhook

FOLDER = Path(__file__).parent / "uis"
LOST = (FOLDER / "lost.json").read_bytes()
FINISHED = (FOLDER / "finished.json").read_bytes()
RECORDED = (FOLDER / "recorded.json").read_bytes()
TOKEN = "uis-demo-token-1"

# The samples are a year old when they arrive, so their own times count: those of the contract's zone, Tomsk.
LOST_AT = datetime(2025, 11, 3, 5, 15, 42, tzinfo=UTC)
FINISHED_AT = datetime(2025, 11, 3, 5, 20, 10, tzinfo=UTC)
MISSED = CallMissed(call_id="987654321012", phone="+79161234567", line="74950000001", called_at=LOST_AT)
ANSWERED = CallAnswered(
    call_id="987654321013",
    phone="+79161234567",
    line="74950000001",
    direction="inbound",
    called_at=FINISHED_AT - timedelta(seconds=95),
    talked=timedelta(seconds=95),
    employee="Анна Смирнова",
)
LINK = "https://media.uiscom.ru/987654321013/abc"
VISIT: Mapping[str, object] = {
    "utm_source": "yandex",
    "utm_medium": "cpc",
    "utm_campaign": "kuhni",
    "utm_term": "стол",
    "utm_content": "banner",
    "search_query": "купить стол",
    "entrance_page": "https://shop.example/stol?utm_source=yandex",
    "referrer": "https://yandex.ru/",
    "visitor_id": 4711,
    "ym_client_id": "1700000000123456789",
    "ua_client_id": None,
    "yclid": "998877",
}
TRACKED = CallTracked(
    call_id=MISSED.call_id,
    phone=MISSED.phone,
    attribution=Attribution(
        source="yandex", medium="cpc", campaign="kuhni", keyword="купить стол", content="banner"
    ),
    landing_page="https://shop.example/stol?utm_source=yandex",
    referrer="https://yandex.ru/",
    visitor_ids=(("uis", "4711"), ("yandex", "1700000000123456789"), ("yclid", "998877")),
    called_at=LOST_AT,
)


def changed(content: bytes, **changes: object) -> bytes:
    """The notification with other fields; ``...`` takes one out."""
    fields: dict[str, Any] = {**json.loads(content), **changes}
    return json.dumps({name: value for name, value in fields.items() if value is not ...}).encode()


def received(*contents: bytes) -> Door:
    door = Door("uis", {"token": TOKEN})
    for content in contents:
        assert door.receive(a_webhook(content, path=(TOKEN,))).status == 200
    return door


def reading(content: bytes) -> Reading:
    return received(content).reading()


class TestContract(ProviderContract):
    provider = "uis"
    secrets: ClassVar[Mapping[str, str]] = {"token": TOKEN}
    next_secrets: ClassVar[Mapping[str, str]] = {"token": "uis-demo-token-2"}
    sample = LOST
    same_event = json.dumps(dict(reversed(json.loads(LOST).items())), indent=1).encode()
    other_event = changed(LOST, call_session_id=987654321099)
    events: ClassVar[tuple[AnyEvent, ...]] = (MISSED,)
    samples = (
        FINISHED,
        RECORDED,
        changed(LOST, **VISIT),
        changed(FINISHED, direction="out", talk_time_duration=None),
        changed(FINISHED, call_info={"talk_time_duration": "0"}, talk_time_duration=...),
    )
    broken = LOST[:-20]
    wrong_encoding: ClassVar[Mapping[str, bytes]] = {
        "cp1251": LOST.decode().encode("cp1251"),
        "no UTF-8": LOST.replace(b"7495", b"\xff\xfe"),
    }
    wrong_type_is_read = True
    field_names = (
        *json.loads(LOST),
        *json.loads(FINISHED),
        *VISIT,
        *("file_link", "contact_info", "employee_info", "call_info", "call_record_file_info"),
    )

    def proven(self, content: bytes, secrets: Mapping[str, str]) -> Webhook:
        return a_webhook(content, path=(secrets["token"],), content_type="application/json")

    def may_be_forgotten(self, webhook: Webhook) -> bool:
        try:
            event = json.loads(webhook.body.decode("utf-8-sig")).get("event")
        except (ValueError, AttributeError, RecursionError):
            return False
        return event in IGNORED if isinstance(event, str) else False

    def unknown_event(self) -> Webhook:
        """Each word is one of ours; this one stands for what tells no outcome."""
        return self.authentic(changed(LOST, event="incoming"))

    def forgeries(self) -> Mapping[str, Webhook]:
        authentic = self.authentic(LOST)
        in_body = changed(LOST, token=TOKEN, key=TOKEN)
        return {
            "wrong": replace(authentic, path=("guessed",)),
            "wrong in query": replace(authentic, path=(), query={"token": "guessed"}),
            "missing": replace(authentic, path=()),
            "empty": replace(authentic, path=("",)),
            "empty in query": replace(authentic, path=(), query={"token": ""}),
            "cut off": replace(authentic, path=(TOKEN[:-1],)),
            "not ASCII": replace(authentic, path=("токен\ud800",)),
            "in the body": replace(authentic, path=(), body=in_body),
        }


class TestDoor:
    @given(guess=st.text(max_size=40).filter(lambda text: text != TOKEN), by_get=st.booleans())
    def test_any_other_token_is_refused(self, guess: str, *, by_get: bool) -> None:
        door = Door("uis", {"token": TOKEN})
        webhook = replace(a_webhook(LOST, path=(guess,)), method="GET" if by_get else "POST")
        assert door.receive(webhook).status in {401, 403}
        assert not door.queue

    def test_the_fields_may_come_in_the_query_of_a_get(self) -> None:
        door = Door("uis", {"token": TOKEN})
        fields = {name: str(value) for name, value in json.loads(LOST).items()}
        query = {**fields, "token": TOKEN, "direction": "null", "employee_ids": "null"}
        door.receive(replace(a_webhook(query=query), method="GET"))
        assert TOKEN not in door.queue[0].to_json()
        assert door.reading() == Reading((MISSED,))

    def test_lost_and_finished_tell_of_the_same_call(self) -> None:
        finished = changed(LOST, event="finished", direction="in", talk_time_duration=0)
        door = received(LOST, finished)
        assert [door.read(envelope) for envelope in door.queue] == [Reading((MISSED,))] * 2

    def test_outcome_and_recording_are_events_of_their_own(self) -> None:
        lost = changed(LOST, call_session_id=987654321013)
        other = changed(RECORDED, file_link="https://media.uiscom.ru/987654321013/def")
        door = received(FINISHED, RECORDED, other, lost)
        assert len({envelope.id for envelope in door.queue}) == 4
        assert len({envelope.group for envelope in door.queue}) == 1

    @pytest.mark.parametrize("event", sorted(IGNORED))
    def test_what_tells_no_outcome_is_forgotten(self, event: str) -> None:
        assert not received(changed(LOST, event=event)).queue


class TestMissed:
    def test_a_lost_call(self) -> None:
        assert reading(LOST) == Reading((MISSED,))

    @pytest.mark.parametrize("talked", [0, "0", None, ""])
    def test_a_finished_call_without_talk(self, talked: object) -> None:
        content = changed(FINISHED, talk_time_duration=talked, call_session_id="987654321012")
        assert reading(content) == Reading((MISSED.model_copy(update={"called_at": FINISHED_AT}),))

    @pytest.mark.parametrize(
        ("told", "called_at"),
        [
            ("2026-11-20 18:58:30", NOON - timedelta(seconds=90)),
            ("2026-11-20T11:30:00+00:00", NOON - timedelta(minutes=30)),
            ("soon", NOON),
            ("0001-01-01 00:00:00", NOON),
            (1762161342, NOON),
            (None, NOON),
            (..., NOON),
        ],
    )
    def test_the_moment_is_when_we_were_told_unless_the_platform_says(
        self, told: object, called_at: datetime
    ) -> None:
        content = changed(LOST, notification_time=told)
        assert reading(content) == Reading((MISSED.model_copy(update={"called_at": called_at}),))

    def test_values_may_be_null_and_texts_may_be_numbers(self) -> None:
        content = changed(LOST, direction=None, contact_phone_number=79161234567, is_internal=None)
        assert reading(content) == Reading((MISSED,))

    @pytest.mark.parametrize("phone", [None, "", ..., "anonymous", "+7378742833"])
    def test_a_hidden_caller_has_no_phone(self, phone: object) -> None:
        content = changed(LOST, contact_phone_number=phone)
        assert reading(content) == Reading((MISSED.model_copy(update={"phone": None}),))

    def test_a_template_that_does_not_ask_for_the_talk_proves_nothing(self) -> None:
        with pytest.raises(Unreadable, match="talk_time_duration"):
            reading(changed(FINISHED, talk_time_duration=...))


class TestAnswered:
    def test_inbound(self) -> None:
        assert reading(FINISHED) == Reading((ANSWERED,))

    def test_outbound(self) -> None:
        outbound = ANSWERED.model_copy(update={"direction": "outbound"})
        assert reading(changed(FINISHED, direction="out")) == Reading((outbound,))

    def test_an_employee_without_a_name(self) -> None:
        (event,) = reading(changed(FINISHED, employee_full_name=None)).events
        assert event == ANSWERED.model_copy(update={"employee": "1001"})

    def test_the_default_template_of_novofon_is_nested(self) -> None:
        flat = json.loads(FINISHED)
        call = {"talk_time_duration": 95, "call_session_id": flat.pop("call_session_id")}
        flat.pop("talk_time_duration")
        nested = {
            **flat,
            "contact_info": {"contact_phone_number": flat.pop("contact_phone_number")},
            "employee_info": {"employee_full_name": flat.pop("employee_full_name")},
            "call_info": call,
            "call_record_file_info": None,
        }
        for name in ("contact_phone_number", "employee_full_name"):
            nested.pop(name)
        assert reading(json.dumps(nested).encode()) == Reading((ANSWERED,))


class TestRecorded:
    @pytest.mark.parametrize("link", [LINK, [LINK], json.dumps([LINK]), [LINK, LINK, None]])
    def test_links_come_in_many_shapes(self, link: object) -> None:
        recorded = CallRecorded(call_id="987654321013", recording_url=LINK)
        assert reading(changed(RECORDED, file_link=link)) == Reading((recorded,))

    def test_a_call_may_have_several_files(self) -> None:
        events = reading(changed(RECORDED, file_link=[LINK, LINK + "2"])).events
        assert [event.recording_url for event in events if isinstance(event, CallRecorded)] == [
            LINK,
            LINK + "2",
        ]

    @pytest.mark.parametrize(
        "link", [None, "", ..., [], "[", "[1", "javascript:alert(1)", "https://", "https://a b"]
    )
    def test_without_a_link_there_is_nothing_to_hear(self, link: object) -> None:
        assert reading(changed(RECORDED, file_link=link)) == Reading(note="no-recording")


class TestTracked:
    def test_one_notification_may_tell_two_things(self) -> None:
        assert reading(changed(LOST, **VISIT)) == Reading((TRACKED, MISSED))

    def test_so_may_an_answered_call(self) -> None:
        visit = TRACKED.model_copy(update={"call_id": ANSWERED.call_id, "called_at": ANSWERED.called_at})
        assert reading(changed(FINISHED, **VISIT)) == Reading((visit, ANSWERED))

    def test_without_a_search_query_the_keyword_is_the_bought_one(self) -> None:
        visit, _ = reading(changed(LOST, **{**VISIT, "search_query": "(not set)"})).events
        assert isinstance(visit, CallTracked)
        assert visit.attribution.keyword == "стол"

    @pytest.mark.parametrize("unfilled", ["{keyword}", "{{utm_term}}", "(not set)", "<не указано>", "", None])
    def test_what_nobody_filled_in_is_no_keyword(self, unfilled: object) -> None:
        assert reading(changed(LOST, utm_term=unfilled, search_query=unfilled)) == Reading((MISSED,))


@pytest.mark.parametrize(
    ("note", "content"),
    [
        ("outbound-unanswered", changed(FINISHED, direction="out", talk_time_duration=0)),
        ("internal-call", changed(FINISHED, is_internal=True)),
        ("internal-call", changed(FINISHED, is_internal="true", talk_time_duration=None)),
        ("internal-call", changed(LOST, contact_phone_number="101")),
    ],
)
def test_what_is_nobodys_missed_call(note: str, content: bytes) -> None:
    assert reading(content) == Reading(note=note)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[]",
        b"null",
        changed(LOST, event=...),
        changed(LOST, event="call_lost"),
        changed(LOST, event=["lost"]),
        changed(LOST, call_session_id=None),
        changed(FINISHED, direction=None),
        changed(FINISHED, direction="inbound"),
        changed(FINISHED, talk_time_duration="soon"),
        changed(FINISHED, talk_time_duration=-1),
        changed(FINISHED, talk_time_duration=10**12),
    ],
)
def test_what_does_not_say_what_it_is_goes_to_quarantine(content: bytes) -> None:
    with pytest.raises(Unreadable, match="unexpected-content"):
        reading(content)


class TestPublishedTemplates:
    """What the page tells a shop to paste, as the platform fills it in."""

    PAGE = (Path(uis.__file__).parent / "README.md").read_text()
    TEMPLATES = re.findall(r"```json\n *(\{.*\})\n", PAGE)

    @staticmethod
    def filled(template: str, values: Mapping[str, object]) -> bytes:
        return re.sub(r"\{\{(\w+)\}\}", lambda found: json.dumps(values.get(found[1])), template).encode()

    def test_they_are_read(self) -> None:
        lost, finished, recorded = self.TEMPLATES
        assert reading(self.filled(lost, json.loads(LOST))) == Reading((MISSED,))
        assert reading(self.filled(finished, json.loads(FINISHED))) == Reading((ANSWERED,))
        assert reading(self.filled(recorded, json.loads(RECORDED))).events == (
            CallRecorded(call_id="987654321013", recording_url=LINK),
        )

    def test_the_lines_for_attribution_fit_into_them(self) -> None:
        (lines,) = re.findall(r'```json\n *("utm_source".*)\n', self.PAGE)
        lost = self.TEMPLATES[0].removesuffix("}") + ", " + lines + "}"
        assert reading(self.filled(lost, {**json.loads(LOST), **VISIT})) == Reading((TRACKED, MISSED))


def test_the_order_knows_from_the_beginning_what_its_client_searched_for(tmp_path: Path) -> None:
    settings = {"provider": "uis", "token": TOKEN}
    world = World(tmp_path, example_shop(sources={"uis": settings}))
    gate = Gate({"uis": Source("uis", "uis", settings)}, world.engine.work.put)
    webhook = replace(a_webhook(changed(LOST, **VISIT), path=(TOKEN,)), source="uis", received_at=world.now)
    gate.receive(webhook)
    world.work_for(minutes=1)
    (order,) = world.orders
    assert order["source"]["keyword"] == "купить стол"
    assert "купить стол" in order["managerComment"]
    world.close()


class TestDay(TelephonyDay):
    """A day in Moscow's time, as the cabinet writes it. Each outcome is told as our page says, some twice."""

    source = "uis"
    settings: ClassVar[Mapping[str, Any]] = {"provider": "uis", "token": TOKEN, "timezone": "Europe/Moscow"}
    known_clients = ("+79160000002", "+79160000003")
    orders = ("+79160000001", "+79160000004")
    call_backs = (HIDDEN, "+79160000003", "+79160000004")

    def day(self) -> list[Sent]:
        return [
            self._lost(0, 101, "79160000001", **VISIT),
            self._finished(0, 101, "79160000001", talked=None, **VISIT),
            self._finished(1, 102, "79160000002", talked=0),
            self._lost(1, 102, "79160000002"),
            self._lost(2, 103, "79160000003"),
            self._finished(4, 104, "79160000003", talked=None),
            self._lost(6, 105, None),
            self._finished(6, 105, None, talked=None),
            self._sent(8, LOST, event="incoming", call_session_id=106),
            self._lost(8, 106, "79160000004", employee_ids=[]),
            self._lost(9, 107, "79160000004"),
            self._finished(11, 108, "79160000005", talked=40),
            self._sent(12, RECORDED, call_session_id=108, contact_phone_number="79160000005"),
            self._sent(13, LOST, event="talk-finished", call_session_id=109, leg_id=2),
            self._finished(14, 109, "79160000005", talked=90, employee_full_name="Иван Петров"),
            self._finished(15, 110, "79160000006", talked=0, direction="out"),
            self._finished(16, 111, "102", talked=30, is_internal=True),
            self._finished(21, 112, "79160000002", talked=60, direction="out"),
            self._finished(24, 113, "79160000001", talked=60, direction="out"),
        ]

    def _lost(self, minute: int, call: int, phone: str | None, **changes: object) -> Sent:
        return self._sent(minute, LOST, call_session_id=call, contact_phone_number=phone, **changes)

    def _finished(
        self, minute: int, call: int, phone: str | None, *, talked: int | None, **changes: object
    ) -> Sent:
        fields = {"call_session_id": call, "contact_phone_number": phone, "talk_time_duration": talked}
        return self._sent(minute, FINISHED, **{**fields, **changes})

    def _sent(self, minute: int, content: bytes, **changes: object) -> Sent:
        after = timedelta(minutes=minute)
        local = (self.begins + after).astimezone(ZoneInfo("Europe/Moscow"))
        body = changed(content, notification_time=f"{local:%Y-%m-%d %H:%M:%S}", **changes)
        return Sent(after, replace(a_webhook(body, path=(TOKEN,)), source=self.source))
