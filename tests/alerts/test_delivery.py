"""From an incident to its hearers: order of channels, fallback, closed channels, quiet hours."""

import json
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from chalicelib.alerts.incidents import Observation
from chalicelib.entry import Status
from chalicelib.events import Alert, Severity
from chalicelib.gate.provider import Source
from chalicelib.people import Person
from tests.world import World, example_shop

ALERTS = {
    "telegram": {"url": "http://sandbox", "token": "telegram-sandbox"},
    "slack": {"webhook_url": "https://hooks.example/slack"},
    "pagerduty": {"url": "https://pager.example", "routing_key": "k" * 32},
}
TROUBLE = {"refuse": httpx.ConnectError("no"), "hang": httpx.ReadTimeout("no")}
IVAN = "Иван Петров"
ACKNOWLEDGE_TOKEN = "acknowledge-demo-token"


class Services(httpx.BaseTransport):
    """Slack and PagerDuty beside the sandbox.

    Attributes:
        trouble: by host: a status, or the name of a failure of the network.
        told: the texts and actions that arrived, by host.
    """

    def __init__(self, sandbox: httpx.BaseTransport) -> None:
        self.trouble: dict[str, int | str] = {}
        self.told: dict[str, list[str]] = {"hooks.example": [], "pager.example": []}
        self._sandbox = sandbox

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        host = request.url.host
        if host not in self.told:
            return self._sandbox.handle_request(request)
        trouble = self.trouble.get(host)
        if isinstance(trouble, str):
            raise TROUBLE[trouble]
        if trouble is not None:
            return httpx.Response(trouble, text="no_service", request=request)
        content = json.loads(request.read())
        if host == "hooks.example":
            self.told[host].append(content["text"])
            return httpx.Response(200, text="ok", request=request)
        self.told[host].append(f"{content['event_action']} {content['dedup_key']}")
        return httpx.Response(202, json={"status": "success"}, request=request)


class AlertWorld(World):
    """The example shop with three channels."""

    def __init__(self, folder: Path, alerts: dict[str, Any] | None = None, *people: Person) -> None:
        shop = example_shop(alerts=ALERTS | (alerts or {}))
        if people:
            anna = shop.people[0].model_copy(update={"roles": frozenset({"manager"})})
            shop = shop.model_copy(update={"people": (anna, *people)})
        self.services: Services | None = None
        super().__init__(folder, shop)

    def network(self) -> httpx.BaseTransport:
        self.services = self.services or Services(super().network())
        return self.services

    @property
    def outside(self) -> Services:
        assert self.services is not None
        return self.services

    @property
    def slack(self) -> list[str]:
        return [text.splitlines()[0] for text in self.outside.told["hooks.example"]]

    @property
    def pager(self) -> list[str]:
        return self.outside.told["pager.example"]

    @property
    def telegram(self) -> list[tuple[str, str]]:
        return [(told["chat_id"], told["text"].splitlines()[0]) for told in self.state["telegram"]]

    def observe(self, *, is_bad: bool = True, severity: Severity = "critical", key: str = "x") -> None:
        seen = Observation(key, is_bad=is_bad, subject=key, cause="HTTP 502", severity=severity)
        self.application.incidents.observe(seen)
        self.work()


def lead(name: str, **changes: Any) -> Person:
    return Person(name=name, roles=frozenset({"lead"}), **changes)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[AlertWorld]:
    with closing(AlertWorld(tmp_path)) as world:
        yield world


def parked(world: World) -> list[str]:
    return [entry.detail for entry in world.entries(Status.PARKED)]


# Order and fallback


def test_the_first_channel_that_delivers_is_enough(world: AlertWorld) -> None:
    world.observe()
    assert world.telegram == [("1001", "Сбой: x")]
    assert world.slack == world.pager == []


@pytest.mark.parametrize("kind", ["refuse", "hang", "500", "429", "400", "403", "401"])
def test_a_channel_that_fails_falls_back_to_the_next(world: AlertWorld, kind: str) -> None:
    world.fault(target="telegram", kind=kind)
    world.observe()
    assert world.slack[0] == "Сбой: x"
    assert not parked(world)


def test_if_no_channel_answers_it_is_told_later_and_once(world: AlertWorld) -> None:
    world.fault(target="telegram", kind="refuse")
    world.outside.trouble = {"hooks.example": "refuse", "pager.example": 503}
    world.observe()
    assert not world.slack + world.pager + world.alerts
    world.clear_faults()
    world.work_for(minutes=2)
    assert world.telegram == [("1001", "Сбой: x")]
    assert world.slack == world.pager == []


def test_if_every_channel_refuses_it_waits_for_a_person_and_tells_why(world: AlertWorld) -> None:
    world.fault(target="telegram", kind="400")
    world.outside.trouble = {"hooks.example": 400, "pager.example": 400}
    world.observe()
    (detail,) = parked(world)
    assert all(f"{service} answers 400" in detail for service in ("Telegram", "Slack", "PagerDuty"))


def test_a_person_whom_no_channel_knows_is_in_the_log_only(tmp_path: Path) -> None:
    shop = example_shop().model_copy(update={"people": (example_shop().people[0],)})
    with closing(World(tmp_path, shop)) as world:
        world.application.incidents.observe(Observation("x", is_bad=True, subject="x"))
        world.work()
        (result,) = [
            result for entry in world.entries() for result in entry.results if result.state == "skipped"
        ]
        assert result.note == "no channel knows this person: it is in the log"


def test_one_person_whose_channel_is_dead_holds_up_nobody_else(tmp_path: Path) -> None:
    people = (lead("Пётр", channels=("slack",)), lead("Мария", telegram="1002", channels=("telegram",)))
    with closing(AlertWorld(tmp_path, None, *people)) as world:
        world.outside.trouble = {"hooks.example": "refuse"}
        world.observe()
        assert world.telegram == [("1002", "Сбой: x")]
        world.observe(is_bad=False)
        assert len(world.telegram) == 2
        world.outside.trouble.clear()
        world.work_for(minutes=3)
        assert world.slack == ["Сбой: x", "Снова в порядке: x"]
        assert len(world.telegram) == 2


def test_what_several_people_read_in_one_place_stands_there_once(tmp_path: Path) -> None:
    people = tuple(lead(name, channels=("slack",)) for name in ("Пётр", "Мария", "Олег"))
    with closing(AlertWorld(tmp_path, None, *people)) as world:
        world.observe()
        world.observe(is_bad=False)
        assert world.slack == ["Сбой: x", "Снова в порядке: x"]


def test_telegram_is_left_alone_for_as_long_as_it_wants(tmp_path: Path) -> None:
    with closing(AlertWorld(tmp_path, None, lead("Мария", telegram="1002", channels=("telegram",)))) as world:
        world.fault(target="telegram", kind="429", times=1)
        world.observe()
        asked = world.sandbox.requests["POST /bot{token}/sendMessage 429"]
        world.work_for(timedelta(seconds=1), seconds=2)
        assert (asked, world.telegram) == (1, [])
        world.work_for(timedelta(seconds=1), seconds=1)
        assert len(world.telegram) == 1


# Closed channels


def test_a_revoked_token_is_told_through_the_others_and_not_tried_again(world: AlertWorld) -> None:
    world.fault(target="telegram", kind="401")
    world.observe()
    assert set(world.slack) == {"Сбой: x", "Канал оповещений отключён: он отказывается доставлять"}
    assert "telegram: Telegram answers 401" in "".join(world.outside.told["hooks.example"])
    world.clear_faults()
    world.observe(key="y")
    assert len(world.slack) == 3
    assert world.telegram == []
    assert world.sandbox.requests["POST /bot{token}/sendMessage 401"] == 1


def test_a_changed_token_opens_it_again(world: AlertWorld) -> None:
    world.fault(target="telegram", kind="401")
    world.observe()
    world.clear_faults()
    telegram = world.shop.alerts.telegram
    assert telegram is not None
    moved = world.shop.alerts.model_copy(
        update={"telegram": telegram.model_copy(update={"url": "http://another"})}
    )
    world.shop = world.shop.model_copy(update={"alerts": moved})
    world.restart()
    world.observe(key="y")
    assert world.telegram == [("1001", "Сбой: y")]


def test_a_test_that_is_delivered_opens_it_again(world: AlertWorld) -> None:
    world.fault(target="telegram", kind="401")
    world.observe()
    world.clear_faults()
    ivan = next(person for person in world.shop.people if person.name == IVAN)
    assert world.application.delivery.try_out("telegram", ivan, a_test(world))
    world.observe(key="y")
    assert world.telegram[1:] == [("1001", "Сбой: y")]


def test_who_blocks_the_bot_closes_it_for_themselves_only(tmp_path: Path) -> None:
    people = (lead("Пётр", telegram="1"), lead("Мария", telegram="2"))
    with closing(AlertWorld(tmp_path, None, *people)) as world:
        world.fault(target="telegram", kind="403", times=1)
        world.observe()
        world.observe(key="y")
        assert {chat for chat, _ in world.telegram} == {"2"}
        assert world.slack[0] == "Сбой: x"
        assert "Сбой: y" in world.slack


# Routes and quiet hours


def test_a_severity_has_a_route_of_its_own(tmp_path: Path) -> None:
    routes = {"critical": {"channels": ["pagerduty", "telegram"]}, "warning": {"people": ["Анна Смирнова"]}}
    with closing(AlertWorld(tmp_path, {"routes": routes})) as world:
        world.observe()
        world.observe(is_bad=False)
        assert world.pager == ["trigger x", "resolve x"]
        world.observe(severity="warning", key="y")
        assert world.telegram == []
        assert world.slack == ["Сбой: y"]


def test_what_is_not_critical_waits_for_the_end_of_quiet_hours(tmp_path: Path) -> None:
    people = (
        lead("Пётр", telegram="1", quiet="Mon-Sun 22:00-24:00, Mon-Sun 00:00-11:30"),
        lead("Мария", telegram="2"),
    )
    with closing(AlertWorld(tmp_path, None, *people)) as world:
        world.observe(severity="warning", key="y")
        assert world.telegram == [("2", "Сбой: y")]
        world.observe()
        assert world.telegram[1:] == [("1", "Сбой: x"), ("2", "Сбой: x")]
        world.later(minutes=29)
        world.work()
        assert len(world.telegram) == 3
        world.later(minutes=1)
        world.work()
        assert world.telegram[3:] == [("1", "Сбой: y")]


def test_who_was_woken_by_an_outage_hears_its_end_at_once(tmp_path: Path) -> None:
    with closing(
        AlertWorld(tmp_path, None, lead("Пётр", telegram="1", quiet="Mon-Sun 00:00-12:00"))
    ) as world:
        world.fault(target="retailcrm", kind="503")
        world.call("79161234567", "a")
        world.work_for(minutes=5)
        world.clear_faults()
        world.work_for(minutes=20)
        assert [text for _, text in world.telegram] == ["Сбой: CRM", "Снова в порядке: CRM"]


def a_test(world: World) -> Alert:
    return Alert(subject_id="test", text="test", at=world.now)


# Acknowledging


@pytest.fixture
def linked(tmp_path: Path) -> Iterator[AlertWorld]:
    """A shop whose alerts have a link."""
    source = {"provider": "acknowledge", "token": ACKNOWLEDGE_TOKEN, "url": "https://shop.example"}
    shop = example_shop(sources={"acknowledge": source}, alerts=ALERTS)
    with closing(AlertWorld(tmp_path)) as world:
        world.shop = shop
        world.restart()
        world.gate.sources = {
            **world.gate.sources,
            "acknowledge": Source("acknowledge", "acknowledge", source),
        }
        yield world


def click(world: AlertWorld, url: str) -> int:
    path = url.removeprefix("https://shop.example/hooks/acknowledge/")
    return world.post("acknowledge", path, b"acknowledge=yes").status


def button(world: AlertWorld) -> str:
    """The newest alert's link."""
    url: str = world.state["telegram"][-1]["reply_markup"]["inline_keyboard"][0][0]["url"]
    return url


def wait(world: AlertWorld, **span: float) -> None:
    until = world.now + timedelta(**span)
    while world.now < until:
        world.later(minutes=10)
        world.application.incidents.look_after()
    world.work()


def test_a_click_ends_the_reminders_and_the_others_hear_who_takes_care(linked: AlertWorld) -> None:
    linked.observe()
    assert click(linked, button(linked)) == 200
    linked.work()
    wait(linked, hours=12)
    assert [text for _, text in linked.telegram] == ["Сбой: x", f"{IVAN} занимается: x"]
    (incident,) = linked.application.incidents.open()
    assert incident.acknowledged_by == IVAN
    assert "reply_markup" not in linked.state["telegram"][-1]


def test_the_link_of_an_earlier_incident_does_not_silence_a_later_one(linked: AlertWorld) -> None:
    linked.observe()
    old = button(linked)
    linked.later(hours=1)
    linked.observe(is_bad=False)
    linked.later(hours=1)
    linked.observe()
    assert click(linked, old) == 200
    linked.work()
    (incident,) = linked.application.incidents.open()
    assert incident.acknowledged_by == ""


def test_the_link_works_while_an_incident_flaps(linked: AlertWorld) -> None:
    for is_bad in (True, False, True, False, True):
        linked.observe(is_bad=is_bad)
        linked.later(minutes=5)
    url = button(linked)
    for is_bad in (False, True):
        linked.observe(is_bad=is_bad)
        linked.later(minutes=5)
    click(linked, url)
    linked.work()
    (incident,) = linked.application.incidents.open()
    assert incident.acknowledged_by == IVAN


def test_it_works_in_observe_mode_and_while_the_crm_is_away(linked: AlertWorld) -> None:
    shop = linked.shop.shop.model_copy(update={"mode": "observe"})
    linked.shop = linked.shop.model_copy(update={"shop": shop})
    sources = linked.gate.sources
    linked.restart()
    linked.gate.sources = sources
    linked.fault(target="retailcrm", kind="503")
    linked.observe()
    click(linked, button(linked))
    linked.work()
    assert linked.application.incidents.open()[0].acknowledged_by == IVAN


def test_in_a_shared_place_nobody_is_named_who_did_not_click(linked: AlertWorld) -> None:
    linked.fault(target="telegram", kind="refuse")
    linked.observe()
    url = linked.outside.told["hooks.example"][0].rpartition("<")[2].partition("|")[0]
    click(linked, url)
    linked.work()
    assert linked.application.incidents.open()[0].acknowledged_by == "slack"


def test_neither_journal_nor_log_has_the_link(linked: AlertWorld, caplog: pytest.LogCaptureFixture) -> None:
    linked.observe()
    signature = button(linked).rpartition(".")[2]
    click(linked, button(linked))
    linked.work()
    kept = "".join(entry.model_dump_json() for entry in linked.entries())
    kept += "".join(str(linked.engine.journal.envelope(entry.id)) for entry in linked.entries())
    assert signature not in kept + caplog.text
    assert ACKNOWLEDGE_TOKEN not in kept + caplog.text
