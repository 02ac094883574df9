"""Sipuni: the contract suite, and the surprises of its events."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import parse_qsl, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.errors import Unreadable
from chalicelib.events import AnyEvent, CallAnswered, CallMissed
from chalicelib.gate.form import Unparsable, form_fields
from chalicelib.gate.provider import Reply
from chalicelib.gate.webhook import Webhook
from chalicelib.providers.reading import Reading
from tests.telephony_days import HIDDEN, Sent, TelephonyDay

from .contract import Door, ProviderContract, a_webhook

MISSED = (Path(__file__).parent / "sipuni" / "missed.txt").read_bytes().strip()
FIELDS = dict(parse_qsl(MISSED.decode(), keep_blank_values=True))
FORM = "application/x-www-form-urlencoded"
TOKEN = "sipuni-demo-token-1"
SUCCESS = Reply(200, '{"success": true}', "application/json; charset=utf-8")
RECORD = "https://sipuni.com/records/1762161300.101.mp3"

CALL = CallMissed(
    call_id="1762161300.101",
    phone="+79161234567",
    called_at=datetime(2025, 11, 3, 9, 15, tzinfo=UTC),
    is_final=False,
)
TALK: Mapping[str, object] = {
    "status": "ANSWER",
    "call_answer_timestamp": 1762161310,
    "timestamp": 1762161430,
    "call_record_link": RECORD,
}
ANSWERED = CallAnswered(
    call_id="1762161300.101",
    phone="+79161234567",
    direction="inbound",
    called_at=datetime(2025, 11, 3, 9, 15, tzinfo=UTC),
    answered_at=datetime(2025, 11, 3, 9, 15, 10, tzinfo=UTC),
    talked=timedelta(minutes=2),
    employee="101",
    recording_url=RECORD,
)
OUTBOUND: Mapping[str, object] = {
    "src_num": "101",
    "src_type": 2,
    "short_src_num": "101",
    "dst_num": "79161234567",
    "dst_type": 1,
    "short_dst_num": "",
}


def call(**changes: object) -> bytes:
    """The missed call with other fields; ``...`` takes one out."""
    fields: dict[str, Any] = {**FIELDS, **changes}
    return urlencode({name: value for name, value in fields.items() if value is not ...}).encode()


def posted(content: bytes) -> Webhook:
    return a_webhook(content, path=(TOKEN,), content_type=FORM)


def received(*webhooks: Webhook) -> Door:
    door = Door("sipuni", {"token": TOKEN})
    for webhook in webhooks:
        assert door.receive(webhook) == SUCCESS
    return door


def reading(**changes: object) -> Reading:
    return received(posted(call(**changes))).reading()


class TestContract(ProviderContract):
    provider = "sipuni"
    secrets: ClassVar[Mapping[str, str]] = {"token": TOKEN}
    next_secrets: ClassVar[Mapping[str, str]] = {"token": "sipuni-demo-token-2"}
    sample = MISSED
    same_event = b"&".join(reversed(MISSED.split(b"&"))) + b"&treeName=%20"
    other_event = call(call_id="1762161300.102")
    samples = (call(**TALK), call(**OUTBOUND, **TALK), call(event=3, status=..., short_dst_num="102"))
    events: ClassVar[tuple[AnyEvent, ...]] = (CALL,)
    broken = MISSED[:60]
    broken_reason = "unexpected-content"
    wrong_encoding: ClassVar[Mapping[str, bytes]] = {
        "cp1251": MISSED + b"&treeName=" + "Схема".encode("cp1251"),
        "no UTF-8": MISSED.replace(b"101", b"%ff%fe"),
    }
    wrong_type_is_read = True
    reply = SUCCESS
    field_names = (*FIELDS, "short_src_num", "treeName", "treeId", "channel")

    def proven(self, content: bytes, secrets: Mapping[str, str]) -> Webhook:
        return a_webhook(content, path=(secrets["token"],), content_type=FORM)

    def may_be_forgotten(self, webhook: Webhook) -> bool:
        """Other events, known or not, and the check on saving."""
        try:
            form = form_fields(webhook.body)
        except Unparsable:
            return False
        event = form.get("event", b"")
        return event not in {b"2", b"3"} if event else not form.get("call_id")

    def unknown_event(self) -> Webhook:
        return posted(call(event=9))

    def forgeries(self) -> Mapping[str, Webhook]:
        authentic = self.authentic(MISSED)
        return {
            "wrong": replace(authentic, path=("guessed",)),
            "wrong in query": replace(authentic, path=(), query={"token": "guessed"}),
            "missing": replace(authentic, path=()),
            "empty": replace(authentic, path=("",)),
            "cut off": replace(authentic, path=(TOKEN[:-1],)),
            "in the form": replace(authentic, path=(), body=MISSED + f"&token={TOKEN}".encode()),
            "a check": a_webhook(),
            "a GET": a_webhook(query=FIELDS),
        }


class TestDoor:
    def test_the_fields_may_stand_in_the_query_of_a_get(self) -> None:
        door = received(replace(a_webhook(path=(TOKEN,), query=FIELDS), method="GET"))
        assert door.reading() == Reading((CALL,))

    def test_get_and_post_are_the_same_event(self) -> None:
        door = received(posted(MISSED), replace(a_webhook(path=(TOKEN,), query=FIELDS), method="GET"))
        first, again = door.queue
        assert (again.id, again.group) == (first.id, first.group)

    @pytest.mark.parametrize("query", [{}, {"test": "1"}])
    def test_the_check_on_saving_is_answered_and_forgotten(self, query: dict[str, str]) -> None:
        for method in ("GET", "POST"):
            assert not received(replace(a_webhook(path=(TOKEN,), query=query), method=method)).queue

    @pytest.mark.parametrize("event", [1, 4, 9, "x"])
    def test_other_events_are_answered_and_forgotten(self, event: object) -> None:
        assert not received(posted(call(event=event))).queue

    @pytest.mark.parametrize("changes", [{"event": ...}, {"event": ""}, {"call_id": ...}, {"call_id": ""}])
    def test_half_a_call_is_kept_for_quarantine(self, changes: dict[str, object]) -> None:
        door = received(posted(call(**changes)))
        with pytest.raises(Unreadable, match="unexpected-content"):
            door.reading()

    def test_answer_end_and_another_phones_end_are_events_of_their_own(self) -> None:
        door = received(
            posted(call(event=3, status=...)),
            posted(call(event=3, status=..., short_dst_num="102")),
            posted(call()),
            posted(call(status="BUSY")),
            posted(call(**TALK)),
        )
        assert len({envelope.id for envelope in door.queue}) == 5
        assert len({envelope.group for envelope in door.queue}) == 1

    def test_calls_of_one_client_stay_in_order_whoever_called(self) -> None:
        door = received(
            posted(call()), posted(call(**OUTBOUND)), posted(call(src_num="anonymous", call_id="2"))
        )
        inbound, outbound, hidden = (envelope.group for envelope in door.queue)
        assert inbound == outbound != hidden


class TestMissed:
    @pytest.mark.parametrize("status", ["NOANSWER", "BUSY", "CANCEL", "CONGESTION", "CHANUNAVAIL", "busy"])
    def test_any_status_but_an_answer(self, status: str) -> None:
        assert reading(status=status) == Reading((CALL,))

    def test_an_unknown_status_is_a_warning_and_a_missed_call(self, caplog: pytest.LogCaptureFixture) -> None:
        assert reading(status="DONTCALL") == Reading((CALL,))
        assert "unknown call status" in caplog.text

    @pytest.mark.parametrize("moment", [0, "", ...])
    def test_no_moment_of_answer(self, moment: object) -> None:
        assert reading(call_answer_timestamp=moment) == Reading((CALL,))

    @pytest.mark.parametrize("caller", ["", "anonymous", "Скрытый", "0", "+7378742833"])
    def test_a_hidden_caller_has_no_phone(self, caller: str) -> None:
        assert reading(src_num=caller) == Reading((CALL.model_copy(update={"phone": None}),))

    def test_our_line_where_sipuni_tells_it(self) -> None:
        (event,) = reading(dst_num="74950000001").events
        assert isinstance(event, CallMissed)
        assert event.line == "74950000001"

    def test_without_a_beginning_the_end_is_the_time(self) -> None:
        (event,) = reading(call_start_timestamp=...).events
        assert isinstance(event, CallMissed)
        assert event.called_at == datetime(2025, 11, 3, 9, 15, 37, tzinfo=UTC)


class TestAnswered:
    def test_the_end_tells_who_talked_for_how_long_and_the_recording(self) -> None:
        assert reading(**TALK) == Reading((ANSWERED,))

    def test_a_length_says_nothing_about_the_outcome(self) -> None:
        long_ringing = reading(timestamp=1762161300 + 600)
        assert long_ringing == Reading((CALL,))
        assert reading(**{**TALK, "timestamp": 1762161310}).events == (
            ANSWERED.model_copy(update={"talked": timedelta()}),
        )

    def test_an_answer_is_told_while_they_talk(self) -> None:
        answer = reading(event=3, status=..., timestamp=1762161310, call_answer_timestamp=...)
        assert answer.events == (ANSWERED.model_copy(update={"talked": None, "recording_url": ""}),)

    def test_the_moment_of_answer_may_be_unknown(self) -> None:
        (event,) = reading(**{**TALK, "call_answer_timestamp": 0}).events
        assert event == ANSWERED.model_copy(update={"answered_at": None, "talked": None})

    @pytest.mark.parametrize("ended", [1762161309, 1762161310 + 3 * 24 * 3600])
    def test_an_absurd_length_is_none(self, ended: int) -> None:
        (event,) = reading(**{**TALK, "timestamp": ended}).events
        assert event == ANSWERED.model_copy(update={"talked": None})

    def test_outbound(self) -> None:
        (event,) = reading(**OUTBOUND, **TALK).events
        assert event == ANSWERED.model_copy(update={"direction": "outbound"})

    @pytest.mark.parametrize("link", ["", "none", "javascript:alert(1)"])
    def test_what_is_no_link_is_no_recording(self, link: str) -> None:
        (event,) = reading(**{**TALK, "call_record_link": link}).events
        assert event == ANSWERED.model_copy(update={"recording_url": ""})


@pytest.mark.parametrize(
    ("note", "changes"),
    [
        ("internal-call", {**OUTBOUND, "dst_num": "102"}),
        ("internal-call", {**OUTBOUND, **TALK, "dst_num": "102"}),
        ("outbound-unanswered", {**OUTBOUND}),
        ("outbound-unanswered", {**OUTBOUND, "status": "BUSY"}),
        ("outbound-goes-on", {**OUTBOUND, "event": 3, "status": ...}),
    ],
)
def test_what_is_nobodys_call(note: str, changes: dict[str, object]) -> None:
    assert reading(**changes) == Reading(note=note)


@pytest.mark.parametrize(
    "changes",
    [
        {"status": ...},
        {"status": ""},
        {"src_type": ...},
        {"timestamp": ...},
        {"timestamp": "soon"},
        {"timestamp": 0},
        {"timestamp": 1762161337000},
        {"call_start_timestamp": -1},
        {"call_answer_timestamp": 5},
        {"call_id": "x" * 201},
    ],
)
def test_unexpected_content_goes_to_quarantine(changes: dict[str, object]) -> None:
    with pytest.raises(Unreadable, match="unexpected-content"):
        reading(**changes)


def test_an_answer_that_its_status_denies_is_for_a_person() -> None:
    with pytest.raises(Unreadable, match="contradictory-outcome"):
        reading(call_answer_timestamp=1762161310)


@given(token=st.text(max_size=40), in_query=st.booleans())
def test_no_other_token_opens_the_door(token: str, in_query: bool) -> None:
    door = Door("sipuni", {"token": TOKEN})
    path, query = ((), {"token": token}) if in_query else ((token,), {})
    webhook = a_webhook(MISSED, path=path, query=query)
    assert (door.receive(webhook).status in {401, 403}) == (token != TOKEN)
    assert bool(door.queue) == (token == TOKEN)


class TestDay(TelephonyDay):
    """From 11:00 on: whoever calls is in the table of ``day``."""

    source = "sipuni"
    settings: ClassVar[Mapping[str, Any]] = {"provider": "sipuni", "token": TOKEN}
    known_clients = ("+79160000002", "+79160000003")
    orders = ("+79160000001", "+79160000004")
    call_backs = (HIDDEN, HIDDEN, "+79160000003", "+79160000004")

    def day(self) -> list[Sent]:
        outbound: dict[str, Any] = {"src_num": "101", "src_type": 2, "short_src_num": "101", "dst_type": 1}
        menu: dict[str, Any] = {"dst_num": "74950000001", "short_dst_num": "", "treeName": "Меню"}
        return [
            self._event(0, "new", "79160000001", event=1, status=...),
            self._event(0, "new", "79160000001", event=4),
            self._event(0, "new", "79160000001"),
            self._event(1, "known", "79160000002", status="CANCEL"),
            self._event(2, "known-again", "79160000003"),
            self._event(4, "other", "79160000003", status="BUSY"),
            self._event(6, "hidden", "anonymous"),
            self._event(7, "hidden-too", ""),
            self._event(8, "menu", "79160000004", **menu),
            self._event(9, "menu-again", "79160000004", **menu),
            # New, to a group: one phone rings in vain, the other answers, and passes the client on.
            self._event(11, "group", "79160000005", status="BUSY"),
            self._event(11, "group", "79160000005", event=3, status=..., short_dst_num="102"),
            self._event(12, "group", "79160000005", event=3, status=..., short_dst_num="103"),
            self._event(13, "group", "79160000005", talked=90, short_dst_num="103"),
            self._event(14, "answered", "79160000006", talked=30),
            self._event(15, "not-reached", None, **outbound, dst_num="79160000007"),
            self._event(16, "between-us", None, **{**outbound, "dst_num": "102", "dst_type": 2}),
            self._event(20, "back", None, talked=60, **outbound, dst_num="79160000002"),
            self._event(23, "back-to-new", None, talked=60, **outbound, dst_num="79160000001"),
            Sent(timedelta(minutes=24), replace(a_webhook(path=(TOKEN,)), source=self.source, method="GET")),
        ]

    def _event(
        self, minute: int, call_id: str, caller: str | None, *, talked: int = 0, **changes: Any
    ) -> Sent:
        began = int(self.begins.timestamp()) + minute * 60
        talk = {"status": "ANSWER", "call_answer_timestamp": began + 10} if talked else {}
        content = call(
            **{
                "call_id": call_id,
                "src_num": caller,
                "call_start_timestamp": began,
                "timestamp": began + 10 + talked,
                **talk,
                **changes,
            }
        )
        return Sent(
            timedelta(minutes=minute, seconds=15 + talked), replace(posted(content), source=self.source)
        )
