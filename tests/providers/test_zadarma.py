"""Zadarma, Novofon 1.0: the contract suite, and the surprises of its events."""

import hmac
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha1
from typing import Any, ClassVar
from urllib.parse import parse_qsl, unquote_to_bytes, urlencode
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.errors import Unreadable
from chalicelib.events import AnyEvent, CallAnswered, CallMissed
from chalicelib.gate.form import MAX_FIELDS
from chalicelib.gate.provider import Reply
from chalicelib.gate.webhook import Webhook
from chalicelib.providers.reading import Reading
from chalicelib.providers.zadarma.gate import SIGNED_FIELDS
from chalicelib.providers.zadarma.read import UNANSWERED
from tests.telephony_days import HIDDEN, Sent, TelephonyDay

from .contract import Door, ProviderContract, a_webhook

TOKEN, SECRET = "zd-demo-token-1", "zd_demo_secret"
SECRETS = {"token": TOKEN, "api_secret": SECRET}
FORM = "application/x-www-form-urlencoded"
HEX_SIGNATURE = "ODllZjk2MmEyZTdhMGUzMGQ2MWJjZmQyMDUzZjI1NDFjMTZiZWQxMw=="
RAW_SIGNATURE = "ie+WKi56DjDWG8/SBT8lQcFr7RM="

MISSED = {
    "event": "NOTIFY_END",
    "call_start": "2025-11-03 12:15:00",
    "pbx_call_id": "in_c0ffee00c0ffee00c0ffee00c0ffee00",
    "caller_id": "79161234567",
    "called_did": "74950000001",
    "internal": "100",
    "duration": "5",
    "disposition": "cancel",
    "status_code": "16",
    "is_recorded": "0",
    "call_id_with_rec": "",
}
OUTBOUND = {
    "event": "NOTIFY_OUT_END",
    "call_start": "2025-11-03 12:20:00",
    "pbx_call_id": "out_c0ffee00c0ffee00c0ffee00c0ffee01",
    "caller_id": "74950000001",
    "destination": "79161234567",
    "internal": "100",
    "duration": "95",
    "disposition": "answered",
    "status_code": "16",
    "is_recorded": "1",
    "call_id_with_rec": "1762161600.4243",
}
RECORDED = {
    "event": "NOTIFY_RECORD",
    "pbx_call_id": "in_c0ffee00c0ffee00c0ffee00c0ffee00",
    "call_id_with_rec": "1762161300.4242",
}

# The contract reads in the zone of Tomsk.
CALL = CallMissed(
    call_id="in_c0ffee00c0ffee00c0ffee00c0ffee00",
    phone="+79161234567",
    line="74950000001",
    called_at=datetime(2025, 11, 3, 5, 15, tzinfo=UTC),
)
ANSWERED = CallAnswered(
    call_id="in_c0ffee00c0ffee00c0ffee00c0ffee00",
    phone="+79161234567",
    line="74950000001",
    direction="inbound",
    called_at=datetime(2025, 11, 3, 5, 15, tzinfo=UTC),
    talked=timedelta(seconds=5),
    employee="100",
)


def form(fields: Mapping[str, object] = MISSED, /, **changes: object) -> bytes:
    """An event with other fields; ``...`` takes one out."""
    changed = {**fields, **changes}
    return urlencode({name: value for name, value in changed.items() if value is not ...}).encode()


def signature(content: bytes, secret: str = SECRET) -> str:
    """As Zadarma makes it, of the bytes that a form holds."""
    pairs = (pair.partition(b"=") for pair in content.split(b"&") if pair)
    fields = {_decoded(name): _decoded(value) for name, _, value in pairs}
    event = fields.get(b"event", b"").decode("utf-8", "replace")
    names = SIGNED_FIELDS.get(event, ("caller_id", "called_did", "call_start"))
    text = b"".join(fields.get(name.encode(), b"") for name in names).decode("utf-8", "replace")
    return b64encode(hmac.new(secret.encode(), text.encode(), sha1).hexdigest().encode()).decode()


def _decoded(raw: bytes) -> bytes:
    return unquote_to_bytes(raw.replace(b"+", b" "))


def sent(content: bytes, secrets: Mapping[str, str] = SECRETS, /, **headers: str) -> Webhook:
    webhook = a_webhook(content, path=(secrets["token"],))
    given = {"content-type": FORM, "signature": signature(content, secrets["api_secret"]), **headers}
    return replace(webhook, headers=given)


def received(*contents: bytes, **settings: object) -> Door:
    door = Door("zadarma", {**SECRETS, **settings})
    for content in contents:
        assert door.receive(sent(content)).status == 200
    return door


def reading(fields: Mapping[str, object] = MISSED, /, **changes: object) -> Reading:
    return received(form(fields, **changes)).reading()


def multipart(fields: Mapping[str, str], boundary: str = "------------------------c0ffee") -> bytes:
    parts = (
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in fields.items()
    )
    return "".join((*parts, f"--{boundary}--\r\n")).encode()


class TestContract(ProviderContract):
    provider = "zadarma"
    secrets: ClassVar[Mapping[str, str]] = SECRETS
    next_secrets: ClassVar[Mapping[str, str]] = {"token": "zd-demo-token-2", "api_secret": "zd_demo_other"}
    sample = form()
    same_event = urlencode(dict(reversed(MISSED.items()))).encode()
    other_event = form(pbx_call_id="in_c0ffee00c0ffee00c0ffee00c0ffee02")
    events: ClassVar[tuple[AnyEvent, ...]] = (CALL,)
    samples = (form(OUTBOUND), form(RECORDED), form(disposition="no money, no limit", internal=""))
    broken = form()[:-70]
    broken_reason = "unexpected-content"
    wrong_encoding: ClassVar[Mapping[str, bytes]] = {
        "cp1251": urlencode({**MISSED, "internal": "Анна"}, encoding="cp1251").encode(),
        "no UTF-8": form().replace(b"internal=100", b"internal=%ff%fe"),
    }
    wrong_type_is_read = True
    field_names = (*MISSED, "destination", "result", "zd_echo", "last_internal", "calltype")

    def proven(self, content: bytes, secrets: Mapping[str, str]) -> Webhook:
        return sent(content, secrets)

    def may_be_forgotten(self, webhook: Webhook) -> bool:
        event = dict(parse_qsl(webhook.body.decode("latin-1"))).get("event", "")
        return event not in {"", "NOTIFY_END", "NOTIFY_OUT_END", "NOTIFY_RECORD"}

    def unknown_event(self) -> Webhook:
        return sent(form(event="NOTIFY_MOON_PHASE"))

    def forgeries(self) -> Mapping[str, Webhook]:
        authentic = self.authentic(self.sample)
        text = "79161234567749500000012025-11-03 12:15:00"
        return {
            "wrong signature": sent(form(), signature=signature(form(), "guessed")),
            "unsigned": replace(authentic, headers={"content-type": FORM}),
            "empty signature": sent(form(), signature=""),
            "signature in hex": sent(
                form(), signature=hmac.new(SECRET.encode(), text.encode(), sha1).hexdigest()
            ),
            "a plain hash": sent(form(), signature=b64encode(sha1(text.encode()).digest()).decode()),  # noqa: S324 -- a forger's
            "not ASCII": sent(form(), signature="подпись"),
            "another caller": replace(authentic, body=form(caller_id="79160000000")),
            "another moment": replace(authentic, body=form(call_start="2025-11-03 12:15:01")),
            "as an outbound call": replace(authentic, body=form(event="NOTIFY_OUT_END")),
            "wrong token": replace(authentic, path=("guessed",)),
            "no token": replace(authentic, path=()),
            "empty token": replace(authentic, path=("",)),
            "too many fields": replace(authentic, body=b"a=1&" * (MAX_FIELDS + 1) + form()),
        }


class TestDoor:
    @pytest.mark.parametrize("given", [HEX_SIGNATURE, RAW_SIGNATURE])
    def test_both_forms_of_the_documented_signature_verify(self, given: str) -> None:
        door = Door("zadarma", SECRETS)
        assert door.receive(sent(form(), signature=given)) == Reply(200, "ok")
        assert door.reading() == Reading((CALL,))

    def test_the_signature_of_a_recording(self) -> None:
        given = "YjZkZjBmNmQyN2ZiM2MyNzgwZmY3MjE1ZjViNmZjZDYwZDhiYjdhOA=="
        assert Door("zadarma", SECRETS).receive(sent(form(RECORDED), signature=given)).status == 200

    @given(
        name=st.sampled_from(["caller_id", "called_did", "call_start"]),
        value=st.text(st.characters(codec="utf-8"), max_size=20),
    )
    def test_any_other_signed_content_is_refused(self, name: str, value: str) -> None:
        altered = {**MISSED, name: value}
        door = Door("zadarma", SECRETS)
        is_same = "".join(altered[name] for name in SIGNED_FIELDS["NOTIFY_END"]) == (
            MISSED["caller_id"] + MISSED["called_did"] + MISSED["call_start"]
        )
        status = door.receive(replace(sent(form()), body=form(altered))).status
        assert status == (200 if is_same else 403)

    @given(given=st.text(max_size=60).filter(lambda text: text.strip() not in {HEX_SIGNATURE, RAW_SIGNATURE}))
    def test_any_other_signature_is_refused(self, given: str) -> None:
        door = Door("zadarma", SECRETS)
        assert door.receive(sent(form(), signature=given)).status == 403
        assert not door.queue

    @given(guess=st.text(max_size=40).filter(lambda text: text != TOKEN))
    def test_any_other_token_is_refused(self, guess: str) -> None:
        door = Door("zadarma", SECRETS)
        assert door.receive(replace(sent(form()), path=(guess,))).status in {401, 403}

    @pytest.mark.parametrize(
        "event", sorted(set(SIGNED_FIELDS) - {"NOTIFY_END", "NOTIFY_OUT_END", "NOTIFY_RECORD"})
    )
    def test_what_is_no_end_of_a_call_is_forgotten(self, event: str) -> None:
        assert not received(form(event=event, destination="101", result='{"text":"1"}')).queue

    def test_an_event_without_documentation_is_forgotten(self) -> None:
        assert not received(form(event="NOTIFY_INTERNAL_END", disposition="answered")).queue

    def test_calls_of_one_client_have_one_group_and_outcomes_are_apart(self) -> None:
        door = received(form(), form(disposition="answered"), form(OUTBOUND), form(RECORDED))
        missed, answered, outbound, recorded = door.queue
        assert missed.group == answered.group == outbound.group
        assert len({envelope.id for envelope in (missed, answered, outbound, recorded)}) == 4

    @pytest.mark.parametrize("content", [b"", b"a", form(event=...), form(pbx_call_id="")])
    def test_what_does_not_say_what_it_is_goes_to_quarantine(self, content: bytes) -> None:
        with pytest.raises(Unreadable, match="unexpected-content"):
            received(content).reading()


class TestEcho:
    def echo(self, text: str, path: tuple[str, ...] = (TOKEN,), method: str = "GET") -> Reply:
        door = Door("zadarma", SECRETS)
        reply = door.receive(replace(a_webhook(path=path, query={"zd_echo": text}), method=method))
        assert not door.queue
        return reply

    def test_the_test_of_the_url_is_answered(self) -> None:
        assert self.echo("bjkbHDV35") == Reply(200, "bjkbHDV35", "text/plain; charset=utf-8")

    @pytest.mark.parametrize("text", ["", "<script>", "a b", "я", "x" * 65, "a\n"])
    def test_what_could_be_a_page_is_not_repeated(self, text: str) -> None:
        assert self.echo(text).status == 403

    @pytest.mark.parametrize("path", [(), ("guessed",), ("",)])
    def test_the_token_is_needed(self, path: tuple[str, ...]) -> None:
        assert self.echo("bjkbHDV35", path).status in {401, 403}

    def test_only_a_get_is_a_test(self) -> None:
        assert self.echo("bjkbHDV35", method="POST").status == 403


class TestMultipart:
    @pytest.mark.parametrize("content_type", ["multipart/form-data; boundary=c0ffee", FORM, ""])
    def test_the_boundary_is_that_of_the_body(self, content_type: str) -> None:
        door = Door("zadarma", SECRETS)
        webhook = sent(form(), **{"content-type": content_type})
        assert door.receive(replace(webhook, body=multipart(MISSED))).status == 200
        assert door.reading() == Reading((CALL,))

    def test_values_keep_their_lines(self) -> None:
        door = Door("zadarma", SECRETS)
        body = multipart({**MISSED, "internal": "100\r\n\r\n101"})
        door.receive(replace(sent(form()), body=body))
        (event,) = door.reading().events
        assert event == CALL

    @pytest.mark.parametrize("body", [b"--form-data", b"--\r\nform-data", multipart({"": ""}), multipart({})])
    def test_a_broken_one_proves_nothing(self, body: bytes) -> None:
        door = Door("zadarma", SECRETS)
        assert door.receive(replace(sent(form()), body=body)).status == 403

    def test_too_many_parts(self) -> None:
        door = Door("zadarma", SECRETS)
        body = multipart({str(number): "" for number in range(MAX_FIELDS + 1)})
        assert door.receive(replace(sent(form()), body=body)).body == "too-many-fields"

    def test_wrong_encoding_goes_to_quarantine(self) -> None:
        door = Door("zadarma", SECRETS)
        body = multipart({**MISSED, "internal": "?"}).replace(b"?", b"\xff")
        door.receive(replace(sent(form()), body=body))
        with pytest.raises(Unreadable, match="wrong-encoding"):
            door.reading()


class TestMissed:
    @pytest.mark.parametrize("disposition", sorted(UNANSWERED))
    def test_any_disposition_but_answered(self, disposition: str) -> None:
        assert reading(disposition=disposition) == Reading((CALL,))

    def test_an_unknown_disposition_is_missed_and_logged(self, caplog: pytest.LogCaptureFixture) -> None:
        assert reading(disposition="abducted") == Reading((CALL,))
        assert "unknown call status" in caplog.text

    def test_known_dispositions_are_not_logged(self, caplog: pytest.LogCaptureFixture) -> None:
        reading(disposition="No Answer")
        assert "unknown call status" not in caplog.text

    @pytest.mark.parametrize("duration", ["0", "5", "300", "", "long", "-1", ...])
    def test_a_length_decides_nothing(self, duration: object) -> None:
        assert reading(duration=duration) == Reading((CALL,))

    @pytest.mark.parametrize("caller", ["", ..., "anonymous", "0", "unknown"])
    def test_a_hidden_caller_has_no_phone(self, caller: object) -> None:
        assert reading(caller_id=caller) == Reading((CALL.model_copy(update={"phone": None}),))

    def test_the_shop_decides_about_calls_that_ended_in_the_menu(self) -> None:
        assert reading(internal="") == Reading((CALL,))
        door = received(form(internal=""), menu_hangup_is_missed=False)
        assert door.reading() == Reading(note="ended-in-menu")
        door = received(form(), menu_hangup_is_missed=False)
        assert door.reading() == Reading((CALL,))


class TestAnswered:
    def test_inbound(self) -> None:
        assert reading(disposition="answered") == Reading((ANSWERED,))

    def test_outbound(self) -> None:
        outbound = ANSWERED.model_copy(
            update={
                "call_id": OUTBOUND["pbx_call_id"],
                "direction": "outbound",
                "called_at": datetime(2025, 11, 3, 5, 20, tzinfo=UTC),
                "talked": timedelta(seconds=95),
            }
        )
        assert reading(OUTBOUND) == Reading((outbound,))

    def test_without_a_length_the_talk_is_of_unknown_length(self) -> None:
        (event,) = reading(disposition="answered", duration="").events
        assert isinstance(event, CallAnswered)
        assert event.talked is None


@pytest.mark.parametrize(
    ("note", "fields", "changes"),
    [
        ("outbound-unanswered", OUTBOUND, {"disposition": "busy"}),
        ("outbound-unanswered", OUTBOUND, {"disposition": "cancel", "duration": "12"}),
        ("internal-call", MISSED, {"caller_id": "101"}),
        ("internal-call", MISSED, {"caller_id": "101", "disposition": "answered"}),
        ("internal-call", OUTBOUND, {"destination": "101"}),
        ("recording-by-api", RECORDED, {"call_id_with_rec": "7.9161234567e10"}),
    ],
)
def test_what_is_nobodys_missed_call(
    note: str, fields: Mapping[str, object], changes: dict[str, object]
) -> None:
    assert reading(fields, **changes) == Reading(note=note)


@pytest.mark.parametrize(
    ("fields", "changes"),
    [
        (MISSED, {"disposition": ""}),
        (MISSED, {"disposition": ...}),
        (MISSED, {"call_start": ...}),
        (MISSED, {"call_start": "yesterday"}),
        (MISSED, {"call_start": "0001-01-01 00:00:00"}),
    ],
)
def test_unexpected_content_goes_to_quarantine(
    fields: Mapping[str, object], changes: dict[str, object]
) -> None:
    with pytest.raises(Unreadable, match="unexpected-content"):
        reading(fields, **changes)


def test_a_time_may_have_an_offset() -> None:
    assert reading(call_start="2025-11-03T08:15:00+03:00") == Reading((CALL,))


class TestDay(TelephonyDay):
    """In the account's time, which is Moscow's; one of the forms is multipart."""

    source = "zadarma"
    settings: ClassVar[Mapping[str, Any]] = {"provider": "zadarma", **SECRETS, "timezone": "Europe/Moscow"}
    known_clients = ("+79160000002", "+79160000003")
    orders = ("+79160000001", "+79160000004")
    call_backs = (HIDDEN, "+79160000003", "+79160000004")

    def day(self) -> list[Sent]:
        return [
            self._end(0, "in_1", "79160000001", event="NOTIFY_START", disposition=..., internal=...),
            self._end(0, "in_1", "79160000001"),
            self._end(1, "in_2", "79160000002", disposition="no answer"),
            self._end(2, "in_3", "79160000003", disposition="busy"),
            self._end(4, "in_4", "79160000003", disposition="no money, no limit"),
            self._end(6, "in_5", "anonymous"),
            self._end(8, "in_6", "79160000004", event="NOTIFY_IVR", wait_dtmf="1"),
            self._end(8, "in_6", "79160000004", internal="", disposition="cancel"),
            self._in_parts(9, "in_7", "79160000004"),
            self._end(10, "in_8", "79160000005", event="NOTIFY_INTERNAL", disposition=...),
            self._end(10, "in_8", "79160000005", disposition="answered", duration="40"),
            self._record(12, "in_8"),
            self._end(13, "in_9", "79160000005", event="NOTIFY_INTERNAL_END", disposition="cancel"),
            self._end(13, "in_9", "79160000005", disposition="answered", duration="90", internal="101"),
            self._out_end(15, "out_1", "79160000006", disposition="no answer"),
            self._end(16, "in_10", "101", disposition="answered"),
            self._out_end(20, "out_2", "79160000002", duration="60"),
            self._record(22, "out_2"),
            self._out_end(23, "out_3", "79160000001", duration="60"),
        ]

    def _end(self, minute: int, call: str, phone: str, **changes: object) -> Sent:
        return self._sent(minute, form(MISSED, **self._call(minute, call), caller_id=phone, **changes))

    def _out_end(self, minute: int, call: str, phone: str, **changes: object) -> Sent:
        return self._sent(minute, form(OUTBOUND, **self._call(minute, call), destination=phone, **changes))

    def _record(self, minute: int, call: str) -> Sent:
        return self._sent(minute, form(RECORDED, pbx_call_id=call))

    def _in_parts(self, minute: int, call: str, phone: str) -> Sent:
        fields = {**MISSED, **self._call(minute, call), "caller_id": phone}
        plain = self._sent(minute, form(fields))
        return replace(plain, webhook=replace(plain.webhook, body=multipart(fields)))

    def _call(self, minute: int, call: str) -> dict[str, str]:
        start = (self.begins + timedelta(minutes=minute)).astimezone(ZoneInfo("Europe/Moscow"))
        return {"pbx_call_id": call, "call_start": f"{start:%Y-%m-%d %H:%M:%S}"}

    def _sent(self, minute: int, content: bytes) -> Sent:
        after = timedelta(minutes=minute, seconds=95)
        return Sent(after, replace(sent(content), source=self.source))
