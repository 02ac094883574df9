"""Yandex Forms: the contract suite, JSON-RPC, and bodies that the shop designs itself."""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any, ClassVar
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.errors import Unreadable
from chalicelib.events import AnyEvent, Attribution, LeadSubmitted
from chalicelib.gate.webhook import Webhook
from tests.lead_days import LeadDay, Sent, made

from .contract import NOON, Door, ProviderContract, a_webhook

TOKEN = "yandexforms-demo-token-1"
JSON = "application/json"
ANSWERS = {
    "answer_id": "6651f0a1",
    "Ваше имя": "Анна",
    "Телефон": "+7 999 000-00-01",
    "Что нужно сделать?": 'Тент 3×6, со словами "Мой катер"',
    "utm_source": "yandex",
}
CALL = {"jsonrpc": "2.0", "method": "Заявка на пошив", "params": ANSWERS, "id": 1}


def sent(content: object, token: str = TOKEN, **changes: Any) -> Webhook:
    body = content if isinstance(content, bytes) else json.dumps(content).encode()
    return replace(a_webhook(body, path=(token,), content_type=JSON), **changes)


def lead(content: object, content_type: str = JSON, **settings: object) -> LeadSubmitted:
    door = Door("yandexforms", {"token": TOKEN, **settings})
    assert door.receive(sent(content, headers={"content-type": content_type})).status == 200
    (event,) = door.reading().events
    assert isinstance(event, LeadSubmitted)
    return event


class TestContract(ProviderContract):
    provider = "yandexforms"
    secrets: ClassVar[Mapping[str, str]] = {"token": TOKEN}
    next_secrets: ClassVar[Mapping[str, str]] = {"token": "yandexforms-demo-token-2"}
    sample = json.dumps(CALL).encode()
    same_event = json.dumps(dict(reversed(CALL.items())), ensure_ascii=False, indent=1).encode()
    other_event = json.dumps({**CALL, "params": {**ANSWERS, "answer_id": "6651f0a2"}}).encode()
    samples = (json.dumps(ANSWERS).encode(),)
    events: ClassVar[tuple[AnyEvent, ...]] = (
        LeadSubmitted(
            lead_id="answer_id-6651f0a1",
            form="Заявка на пошив",
            form_name="Заявка на пошив",
            name="Анна",
            phone="+79990000001",
            phone_typed="+7 999 000-00-01",
            answers=(("Что нужно сделать?", 'Тент 3×6, со словами "Мой катер"'),),
            attribution=Attribution(source="yandex"),
            submitted_at=NOON,
        ),
    )
    broken = sample[:-20]
    wrong_encoding: ClassVar[Mapping[str, bytes]] = {
        "cp1251": json.dumps({"Имя": "Анна"}, ensure_ascii=False).encode("cp1251"),
        "utf-16": json.dumps(ANSWERS, ensure_ascii=False).encode("utf-16"),
    }
    wrong_type_is_read = False
    unknown_is_kept = True
    field_names = (*CALL, *ANSWERS, "form_name", "name", "email")

    def proven(self, content: bytes, secrets: Mapping[str, str]) -> Webhook:
        return sent(content, secrets["token"])

    def unknown_event(self) -> Webhook:
        return self.authentic(b'{"jsonrpc": "2.0", "method": "moon", "params": {"phase": "full"}, "id": 7}')

    def forgeries(self) -> Mapping[str, Webhook]:
        nothing = sent(CALL, path=())
        return {
            "wrong": sent(CALL, "guessed"),
            "missing": nothing,
            "empty": sent(CALL, ""),
            "wrong in query": replace(nothing, query={"token": "guessed"}),
            "wrong in header": replace(
                nothing, headers={"content-type": JSON, "x-leadkeeper-token": "guessed"}
            ),
            "in the body": sent({**CALL, "token": TOKEN}, path=()),
        }


class TestAnswers:
    def test_a_body_of_ones_own_says_the_same(self) -> None:
        event = lead({"form_name": "Заявка на пошив", **ANSWERS})
        assert (event,) == TestContract.events

    def test_lines_of_text_need_no_quotation_marks_to_be_right(self) -> None:
        body = 'answer_id: 6651f0a1\nВаше имя: Анна\nТелефон: 8 999 000-00-01\nЧто?: Тент "Мой\nкатер"'
        event = lead(body.encode(), "text/plain; charset=utf-8")
        assert (event.lead_id, event.name, event.phone) == ("answer_id-6651f0a1", "Анна", "+79990000001")
        assert event.answers[-1] == ("Что?", 'Тент "Мой\nкатер"')

    def test_a_form(self) -> None:
        assert lead(urlencode(ANSWERS).encode(), "application/x-www-form-urlencoded").name == "Анна"

    def test_a_quotation_mark_that_breaks_the_body_is_not_lost(self) -> None:
        door = Door("yandexforms", {"token": TOKEN})
        door.receive(sent(b'{"text": "Tent "My boat""}'))
        with pytest.raises(Unreadable, match="broken-json"):
            door.reading()

    @pytest.mark.parametrize("params", [None, [], {}, ""])
    def test_a_call_without_parameters_says_nothing(self, params: object) -> None:
        with pytest.raises(Unreadable, match="empty"):
            lead({**CALL, "params": params})

    def test_parameters_in_a_list(self) -> None:
        event = lead({**CALL, "params": [{"name": "Анна", "phone": "89990000001"}]})
        assert (event.name, event.phone) == ("Анна", "+79990000001")
        assert lead({**CALL, "params": ["a", "b"]}).answers == (("params", "a, b"),)

    def test_the_shops_table(self) -> None:
        event = lead({**CALL, "params": {"q1": "Анна", "q2": "x"}}, fields={"q1": "name", "Q2": ""})
        assert (event.name, event.answers) == ("Анна", ())


class TestSameAnswer:
    def ids(self, *contents: object, later: timedelta = timedelta()) -> list[str]:
        door = Door("yandexforms", {"token": TOKEN})
        for number, content in enumerate(contents):
            door.receive(sent(content, received_at=NOON + number * later))
        return [envelope.id for envelope in door.queue]

    def test_by_the_answers_id_however_late_in_both_kinds(self) -> None:
        first, again = self.ids(CALL, CALL, later=timedelta(days=1))
        assert first == again
        first, again = self.ids(ANSWERS, ANSWERS, later=timedelta(days=1))
        assert first == again

    def test_the_id_of_the_call_is_none(self) -> None:
        first, other = ({**CALL, "params": {"name": name}} for name in ("Анна", "Борис"))
        assert len(set(self.ids(first, other))) == 2

    def test_without_an_id_by_its_content_for_ten_minutes(self) -> None:
        content = {"name": "Анна"}
        assert len(set(self.ids(content, content, later=timedelta(minutes=9)))) == 1
        assert len(set(self.ids(content, content, later=timedelta(minutes=11)))) == 2


class TestToken:
    @given(guessed=st.text(st.characters(), max_size=30).filter(lambda text: text.strip() != TOKEN))
    def test_any_other_is_refused(self, guessed: str) -> None:
        header = sent(CALL, path=(), headers={"content-type": JSON, "x-leadkeeper-token": guessed})
        for webhook in (sent(CALL, guessed), header):
            door = Door("yandexforms", {"token": TOKEN})
            assert door.receive(webhook).status in {401, 403}
            assert not door.queue

    def test_may_stand_in_the_header_that_the_owner_typed(self) -> None:
        door = Door("yandexforms", {"token": TOKEN, "token_header": "X-My-Key"})
        assert door.receive(sent(CALL, path=(), headers={"x-my-key": TOKEN})).status == 200
        assert TOKEN not in door.queue[0].to_json()


class TestDay(LeadDay):
    """Yandex repeats what it may have failed to deliver; a client answers twice, another one once."""

    source = "orders"
    settings: ClassVar[Mapping[str, Any]] = {"provider": "yandexforms", "token": TOKEN}
    orders = (
        made("+79990000001", "Анна", source="yandex"),
        made("+79990000002", "Борис", source="vk", campaign="may"),
    )
    tasks = 1
    quarantined = 1

    def day(self) -> list[Sent]:
        more = {**ANSWERS, "answer_id": "6651f0a9", "Что нужно сделать?": "И чехол"}
        other = {"answer_id": "6651f0b0", "Имя": "Борис", "Телефон": "89990000002"}
        page = {"Страница": "https://shop.example/?utm_source=vk&utm_campaign=may"}
        return [
            Sent(timedelta(minutes=1), self.answer(CALL)),
            Sent(timedelta(minutes=3), self.answer(CALL)),
            Sent(timedelta(minutes=9), self.answer({**CALL, "params": more})),
            Sent(timedelta(minutes=12), self.answer({**other, **page})),
            Sent(timedelta(minutes=13), self.answer(b'{"text": "Tent "My boat""}')),
            Sent(timedelta(minutes=20), self.answer(CALL)),
            Sent(timedelta(minutes=21), self.answer(CALL, "guessed"), 403),
        ]

    def answer(self, content: object, token: str = TOKEN) -> Webhook:
        return replace(sent(content, token), source=self.source)
