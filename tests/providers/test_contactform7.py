"""Contact Form 7: the contract suite, and the surprises of its forms."""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any, ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from chalicelib.errors import Unreadable
from chalicelib.events import AnyEvent, Attribution, LeadSubmitted
from chalicelib.gate.submissions import submission_id
from chalicelib.gate.webhook import Webhook
from chalicelib.providers.contactform7.read import Settings
from tests.lead_days import LeadDay, Sent, made

from .contract import NOON, Door, ProviderContract, a_webhook

TOKEN = "cf7-demo-token-1"
JSON = "application/json; charset=UTF-8"
FORM = {
    "your-name": "Анна",
    "your-email": "anna@example.com",
    "your-tel": "+79990000001",
    "your-message": "Перезвоните",
    "utm_source": "yandex",
}
WITH_EVERYTHING = {
    "text-7": "Анна Примерова",
    "tel-42": "8 (999) 000-00-01",
    "checkbox-3": ["красный", "синий"],
    "file-1": "https://shop.example/wp-content/uploads/plan.pdf",
    "_url": "https://shop.example/boats/?yclid=17",
    "acceptance-1": 1,
    "empty": "",
    "nothing": None,
}


def sent(fields: object, token: str = TOKEN, **changes: Any) -> Webhook:
    webhook = a_webhook(json.dumps(fields).encode(), path=(token,), content_type=JSON)
    return replace(webhook, **changes)


def lead_of(webhook: Webhook, **settings: object) -> LeadSubmitted:
    door = Door("contactform7", {"token": TOKEN, **settings})
    assert door.receive(webhook).status == 200
    (event,) = door.reading().events
    assert isinstance(event, LeadSubmitted)
    return event


class TestContract(ProviderContract):
    provider = "contactform7"
    secrets: ClassVar[Mapping[str, str]] = {"token": TOKEN}
    next_secrets: ClassVar[Mapping[str, str]] = {"token": "cf7-demo-token-2"}
    sample = json.dumps(FORM).encode()
    same_event = json.dumps(dict(reversed(FORM.items())), ensure_ascii=False, indent=1).encode()
    other_event = json.dumps({**FORM, "your-message": "Не надо"}).encode()
    samples = (json.dumps(WITH_EVERYTHING).encode(),)
    events: ClassVar[tuple[AnyEvent, ...]] = (
        LeadSubmitted(
            lead_id="-".join(submission_id(FORM, NOON)),
            form="",
            name="Анна",
            phone="+79990000001",
            phone_typed="+79990000001",
            email="anna@example.com",
            answers=(("your-message", "Перезвоните"),),
            attribution=Attribution(source="yandex"),
            submitted_at=NOON,
        ),
    )
    broken = sample[:-20]
    wrong_encoding: ClassVar[Mapping[str, bytes]] = {
        "cp1251": json.dumps(FORM, ensure_ascii=False).encode("cp1251"),
        "utf-16": json.dumps(FORM, ensure_ascii=False).encode("utf-16"),
    }
    wrong_type_is_read = False
    unknown_is_kept = True
    field_names = (*FORM, *WITH_EVERYTHING, "form_name", "name", "phone", "total", "referrer", "cookies")

    def proven(self, content: bytes, secrets: Mapping[str, str]) -> Webhook:
        return a_webhook(content, path=(secrets["token"],), content_type=JSON)

    def unknown_event(self) -> Webhook:
        return self.authentic(b'{"moon-phase": "full"}')

    def forgeries(self) -> Mapping[str, Webhook]:
        nothing = sent(FORM, path=())
        headers = {"content-type": JSON}
        return {
            "wrong": sent(FORM, "guessed"),
            "missing": nothing,
            "empty": sent(FORM, ""),
            "wrong in query": replace(nothing, query={"token": "guessed"}),
            "wrong in header": replace(nothing, headers={**headers, "x-leadkeeper-token": "guessed"}),
            "empty header": replace(nothing, headers={**headers, "x-leadkeeper-token": ""}),
            "other header": replace(nothing, headers={**headers, "x-token": TOKEN}),
            "wrong bearer": replace(nothing, headers={**headers, "authorization": "Bearer guessed"}),
            "in the body": sent({**FORM, "token": TOKEN}, path=()),
        }


class TestForm:
    def test_tags_as_the_editor_makes_them_up(self) -> None:
        event = lead_of(sent(WITH_EVERYTHING), fields={"text-7": "name", "acceptance-1": ""})
        assert (event.name, event.phone) == ("Анна Примерова", "+79990000001")
        assert event.landing_page == "https://shop.example/boats/?yclid=17"
        assert event.attribution == Attribution(source="yandex", medium="cpc")
        assert event.answers == (
            ("checkbox-3", "красный, синий"),
            ("file-1", "https://shop.example/wp-content/uploads/plan.pdf"),
        )

    def test_the_url_says_which_form_it_is(self) -> None:
        event = lead_of(sent(FORM, query={"form_name": "Лодки"}))
        assert (event.form, event.form_name) == ("Лодки", "Лодки")
        assert event.answers == (("your-message", "Перезвоните"),)

    def test_half_a_surrogate_pair_in_the_url_loses_nothing(self) -> None:
        event = lead_of(sent(FORM, query={"form_name": "Лодки \ud800", "\ud800": "x"}))
        assert (event.form_name, event.answers[-1]) == ("Лодки ?", ("?", "x"))
        assert event.model_dump_json()

    def test_the_form_wins_over_the_url(self) -> None:
        assert lead_of(sent(FORM, query={"utm_source": "vk"})).attribution.source == "yandex"

    def test_a_blog_in_windows_1251(self) -> None:
        body = json.dumps(FORM, ensure_ascii=False).encode("cp1251")
        webhook = sent(FORM, body=body, headers={"content-type": "application/json; charset=windows-1251"})
        assert lead_of(webhook).name == "Анна"

    @pytest.mark.parametrize(
        "body",
        ["Имя: Анна\nТелефон: 8 999 000-00-01\nВопрос: Сколько?\nИ когда?", '{"broken": "template}'],
    )
    def test_a_template_that_is_no_json_is_sent_as_text(self, body: str) -> None:
        webhook = sent(FORM, body=body.encode(), headers={"content-type": "text/plain; charset=UTF-8"})
        door = Door("contactform7", {"token": TOKEN})
        assert door.receive(webhook).status == 200
        if body.startswith("{"):
            with pytest.raises(Unreadable, match="broken-json"):
                door.reading()
        else:
            (event,) = door.reading().events
            assert isinstance(event, LeadSubmitted)
            assert (event.name, event.phone) == ("Анна", "+79990000001")
            assert event.answers == (("Вопрос", "Сколько?\nИ когда?"),)

    def test_a_second_click_is_the_same_and_next_month_is_not(self) -> None:
        door = Door("contactform7", {"token": TOKEN})
        for later in (timedelta(), timedelta(minutes=2), timedelta(days=30)):
            door.receive(sent(FORM, received_at=NOON + later))
        first, again, next_month = door.queue
        assert first.id == again.id != next_month.id
        assert first.group == next_month.group

    def test_the_same_words_in_another_form_are_another_lead(self) -> None:
        door = Door("contactform7", {"token": TOKEN})
        for name in ("Лодки", "Катера"):
            door.receive(sent(FORM, query={"form_name": name}))
        first, other = (door.read(envelope).events[0] for envelope in door.queue)
        assert isinstance(first, LeadSubmitted)
        assert isinstance(other, LeadSubmitted)
        assert first.lead_id != other.lead_id

    def test_the_shops_table_keeps_a_clients_order_too(self) -> None:
        door = Door("contactform7", {"token": TOKEN, "fields": {"Text-9": "phone"}})
        door.receive(sent({"text-9": "8 999 000-00-01"}), sent(FORM), sent({"text-8": "8 999 000-00-01"}))
        one, same, other = (envelope.group for envelope in door.queue)
        assert one == same != other

    @pytest.mark.parametrize("body", ["{}", '{"your-name": " "}', '{"utm_source": "vk"}'])
    def test_a_form_that_says_nothing_goes_to_quarantine(self, body: str) -> None:
        door = Door("contactform7", {"token": TOKEN})
        door.receive(sent(FORM, body=body.encode()))
        with pytest.raises(Unreadable, match="empty"):
            door.reading()


class TestToken:
    @pytest.mark.parametrize(
        ("header", "settings"),
        [
            ("x-leadkeeper-token", {}),
            ("x-shop-secret", {"token_header": "X-Shop-Secret"}),
        ],
    )
    def test_may_stand_in_a_header_with_a_name_of_the_shops(
        self, header: str, settings: dict[str, str]
    ) -> None:
        door = Door("contactform7", {"token": TOKEN, **settings})
        webhook = sent(FORM, path=(), headers={"content-type": JSON, header: TOKEN})
        assert door.receive(webhook).status == 200
        assert TOKEN not in door.queue[0].to_json()

    def test_may_be_a_bearer(self) -> None:
        webhook = sent(FORM, path=(), headers={"content-type": JSON, "authorization": f"Bearer {TOKEN}"})
        assert lead_of(webhook).name == "Анна"

    @given(guessed=st.text(st.characters(), max_size=30).filter(lambda text: text.strip() != TOKEN))
    def test_any_other_is_refused(self, guessed: str) -> None:
        nothing = sent(FORM, path=())
        for webhook in (
            replace(nothing, path=(guessed,)),
            replace(nothing, query={"token": guessed}),
            replace(nothing, headers={"content-type": JSON, "x-leadkeeper-token": guessed}),
            replace(nothing, headers={"content-type": JSON, "authorization": f"Bearer {guessed}"}),
        ):
            door = Door("contactform7", {"token": TOKEN})
            assert door.receive(webhook).status in {401, 403}
            assert not door.queue

    @given(position=st.integers(0, len(TOKEN) - 1), character=st.characters())
    def test_one_character_that_differs_is_enough(self, position: int, character: str) -> None:
        changed = TOKEN[:position] + character + TOKEN[position + 1 :]
        expected = {200} if changed == TOKEN else {403}
        assert Door("contactform7", {"token": TOKEN}).receive(sent(FORM, changed)).status in expected

    def test_a_header_that_cannot_be_sent_is_a_mistake(self) -> None:
        with pytest.raises(ValidationError):
            Settings(provider="contactform7", token=TOKEN, token_header="X Secret:")


class TestDay(LeadDay):
    """A client who clicks twice, writes again, and comes back with another form; one who gives no phone."""

    source = "site"
    settings: ClassVar[Mapping[str, Any]] = {"provider": "contactform7", "token": TOKEN}
    orders = (
        made("+79990000001", "Анна", source="yandex"),
        made("+79990000001", "Анна", source="yandex", medium="cpc"),
        made("", "Борис", source="forum.example", medium="referral"),
    )
    tasks = 1
    quarantined = 1

    def day(self) -> list[Sent]:
        once = FORM
        more = {**FORM, "your-message": "И ещё вопрос"}
        other = {"your-name": "Анна", "your-tel": "89990000001", "_url": "https://shop.example/?yclid=5"}
        no_phone = {"your-name": "Борис", "your-email": "boris@example.com"}
        origin = {"_url": "https://shop.example/", "referrer": "https://forum.example/topic/5"}
        return [
            Sent(timedelta(minutes=1), self.form(once)),
            Sent(timedelta(minutes=2), self.form(once)),
            Sent(timedelta(minutes=4), self.form(more)),
            Sent(timedelta(minutes=5), self.form(other, form_name="Лодки")),
            Sent(timedelta(minutes=6), self.form({**no_phone, **origin})),
            Sent(timedelta(minutes=7), self.form(once, token="guessed"), 403),
            Sent(timedelta(minutes=8), self.form({"your-message": ""})),
        ]

    def form(self, fields: Mapping[str, object], token: str = TOKEN, **query: str) -> Webhook:
        return replace(sent(fields, token), source=self.source, query=query)
