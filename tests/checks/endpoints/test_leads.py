"""Marked test leads: posted to our own door, found in the journal, never in the CRM."""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit

import pytest

from chalicelib import shopfile
from chalicelib.checks.endpoints.answers import Answer, Request
from chalicelib.checks.endpoints.check import DOCUMENT
from chalicelib.entry import Status
from chalicelib.providers.test_leads import MARK, mark
from tests.world import World

from .shop import Reply, Watching, endpoint

TROUBLE, OVER = "Сбой: Leads", "Снова в порядке: Leads"


def lead_test(**settings: Any) -> dict[str, Any]:
    return {"name": "Leads", "url": "https://hooks.example", "source": "tilda", "every": "5m", **settings}


class Door:
    """Our own public door; what comes in is worked on at once, unless told otherwise."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.posts: list[dict[str, str]] = []

    def answer(self, request: Request) -> Reply:
        _, hooks, source, token = map(unquote, urlsplit(request.url).path.split("/"))
        assert (hooks, source, request.method) == ("hooks", "tilda", "POST")
        self.posts.append(dict(parse_qsl(request.content.decode())))
        reply = self.world.post(source, token, request.content, request.headers["content-type"])
        return Answer(reply.status)


@pytest.fixture
def watching(world: World) -> Watching:
    watching = Watching(world, test_leads=[lead_test()])
    watching.outside.answer = Door(world).answer
    return watching


def test_it_comes_through_every_time_and_the_crm_never_sees_it(watching: Watching) -> None:
    orders, world = len(watching.world.orders), watching.world
    watching.rounds(30)
    entries = world.entries()
    assert len(entries) == 6
    assert {(entry.status, entry.reason) for entry in entries} == {(Status.IGNORED, "test-lead")}
    assert not any(entry.events or entry.plan for entry in entries)
    assert (len(world.orders), world.tasks, world.alerts) == (orders, [], [])


def test_it_comes_through_while_the_crm_is_down(watching: Watching) -> None:
    watching.world.fault(target="retailcrm", kind="refuse")
    watching.rounds(30)
    assert {entry.status for entry in watching.world.entries()} == {Status.IGNORED}
    assert watching.titles == []


def test_a_lead_that_gets_lost_behind_the_door_is_told(watching: Watching) -> None:
    watching.outside.answer = lambda _request: Answer(200)
    watching.rounds(14)
    assert watching.titles == [TROUBLE]
    assert "Тестовая заявка принята, но за 2 мин не обработана" in watching.world.alerts[0]
    watching.outside.answer = Door(watching.world).answer
    watching.rounds(8)
    assert watching.titles == [TROUBLE, OVER]


def test_a_lead_whose_mark_is_not_recognised_is_told(watching: Watching) -> None:
    door = Door(watching.world)
    watching.outside.answer = lambda request: door.answer(
        replace(request, content=request.content.replace(MARK.encode() + b"=", MARK.encode() + b"=0"))
    )
    watching.rounds(14)
    assert TROUBLE in watching.titles
    told = watching.world.alerts[watching.titles.index(TROUBLE)]
    assert "Тестовая заявка дошла, но не распознана: forged-test-lead" in told
    assert watching.world.orders == []


def test_a_closed_door_is_told(watching: Watching) -> None:
    watching.outside.replies["hooks"] = Answer(502)
    watching.rounds(11)
    assert watching.titles == [TROUBLE]
    assert "HTTP 502" in watching.world.alerts[0]


def test_a_lead_on_its_way_is_remembered_over_a_restart(watching: Watching) -> None:
    while not watching.world.entries():
        watching.round()
    watching.restart()
    assert watching.world.engine.documents.get(DOCUMENT).content["posted"].keys() == {"Leads"}
    watching.round()
    assert watching.world.engine.documents.get(DOCUMENT).content == {}


def test_work_that_lags_is_no_trouble_until_its_time_is_over(watching: Watching) -> None:
    late = Watching(watching.world, test_leads=[lead_test(within="10m", every="30m", fail_after=1)])
    late.outside.answer = Door(late.world).answer
    for _ in range(35):
        late.world.later(minutes=1)
        list(late.check.find(late.world.now))
        if late.world.engine.work.depth().messages:
            break
    for _ in range(9):
        late.world.later(minutes=1)
        list(late.check.find(late.world.now))
    late.world.application.incidents.look_after()
    assert late.world.application.incidents.open() == []
    late.world.later(minutes=1)
    list(late.check.find(late.world.now))
    assert [incident.key for incident in late.world.application.incidents.open()] == ["endpoint:Leads"]


def test_its_parent_takes_the_blame(world: World) -> None:
    watching = Watching(world, endpoint("Host"), test_leads=[lead_test(parent="Host")])
    watching.outside.replies.update({"host": Answer(502), "hooks": Answer(502)})
    watching.rounds(20)
    assert watching.titles == ["Сбой: Host"]


def test_a_dry_run_posts_none(watching: Watching) -> None:
    assert watching.check.look(watching.world.now) == ["Leads: a dry run posts no test lead"]
    assert watching.world.entries() == []


# A mark cannot be forged, and hides no real lead


def submit(world: World, fields: Mapping[str, str], *, as_json: bool = False) -> None:
    content = {"tranid": "1:2", "Name": "Анна", "Phone": "+79161234567", **fields}
    body = json.dumps(content) if as_json else urlencode(content)
    content_type = "application/json" if as_json else "application/x-www-form-urlencoded"
    assert world.post("tilda", "demo-token", body.encode(), content_type).status == 200
    world.work()


@pytest.mark.parametrize("as_json", [True, False])
@pytest.mark.parametrize("forged", ["", "1", "x" * 64, mark("demo-token", "another"), mark("salt", "1:2")])
def test_a_wrong_mark_is_kept_for_a_person(world: World, forged: str, *, as_json: bool) -> None:
    submit(world, {MARK: forged}, as_json=as_json)
    [entry] = world.entries(Status.QUARANTINED)
    assert entry.reason == "forged-test-lead"
    assert world.orders == []
    assert world.alerts[0].splitlines()[0] == "Заявка помечена как тестовая, но метка неверна"


def test_a_right_mark_is_recognised_in_json_too(world: World) -> None:
    submit(world, {MARK: mark("demo-token", "1:2")}, as_json=True)
    [entry] = world.entries()
    assert (entry.status, entry.reason) == (Status.IGNORED, "test-lead")


def test_without_a_mark_it_is_a_clients_lead(world: World) -> None:
    submit(world, {})
    world.work_for(minutes=1)
    assert len(world.orders) == 1


def test_any_of_two_tokens_is_right_while_one_is_replaced(world: World) -> None:
    tilda = {"provider": "tilda", "token": ["new-token", "demo-token"]}
    sources = {**shopfile.load({}).content["sources"], "tilda": tilda}
    watching = Watching(world, sources=sources)
    submit(watching.world, {MARK: mark("new-token", "1:2")})
    submit(watching.world, {"tranid": "1:3", MARK: mark("demo-token", "1:3")})
    assert [entry.reason for entry in world.entries()] == ["test-lead"] * 2


def test_each_test_lead_is_another_one(watching: Watching) -> None:
    door = Door(watching.world)
    watching.outside.answer = door.answer
    watching.during(timedelta(minutes=20))
    assert len({post["tranid"] for post in door.posts}) == len(door.posts) == 4


def test_it_is_no_sign_of_life_of_its_source(watching: Watching) -> None:
    world = watching.world
    sources = {**shopfile.load({}).content["sources"]}
    sources["tilda"] = {**sources["tilda"], "expect_every": "3h"}
    watching.configure(test_leads=[lead_test()], sources=sources)
    watching.outside.answer = Door(world).answer
    watching.during(timedelta(hours=4))
    world.application.checks.run("silent-sources")
    world.work()
    assert world.alerts == []  # nothing but test leads ever came: it is being set up
    submit(world, {})
    for hours, alerts in ((2, 0), (2, 1)):
        watching.during(timedelta(hours=hours))
        world.application.checks.run("silent-sources")
        world.work()
        assert len(world.alerts) == alerts
    assert "из источника tilda ничего не приходит" in world.alerts[0]
