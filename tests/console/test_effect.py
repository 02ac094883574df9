"""The page Effect: what the books keep, by day, week and month, with each figure's definition beside it."""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from chalicelib.books.answers import Answers
from chalicelib.books.calls import Calls
from chalicelib.books.durations import Durations
from chalicelib.books.facts import Facts
from chalicelib.books.mistakes import Mistakes
from chalicelib.books.moments import day_key
from chalicelib.books.part import Part
from chalicelib.books.pickups import Pickups
from chalicelib.books.reading import Day
from chalicelib.books.refusals import UNKNOWN, Refusals
from chalicelib.books.statuses import Statuses
from chalicelib.console.effect.table import as_csv
from chalicelib.console.effect.view import Shown, Stretch, day_after, shown, shown_periods, stretch_of
from chalicelib.console.words import LANGUAGES, words_of
from chalicelib.engine.port import Document
from chalicelib.events import ParcelReason
from chalicelib.ladders import Ladders
from chalicelib.mistakes.rules import RULES
from chalicelib.mistakes.steps import STEP
from chalicelib.periods import Kind
from tests.console.conftest import VIEWER, console_in, console_settings, signed_in
from tests.world import World, example_shop, shop_without_scenario

TODAY = date(2026, 11, 20)
"""A Friday."""

DAY = timedelta(days=1)
SHOP = example_shop()


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with closing(World(tmp_path)) as world:
        yield world


def facts(*parts: Part) -> Facts:
    return Facts({type(part): part for part in parts})


def a_stretch(days: Mapping[date, Facts], kind: Kind = "day") -> Stretch:
    return stretch_of(shown_periods(kind, TODAY), [Day(day, of) for day, of in days.items()])


def section(name: str, sections: Sequence[Shown]) -> Shown:
    return next(each for each in sections if each.section.name == name)


def sums(name: str, stretch: Stretch, acting_since: date | None = None) -> dict[str, str]:
    found = section(name, shown(stretch, acting_since, SHOP, "en"))
    return {each.name: each.all for each in found.sums}


def minutes(*counts: float) -> Durations:
    return Durations.of(timedelta(minutes=count) for count in counts)


# Figures


def test_the_share_of_missed_calls_is_that_of_all_days_together() -> None:
    days = {TODAY: facts(Calls(missed=1, answered=1)), TODAY - DAY: facts(Calls(answered=8))}
    assert sums("missed", a_stretch(days)) == {
        "missed": "10%",
        "calls missed": "1",
        "calls answered": "9",
    }


def test_medians_are_those_of_all_days_together() -> None:
    early = facts(
        Calls(called_back=minutes(10, 10, 10), called_again=1, overdue=2), Answers(delays=minutes(5))
    )
    late = facts(Calls(called_back=minutes(120)), Answers(delays=minutes(60, 60)))
    stretch = a_stretch({TODAY - DAY: early, TODAY: late})
    assert sums("called-back", stretch) == {
        "half within this time": "10 min",
        "9 of 10 within this time": "1 h 58 min",
        "clients who were talked to": "4",
        "of them called again themselves": "25%",
        "not called back in time: task for the boss": "2",
    }
    assert sums("answers", stretch)["half within this time"] == "1 h"


def test_collected_is_what_the_courier_or_the_orders_status_says() -> None:
    ends = {
        "5d": {"parcel:delivered": 2, "complete": 1, "parcel:returning": 1, "client-confirmed": 7},
        "10d": {"return": 1},
    }
    stretch = a_stretch({TODAY: facts(Pickups(asked={"5d": 11}, ends=ends))})
    assert sums("pickups", stretch) == {
        "collected after the call at 5 d": "75%",
        "collected after the call at 10 d": "0%",
    }
    [heading, *rows] = spreadsheet(stretch, "en")
    of_today = dict(zip(heading, rows[-1], strict=True))
    assert of_today["Collected after a call: end unknown, 5 d"] == "7"
    assert of_today["Collected after a call: tasks to call, 5 d"] == "11"


def test_reasons_and_rules_come_most_frequent_first_and_the_rest_together_in_the_picture() -> None:
    reasons = {reason: count for count, reason in enumerate(["damaged", "absent", "lost", UNKNOWN], 1)}
    rules = {"address": 1, "field:size": 2}
    stretch = a_stretch({TODAY: facts(Refusals(parcels=reasons), Mistakes(steps=2, rules=rules))})
    assert list(sums("refusals", stretch)) == [
        "parcels going back",
        "no reason given",
        "lost",
        "nobody was there",
        "damaged",
    ]
    assert sums("mistakes", stretch) == {
        "steps with mistakes": "2",
        "field:size": "2",
        "incomplete address": "1",
    }


def test_refused_orders_are_those_that_got_a_status_of_the_scenarios_group() -> None:
    entered = {"new": 9, "already-buyed": 2, "return": 1, "return-collected": 1, "complete": 5}
    assert sums("cancelled", a_stretch({TODAY: facts(Statuses(entered=entered))})) == {
        "refusals": "3",
        "Купил в другом месте": "2",
        "Возврат": "1",
    }


def test_a_shop_without_a_scenario_has_no_section_about_it() -> None:
    shop = SHOP.model_copy(update={"scenario": None})
    assert "cancelled" not in [each.section.name for each in shown(a_stretch({}), None, shop, "ru")]


def test_no_missed_call_at_all_is_good_news_and_not_no_news() -> None:
    found = section("missed", shown(a_stretch({TODAY: facts(Calls(answered=3))}), None, SHOP, "en"))
    assert found.picture is not None
    assert (
        section("answers", shown(a_stretch({TODAY: facts(Calls(answered=3))}), None, SHOP, "en")).picture
        is None
    )


def test_a_shop_without_a_ladder_has_no_section_about_it() -> None:
    shop = SHOP.model_copy(update={"ladders": Ladders(stalled_pickup=())})
    assert "pickups" not in [each.section.name for each in shown(a_stretch({}), None, shop, "ru")]


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_reason_and_rule_has_words(language: str) -> None:
    codes = [f"reason_{reason}" for reason in (*ParcelReason, UNKNOWN)]
    codes += [f"rule_{rule}" for rule in (*RULES, STEP)]
    assert [code for code in codes if f"effect.{code}" not in words_of(language)] == []


# Time


@pytest.mark.parametrize(
    ("kind", "first", "last"),
    [
        ("day", date(2026, 10, 22), TODAY),
        ("week", date(2026, 5, 25), date(2026, 11, 22)),
        ("month", date(2025, 12, 1), date(2026, 11, 30)),
    ],
)
def test_what_is_shown_ends_with_today(kind: Kind, first: date, last: date) -> None:
    stretch = a_stretch({}, kind)
    assert (stretch.first, stretch.last) == (first, last)
    assert day_after(stretch, TODAY) is None


def test_days_are_added_up_to_weeks() -> None:
    days = {TODAY - back * DAY: facts(Calls(missed=1)) for back in range(6)}
    stretch = a_stretch(days, "week")
    assert [of.part(Calls).missed for of in stretch.facts[-2:]] == [1, 5], "a Sunday, and Monday to Friday"


def test_one_gets_back_from_earlier_days_to_the_latest() -> None:
    earlier = stretch_of(shown_periods("day", TODAY - 40 * DAY), [])
    assert day_after(earlier, TODAY) == TODAY - 10 * DAY
    assert day_after(stretch_of(shown_periods("day", TODAY - 10 * DAY), []), TODAY) == TODAY


def test_before_and_since_are_told_apart() -> None:
    days = {TODAY: facts(Calls(missed=1, answered=9)), TODAY - DAY: facts(Calls(missed=5, answered=5))}
    found = section("missed", shown(a_stretch(days), TODAY, SHOP, "en"))
    share = found.sums[0]
    assert (share.before, share.since) == ("50%", "10%")
    assert found.picture is not None
    assert "Leadkeeper acts" in found.picture


@pytest.mark.parametrize("acting_since", [None, TODAY - 100 * DAY, TODAY + DAY])
def test_what_is_of_one_time_is_not_told_apart(acting_since: date | None) -> None:
    stretch = a_stretch({TODAY: facts(Calls(missed=1))})
    assert section("missed", shown(stretch, acting_since, SHOP, "en")).sums[0].before is None


# The spreadsheet


def spreadsheet(stretch: Stretch, language: str) -> list[list[str]]:
    text = as_csv(stretch, SHOP, language)
    assert text[0] == "\ufeff"
    return list(csv.reader(io.StringIO(text[1:]), delimiter=";" if language == "ru" else ","))


@pytest.mark.parametrize(("language", "share"), [("ru", "33,3"), ("en", "33.3")])
def test_a_spreadsheet_has_a_row_for_each_period(language: str, share: str) -> None:
    of_today = facts(Calls(missed=1, answered=2, called_back=minutes(10)))
    heading, *rows = spreadsheet(a_stretch({TODAY: of_today}), language)
    assert len(rows) == 30
    assert {len(row) for row in rows} == {len(heading)}
    assert rows[-1][:5] == ["2026-11-20", "2026-11-20", share, "1", "2"]
    assert float(rows[-1][5].replace(",", ".")) == pytest.approx(10, rel=0.05)
    assert rows[0][2] == "", "unknown is not nothing"


# The page


def keep(world: World, day: date, *parts: Part) -> None:
    world.engine.documents.put(Document(day_key(day), facts(*parts).content(), 0))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", ["day", "week", "month", "nothing"])
def test_the_page_is_there_without_any_data(viewer: FlaskClient, language: str, kind: str) -> None:
    viewer.set_cookie("language", language)
    answer = viewer.get(f"/console/effect?by={kind}&until=nonsense")
    assert answer.status_code == 200
    assert answer.text.count('class="empty"') == 7
    assert "headline" not in answer.text
    assert "{{" not in answer.text


def test_without_a_scenario_the_page_says_what_is_not_counted(viewer: FlaskClient, tmp_path: Path) -> None:
    told = "считаются, если рядом с файлом магазина лежит scenario.toml"
    assert told not in viewer.get("/console/effect").text
    with closing(World(tmp_path / "other", shop_without_scenario())) as world:
        assert told in signed_in(console_in(world), world, VIEWER).get("/console/effect").text


def test_the_page_shows_pictures_tables_and_definitions(viewer: FlaskClient, world: World) -> None:
    keep(world, TODAY, Calls(missed=1, answered=3), Refusals(parcels={"changed_mind": 2}))
    text = viewer.get("/console/effect").text
    assert 'aria-labelledby="chart-missed-title chart-missed-description"' in text
    assert "20.11 · пропущено: 25\N{NO-BREAK SPACE}%" in text
    assert "передумал" in text
    assert "Доля звонков от клиентов, на которые никто не ответил" in text


def test_real_calls_come_to_the_page(viewer: FlaskClient, world: World) -> None:
    world.call("79161234567", "a")
    world.work()
    world.application.checks.run("books")
    assert "20.11 · пропущено: 100\N{NO-BREAK SPACE}%" in viewer.get("/console/effect").text


def test_the_spreadsheet_is_a_download(viewer: FlaskClient, world: World) -> None:
    keep(world, TODAY, Calls(missed=1, answered=3))
    answer = viewer.get("/console/effect.csv?by=month&until=2026-11-03")
    assert answer.content_type == "text/csv; charset=utf-8"
    assert 'filename="effect-2025-12-01-2026-11-30.csv"' in answer.headers["Content-Disposition"]
    assert "25,0;1;3" in answer.text


def test_the_day_since_when_we_act_is_a_setting(world: World) -> None:
    keep(world, TODAY, Calls(missed=1, answered=3))
    keep(world, TODAY - DAY, Calls(missed=3, answered=1))
    console = console_in(world, console_settings(acting_since=TODAY))
    text = signed_in(console, world, VIEWER).get("/console/effect").text
    assert "Leadkeeper действует" in text
    assert "75\N{NO-BREAK SPACE}%" in text


def test_a_stranger_has_to_sign_in(visitor: FlaskClient) -> None:
    for address in ("/console/effect", "/console/effect.csv"):
        assert visitor.get(address).status_code in {302, 303}


def test_a_year_costs_one_read_for_each_day(
    viewer: FlaskClient, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[int] = []
    documents = world.engine.documents
    get_many = documents.get_many

    def counted(keys: Sequence[str]) -> Mapping[str, Document]:
        read.append(len(keys))
        return get_many(keys)

    monkeypatch.setattr(documents, "get_many", counted)
    viewer.get("/console/effect?by=month")
    assert len(read) == 1
    assert sum(read) <= 366
