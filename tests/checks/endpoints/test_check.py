"""Outages from their beginning to their end, on a fake clock."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from chalicelib.alerts.incidents import Incidents, Observation
from chalicelib.checks.endpoints.answers import Answer, Problem
from chalicelib.checks.endpoints.check import DOCUMENT
from chalicelib.checks.endpoints.settings import LONGEST_NAME, MOST_WATCHED
from chalicelib.engine.port import Document
from tests.world import MORNING, World

from .shop import BAD, CONTROL, HANGS, WELL, Watching, endpoint

TROUBLE, OVER = "Сбой: Site", "Снова в порядке: Site"


def test_an_outage_is_told_within_three_intervals_and_its_end_once(world: World) -> None:
    watching = Watching(world, endpoint())
    watching.rounds(5)
    began_at = world.now
    watching.outside.replies["site"] = BAD
    watching.rounds(2)
    assert watching.titles == []
    watching.round()
    assert watching.titles == [TROUBLE]
    assert "HTTP 502, ожидается 200-299" in world.alerts[0]
    assert world.now - began_at <= 3 * timedelta(minutes=1)
    watching.rounds(5)
    watching.outside.replies["site"] = WELL
    watching.round()
    assert watching.titles == [TROUBLE]
    watching.rounds(5)
    assert watching.titles == [TROUBLE, OVER]


def test_a_longer_interval_is_kept_and_an_outage_told_within_three_of_them(world: World) -> None:
    watching = Watching(world, endpoint(every="5m"))
    watching.rounds(60)
    assert watching.outside.asked == ["site"] * 12
    watching.outside.replies["site"] = HANGS
    watching.rounds(15)
    assert watching.titles == [TROUBLE]


def test_those_with_the_same_interval_are_spread_over_it(world: World) -> None:
    watching = Watching(world, *(endpoint(f"e{number}", every="10m") for number in range(100)))
    watching.round()
    watching.outside.asked.clear()
    watching.rounds(10)
    assert sorted(watching.outside.asked) == sorted(f"e{number}" for number in range(100))
    watching.outside.asked.clear()
    watching.round()
    assert len(watching.outside.asked) < 30


def test_lost_probes_are_no_message(world: World) -> None:
    watching = Watching(world, endpoint())
    for _ in range(50):
        watching.outside.replies["site"] = HANGS
        watching.rounds(2)
        watching.outside.replies["site"] = WELL
        watching.round()
    assert watching.titles == []


def test_while_all_is_well_nothing_is_written(world: World) -> None:
    watching = Watching(world, *(endpoint(f"e{number}") for number in range(50)))
    watching.rounds(10)
    assert world.engine.documents.get(DOCUMENT).version == 0


def test_an_outage_that_lasts_costs_no_writes(world: World) -> None:
    watching = Watching(world, endpoint())
    watching.outside.replies["site"] = BAD
    watching.rounds(10)
    version = world.engine.documents.get(DOCUMENT).version
    watching.rounds(10)
    assert world.engine.documents.get(DOCUMENT).version == version


@pytest.mark.parametrize(("bad", "good"), [(3, 2), (5, 5), (20, 40)])
def test_a_day_of_flapping_is_at_most_six_messages(world: World, bad: int, good: int) -> None:
    watching = Watching(world, endpoint())
    while world.now < MORNING + timedelta(days=1):
        watching.outside.replies["site"] = BAD
        watching.rounds(bad)
        watching.outside.replies["site"] = WELL
        watching.rounds(good)
    assert watching.titles[-1] == "Работает с перебоями: Site"
    assert len(watching.titles) <= 6


def test_a_restart_in_each_minute_of_an_outage_repeats_nothing_and_forgets_nothing(world: World) -> None:
    watching = Watching(world, endpoint())
    watching.outside.replies["site"] = BAD
    for minute in range(29):
        watching.round()
        watching.restart()
        assert watching.titles == ([] if minute < 2 else [TROUBLE])
    watching.outside.replies["site"] = WELL
    for _ in range(4):
        watching.round()
        watching.restart()
    assert watching.titles == [TROUBLE, OVER]


class CrashingIncidents(Incidents):
    """The process is killed before, or after, an incident hears something for the first time."""

    is_before = True
    crashes = 0

    def observe(self, seen: Observation) -> None:
        if not self.is_before:
            super().observe(seen)
        self.crashes += 1
        raise SystemExit


@pytest.mark.parametrize("is_before", [True, False])
@pytest.mark.parametrize("change", [BAD, WELL])
@pytest.mark.parametrize("afterwards", [BAD, WELL])
def test_a_crash_while_telling_repeats_nothing_and_forgets_nothing(
    world: World, change: Answer, afterwards: Answer, *, is_before: bool
) -> None:
    watching = Watching(world, endpoint())
    if change is WELL:
        watching.outside.replies["site"] = BAD
        watching.rounds(3)
    watching.outside.replies["site"] = change
    crashing = CrashingIncidents(world.used.documents, world.used.notify, world.clock)
    crashing.is_before = is_before
    watching.check._incidents = crashing  # noqa: SLF001 -- killed in the midst of it
    with pytest.raises(SystemExit):
        watching.rounds(3)
    watching.restart()
    watching.outside.replies["site"] = afterwards
    watching.rounds(6)
    told = {
        (BAD, BAD): [TROUBLE],
        (BAD, WELL): [TROUBLE, OVER] if not is_before else [],
        (WELL, BAD): [TROUBLE, OVER, TROUBLE],
        (WELL, WELL): [TROUBLE, OVER],
    }
    assert watching.titles == told[change, afterwards]


def test_children_are_silent_while_their_parent_fails_and_told_if_they_are_down_after_it(
    world: World,
) -> None:
    names = ("Shop", "Cart", "Blog")
    children = [endpoint(name, parent="Router") for name in names]
    watching = Watching(world, endpoint("Router"), *children)
    watching.outside.replies.update(dict.fromkeys(("router", "shop", "cart", "blog"), HANGS))
    watching.rounds(20)
    assert watching.titles == ["Сбой: Router"]
    watching.outside.replies.update({"router": WELL, "shop": WELL, "cart": WELL})
    watching.rounds(4)
    assert watching.titles == ["Сбой: Router", "Снова в порядке: Router", "Сбой: Blog"]


def test_a_child_that_fails_first_waits_until_its_parent_is_judged(world: World) -> None:
    watching = Watching(
        world, endpoint("Router", every="30m"), endpoint("Site", parent="Router", fail_after=2)
    )
    watching.outside.replies.update({"router": HANGS, "site": HANGS})
    watching.rounds(10)
    assert watching.titles == ["Сбой: Router"]
    watching.outside.replies.update({"router": WELL, "site": WELL})
    watching.rounds(60)
    assert watching.titles == ["Сбой: Router", "Снова в порядке: Router"]


def test_maintenance_is_silent_and_what_is_down_after_it_is_told(world: World) -> None:
    window = "2026-11-20 11:00 - 2026-11-20 11:30"  # in Tomsk, as MORNING is
    watching = Watching(world, endpoint(maintenance=["Sun 02:00-04:00", window]))
    watching.outside.replies["site"] = BAD
    watching.rounds(29)
    assert watching.titles == []
    watching.round()
    assert (watching.titles, world.now) == ([TROUBLE], MORNING + timedelta(minutes=30))


def test_no_alarm_while_our_own_network_is_down(world: World) -> None:
    watching = Watching(world, endpoint("A"), endpoint("B"), control_probe={"urls": [CONTROL]})
    watching.rounds(2)
    assert "control" not in watching.outside.asked
    watching.outside.replies.update(dict.fromkeys(("a", "b", "control"), HANGS))
    watching.rounds(4)
    assert watching.titles == []
    watching.outside.replies.clear()
    watching.rounds(4)
    assert watching.titles == []


def test_a_network_that_stays_down_is_told_as_such(world: World) -> None:
    watching = Watching(world, endpoint("A"), endpoint("B"), control_probe={"urls": [CONTROL]})
    watching.outside.replies.update(dict.fromkeys(("a", "b", "control"), HANGS))
    watching.rounds(10)
    watching.outside.replies.clear()
    watching.rounds(4)
    assert watching.titles == ["Сбой: Наша собственная сеть", "Снова в порядке: Наша собственная сеть"]


def test_an_outage_is_told_when_an_outside_address_answers(world: World) -> None:
    watching = Watching(
        world, endpoint(), control_probe={"urls": ["https://silent.example/", "https://other.example/"]}
    )
    watching.outside.replies.update({"site": BAD, "silent": HANGS, "other": Answer(404)})
    watching.rounds(3)
    assert watching.titles == [TROUBLE]


def test_a_certificate_that_ends_soon_is_an_incident_of_its_own(world: World) -> None:
    watching = Watching(world, endpoint(certificate_days=7))
    ends_at = MORNING + timedelta(days=6, hours=1)
    watching.outside.replies["site"] = Answer(200, certificate_ends_at=ends_at)
    watching.round()
    assert watching.titles == ["Сбой: Сертификат: Site"]
    assert "Сертификат истекает, осталось дней: 6" in world.alerts[0]
    watching.outside.replies["site"] = BAD
    watching.rounds(3)
    assert watching.titles[1:] == [TROUBLE]
    watching.outside.replies["site"] = Answer(200, certificate_ends_at=MORNING + timedelta(days=90))
    watching.rounds(2)
    assert sorted(watching.titles[2:]) == sorted(["Снова в порядке: Сертификат: Site", OVER])


def test_what_is_no_longer_watched_is_over(world: World) -> None:
    watching = Watching(world, endpoint(), endpoint("Other", fail_after=9))
    watching.outside.replies.update({"site": BAD, "other": BAD})
    watching.rounds(3)
    watching.configure()
    watching.round()
    assert watching.titles == [TROUBLE, OVER]
    assert world.application.incidents.open() == []
    assert world.engine.documents.get(DOCUMENT).content == {}


def test_who_was_not_asked_is_not_judged(world: World) -> None:
    watching = Watching(world, endpoint())
    watching.outside.replies["site"] = BAD
    watching.rounds(2)
    watching.outside.replies["site"] = None
    watching.rounds(10)
    assert watching.titles == []
    watching.outside.replies["site"] = BAD
    watching.round()
    assert watching.titles == [TROUBLE]


def test_who_is_responsible_is_told(world: World) -> None:
    watching = Watching(world, endpoint(responsible="Анна Смирнова", severity="warning"))
    watching.outside.replies["site"] = BAD
    watching.world.later(minutes=1)
    for _ in range(3):
        list(watching.check.find(world.now))
    [incident] = world.application.incidents.open()
    assert (incident.responsible, incident.severity) == ("Анна Смирнова", "warning")


def test_two_rounds_at_once_tell_it_once(world: World) -> None:
    watching = Watching(world, endpoint())
    watching.outside.replies["site"] = BAD
    watching.rounds(2)

    def other_round(_request: Any) -> Answer:
        document = world.engine.documents.get(DOCUMENT)
        world.engine.documents.put(Document(DOCUMENT, document.content, document.version))
        return BAD

    del watching.outside.replies["site"]
    watching.outside.answer = other_round
    watching.round()
    assert watching.titles == []
    watching.outside.answer = None
    watching.outside.replies["site"] = BAD
    watching.round()
    assert watching.titles == [TROUBLE]


def test_a_thousand_that_are_all_down_fit_into_one_document(world: World) -> None:
    names = [f"{number:04} {'ж' * (LONGEST_NAME - 5)}" for number in range(MOST_WATCHED)]
    endpoints = [{"name": name, "url": "https://site.example", "certificate_days": 7} for name in names]
    watching = Watching(world, *endpoints, control_probe={"urls": [CONTROL]})
    watching.outside.replies["site"] = Answer(500, certificate_ends_at=datetime(2026, 11, 20, tzinfo=UTC))
    world.later(minutes=1)
    for _ in range(3):
        list(watching.check.find(world.now))
    stored = str(world.engine.documents.get(DOCUMENT).content)
    assert len(world.engine.documents.get(DOCUMENT).content["states"]) == 2 * MOST_WATCHED
    assert len(stored.encode()) < 400 * 1000


def test_a_dry_run_says_what_each_answers_and_changes_nothing(world: World) -> None:
    watching = Watching(
        world,
        endpoint("A"),
        endpoint("B", maintenance=["always"]),
        endpoint("C", certificate_days=3),
        endpoint("D"),
        control_probe={"urls": [CONTROL]},
    )
    watching.outside.replies.update(
        {
            "a": Answer(200, took=timedelta(seconds=0.12)),
            "b": Answer(503),
            "c": Answer(200, certificate_ends_at=MORNING + timedelta(days=2)),
            "d": Problem("unreachable", "Connection refused"),
        }
    )
    for _ in range(4):
        lines = watching.check.look(world.now)
    assert lines == [
        "A: well, HTTP 200, 120 ms",
        "B: HTTP 503, ожидается 200-299, HTTP 503, 0 ms, in maintenance, nobody is told",
        "C: Сертификат истекает, осталось дней: 2, HTTP 200, 0 ms, certificate for 2 days",
        "D: Нет связи: Connection refused",
        "control probe: answers",
    ]
    assert world.engine.documents.get(DOCUMENT).version == 0
    assert world.alerts == []
