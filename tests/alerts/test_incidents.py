"""An incident from its beginning to its end, on a fake clock."""

import json
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from chalicelib.alerts.incidents import Incidents, Observation, begun
from chalicelib.alerts.past_incidents import PastIncident, PastIncidents
from chalicelib.alerts.raising import AlertRaiser
from chalicelib.bootstrap import wire
from chalicelib.engine.port import Document, Documents
from chalicelib.entry import Status
from chalicelib.errors import ConfigurationError
from chalicelib.events import Severity
from tests.alerts.memory import MemoryDocuments
from tests.crashes import Crash, Steps, Watched
from tests.held import MostHeld
from tests.world import World, example_shop

BAD = Observation("endpoint:Landing", is_bad=True, subject="Landing module", cause="HTTP 502")
GOOD = Observation("endpoint:Landing", is_bad=False, subject="Landing module")


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with closing(World(tmp_path)) as world:
        yield world


def incidents(world: World) -> Incidents:
    """A new object each time, as after a restart."""
    return Incidents(world.engine.documents, world.engine.notify, world.clock)


def observe(world: World, seen: Observation) -> None:
    incidents(world).observe(seen)
    world.work()


def wait(world: World, **span: float) -> None:
    """Let time pass, looking after the incidents each minute."""
    until = world.now + timedelta(**span)
    while world.now < until:
        world.later(minutes=1)
        incidents(world).look_after()
    world.work()


def titles(world: World) -> list[str]:
    return [alert.splitlines()[0] for alert in world.alerts]


def test_it_is_told_when_it_begins_and_when_it_ends(world: World) -> None:
    for _ in range(3):
        observe(world, BAD)
    world.later(minutes=12)
    for _ in range(3):
        observe(world, GOOD)
    assert titles(world) == ["Сбой: Landing module", "Снова в порядке: Landing module"]
    assert "HTTP 502" in world.alerts[0]
    assert "Причина: HTTP 502\nДлилось: 12 мин" in world.alerts[1]
    assert incidents(world).open() == []


def test_what_is_well_is_no_incident(world: World) -> None:
    observe(world, GOOD)
    assert world.alerts == []
    assert incidents(world).get(GOOD.key) is None


def test_it_is_escalated_when_nobody_takes_care_and_reminded_of_every_four_hours(world: World) -> None:
    observe(world, BAD)
    wait(world, hours=13)
    assert titles(world) == [
        "Сбой: Landing module",
        "Сбой, и никто не отозвался: Landing module",
        *["Всё ещё сбой: Landing module"] * 3,
    ]
    assert "Длится: 30 мин" in world.alerts[1]
    assert "Длится: 4 ч 30 мин" in world.alerts[2]


def moments(world: World, severity: Severity, **span: float) -> list[str]:
    """After how many hours people hear of an incident by the application's own settings, and what."""
    about = world.application.incidents
    about.observe(Observation("a:1", is_bad=True, subject="x", severity=severity))
    began_at, told = world.now, list[str]()
    until = world.now + timedelta(**span)
    while world.now <= until:
        about.look_after()
        world.work()
        new = titles(world)[len(told) :]
        told += [f"{(world.now - began_at) / timedelta(hours=1):g} {title}" for title in new]
        world.later(minutes=10)
    return told


def test_what_is_no_emergency_is_reminded_of_calmly(world: World) -> None:
    assert moments(world, "warning", days=2.5) == [
        "0 Сбой: x",
        "4 Сбой, и никто не отозвался: x",
        "28 Всё ещё сбой: x",
        "52 Всё ещё сбой: x",
    ]


def test_nobody_is_reminded_of_mere_information(world: World) -> None:
    assert moments(world, "info", days=2.5) == ["0 Сбой: x"]


def test_a_shop_sets_when_people_hear_again(tmp_path: Path) -> None:
    telegram = {"url": "http://127.0.0.1:1", "token": "telegram-sandbox"}
    reminders = {"critical": {"first": "1h", "again": "3h", "escalate": "2h"}, "warning": {"first": "30m"}}
    shop = example_shop(alerts={"telegram": telegram, "reminders": reminders})
    with closing(World(tmp_path / "critical", shop)) as world:
        assert moments(world, "critical", hours=9) == [
            "0 Сбой: x",
            "1 Всё ещё сбой: x",
            "2 Сбой, и никто не отозвался: x",
            "5 Всё ещё сбой: x",
            "8 Всё ещё сбой: x",
        ]
    with closing(World(tmp_path / "warning", shop)) as world:
        assert moments(world, "warning", hours=5)[1:] == [
            "0.5 Всё ещё сбой: x",
            "4 Сбой, и никто не отозвался: x",
        ]


def test_a_wait_of_nothing_is_a_mistake() -> None:
    with pytest.raises(ConfigurationError, match=r"alerts\.reminders\.warning\.again"):
        example_shop(alerts={"reminders": {"warning": {"again": "0m"}}})


def test_what_somebody_takes_care_of_is_silent_until_its_end(world: World) -> None:
    observe(world, BAD)
    assert incidents(world).acknowledge(BAD.key, "Иван") is not None
    wait(world, hours=13)
    observe(world, GOOD)
    assert titles(world) == [
        "Сбой: Landing module",
        "Иван занимается: Landing module",
        "Снова в порядке: Landing module",
    ]
    assert incidents(world).acknowledge(BAD.key, "Иван") is None
    assert incidents(world).acknowledge("endpoint:Another", "Иван") is None


def test_next_incident_needs_care_anew(world: World) -> None:
    observe(world, BAD)
    incidents(world).acknowledge(BAD.key, "Иван")
    observe(world, GOOD)
    wait(world, hours=7)
    observe(world, BAD)
    wait(world, hours=1)
    assert titles(world)[-1] == "Сбой, и никто не отозвался: Landing module"


@pytest.mark.parametrize("minutes", [5, 20, 55])
def test_flapping_for_a_day_is_six_messages(world: World, minutes: int) -> None:
    end = world.now + timedelta(days=1)
    while world.now < end:
        observe(world, BAD)
        wait(world, minutes=minutes / 2)
        observe(world, GOOD)
        wait(world, minutes=minutes / 2)
    wait(world, hours=3)
    assert titles(world)[4:] == ["Работает с перебоями: Landing module", "Снова в порядке: Landing module"]
    assert len(world.alerts) == 6
    observe(world, BAD)
    assert len(world.alerts) == 7


def test_flapping_so_slowly_that_nobody_took_care_is_two_messages_more(world: World) -> None:
    for _ in range(16):
        observe(world, BAD)
        wait(world, minutes=45)
        observe(world, GOOD)
        wait(world, minutes=45)
    wait(world, hours=3)
    assert len(world.alerts) == 8
    assert sum("никто не отозвался" in title for title in titles(world)) == 2


def test_what_flaps_and_then_stays_bad_is_told(world: World) -> None:
    for _ in range(5):
        observe(world, BAD)
        world.later(minutes=1)
        observe(world, GOOD)
    observe(world, BAD)
    told = len(world.alerts)
    wait(world, hours=2)
    assert titles(world)[told:] == ["Всё ещё сбой: Landing module"]
    wait(world, hours=5)
    assert len(world.alerts) > told + 1


def test_two_who_observe_at_once_tell_it_once(world: World) -> None:
    first, second = incidents(world), incidents(world)
    first.observe(BAD)
    second.observe(BAD)
    world.work()
    assert len(world.alerts) == 1
    assert [incident.key for incident in first.open()] == [BAD.key]


class ReadingIsCounted:
    """The documents, with the keys of those that were read."""

    def __init__(self, documents: Documents) -> None:
        self.read: list[str] = []
        self._documents = documents
        self.get_many = self._documents.get_many
        self.put = self._documents.put

    def get(self, key: str) -> Document:
        self.read.append(key)
        return self._documents.get(key)


def seen(key: str, *, is_bad: bool) -> Observation:
    return Observation(key, is_bad=is_bad, subject=key)


def test_what_was_well_and_still_is_costs_one_read_for_all(world: World) -> None:
    for number in range(20):
        observe(world, seen(f"endpoint:{number}", is_bad=True))
    told = len(world.alerts)
    documents = ReadingIsCounted(world.engine.documents)
    each = Incidents(documents, world.engine.notify, world.clock)
    each.observe_each(seen(f"source:{number}", is_bad=False) for number in range(20))
    assert documents.read == ["incidents"]
    world.work()
    assert len(world.alerts) == told


@pytest.mark.parametrize("name", ["self", "silent-sources", "subscriptions"])
def test_no_check_reads_the_incidents_of_others(world: World, name: str) -> None:
    for number in range(20):
        observe(world, seen(f"endpoint:{number}", is_bad=True))
    documents = ReadingIsCounted(world.engine.documents)
    engine = replace(world.engine, documents=documents)
    wire(world.shop, engine, world.clock, world.network(), world.sleep).checks.run(name)
    assert [key for key in documents.read if key.startswith("incident:")] == []


def test_each_of_several_is_told_when_it_begins_and_when_it_ends(world: World) -> None:
    for is_bad in (True, True, False, False):
        incidents(world).observe_each(seen(key, is_bad=is_bad) for key in ("a:1", "a:2"))
        world.work()
    assert sorted(titles(world)) == ["Сбой: a:1", "Сбой: a:2", "Снова в порядке: a:1", "Снова в порядке: a:2"]


def test_what_is_no_longer_watched_is_over(world: World) -> None:
    for key in ("a:1", "a:2", "b:1"):
        observe(world, seen(key, is_bad=True))
    incidents(world).observe_each([seen("a:2", is_bad=True)], families=("a:",))
    assert [incident.key for incident in incidents(world).open()] == ["a:2", "b:1"]


def life_of_an_incident(world: World, key: str, steps: Steps) -> None:
    """It begins, ends and begins again. Who sees it remembers nothing, and looks again after a crash."""
    documents: Any = Watched("documents", world.engine.documents, steps)
    notify: Any = Watched("notify", world.engine.notify, steps)
    for is_bad in (True, False, True):
        try:
            Incidents(documents, notify, world.clock).observe_each([seen(key, is_bad=is_bad)])
        except Crash:
            incidents(world).observe_each([seen(key, is_bad=is_bad)])


def test_a_crash_at_any_step_repeats_nothing_and_forgets_nothing(world: World) -> None:
    counted = Steps()
    life_of_an_incident(world, "whole", counted)
    for number in range(len(counted.names)):
        life_of_an_incident(world, f"{number}.", Steps(number))
    world.later(minutes=30)
    incidents(world).look_after()
    world.work()
    for number, name in enumerate(counted.names):
        assert [title for title in titles(world) if title.endswith(f" {number}.")] == [
            f"Сбой: {number}.",
            f"Снова в порядке: {number}.",
            f"Сбой: {number}.",
            f"Сбой, и никто не отозвался: {number}.",
        ], f"after a crash {name}"


def test_whoever_heard_of_a_beginning_hears_of_its_end_though_a_crash_hid_it_from_its_watcher(
    world: World,
) -> None:
    """The watcher dies while it tells, and when somebody looks again all is well."""
    documents, notify, clock = world.engine.documents, world.engine.notify, world.clock
    number, did_crash = 0, True
    while did_crash:
        steps, key = Steps(number), f"{number}."
        each: tuple[Any, Any] = (Watched("documents", documents, steps), Watched("notify", notify, steps))
        did_crash = False
        try:
            Incidents(*each, clock).observe(seen(key, is_bad=True))
        except Crash:
            did_crash = True
        incidents(world).observe_each([seen(key, is_bad=False)])
        number += 1
    world.work()
    assert number > 10
    for crashed_at in range(number):
        told = [title for title in titles(world) if title.endswith(f" {crashed_at}.")]
        assert told in ([], [f"Сбой: {crashed_at}.", f"Снова в порядке: {crashed_at}."])


def test_a_crash_while_an_end_is_told_is_made_good_by_whoever_looks_after_incidents(world: World) -> None:
    incidents(world).observe(seen("a:1", is_bad=True))
    notify: Any = Watched("notify", world.engine.notify, Steps("before notify.put"))
    with pytest.raises(Crash):
        Incidents(world.engine.documents, notify, world.clock).observe(seen("a:1", is_bad=False))
    world.work()
    assert titles(world) == ["Сбой: a:1"]
    incidents(world).look_after()
    world.work()
    assert titles(world) == ["Сбой: a:1", "Снова в порядке: a:1"]
    assert incidents(world).open_keys() == []


class Interruption(Steps):
    """Lets somebody else do something at one step."""

    def __init__(self, at: int, work: Callable[[], object]) -> None:
        super().__init__()
        self._at = at
        self._work = work

    def take(self, name: str) -> None:
        super().take(name)
        if len(self.names) - 1 == self._at:
            self._work()


@pytest.mark.parametrize("was_bad", [True, False])
def test_what_lasts_is_looked_after_whoever_changes_it_at_the_same_time(world: World, was_bad: bool) -> None:
    """The others see it as it was and change their minds, while we see that it has changed."""
    at, was_interrupted = 0, True
    while was_interrupted:
        key = f"a:{at}"
        incidents(world).observe(seen(key, is_bad=was_bad))

        def others(key: str = key) -> None:
            for is_bad in (not was_bad, was_bad):
                incidents(world).observe(seen(key, is_bad=is_bad))

        steps = Interruption(at, others)
        documents: Any = Watched("documents", world.engine.documents, steps)
        Incidents(documents, world.engine.notify, world.clock).observe(seen(key, is_bad=not was_bad))
        incident = incidents(world).get(key)
        assert incident is not None
        assert (key in incidents(world).open_keys()) == incident.needs_care, f"{steps.names[at]} ({at})"
        at += 1
        was_interrupted = at < len(steps.names)
    assert at > 10


@pytest.mark.parametrize("reminds_first", [True, False])
def test_an_end_is_told_although_somebody_reminds_of_it_at_the_same_time(
    world: World, reminds_first: bool
) -> None:
    at, was_interrupted = 0, True
    while was_interrupted:
        key = f"{at}."
        incidents(world).observe(seen(key, is_bad=True))
        world.later(minutes=31)

        def remind(who: Incidents) -> None:
            who.look_after()

        def end(who: Incidents, key: str = key) -> None:
            who.observe(seen(key, is_bad=False))

        first, second = (remind, end) if reminds_first else (end, remind)
        steps = Interruption(at, partial(second, incidents(world)))
        documents: Any = Watched("documents", world.engine.documents, steps)
        notify: Any = Watched("notify", world.engine.notify, steps)
        first(Incidents(documents, notify, world.clock))
        world.work()
        told = [title for title in titles(world) if title.endswith(f" {key}")]
        assert told.count(f"Снова в порядке: {key}") == 1, f"{steps.names[at]} ({at})"
        assert told[-1] == f"Снова в порядке: {key}"
        assert incidents(world).open_keys() == []
        at += 1
        was_interrupted = at < len(steps.names)
    assert at > 10


def test_who_is_responsible_is_told_and_at_escalation_the_leads_too(world: World) -> None:
    manager = next(person for person in world.shop.people if "lead" not in person.roles)
    people = [
        person.model_copy(update={"telegram": str(number)})
        for number, person in enumerate(world.shop.people, 1)
    ]
    world.shop = world.shop.model_copy(update={"people": tuple(people)})
    world.restart()
    bad = Observation("endpoint:Landing", is_bad=True, subject="Landing", responsible=manager.name)
    observe(world, bad)
    mine = str(1 + [person.name for person in people].index(manager.name))
    assert [message["chat_id"] for message in world.state["telegram"]] == [mine]
    wait(world, minutes=30)
    assert {message["chat_id"] for message in world.state["telegram"][1:]} > {mine}


def past(world: World, days: int = 30) -> list[tuple[str, timedelta, str]]:
    found = incidents(world).past.page(world.now, days, 0, 100)
    assert found.count == len(found.incidents)
    assert found.left_out == 0
    return [(one.subject, one.lasted, one.acknowledged_by) for one in found.incidents]


def test_what_is_over_is_listed_with_who_took_care(world: World) -> None:
    observe(world, BAD)
    world.later(minutes=5)
    incidents(world).acknowledge(BAD.key, "Иван")
    assert past(world) == []
    world.later(minutes=7)
    observe(world, GOOD)
    world.later(days=1)
    observe(world, replace(BAD, key="endpoint:Other", subject="Other"))
    world.later(hours=2)
    observe(world, replace(GOOD, key="endpoint:Other"))
    assert past(world) == [
        ("Other", timedelta(hours=2), ""),
        ("Landing module", timedelta(minutes=12), "Иван"),
    ]
    assert past(world, days=1) == [("Other", timedelta(hours=2), "")]


def test_each_outage_of_what_comes_and_goes_is_listed(world: World) -> None:
    for _ in range(5):
        observe(world, BAD)
        world.later(minutes=1)
        observe(world, GOOD)
        world.later(minutes=1)
    assert past(world) == [("Landing module", timedelta(minutes=1), "")] * 5


def end_watched(folder: Path, steps: Steps) -> list[tuple[str, timedelta, str]]:
    """An incident whose end may be killed, told again a minute later, and what is listed then."""
    with closing(World(folder)) as world:
        observe(world, BAD)
        world.later(minutes=12)
        documents: Any = Watched("documents", world.engine.documents, steps)
        notify: Any = Watched("notify", world.engine.notify, steps)
        with suppress(Crash):
            Incidents(documents, notify, world.clock).observe(GOOD)
        world.later(minutes=1)
        observe(world, GOOD)
        return past(world)


def test_an_end_that_is_killed_at_any_step_is_listed_once(tmp_path: Path) -> None:
    counted = Steps()
    ended = end_watched(tmp_path / "whole", counted)
    assert ended == [("Landing module", timedelta(minutes=12), "")]
    for number in range(len(counted.names)):
        (listed,) = end_watched(tmp_path / str(number), Steps(number))
        assert listed[1] in (timedelta(minutes=12), timedelta(minutes=13))


def test_a_day_with_far_too_many_fits_into_a_table(world: World) -> None:
    documents, words = world.engine.documents, "😀" * 5000
    for number in range(100):
        seen = replace(BAD, key=f"endpoint:{number}", subject=words, cause=words)
        incident, _ = begun(None, seen, world.now, None)
        PastIncidents(documents).add(incident.model_copy(update={"note": words}), world.now)
    found = PastIncidents(documents).page(world.now, 1, 0, 100)
    assert found.count + found.left_out == 100
    assert found.count > 50
    day = documents.get(f"past-incidents:{world.now:%Y-%m-%d}")
    assert len(json.dumps(dict(day.content), ensure_ascii=False).encode()) < 400 * 1024


def test_of_many_days_a_page_is_held(world: World) -> None:
    held, documents = MostHeld(PastIncident), MemoryDocuments()
    past, began = PastIncidents(documents), world.now
    for day in range(60):
        for number in range(10):
            seen = replace(BAD, key=f"endpoint:{number}", since=began - timedelta(days=day, minutes=number))
            incident, _ = begun(None, seen, began, None)
            past.add(incident, began)
    every = []
    for page in range(61):
        found = past.page(began, 90, page * 10, page * 10 + 10)
        every += [(one.began_at, one.key) for one in found.incidents]
        assert found.count == 600
        held.look()
    assert len(every) == 600
    assert every == sorted(every, reverse=True)
    for _ in past.days(began, 90):
        held.look()
    assert held.most <= 30


def broken_text(folder: Path, name: str) -> World:
    own = folder / "own" / "ru" / "alert"
    own.mkdir(parents=True)
    (own / name).write_text("{{ no_such_field }}", "utf-8")
    return World(folder / "data", example_shop().model_copy(update={"own_texts": folder / "own"}))


def test_an_incident_that_cannot_be_put_into_words_is_told_as_trouble(tmp_path: Path) -> None:
    with closing(broken_text(tmp_path, "incident.txt")) as world:
        for _ in range(3):
            observe(world, BAD)
        (alert,) = world.alerts
        assert "texts/ru/alert/incident.txt" in alert


def test_trouble_that_cannot_be_put_into_words_is_no_endless_trouble(tmp_path: Path) -> None:
    with closing(broken_text(tmp_path, "raised.txt")) as world:
        AlertRaiser(world.engine.notify, world.clock).channel_closed("nobody")
        world.work()
        assert len(world.entries(Status.PARKED)) == 2
