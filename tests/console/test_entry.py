"""The page of one entry: what it shows to whom, and what an operator does there."""

import json
from contextlib import closing
from pathlib import Path
from typing import get_args
from zoneinfo import ZoneInfo

import pytest
from flask.testing import FlaskClient

from chalicelib.actions import Announce, AnyAction
from chalicelib.console.access.audit import Audit
from chalicelib.console.journal.entry import content_of
from chalicelib.console.journal.wording import Wording
from chalicelib.console.masks import Open
from chalicelib.console.words import LANGUAGES, words_of
from chalicelib.entry import Entry, Status
from chalicelib.events import AnyEvent
from chalicelib.gate.webhook import Webhook
from tests.console.conftest import OPERATOR, VIEWER, console_in, signed_in
from tests.console.test_journal import PHONE, lead, set_aside
from tests.engine.contract import received
from tests.test_sms_gateways import a_shop
from tests.world import MORNING, World


def page(client: FlaskClient, entry: Entry, query: str = "") -> str:
    answer = client.get(f"/console/journal/{entry.id[:12]}{query}")
    assert answer.status_code == 200
    assert "{{" not in answer.text
    assert answer.text.count("<h1") == 1
    return answer.text


def missed_call(world: World, reason: str = "crm-refused", status: Status = Status.PARKED) -> Entry:
    world.call("79165550001", reason)
    return set_aside(world, reason, status)


def test_an_entry_tells_what_came_in_and_what_was_made_of_it(world: World, operator: FlaskClient) -> None:
    lead(world)
    text = page(operator, world.entry)
    order = world.orders[0]
    for shown in (
        "Заявка с сайта",
        "Создать заказ",
        "Сделано",
        "Ольга",
        PHONE,
        "Нужен тент 3×6",
        "tranid",
        "1:1",
    ):
        assert shown in text
    assert f'href="{world.shop.crm.url}/orders/{order["id"]}/edit">заказ {order["number"]}</a>' in text


def test_a_task_leads_to_its_order_and_an_sms_to_its_own_entry(world: World, operator: FlaskClient) -> None:
    order_id = world.make_order({"phone": "+7 916 555-00-01", "status": "new"})
    world.call("79165550001", "a")
    world.work()
    assert f'/orders/{order_id}/edit">задача {world.tasks[0]["id"]}</a>' in page(operator, world.entry)
    world.parcel("ACCEPTED_AT_PICK_UP_POINT", world.now)
    world.work()
    parcel = next(entry for entry in world.entries() if entry.source == "cdek")
    reference = next(result.reference for result in parcel.results if result.reference.startswith("entry "))
    own = f"/console/journal/{reference.removeprefix('entry ')}"
    assert f'href="{own}"' in page(operator, parcel)
    assert "Отправить SMS" in operator.get(own).text


def test_what_follows_later_says_when_because_it_is_no_entry_until_then(
    world: World, operator: FlaskClient
) -> None:
    world.make_order({"phone": "+7 916 555-00-01", "status": "new"})
    world.call("79165550001", "a")
    world.work()
    follow_up = next(action for action in world.entry.plan if isinstance(action, Announce))
    due = f"{follow_up.due_at.astimezone(world.shop.shop.timezone):%d.%m.%Y %H:%M:%S}"
    assert f">продолжение {due}</a>" in page(operator, world.entry)


def test_what_waits_for_a_person_says_why_and_what_to_do(world: World, operator: FlaskClient) -> None:
    text = page(operator, missed_call(world))
    for shown in ("Отложено", "CRM не приняла изменения", "Исправьте причину и повторите", "Снять"):
        assert shown in text
    operator.set_cookie("language", "en")
    assert "The CRM refused a change" in page(operator, world.entry)


def test_an_entry_that_is_not_there_is_no_page(world: World, operator: FlaskClient) -> None:
    missed_call(world)
    assert operator.get("/console/journal/000000000000").status_code == 404
    assert operator.get("/console/journal/'").status_code == 404


def test_an_expired_entry_says_that_its_content_is_gone(world: World, operator: FlaskClient) -> None:
    entry = missed_call(world)
    world.engine.expire(world.now.replace(year=world.now.year + 1))
    text = page(operator, entry)
    assert "Устарело" in text
    assert "Содержимое уже удалено" in text
    assert "Повторить" not in text


# Who only looks


def test_who_only_looks_sees_neither_phone_nor_mail_nor_name_nor_address(
    world: World, viewer: FlaskClient, operator: FlaskClient
) -> None:
    world.lead(
        "1:1",
        Phone="+7 (916) 555-00-01",
        Name="Ольга Ромашкина",
        Email="olga@example.com",
        Adres="Томск, Лесная 5",
        Textarea="Это для Ольги, звоните 8 916 555 00 01, Ромашкиной не надо",
        utm_source="yandex",
    )
    world.work()
    text, all_of_it = page(viewer, world.entry), page(operator, world.entry)
    for secret in ("555-00-01", "9165550001", "Ольга", "Ромашкин", "olga@", "555 00 01", "Лесная"):
        assert secret not in text, secret
    for shown in (
        "Заявка с сайта",
        "yandex",
        "…01",
        "@example.com",
        "Телефоны, почта, имена и адреса скрыты",
    ):
        assert shown in text
    for shown in ("Ольга Ромашкина", "olga@example.com", "+7 (916) 555-00-01"):
        assert shown in all_of_it
    assert "Повторить" not in text


def test_who_only_looks_does_not_read_what_we_write_to_a_client(world: World, viewer: FlaskClient) -> None:
    client = {"firstName": "Ольга", "phone": "+7 916 555-00-01", "status": "delivering"}
    world.make_order({**client, "number": "1001A", "delivery": {"address": {"text": "Томск, Лесная 5"}}})
    world.parcel("ACCEPTED_AT_PICK_UP_POINT", world.now)
    world.work()
    pages = [page(viewer, entry) for entry in world.entries()]
    assert any("Отправить SMS" in text for text in pages)
    assert [text for text in pages if "Ольга" in text or "Лесная" in text] == []


def test_content_that_nobody_could_take_apart_is_for_operators(
    world: World, viewer: FlaskClient, operator: FlaskClient
) -> None:
    world.post("any-form", "demo-token", b'{"name": "Olga", ', "application/json")
    entry = set_aside(world, "broken-json", Status.QUARANTINED)
    assert "Olga" not in page(viewer, entry)
    assert "видят только операторы" in page(viewer, entry)
    assert "&#34;name&#34;: &#34;Olga&#34;" in page(operator, entry)


def test_what_was_sent_is_text_and_never_part_of_the_page(world: World, operator: FlaskClient) -> None:
    world.lead(
        "1:1", Phone=PHONE, Name="<script>alert(1)</script>", Textarea='"><img src=x onerror=alert(1)>'
    )
    world.work()
    text = page(operator, world.entry)
    assert "<script" not in text
    assert "<img" not in text
    assert "&lt;script&gt;" in text


# Replay


def test_a_replay_is_confirmed_done_and_recorded(world: World, operator: FlaskClient) -> None:
    entry = missed_call(world)
    asked = operator.get(f"/console/journal/{entry.id}/replay").text
    for shown in ("Повторить эту запись?", "mango", "20.11.2026 11:00:00", "CRM не приняла изменения"):
        assert shown in asked
    assert world.engine.journal.get(entry.id) == entry
    answer = operator.post(f"/console/journal/{entry.id}/replay", follow_redirects=True)
    assert "Запись отправлена на повтор" in answer.text
    world.work()
    assert len(world.orders) == 1
    text = page(operator, world.entry)
    assert f"{OPERATOR}: повторить" in text
    assert "Сделано" in text
    assert world.entry.interventions[0].who == OPERATOR
    (record,) = Audit(world.engine.documents, world.clock).records(MORNING, MORNING.replace(hour=23))
    assert (record.who, record.what, record.about) == (OPERATOR, "replayed", entry.id[:12])


def test_who_replays_what_may_be_done_and_cannot_be_looked_up_is_warned(tmp_path: Path) -> None:
    with closing(World(tmp_path, a_shop("smsru"))) as world:
        operator = signed_in(console_in(world), world, OPERATOR)
        world.make_order({"number": "1001A", "phone": "+7 916 555-00-01", "status": "delivering"})
        world.fault(target="smsru", kind="drop", times=1)
        world.parcel("ACCEPTED_AT_PICK_UP_POINT", world.now)
        world.work_for(minutes=5)
        (entry,) = world.entries(Status.PARKED)
        text = operator.get(f"/console/journal/{entry.id}/replay").text
        assert "Неизвестно, выполнено ли действие «Отправить SMS»" in text
        assert "Возможно, сделано" in page(operator, entry)
        everything = operator.get("/console/journal/replay-all?reason=unknown-result").text
        assert "Повторяйте, только если ничего не ушло" in everything


def test_what_a_replay_looks_up_by_itself_needs_no_warning(world: World, operator: FlaskClient) -> None:
    world.make_order({"phone": "+7 916 555-00-01", "status": "new"})
    world.call("79165550001", "a")
    world.fault(target="retailcrm", kind="drop", path="/api/v5/tasks/create", times=1)
    world.work()
    entry = world.engine.journal.save(world.entry.closed(Status.PARKED, "crm-unreachable", "", world.now))
    assert "Возможно, сделано" in page(operator, entry)
    assert "Неизвестно, выполнено" not in operator.get(f"/console/journal/{entry.id}/replay").text
    operator.post(f"/console/journal/{entry.id}/replay")
    world.work_for(minutes=5)
    assert world.status() is Status.DONE
    assert len(world.tasks) == 1


def test_an_open_entry_whose_message_is_lost_can_be_replayed(world: World, operator: FlaskClient) -> None:
    world.call("79165550001", "a")
    message = received(world.engine.work)
    world.engine.work.done(message.receipt)
    entry = world.engine.journal.open(message.envelope, world.now)
    assert "Повторить" not in page(operator, entry)
    world.later(minutes=61)
    assert "застряла" in page(operator, entry)
    operator.post(f"/console/journal/{entry.id}/replay")
    world.work()
    assert world.status() is Status.DONE
    assert len(world.orders) == 1


def test_a_second_replay_of_the_same_entry_is_told_and_has_no_effect(
    world: World, operator: FlaskClient
) -> None:
    entry = missed_call(world)
    operator.post(f"/console/journal/{entry.id}/replay")
    world.work()
    answer = operator.post(f"/console/journal/{entry.id}/replay", follow_redirects=True)
    assert "уже не ждёт человека" in answer.text
    assert len(world.orders) == 1


def test_who_presses_the_button_twice_replays_once(world: World, operator: FlaskClient) -> None:
    entry = missed_call(world)
    operator.post(f"/console/journal/{entry.id}/replay")
    answer = operator.post(f"/console/journal/{entry.id}/replay", follow_redirects=True)
    assert "как раз работают" in answer.text
    assert (len(world.entry.interventions), world.waiting()) == (1, 1)
    assert len(Audit(world.engine.documents, world.clock).records(MORNING, MORNING.replace(hour=23))) == 1


def test_all_of_one_reason_are_replayed_some_at_a_time(
    world: World, operator: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chalicelib.console.pages.entry.MOST_AT_ONCE", 5)
    for number in range(6):
        world.call(f"7916555{number:04}", str(number))
        set_aside(world)
        world.later(seconds=1)
    other = missed_call(world, "order-not-found")
    address = "/console/journal/replay-all"
    assert "больше 5 записей" in operator.get(f"{address}?reason=crm-refused").text
    answer = operator.post(address, data={"reason": "crm-refused"}, follow_redirects=True)
    assert "Отправлено на повтор 5 записей" in answer.text
    assert "Ждёт 1 запись" in answer.text
    answer = operator.post(address, data={"reason": "crm-refused"}, follow_redirects=True)
    assert "Таких записей больше нет" in answer.text
    world.work()
    assert len(world.orders) == 6
    assert world.engine.journal.get(other.id) == other
    assert operator.post(address).status_code == 404


# Discard


def test_a_discard_is_confirmed_done_and_recorded_with_why(world: World, operator: FlaskClient) -> None:
    entry = missed_call(world, "broken-json", Status.QUARANTINED)
    address = f"/console/journal/{entry.id}/discard"
    assert "Снять эту запись?" in operator.get(address).text
    answer = operator.post(address, data={"note": " наш тест "}, follow_redirects=True)
    assert "Запись снята" in answer.text
    assert f"{OPERATOR}: снять" in answer.text
    assert "наш тест" in answer.text
    world.work()
    assert world.orders == []
    assert world.status() is Status.DISCARDED
    (record,) = Audit(world.engine.documents, world.clock).records(MORNING, MORNING.replace(hour=23))
    assert (record.who, record.what) == (OPERATOR, "discarded")
    assert "Сейчас" not in operator.get(address).text


def test_what_is_done_is_neither_discarded_nor_replayed(world: World, operator: FlaskClient) -> None:
    lead(world)
    done = world.entry
    assert "уже не ждёт человека" in operator.get(f"/console/journal/{done.id}/discard").text
    operator.post(f"/console/journal/{done.id}/discard")
    operator.post(f"/console/journal/{done.id}/replay")
    operator.post("/console/journal/replay-all", data={"reason": "no such"})
    assert world.entry == done
    audit = Audit(world.engine.documents, world.clock)
    assert audit.records(MORNING, MORNING.replace(hour=23)) == [], "nothing was done"


@pytest.mark.parametrize("what", ["replay", "discard"])
def test_who_only_looks_may_neither_replay_nor_discard(world: World, viewer: FlaskClient, what: str) -> None:
    entry = missed_call(world)
    address = f"/console/journal/{entry.id}/{what}"
    assert viewer.get(address).status_code == 403
    assert viewer.post(address).status_code == 403
    assert viewer.post("/console/journal/replay-all", data={"reason": "crm-refused"}).status_code == 403
    assert world.engine.journal.get(entry.id) == entry
    assert VIEWER not in str(world.entry.interventions)


# Words


def kinds(of: object) -> set[str]:
    models = get_args(of)
    models = get_args(models[0]) if not isinstance(models[0], type) else models
    return {model.model_fields["kind"].default.replace("-", "_") for model in models}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("group", "of"), [("event", AnyEvent), ("action", AnyAction)])
def test_each_event_and_action_has_words(language: str, group: str, of: object) -> None:
    assert [kind for kind in sorted(kinds(of)) if f"happening.{group}_{kind}" not in words_of(language)] == []


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("status", Status)
def test_each_status_has_words(language: str, status: Status) -> None:
    words = words_of(language)
    assert f"journal.status_{status}" in words
    assert f"entry.means_{status}" in words


# Content


def fields_of(body: bytes, content_type: str) -> list[tuple[str, str]]:
    webhook = Webhook("any", "POST", (), {"utm": "x"}, {"content-type": content_type}, body, MORNING)
    wording = Wording("en", ZoneInfo("UTC"), Open())
    return list(content_of(webhook, wording, may_see_all=True).fields)


def test_content_is_shown_field_by_field() -> None:
    nested = json.dumps({"contact": {"name": "Olga"}, "items": [{"n": 1}]}).encode()
    assert fields_of(nested, "application/json") == [
        ("contact.name", "Olga"),
        ("items.0.n", "1"),
        ("utm", "x"),
    ]
    form = b"a=1&json=%7B%22b%22%3A2%7D"
    assert fields_of(form, "application/x-www-form-urlencoded") == [
        ("a", "1"),
        ("json.b", "2"),
        ("utm", "x"),
    ]
