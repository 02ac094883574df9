"""Marquiz: the contract suite, and both shapes of its webhooks."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar
from urllib.parse import urlencode

import pytest

from chalicelib.errors import Unreadable
from chalicelib.events import AnyEvent, Attribution, LeadSubmitted
from chalicelib.gate.provider import Reply
from chalicelib.gate.webhook import Webhook
from tests.lead_days import LeadDay, Sent, made

from .contract import NOON, Door, ProviderContract, a_webhook

TOKEN = "marquiz-demo-token-1"
FORM, JSON = "application/x-www-form-urlencoded", "application/json"

# The reference's sample.
NESTED: Mapping[str, Any] = {
    "contacts": {"name": "Анна", "phone": "+79990000001", "email": "anna@example.com"},
    "answers": [
        {"q": "Какая площадь?", "a": "30-50 м²"},
        {"q": "Что нужно?", "a": ["Дизайн", "Мебель"]},
    ],
    "quiz": {"id": "60aa00000000000000000001", "name": "Расчёт кухни"},
    "created": "2026-05-14T09:30:00.000Z",
    "extra": {
        "href": "https://example.com/?utm_source=vk",
        "utm": {"source": "vk"},
        "cookies": {"_ym_uid": "1700000000000000001"},
    },
}
LEAD = LeadSubmitted(
    lead_id="quiz-b231571cf62c6729c19753e979f6b3e1",
    form="60aa00000000000000000001",
    form_name="Расчёт кухни",
    name="Анна",
    phone="+79990000001",
    phone_typed="+79990000001",
    email="anna@example.com",
    answers=(("Какая площадь?", "30-50 м²"), ("Что нужно?", "Дизайн, Мебель")),
    attribution=Attribution(source="vk"),
    landing_page="https://example.com/?utm_source=vk",
    visitor_ids=(("yandex", "1700000000000000001"),),
    submitted_at=datetime(2026, 5, 14, 9, 30, tzinfo=UTC),
)
FLAT: Mapping[str, str] = {
    "name": "Анна",
    "phone": "8 999 000-00-01",
    "email": "anna@example.com",
    "location": "Россия, Москва",
    "leadTimezone": "UTC 3",
    "IP": "192.0.2.1",
    "userAgent": "Mozilla/5.0",
    "utm_source": "yandex",
    "utm_medium": "cpc",
    "quiz": "Расчёт кухни",
    "source": "https://example.com/?utm_source=yandex&utm_campaign=may&yclid=17",
    "created": "2026-05-14T09:30:00.000Z",
}


def nested(**changes: object) -> bytes:
    """The sample with other fields; ``...`` takes one out."""
    fields = {**NESTED, **changes}
    return json.dumps({name: value for name, value in fields.items() if value is not ...}).encode()


def sent(content: bytes, content_type: str = JSON) -> Webhook:
    return a_webhook(content, path=(TOKEN,), content_type=content_type)


def event(content: bytes, content_type: str = JSON, **settings: object) -> LeadSubmitted:
    door = Door("marquiz", {"token": TOKEN, **settings})
    assert door.receive(sent(content, content_type)) == Reply()
    (lead,) = door.reading().events
    assert isinstance(lead, LeadSubmitted)
    return lead


def without_id(lead: LeadSubmitted) -> LeadSubmitted:
    return lead.model_copy(update={"lead_id": ""})


class TestContract(ProviderContract):
    provider = "marquiz"
    secrets: ClassVar[Mapping[str, str]] = {"token": TOKEN}
    next_secrets: ClassVar[Mapping[str, str]] = {"token": "marquiz-demo-token-2"}
    sample = nested()
    same_event = json.dumps(dict(reversed([*NESTED.items()])), indent=1).encode()
    other_event = nested(created="2026-05-14T09:31:00.000Z")
    samples = (
        json.dumps(FLAT).encode(),
        nested(quiz="Кухня", contacts={"whatsapp": "79990000001"}, extra={"utm": {"utm_source": "vk"}}),
    )
    events: ClassVar[tuple[AnyEvent, ...]] = (LEAD,)
    broken = nested()[:-20]
    wrong_encoding: ClassVar[Mapping[str, bytes]] = {
        "cp1251": nested().replace(b"example.com", "пример".encode("cp1251")),
        "no UTF-8": nested().replace(b"example.com", b"\xff\xfe"),
    }
    wrong_type_is_read = False
    unknown_is_kept = True
    field_names = (*NESTED, *FLAT, "q", "a", "id", "href", "utm", "cookies", "whatsapp")

    def proven(self, content: bytes, secrets: Mapping[str, str]) -> Webhook:
        return a_webhook(content, path=(secrets["token"],), content_type=JSON)

    def unknown_event(self) -> Webhook:
        """There is none; what we know nothing of is an answer."""
        return sent(nested(moon_phase="full"))

    def forgeries(self) -> Mapping[str, Webhook]:
        return {
            "wrong token": a_webhook(nested(), path=("wrong",), content_type=JSON),
            "no token": a_webhook(nested(), content_type=JSON),
            "empty token": a_webhook(nested(), query={"token": ""}, content_type=JSON),
            "a longer token": a_webhook(nested(), path=(TOKEN + "0",), content_type=JSON),
            "a token in the body": a_webhook(nested(token=TOKEN), content_type=JSON),
            "half a surrogate pair": a_webhook(nested(), path=("\ud800",), content_type=JSON),
        }


class TestNested:
    def test_a_form_with_brackets(self) -> None:
        pairs = {
            "contacts[name]": "Анна",
            "contacts[phone]": "+79990000001",
            "contacts[email]": "anna@example.com",
            "answers[0][q]": "Какая площадь?",
            "answers[0][a]": "30-50 м²",
            "answers[1][q]": "Что нужно?",
            "answers[1][a]": "Дизайн, Мебель",
            "quiz[id]": "60aa00000000000000000001",
            "quiz[name]": "Расчёт кухни",
            "created": "2026-05-14T09:30:00.000Z",
            "extra[href]": "https://example.com/?utm_source=vk",
            "extra[utm][source]": "vk",
            "extra[cookies][_ym_uid]": "1700000000000000001",
        }
        assert event(urlencode(pairs).encode(), FORM) == LEAD

    def test_a_form_with_json_in_its_fields(self) -> None:
        pairs = {
            name: value if isinstance(value, str) else json.dumps(value) for name, value in NESTED.items()
        }
        assert event(urlencode(pairs).encode(), FORM) == LEAD

    def test_both_ways_to_write_the_parameters(self) -> None:
        said = {"utm_source": "yandex", "medium": "cpc", "utm_term": "кухня", "yclid": "17"}
        lead = event(nested(extra={"utm": said}))
        assert lead.attribution == Attribution(source="yandex", medium="cpc", keyword="кухня")
        assert lead.visitor_ids == (("yclid", "17"),)
        assert lead.answers == LEAD.answers

    def test_cookies_as_a_text(self) -> None:
        assert event(nested(extra={"cookies": "a=b; _ym_uid=17"})).visitor_ids == (("yandex", "17"),)

    def test_a_quiz_that_is_a_plain_text(self) -> None:
        lead = event(nested(quiz="Расчёт кухни"))
        assert (lead.form, lead.form_name) == ("Расчёт кухни", "Расчёт кухни")

    def test_messengers_are_answers(self) -> None:
        contacts = {**NESTED["contacts"], "telegram": "@anna_demo", "whatsapp": "+79990000002"}
        lead = event(nested(contacts=contacts))
        assert lead.phone == "+79990000001"
        assert lead.answers[:2] == (("telegram", "@anna_demo"), ("whatsapp", "+79990000002"))

    def test_a_number_for_whatsapp_is_a_phone_if_there_is_no_other(self) -> None:
        lead = event(nested(contacts={"whatsapp": "8 999 000-00-01", "phone": ""}))
        assert (lead.phone, lead.phone_typed, lead.answers) == (
            "+79990000001",
            "8 999 000-00-01",
            LEAD.answers,
        )

    def test_the_shop_may_say_what_a_field_means(self) -> None:
        lead = event(nested(contacts={"viber": "89990000001"}), fields={"contacts.viber": "phone"})
        assert lead.phone == "+79990000001"

    def test_a_result_and_where_the_visitor_sits(self) -> None:
        extra = {"ip": "192.0.2.1", "userAgent": "Mozilla", "referrer": "https://ya.ru/", "discount": 10}
        lead = event(nested(result={"title": "Кухня", "cost": 90000}, extra=extra))
        assert lead.answers[2:] == (
            ("extra.discount", "10"),
            ("result.title", "Кухня"),
            ("result.cost", "90000"),
        )
        assert lead.attribution == Attribution(source="yandex", medium="organic")
        assert lead.referrer == "https://ya.ru/"

    @pytest.mark.parametrize("created", [..., "", "вчера", "0001-01-01T00:00:00Z", {}, 10**30])
    def test_a_lead_is_not_lost_by_its_clock(self, created: object) -> None:
        assert event(nested(created=created)).submitted_at == NOON

    def test_an_answer_without_a_question(self) -> None:
        lead = event(nested(answers=[{"a": "да"}, {"q": "А?"}, "просто текст", {"q": "Б?", "a": {"c": "в"}}]))
        assert lead.answers == (("answers.0.a", "да"), ("answers.2", "просто текст"), ("Б?", "в"))

    @pytest.mark.parametrize("content", [b"{}", nested(contacts=..., answers=...), b'{"contacts": null}'])
    def test_a_quiz_without_anything_goes_to_quarantine(self, content: bytes) -> None:
        with pytest.raises(Unreadable, match="empty"):
            event(content)


class TestFlat:
    EXPECTED = LeadSubmitted(
        lead_id="",
        form="Расчёт кухни",
        form_name="Расчёт кухни",
        name="Анна",
        phone="+79990000001",
        phone_typed="8 999 000-00-01",
        email="anna@example.com",
        answers=(("location", "Россия, Москва"), ("leadTimezone", "UTC 3")),
        attribution=Attribution(source="yandex", medium="cpc", campaign="may"),
        landing_page=FLAT["source"],
        visitor_ids=(("yclid", "17"),),
        submitted_at=LEAD.submitted_at,
    )

    def test_json_and_a_form_say_the_same(self) -> None:
        as_json, as_form = event(json.dumps(FLAT).encode()), event(urlencode(FLAT).encode(), FORM)
        assert as_json == as_form
        assert without_id(as_json) == self.EXPECTED

    def test_a_source_that_is_no_address(self) -> None:
        lead = event(json.dumps({**FLAT, "source": "vk"}).encode())
        assert ("source", "vk") in lead.answers
        assert lead.landing_page == ""


class TestSame:
    def ids(self, *contents: bytes, later: timedelta = timedelta()) -> set[str]:
        door = Door("marquiz", {"token": TOKEN})
        for content in contents:
            door.receive(sent(content), replace(sent(content), received_at=NOON + later))
        return {envelope.id for envelope in door.queue}

    def test_a_repeat_next_month_is_the_same_answers(self) -> None:
        assert len(self.ids(nested(), later=timedelta(days=30))) == 1

    def test_the_phone_may_be_written_otherwise(self) -> None:
        assert len(self.ids(nested(), nested(contacts={"phone": "8 (999) 000-00-01"}))) == 1

    @pytest.mark.parametrize(
        "other",
        [
            {"contacts": {"phone": "+79990000002"}},
            {"created": "2026-05-14T09:30:01.000Z"},
            {"quiz": {"id": "60aa00000000000000000002"}},
        ],
    )
    def test_other_answers(self, other: dict[str, object]) -> None:
        assert len(self.ids(nested(), nested(**other))) == 2

    def test_clients_with_a_mail_address_only(self) -> None:
        anna, boris = ({"email": f"{name}@example.com"} for name in ("anna", "boris"))
        assert len(self.ids(nested(contacts=anna), nested(contacts=boris))) == 2
        assert len(self.ids(nested(contacts=anna), later=timedelta(days=30))) == 1

    @pytest.mark.parametrize("lacking", [{"created": ...}, {"contacts": {"name": "Анна"}}])
    def test_without_a_client_or_a_moment_the_content_tells_for_ten_minutes(
        self, lacking: dict[str, object]
    ) -> None:
        assert len(self.ids(nested(**lacking), later=timedelta(minutes=1))) == 1
        assert len(self.ids(nested(**lacking), later=timedelta(days=30))) == 2

    def test_the_order_of_a_clients_leads_is_kept(self) -> None:
        door = Door("marquiz", {"token": TOKEN})
        door.receive(sent(nested()), sent(json.dumps(FLAT).encode()))
        door.receive(sent(nested(contacts={"whatsapp": "79990000001"})))
        assert len({envelope.group for envelope in door.queue}) == 1


class TestDay(LeadDay):
    source = "quiz"
    settings: ClassVar[Mapping[str, Any]] = {"provider": "marquiz", "token": TOKEN}
    orders = (
        made("+79990000001", "Анна", source="vk"),
        made("+79990000002", "Борис", source="yandex", medium="cpc", campaign="may"),
        made("", "Вера", source="yandex", medium="organic"),
    )
    tasks = 1
    quarantined = 1

    def day(self) -> Sequence[Sent]:
        def at(minute: int, content: bytes, content_type: str = JSON) -> Sent:
            return Sent(timedelta(minutes=minute), replace(sent(content, content_type), source=self.source))

        def said(second: int) -> str:
            return (self.begins + timedelta(seconds=second)).isoformat()

        boris = {**FLAT, "name": "Борис", "phone": "89990000002"}
        vera = {
            "contacts": {"name": "Вера", "email": "vera@example.com"},
            "extra": {"referrer": "https://ya.ru/"},
        }
        return [
            at(1, nested(created=said(1))),
            at(2, urlencode({**boris, "created": said(2)}).encode(), FORM),
            # Boris goes through the quiz again: a task on his order.
            at(3, urlencode({**boris, "created": said(90)}).encode(), FORM),
            at(4, nested(created=said(4), **vera)),
            at(5, nested()[:-5]),
        ]
