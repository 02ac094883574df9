"""Mango Office: the contract suite, and the surprises of its call summaries."""

import hmac
import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import parse_qs, urlencode

import pytest
from pydantic import ValidationError

from chalicelib.errors import Unreadable
from chalicelib.events import AnyEvent, CallAnswered, CallMissed, CallRecorded
from chalicelib.gate.form import MAX_FIELDS, form_fields
from chalicelib.gate.webhook import Webhook
from chalicelib.providers.mango.gate import RECORDING, SUMMARY
from chalicelib.providers.mango.read import Settings
from chalicelib.providers.reading import Reading
from tests.telephony_days import HIDDEN, Sent, TelephonyDay

from .contract import Door, ProviderContract, a_webhook

MISSED = (Path(__file__).parent / "mango" / "missed.json").read_bytes()
MISSED_SIGN = "f957bf9e1379d862a12d937fa836376dfaf6842996a261774fadfcd5a7887360"
KEY, SALT = "mk_demo_0001", "ms_demo_0002"
SECRETS = {"api_key": KEY, "api_salt": SALT}

CALL = CallMissed(
    call_id="NTc0ODIxMDAyMTo1NTU=",
    phone="+79161234567",
    line="74950000001",
    called_at=datetime(2025, 11, 3, 9, 15, tzinfo=UTC),
)


OUTBOUND: Mapping[str, Any] = {
    "call_direction": 2,
    "from": {"extension": "101", "number": "sip:manager1@shop.mangosip.ru"},
    "to": {"number": "79161234567"},
    "talk_time": 1762161310,
    "end_time": 1762161400,
    "entry_result": 1,
    "disconnect_reason": 1110,
}
RECORDED: Mapping[str, Any] = {
    "recording_id": "MDE6MTA6MDAx",
    "recording_state": "Completed",
    "seq": 2,
    "entry_id": "NTc0ODIxMDAyMTo1NTU=",
    "call_id": "MToxMDA=",
    "extension": "101",
    "timestamp": 1762161401,
    "completion_code": 1000,
    "recipient": "Cloud",
}


def sign(content: bytes, key: str = KEY, salt: str = SALT) -> str:
    return sha256(key.encode() + content + salt.encode()).hexdigest()


def a_form(path: tuple[str, ...] = SUMMARY, **fields: bytes | str) -> Webhook:
    body = urlencode(fields).encode()
    return a_webhook(body, path=path, content_type="application/x-www-form-urlencoded")


def signed(content: bytes, path: tuple[str, ...] = SUMMARY) -> Webhook:
    return a_form(path, vpbx_api_key=KEY, sign=sign(content), json=content)


def call(**changes: object) -> bytes:
    """The missed call with other fields; ``...`` takes one out."""
    fields: dict[str, Any] = {**json.loads(MISSED), **changes}
    return json.dumps({name: value for name, value in fields.items() if value is not ...}).encode()


def reading(content: bytes, **settings: object) -> Reading:
    door = Door("mango", {**SECRETS, **settings})
    assert door.receive(signed(content)).status == 200
    return door.reading()


def missed(**changes: object) -> CallMissed:
    (event,) = reading(call(**changes)).events
    assert isinstance(event, CallMissed)
    return event


def answered(content: bytes, **settings: object) -> CallAnswered:
    (event,) = reading(content, **settings).events
    assert isinstance(event, CallAnswered)
    return event


def recording(**changes: object) -> bytes:
    fields = {**RECORDED, **changes}
    return json.dumps({name: value for name, value in fields.items() if value is not ...}).encode()


def recorded(content: bytes, **settings: object) -> Reading:
    door = Door("mango", {**SECRETS, **settings})
    door.receive(signed(content, RECORDING))
    return door.reading()


class TestContract(ProviderContract):
    provider = "mango"
    secrets: ClassVar[Mapping[str, str]] = SECRETS
    next_secrets: ClassVar[Mapping[str, str]] = {"api_key": "mk_demo_0003", "api_salt": "ms_demo_0004"}
    sample = MISSED
    same_event = json.dumps(dict(reversed(json.loads(MISSED).items())), indent=1).encode()
    other_event = call(entry_id="another")
    samples = (
        call(**{"from": {"number": 79161234567, "extension": ""}, "talk_time": "0", "sip_call_id": "x"}),
        call(talk_time=1762161320, to={"extension": "099"}, disconnect_reason=1170),
        call(**OUTBOUND),
    )
    events: ClassVar[tuple[AnyEvent, ...]] = (CALL,)
    broken = MISSED[:-20]
    wrong_encoding: ClassVar[Mapping[str, bytes]] = {
        "cp1251": MISSED.replace(b"manager1", "Анна".encode("cp1251")),
        "no UTF-8": MISSED.replace(b"manager1", b"\xff\xfe"),
    }
    wrong_type_is_read = True
    field_names = (*json.loads(MISSED), "number", "extension", "command_id", "callback_initiator", "json")

    def proven(self, content: bytes, secrets: Mapping[str, str]) -> Webhook:
        key, salt = secrets["api_key"], secrets["api_salt"]
        return a_form(vpbx_api_key=key, sign=sign(content, key, salt), json=content)

    def unknown_event(self) -> Webhook:
        return signed(b"{}", path=("events", "moon-phase"))

    def altered(self, content: bytes, other: bytes) -> Webhook:
        return a_form(vpbx_api_key=KEY, sign=sign(content), json=other)

    def content_of(self, webhook: Webhook) -> bytes:
        return form_fields(webhook.body)["json"]

    def may_be_forgotten(self, webhook: Webhook) -> bool:
        return tuple(filter(None, webhook.path)) not in {SUMMARY, RECORDING}

    def forgeries(self) -> Mapping[str, Webhook]:
        right = sign(MISSED)
        keyed = hmac.new(SALT.encode(), KEY.encode() + MISSED, sha256).hexdigest()
        wire = urlencode({"": MISSED}).removeprefix("=").encode()
        return {
            "wrong sign": a_form(vpbx_api_key=KEY, sign="0" * 64, json=MISSED),
            "no sign": a_form(vpbx_api_key=KEY, json=MISSED),
            "empty sign": a_form(vpbx_api_key=KEY, sign="", json=MISSED),
            "wrong key": a_form(vpbx_api_key="mk_other", sign=sign(MISSED, "mk_other"), json=MISSED),
            "no key": a_form(sign=right, json=MISSED),
            "empty key": a_form(vpbx_api_key="", sign=sign(MISSED, ""), json=MISSED),
            "no content": a_form(vpbx_api_key=KEY, sign=sign(b"")),
            "nothing": a_form(),
            "tampered content": a_form(vpbx_api_key=KEY, sign=right, json=MISSED.replace(b"79161", b"79162")),
            "one space more": a_form(vpbx_api_key=KEY, sign=right, json=MISSED + b" "),
            "an HMAC": a_form(vpbx_api_key=KEY, sign=keyed, json=MISSED),
            "over the encoded text": a_form(vpbx_api_key=KEY, sign=sign(wire), json=MISSED),
            "not ASCII": a_form(vpbx_api_key=KEY, sign="подпись", json=MISSED),
            "too many fields": a_webhook(b"a=1&" * (MAX_FIELDS + 1) + signed(MISSED).body, path=SUMMARY),
        }


class TestDoor:
    def test_the_documented_signature_verifies(self) -> None:
        assert sign(MISSED) == MISSED_SIGN
        door = Door("mango", SECRETS)
        assert door.receive(a_form(vpbx_api_key=KEY, sign=MISSED_SIGN, json=MISSED)).status == 200

    def test_key_and_signature_are_not_stored(self) -> None:
        door = Door("mango", SECRETS)
        door.receive(signed(MISSED))
        assert parse_qs(door.queue[0].webhook.body) == {b"json": [MISSED]}

    def test_the_salt_alone_can_be_replaced(self) -> None:
        settings = {"api_key": [KEY, KEY], "api_salt": ["ms_demo_old", SALT]}
        door = Door("mango", settings)
        for salt in ("ms_demo_old", SALT):
            form = a_form(vpbx_api_key=KEY, sign=sign(MISSED, salt=salt), json=MISSED)
            assert door.receive(form).status == 200

    def test_a_key_goes_with_its_own_salt_only(self) -> None:
        settings = {"api_key": [KEY, "mk_demo_0003"], "api_salt": [SALT, "ms_demo_0004"]}
        crossed = a_form(vpbx_api_key=KEY, sign=sign(MISSED, salt="ms_demo_0004"), json=MISSED)
        assert Door("mango", settings).receive(crossed).status == 403

    @pytest.mark.parametrize(
        "path",
        [
            ("events", "call"),
            ("events", "dtmf"),
            ("events", "sms"),
            ("result", "callback"),
            ("summary",),
            (),
        ],
    )
    def test_other_events_are_answered_and_forgotten(self, path: tuple[str, ...]) -> None:
        door = Door("mango", SECRETS)
        assert door.receive(signed(MISSED, path)).status == 200
        assert not door.queue

    def test_other_events_must_prove_their_origin_too(self) -> None:
        forged = a_form(("events", "call"), vpbx_api_key=KEY, sign="0" * 64, json=b"{}")
        assert Door("mango", SECRETS).receive(forged).status == 403

    def test_a_base_address_with_a_slash_at_its_end(self) -> None:
        door = Door("mango", SECRETS)
        door.receive(signed(MISSED, ("", *SUMMARY)))
        assert door.reading() == Reading((CALL,))

    def test_calls_of_one_client_stay_in_order_and_others_do_not_wait_for_them(self) -> None:
        door = Door("mango", SECRETS)
        for caller in ({"number": "79161234567"}, {"number": 89161234567}, {"number": "79990000001"}, {}, {}):
            door.receive(signed(call(**{"from": caller, "entry_id": str(len(door.queue))})))
        one, same, other, hidden, hidden_too = (envelope.group for envelope in door.queue)
        assert one == same
        assert len({one, other, hidden, hidden_too}) == 4

    @pytest.mark.parametrize("entry_id", ["", None, ..., 0])
    def test_a_summary_without_an_id_is_kept_for_quarantine(self, entry_id: object) -> None:
        door = Door("mango", SECRETS)
        door.receive(signed(call(entry_id=entry_id)))
        assert len(door.queue) == 1


class TestMissed:
    def test_numbers_may_be_texts(self) -> None:
        texts = {
            "call_direction": "1",
            "create_time": "1762161300",
            "talk_time": "0",
            "disconnect_reason": "1111",
        }
        assert missed(**texts) == CALL

    def test_texts_may_be_numbers(self) -> None:
        assert missed(**{"from": {"number": 79161234567}, "line_number": 74950000001}) == CALL

    def test_entry_result_lies(self) -> None:
        assert missed(entry_result=1) == CALL

    @pytest.mark.parametrize("talk_time", [0, "0", "", None, ...])
    def test_no_moment_of_answer(self, talk_time: object) -> None:
        assert missed(talk_time=talk_time) == CALL

    @pytest.mark.parametrize(
        "caller", [{}, [], None, ..., {"number": ""}, {"number": None}, {"number": "anonymous"}]
    )
    def test_a_hidden_caller_has_no_phone(self, caller: object) -> None:
        assert missed(**{"from": caller}) == CALL.model_copy(update={"phone": None})

    @pytest.mark.parametrize("callee", [{}, [], None, ..., {"extension": "101"}])
    def test_nobody_was_rung(self, callee: object) -> None:
        assert missed(to=callee) == CALL

    def test_the_line_may_be_unknown(self) -> None:
        assert missed(line_number=...).line == ""

    def test_an_answering_machine_is_nobody(self) -> None:
        content = call(talk_time=1762161310, to={"extension": "099"})
        assert answered(content).employee == "099"
        assert reading(content, answering_machine_extensions=["099"]) == Reading((CALL,))
        content = call(talk_time=1762161310, to={"extension": "101"})
        assert answered(content, answering_machine_extensions=["099"]).employee == "101"

    def test_the_shop_decides_about_calls_that_ended_in_the_menu(self) -> None:
        content = call(disconnect_reason=1170, to={}, entry_result=1)
        assert reading(content) == Reading((CALL,))
        assert reading(content, menu_hangup_is_missed=False) == Reading(note="ended-in-menu")

    def test_somebody_was_rung_before_the_scheme_ended_the_call(self) -> None:
        content = call(disconnect_reason=1170)
        assert reading(content, menu_hangup_is_missed=False) == Reading((CALL,))

    @pytest.mark.parametrize("number", ["+7378742833", "101", "sip:anonymous@anonymous.invalid"])
    def test_numbers_that_are_nobody(self, number: str) -> None:
        assert missed(**{"from": {"number": number}}).phone is None

    @pytest.mark.parametrize("reason", [0, 1110, 1121, 1150, 1164, 2219, 9999, None])
    def test_any_other_reason_is_missed(self, reason: object) -> None:
        assert missed(disconnect_reason=reason) == CALL


class TestAnswered:
    def test_a_client_was_answered(self) -> None:
        event = answered(call(talk_time=1762161310, end_time=1762161342, entry_result=0))
        assert event == CallAnswered(
            call_id="NTc0ODIxMDAyMTo1NTU=",
            phone="+79161234567",
            line="74950000001",
            direction="inbound",
            called_at=datetime(2025, 11, 3, 9, 15, tzinfo=UTC),
            answered_at=datetime(2025, 11, 3, 9, 15, 10, tzinfo=UTC),
            talked=timedelta(seconds=32),
            employee="101",
        )

    def test_a_client_was_called(self) -> None:
        event = answered(call(**OUTBOUND))
        assert (event.direction, event.phone, event.employee) == ("outbound", "+79161234567", "101")
        assert event.talked == timedelta(seconds=90)

    def test_an_employee_without_an_extension_has_an_address(self) -> None:
        content = call(**{**OUTBOUND, "from": {"number": "sip:manager1@shop.mangosip.ru"}})
        assert answered(content).employee == "sip:manager1@shop.mangosip.ru"

    @pytest.mark.parametrize("end_time", [..., 0, 1762161309, 10**30, -1])
    def test_an_absurd_end_gives_no_length(self, end_time: object) -> None:
        assert answered(call(talk_time=1762161310, end_time=end_time)).talked is None

    def test_an_absurd_moment_of_answer_is_still_an_answer(self) -> None:
        event = answered(call(talk_time=7))
        assert (event.answered_at, event.talked) == (None, None)

    def test_calls_in_both_directions_have_one_group(self) -> None:
        door = Door("mango", SECRETS)
        door.receive(signed(MISSED), signed(call(**{**OUTBOUND, "entry_id": "back"})))
        missed_one, back = door.queue
        assert missed_one.group == back.group


class TestRecorded:
    LINKS: ClassVar[Mapping[str, str]] = {"recording_links": "30d"}

    def test_a_saved_recording_has_a_signed_link(self) -> None:
        expires = 1762161401 + 30 * 24 * 3600
        link_sign = sha256(f"{KEY}{expires}MDE6MTA6MDAx{SALT}".encode()).hexdigest()
        link = (
            "https://app.mango-office.ru/vpbx/queries/recording/link/"
            f"MDE6MTA6MDAx/play/{KEY}/{expires}/{link_sign}"
        )
        event = CallRecorded(call_id="NTc0ODIxMDAyMTo1NTU=", recording_url=link)
        assert recorded(recording(), **self.LINKS) == Reading((event,))

    def test_links_are_the_shops_choice(self) -> None:
        assert recorded(recording()) == Reading(note="no-recording-links")

    @pytest.mark.parametrize("changes", [{"completion_code": 4002}, {"recording_state": "Moved"}])
    def test_what_was_not_saved_has_no_link(self, changes: dict[str, object]) -> None:
        assert recorded(recording(**changes), **self.LINKS) == Reading(note="not-recorded")

    @pytest.mark.parametrize("state", ["Started", "Continued"])
    def test_the_beginning_of_a_recording_is_forgotten(self, state: str) -> None:
        door = Door("mango", SECRETS)
        door.receive(signed(recording(recording_state=state), RECORDING))
        assert not door.queue

    @pytest.mark.parametrize(
        "content", [b"[]", b"{}", recording(recording_id=...), recording(timestamp=0), b"nonsense"]
    )
    def test_what_cannot_be_read_is_kept(self, content: bytes) -> None:
        with pytest.raises(Unreadable):
            recorded(content)


@pytest.mark.parametrize(
    ("note", "changes"),
    [
        ("internal-call", {"call_direction": 0}),
        ("internal-call", {"call_direction": "0"}),
        ("internal-call", {"from": {"number": "sip:manager2@shop.mangosip.ru", "extension": "102"}}),
        ("internal-call", {"from": {"number": "sip:102@shop.mangosip.ru"}}),
        ("internal-call", {"call_direction": 2, "to": {"number": "sip:102@shop.mangosip.ru"}}),
        ("outbound-unanswered", {**OUTBOUND, "talk_time": 0}),
        ("unknown-direction", {"call_direction": 3}),
        ("callback-ordered", {"callback_initiator": "CallbackWidget"}),
        ("callback-ordered", {"command_id": "base-1"}),
        ("callback-ordered", {"command_id": 1}),
        ("callback-ordered", {**OUTBOUND, "command_id": "base-1"}),
        ("blacklisted-caller", {"disconnect_reason": 1151}),
        ("blacklisted-caller", {"disconnect_reason": "1152"}),
    ],
)
def test_what_is_nobodys_missed_call(note: str, changes: dict[str, object]) -> None:
    assert reading(call(**changes)) == Reading(note=note)


@pytest.mark.parametrize(
    "content",
    [
        b"[]",
        b"null",
        b'"text"',
        call(entry_id=...),
        call(entry_id=["a"]),
        call(call_direction="inbound"),
        call(call_direction=...),
        call(talk_time="soon"),
        call(talk_time=-1),
        call(talk_time=float("inf")),
        call(**{"from": "79161234567"}),
    ],
)
def test_unexpected_content_goes_to_quarantine(content: bytes) -> None:
    with pytest.raises(Unreadable, match="unexpected-content"):
        reading(content)


@pytest.mark.parametrize(
    "moment",
    [..., 0, -1, -(10**18), 1762161300000, 10**30, 253402300800, float("nan"), float("inf"), "noon", True],
)
def test_absurd_times_go_to_quarantine(moment: object) -> None:
    with pytest.raises(Unreadable, match="unexpected-content"):
        reading(call(create_time=moment))


class TestSettings:
    def test_keys_and_salts_go_together(self) -> None:
        with pytest.raises(ValidationError, match="the same number of values"):
            Settings(provider="mango", api_key=("k1", "k2"), api_salt="s1")

    @pytest.mark.parametrize("empty", ["", (), ("",)])
    def test_an_empty_secret_is_refused(self, empty: str | tuple[str, ...]) -> None:
        with pytest.raises(ValidationError):
            Settings(provider="mango", api_key=empty, api_salt=empty)

    def test_secrets_show_neither_in_errors_nor_in_a_repr(self) -> None:
        assert SALT not in repr(Settings(provider="mango", api_key=KEY, api_salt=SALT))
        with pytest.raises(ValidationError) as refused:
            Settings.model_validate({"provider": "mango", "api_salt": SALT})
        assert SALT not in str(refused.value)


class TestDay(TelephonyDay):
    """From 11:00 on: whoever calls is in the table of ``day``."""

    source = "mango"
    settings: ClassVar[Mapping[str, Any]] = {"provider": "mango", **SECRETS, "recording_links": "30d"}
    known_clients = ("+79160000002", "+79160000003")
    orders = ("+79160000001", "+79160000004")
    call_backs = (HIDDEN, HIDDEN, "+79160000003", "+79160000004")

    def day(self) -> list[Sent]:
        staff: dict[str, Any] = {"extension": "101", "number": "sip:manager1@shop.mangosip.ru"}
        menu: dict[str, Any] = {"to": {}, "disconnect_reason": 1170, "entry_result": 1}
        transfer: dict[str, Any] = {
            "from": {"extension": "102"},
            "to": {"extension": "103"},
            "call_direction": 0,
        }
        return [
            self._call(0, "new", "79160000001"),
            self._call(1, "known", "79160000002"),
            self._call(2, "known-again", "79160000003"),
            self._call(4, "other", "79160000003", **menu),
            self._call(6, "hidden", None),
            self._call(7, "hidden-too", None, **menu),
            self._call(8, "menu", "79160000004", **menu),
            self._call(9, "menu-again", "79160000004"),
            self._call(10, "answered", "79160000005", talked=40),
            self._recorded(12, "answered"),
            self._call(13, "transferred", "79160000005", talked=90),
            self._call(13, "transfer", None, **transfer),
            self._call(15, "not-reached", None, **{**OUTBOUND, "talk_time": 0, "from": staff}),
            self._call(20, "back", None, talked=60, **self._to("79160000002")),
            self._recorded(22, "back"),
            self._call(23, "back-to-new", None, talked=60, **self._to("79160000001")),
            self._call(25, "ordered", "79160000006", callback_initiator="CallbackWidget"),
            self._call(26, "blacklisted", "79160000007", disconnect_reason=1151),
        ]

    def _to(self, phone: str) -> dict[str, Any]:
        return {"call_direction": 2, "from": OUTBOUND["from"], "to": {"number": phone}}

    def _call(
        self, minute: int, entry_id: str, phone: str | None, *, talked: int = 0, **changes: Any
    ) -> Sent:
        begins = int(self.begins.timestamp()) + minute * 60
        summary = {
            **json.loads(MISSED),
            "entry_id": entry_id,
            "from": {"number": phone} if phone else {},
            "create_time": begins,
            "forward_time": begins + 5,
            "talk_time": begins + 10 if talked else 0,
            "end_time": begins + 10 + talked,
            "entry_result": int(talked > 0),
        }
        content = json.dumps({**summary, **changes}).encode()
        return Sent(timedelta(minutes=minute, seconds=15 + talked), self._webhook(content, SUMMARY))

    def _recorded(self, minute: int, entry_id: str) -> Sent:
        at = int(self.begins.timestamp()) + minute * 60
        content = recording(entry_id=entry_id, recording_id=f"recording-{entry_id}", timestamp=at)
        return Sent(timedelta(minutes=minute), self._webhook(content, RECORDING))

    def _webhook(self, content: bytes, path: tuple[str, ...]) -> Webhook:
        return replace(signed(content, path), source=self.source)
