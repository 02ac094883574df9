"""Whatever stands in an entry is written in words, for whoever reads it in whatever language."""

import ast
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, get_args
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import AwareDatetime

import chalicelib
from chalicelib.actions import AnyAction, CompleteOrder, CreateOrder, SendSms
from chalicelib.client_time.zones import ClientZone, How
from chalicelib.console.journal.wording import Wording
from chalicelib.console.masks import Closed, Open
from chalicelib.console.words import LANGUAGES
from chalicelib.entry import Entry, Status
from chalicelib.events import AnyEvent, CrmCompared, LeadItem, LeadSubmitted, MessageWanted
from chalicelib.events.sms import MessageStatus, Sms
from tests.engine.contract import NOON, an_envelope

TOMSK = ZoneInfo("Asia/Tomsk")
MOMENTS = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 -- the zone is beside them
MONEY = st.decimals(Decimal(0), Decimal(10**6), places=2)
ITEMS = st.builds(LeadItem, quantity=MONEY, price=MONEY)
SPECIAL: dict[type, dict[str, st.SearchStrategy[Any]]] = {
    LeadSubmitted: {"items": st.tuples(ITEMS), "submitted_at": MOMENTS},
    CreateOrder: {"items": st.tuples(ITEMS), "occurred_at": MOMENTS},
    CompleteOrder: {"items": st.tuples(ITEMS), "occurred_at": MOMENTS},
    CrmCompared: {"counts": st.just({}), "at": MOMENTS},
}
st.register_type_strategy(AwareDatetime, MOMENTS)


def models(of: object) -> tuple[Any, ...]:
    found = get_args(of)
    return found if isinstance(found[0], type) else get_args(found[0])


@pytest.mark.parametrize(
    "model", [*models(AnyEvent), *models(AnyAction)], ids=lambda model: model.model_fields["kind"].default
)
@settings(max_examples=5, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_each_event_and_action_can_be_told(model: Any, data: st.DataObject) -> None:
    strategy = st.builds(model, **SPECIAL[model]) if model in SPECIAL else st.from_type(model)
    happened = data.draw(strategy)
    for language in LANGUAGES:
        for masks in (Open(), Closed(["Анна"])):
            wording = Wording(language, TOMSK, masks)
            assert wording.title(happened) != happened.kind
            assert all(fact.label and isinstance(fact.value, str) for fact in wording.facts(happened))


def test_a_text_is_called_as_people_call_it() -> None:
    wanted = MessageWanted(template="ready", order_id=7, at=NOON)
    assert "Заказ готов" in [fact.value for fact in Wording("ru", TOMSK, Open()).facts(wanted)]
    own = wanted.model_copy(update={"template": "sale_of_tents"})
    assert "sale_of_tents" in [fact.value for fact in Wording("ru", TOMSK, Open()).facts(own)]


@pytest.mark.parametrize(
    ("status", "reason", "what"),
    [
        (Status.PARKED, "crm-refused", "The CRM refused a change"),
        (Status.PARKED, "never-heard-of", "An event is not done: never-heard-of"),
        (Status.OPEN, "crm-unreachable", "The CRM does not answer; we try again by ourselves"),
        (Status.IGNORED, "never-heard-of", "never-heard-of"),
        (Status.DONE, "", ""),
    ],
)
def test_a_reason_is_told_in_words_and_as_it_is_where_there_are_none(
    status: Status, reason: str, what: str
) -> None:
    entry = Entry.opened(an_envelope(), NOON).closed(status, reason, "", NOON)
    assert Wording("en", TOMSK, Open()).reason(entry)[0] == what


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("already-told", "Клиенту об этом уже сообщили"),
        ("opted-out: СТОП", "Клиент отказался от наших сообщений: СТОП"),
        ("a person changed the status meanwhile", "Статус тем временем поменял человек"),
        ("by telegram", "Через telegram"),
        (
            "by twilio, zone Asia/Tomsk by default",
            "Через twilio. Время клиента: Томск, как у магазина (где клиент, неизвестно)",
        ),
        (
            "by smsc, delivered 20.11. 11:02, zone Asia/Omsk by region",
            "Через smsc. Доставлено 20.11. 11:02. Время клиента: Омск, по региону заказа",
        ),
        ("by twilio, failed 20.11. 11:02, code 30003", "Через twilio. Не доставлено 20.11. 11:02. Код 30003"),
        ("delivered, entry 3fa85f641234", "Доставлено. Запись 3fa85f641234"),
        ("found, by twilio", "Нашли сделанное раньше, второй раз не делали. Через twilio"),
        ("zone Asia/Omsk by guess", "zone Asia/Omsk by guess"),
        (
            "no-new-mistakes, status-sends-nothing",
            "Новых ошибок нет. По этому статусу ничего не отправляется",
        ),
        (
            "expired, zone Asia/Tomsk by default",
            "Срок прошёл. Время клиента: Томск, как у магазина (где клиент, неизвестно)",
        ),
        (
            "no channel knows this person: it is in the log",
            "Ни один канал не знает этого сотрудника, оповещение только в журнале программы",
        ),
        ("", ""),
    ],
)
def test_a_note_is_told_in_words(code: str, words: str) -> None:
    note = Wording("ru", TOMSK, Open()).note(code)
    assert note == words


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("how", get_args(How))
def test_where_a_clients_clock_stands_is_told_in_words(language: str, how: How) -> None:
    note = ClientZone(TOMSK, how).note
    wording = Wording(language, TOMSK, Open())
    place = {"ru": "Томск", "en": "Tomsk"}[language]
    assert place in wording.note(note)
    assert wording.detail(note) == wording.note(note) != note
    sms = Sms(phone="+79161234567", text="", template="ready", not_before=NOON, valid_until=NOON)
    facts = wording.facts(SendSms(sms=sms, zone=note))
    assert [fact.value for fact in facts if fact.value in wording.note(note)]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("status", MessageStatus)
def test_what_became_of_a_message_is_told_in_words(language: str, status: MessageStatus) -> None:
    note = Wording(language, TOMSK, Open()).note(f"by smsc, {status} 20.11. 11:02")
    assert note.endswith(" 20.11. 11:02")
    assert f"{status} " not in note


def codes_in(path: Path) -> Iterator[str]:
    """The codes that a module gives as notes, and as reasons to wait."""
    for node in ast.walk(ast.parse(path.read_text())):
        match node:
            case ast.keyword(arg="note", value=value):
                pass
            case ast.Assign(targets=[ast.Name(id="note")], value=value):
                pass
            case ast.Call(func=ast.Name(id="Postponed" | "TooEarly"), args=[value, *_]):
                pass
            case _:
                continue
        for text in (value.body, value.orelse) if isinstance(value, ast.IfExp) else (value,):
            code = text.values[0] if isinstance(text, ast.JoinedStr) else text  # a detail may follow
            if isinstance(code, ast.Constant) and re.match("[a-z]+-[a-z-]+", str(code.value)):
                yield re.split("[:,]", str(code.value))[0]


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_code_that_we_note_has_words(language: str) -> None:
    folder = Path(chalicelib.__file__).parent
    found = {code for path in folder.rglob("*.py") for code in codes_in(path)} - {"unknown-"}
    wording = Wording(language, TOMSK, Open())
    assert len(found) > 80
    assert sorted(code for code in found if wording.note(code) == code) == []
