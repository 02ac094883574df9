"""Elementor Pro: the contract suite, and both shapes of its forms."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any, ClassVar
from urllib.parse import parse_qsl, urlencode

import pytest

from chalicelib.errors import Unreadable
from chalicelib.events import AnyEvent, Attribution, LeadSubmitted
from chalicelib.gate.gate import Gate
from chalicelib.gate.provider import Reply, Source
from chalicelib.gate.submissions import submission_id
from chalicelib.gate.webhook import Webhook
from tests.lead_days import LeadDay, Sent, made

from .contract import NOON, SOURCE, Door, ProviderContract, a_webhook

TOKEN = "elementor-demo-token-1"
FORM_TYPE = "application/x-www-form-urlencoded"
PAGE = "https://example.com/?utm_source=yandex"
PLAIN = {"Имя": "Анна", "Телефон": "+79990000001", "Вопрос?": "Есть 3×6?"} | {
    "form_id": "a1b2c3d",
    "form_name": "Callback",
}
ADVANCED = (
    "form[id]=a1b2c3d&form[name]=Callback"
    "&fields[name][id]=name&fields[name][type]=text&fields[name][title]=Имя&fields[name][value]=Анна"
    "&fields[name][raw_value]=Анна&fields[name][required]=1"
    "&fields[phone][id]=phone&fields[phone][type]=tel&fields[phone][value]=%2B79990000001"
    "&meta[page_url][value]=https://example.com/"
).encode()


def as_form(fields: Mapping[str, object], encoding: str = "utf-8") -> bytes:
    return urlencode(fields, encoding=encoding).encode()


def field(id_: str, kind: str, title: str, value: str) -> dict[str, str]:
    parts = {"id": id_, "type": kind, "title": title, "value": value, "raw_value": value, "required": "1"}
    return {f"fields[{id_}][{part}]": text for part, text in parts.items()}


def sent(content: bytes | Mapping[str, object], token: str = TOKEN, **changes: Any) -> Webhook:
    body = content if isinstance(content, bytes) else as_form(content)
    return replace(a_webhook(body, path=(token,), content_type=FORM_TYPE), **changes)


def lead(content: bytes | Mapping[str, object], **settings: object) -> LeadSubmitted:
    door = Door("elementor", {"token": TOKEN, **settings})
    assert door.receive(sent(content)) == Reply(200, "ok")
    (event,) = door.reading().events
    assert isinstance(event, LeadSubmitted)
    return event


class TestContract(ProviderContract):
    provider = "elementor"
    secrets: ClassVar[Mapping[str, str]] = {"token": TOKEN}
    next_secrets: ClassVar[Mapping[str, str]] = {"token": "elementor-demo-token-2"}
    sample = as_form(PLAIN)
    same_event = as_form(dict(reversed(PLAIN.items()))).replace(b"+3", b"%203")
    other_event = as_form({**PLAIN, "Вопрос?": "Есть 4×6?"})
    samples = (ADVANCED,)
    events: ClassVar[tuple[AnyEvent, ...]] = (
        LeadSubmitted(
            lead_id="-".join(submission_id(PLAIN, NOON)),
            form="a1b2c3d",
            form_name="Callback",
            name="Анна",
            phone="+79990000001",
            phone_typed="+79990000001",
            answers=(("Вопрос?", "Есть 3×6?"),),
            submitted_at=NOON,
        ),
    )
    broken = b"\xff" + sample[:-20]
    broken_reason = "wrong-encoding"
    wrong_encoding: ClassVar[Mapping[str, bytes]] = {"cp1251": as_form({"Имя": "Анна"}, "cp1251")}
    wrong_type_is_read = False
    unknown_is_kept = True
    field_names = (
        *PLAIN,
        *("No Label field_1", "Page URL", "User Agent", "fields", "meta", "form"),
        *(name for name, _ in parse_qsl(ADVANCED.decode())),
    )

    def proven(self, content: bytes, secrets: Mapping[str, str]) -> Webhook:
        return sent(content, secrets["token"])

    def unknown_event(self) -> Webhook:
        return self.authentic(as_form({"Фаза луны": "полная"}))

    def forgeries(self) -> Mapping[str, Webhook]:
        nothing = sent(PLAIN, path=())
        return {
            "wrong": sent(PLAIN, "guessed"),
            "missing": nothing,
            "empty": sent(PLAIN, ""),
            "wrong in query": replace(nothing, query={"token": "guessed"}),
            "in the body": sent({**PLAIN, "token": TOKEN}, path=()),
        }


class TestAdvancedData:
    def test_the_sample_of_the_plugin(self) -> None:
        event = lead(ADVANCED)
        assert (event.form, event.form_name) == ("a1b2c3d", "Callback")
        assert (event.name, event.phone) == ("Анна", "+79990000001")
        assert event.landing_page == "https://example.com/"
        assert event.answers == ()

    def test_the_type_tells_a_phone_and_an_email(self) -> None:
        event = lead(
            {
                **field("field_1", "tel", "Куда звонить?", "8 999 000-00-01"),
                **field("field_2", "email", "Куда писать?", "anna@example.com"),
            }
        )
        assert (event.phone, event.email, event.answers) == ("+79990000001", "anna@example.com", ())

    def test_the_title_tells_what_a_made_up_id_does_not(self) -> None:
        event = lead(
            {**field("field_1", "text", "Ваше имя", "Анна"), **field("field_2", "text", "Цвет?", "синий")}
        )
        assert (event.name, event.answers) == ("Анна", (("Цвет?", "синий"),))

    def test_two_phones(self) -> None:
        event = lead({**field("a", "tel", "Ваш", "89990000001"), **field("b", "tel", "Жены", "89990000002")})
        assert (event.phone, event.answers) == ("+79990000001", (("Жены", "89990000002"),))

    @pytest.mark.parametrize("name", ["Field_2", "Рабочий"])
    def test_the_shops_table_knows_ids_and_titles(self, name: str) -> None:
        fields = {
            **field("field_1", "tel", "Домашний", "1"),
            **field("field_2", "tel", "Рабочий", "89990000001"),
        }
        event = lead(fields, fields={name: "phone"})
        assert (event.phone, event.answers) == ("+79990000001", (("Домашний", "1"),))

    def test_hidden_fields_tell_the_advertisement(self) -> None:
        event = lead(
            {**field("utm_source", "hidden", "", "vk"), **field("x1", "hidden", "utm_medium", "cpc")}
            | field("name", "text", "", "Анна")
        )
        assert event.attribution == Attribution(source="vk", medium="cpc")
        assert event.answers == ()

    @pytest.mark.parametrize(
        "meta",
        [
            {"meta[page_url][title]": "Page URL", "meta[page_url][value]": PAGE},
            {"meta[page_url]": PAGE},
        ],
    )
    def test_whatever_shape_the_page_has(self, meta: dict[str, str]) -> None:
        others = {
            f"meta[{name}][value]": "x" for name in ("date", "time", "user_agent", "remote_ip", "credit")
        }
        event = lead({**field("phone", "tel", "", "1"), **meta, **others})
        assert (event.landing_page, event.attribution.source) == (PAGE, "yandex")
        assert event.answers == ()

    def test_a_value_that_is_missing_is_taken_as_it_was_typed(self) -> None:
        assert lead({"fields[name][raw_value]": "Анна", "fields[name][raw_value][0]": "x"}).name == "Анна"

    def test_what_nobody_knows_is_not_lost(self) -> None:
        event = lead({**field("date", "date", "Когда?", "1 мая"), "meta[moon]": "full", "extra": "1"})
        assert event.answers == (("Когда?", "1 мая"), ("meta.moon", "full"), ("extra", "1"))


class TestPlainData:
    def test_a_title_is_kept_with_its_brackets_and_dots(self) -> None:
        fields = {"Размер [см]": "3", "Тел. жены": "2", "No Label field_1": "x", "Name": "Анна"}
        event = lead(fields)
        assert event.answers == (("Размер [см]", "3"), ("Тел. жены", "2"), ("field_1", "x"))

    def test_a_field_without_title_is_known_by_its_id(self) -> None:
        event = lead(
            {"No Label phone": "89990000001", "No Label field_2": "Анна"}, fields={"field_2": "name"}
        )
        assert (event.phone, event.name) == ("+79990000001", "Анна")

    def test_what_elementor_adds_of_its_own(self) -> None:
        own = {"Page URL": PAGE, "User Agent": "x", "Remote IP": "192.0.2.1", "Powered by": "Elementor"}
        event = lead({**PLAIN, **own})
        assert event.landing_page == PAGE
        assert event.answers == (("Вопрос?", "Есть 3×6?"),)

    def test_a_name_that_stands_there_twice(self) -> None:
        assert lead(b"Name=A&Colour=red&Colour=blue").answers == (("Colour", "red, blue"),)

    @pytest.mark.parametrize("content", [b"", b"form_id=a1&form_name=x", b"%D0%98%D0%BC%D1%8F="])
    def test_a_form_that_says_nothing_goes_to_quarantine(self, content: bytes) -> None:
        with pytest.raises(Unreadable, match="empty"):
            lead(content)


class TestTheVisitorWaits:
    """Any status but 200 shows them an error."""

    def test_whatever_is_authentic_and_durable_is_answered_with_exactly_200(self) -> None:
        door = Door("elementor", {"token": TOKEN})
        for content in (as_form(PLAIN), ADVANCED, b"", b"\xff", b"&" * 2000):
            assert door.receive(sent(content), sent(content)) == Reply(200, "ok")

    def test_what_is_not_durable_shows_the_error(self) -> None:
        def broken_queue(_envelope: object) -> None:
            raise OSError

        gate = Gate({SOURCE: Source(SOURCE, "elementor", {"token": TOKEN})}, broken_queue)
        assert gate.receive(sent(PLAIN)).status == 503

    def test_a_clients_forms_stay_in_order_in_both_shapes(self) -> None:
        door = Door("elementor", {"token": TOKEN})
        door.receive(sent(PLAIN), sent(ADVANCED))
        one, same = (envelope.group for envelope in door.queue)
        assert one == same


class TestDay(LeadDay):
    """A double click, the same form again with another question, another form, both shapes."""

    source = "site"
    settings: ClassVar[Mapping[str, Any]] = {"provider": "elementor", "token": TOKEN}
    orders = (
        made("+79990000001", "Анна"),
        made("+79990000001", "Анна", source="yandex"),
        made("+79990000002", "Борис", source="vk"),
    )
    tasks = 1

    def day(self) -> list[Sent]:
        again = {**PLAIN, "Вопрос?": "А 4×6?"}
        other = {**PLAIN, "form_id": "b2", "Page URL": PAGE}
        advanced = {
            "form[id]": "c3",
            "form[name]": "Footer",
            **field("field_1", "tel", "Телефон", "8 999 000 00 02"),
            **field("field_2", "text", "Имя", "Борис"),
            **field("utm_source", "hidden", "", "vk"),
        }
        return [
            Sent(timedelta(minutes=1), self.form(PLAIN)),
            Sent(timedelta(minutes=1, seconds=3), self.form(PLAIN)),
            Sent(timedelta(minutes=4), self.form(again)),
            Sent(timedelta(minutes=5), self.form(other)),
            Sent(timedelta(minutes=6), self.form(advanced)),
            Sent(timedelta(minutes=7), self.form(PLAIN, "guessed"), 403),
        ]

    def form(self, fields: Mapping[str, object], token: str = TOKEN) -> Webhook:
        return replace(sent(fields, token), source=self.source)
