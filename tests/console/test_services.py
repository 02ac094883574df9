"""The pages about services: what they show of a shop, and what an operator does there."""

import re
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from chalicelib import shopfile
from chalicelib.alerts.incidents import Observation
from chalicelib.checks.endpoints.answers import Answer
from chalicelib.console.access.audit import Audit, Record
from chalicelib.settings import Shop
from chalicelib.validation import validate
from tests.checks.endpoints.shop import BAD, WELL, Watching, endpoint
from tests.console.conftest import OPERATOR, VIEWER, console_in, console_settings, signed_in
from tests.world import FAST_ENOUGH, World

DOWN = Observation("endpoint:Site", is_bad=True, subject="Сайт", cause="HTTP 502", responsible="Иван Петров")
OVER = replace(DOWN, is_bad=False, cause="")
TOKEN = "calendar-token"


def shop_with(**tables: Any) -> Shop:
    file = shopfile.load({})
    content = {**file.content, **tables}
    content["crm"] = {**content["crm"], "requests_per_second": FAST_ENOUGH}
    return validate(replace(file, content=content))


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    shop = shop_with(
        calendar={"token": TOKEN},
        subscriptions=[
            {"name": "retailCRM", "expires": date(2026, 11, 22), "price": "4 990 ₽", "responsible": ""},
            {"name": "Хостинг", "expires": date(2027, 3, 1), "url": "https://pay.example/"},
            {"name": "SMS.ru", "probe": "smsru-balance", "api_id": "secret-api-id", "threshold": 500},
        ],
    )
    with closing(World(tmp_path, shop)) as world:
        yield world


def text_of(client: FlaskClient, address: str) -> str:
    """What is to be read on a page."""
    answer = client.get(address)
    assert answer.status_code == 200
    assert "{{" not in answer.text
    return " ".join(re.sub(r"<[^>]+>", " ", answer.text).split())


def visitor(world: World, name: str = OPERATOR, **settings: Any) -> FlaskClient:
    return signed_in(console_in(world, console_settings(**settings)), world, name)


# Endpoints


def test_what_is_down_comes_first_with_its_uptime(world: World) -> None:
    watching = Watching(world, endpoint("Site"), endpoint("Calculator"))
    watching.outside.replies["site"] = Answer(200, took=timedelta(milliseconds=120))
    watching.outside.replies["calculator"] = Answer(200, took=timedelta(milliseconds=120))
    watching.rounds(30)
    watching.outside.replies["calculator"] = BAD
    watching.rounds(16)
    text = text_of(visitor(world), "/console/services")
    assert "Сейчас 1 сбой : Calculator" in text
    assert text.index("Calculator не работает calculator.example") < text.index("Site работает site.example")
    assert re.search(r"Calculator не работает .* 69,56 % 69,56 % 69,56 % 125 мс", text)
    assert re.search(r"Site работает .* 100 % 100 % 100 % 125 мс", text)


@pytest.mark.parametrize(("span", "bars"), [("24h", 24), ("30d", 30), ("90d", 90), ("nonsense", 24)])
def test_bars_go_back_as_far_as_asked(world: World, span: str, bars: int) -> None:
    Watching(world, endpoint("Site")).rounds(7)
    answer = visitor(world).get(f"/console/services?span={span}")
    picture = answer.text.split('aria-labelledby="bars-0')[1].split("</svg>")[0]
    assert picture.count("<rect ") == bars
    assert answer.text.count("без сбоев</title>") == 1


def test_many_endpoints_are_shown_by_pages_and_those_in_trouble_first(world: World) -> None:
    watching = Watching(world, *(endpoint(f"e{number:03}") for number in range(35)))
    watching.outside.replies["e034"] = BAD
    watching.rounds(6)
    client = visitor(world)
    first, second = (client.get(f"/console/services?page={number}").text for number in (1, 2))
    assert first.count('<th scope="row">') == 25
    assert second.count('<th scope="row">') == 10
    assert first.index("e034") < first.index("e000")
    assert "/console/services?page=2&amp;span=24h" in first
    for page in ("0", "-1", "x", "²", "9" * 40):
        assert client.get(f"/console/services?page={page}").status_code == 200


def test_the_path_of_an_address_is_not_shown(world: World) -> None:
    watching = Watching(world, endpoint("Site", url="https://site.example/health?token=secret-of-theirs"))
    watching.rounds(6)
    assert "secret-of-theirs" not in visitor(world).get("/console/services").text


def test_beyond_the_last_page_nobody_is_told_to_add_endpoints(world: World) -> None:
    Watching(world, endpoint("Site"))
    assert "Пока ничего не проверяем" not in text_of(visitor(world), "/console/services?page=9")


def test_a_shop_without_endpoints_is_told_how_to_have_some(tmp_path: Path) -> None:
    with closing(World(tmp_path, shop_with(endpoints=[]))) as world:
        text = text_of(visitor(world), "/console/services")
    assert "Пока ничего не проверяем" in text
    assert "Сейчас сбоев нет." in text


# Incidents


def written_down(world: World) -> list[Record]:
    day = timedelta(days=1)
    return Audit(world.engine.documents, world.clock).records(world.now - day, world.now + day)


def take_care(client: FlaskClient, world: World, key: str = DOWN.key, **fields: str) -> TestResponse:
    """Press the button on a page of this moment."""
    form = {"key": key, "seen_at": world.now.isoformat(), **fields}
    return client.post("/console/services/incidents/acknowledge", data=form)


def test_an_operator_takes_care_and_everybody_hears_who(world: World) -> None:
    world.application.incidents.observe(DOWN)
    world.work()
    client = visitor(world)
    page = client.get("/console/services/incidents").text
    assert "HTTP 502" in page
    assert "Занимаюсь" in page
    answer = take_care(client, world)
    assert (answer.status_code, answer.location) == (303, "/console/services/incidents")
    text = text_of(client, "/console/services/incidents")
    assert "вы занимаетесь" in text
    assert f"занимается {OPERATOR}" in text
    assert "Занимаюсь" not in text
    world.work()
    assert any(OPERATOR in alert for alert in world.alerts)
    (record,) = written_down(world)
    assert (record.who, record.what, record.about) == (OPERATOR, "acknowledged", DOWN.key)


def test_a_second_click_says_so_and_tells_nobody_again(world: World) -> None:
    world.application.incidents.observe(DOWN)
    client = visitor(world)
    for _ in range(2):
        take_care(client, world)
    world.work()
    assert len(world.alerts) == 2, "its beginning, and who takes care"
    assert len(written_down(world)) == 1
    assert "Отмечать нечего" in text_of(client, "/console/services/incidents")


def test_what_is_over_cannot_be_taken(world: World) -> None:
    world.application.incidents.observe(DOWN)
    world.application.incidents.observe(OVER)
    client = visitor(world)
    take_care(client, world)
    assert "Отмечать нечего" in text_of(client, "/console/services/incidents")
    assert written_down(world) == []
    assert take_care(client, world, "no:such").status_code == 404


def test_who_pressed_the_button_on_an_old_page_takes_no_incident_that_began_since(world: World) -> None:
    incidents = world.application.incidents
    incidents.observe(DOWN)
    client, seen_at = visitor(world), world.now.isoformat()
    assert seen_at in client.get("/console/services/incidents").text
    world.later(minutes=5)
    incidents.observe(OVER)
    world.later(hours=7)
    incidents.observe(DOWN)
    take_care(client, world, seen_at=seen_at)
    incident = incidents.get(DOWN.key)
    assert incident is not None
    assert incident.acknowledged_by == ""
    assert written_down(world) == []
    assert "Отмечать нечего" in text_of(client, "/console/services/incidents")


@pytest.mark.parametrize("seen_at", ["", "yesterday", "2026-11-20T11:00:00"])
def test_a_button_of_no_moment_is_refused(world: World, seen_at: str) -> None:
    world.application.incidents.observe(DOWN)
    assert take_care(visitor(world), world, seen_at=seen_at).status_code == 400


def test_many_that_last_are_shown_by_pages(world: World) -> None:
    for number in range(30):
        world.application.incidents.observe(replace(DOWN, key=f"endpoint:{number}", subject=f"Сайт {number}"))
        world.later(seconds=1)
    client = visitor(world)
    first, second = (client.get(f"/console/services/incidents?page={number}").text for number in (1, 2))
    assert (first.count("HTTP 502"), second.count("HTTP 502")) == (25, 5)
    assert "/console/services/incidents?page=2" in first
    assert "Сейчас сбоев нет." not in client.get("/console/services/incidents?page=3").text


def test_a_viewer_sees_incidents_and_takes_none(world: World) -> None:
    world.application.incidents.observe(DOWN)
    client = visitor(world, VIEWER)
    text = text_of(client, "/console/services/incidents")
    assert "никто не взялся" in text
    assert "Занимаюсь" not in text
    answer = take_care(client, world)
    assert answer.status_code == 403
    incident = world.application.incidents.get(DOWN.key)
    assert incident is not None
    assert incident.acknowledged_by == ""


def test_past_incidents_are_listed_with_cause_and_who(world: World) -> None:
    incidents = world.application.incidents
    for number in range(30):
        incidents.observe(replace(DOWN, key=f"endpoint:{number}", subject=f"Сайт {number}"))
        world.later(minutes=30)
        if number == 29:
            incidents.acknowledge("endpoint:29", "Анна")
        incidents.observe(replace(OVER, key=f"endpoint:{number}"))
    client = visitor(world)
    text = text_of(client, "/console/services/incidents")
    assert "Сайт 29 срочно HTTP 502" in text
    assert re.search(r"Сайт 29 срочно HTTP 502 \S+ в \S+ 30 мин Анна", text)
    assert "Сайт 3 срочно" not in text
    assert "Сайт 3 срочно" in text_of(client, "/console/services/incidents?page=2")


def test_what_comes_and_goes_is_said_to(world: World) -> None:
    for _ in range(3):
        world.application.incidents.observe(DOWN)
        world.later(minutes=5)
        world.application.incidents.observe(OVER)
        world.later(minutes=5)
    text = text_of(visitor(world), "/console/services/incidents")
    assert "то есть, то нет" in text
    assert "затих" in text


# Subscriptions


def test_subscriptions_are_a_calendar_with_the_days_left(world: World) -> None:
    text = text_of(visitor(world), "/console/services/subscriptions")
    assert "Срочно 1 Скоро 0 Спокойно 1 Срок неизвестен 1" in text
    assert "Ноябрь 2026 22 вс retailCRM осталось 2 дня" in text
    assert "Март 2027 1 пн Хостинг остался 101 день" in text
    assert "Без даты SMS.ru" in text
    assert "secret-api-id" not in text


@pytest.mark.parametrize(("later", "words"), [(2, "последний день"), (3, "кончилось")])
def test_the_last_day_and_the_one_after_it(world: World, later: int, words: str) -> None:
    world.later(days=later)
    assert f"retailCRM {words}" in text_of(visitor(world), "/console/services/subscriptions")


def test_the_calendars_address_is_for_operators_alone(world: World) -> None:
    address = f"http://localhost/calendar.ics?token={TOKEN}"
    assert address in visitor(world).get("/console/services/subscriptions").text
    assert TOKEN not in visitor(world, VIEWER).get("/console/services/subscriptions").text


def test_the_calendars_address_answers_who_has_its_token(world: World) -> None:
    client = console_in(world).test_client()
    answer = client.get(f"/calendar.ics?token={TOKEN}")
    assert answer.status_code == 200
    assert answer.content_type == "text/calendar; charset=utf-8"
    assert "BEGIN:VCALENDAR" in answer.text
    assert "DTSTART;VALUE=DATE:20261122" in answer.text
    assert client.get("/calendar.ics?token=wrong").status_code == 403
    assert client.get("/calendar.ics").status_code == 403


# Signs of life


def test_sources_and_checks_give_signs_of_life(world: World) -> None:
    world.lead("1:1", Phone="+79165550001")
    world.lead("1:2", Phone="+79165550002")
    world.work()
    for name in ("books", "people"):
        world.application.checks.run(name)
    world.later(minutes=2)
    text = text_of(visitor(world), "/console/services/heartbeats")
    assert re.search(r"tilda на связи .* 2 20\.11, 11:00–12:00", text)
    assert re.search(r"mango ничего не было .* 0 –", text)
    assert "Сотрудники в CRM people идёт 2 мин назад раз в 1 ч" in text
    assert "ещё не было" in text
    world.later(days=3)
    for name in ("books", "people"):
        world.application.checks.run(name)
    assert re.search(r"tilda тихо .* 0 20\.11", text_of(visitor(world), "/console/services/heartbeats"))


def test_what_waits_for_a_persons_word_says_so_in_words_and_the_command_stands_apart(world: World) -> None:
    for name in ("stalled-pickups", "unprocessed-leads"):
        world.application.checks.run(name)
    page = visitor(world).get("/console/services/heartbeats").text
    words, _, folded = page.partition("<details>")
    commands, _, rest = folded.partition("</details>")
    assert "попросите того, кто обслуживает Leadkeeper, разрешить им действовать" in words
    assert "leadkeeper checks" not in words + rest
    for name in ("stalled-pickups", "unprocessed-leads"):
        assert f"leadkeeper checks accept {name}<" in commands
        world.application.checks.accept(name)
    assert "разрешить им действовать" not in text_of(visitor(world), "/console/services/heartbeats")


def test_a_silent_source_is_in_trouble(world: World) -> None:
    silent = Observation("silence:tilda", is_bad=True, subject="Источник молчит: tilda", severity="warning")
    world.application.incidents.observe(silent)
    assert "tilda сбой" in text_of(visitor(world), "/console/services/heartbeats")


# The public page


def public_page(world: World, **settings: Any) -> FlaskClient:
    return console_in(world, console_settings(**{"status_page": True, **settings})).test_client()


def test_the_public_page_shows_names_and_states_and_nothing_else(world: World) -> None:
    watching = Watching(
        world, endpoint("Site"), endpoint("Warehouse", public=False), endpoint("Calculator", fail_after=2)
    )
    watching.outside.replies.update({"site": BAD, "warehouse": BAD})
    watching.rounds(10)
    watching.outside.replies["site"] = WELL
    watching.outside.replies["calculator"] = BAD
    watching.rounds(5)
    client = public_page(world)
    answer = client.get("/status")
    text = text_of(client, "/status")
    assert "Не работает: Calculator." in text
    assert "Calculator не работает" in text
    assert "Site работает" in text
    assert re.search(r"Site : 20\.11 в \S+, длился", text)
    for secret in ("Warehouse", ".example", "502", "Иван", "Анна", "csrf"):
        assert secret not in answer.text
    assert "Set-Cookie" not in answer.headers


def test_a_single_failure_is_no_news_for_everybody(world: World) -> None:
    watching = Watching(world, endpoint("Site"))
    watching.rounds(6)
    watching.outside.replies["site"] = BAD
    watching.round()
    assert "Всё работает." in text_of(public_page(world), "/status")


def test_the_public_page_is_made_once_a_minute(world: World) -> None:
    watching = Watching(world, endpoint("Site"))
    watching.rounds(6)
    client = public_page(world)
    first = client.get("/status").text
    watching.outside.replies["site"] = BAD
    watching.check.find(world.now)
    watching.check.find(world.now)
    watching.check.find(world.now)
    assert client.get("/status").text == first
    assert "Service status" in client.get("/status?language=en").text
    world.later(minutes=1)
    assert "Не работает: Site." in client.get("/status").text


def test_the_public_page_does_not_say_that_all_is_well_when_nobody_looks(world: World) -> None:
    Watching(world, endpoint("Site")).rounds(6)
    world.later(hours=3)
    text = text_of(public_page(world), "/status")
    assert "Сбоев не видно, но нет свежих данных: Site." in text
    assert "Всё работает." not in text


def test_the_public_page_of_a_shop_without_endpoints_claims_nothing(tmp_path: Path) -> None:
    with closing(World(tmp_path, shop_with(endpoints=[]))) as world:
        text = text_of(public_page(world), "/status")
    assert "Здесь пока ничего не показываем." in text
    assert "Всё работает." not in text


def test_there_is_no_public_page_unless_it_is_switched_on(world: World) -> None:
    client = public_page(world, status_page=False)
    assert client.get("/status").status_code == 404
