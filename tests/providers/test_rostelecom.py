"""Rostelecom's cloud PBX: the contract suite, and the surprises of its call events."""

import hmac
import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any, ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from chalicelib.errors import Unreadable
from chalicelib.events import AnyEvent, CallAnswered, CallMissed
from chalicelib.gate.provider import Reply
from chalicelib.gate.webhook import Webhook
from chalicelib.providers.reading import Reading
from chalicelib.providers.rostelecom.read import Settings
from tests.telephony_days import HIDDEN, Sent, TelephonyDay

from .contract import Door, ProviderContract, a_webhook

END = (Path(__file__).parent / "rostelecom" / "end.json").read_bytes().strip()
CLIENT, KEY = "client-demo", "sign-demo"
SECRETS = {"client_id": CLIENT, "sign_key": KEY}
OK = Reply(200, '{"result": 0, "resultMessage": "ok"}', "application/json; charset=utf-8")

# 12:15:37 in Tomsk, where the contract's shop is.
AT = datetime(2025, 11, 3, 5, 15, 37, tzinfo=UTC)
MISSED = CallMissed(
    call_id="SDdemo01", phone="+79161234567", line="74950000001", called_at=AT, is_final=False
)
ANSWERED = CallAnswered(
    call_id="SDdemo01",
    phone="+79161234567",
    line="74950000001",
    direction="inbound",
    called_at=AT,
    answered_at=AT,
    employee="101",
)
OUTGOING: Mapping[str, object] = {
    "type": "outbound",
    "from_number": "74950000001",
    "from_pin": "101",
    "request_number": "89161234567",
    "request_pin": "",
}


def sign(content: bytes, client: str = CLIENT, key: str = KEY) -> str:
    return sha256(client.encode() + content + key.encode()).hexdigest()


def sent(content: bytes, path: tuple[str, ...] = ("call_events",), **headers: str) -> Webhook:
    """A webhook with these headers, whose names have ``_`` for ``-``."""
    webhook = a_webhook(content, path=path, content_type="application/json")
    extra = {name.replace("_", "-"): value for name, value in headers.items()}
    return replace(webhook, headers={**webhook.headers, **extra})


def signed(content: bytes, path: tuple[str, ...] = ("call_events",)) -> Webhook:
    return sent(content, path, x_client_id=CLIENT, x_client_sign=sign(content))


def call(**changes: object) -> bytes:
    """The end with other fields; ``...`` takes one out."""
    fields: dict[str, Any] = {**json.loads(END), **changes}
    return json.dumps({name: value for name, value in fields.items() if value is not ...}).encode()


def received(*contents: bytes) -> Door:
    door = Door("rostelecom", SECRETS)
    for content in contents:
        assert door.receive(signed(content)) == OK
    return door


def reading(**changes: object) -> Reading:
    return received(call(**changes)).reading()


class TestContract(ProviderContract):
    provider = "rostelecom"
    secrets: ClassVar[Mapping[str, str]] = SECRETS
    next_secrets: ClassVar[Mapping[str, str]] = {"client_id": "client-next", "sign_key": "sign-next"}
    sample = END
    same_event = json.dumps(dict(reversed(json.loads(END).items())), indent=1).encode()
    other_event = call(session_id="SDdemo02")
    samples = (call(state="connected"), call(state="connected", **OUTGOING), call(type="internal"))
    events: ClassVar[tuple[AnyEvent, ...]] = (MISSED,)
    broken = END[:-20]
    wrong_encoding: ClassVar[Mapping[str, bytes]] = {
        "cp1251": END.replace(b"no_answer", "занято".encode("cp1251")),
        "no UTF-8": END.replace(b"no_answer", b"\xff\xfe"),
    }
    wrong_type_is_read = True
    reply = OK
    field_names = tuple(json.loads(END))

    def proven(self, content: bytes, secrets: Mapping[str, str]) -> Webhook:
        client, key = secrets["client_id"], secrets["sign_key"]
        return sent(content, x_client_id=client, x_client_sign=sign(content, client, key))

    def altered(self, content: bytes, other: bytes) -> Webhook:
        return sent(other, x_client_id=CLIENT, x_client_sign=sign(content))

    def may_be_forgotten(self, webhook: Webhook) -> bool:
        """A question who it is, or a state after which the call goes on."""
        if "get_number_info" in webhook.path:
            return True
        try:
            state = json.loads(webhook.body.decode("utf-8-sig")).get("state")
        except (ValueError, AttributeError, RecursionError):
            return False
        return state in ("new", "disconnected")

    def unknown_event(self) -> Webhook:
        return signed(b'{"session_id": "SDdemo01", "from_number": "79161234567"}', ("get_number_info",))

    def forgeries(self) -> Mapping[str, Webhook]:
        right = sign(END)
        keyed = hmac.new(KEY.encode(), CLIENT.encode() + END, sha256).hexdigest()
        return {
            "wrong sign": sent(END, x_client_id=CLIENT, x_client_sign="0" * 64),
            "no sign": sent(END, x_client_id=CLIENT),
            "empty sign": sent(END, x_client_id=CLIENT, x_client_sign=""),
            "wrong client": sent(END, x_client_id="other", x_client_sign=sign(END, "other")),
            "no client": sent(END, x_client_sign=right),
            "empty client": sent(END, x_client_id="", x_client_sign=sign(END, "")),
            "nothing": sent(b""),
            "in another order": sent(
                END,
                x_client_id=CLIENT,
                x_client_sign=sha256(KEY.encode() + END + CLIENT.encode()).hexdigest(),
            ),
            "an HMAC": sent(END, x_client_id=CLIENT, x_client_sign=keyed),
            "tampered": sent(END.replace(b"79161", b"79162"), x_client_id=CLIENT, x_client_sign=right),
            "one space more": sent(END + b" ", x_client_id=CLIENT, x_client_sign=right),
            "not ASCII": sent(END, x_client_id=CLIENT, x_client_sign="подпись\ud800"),
            "a question": sent(b"{}", ("get_number_info",), x_client_id=CLIENT, x_client_sign="0" * 64),
        }


class TestDoor:
    def test_the_documented_signature_verifies(self) -> None:
        body = b'{"session_id":"SDdemo01"}'
        documented = "bc48898384729056fe9c1deb323235b11b68522fba07d283a93d0a3e368e0006"
        assert sign(body) == documented
        for case in (documented, documented.upper()):
            door = Door("rostelecom", SECRETS)
            assert door.receive(sent(body, x_client_id=CLIENT, x_client_sign=case)) == OK
            assert len(door.queue) == 1

    @given(content=st.binary(max_size=60), other=st.binary(max_size=60), guess=st.text(max_size=64))
    def test_no_other_content_and_no_other_sign_is_let_in(
        self, content: bytes, other: bytes, guess: str
    ) -> None:
        door = Door("rostelecom", SECRETS)
        if content != other:
            forged = sent(other, x_client_id=CLIENT, x_client_sign=sign(content))
            assert door.receive(forged).status == 403
        assert door.receive(sent(content, x_client_id=CLIENT, x_client_sign=guess)).status == 403
        assert not door.queue

    def test_the_key_alone_can_be_replaced(self) -> None:
        door = Door("rostelecom", {"client_id": [CLIENT, CLIENT], "sign_key": ["old", KEY]})
        for key in ("old", KEY):
            webhook = sent(END, x_client_id=CLIENT, x_client_sign=sign(END, key=key))
            assert door.receive(webhook) == OK

    def test_a_client_goes_with_its_own_key_only(self) -> None:
        door = Door("rostelecom", {"client_id": [CLIENT, "other"], "sign_key": [KEY, "other-key"]})
        crossed = sent(END, x_client_id=CLIENT, x_client_sign=sign(END, key="other-key"))
        assert door.receive(crossed).status == 403

    @pytest.mark.parametrize("state", ["new", "disconnected"])
    def test_states_after_which_the_call_goes_on_are_forgotten(self, state: str) -> None:
        assert not received(call(state=state)).queue

    def test_the_question_who_it_is_gets_an_answer_and_is_forgotten(self) -> None:
        door = Door("rostelecom", SECRETS)
        assert door.receive(signed(END, ("get_number_info",))) == OK
        assert not door.queue

    @pytest.mark.parametrize("path", [(), ("call_events",), ("", "call_events")])
    def test_the_address_may_be_entered_with_or_without_a_path(self, path: tuple[str, ...]) -> None:
        door = Door("rostelecom", SECRETS)
        door.receive(signed(END, path))
        assert door.reading() == Reading((MISSED,))

    def test_each_state_of_a_session_is_an_event_of_its_own(self) -> None:
        door = received(call(state="connected"), END)
        connected, end = door.queue
        assert connected.id != end.id
        assert connected.group == end.group

    def test_calls_of_one_client_stay_in_order_whoever_called(self) -> None:
        door = received(
            END,
            call(**OUTGOING),
            call(from_number="sip:anonymous@10.20.30.40", session_id="2"),
            call(from_number="sip:anonymous@79161234567", session_id="3"),
        )
        inbound, outbound, *hidden = (envelope.group for envelope in door.queue)
        assert inbound == outbound
        assert len({inbound, *hidden}) == 3

    @pytest.mark.parametrize(
        "changes", [{"session_id": ...}, {"session_id": ""}, {"state": ...}, {"state": ""}, {"state": 1}]
    )
    def test_half_a_call_is_kept_for_quarantine(self, changes: dict[str, object]) -> None:
        door = received(call(**changes))
        assert len(door.queue) == 1


class TestMissed:
    @pytest.mark.parametrize("number", ["sip:79161234567@example", "79161234567", "89161234567", 79161234567])
    def test_numbers_in_every_form(self, number: object) -> None:
        assert reading(from_number=number) == Reading((MISSED,))

    @pytest.mark.parametrize("number", ["", ..., None, "anonymous", "sip:anonymous@anonymous.invalid"])
    def test_a_hidden_caller_has_no_phone(self, number: object) -> None:
        assert reading(from_number=number) == Reading((MISSED.model_copy(update={"phone": None}),))

    @pytest.mark.parametrize("reason", ["no_answer", "busy", "normal", "", ...])
    def test_the_reason_says_nothing(self, reason: object) -> None:
        assert reading(disconnect_reason=reason) == Reading((MISSED,))

    def test_the_sources_own_zone_counts(self) -> None:
        door = received(END)
        (envelope,) = door.queue
        assert door.read(envelope).events == (MISSED,)
        moscow = call(timestamp="2025-11-03 12:15:37+03:00")
        (event,) = received(moscow).reading().events
        assert isinstance(event, CallMissed)
        assert event.called_at == datetime(2025, 11, 3, 9, 15, 37, tzinfo=UTC)


class TestAnswered:
    def test_inbound(self) -> None:
        assert reading(state="connected") == Reading((ANSWERED,))

    @pytest.mark.parametrize("word", ["outbound", "outgoing"])
    def test_outbound(self, word: str) -> None:
        (event,) = reading(state="connected", **{**OUTGOING, "type": word}).events
        assert event == ANSWERED.model_copy(update={"direction": "outbound"})


@pytest.mark.parametrize(
    ("note", "changes"),
    [
        ("internal-call", {"type": "internal"}),
        ("internal-call", {"type": "internal", "state": "connected"}),
        ("outbound-ended", {**OUTGOING}),
        ("unknown-type:conference", {"type": "conference"}),
        ("unknown-state:parked", {"state": "parked"}),
    ],
)
def test_what_is_nobodys_call(note: str, changes: dict[str, object]) -> None:
    assert reading(**changes) == Reading(note=note)


@pytest.mark.parametrize("changes", [{"type": "conference"}, {"state": "parked"}])
def test_what_nobody_documented_is_a_warning(
    changes: dict[str, object], caplog: pytest.LogCaptureFixture
) -> None:
    reading(**changes)
    assert "unknown call" in caplog.text


@pytest.mark.parametrize(
    "changes",
    [
        {"type": ...},
        {"timestamp": ...},
        {"timestamp": "soon"},
        {"timestamp": "1970-01-01 00:00:00"},
        {"timestamp": 1762161337},
        {"from_number": ["79161234567"]},
        {"session_id": "x" * 201},
    ],
)
def test_unexpected_content_goes_to_quarantine(changes: dict[str, object]) -> None:
    with pytest.raises(Unreadable, match="unexpected-content"):
        reading(**changes)


def test_codes_and_keys_go_together() -> None:
    with pytest.raises(ValidationError, match="the same number of values"):
        Settings(provider="rostelecom", client_id=("c1", "c2"), sign_key="k1")


class TestDay(TelephonyDay):
    """From 11:00 on: whoever calls is in the table of ``day``; the one who is answered is a new client."""

    source = "rostelecom"
    settings: ClassVar[Mapping[str, Any]] = {
        "provider": "rostelecom",
        **SECRETS,
        "timezone": "Europe/Moscow",
    }
    known_clients = ("+79160000002", "+79160000003")
    orders = ("+79160000001", "+79160000004")
    call_backs = (HIDDEN, HIDDEN, "+79160000003", "+79160000004")

    def day(self) -> list[Sent]:
        outgoing: dict[str, Any] = {"type": "outbound", "from_number": "74950000001", "from_pin": "101"}
        question = signed(b'{"session_id": "S1", "from_number": "79160000001"}', ("get_number_info",))
        return [
            Sent(timedelta(), replace(question, source=self.source)),
            *self._call(0, "new", "sip:79160000001@example", "new", "disconnected", "end"),
            *self._call(1, "known", "79160000002", "new", "end"),
            *self._call(2, "known-again", "79160000003", "end"),
            *self._call(4, "other", "89160000003", "end", disconnect_reason="busy"),
            *self._call(6, "hidden", "sip:anonymous@anonymous.invalid", "end"),
            *self._call(7, "hidden-too", "", "end"),
            *self._call(8, "menu", "79160000004", "new", "end", request_pin=""),
            *self._call(9, "menu-again", "79160000004", "new", "end", request_pin=""),
            *self._call(11, "answered", "79160000005", "new", "connected", "disconnected", "end"),
            # Passed on to a colleague: the session goes on, and the colleagues' own one is internal.
            *self._call(13, "passed-on", "79160000005", "connected"),
            *self._call(13, "between-us", "101", "connected", "end", type="internal"),
            *self._call(14, "passed-on", "79160000005", "disconnected", "end", request_pin="102"),
            *self._call(15, "not-reached", None, "new", "end", **outgoing, request_number="79160000007"),
            *self._call(20, "back", None, "connected", "end", **outgoing, request_number="79160000002"),
            *self._call(23, "to-new", None, "connected", "end", **outgoing, request_number="79160000001"),
        ]

    def _call(
        self, minute: int, session: str, caller: str | None, *states: str, **changes: Any
    ) -> list[Sent]:
        sent = []
        for number, state in enumerate(states):
            after = timedelta(minutes=minute, seconds=5 * number)
            timestamp = (self.begins + after + timedelta(hours=3)).strftime("%Y-%m-%d %H:%M:%S.000")
            fields = {"session_id": session, "from_number": caller, "timestamp": timestamp, "state": state}
            content = call(**{**fields, **changes})
            sent.append(Sent(after + timedelta(seconds=1), replace(signed(content), source=self.source)))
        return sent
