"""The calendar as a command, and as a file for calendar programs."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from icalendar import Calendar
from rich.console import Console

from chalicelib import bootstrap
from standalone import subscriptions_commands
from tests.standalone.host import Host, running
from tests.standalone.test_cli import leadkeeper

NOON = datetime(2026, 11, 20, 5, tzinfo=UTC)
"""In Tomsk."""

SHOP = """
[shop]
name = "Тенты, чехлы; накидки"
timezone = "Asia/Tomsk"
mode = "act"

[crm]
url = "http://127.0.0.1:9"
api_key = "sandbox"

[[people]]
name = "Анна"
crm_user = 1

[[subscriptions]]
name = "retailCRM"
expires = 2027-03-01
responsible = "Анна"
price = "4 990 ₽ в месяц"
url = "https://crm.example/pay"
note = "Счёт просить за две недели; договор 12/2025, приложение № 3 от 01.02.2025, срок оплаты пять дней"

[[subscriptions]]
name = "Хостинг"
expires = 2026-11-22

[[subscriptions]]
name = "Сайт"
probe = "certificate"
host = "127.0.0.1"
port = 9

[[subscriptions]]
name = "SMS.ru"
probe = "smsru-balance"
api_id = "sandbox"
threshold = 500
"""
CALENDAR = '\n[calendar]\ntoken = ["env:CALENDAR_TOKEN", "env:CALENDAR_TOKEN_OLD"]\n'


@pytest.fixture(autouse=True)
def _shop(monkeypatch: pytest.MonkeyPatch) -> None:
    Path("shop.toml").write_text(SHOP, encoding="utf-8")
    monkeypatch.setenv("CALENDAR_TOKEN", "new-token")
    monkeypatch.setenv("CALENDAR_TOKEN_OLD", "old-token")
    monkeypatch.setattr(bootstrap, "system_clock", lambda: NOON)


def rows(output: str) -> list[list[str]]:
    return [[part.strip() for part in line.split("  ") if part.strip()] for line in output.splitlines()]


# The command


def test_calendar_is_a_table_with_what_ends_first_on_top() -> None:
    done = leadkeeper("subscriptions")
    assert done.exit_code == 0, done.output
    heading, *found = rows(done.stdout)
    assert heading == ["name", "ends", "days left", "money", "responsible", "known from", "price"]
    assert found == [
        ["Хостинг", "2026-11-22", "2", "on duty", "the shop file"],
        ["retailCRM", "2027-03-01", "101", "Анна", "the shop file", "4 990 ₽ в месяц"],
        ["SMS.ru", "on duty", "not looked up yet, smsru-balance"],
        ["Сайт", "on duty", "not looked up yet, certificate"],
    ]


def test_what_is_urgent_is_red(monkeypatch: pytest.MonkeyPatch) -> None:
    coloured = Console(width=200, force_terminal=True, color_system="standard", record=True)
    monkeypatch.setattr(subscriptions_commands, "console", lambda: coloured)
    leadkeeper("subscriptions")
    lines = coloured.export_text(styles=True).splitlines()
    assert ["\x1b[1;31m" in line for line in lines] == [False, True, False, False, False]


def test_a_renewal_is_told_and_wins_over_the_file() -> None:
    done = leadkeeper("subscriptions", "renew", "Хостинг", "2027-11-22")
    assert done.exit_code == 0, done.output
    assert "Хостинг: renewed until 2027-11-22" in done.stdout
    assert rows(leadkeeper("subscriptions").stdout)[2] == [
        "Хостинг",
        "2027-11-22",
        "367",
        "on duty",
        "told as renewed",
    ]
    leadkeeper("subscriptions", "renew", "Хостинг", "2027-01-22")
    assert rows(leadkeeper("subscriptions").stdout)[1][:2] == ["Хостинг", "2027-01-22"]


@pytest.mark.parametrize(
    ("name", "day", "words"),
    [
        ("Хостинг", "2026-11-22", "the shop file says 2026-11-22 for Хостинг, which is not earlier"),
        ("Сайт", "2027-11-22", "the end of Сайт is looked up by certificate: there is nothing to tell"),
        ("хостинг", "2027-11-22", "there is no subscription хостинг; there are: retailCRM, Хостинг, Сайт"),
        ("Хостинг", "22.11.2027", "does not match the format"),
    ],
)
def test_a_renewal_that_makes_no_sense_is_refused(name: str, day: str, words: str) -> None:
    done = leadkeeper("subscriptions", "renew", name, day)
    assert done.exit_code != 0
    assert words in " ".join(done.stderr.split())


def test_without_subscriptions_it_says_so() -> None:
    Path("shop.toml").write_text(SHOP[: SHOP.index("[[subscriptions]]")], encoding="utf-8")
    assert leadkeeper("subscriptions").stdout == "there are no [[subscriptions]] in the shop file\n"


# The file


@pytest.fixture
def host(_shop: None) -> Iterator[Host]:
    Path("shop.toml").write_text(SHOP + CALENDAR, encoding="utf-8")
    with running() as host:
        yield host


def events(text: str) -> list[Any]:
    return list(calendar(text).walk("VEVENT"))


def calendar(text: str) -> Any:
    return Calendar.from_ical(text)


def test_calendar_programs_can_read_it(host: Host) -> None:
    answer = host.http.get("/calendar.ics", params={"token": "new-token"})
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
    assert answer.headers["cache-control"] == "no-store"
    hosting, crm = events(answer.text)
    assert hosting["SUMMARY"] == "Продлить: Хостинг"
    assert hosting["DTSTART"].dt == date(2026, 11, 22)
    assert hosting["DTEND"].dt == date(2026, 11, 23)
    assert crm["DTSTART"].dt == date(2027, 3, 1)
    assert crm["URL"] == "https://crm.example/pay"
    assert crm["DESCRIPTION"].splitlines()[:3] == [
        "Отвечает: Анна",
        "Цена: 4 990 ₽ в месяц",
        "Где: https://crm.example/pay",
    ]
    assert crm["DESCRIPTION"].endswith("срок оплаты пять дней")
    [alarm] = crm.walk("VALARM")
    assert (alarm["ACTION"], alarm["TRIGGER"].dt) == ("DISPLAY", timedelta(days=-30))
    assert alarm["DESCRIPTION"] == "Продлить: retailCRM"


def test_it_keeps_to_rfc_5545(host: Host) -> None:
    content = host.http.get("/calendar.ics", params={"token": "new-token"}).content
    lines = content.split(b"\r\n")
    assert content.endswith(b"END:VCALENDAR\r\n")
    assert not [line for line in lines if b"\n" in line or b"\r" in line]
    assert max(len(line) for line in lines) <= 75
    parsed = calendar(content.decode())
    assert (parsed["VERSION"], parsed["PRODID"]) == ("2.0", "-//Leadkeeper//Subscriptions//EN")
    assert parsed.calendar_name == "Оплата и сроки: Тенты, чехлы; накидки"
    assert all({"UID", "DTSTAMP", "DTSTART"} <= set(event) for event in parsed.walk("VEVENT"))
    assert parsed.errors == []


def test_an_event_moves_when_it_is_renewed(host: Host) -> None:
    before = {event["UID"]: event["DTSTART"].dt for event in events(feed(host))}
    assert len(before) == 2
    done = subscriptions_commands.renew.callback
    assert done is not None
    done("Хостинг", datetime(2027, 11, 22))  # noqa: DTZ001 -- as click reads a day
    after = {event["UID"]: event["DTSTART"].dt for event in events(feed(host))}
    assert before.keys() == after.keys()
    assert sorted(after.values()) == [date(2027, 3, 1), date(2027, 11, 22)]


def feed(host: Host) -> str:
    return host.http.get("/calendar.ics", params={"token": "new-token"}).text


def test_two_tokens_are_valid_while_one_replaces_the_other(host: Host) -> None:
    for token in ("new-token", "old-token"):
        assert host.http.get("/calendar.ics", params={"token": token}).status_code == 200


@pytest.mark.parametrize("query", ["", "?token=", "?token=wrong", "?token=new-token%00", "?token=%ED%A0%80"])
def test_nobody_else_can_read_it(host: Host, query: str) -> None:
    answer = host.http.get(f"/calendar.ics{query}")
    assert answer.status_code == 403
    assert "VCALENDAR" not in answer.text


def test_without_a_table_calendar_there_is_none() -> None:
    with running() as host:
        assert host.http.get("/calendar.ics", params={"token": "new-token"}).status_code == 404
        assert host.http.get("/calendar.ics", params={"token": ""}).status_code == 404
