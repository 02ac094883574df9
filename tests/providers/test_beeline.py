"""Beeline's cloud PBX: the contract suite, the surprises of its events, and of XML."""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar
from xml.sax.saxutils import escape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.errors import Unreadable
from chalicelib.events import AnyEvent, CallAnswered, CallMissed
from chalicelib.gate.form import Unparsable
from chalicelib.gate.provider import Reply
from chalicelib.gate.webhook import Webhook
from chalicelib.providers.beeline.xsi import event_fields
from chalicelib.providers.reading import Reading
from tests.telephony_days import HIDDEN, Sent, TelephonyDay

from .contract import NOON, Door, ProviderContract, a_webhook, read_or_refused

RELEASED = (Path(__file__).parent / "beeline" / "released.xml").read_bytes()
TOKEN = "beeline-demo-token-1"
CALLED_AT = datetime(2025, 11, 3, 9, 15, tzinfo=UTC)

MISSED = CallMissed(call_id="77001:1", phone="+79161234567", called_at=CALLED_AT, is_final=False)
ANSWERED = CallAnswered(
    call_id="77001:1",
    phone="+79161234567",
    direction="inbound",
    called_at=CALLED_AT,
    answered_at=CALLED_AT + timedelta(milliseconds=5200),
    talked=timedelta(milliseconds=800),
    employee="101",
)
LEG: Mapping[str, Any] = {
    "callId": "callhalf-1:0",
    "extTrackingId": "77001:1",
    "personality": "Terminator",
    "state": "Released",
    "address": "tel:+79161234567",
    "startTime": "1762161300000",
    "releaseTime": "1762161337000",
}
TALK: Mapping[str, Any] = {
    "answerTime": "1762161305200",
    "releaseTime": "1762161306000",
    "extension": "101",
}


def xml(kind: str = "CallReleasedEvent", prefix: str = "xsi", **changes: object) -> bytes:
    """An event with these fields changed; ``...`` takes one out."""
    fields = {name: value for name, value in {**LEG, **changes}.items() if value is not ...}
    address = escape(str(fields.pop("address", "")))
    inner = "".join(f"<{name}>{escape(str(value))}</{name}>" for name, value in fields.items())
    event = (
        f'<Event xmlns:{prefix}="http://schema.broadsoft.com/xsi"><eventID>e-2</eventID>'
        f'<targetId>9030000101@mpbx.example</targetId><eventData {prefix}:type="{prefix}:{kind}">'
        f"<remoteParty><address>{address}</address></remoteParty>{inner}</eventData></Event>"
    )
    return re.sub(r"<(/?)(?=\w)", rf"<\1{prefix}:", event).encode()


def received(*contents: bytes, **settings: object) -> Door:
    door = Door("beeline", {"token": TOKEN, **settings})
    for content in contents:
        assert door.receive(a_webhook(content, path=(TOKEN,), content_type="application/xml")).status == 200
    return door


def reading(content: bytes, **settings: object) -> Reading:
    return received(content, **settings).reading()


class TestContract(ProviderContract):
    provider = "beeline"
    secrets: ClassVar[Mapping[str, str]] = {"token": TOKEN}
    next_secrets: ClassVar[Mapping[str, str]] = {"token": "beeline-demo-token-2"}
    sample = RELEASED
    same_event = xml()
    other_event = xml(extTrackingId="77002:1")
    samples = (
        xml(**TALK),
        xml("CallAnsweredEvent", answerTime="2025-11-03T12:15:05.200+03:00", releaseTime=...),
        xml(personality="Originator"),
    )
    events: ClassVar[tuple[AnyEvent, ...]] = (MISSED,)
    broken = RELEASED[:-20]
    broken_reason = "broken-xml"
    wrong_encoding: ClassVar[Mapping[str, bytes]] = {
        "cp1251": RELEASED.replace(b"sub-1", "подписка".encode("cp1251")),
        "declared": '<?xml version="1.0" encoding="windows-1251"?><a>я</a>'.encode("cp1251"),
        "UTF-16": RELEASED.decode().encode("utf-16"),
    }
    wrong_type_is_read = True
    field_names = (*LEG, "answerTime", "extension")

    def proven(self, content: bytes, secrets: Mapping[str, str]) -> Webhook:
        return a_webhook(content, path=(secrets["token"],), content_type="application/xml")

    def may_be_forgotten(self, webhook: Webhook) -> bool:
        """An event of another type than an answer and an end."""
        types = re.findall(rb"type\s*=\s*[\"']([^\"']*)", webhook.body)
        kept = {b"CallAnsweredEvent", b"CallReleasedEvent"}
        return any(name.rpartition(b":")[2] not in kept for name in types)

    def unknown_event(self) -> Webhook:
        return self.authentic(xml("MoonPhaseEvent"))

    def forgeries(self) -> Mapping[str, Webhook]:
        authentic = self.authentic(RELEASED)
        return {
            "wrong": replace(authentic, path=("guessed",)),
            "wrong in query": replace(authentic, path=(), query={"token": "guessed"}),
            "missing": replace(authentic, path=()),
            "empty": replace(authentic, path=("",)),
            "cut off": replace(authentic, path=(TOKEN[:-1],)),
            "in the body": replace(authentic, path=(), body=xml(token=TOKEN)),
        }


class TestXml:
    @pytest.mark.parametrize("prefix", ["xsi", "xsi1", "bw", "xsi-2"])
    def test_prefixes_differ(self, prefix: str) -> None:
        assert reading(xml(prefix=prefix)) == Reading((MISSED,))

    def test_there_may_be_no_prefix_and_no_namespace(self) -> None:
        bare = RELEASED.replace(b"xsi:", b"").replace(b' xmlns:xsi="http://schema.broadsoft.com/xsi"', b"")
        assert reading(bare) == Reading((MISSED,))

    def test_a_leg_may_stand_one_level_deeper(self) -> None:
        deeper = RELEASED.replace(b"<xsi:callId>", b"<xsi:call><xsi:callId>").replace(
            b"</xsi:eventData>", b"</xsi:call></xsi:eventData>"
        )
        assert reading(deeper) == Reading((MISSED,))

    def test_a_byte_order_mark_and_white_space(self) -> None:
        spaced = RELEASED.replace(b"77001:1", b"\n  77001:1\n  ")
        assert reading(b"\xef\xbb\xbf" + spaced) == Reading((MISSED,))

    @pytest.mark.parametrize(
        "doctype",
        [
            '<!DOCTYPE a [<!ENTITY b "bbbbbbbbbb"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;">]>',
            '<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]>',
            '<!DOCTYPE a [<!ENTITY % b SYSTEM "http://127.0.0.1:1/x.dtd"> %b;]>',
            '<!DOCTYPE a SYSTEM "http://127.0.0.1:1/x.dtd">',
            '<!DOCTYPE a [<!ATTLIST eventData type CDATA "CallReleasedEvent">]>',
            "<!DOCTYPE a>",
        ],
    )
    def test_a_document_type_is_refused_before_it_is_read(self, doctype: str) -> None:
        with pytest.raises(Unreadable, match="forbidden-doctype"):
            reading(doctype.encode() + xml(extTrackingId="&c;&b;"))

    def test_an_unknown_entity_is_no_text(self) -> None:
        with pytest.raises(Unreadable, match="broken-xml"):
            reading(xml().replace(b"77001:1", b"&b;"))

    def test_xmls_own_entities_are_texts(self) -> None:
        assert event_fields(b"<a><b>&lt;&amp;&#1071;</b></a>")["b"] == "<&Я"

    def test_the_first_of_a_repeated_element_counts(self) -> None:
        assert event_fields(b"<a><b> </b><b>1</b><c><b>2</b></c></a>") == {"b": "1", "a/b": "1", "c/b": "2"}

    def test_no_depth_is_a_danger(self) -> None:
        depth = 60_000
        assert event_fields(b"<a>" * depth + b"1" + b"</a>" * depth) == {"a": "1", "a/a": "1"}
        with pytest.raises(Unparsable, match="broken-xml"):
            event_fields(b"<a>" * depth)


@given(
    changes=st.dictionaries(
        st.sampled_from([*LEG, "answerTime", "extension"]),
        st.text(max_size=30)
        | st.integers().map(str)
        | st.sampled_from(["1762161300000", "2025-11-03T12:15:00+03:00", "tel:101", "sip:x@y", "Originator"])
        | st.just(...),
        max_size=4,
    ),
    kind=st.sampled_from(["CallReleasedEvent", "CallAnsweredEvent"]),
)
def test_whatever_stands_in_the_elements_has_an_outcome(changes: dict[str, Any], kind: str) -> None:
    door = received(xml(kind, **changes))
    (envelope,) = door.queue
    assert read_or_refused(door, envelope)


class TestDoor:
    @pytest.mark.parametrize(
        "kind",
        ["CallReceivedEvent", "CallOriginatedEvent", "CallEvent", "SubscriptionEvent", "HookStatusEvent"],
    )
    def test_other_events_are_answered_and_forgotten(self, kind: str) -> None:
        assert not received(xml(kind)).queue

    def test_the_type_may_stand_at_the_event(self) -> None:
        ended = b'<x:Event xmlns:x="y" x:type="x:SubscriptionTerminatedEvent"><x:a>1</x:a></x:Event>'
        assert not received(ended).queue

    @pytest.mark.parametrize(
        "content",
        [b"", b"<a/>", b"{}", xml(extTrackingId=...), xml("CallReleasedEvent", callId=..., state="")],
    )
    def test_what_does_not_say_what_it_is_is_kept(self, content: bytes) -> None:
        assert len(received(content).queue) == 1

    def test_each_phone_of_a_group_and_each_end_is_an_event_of_its_own(self) -> None:
        door = received(
            xml(),
            xml(callId="callhalf-2:0"),
            xml("CallAnsweredEvent"),
            xml(extTrackingId="77002:1"),
        )
        assert len({envelope.id for envelope in door.queue}) == 4
        assert len({envelope.group for envelope in door.queue}) == 1

    def test_a_second_subscription_tells_the_same_event(self) -> None:
        door = received(RELEASED, RELEASED.replace(b"e-1", b"e-9").replace(b"sub-1", b"sub-2"))
        first, again = door.queue
        assert again.id == first.id

    def test_calls_of_one_client_stay_in_order_whoever_called(self) -> None:
        door = received(
            xml(),
            xml(personality="Originator", address="sip:9161234567@mpbx.example"),
            xml(address="", extTrackingId="3"),
            xml(address="sip:anonymous@79161234567", extTrackingId="4"),
        )
        inbound, outbound, *hidden = (envelope.group for envelope in door.queue)
        assert inbound == outbound
        assert len({inbound, *hidden}) == 3

    @given(token=st.text(max_size=40))
    def test_no_other_token_opens_the_door(self, token: str) -> None:
        door = Door("beeline", {"token": TOKEN})
        reply = door.receive(a_webhook(RELEASED, path=(token,)))
        assert (reply == Reply()) == bool(door.queue) == (token == TOKEN)


class TestMissed:
    @pytest.mark.parametrize(
        "address", ["tel:+79161234567", "sip:9161234567@mpbx.example", "tel:89161234567"]
    )
    def test_addresses_in_every_form(self, address: str) -> None:
        assert reading(xml(address=address)) == Reading((MISSED,))

    def test_the_address_may_stand_alone(self) -> None:
        alone = xml(address="", remoteAddress="tel:+79161234567")
        assert reading(alone) == Reading((MISSED,))

    @pytest.mark.parametrize(
        "address", ["", "anonymous", "sip:anonymous@anonymous.invalid", "tel:+7378742833"]
    )
    def test_a_hidden_caller_has_no_phone(self, address: str) -> None:
        assert reading(xml(address=address)) == Reading((MISSED.model_copy(update={"phone": None}),))

    @pytest.mark.parametrize("began", ["2025-11-03T12:15:00+03:00", "2025-11-03T16:15:00", "1762161300000"])
    def test_times_in_every_form(self, began: str) -> None:
        # Without an offset it is the time in Tomsk, where the contract's shop is.
        assert reading(xml(startTime=began)) == Reading((MISSED,))

    def test_without_a_beginning_it_is_now(self) -> None:
        assert reading(xml(startTime=...)).events == (MISSED.model_copy(update={"called_at": NOON}),)

    def test_a_length_says_nothing(self) -> None:
        assert reading(xml(releaseTime="1762164900000")) == Reading((MISSED,))

    def test_a_machine_is_nobody(self) -> None:
        talk, answer = xml(**TALK), xml("CallAnsweredEvent", extension="101")
        assert reading(talk, answering_machine_extensions=["101"]) == Reading((MISSED,))
        assert reading(answer, answering_machine_extensions=["101"]) == Reading(note="answered-by-machine")
        assert reading(xml(**TALK, personality="Originator"), answering_machine_extensions=["101"]).events


class TestAnswered:
    def test_the_end_tells_who_talked_for_how_many_milliseconds(self) -> None:
        assert reading(xml(**TALK)) == Reading((ANSWERED,))

    def test_an_answer_is_told_while_they_talk(self) -> None:
        answer = xml("CallAnsweredEvent", **{**TALK, "releaseTime": ...}, state="Active")
        assert reading(answer) == Reading((ANSWERED.model_copy(update={"talked": None}),))

    def test_an_answer_needs_no_time(self) -> None:
        answer = xml("CallAnsweredEvent", extension="101", releaseTime=...)
        assert reading(answer).events == (ANSWERED.model_copy(update={"talked": None, "answered_at": None}),)

    @pytest.mark.parametrize("released", ["1762161305199", "1762571305200"])
    def test_an_absurd_length_is_none(self, released: str) -> None:
        (event,) = reading(xml(**{**TALK, "releaseTime": released})).events
        assert event == ANSWERED.model_copy(update={"talked": None})

    def test_outbound(self) -> None:
        (event,) = reading(xml(**TALK, personality="Originator")).events
        assert event == ANSWERED.model_copy(update={"direction": "outbound"})

    def test_who_has_no_extension_is_known_by_their_number(self) -> None:
        (event,) = reading(xml(**{**TALK, "extension": ...})).events
        assert event == ANSWERED.model_copy(update={"employee": "9030000101"})


@pytest.mark.parametrize(
    ("note", "changes"),
    [
        ("internal-call", {"address": "tel:101"}),
        ("internal-call", {"address": "sip:102@mpbx.example"}),
        ("internal-call", {"address": "sip:anna@mpbx.example"}),
        ("internal-call", {**TALK, "address": "101"}),
        ("callback-ordered", {"personality": "Click-to-Dial"}),
        ("callback-ordered", {**TALK, "personality": "Click-to-Dial"}),
        ("outbound-unanswered", {"personality": "Originator"}),
        ("unknown-personality:Observer", {"personality": "Observer"}),
    ],
)
def test_what_is_nobodys_call(note: str, changes: dict[str, Any]) -> None:
    assert reading(xml(**changes)) == Reading(note=note)


@pytest.mark.parametrize(
    "changes",
    [
        {"personality": ...},
        {"extTrackingId": ...},
        {"extTrackingId": "x" * 201},
        {"startTime": "soon"},
        {"startTime": "1762161300"},
        {"startTime": "9" * 5000},
        {"startTime": "9" * 100},
        {**TALK, "answerTime": "0"},
    ],
)
def test_unexpected_content_goes_to_quarantine(changes: dict[str, Any]) -> None:
    with pytest.raises(Unreadable, match="unexpected-content"):
        reading(xml(**changes))


class TestDay(TelephonyDay):
    """From 11:00 on: whoever calls is in the table of ``day``."""

    source = "beeline"
    settings: ClassVar[Mapping[str, Any]] = {
        "provider": "beeline",
        "token": TOKEN,
        "answering_machine_extensions": ["100"],
    }
    known_clients = ("+79160000002", "+79160000003", "+79160000008")
    orders = ("+79160000001", "+79160000004")
    call_backs = (HIDDEN, HIDDEN, "+79160000003", "+79160000004")

    def day(self) -> list[Sent]:
        machine: dict[str, Any] = {"extension": "100", "answered": True}
        colleague: dict[str, Any] = {"extension": "102", "callId": "leg-2"}
        return [
            # Both phones of a group ring in vain.
            self._leg(0, "new", "79160000001", "CallReceivedEvent"),
            self._leg(0, "new", "79160000001"),
            self._leg(0, "new", "79160000001", **colleague, startTime=self._ms(0.1)),
            self._leg(1, "known", "79160000002"),
            self._leg(2, "known-again", "79160000003"),
            self._leg(4, "other", "79160000003"),
            self._leg(6, "hidden", None),
            self._leg(7, "hidden-too", "anonymous"),
            self._leg(8, "menu", "79160000004", "CallAnsweredEvent", **machine),
            self._leg(8, "menu", "79160000004", **machine),
            self._leg(9, "menu-again", "79160000004", **machine),
            # New: the menu answers, one phone rings in vain, its colleague answers and passes the client on.
            self._leg(11, "group", "79160000005", "CallAnsweredEvent", **machine, callId="leg-0"),
            self._leg(11, "group", "79160000005"),
            self._leg(11, "group", "79160000005", "CallAnsweredEvent", answered=True, **colleague),
            self._leg(12, "group", "79160000005", answered=True, extension="103", callId="leg-3"),
            self._leg(12, "group", "79160000005", answered=True, **colleague),
            self._leg(12, "group", "79160000005", **machine, callId="leg-0"),
            self._leg(12, "between-us", "102", "CallAnsweredEvent", answered=True, extension="103"),
            self._leg(14, "answered", "79160000006", answered=True),
            self._leg(15, "not-reached", "79160000007", personality="Originator"),
            self._leg(16, "ordered", "79160000008", answered=True, personality="Click-to-Dial"),
            self._leg(20, "back", "79160000002", answered=True, personality="Originator"),
            self._leg(23, "to-new", "79160000001", answered=True, personality="Originator"),
        ]

    def _leg(
        self,
        minute: int,
        call_id: str,
        phone: str | None,
        kind: str = "CallReleasedEvent",
        *,
        answered: bool = False,
        **changes: Any,
    ) -> Sent:
        fields = {
            "extTrackingId": call_id,
            "callId": "leg-1",
            "address": f"tel:{phone}" if phone else "",
            "extension": "101",
            "startTime": self._ms(minute),
            "answerTime": self._ms(minute + 0.1) if answered else ...,
            "releaseTime": self._ms(minute + 0.2) if kind == "CallReleasedEvent" else ...,
            **changes,
        }
        webhook = a_webhook(xml(kind, **fields), path=(TOKEN,), content_type="application/xml")
        return Sent(timedelta(minutes=minute, seconds=15), replace(webhook, source=self.source))

    def _ms(self, minute: float) -> str:
        return str(int((self.begins + timedelta(minutes=minute)).timestamp() * 1000))
