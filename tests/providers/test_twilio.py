"""Twilio Voice: the contract suite, and the surprises of its calls."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import parse_qsl, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from twilio.request_validator import RequestValidator

from chalicelib.errors import Unreadable
from chalicelib.events import AnyEvent, CallAnswered, CallMissed, CallRecorded
from chalicelib.gate.form import MAX_FIELDS, form_pairs
from chalicelib.gate.provider import Reply
from chalicelib.gate.twilio_signature import signature
from chalicelib.gate.webhook import Webhook
from chalicelib.providers.reading import Reading
from chalicelib.providers.twilio.read import Settings
from tests.telephony_days import HIDDEN, Sent, TelephonyDay

from .contract import NOON, Door, ProviderContract, a_webhook

MISSED = (Path(__file__).parent / "twilio" / "missed.txt").read_bytes().strip()
FIELDS = dict(parse_qsl(MISSED.decode(), keep_blank_values=True))
TOKEN = "0123456789abcdef0123456789abcdef"
URL = "https://a1b2c3.execute-api.eu-central-1.amazonaws.com/api/hooks/twilio"
SECRETS = {"auth_token": TOKEN, "url": URL}
FORM = "application/x-www-form-urlencoded; charset=UTF-8"

DIALLED: Mapping[str, object] = {
    **{name: FIELDS[name] for name in ("AccountSid", "ApiVersion", "CallSid", "From", "To", "Direction")},
    "CallStatus": "completed",
    "DialCallSid": "CA33333333333333333333333333333333",
    "DialCallStatus": "no-answer",
    "DialBridged": "false",
    "CallerName": "",
}
TALKED: Mapping[str, object] = {
    **DIALLED,
    "DialCallStatus": "completed",
    "DialBridged": "true",
    "DialCallDuration": "49",
    "RecordingUrl": "https://api.twilio.com/2010-04-01/Accounts/AC1/Recordings/RE1",
}
RECORDED: Mapping[str, object] = {
    "AccountSid": FIELDS["AccountSid"],
    "CallSid": FIELDS["CallSid"],
    "RecordingSid": "RE44444444444444444444444444444444",
    "RecordingUrl": "https://api.twilio.com/2010-04-01/Accounts/AC1/Recordings/RE1",
    "RecordingStatus": "completed",
    "RecordingDuration": "49",
}
AUDIO = "https://api.twilio.com/2010-04-01/Accounts/AC1/Recordings/RE1.mp3"

CALL = CallMissed(
    call_id="CA22222222222222222222222222222222",
    phone="+79161234567",
    line="+74950000001",
    called_at=datetime(2025, 11, 3, 9, 15, 42, tzinfo=UTC),
)
NOT_REACHED = CALL.model_copy(update={"called_at": NOON})
ANSWERED = CallAnswered(
    call_id=CALL.call_id,
    phone=CALL.phone,
    line=CALL.line,
    direction="inbound",
    called_at=NOON - timedelta(seconds=49),
    talked=timedelta(seconds=49),
    recording_url=AUDIO,
)


def form(fields: Mapping[str, object] = FIELDS, /, **changes: object) -> bytes:
    """A request with other fields; ``...`` takes one out."""
    changed = {**fields, **changes}
    return urlencode({name: value for name, value in changed.items() if value is not ...}).encode()


def sent(content: bytes, secrets: Mapping[str, str] = SECRETS) -> Webhook:
    given = signature(secrets["auth_token"], secrets["url"], form_pairs(content))
    return replace(a_webhook(content), headers={"content-type": FORM, "x-twilio-signature": given})


def received(*contents: bytes, **settings: object) -> Door:
    door = Door("twilio", {**SECRETS, **settings})
    for content in contents:
        assert door.receive(sent(content)).status == 200
    return door


def reading(fields: Mapping[str, object] = FIELDS, /, **changes: object) -> Reading:
    return received(form(fields, **changes)).reading()


class TestContract(ProviderContract):
    provider = "twilio"
    secrets: ClassVar[Mapping[str, str]] = SECRETS
    next_secrets: ClassVar[Mapping[str, str]] = {
        "auth_token": "fedcba9876543210fedcba9876543210",
        "url": "https://hooks.shop.example/hooks/twilio",
    }
    sample = MISSED
    same_event = urlencode(dict(reversed(FIELDS.items()))).encode()
    other_event = form(CallSid="CA22222222222222222222222222222229")
    events: ClassVar[tuple[AnyEvent, ...]] = (CALL,)
    samples = (
        form(DIALLED),
        form(TALKED),
        form(RECORDED),
        form(DIALLED, From="client:anna", To="+79161234567"),
    )
    broken = MISSED[: MISSED.index(b"&CallSid")]
    broken_reason = "unexpected-content"
    wrong_encoding: ClassVar[Mapping[str, bytes]] = {
        "cp1251": MISSED + b"&" + urlencode({"CallerName": "Анна"}, encoding="cp1251").encode(),
        "no UTF-8": MISSED + b"&CallerName=%ff%fe",
    }
    wrong_type_is_read = True
    reply = Reply(200, "<Response/>", "text/xml; charset=utf-8")
    field_names = (*FIELDS, *DIALLED, *TALKED, *RECORDED, "ParentCallSid", "Duration")

    def proven(self, content: bytes, secrets: Mapping[str, str]) -> Webhook:
        return sent(content, secrets)

    def altered(self, content: bytes, other: bytes) -> Webhook | None:
        authentic = sent(content)
        is_the_same = sent(other).headers == authentic.headers
        return None if is_the_same else replace(authentic, body=other)

    def may_be_forgotten(self, webhook: Webhook) -> bool:
        fields = dict(parse_qsl(webhook.body.decode("latin-1")))
        return (
            fields.get("RecordingStatus", "completed") != "completed"
            or "ParentCallSid" in fields
            or fields.get("Direction") == "outbound-dial"
            or fields.get("CallStatus") in {"queued", "initiated", "ringing", "in-progress"}
        )

    def unknown_event(self) -> Webhook:
        """A voice request, as for TwiML."""
        return sent(form(CallStatus="ringing"))

    def forgeries(self) -> Mapping[str, Webhook]:
        authentic = self.authentic(MISSED)
        headers = authentic.headers
        return {
            "wrong": replace(authentic, headers={**headers, "x-twilio-signature": "0" * 28}),
            "empty": replace(authentic, headers={**headers, "x-twilio-signature": ""}),
            "unsigned": replace(authentic, headers={"content-type": FORM}),
            "not ASCII": replace(authentic, headers={**headers, "x-twilio-signature": "подпись"}),
            "another token": sent(MISSED, {**SECRETS, "auth_token": "guessed"}),
            "another host": sent(MISSED, {**SECRETS, "url": "https://other.example/api/hooks/twilio"}),
            "without the stage": sent(MISSED, {**SECRETS, "url": URL.replace("/api/", "/")}),
            "without TLS": sent(MISSED, {**SECRETS, "url": URL.replace("https", "http")}),
            "another path": replace(authentic, path=("dial",)),
            "a field changed": replace(authentic, body=form(CallStatus="completed")),
            "a field more": replace(authentic, body=MISSED + b"&ParentCallSid="),
            "a field less": replace(authentic, body=form(SequenceNumber=...)),
            "too many fields": replace(authentic, body=b"a=1&" * (MAX_FIELDS + 1) + MISSED),
        }


class TestDoor:
    def test_the_documented_signature_verifies(self) -> None:
        url = "https://a1b2c3.execute-api.eu-central-1.amazonaws.com/api/telephony/twilio/s3cr3t?shop=main"
        assert signature(TOKEN, url, form_pairs(MISSED)) == "y0Zg2CexCWjqUdIUsZyxD6sd6pU="

    @given(
        fields=st.dictionaries(
            st.text(st.characters(codec="utf-8"), min_size=1, max_size=8),
            st.text(st.characters(codec="utf-8"), max_size=8),
            max_size=6,
        )
    )
    def test_what_the_official_library_signs_is_let_in_and_nothing_else(self, fields: dict[str, str]) -> None:
        content = urlencode(fields).encode()
        given = RequestValidator(TOKEN).compute_signature(URL, fields)
        webhook = replace(a_webhook(content), headers={"x-twilio-signature": given})
        assert Door("twilio", SECRETS).receive(webhook).status == 200
        altered = replace(webhook, body=content + b"&z=z")
        assert Door("twilio", SECRETS).receive(altered).status == 403

    @given(given=st.text(max_size=40))
    def test_any_other_signature_is_refused(self, given: str) -> None:
        webhook = replace(sent(MISSED), headers={"x-twilio-signature": given})
        is_right = given == sent(MISSED).headers["x-twilio-signature"]
        assert Door("twilio", SECRETS).receive(webhook).status == (200 if is_right else 403)

    def test_the_caller_hears_nothing_of_our_answer(self) -> None:
        assert Door("twilio", SECRETS).receive(sent(form(DIALLED))).body == "<Response/>"

    @pytest.mark.parametrize("status", ["queued", "initiated", "ringing", "in-progress"])
    def test_a_call_under_way_is_forgotten(self, status: str) -> None:
        assert not received(form(CallStatus=status)).queue

    def test_the_dials_verdict_counts_while_the_call_goes_on(self) -> None:
        assert reading(DIALLED, CallStatus="in-progress") == Reading((NOT_REACHED,))

    @pytest.mark.parametrize(
        "changes", [{"ParentCallSid": "CA1", "CallStatus": "no-answer"}, {"Direction": "outbound-dial"}]
    )
    def test_a_leg_to_an_employee_tells_nothing_about_the_call(self, changes: dict[str, object]) -> None:
        assert not received(form(**changes)).queue

    @pytest.mark.parametrize("status", ["in-progress", "absent"])
    def test_a_recording_that_is_not_complete_is_forgotten(self, status: str) -> None:
        assert not received(form(RECORDED, RecordingStatus=status)).queue

    def test_calls_of_one_client_have_one_group_and_outcomes_are_apart(self) -> None:
        back = form(TALKED, From="client:anna", To="+79161234567", CallSid="CA5")
        door = received(MISSED, form(TALKED), back, form(RECORDED))
        missed, answered, outbound, recorded = door.queue
        assert missed.group == answered.group == outbound.group
        assert len({envelope.id for envelope in (missed, answered, outbound, recorded)}) == 4

    @pytest.mark.parametrize("content", [b"", b"a", form(CallSid=""), form(CallStatus="")])
    def test_what_does_not_say_what_it_is_goes_to_quarantine(self, content: bytes) -> None:
        with pytest.raises(Unreadable, match="unexpected-content"):
            received(content).reading()


class TestMissed:
    @pytest.mark.parametrize("status", ["no-answer", "busy", "failed", "canceled"])
    def test_nobody_took_the_call(self, status: str) -> None:
        assert reading(CallStatus=status) == Reading((CALL,))

    @pytest.mark.parametrize("status", ["no-answer", "busy", "failed", "canceled"])
    def test_completed_by_twiml_but_the_dial_reached_nobody(self, status: str) -> None:
        assert reading(DIALLED, DialCallStatus=status, DialBridged=...) == Reading((NOT_REACHED,))

    def test_a_dial_that_was_not_bridged(self) -> None:
        assert reading(DIALLED, DialCallStatus="completed") == Reading((NOT_REACHED,))

    def test_an_unknown_verdict_is_missed_and_logged(self, caplog: pytest.LogCaptureFixture) -> None:
        assert reading(DIALLED, DialCallStatus="abducted") == Reading((NOT_REACHED,))
        assert "unknown call status" in caplog.text

    @pytest.mark.parametrize(
        "caller", ["+266696687", "+7378742833", "+2562533", "+8656696", "+86282452253", "", ..., "Anonymous"]
    )
    def test_a_hidden_caller_has_no_phone(self, caller: object) -> None:
        assert reading(From=caller) == Reading((CALL.model_copy(update={"phone": None}),))

    @pytest.mark.parametrize(
        "timestamp", ["", ..., "noon", "Mon, 03 Nov 1925 09:15:42 +0000", "Mon, 99 Nov 2025 09:15:42 +0000"]
    )
    def test_without_a_usable_time_it_is_now(self, timestamp: object) -> None:
        assert reading(Timestamp=timestamp) == Reading((NOT_REACHED,))

    def test_a_time_without_a_zone_is_in_utc(self) -> None:
        assert reading(Timestamp="Mon, 03 Nov 2025 09:15:42 -0000") == Reading((CALL,))


@pytest.mark.parametrize("length", ["long", "-1", "99999999"])
def test_an_absurd_length_is_left_out(length: str) -> None:
    assert reading(CallDuration=length) == Reading((CALL,))
    (event,) = reading(TALKED, DialCallDuration=length).events
    assert isinstance(event, CallAnswered)
    assert event.talked is None


class TestAnswered:
    def test_inbound(self) -> None:
        assert reading(TALKED) == Reading((ANSWERED,))

    def test_completed_alone_is_not_final_where_twiml_takes_the_calls(self) -> None:
        not_final = CALL.model_copy(update={"is_final": False})
        assert reading(CallStatus="completed", CallDuration="49") == Reading((not_final,))

    def test_without_twiml_completed_is_answered(self) -> None:
        content = form(CallStatus="completed", CallDuration="49", Duration="1")
        answered = ANSWERED.model_copy(
            update={"called_at": CALL.called_at - timedelta(seconds=49), "recording_url": ""}
        )
        assert received(content, answered_by_twiml=False).reading() == Reading((answered,))

    @pytest.mark.parametrize("telephone", ["client:anna", "sip:anna@shop.sip.twilio.com"])
    def test_an_employee_called_a_client(self, telephone: str) -> None:
        (event,) = reading(TALKED, From=telephone, To="+79161234567").events
        outbound = {"direction": "outbound", "employee": telephone, "line": ""}
        assert event == ANSWERED.model_copy(update=outbound)

    def test_to_an_address_of_a_sip_domain(self) -> None:
        (event,) = reading(TALKED, From="sip:anna@x.example", To="sip:+79161234567@x.example").events
        assert isinstance(event, CallAnswered)
        assert event.phone == "+79161234567"


class TestRecorded:
    def test_the_file_has_an_ending(self) -> None:
        recorded = CallRecorded(call_id=CALL.call_id, recording_url=AUDIO)
        assert reading(RECORDED) == Reading((recorded,))
        assert reading(RECORDED, RecordingUrl=AUDIO) == Reading((recorded,))

    def test_what_is_no_link_is_not_shown_to_people(self) -> None:
        assert reading(RECORDED, RecordingUrl="javascript:alert(1)") == Reading(note="no-recording")


@pytest.mark.parametrize(
    ("note", "fields", "changes"),
    [
        ("callback-ordered", FIELDS, {"Direction": "outbound-api"}),
        ("unknown-direction", FIELDS, {"Direction": "sideways"}),
        ("unknown-direction", FIELDS, {"Direction": ...}),
        ("outbound-unanswered", DIALLED, {"From": "client:anna", "To": "+79161234567"}),
        ("internal-call", TALKED, {"From": "client:anna", "To": "client:oleg"}),
        ("internal-call", TALKED, {"From": "sip:101@x.example", "To": ""}),
        ("no-verdict", FIELDS, {"CallStatus": "abducted"}),
        ("no-verdict", FIELDS, {"CallStatus": "completed", "From": "client:anna", "To": "+79161234567"}),
    ],
)
def test_what_is_nobodys_missed_call(
    note: str, fields: Mapping[str, object], changes: dict[str, object]
) -> None:
    assert reading(fields, **changes) == Reading(note=note)


@pytest.mark.parametrize(
    ("fields", "changes"),
    [
        (DIALLED, {"DialBridged": "perhaps"}),
        (RECORDED, {"RecordingUrl": ""}),
    ],
)
def test_unexpected_content_goes_to_quarantine(
    fields: Mapping[str, object], changes: dict[str, object]
) -> None:
    with pytest.raises(Unreadable, match="unexpected-content"):
        reading(fields, **changes)


class TestSettings:
    def test_a_slash_at_the_end_does_not_matter(self) -> None:
        door = Door("twilio", {**SECRETS, "url": f"{URL}/"})
        door.receive(sent(MISSED))
        assert door.reading() == Reading((CALL,))

    @pytest.mark.parametrize(
        "url", ["", "shop.example/hooks/twilio", "ftp://shop.example", (), f"{URL}#rc=3", f"{URL}?a=b"]
    )
    def test_it_must_be_one(self, url: str | tuple[str, ...]) -> None:
        with pytest.raises(ValidationError):
            Settings(provider="twilio", auth_token=TOKEN, url=url)

    def test_the_token_does_not_show(self) -> None:
        assert TOKEN not in repr(Settings(provider="twilio", auth_token=TOKEN, url=URL))


class TwilioDay(TelephonyDay):
    source = "twilio"

    def _sent(
        self, minute: int, fields: Mapping[str, object], call: str, caller: str, **changes: object
    ) -> Sent:
        after = timedelta(minutes=minute)
        timestamp = format_datetime(self.begins + after) if fields is FIELDS else ...
        content = form(fields, CallSid=call, From=caller, Timestamp=timestamp, **changes)
        return Sent(after, replace(sent(content), source=self.source))


class TestDay(TwilioDay):
    """TwiML takes the calls: the Dial's action has the verdict, and the status comes besides."""

    settings: ClassVar[Mapping[str, Any]] = {"provider": "twilio", **SECRETS}
    known_clients = ("+79160000002", "+79160000003")
    orders = ("+79160000001", "+79160000004")
    call_backs = (HIDDEN, "+79160000002", "+79160000003")

    def day(self) -> list[Sent]:
        return [
            self._sent(0, FIELDS, "CA1", "+79160000001", CallStatus="ringing", SequenceNumber="0"),
            self._sent(0, FIELDS, "CA1-leg", "+79160000001", ParentCallSid="CA1", Direction="outbound-dial"),
            self._sent(1, DIALLED, "CA1", "+79160000001"),
            self._sent(1, FIELDS, "CA1", "+79160000001", CallStatus="completed", CallDuration="37"),
            self._sent(2, FIELDS, "CA2", "+79160000002", CallStatus="canceled"),
            self._sent(2, DIALLED, "CA2", "+79160000002", DialCallStatus="failed"),
            self._sent(3, DIALLED, "CA3", "+79160000003", DialCallStatus="busy"),
            self._sent(4, DIALLED, "CA4", "+79160000003", DialCallStatus="completed"),
            self._sent(6, DIALLED, "CA5", "+266696687"),
            # Hangs up while it rings: no action of the Dial is called.
            self._sent(8, FIELDS, "CA6", "+79160000004", CallStatus="completed"),
            self._sent(10, TALKED, "CA7", "+79160000005", DialCallDuration="40"),
            self._sent(10, FIELDS, "CA7", "+79160000005", CallStatus="completed", CallDuration="55"),
            self._sent(12, RECORDED, "CA7", "+79160000005"),
            self._sent(13, FIELDS, "CA8-leg", "+79160000005", ParentCallSid="CA8", CallStatus="no-answer"),
            self._sent(14, TALKED, "CA8", "+79160000005", DialCallDuration="90"),
            self._sent(15, DIALLED, "CA9", "client:anna", To="+79160000006"),
            self._sent(16, TALKED, "CA10", "client:anna", To="client:oleg"),
            self._sent(20, FIELDS, "CA11", "+79160000002", Direction="outbound-api", CallStatus="completed"),
        ]


class TestTrunkDay(TwilioDay):
    """Without TwiML: a call is completed only when a person took it."""

    settings: ClassVar[Mapping[str, Any]] = {"provider": "twilio", **SECRETS, "answered_by_twiml": False}
    known_clients = ("+79160000002", "+79160000003")
    orders = ("+79160000001",)
    call_backs = (HIDDEN, "+79160000003")

    def day(self) -> list[Sent]:
        return [
            self._sent(0, FIELDS, "CA1", "+79160000001"),
            self._sent(1, FIELDS, "CA2", "+79160000002", CallStatus="busy"),
            self._sent(2, FIELDS, "CA3", "+79160000003"),
            self._sent(4, FIELDS, "CA4", "+79160000003", CallStatus="failed"),
            self._sent(6, FIELDS, "CA5", "+266696687"),
            self._sent(10, FIELDS, "CA6", "+79160000005", CallStatus="completed", CallDuration="40"),
            self._sent(15, FIELDS, "CA7", "sip:anna@x.example", To="+79160000006"),
            self._staff_called(21, "CA8", "+79160000002"),
            self._staff_called(24, "CA9", "+79160000001"),
        ]

    def _staff_called(self, minute: int, call: str, client: str) -> Sent:
        return self._sent(
            minute, FIELDS, call, "sip:anna@x.example", To=client, CallStatus="completed", CallDuration="60"
        )
