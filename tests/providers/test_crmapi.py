"""The crmapi family, MegaFon and others: the contract suite, and the surprises of its histories."""

import json
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
from chalicelib.gate.form import MAX_FIELDS
from chalicelib.gate.provider import Reply
from chalicelib.gate.webhook import Webhook
from chalicelib.providers.reading import Reading
from tests.telephony_days import HIDDEN, Sent, TelephonyDay

from .contract import Door, ProviderContract, a_webhook

MISSED = (Path(__file__).parent / "crmapi" / "missed.txt").read_bytes().strip()
FIELDS = dict(parse_qsl(MISSED.decode()))
TOKEN = "crmapi-demo-token-1"
FORM = "application/x-www-form-urlencoded"
RECORDING = "https://vats.example/records/1.mp3"

CALL = CallMissed(
    call_id="7001122334455",
    phone="+79161234567",
    line="74950000001",
    called_at=datetime(2025, 11, 3, 9, 15, tzinfo=UTC),
)
ANSWERED = CallAnswered(
    call_id="7001122334455",
    phone="+79161234567",
    line="74950000001",
    direction="inbound",
    called_at=datetime(2025, 11, 3, 9, 15, tzinfo=UTC),
    talked=timedelta(seconds=37),
    employee="101",
    recording_url=RECORDING,
)


def history(**changes: object) -> bytes:
    """The missed call with other fields; ``...`` takes one out."""
    fields = {**FIELDS, **changes}
    return urlencode({name: value for name, value in fields.items() if value is not ...}).encode()


def sent(content: bytes, token: str = TOKEN) -> Webhook:
    return a_webhook(content + b"&" + urlencode({"crm_token": token}).encode(), content_type=FORM)


def received(*contents: bytes) -> Door:
    door = Door("crmapi", {"token": TOKEN})
    for content in contents:
        assert door.receive(sent(content)).status == 200
    return door


def reading(**changes: object) -> Reading:
    return received(history(**changes)).reading()


class TestContract(ProviderContract):
    provider = "crmapi"
    secrets: ClassVar[Mapping[str, str]] = {"token": TOKEN}
    next_secrets: ClassVar[Mapping[str, str]] = {"token": "crmapi-demo-token-2"}
    sample = MISSED
    same_event = urlencode(dict(reversed(FIELDS.items()))).encode()
    other_event = history(callid="7001122334456")
    events: ClassVar[tuple[AnyEvent, ...]] = (CALL,)
    samples = (
        history(status="Success", link=RECORDING, rating="5"),
        history(type="out", status="NotAvailable", user="", phone="89161234567"),
    )
    broken = MISSED[:-40]
    broken_reason = "unexpected-content"
    wrong_encoding: ClassVar[Mapping[str, bytes]] = {
        "cp1251": urlencode({**FIELDS, "groupRealName": "Продажи"}, encoding="cp1251").encode(),
        "no UTF-8": MISSED.replace(b"ivanov", b"%ff%fe"),
    }
    wrong_type_is_read = True
    reply = Reply(200, "{}", "application/json")
    field_names = (*FIELDS, "link", "rating", "direction", "second_callid")

    def proven(self, content: bytes, secrets: Mapping[str, str]) -> Webhook:
        return sent(content, secrets["token"])

    def may_be_forgotten(self, webhook: Webhook) -> bool:
        """Another command than the history, be it in a form or in JSON with the token behind it."""
        body = webhook.body.decode("latin-1").removesuffix(f"&crm_token={TOKEN}")
        try:
            fields = json.loads(body)
        except ValueError:
            fields = dict(parse_qsl(body))
        command = fields.get("cmd", "") if isinstance(fields, dict) else ""
        return isinstance(command, str) and command not in {"", "history"}

    def unknown_event(self) -> Webhook:
        return sent(history(cmd="moon-phase"))

    def forgeries(self) -> Mapping[str, Webhook]:
        plain = a_webhook(MISSED, content_type=FORM)
        return {
            "wrong": sent(MISSED, "guessed"),
            "missing": plain,
            "empty": sent(MISSED, ""),
            "cut off": sent(MISSED, TOKEN[:-1]),
            "not ASCII": sent(MISSED, "токен"),
            "in the path": replace(plain, path=(TOKEN,)),
            "in the query": replace(plain, query={"crm_token": TOKEN}),
            "overwritten": replace(sent(MISSED), body=sent(MISSED).body + b"&crm_token=guessed"),
            "wrong in JSON": as_json(crm_token="guessed"),
            "missing in JSON": as_json(),
            "a list in JSON": as_json(crm_token=[TOKEN]),
            "broken JSON": replace(as_json(crm_token=TOKEN), body=as_json(crm_token=TOKEN).body[:-1]),
            "too many fields": sent(b"a=1&" * (MAX_FIELDS + 1) + MISSED),
        }


def as_json(**changes: object) -> Webhook:
    return a_webhook(json.dumps({**FIELDS, **changes}).encode(), content_type="application/json")


class TestDoor:
    @given(guess=st.text(max_size=40).filter(lambda text: text != TOKEN), is_json=st.booleans())
    def test_any_other_token_is_refused(self, guess: str, *, is_json: bool) -> None:
        door = Door("crmapi", {"token": TOKEN})
        if is_json:
            webhook = as_json(crm_token=guess)
        else:
            webhook = sent(MISSED, guess.encode("utf-8", "replace").decode())
        assert door.receive(webhook).status == 401
        assert not door.queue

    def test_it_may_be_json(self) -> None:
        door = Door("crmapi", {"token": TOKEN})
        reply = door.receive(as_json(crm_token=TOKEN, duration=37, callid=7001122334455))
        assert reply == Reply(200, "{}", "application/json")
        assert TOKEN not in door.queue[0].webhook.body.decode()
        assert door.reading() == Reading((CALL,))

    @pytest.mark.parametrize(
        "event", ["INCOMING", "ACCEPTED", "COMPLETED", "CANCELLED", "OUTGOING", "TRANSFERRED"]
    )
    def test_an_employees_leg_tells_nothing_about_the_call(self, event: str) -> None:
        assert not received(history(cmd="event", type=event, direction="in")).queue

    def test_nobody_is_known_to_be_calling(self) -> None:
        door = Door("crmapi", {"token": TOKEN})
        question = urlencode({"cmd": "contact", "phone": "79161234567", "callid": "1"}).encode()
        assert door.receive(sent(question)) == Reply(200, "{}", "application/json")
        assert not door.queue

    def test_a_cancelled_leg_and_the_success_of_the_call(self) -> None:
        door = received(history(cmd="event", type="CANCELLED"), history(status="Success"))
        (event,) = door.reading().events
        assert isinstance(event, CallAnswered)

    def test_calls_of_one_client_have_one_group(self) -> None:
        door = received(MISSED, history(callid="2", phone="89161234567", type="out"), history(phone=""))
        missed, back, hidden = (envelope.group for envelope in door.queue)
        assert missed == back != hidden

    @pytest.mark.parametrize("content", [b"", b"a", history(cmd=...), history(cmd=""), history(callid="")])
    def test_what_does_not_say_what_it_is_goes_to_quarantine(self, content: bytes) -> None:
        with pytest.raises(Unreadable, match="unexpected-content"):
            received(content).reading()


class TestMissed:
    @pytest.mark.parametrize("status", ["Missed", "missed", "MISSED", "Cancel", "cancel", "Busy"])
    def test_inbound_and_nobody_talked(self, status: str) -> None:
        assert reading(status=status) == Reading((CALL,))

    def test_an_unknown_status_is_missed_and_logged(self, caplog: pytest.LogCaptureFixture) -> None:
        assert reading(status="Abducted") == Reading((CALL,))
        assert "unknown call status" in caplog.text

    def test_a_length_decides_nothing(self) -> None:
        assert reading(duration="0") == reading(duration="300") == reading(duration=...) == Reading((CALL,))

    @pytest.mark.parametrize("phone", ["", ..., "anonymous", "0", "+7378742833"])
    def test_a_hidden_caller_has_no_phone(self, phone: object) -> None:
        assert reading(phone=phone) == Reading((CALL.model_copy(update={"phone": None}),))

    def test_a_leading_eight(self) -> None:
        assert reading(phone="89161234567") == Reading((CALL,))


class TestAnswered:
    def test_inbound(self) -> None:
        assert reading(status="Success", link=RECORDING) == Reading((ANSWERED,))

    def test_outbound_without_a_recording(self) -> None:
        outbound = ANSWERED.model_copy(update={"direction": "outbound", "recording_url": ""})
        assert reading(status="success", type="out") == Reading((outbound,))

    @pytest.mark.parametrize(
        ("changes", "employee"),
        [
            ({"ext": ""}, "ivanov"),
            ({"user": ""}, "101"),
            ({"user": ..., "ext": ...}, "79290000001"),
            ({"user": "", "ext": "", "telnum": ""}, ""),
        ],
    )
    def test_an_employee_is_named_as_well_as_possible(
        self, changes: dict[str, object], employee: str
    ) -> None:
        (event,) = reading(status="Success", **changes).events
        assert isinstance(event, CallAnswered)
        assert event.employee == employee

    @pytest.mark.parametrize("duration", ["", "0", "long", "00:37", "-1", "99999999", ...])
    def test_without_a_length_the_talk_is_of_unknown_length(self, duration: object) -> None:
        (event,) = reading(status="Success", duration=duration).events
        assert isinstance(event, CallAnswered)
        assert event.talked is None

    def test_what_is_no_link_is_not_shown_to_people(self) -> None:
        (event,) = reading(status="Success", link="javascript:alert(1)").events
        assert isinstance(event, CallAnswered)
        assert event.recording_url == ""


@pytest.mark.parametrize(
    ("note", "changes"),
    [
        ("outbound-unanswered", {"type": "out", "status": "NotAvailable"}),
        ("outbound-unanswered", {"type": "out", "status": "Missed"}),
        ("internal-call", {"phone": "102"}),
        ("internal-call", {"phone": "102", "type": "out", "status": "Success"}),
        ("internal-call", {"phone": "sip:102@vats.example"}),
    ],
)
def test_what_is_nobodys_missed_call(note: str, changes: dict[str, object]) -> None:
    assert reading(**changes) == Reading(note=note)


@pytest.mark.parametrize(
    "changes",
    [
        {"type": "sideways"},
        {"type": ...},
        {"status": ...},
        {"start": ...},
        {"start": "yesterday"},
        {"start": "00010101T000000Z"},
    ],
)
def test_unexpected_content_goes_to_quarantine(changes: dict[str, object]) -> None:
    with pytest.raises(Unreadable, match="unexpected-content"):
        reading(**changes)


class TestDay(TelephonyDay):
    """With the legs of each call, which tell nothing."""

    source = "megafon"
    settings: ClassVar[Mapping[str, Any]] = {"provider": "crmapi", "token": TOKEN}
    known_clients = ("+79160000002", "+79160000003")
    orders = ("+79160000001", "+79160000004")
    call_backs = (HIDDEN, "+79160000003", "+79160000004")

    def day(self) -> list[Sent]:
        return [
            self._leg(0, "c1", "INCOMING", "79160000001"),
            self._leg(0, "c1", "CANCELLED", "79160000001"),
            self._history(0, "c1", "79160000001"),
            self._history(1, "c2", "89160000002", status="missed"),
            self._history(2, "c3", "79160000003", status="Cancel"),
            self._history(4, "c4", "79160000003"),
            self._history(6, "c5", ""),
            self._history(8, "c6", "79160000004", user="", ext="", telnum=""),
            self._history(9, "c7", "79160000004"),
            self._leg(10, "c8", "CANCELLED", "79160000005"),
            self._leg(10, "c8", "ACCEPTED", "79160000005"),
            self._history(11, "c8", "79160000005", status="Success", duration=40, link=RECORDING),
            self._leg(13, "c9", "TRANSFERRED", "79160000005", second_callid="c9-2"),
            self._leg(13, "c9", "CANCELLED", "79160000005", ext="103"),
            self._history(14, "c9", "79160000005", status="Success", duration=90, ext="103"),
            self._history(15, "c10", "79160000006", type="out", status="NotAvailable"),
            self._history(16, "c11", "102", status="Success"),
            self._history(20, "c12", "79160000002", type="out", status="success", duration=60),
            self._history(23, "c13", "79160000001", type="out", status="Success", duration=60),
        ]

    def _leg(self, minute: int, call: str, kind: str, phone: str, **changes: object) -> Sent:
        return self._history(minute, call, phone, cmd="event", type=kind, status=..., **changes)

    def _history(self, minute: int, call: str, phone: str, **changes: object) -> Sent:
        after = timedelta(minutes=minute)
        start = f"{self.begins + after:%Y%m%dT%H%M%SZ}"
        content = history(**{"callid": call, "phone": phone, "start": start, **changes})
        return Sent(after + timedelta(seconds=95), replace(sent(content), source=self.source))
