"""A PBX of the shop's own: the contract suite, and the facts of our form."""

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

from chalicelib.errors import Unreadable
from chalicelib.events import AnyEvent, CallAnswered, CallMissed, CallRecorded
from chalicelib.gate.provider import Reply
from chalicelib.gate.webhook import Webhook
from chalicelib.providers.reading import Reading
from tests.telephony_days import HIDDEN, Sent, TelephonyDay

from .contract import NOON, Door, ProviderContract, a_webhook

MISSED = (Path(__file__).parent / "asterisk" / "missed.json").read_bytes().strip()
SECRET = "asterisk-demo-secret-1"
AT_NOON = str(int(NOON.timestamp()))
RECORD = "https://pbx.example/monitor/2025/11/03/in-74950000001-79161234567.wav"

CALL = CallMissed(
    call_id="office:1762161300.42",
    phone="+79161234567",
    line="74950000001",
    called_at=datetime(2025, 11, 3, 9, 15, tzinfo=UTC),
)
TALK: Mapping[str, Any] = {
    "outcome": "answered",
    "employee": "101",
    "answered_at": "2025-11-03T12:15:10+03:00",
    "talk_seconds": 120,
    "recording_url": RECORD,
}
ANSWERED = CallAnswered(
    call_id="office:1762161300.42",
    phone="+79161234567",
    line="74950000001",
    direction="inbound",
    called_at=datetime(2025, 11, 3, 9, 15, tzinfo=UTC),
    answered_at=datetime(2025, 11, 3, 9, 15, 10, tzinfo=UTC),
    talked=timedelta(minutes=2),
    employee="101",
    recording_url=RECORD,
)


def sign(content: bytes, timestamp: str = AT_NOON, secret: str = SECRET) -> str:
    return hmac.new(secret.encode(), timestamp.encode() + b"." + content, sha256).hexdigest()


def sent(content: bytes, timestamp: str | None = AT_NOON, signature: str | None = None) -> Webhook:
    proof = {"x-leadkeeper-timestamp": timestamp, "x-leadkeeper-signature": signature}
    webhook = a_webhook(content, content_type="application/json")
    given = {name: value for name, value in proof.items() if value is not None}
    return replace(webhook, headers={**webhook.headers, **given})


def signed(content: bytes, timestamp: str = AT_NOON) -> Webhook:
    return sent(content, timestamp, sign(content, timestamp))


def call(**changes: object) -> bytes:
    """The missed call with other fields; ``...`` takes one out."""
    fields: dict[str, Any] = {**json.loads(MISSED), **changes}
    return json.dumps({name: value for name, value in fields.items() if value is not ...}).encode()


def received(*contents: bytes, **settings: object) -> Door:
    door = Door("asterisk", {"secret": SECRET, **settings})
    for content in contents:
        assert door.receive(signed(content)) == Reply(200, "ok")
    return door


def reading(content: bytes, **settings: object) -> Reading:
    return received(content, **settings).reading()


class TestContract(ProviderContract):
    provider = "asterisk"
    secrets: ClassVar[Mapping[str, str]] = {"secret": SECRET}
    next_secrets: ClassVar[Mapping[str, str]] = {"secret": "asterisk-demo-secret-2"}
    sample = MISSED
    same_event = json.dumps(dict(reversed(json.loads(MISSED).items())), indent=1).encode()
    other_event = call(linkedid="1762161300.43")
    samples = (
        call(**TALK),
        call(**TALK, direction="outbound"),
        call(outcome="recorded", recording_url=RECORD),
        call(outcome="menu", client=None),
    )
    events: ClassVar[tuple[AnyEvent, ...]] = (CALL,)
    broken = MISSED[:-20]
    wrong_encoding: ClassVar[Mapping[str, bytes]] = {
        "cp1251": MISSED.replace(b"office", "офис".encode("cp1251")),
        "no UTF-8": MISSED.replace(b"office", b"\xff\xfe"),
    }
    wrong_type_is_read = True
    unknown_is_kept = True
    field_names = (*json.loads(MISSED), *TALK)

    def proven(self, content: bytes, secrets: Mapping[str, str]) -> Webhook:
        return sent(content, AT_NOON, sign(content, secret=secrets["secret"]))

    def altered(self, content: bytes, other: bytes) -> Webhook:
        return sent(other, AT_NOON, sign(content))

    def unknown_event(self) -> Webhook:
        """There is none in a form of our own; what the form does not know besides is left alone."""
        return signed(call(moon_phase="full"))

    def forgeries(self) -> Mapping[str, Webhook]:
        right, earlier = sign(MISSED), str(int(NOON.timestamp()) - 1)
        return {
            "wrong sign": sent(MISSED, AT_NOON, "0" * 64),
            "no sign": sent(MISSED, AT_NOON),
            "empty sign": sent(MISSED, AT_NOON, ""),
            "no timestamp": sent(MISSED, None, right),
            "empty timestamp": sent(MISSED, "", sign(MISSED, "")),
            "another timestamp": sent(MISSED, earlier, right),
            "a timestamp that is none": sent(MISSED, "noon", sign(MISSED, "noon")),
            "another numeral": sent(MISSED, "١" * 10, sign(MISSED, "١" * 10)),
            "a timestamp beyond time": sent(MISSED, "9" * 30, sign(MISSED, "9" * 30)),
            "an hour old": signed(MISSED, str(int(NOON.timestamp()) - 3600)),
            "nothing": sent(b"", None),
            "tampered": sent(MISSED.replace(b"79161", b"79162"), AT_NOON, right),
            "one space more": sent(MISSED + b" ", AT_NOON, right),
            "a plain hash": sent(MISSED, AT_NOON, sha256(SECRET.encode() + MISSED).hexdigest()),
            "without a dot": sent(
                MISSED, AT_NOON, hmac.new(SECRET.encode(), AT_NOON.encode() + MISSED, sha256).hexdigest()
            ),
            "not ASCII": sent(MISSED, AT_NOON, "подпись\ud800"),
        }


class TestDoor:
    def test_the_documented_signature_verifies(self) -> None:
        documented = "2375b2a9b8196fcb25b98453ad2dc821132d1112ec414e3b944cfd55859bdb0f"
        body = b'{"linkedid":"1762161300.42"}'
        assert sign(body, "1762161337", "demo-secret") == documented
        door = Door("asterisk", {"secret": "demo-secret"})
        webhook = replace(
            sent(body, "1762161337", documented.upper()),
            received_at=datetime(2025, 11, 3, 9, 15, 40, tzinfo=UTC),
        )
        assert door.receive(webhook).status == 200

    @pytest.mark.parametrize("seconds", [-300, -299, 0, 300])
    def test_clocks_may_differ_by_five_minutes(self, seconds: int) -> None:
        door = Door("asterisk", {"secret": SECRET})
        assert door.receive(signed(MISSED, str(int(NOON.timestamp()) + seconds))).status == 200

    @pytest.mark.parametrize("seconds", [-301, 301, -(10**9), 10**9])
    def test_what_was_signed_at_another_time_is_refused(self, seconds: int) -> None:
        door = Door("asterisk", {"secret": SECRET})
        reply = door.receive(signed(MISSED, str(int(NOON.timestamp()) + seconds)))
        assert reply == Reply(403, "stale")
        assert not door.queue

    def test_a_copy_that_is_sent_again_later_is_refused(self) -> None:
        door = Door("asterisk", {"secret": SECRET})
        webhook = signed(MISSED)
        assert door.receive(webhook).status == 200
        assert door.receive(replace(webhook, received_at=NOON + timedelta(minutes=6))).status == 403

    @given(
        content=st.binary(max_size=60),
        other=st.binary(max_size=60),
        shift=st.integers(-200, 200).filter(bool),
        guess=st.text(max_size=64),
    )
    def test_nothing_but_the_signed_bytes_and_moment_is_let_in(
        self, content: bytes, other: bytes, shift: int, guess: str
    ) -> None:
        door = Door("asterisk", {"secret": SECRET})
        moved = str(int(NOON.timestamp()) + shift)
        forged = [sent(content, moved, sign(content)), sent(content, AT_NOON, guess)]
        if other != content:
            forged.append(sent(other, AT_NOON, sign(content)))
        assert {door.receive(webhook).status for webhook in forged} == {403}
        assert not door.queue

    def test_each_outcome_of_a_call_at_each_pbx_is_an_event_of_its_own(self) -> None:
        door = received(
            call(),
            call(**TALK),
            call(outcome="recorded", recording_url=RECORD),
            call(pbx="shop"),
            call(pbx=...),
        )
        assert len({envelope.id for envelope in door.queue}) == 5

    def test_calls_of_one_client_stay_in_order_whoever_called(self) -> None:
        door = received(call(), call(**TALK, direction="outbound", client="89161234567"), call(client=""))
        inbound, outbound, hidden = (envelope.group for envelope in door.queue)
        assert inbound == outbound != hidden

    @pytest.mark.parametrize("changes", [{"linkedid": ...}, {"linkedid": ""}, {"outcome": ...}])
    def test_half_a_call_is_kept_for_quarantine(self, changes: dict[str, object]) -> None:
        with pytest.raises(Unreadable, match="unexpected-content"):
            reading(call(**changes))


class TestMissed:
    @pytest.mark.parametrize("client", ["", None, ..., "anonymous", "<unknown>", "unknown", "101"])
    def test_a_hidden_caller_has_no_phone(self, client: object) -> None:
        assert reading(call(client=client)) == Reading((CALL.model_copy(update={"phone": None}),))

    @pytest.mark.parametrize("client", ["89161234567", "+79161234567", 79161234567, "9161234567"])
    def test_numbers_in_every_form(self, client: object) -> None:
        assert reading(call(client=client)) == Reading((CALL,))

    def test_without_a_pbx_the_linkedid_is_the_calls_id(self) -> None:
        (event,) = reading(call(pbx=...)).events
        assert event == CALL.model_copy(update={"call_id": "1762161300.42"})

    def test_a_time_without_an_offset_is_the_sources(self) -> None:
        # 16:15 in Tomsk, where the contract's shop is.
        assert reading(call(started_at="2025-11-03T16:15:00")) == Reading((CALL,))

    def test_the_shop_decides_about_calls_that_ended_in_the_menu(self) -> None:
        assert reading(call(outcome="menu")) == Reading((CALL,))
        ended = reading(call(outcome="menu"), menu_hangup_is_missed=False)
        assert ended == Reading(note="ended-in-menu")


class TestAnswered:
    def test_inbound(self) -> None:
        assert reading(call(**TALK)) == Reading((ANSWERED,))

    def test_outbound(self) -> None:
        (event,) = reading(call(**TALK, direction="outbound")).events
        assert event == ANSWERED.model_copy(update={"direction": "outbound"})

    def test_only_the_outcome_must_be_known(self) -> None:
        (event,) = reading(call(outcome="answered")).events
        nothing = {"answered_at": None, "talked": None, "employee": "", "recording_url": ""}
        assert event == ANSWERED.model_copy(update=nothing)

    def test_a_length_says_nothing_about_the_outcome(self) -> None:
        assert reading(call(talk_seconds=120)) == Reading((CALL,))


def test_a_recording_may_come_on_its_own() -> None:
    recorded = CallRecorded(call_id="office:1762161300.42", recording_url=RECORD)
    content = {"pbx": "office", "linkedid": "1762161300.42", "outcome": "recorded", "recording_url": RECORD}
    assert reading(json.dumps(content).encode()) == Reading((recorded,))


@pytest.mark.parametrize(
    ("note", "changes"),
    [
        ("internal-call", {"direction": "internal"}),
        ("internal-call", {**TALK, "direction": "internal"}),
        ("outbound-unanswered", {"direction": "outbound"}),
        ("outbound-unanswered", {"direction": "outbound", "outcome": "menu"}),
    ],
)
def test_what_is_nobodys_call(note: str, changes: dict[str, object]) -> None:
    assert reading(call(**changes)) == Reading(note=note)


@pytest.mark.parametrize(
    "changes",
    [
        {"outcome": "no-answer"},
        {"outcome": 1},
        {"direction": "in"},
        {"direction": ...},
        {"started_at": ...},
        {"started_at": "1762161300"},
        {**TALK, "answered_at": "soon"},
        {**TALK, "talk_seconds": -1},
        {**TALK, "talk_seconds": 120_000_000},
        {"outcome": "recorded"},
        {"outcome": "recorded", "recording_url": "in.wav"},
        {"linkedid": "x" * 201},
    ],
)
def test_unexpected_content_goes_to_quarantine(changes: dict[str, object]) -> None:
    with pytest.raises(Unreadable, match="unexpected-content"):
        reading(call(**changes))


class TestDay(TelephonyDay):
    """From 11:00 on: whoever calls is in the table of ``day``.

    Nine minutes long and signed at their middle: what is told again later is signed again, else it is stale.
    """

    source = "asterisk"
    settings: ClassVar[Mapping[str, Any]] = {"provider": "asterisk", "secret": SECRET}
    known_clients = ("+79160000002", "+79160000003", "+79160000005")
    orders = ("+79160000001", "+79160000004")
    call_backs = (HIDDEN, HIDDEN, "+79160000003", "+79160000004")

    def day(self) -> list[Sent]:
        return [
            self._call(0, "new", "79160000001"),
            self._call(0.2, "known", "79160000002"),
            self._call(0.4, "known-again", "79160000003"),
            self._call(2, "other", "89160000003"),
            self._call(3, "hidden", ""),
            self._call(3, "hidden-too", "anonymous", outcome="menu"),
            self._call(4, "menu", "79160000004", outcome="menu"),
            self._call(5, "menu-again", "79160000004", outcome="menu"),
            self._call(5, "answered", "79160000005", **TALK),
            self._call(5.5, "answered", None, outcome="recorded", recording_url=RECORD),
            # Passed on to a colleague: still one call.
            self._call(6, "passed-on", "79160000006", **{**TALK, "employee": "102"}),
            self._call(6, "between-us", "101", **{**TALK, "direction": "internal"}),
            self._call(7, "not-reached", "79160000007", direction="outbound"),
            self._call(8, "back", "79160000002", **TALK, direction="outbound"),
            self._call(9, "to-new", "79160000001", **TALK, direction="outbound"),
        ]

    def _call(self, minute: float, linkedid: str, client: str | None, **changes: Any) -> Sent:
        began = self.begins + timedelta(minutes=minute)
        fields: dict[str, Any] = {"linkedid": linkedid, "client": client, "started_at": began.isoformat()}
        if "answered_at" in changes:
            changes["answered_at"] = (began + timedelta(seconds=5)).isoformat()
        middle = str(int((self.begins + timedelta(minutes=4.5)).timestamp()))
        webhook = replace(signed(call(**fields, **changes), middle), source=self.source)
        return Sent(timedelta(minutes=minute), webhook)
