"""The page on which entries are looked for."""

import re
from html import unescape
from urllib.parse import quote

import pytest
from flask import Flask
from flask.testing import FlaskClient

from chalicelib.entry import Entry, Status
from tests.console.conftest import OPERATOR, signed_in
from tests.engine.contract import received
from tests.world import World

PHONE = "+79165550001"


def lead(world: World, number: int = 1, phone: str = PHONE) -> None:
    world.lead(f"1:{number}", Phone=phone, Name="Ольга", Textarea="Нужен тент 3×6")
    world.work()


def set_aside(world: World, reason: str = "crm-refused", status: Status = Status.PARKED) -> Entry:
    """What is waiting on the queue, set aside."""
    message = received(world.engine.work)
    world.engine.work.done(message.receipt)
    entry = world.engine.journal.open(message.envelope, world.now)
    return world.engine.journal.save(entry.closed(status, reason, "", world.now))


def rows(client: FlaskClient, query: str = "") -> list[str]:
    """The links to entries on the page."""
    text = client.get(f"/console/journal{query}").text
    assert "{{" not in text
    body = text.partition("<tbody>")[2].partition("</tbody>")[0]
    return body.split("<tr>")[1:]


def older_than(text: str) -> str | None:
    """Where the page goes on."""
    found = re.search(r'href="([^"]+)">Раньше<', text)
    return unescape(found[1]) if found else None


def test_an_entry_is_found_by_the_last_digits_of_a_phone_before_it_is_in_the_books(
    world: World, operator: FlaskClient
) -> None:
    lead(world)
    lead(world, 2, "+79165550002")
    (row,) = rows(operator, "?q=50001")
    assert "Заявка с сайта" in row
    assert "+7 916 555-00-01" in row
    assert "tilda" in row
    order = world.orders[0]
    assert f'href="{world.shop.crm.url}/orders/{order["id"]}/edit">заказ {order["number"]}</a>' in row


@pytest.mark.parametrize("typed", ["8 (916) 555-00-01", "+79165550001", "9165550001"])
def test_a_phone_is_found_however_it_is_typed(world: World, operator: FlaskClient, typed: str) -> None:
    lead(world)
    assert len(rows(operator, f"?q={typed.replace('+', '%2B')}")) == 1
    assert rows(operator, "?q=9165550009") == []


def test_what_is_about_an_order_is_found_by_its_number_also_where_only_its_id_stands(
    world: World, operator: FlaskClient
) -> None:
    order_id = world.make_order({"phone": "+7 916 555-00-01", "status": "new"})
    number = next(order["number"] for order in world.orders if order["id"] == order_id)
    world.call("79165550001", "a")
    world.work()
    assert world.entry.plan
    assert any("Пропущенный звонок" in row for row in rows(operator, f"?q={number}"))


def test_a_long_number_is_an_orders_too(world: World, operator: FlaskClient) -> None:
    number = "202611200001"
    world.make_order({"number": number, "phone": "+7 916 555-00-02", "status": "delivering"})
    world.parcel("ACCEPTED_AT_PICK_UP_POINT", world.now, number)
    world.work()
    assert len(rows(operator, f"?q={number}&source=cdek")) == 1


@pytest.mark.parametrize("typed", ["4002", "№4002", "№ 4002", "#4002", " 4002 "])
def test_an_order_is_found_by_its_number_without_the_letter(
    world: World, operator: FlaskClient, typed: str
) -> None:
    for number in ("4002A", "4002-1", "40020", "14002"):
        world.make_order({"number": number, "phone": "+7 916 555-00-02", "status": "delivering"})
        world.parcel("ACCEPTED_AT_PICK_UP_POINT", world.now, number)
    world.work()
    found = rows(operator, f"?q={quote(typed)}&source=cdek")
    assert sorted(re.findall(r"заказ ([\w-]+)</span>", "".join(found))) == ["4002-1", "4002A"]


def test_by_the_beginning_of_a_number_is_found_what_tells_only_the_id(
    world: World, operator: FlaskClient
) -> None:
    order_id = world.make_order({"number": "4002A", "phone": PHONE, "status": "delivering"})
    world.parcel("ACCEPTED_AT_PICK_UP_POINT", world.now, "4002A")
    world.call(PHONE.removeprefix("+"), "a")
    world.make_order({"number": "4003A", "phone": "+79165550009", "status": "new"})
    world.call("79165550009", "b")
    world.work()
    found = rows(operator, "?q=4002&source=mango")
    assert [f"/orders/{order_id}/edit" in row for row in found] == [True]


@pytest.mark.parametrize("typed", ["№", "#", "id", "id:"])
def test_what_is_no_number_finds_no_order(world: World, operator: FlaskClient, typed: str) -> None:
    lead(world)
    assert rows(operator, f"?q={quote(typed)}") == []


def test_the_page_says_so_if_the_crm_cannot_tell_the_order(world: World, operator: FlaskClient) -> None:
    lead(world)
    world.fault(target="retailcrm", kind="refuse")
    number = world.orders[0]["number"]
    assert "CRM не отвечает" in operator.get(f"/console/journal?q={number}").text
    assert len(rows(operator, f"?q={number}")) == 1


def test_a_crm_that_is_known_to_be_away_is_not_asked(world: World, operator: FlaskClient) -> None:
    lead(world)
    number = world.orders[0]["number"]
    world.fault(target="retailcrm", kind="refuse")
    world.call("79165550002", "a")
    world.work_for(minutes=2)
    asked = dict(world.sandbox.requests)
    assert "CRM не отвечает" in operator.get(f"/console/journal?q={number}").text
    assert dict(world.sandbox.requests) == asked


def test_an_entry_is_found_by_the_beginning_of_its_id(world: World, operator: FlaskClient) -> None:
    lead(world)
    lead(world, 2)
    (row,) = rows(operator, f"?q={world.entry.id[:12]}")
    assert world.entry.id[:12] in row


def test_entries_are_chosen_by_state_source_and_day(world: World, console: Flask) -> None:
    lead(world)
    world.later(days=1)
    operator = signed_in(console, world, OPERATOR)
    world.call("79165550002", "a")
    set_aside(world)
    world.call("79165550003", "b")
    set_aside(world, "broken-json", Status.QUARANTINED)
    assert len(rows(operator, "?source=tilda")) == 1
    assert len(rows(operator, "?state=needs-person")) == 2
    assert len(rows(operator, "?state=parked&source=mango")) == 1
    assert len(rows(operator, "?until=2026-11-20&source=tilda")) == 1
    assert rows(operator, "?since=2026-11-21&source=tilda") == []
    assert len(rows(operator, "?since=2026-11-21&until=2026-11-21")) == 2
    assert rows(operator, "?until=2026-11-19") == []
    assert len(rows(operator, "?state=nonsense&source=tilda")) == 1


def test_a_phone_is_looked_for_a_month_at_a_time(world: World, console: Flask) -> None:
    lead(world)
    world.application.checks.run_due(each_tick=False)
    world.later(days=40)
    operator = signed_in(console, world, OPERATOR)
    text = operator.get("/console/journal?q=50001").text
    assert "Посмотрите раньше" in text
    assert "Просмотрено до" in text
    older = older_than(text)
    assert older is not None
    assert len(rows(operator, older.removeprefix("/console/journal"))) == 1


@pytest.mark.parametrize(
    "query",
    [
        "?since=yesterday",
        "?since=0001-01-01",
        "?until=9999-12-31",
        "?before=0001-01-01T00:00:00~",
        "?before=9999-12-31T23:59:59%2B00:00~ff&q=1234",
        "?before=~&q=(((",
    ],
)
def test_a_strange_address_is_a_page_all_the_same(world: World, operator: FlaskClient, query: str) -> None:
    lead(world)
    assert operator.get(f"/console/journal{query}").status_code == 200


@pytest.mark.parametrize("is_booked", [False, True])
def test_what_came_in_at_one_moment_is_leafed_through_too(
    world: World, operator: FlaskClient, monkeypatch: pytest.MonkeyPatch, *, is_booked: bool
) -> None:
    monkeypatch.setattr("chalicelib.console.journal.search.A_PAGE", 2)
    for number in range(5):
        lead(world, number)
    if is_booked:
        world.application.checks.run("books")
    found: list[int] = []
    address: str | None = "/console/journal?q=50001"
    while address and len(found) < 3:
        found.append(len(rows(operator, address.removeprefix("/console/journal"))))
        address = older_than(operator.get(address).text)
    assert found == [2, 2, 1]


def test_many_entries_are_leafed_through(
    world: World, operator: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chalicelib.console.journal.search.A_PAGE", 5)
    for number in range(12):
        world.call("79165550001", str(number))
        set_aside(world)
        world.later(seconds=1)
    seen: list[str] = []
    address: str | None = "/console/journal?state=parked"
    pages = 0
    while address:
        text = operator.get(address).text
        seen += re.findall(r'href="/console/journal/([0-9a-f]{12})"', text)
        address = older_than(text)
        pages += 1
    entries = world.entries(Status.PARKED)
    assert seen == [entry.id[:12] for entry in entries]
    assert pages == 3


def test_who_only_looks_sees_no_phone_and_no_buttons(world: World, viewer: FlaskClient) -> None:
    lead(world)
    world.call("79165550002", "a")
    set_aside(world)
    text = viewer.get("/console/journal").text
    assert "555-00-01" not in text
    assert "…01" in text
    assert "Повторить" not in text


def test_the_reasons_for_which_entries_wait_are_told_with_their_counts(
    world: World, operator: FlaskClient
) -> None:
    for number, reason in enumerate(["crm-refused", "order-not-found", "crm-refused"]):
        world.call("79165550001", str(number))
        set_aside(world, reason)
    text = operator.get("/console/journal?state=needs-person").text
    assert "CRM не приняла изменения" in text
    assert "(2 записи)" in text
    assert text.index("CRM не приняла изменения") < text.index("В CRM нет заказа")


def test_what_came_in_later_than_the_page_was_made_moves_nothing(
    world: World, operator: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chalicelib.console.journal.search.A_PAGE", 5)
    for number in range(6):
        world.call("79165550001", str(number))
        set_aside(world)
        world.later(seconds=1)
    older = older_than(operator.get("/console/journal").text)
    assert older is not None
    world.call("79165550001", "new")
    set_aside(world)
    assert len(rows(operator, older.removeprefix("/console/journal"))) == 1
