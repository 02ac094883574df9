"""Google Ads: the contract suite, and the facts of its leads."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.errors import Unreadable
from chalicelib.events import AnyEvent, Attribution, LeadSubmitted
from chalicelib.gate.provider import Reply
from chalicelib.gate.webhook import Webhook
from chalicelib.providers.reading import Reading
from tests.lead_days import LeadDay, Sent, made

from .contract import NOON, Door, ProviderContract, a_webhook

KEY = "google-demo-key-1"
OTHER_KEY = "google-demo-key-2"

FIELDS: Mapping[str, Any] = {
    "lead_id": "TeSter-0001",
    "user_column_data": [
        {"column_id": "FULL_NAME", "string_value": "Анна Примерова", "column_name": "Full Name"},
        {"column_id": "PHONE_NUMBER", "string_value": "+79161234567", "column_name": "User Phone"},
        {"column_id": "EMAIL", "string_value": "anna@example.com", "column_name": "User Email"},
        {"column_id": "what_size?", "string_value": "3×6", "column_name": "What size?"},
    ],
    "api_version": "1.0",
    "form_id": 40000000000,
    "campaign_id": 20000000001,
    "adgroup_id": 20000000002,
    "creative_id": 20000000003,
    "gcl_id": "EAIaIQobChMI-demo",
    "lead_submit_time": "2026-11-20T11:59:30Z",
}
LEAD = LeadSubmitted(
    lead_id="TeSter-0001",
    form="40000000000",
    form_name="Google Ads",
    name="Анна Примерова",
    phone="+79161234567",
    phone_typed="+79161234567",
    email="anna@example.com",
    answers=(("What size?", "3×6"),),
    attribution=Attribution(source="google", medium="cpc", campaign="20000000001", content="20000000003"),
    visitor_ids=(("gclid", "EAIaIQobChMI-demo"),),
    submitted_at=datetime(2026, 11, 20, 11, 59, 30, tzinfo=UTC),
)

CAMPAIGN: Mapping[str, str] = {"source": "google", "medium": "cpc", "content": "20000000003"}


def body(**changes: object) -> bytes:
    """The lead with other fields; ``...`` takes one out."""
    fields = {**FIELDS, **changes}
    return json.dumps({name: value for name, value in fields.items() if value is not ...}).encode()


def columns(**values: str) -> list[dict[str, str]]:
    return [{"column_id": name, "string_value": value} for name, value in values.items()]


def keyed(content: bytes, key: str = KEY) -> bytes:
    """The content with a key in it. What is no object has it before itself: Google never sends such."""
    field = f'"google_key":{json.dumps(key)}'.encode()
    if not content.startswith(b"{"):
        return field + b"," + content
    return b"{" + field + (b"" if content == b"{}" else b",") + content[1:]


def unkeyed(content: bytes) -> bytes:
    """The content of what the gate let in."""
    opening, _, rest = content.partition(b'"google_key":""')
    return opening + rest.removeprefix(b",")


def posted(content: bytes) -> Webhook:
    return a_webhook(content, content_type="application/json")


def received(content: bytes) -> Door:
    door = Door("googleads", {"google_key": KEY})
    assert door.receive(posted(keyed(content))) == Reply()
    return door


def event(content: bytes) -> LeadSubmitted:
    (lead,) = received(content).reading().events
    assert isinstance(lead, LeadSubmitted)
    return lead


class TestContract(ProviderContract):
    provider = "googleads"
    secrets: ClassVar[Mapping[str, str]] = {"google_key": KEY}
    next_secrets: ClassVar[Mapping[str, str]] = {"google_key": OTHER_KEY}
    sample = body()
    same_event = json.dumps(dict(reversed([*FIELDS.items()])), indent=1).encode()
    other_event = body(lead_id="TeSter-0002")
    samples = (
        body(is_test=True),
        body(user_column_data=columns(FIRST_NAME="Анна", LAST_NAME="Примерова", WORK_PHONE="89161234567")),
    )
    events: ClassVar[tuple[AnyEvent, ...]] = (LEAD,)
    broken = body()[:-20]
    wrong_encoding: ClassVar[Mapping[str, bytes]] = {
        "cp1251": body().replace(b"User Phone", "Телефон".encode("cp1251")),
        "no UTF-8": body().replace(b"User Phone", b"\xff\xfe"),
    }
    wrong_type_is_read = True
    unknown_is_kept = True
    field_names = (*FIELDS, "is_test", "column_id", "string_value", "column_name")

    def proven(self, content: bytes, secrets: Mapping[str, str]) -> Webhook:
        return posted(keyed(content, secrets["google_key"]))

    def content_of(self, webhook: Webhook) -> bytes:
        return unkeyed(webhook.body)

    def unknown_event(self) -> Webhook:
        """There is none; what Google adds to its leads is left alone."""
        return posted(keyed(body(moon_phase="full")))

    def forgeries(self) -> Mapping[str, Webhook]:
        return {
            "wrong key": posted(keyed(body(), OTHER_KEY)),
            "empty key": posted(keyed(body(), "")),
            "no key": posted(body()),
            "a key that is no text": posted(body(google_key=[KEY])),
            "a key in upper case": posted(keyed(body(), KEY.upper())),
            "a longer key": posted(keyed(body(), KEY + "0")),
            "a key in a text": posted(body(lead_id=f'"google_key":"{KEY}"')),
            "a key in the URL": replace(posted(body()), path=(KEY,), query={"google_key": KEY}),
            "a key in a header": replace(posted(body()), headers={"google_key": KEY}),
            "half a surrogate pair": posted(keyed(body(), "\ud800")),
            "nothing": posted(b""),
        }


class TestDoor:
    @given(at=st.integers(0, len(KEY) - 1), to=st.characters(max_codepoint=0x7F))
    def test_any_changed_character_of_the_key_is_refused(self, at: int, to: str) -> None:
        key = KEY[:at] + to + KEY[at + 1 :]
        door = Door("googleads", {"google_key": KEY})
        assert door.receive(posted(keyed(body(), key))).status == (
            200 if key == KEY else 401 if not key else 403
        )
        assert bool(door.queue) == (key == KEY)

    def test_a_key_with_characters_that_json_escapes(self) -> None:
        key = 'a"b\\c/й'
        door = Door("googleads", {"google_key": key})
        assert door.receive(posted(keyed(body(), key))) == Reply()
        assert door.reading() == Reading((LEAD,))

    def test_google_may_write_its_json_with_spaces(self) -> None:
        door = Door("googleads", {"google_key": KEY})
        spread = json.dumps({**FIELDS, "google_key": KEY}, indent=2, separators=(" , ", " : ")).encode()
        assert door.receive(posted(spread)) == Reply()
        assert door.reading() == Reading((LEAD,))
        assert KEY.encode() not in door.queue[0].webhook.body

    def test_the_url_adds_nothing(self) -> None:
        door = Door("googleads", {"google_key": KEY})
        door.receive(posted(keyed(body())), replace(posted(keyed(body())), path=("a",), query={"b": "c"}))
        assert door.queue[0].deduplication_id == door.queue[1].deduplication_id

    def test_another_key_of_the_same_lead_is_the_same_lead(self) -> None:
        door = Door("googleads", {"google_key": [KEY, OTHER_KEY]})
        door.receive(posted(keyed(body())), posted(keyed(body(), OTHER_KEY)))
        assert door.queue[0].deduplication_id == door.queue[1].deduplication_id

    def test_the_order_of_a_clients_leads_is_kept(self) -> None:
        door = Door("googleads", {"google_key": KEY})
        work = body(lead_id="2", user_column_data=columns(WORK_PHONE="8 (916) 123-45-67"))
        door.receive(posted(keyed(body())), posted(keyed(work)))
        assert door.queue[0].group == door.queue[1].group

    @pytest.mark.parametrize("mark", [True, "true", "True"])
    def test_test_data_is_answered_and_makes_nothing(self, mark: object) -> None:
        door = received(body(is_test=mark))
        assert door.reading() == Reading(note="test-lead")

    def test_test_data_does_not_use_up_a_leads_id(self) -> None:
        assert received(body(is_test=True)).queue[0].id != received(body()).queue[0].id

    @pytest.mark.parametrize("mark", [False, None, "false", 0, "", ...])
    def test_whatever_else_is_a_lead(self, mark: object) -> None:
        assert event(body(is_test=mark)) == LEAD


class TestColumns:
    def test_a_name_in_two_parts(self) -> None:
        lead = event(body(user_column_data=columns(LAST_NAME="Примерова", FIRST_NAME="Анна")))
        assert lead.name == "Анна Примерова"

    def test_work_contacts(self) -> None:
        lead = event(body(user_column_data=columns(WORK_EMAIL="a@example.com", WORK_PHONE="89161234567")))
        assert (lead.phone, lead.phone_typed, lead.email) == ("+79161234567", "89161234567", "a@example.com")

    def test_of_two_phones_the_second_is_an_answer(self) -> None:
        lead = event(body(user_column_data=columns(PHONE_NUMBER="89161234567", WORK_PHONE="89160000000")))
        assert (lead.phone, lead.answers) == ("+79161234567", (("WORK_PHONE", "89160000000"),))

    def test_a_question_without_a_name_has_its_id(self) -> None:
        lead = event(body(user_column_data=[*columns(CITY="Томск"), {"string_value": "да"}]))
        assert lead.answers == (("CITY", "Томск"), ("", "да"))

    @pytest.mark.parametrize("data", [..., None, [], columns(FULL_NAME=" ", CITY=""), [{}]])
    def test_a_lead_without_answers_goes_to_quarantine(self, data: object) -> None:
        with pytest.raises(Unreadable, match="empty"):
            received(body(user_column_data=data)).reading()

    @pytest.mark.parametrize("changes", [{"lead_id": ...}, {"lead_id": {}}, {"user_column_data": [7]}])
    def test_what_is_no_lead_goes_to_quarantine(self, changes: dict[str, object]) -> None:
        with pytest.raises(Unreadable, match="unexpected-content"):
            received(body(**changes)).reading()

    @pytest.mark.parametrize("time", ["", "today", "0001-01-01T00:00:00Z"])
    def test_without_a_time_that_can_be_it_is_when_it_came(self, time: str) -> None:
        assert event(body(lead_submit_time=time)).submitted_at == NOON

    def test_without_a_click_it_is_from_google_all_the_same(self) -> None:
        lead = event(body(gcl_id=..., campaign_id=..., creative_id=...))
        assert lead.attribution == Attribution(source="google", medium="cpc")
        assert lead.visitor_ids == ()


class TestDay(LeadDay):
    source = "ads"
    settings: ClassVar[Mapping[str, Any]] = {"provider": "googleads", "google_key": KEY}
    orders = (
        made("+79161234567", "Анна Примерова", **CAMPAIGN, campaign="20000000001"),
        made("+79160000002", "Борис", **CAMPAIGN, campaign="7"),
    )
    tasks = 1

    def day(self) -> Sequence[Sent]:
        def at(minute: int, status: int = 200, **changes: object) -> Sent:
            said = (self.begins + timedelta(minutes=minute)).isoformat()
            content = keyed(body(lead_submit_time=said, **changes))
            return Sent(timedelta(minutes=minute), replace(posted(content), source=self.source), status)

        boris = columns(FULL_NAME="Борис", PHONE_NUMBER="89160000002")
        return [
            at(0, is_test=True),
            at(1),
            at(2, lead_id="2", user_column_data=boris, campaign_id=7),
            # Boris fills the same form in again: a task on his order.
            at(5, lead_id="3", user_column_data=boris, campaign_id=7),
        ]
