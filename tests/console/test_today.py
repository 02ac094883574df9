"""The first page: what came in, what became of it, and what needs a person now."""

from collections.abc import Mapping
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from flask.testing import FlaskClient

from chalicelib.alerts.incidents import Incident, Observation
from chalicelib.books.facts import Facts
from chalicelib.books.incoming import Incoming
from chalicelib.books.moments import HOUR
from chalicelib.books.reading import Hour, Standing
from chalicelib.console.today_view import MOST_NAMED, STALE_AFTER, Kept, Need, Waits, today_of
from chalicelib.entry import Status
from chalicelib.late_answers import LateAnswers, LateOrder, read_late_answers
from chalicelib.waiting_memory import WaitingHead
from tests.aws_world import AwsWorld
from tests.console.conftest import VIEWER, console_in, signed_in
from tests.engine.moto_aws import moto_cloud
from tests.engine.test_aws_pipeline import Calls
from tests.world import World

ZONE = ZoneInfo("Asia/Tomsk")
NOW = datetime(2026, 11, 20, 4, 35, tzinfo=UTC)
"""11:35 in Tomsk."""

PRESENT = NOW.replace(minute=0)
PHONE = "+7 916 123-45-67"
CALLER = "79161234567"


def hour(begins: datetime, **sources: Mapping[str, int]) -> Hour:
    return Hour(begins, Facts({Incoming: Incoming(sources=sources)}))


def kept(*hours: Hour, **changes: object) -> Kept:
    """A shop in which all is well."""
    fields: dict[str, object] = {
        "hours": hours or (hour(PRESENT),),
        "standing": Standing(NOW - timedelta(minutes=4), 0),
        "set_aside": {Status.PARKED: 0, Status.QUARANTINED: 0},
        "incidents": (),
        "late": LateAnswers(looked_at=NOW),
        "parcels": WaitingHead(looked_at=NOW),
    }
    return Kept(**{**fields, **changes})  # type: ignore[arg-type] # as named


def incident(key: str) -> Incident:
    return Incident(key=key, subject=key, began_at=NOW, changed_at=NOW)


def test_nothing_waits_if_all_is_well() -> None:
    today = today_of(kept(), NOW, ZONE)
    assert today.is_well
    assert today.waits == ()


def test_today_begins_at_the_shops_midnight() -> None:
    midnight = PRESENT - 11 * HOUR
    today = today_of(
        kept(
            hour(midnight - HOUR, tilda={"done": 4}),
            hour(midnight, tilda={"done": 2}),
            hour(PRESENT, tilda={"done": 1, "parked": 1}, mango={"ignored": 7}),
        ),
        NOW,
        ZONE,
    )
    assert (today.came_in, today.yesterday) == (11, 4)
    assert today.outcomes == (Status.DONE, Status.IGNORED, Status.PARKED)
    rows = [(row.name, row.count, list(row.outcomes)) for row in today.sources]
    assert rows == [("mango", 7, [0, 7, 0]), ("tilda", 4, [3, 0, 1])]


def test_the_chart_shows_each_source_in_each_of_the_last_hours() -> None:
    hours = [hour(PRESENT - back * HOUR) for back in range(34, 0, -1)]
    today = today_of(kept(*hours, hour(PRESENT, tilda={"done": 2}, mango={"done": 1})), NOW, ZONE)
    assert (today.labels[0], today.labels[-1], len(today.labels)) == ("12:00", "11:00", 24)
    assert [(one.name, one.values[-1], sum(one.values[:-1])) for one in today.series] == [  # type: ignore[arg-type] # no gaps
        ("mango", 1, 0),
        ("tilda", 2, 0),
    ]


def test_what_was_only_decided_is_told_apart_from_what_was_done() -> None:
    actions = {
        "create-order": {"done": 2, "skipped": 1},
        "create-task": {"observed": 3},
        "announce": {"done": 9},
    }
    today = today_of(kept(Hour(PRESENT, Facts({Incoming: Incoming(actions=actions)}))), NOW, ZONE)
    deeds = [(deed.kind, deed.done, deed.observed) for deed in today.deeds]
    assert deeds == [("create-order", 2, 0), ("create-task", 0, 3)]
    assert today.deed("send-sms").done == 0


@pytest.mark.parametrize(
    ("changes", "waits"),
    [
        ({"incidents": [incident("endpoint:Site")]}, Waits(Need.INCIDENTS, 1)),
        ({"set_aside": {Status.PARKED: 3, Status.QUARANTINED: 0}}, Waits(Need.PARKED, 3)),
        ({"set_aside": {Status.PARKED: 0, Status.QUARANTINED: 2}}, Waits(Need.QUARANTINED, 2)),
        ({"late": LateAnswers(call_back_count=4)}, Waits(Need.CALL_BACKS, 4)),
        ({"late": LateAnswers(order_count=40)}, Waits(Need.ORDERS, 40, unnamed=40 - MOST_NAMED)),
        ({"parcels": WaitingHead(count=9, stalled=5)}, Waits(Need.PARCELS, 5)),
        ({"lists_fail_since": NOW - STALE_AFTER - timedelta(minutes=1)}, Waits(Need.LISTS, 1)),
        ({"standing": Standing(NOW - STALE_AFTER - timedelta(minutes=1), 0)}, Waits(Need.BOOKS, 1)),
    ],
)
def test_each_thing_that_needs_a_person_is_told(changes: Mapping[str, object], waits: Waits) -> None:
    today = today_of(kept(**changes), NOW, ZONE)
    assert list(today.waits) == [waits]
    assert not today.is_well


def test_what_has_a_line_of_its_own_is_not_told_twice() -> None:
    today = today_of(kept(incidents=[incident("self:parked"), incident("self:quarantined")]), NOW, ZONE)
    assert today.is_well


def test_a_few_are_named_and_the_rest_is_counted() -> None:
    orders = tuple(LateOrder(order_id=number, order_number=f"{number}A", since=NOW) for number in range(20))
    today = today_of(kept(late=LateAnswers(orders=orders, order_count=20)), NOW, ZONE)
    assert today.late.orders == orders[:MOST_NAMED]
    assert [waits.count for waits in today.waits] == [20]


class TestPage:
    """What stands on it, in both languages, by the way that everything goes."""

    def look(self, world: World, console: Flask, language: str = "ru") -> str:
        for check in ("books", "late-answers", "waiting-parcels"):
            world.application.checks.run(check)
        client = signed_in(console, world, VIEWER)
        client.set_cookie("language", language)
        answer = client.get("/console/")
        assert answer.status_code == 200
        assert "{{" not in answer.text
        return answer.text

    def test_before_the_first_books_it_says_so(self, viewer: FlaskClient) -> None:
        text = viewer.get("/console/").text
        assert "Сводка ещё собирается" in text
        assert "Всё в порядке" not in text

    def test_all_is_well(self, world: World, console: Flask) -> None:
        world.lead("1:1", Phone=PHONE)
        world.work()
        assert "Всё в порядке" in self.look(world, console)
        english = self.look(world, console, "en")
        assert "All is well" in english
        assert "Needs a person" not in english
        assert '<svg class="picture chart-columns"' in english

    def test_what_needs_a_person_is_named_and_leads_to_it(self, world: World, console: Flask) -> None:
        world.make_order({"phone": CALLER, "status": "complete", "managerId": 1})
        world.call(CALLER, "a")
        world.post("tilda", "demo-token", b"{", "application/json")
        world.work()
        world.later(hours=2)
        world.application.incidents.observe(
            Observation("endpoint:Site", is_bad=True, subject="Сайт <tents>", cause="503")
        )
        text = self.look(world, console)
        assert "Всё в порядке" not in text
        assert "клиенту не перезвонили вовремя" in text
        assert "событие не прочитано" in text
        assert "Сайт &lt;tents&gt;: 503" in text
        assert world.application.crm.order_link(world.orders[-1]["id"]).replace("&", "&amp;") in text
        for href in ("/journal?state=quarantined", "/services/incidents", "/journal?source=tilda"):
            assert f'href="/console{href}' in text
        [late] = read_late_answers(world.engine.documents).call_backs
        assert f'href="/console/journal/{late.entry_id}"' in text
        assert CALLER[-10:] not in text, "phones stand in the CRM and in the journal"

    def test_a_new_order_that_nobody_answers_leads_to_the_crm(self, world: World, console: Flask) -> None:
        world.make_order({"phone": CALLER, "status": "new"})
        world.later(hours=1)
        text = self.look(world, console)
        assert "новый заказ без ответа" in text
        [order] = [order for order in world.orders if order["status"] == "new"]
        assert order["number"] in text

    def test_nobody_says_that_nobody_waits_while_that_cannot_be_seen(
        self, world: World, console: Flask
    ) -> None:
        world.call(CALLER, "a")
        world.call(CALLER, "b")
        world.work()
        world.fault(target="retailcrm", kind="400", path="/api/v5/tasks")
        for _ in range(5):
            world.application.checks.run_due(each_tick=False)
            world.later(minutes=6)
        client = signed_in(console, world, VIEWER)
        text = client.get("/console/").text
        assert "Списки тех, кто ждёт, не обновляются" in text
        assert "Всё в порядке" not in text

    def test_a_parcel_that_waits_too_long_is_told(self, world: World, console: Flask) -> None:
        world.parcel("ACCEPTED_AT_PICK_UP_POINT", world.now)
        world.work()
        world.later(days=6)
        assert "посылка залежалась в пункте выдачи" in self.look(world, console)


def test_it_costs_as_many_calls_of_aws_however_much_came_in(tmp_path: Path) -> None:
    with moto_cloud() as cloud, closing(AwsWorld(tmp_path, cloud)) as world:
        costs = []
        for leads in (1, 9):
            for number in range(leads):
                world.lead(f"{leads}:{number}", Phone=f"+7 916 123-{leads:02d}-{number:02d}")
            world.work()
            for check in ("books", "late-answers", "waiting-parcels"):
                world.application.checks.run(check)
            client = signed_in(console_in(world), world, VIEWER)
            calls = Calls(cloud)
            assert client.get("/console/").status_code == 200
            assert calls.writing() == calls.of_queues() == {}
            costs.append(calls.reading())
        assert costs[0] == costs[1]
        assert sum(costs[0].values()) <= 8
