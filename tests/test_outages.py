"""A service is away for seconds, minutes or days: nothing is lost, nothing doubled, nobody is flooded."""

from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from chalicelib.alerts.incidents import Incidents
from chalicelib.bootstrap import texts_of
from chalicelib.engine.port import Message, Queue
from chalicelib.entry import Status
from chalicelib.errors import Away, Unreachable
from chalicelib.gate.envelope import Envelope
from chalicelib.gate.gate import Gate
from chalicelib.gate.tickets import fingerprint
from chalicelib.interventions import replay
from chalicelib.outages import AWAY_AFTER, LONGEST_PROBE_INTERVAL, WELL, Health, Outages
from chalicelib.pauses import back_off
from tests.world import MORNING, World

CALLER = "79161234567"
PHONE = "+7 916 123-45-67"
KINDS = ["503", "429", "500", "401", "garbage", "refuse", "reset", "hang"]
RETRIES_OF_THE_CLIENT = 5
"""Requests of one attempt, where the CRM says 503 or 429."""


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with closing(World(tmp_path)) as world:
        yield world


def requests_to(world: World, service: str) -> int:
    """How many requests the service got so far."""
    return sum(count for request, count in world.sandbox.requests.items() if service in request)


class TestHealth:
    def test_one_or_two_failures_are_no_outage(self) -> None:
        assert (
            WELL.failed("crm-unreachable", "", MORNING).failed("crm-unreachable", "", MORNING).probe_at
            is None
        )

    def test_probes_are_ever_further_apart_up_to_a_minute(self) -> None:
        health, delays = WELL, []
        for _ in range(8):
            health = health.failed("crm-unreachable", "", MORNING)
            delays.append(None if health.probe_at is None else (health.probe_at - MORNING).total_seconds())
        assert delays == [None, None, 5, 10, 20, 40, 60, 60]

    def test_it_is_told_when_it_lasts_and_stays_told(self) -> None:
        health = WELL
        for _ in range(AWAY_AFTER + 3):
            health = health.failed("crm-unreachable", "", MORNING)
        assert not health.told
        health = health.failed("crm-no-access", "wrong key", MORNING + timedelta(seconds=30))
        assert health.told
        assert health.reason == "crm-no-access"
        assert health.failing_since == MORNING
        assert health.failed("crm-no-access", "", MORNING + timedelta(seconds=31)).told

    def test_it_survives_being_stored(self) -> None:
        health = WELL.failed("crm-unreachable", "503", MORNING)
        assert Health.model_validate(health.content()) == health
        assert WELL.content() == {}


@pytest.mark.parametrize("kind", KINDS)
def test_three_minutes_of_a_dead_crm(world: World, kind: str) -> None:
    world.make_order({"phone": "+7 916 000-00-02", "status": "new"})
    world.later(minutes=1)
    before = requests_to(world, "/api/v5")
    world.fault(target="retailcrm", kind=kind)
    for number in range(30):
        world.call(f"791600001{number:02}", f"call-{number}")
    world.call("79160000002", "known")
    world.lead("1:1", Phone="+7 916 000-00-03")
    world.parcel("ACCEPTED_AT_PICK_UP_POINT", world.now)
    world.work()
    world.work_for(minutes=3)
    # Three attempts until it is away, then one after 5, 15, 35, 75, 135 s. A burst of workers adds its own.
    assert requests_to(world, "/api/v5") - before <= (AWAY_AFTER + 5) * RETRIES_OF_THE_CLIENT
    world.clear_faults()
    world.work_for(minutes=20, step=timedelta(seconds=10))

    assert len(world.orders) == 1 + 30 + 1
    assert len({order["externalId"] for order in world.orders[1:]}) == 31
    assert len(world.tasks) == 1
    assert len(world.messages) == 1
    assert world.order("1001A")["status"] == "arrived-in-pickup-point"
    assert world.entries(Status.OPEN, Status.PARKED) == []
    began, ended = world.alerts
    assert "CRM не " in began
    assert ended.startswith("Снова в порядке: CRM")


@pytest.mark.parametrize("kind", KINDS)
def test_three_days_of_a_dead_crm(world: World, kind: str) -> None:
    days = 3
    before = requests_to(world, "/api/v5")
    world.fault(target="retailcrm", kind=kind)
    calls = 18 * days
    for number in range(calls):
        world.call(f"791600001{number:02}", f"call-{number}")
        world.call(CALLER, f"again-{number}")
        world.work_for(hours=4 / 3, step=timedelta(seconds=60))
    asked = requests_to(world, "/api/v5") - before
    most_attempts = timedelta(days=days) / LONGEST_PROBE_INTERVAL + 10
    assert asked <= most_attempts * RETRIES_OF_THE_CLIENT
    world.clear_faults()
    world.work_for(minutes=40, step=timedelta(seconds=20))

    by_phone = [order["phone"] for order in world.orders]
    assert len(by_phone) == len(set(by_phone)) == calls + 1
    [task] = world.tasks
    assert task["text"].startswith(f"Перезвонить: {calls - 1} ")
    first = next(order for order in world.orders if order["phone"] == f"+{CALLER}")
    assert first["externalId"] == "call-mango-again-0"
    assert world.entries(Status.OPEN, Status.PARKED) == []
    assert len(world.alerts) == 2


def test_message_about_a_parcel_that_was_collected_in_the_outage_is_not_sent(world: World) -> None:
    world.fault(target="twilio", kind="503")
    world.parcel("ACCEPTED_AT_PICK_UP_POINT", MORNING)
    world.work_for(hours=20, step=timedelta(minutes=1))
    world.parcel("DELIVERED", world.now)
    world.work()
    world.clear_faults()
    world.work_for(minutes=20, step=timedelta(seconds=20))
    assert world.messages == []
    assert world.entries(Status.OPEN, Status.PARKED) == []


@pytest.mark.parametrize("kind", KINDS)
def test_dead_gateway_holds_up_neither_the_crm_nor_alerts(world: World, kind: str) -> None:
    world.fault(target="twilio", kind=kind)
    world.parcel("ACCEPTED_AT_PICK_UP_POINT", MORNING)
    world.work()
    world.call(CALLER, "a")
    world.post("tilda", "demo-token", b"{", "application/json")
    world.work()
    assert len(world.orders) == 1
    assert world.order("1001A")["status"] == "arrived-in-pickup-point"
    assert len(world.alerts) == 1
    world.work_for(hours=3, step=timedelta(seconds=20))
    assert requests_to(world, "Messages") <= 180 + 10
    world.clear_faults()
    world.work_for(minutes=20, step=timedelta(seconds=10))
    assert len(world.messages) == 1
    began, ended = world.alerts[1:]
    assert "SMS-сервис не " in began
    assert ended.startswith("Снова в порядке: SMS-сервис")


def test_an_outage_is_an_incident_like_any_other_with_reminders_until_somebody_takes_care(
    world: World,
) -> None:
    world.fault(target="retailcrm", kind="refuse")
    world.call("79160000001", "a")
    incidents = world.application.incidents
    for _ in range(6 * 12):
        world.work_for(minutes=10, step=timedelta(minutes=1))
        incidents.look_after()
        if world.now - MORNING == timedelta(hours=10):
            incidents.acknowledge("service:crm", "Иван Петров")
    world.work()
    assert [alert.splitlines()[0] for alert in world.alerts] == [
        "Сбой: CRM",
        "Сбой, и никто не отозвался: CRM",
        "Всё ещё сбой: CRM",
        "Всё ещё сбой: CRM",
        "Иван Петров занимается: CRM",
    ]


def test_alert_goes_out_at_once_while_the_crm_is_dead(world: World) -> None:
    world.fault(target="retailcrm", kind="hang")
    world.call(CALLER, "a")
    world.work_for(minutes=5)
    told = len(world.alerts)
    world.post("tilda", "demo-token", b"{", "application/json")
    world.work()
    assert len(world.alerts) == told + 1


def test_hiccups_are_not_told_and_stop_nobody(world: World) -> None:
    for number in range(20):
        world.fault(target="retailcrm", kind="reset", times=2)
        world.call(f"791600000{number:02}", f"call-{number}")
        world.work()
        world.work_for(seconds=20)
        assert len(world.orders) == number + 1
    assert world.alerts == []


def test_crm_that_reads_but_does_not_write_is_away_too(world: World) -> None:
    world.fault(target="retailcrm", kind="500", method="POST")
    for number in range(5):
        world.call(f"7916000000{number}", f"call-{number}")
    world.work_for(minutes=5)
    assert len(world.alerts) == 1
    world.clear_faults()
    world.work_for(minutes=20, step=timedelta(seconds=10))
    assert len(world.orders) == 5
    assert len(world.alerts) == 2


def test_restart_in_an_outage_tells_nothing_twice_and_forgets_nothing(world: World) -> None:
    world.fault(target="retailcrm", kind="refuse")
    world.call(CALLER, "a")
    world.work_for(minutes=2)
    world.restart()
    world.work_for(minutes=20)
    assert len(world.alerts) == 1
    world.restart()
    world.clear_faults()
    world.work_for(minutes=20)
    assert len(world.alerts) == 2
    assert "Длилось: 36 мин" in world.alerts[1]


def test_two_outages_are_two_alerts_each(world: World) -> None:
    for number in range(2):
        world.fault(target="retailcrm", kind="refuse")
        world.call(f"7916000000{number}", f"call-{number}")
        world.work_for(minutes=2)
        world.clear_faults()
        world.work_for(minutes=20)
    assert ["Снова" in alert for alert in world.alerts] == [False, True, False, True]


def test_one_event_to_which_the_crm_alone_answers_5xx_is_parked_and_its_group_goes_on(world: World) -> None:
    world.make_order({"phone": PHONE, "status": "new"})
    world.later(minutes=1)
    world.fault(target="retailcrm", kind="500", path="tasks/create", times=30)
    world.call(CALLER, "a")
    for minute in range(180):
        world.call(f"79160000{minute:03}", f"other-{minute}")
        world.work_for(minutes=1)
        assert len(world.orders) >= minute, "the others are held up for a minute at most"
    [parked] = world.entries(Status.PARKED)
    assert parked.reason == "keeps-failing"
    assert parked.updated_at - parked.opened_at < timedelta(hours=2)
    assert "целый час" in world.alerts[-1]
    world.clear_faults()
    world.call(CALLER, "b")
    world.work()
    assert len(world.tasks) == 1
    assert replay(world.engine, parked, "Анна", world.now) is None
    world.work_for(minutes=2)
    assert world.engine.journal.find(parked.id)[0].status is Status.DONE


def outages_of(world: World) -> Outages:
    incidents = Incidents(world.engine.documents, world.engine.notify, world.clock)
    return Outages(world.engine.documents, incidents, texts_of(world.shop), world.clock)


class TestProbe:
    @pytest.fixture
    def outages(self, world: World) -> Outages:
        """The CRM has failed three times, and it is time to look again."""
        world.call(CALLER, "a")
        outages = outages_of(world)
        world.work()
        for _ in range(AWAY_AFTER):
            outages.failed("crm", Unreachable("crm-unreachable"))
        with pytest.raises(Away) as away:
            outages.enter("crm")
        assert away.value.delay == timedelta(seconds=5)
        world.later(seconds=5)
        return outages

    def test_one_looks_and_the_others_wait(self, outages: Outages) -> None:
        outages.enter("crm")
        with pytest.raises(Away) as away:
            outages.enter("crm")
        assert away.value.delay == LONGEST_PROBE_INTERVAL

    def test_who_looks_and_dies_holds_nobody_up_for_longer_than_a_minute(
        self, world: World, outages: Outages
    ) -> None:
        outages.enter("crm")
        world.later(minutes=1)
        outages.enter("crm")

    def test_who_did_not_need_to_look_lets_the_next_one_look(self, outages: Outages) -> None:
        outages.give_back("crm", outages.enter("crm"))
        outages.enter("crm")

    def test_giving_back_does_not_undo_a_later_failure(self, outages: Outages) -> None:
        entered = outages.enter("crm")
        outages.failed("crm", Unreachable("crm-unreachable"))
        outages.give_back("crm", entered)
        with pytest.raises(Away):
            outages.enter("crm")

    def test_success_lets_everybody_in(self, outages: Outages) -> None:
        outages.enter("crm")
        outages.succeeded("crm")
        assert outages.enter("crm") == outages.enter("crm") == WELL

    def test_each_service_has_a_health_of_its_own(self, outages: Outages) -> None:
        assert outages.enter("sms") == WELL


def test_back_off_fits_the_queues_of_aws() -> None:
    """Ten days of trying stay below 1,000 receives, and the queue keeps a message for 14 days."""
    waited, receives = timedelta(), 0
    while waited < timedelta(days=10):
        receives += 1
        waited += back_off(receives)
    assert receives == 967
    assert timedelta(days=10) + back_off(receives) < timedelta(days=14)


def test_what_was_parked_in_a_long_outage_is_done_on_replay(world: World) -> None:
    world.fault(target="retailcrm", kind="refuse")
    world.call(CALLER, "a")
    world.work_for(days=11, step=timedelta(minutes=15))
    [parked] = world.entries(Status.PARKED)
    assert parked.reason == "crm-unreachable"
    world.clear_faults()
    assert replay(world.engine, parked, "Анна", world.now) is None
    world.work_for(minutes=2)
    assert len(world.orders) == 1


def test_waiting_for_who_makes_the_clients_order_stays_far_from_a_dead_letter(world: World) -> None:
    """The CRM fails on the client's first call; their second one came through another group."""
    receives: Counter[str] = Counter()
    process = world.process

    def counted(message: Message, queue: Queue) -> None:
        receives[message.envelope.id] += 1
        process(message, queue)

    world.process = counted  # type: ignore[method-assign]
    world.fault(target="retailcrm", kind="500", path="orders/create")
    world.call(CALLER, "a")
    world.work()
    accepted: list[Envelope] = []
    world.gate = Gate(world.gate.sources, accepted.append)
    world.call(CALLER, "b")
    elsewhere = replace(accepted[0], group=fingerprint("another group"))
    world.engine.work.put(elsewhere)
    world.work_for(days=10, step=timedelta(minutes=1))
    assert receives[elsewhere.id] < 1000
    world.clear_faults()
    world.work_for(minutes=40)
    assert len(world.orders) == 1
