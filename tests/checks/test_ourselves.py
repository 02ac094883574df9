"""Leadkeeper tells of its own trouble, and of its life to a dead man's switch."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from chalicelib.alerts.incidents import Incidents
from chalicelib.bootstrap import texts_of
from chalicelib.checks.ourselves import LEAST_FREE, Ourselves
from chalicelib.checks.running import CheckRunner
from chalicelib.engine.port import Timer
from chalicelib.errors import Unreachable
from chalicelib.interventions import replay
from tests.checks.test_running import FakeCheck, run_due
from tests.engine.contract import an_envelope
from tests.world import World

SWITCH = "https://switch.example/a-secret"


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with closing(World(tmp_path)) as world:
        yield world


def look(world: World) -> None:
    world.application.checks.run("self")
    world.work()


def titles(world: World) -> list[str]:
    return [alert.splitlines()[0] for alert in world.alerts]


def test_all_is_well(world: World) -> None:
    world.call("79161234567", "a")
    world.work()
    look(world)
    assert world.alerts == []


def test_what_waits_for_too_long_is_told(world: World) -> None:
    world.fault(target="retailcrm", kind="refuse")
    world.call("79161234567", "a")
    world.work_for(minutes=10)
    look(world)
    assert titles(world)[-1] == "Сбой: события ждут слишком долго"
    world.clear_faults()
    world.work_for(minutes=20)
    look(world)
    assert titles(world)[-1] == "Снова в порядке: события ждут слишком долго"


def test_what_waits_on_purpose_is_no_trouble_until_it_should_have_gone_on(world: World) -> None:
    timer = Timer(world.now + timedelta(hours=9), "notify", an_envelope())
    world.engine.timers.set(timer)
    world.later(hours=9, minutes=9)
    assert "self:queue: well" in world.application.checks.run("self", dry_run=True).seen
    world.later(minutes=1)
    assert "self:queue: well" not in world.application.checks.run("self", dry_run=True).seen


def test_dry_run_says_what_is_so_and_tells_nobody(world: World) -> None:
    world.post("tilda", "demo-token", b"{", "application/json")
    world.work()
    told = len(world.alerts)
    report = world.application.checks.run("self", dry_run=True)
    assert "self:queue: well" in report.seen
    assert any(line.startswith("self:quarantined: Их 1.") for line in report.seen)
    world.work()
    assert len(world.alerts) == told


def test_what_was_set_aside_is_told_until_it_is_done(world: World) -> None:
    world.post("tilda", "demo-token", b"{", "application/json")
    world.parcel("DELIVERED", world.now, number="X1", cdek_number="771")
    world.work_for(minutes=2)
    world.application.checks.run("self")
    world.work()
    assert {title for title in titles(world) if title.startswith("Сбой")} == {
        "Сбой: есть отложенные события",
        "Сбой: есть непрочитанные события",
    }
    world.make_order({"number": "X1", "status": "new"})
    [parked] = [entry for entry in world.entries() if entry.status == "parked"]
    assert replay(world.engine, parked, "Анна", world.now) is None
    world.work_for(minutes=2)
    look(world)
    assert titles(world)[-1] == "Снова в порядке: есть отложенные события"


def test_check_that_does_not_run_is_told(world: World) -> None:
    check = FakeCheck(every=timedelta(hours=1))
    CheckRunner([check], world.engine, world.clock).run("fake")
    incidents = Incidents(world.engine.documents, world.engine.notify, world.clock)
    ourselves = Ourselves(world.engine, incidents, texts_of(world.shop), [check], None, "")
    world.later(hours=3)
    ourselves.find(world.now)
    world.later(minutes=1)
    ourselves.find(world.now)
    world.later(minutes=9)
    ourselves.find(world.now)
    assert incidents.open() == []
    world.later(minutes=1)
    ourselves.find(world.now)
    [incident] = incidents.open()
    assert incident.cause == "fake"


def test_after_a_time_in_which_nothing_ran_each_check_has_its_turn_first(world: World) -> None:
    check = FakeCheck(every=timedelta(hours=1))
    run_due(world, check)
    incidents = Incidents(world.engine.documents, world.engine.notify, world.clock)
    ourselves = Ourselves(world.engine, incidents, texts_of(world.shop), [check], None, "")
    for _ in range(3):
        world.later(days=1)
        ourselves.find(world.now)
        world.later(minutes=5)
        run_due(world, check)
        ourselves.find(world.now)
    assert incidents.open() == []


def test_check_that_has_failed_from_its_first_run_on_is_told(world: World) -> None:
    check = FakeCheck(every=timedelta(hours=1), error=Unreachable("crm-unreachable"))
    incidents = Incidents(world.engine.documents, world.engine.notify, world.clock)
    ourselves = Ourselves(world.engine, incidents, texts_of(world.shop), [check], None, "")
    for _ in range(20):
        run_due(world, check)
        ourselves.find(world.now)
        assert incidents.open() == []
        world.later(minutes=10)
    ourselves.find(world.now)
    [incident] = incidents.open()
    assert incident.cause == "fake"


def test_check_of_each_minute_that_fails_is_told_until_it_runs_again(world: World) -> None:
    check = FakeCheck(every=timedelta(minutes=1), error=OSError("a fault of ours"))
    incidents = Incidents(world.engine.documents, world.engine.notify, world.clock)
    ourselves = Ourselves(world.engine, incidents, texts_of(world.shop), [check], None, "")

    def pass_by(minutes: int) -> None:
        for _ in range(minutes):
            world.later(minutes=1)
            run_due(world, check)
            ourselves.find(world.now)
            world.work()

    pass_by(14)
    assert incidents.open() == []
    pass_by(1)
    assert [incident.cause for incident in incidents.open()] == ["fake"]
    check.error = None
    pass_by(2)
    assert incidents.open() == []
    version = world.engine.documents.get("check:fake").version
    pass_by(60)
    assert incidents.open() == []
    assert world.engine.documents.get("check:fake").version <= version + 4, "no write a minute"


def test_a_disk_that_is_nearly_full_is_told_while_there_is_still_room(world: World) -> None:
    free = [LEAST_FREE]
    incidents = Incidents(world.engine.documents, world.engine.notify, world.clock)
    engine = replace(world.engine, free_bytes=lambda: free[0])
    ourselves = Ourselves(engine, incidents, texts_of(world.shop), [], None, "")
    ourselves.find(world.now)
    assert incidents.open() == []
    free[0] = 300 * 1024**2
    ourselves.find(world.now)
    world.work()
    [told] = world.alerts
    assert told.startswith("Сбой: на диске мало места\nСвободно 300 МБ.")
    free[0] = LEAST_FREE
    ourselves.find(world.now)
    assert incidents.open() == []


def test_heartbeat_is_sent_while_nothing_is_stuck(world: World, caplog: pytest.LogCaptureFixture) -> None:
    beats: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        beats.append(str(request.url))
        return httpx.Response(200 if len(beats) < 2 else 500)

    client = httpx.Client(transport=httpx.MockTransport(answer))
    incidents = Incidents(world.engine.documents, world.engine.notify, world.clock)
    ourselves = Ourselves(world.engine, incidents, texts_of(world.shop), [], client, SWITCH)
    ourselves.find(world.now)
    ourselves.find(world.now)
    assert beats == [SWITCH] * 2
    assert "dead man's switch" in caplog.text
    assert "a-secret" not in caplog.text
    world.fault(target="retailcrm", kind="refuse")
    world.call("79161234567", "a")
    world.work_for(minutes=11)
    ourselves.find(world.now)
    assert len(beats) == 2
