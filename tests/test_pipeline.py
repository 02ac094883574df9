from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from chalicelib import deciding
from chalicelib.entry import Status
from chalicelib.interventions import Obstacle, replay
from chalicelib.pauses import back_off
from chalicelib.perform import Performer
from chalicelib.playbook import decide
from tests.crashes import Crash, CrashingWorld, Steps
from tests.world import MORNING, World, example_shop

CALLER = "79161234567"
PHONE = "+7 916 123-45-67"


def test_each_webhook_sent_ten_times_has_one_effect(world: World) -> None:
    for _ in range(10):
        world.call(CALLER, "a")
        world.lead("1:1", Phone="+7 916 000-00-01")
        world.parcel("ACCEPTED_AT_PICK_UP_POINT", MORNING)
        world.later(minutes=6)  # beyond the queue's own memory of repeats
        world.work()
    assert len(world.orders) == 2
    assert len(world.messages) == 1
    assert world.tasks == []


def test_many_workers_at_once_make_one_order_of_one_client(world: World) -> None:
    """Two calls and a form of one new client come through different groups at the same time."""
    world.call(CALLER, "a")
    world.call(CALLER, "b")
    world.lead("1:1", Phone=PHONE)
    envelopes = []
    while message := world.engine.work.receive():
        world.engine.work.done(message.receipt)
        envelopes.append(message.envelope)
    deadline = world.now + timedelta(minutes=2)

    def finish(envelope: Any) -> None:
        while world.application.pipeline.process(envelope, deadline, "work") is not None:
            pass

    with ThreadPoolExecutor(len(envelopes)) as threads:
        list(threads.map(finish, envelopes))
    assert len(world.orders) == 1


def test_two_workers_with_one_message_make_one_order(world: World) -> None:
    world.call(CALLER, "a")
    message = world.engine.work.receive()
    assert message is not None
    deadline = world.now + timedelta(minutes=2)
    with ThreadPoolExecutor(8) as threads:
        list(
            threads.map(
                lambda _: world.application.pipeline.process(message.envelope, deadline, "work"), range(8)
            )
        )
    world.engine.work.retry_after(message.receipt, timedelta())
    world.work_for(minutes=2)
    assert len(world.orders) == 1
    assert world.status() is Status.DONE


@pytest.mark.parametrize("kind", ["503", "429", "500", "401", "garbage", "refuse", "hang", "drop"])
def test_crm_outage_loses_and_doubles_nothing(world: World, kind: str) -> None:
    world.make_order({"phone": "+7 916 000-00-02", "status": "new"})
    world.fault(target="retailcrm", kind=kind)
    world.call(CALLER, "a")
    world.call("79160000002", "b")
    world.lead("1:1", Phone="+7 916 000-00-03")
    world.work_for(minutes=3)
    world.clear_faults()
    world.work_for(minutes=20, step=timedelta(seconds=10))
    assert [order["phone"] for order in world.orders[1:]] == ["+79161234567", "+79160000003"]
    assert len(world.tasks) == 1
    assert world.entries(Status.OPEN) == []


@pytest.mark.parametrize("path", ["orders/create", "tasks/create", "edit"])
def test_lost_answer_to_a_write_is_not_written_twice(world: World, path: str) -> None:
    world.sandbox.configure({"search_lag": 3})
    world.make_order({"phone": "+7 916 000-00-02", "status": "new"})
    world.later(minutes=1)
    world.fault(target="retailcrm", kind="drop", path=path, times=2)
    world.call(CALLER, "a")
    world.call("79160000002", "b")
    world.parcel("ACCEPTED_AT_PICK_UP_POINT", MORNING)
    world.work_for(minutes=5)
    assert len(world.orders) == 2
    assert len(world.tasks) == 1
    assert world.order("1001A")["status"] == "arrived-in-pickup-point"
    assert world.entries(Status.OPEN, Status.PARKED) == []


@pytest.mark.parametrize("second", ["refuse", "503"])
def test_lost_answer_followed_by_an_outage_is_still_one_order_and_no_task(world: World, second: str) -> None:
    world.fault(target="retailcrm", kind="drop", path="orders/create", times=1)
    world.call(CALLER, "a")
    world.work()
    world.fault(target="retailcrm", kind=second)
    world.work_for(minutes=2)
    world.clear_faults()
    world.work_for(minutes=30, step=timedelta(seconds=30))
    assert len(world.orders) == 1
    assert world.tasks == []


def test_crash_followed_by_an_outage_is_still_one_order_and_no_task(tmp_path: Path) -> None:
    world = CrashingWorld(tmp_path, Steps(crash_at="after POST /api/v5/orders/create"))
    world.call(CALLER, "a")
    with pytest.raises(Crash):
        world.work()
    world.resume()
    world.fault(target="retailcrm", kind="refuse", times=4)
    world.work_for(minutes=30, step=timedelta(seconds=30))
    assert len(world.orders) == 1
    assert world.tasks == []
    world.close()


def test_lost_answer_of_the_sms_gateway_sends_no_second_message(world: World) -> None:
    world.sandbox.configure({"twilio_lag": 3})
    world.fault(target="twilio", kind="drop", times=1, method="POST")
    world.parcel("ACCEPTED_AT_PICK_UP_POINT", MORNING)
    world.work_for(minutes=2)
    assert len(world.messages) == 1
    assert world.entries(Status.OPEN) == []


def test_outage_is_told_once_to_the_lead_although_the_crm_is_dead(world: World) -> None:
    world.fault(target="retailcrm", kind="refuse")
    for number in range(5):
        world.call(f"7916000000{number}", f"call-{number}")
    world.work_for(minutes=10)
    assert len(world.alerts) == 1
    assert "CRM не отвечает" in world.alerts[0]


def test_hiccup_is_not_told(world: World) -> None:
    world.fault(target="retailcrm", kind="refuse")
    world.call(CALLER, "a")
    world.work()
    world.clear_faults()
    world.work_for(minutes=1)
    assert len(world.orders) == 1
    assert world.alerts == []


def test_event_is_parked_after_ten_days_and_replayed_after_that(world: World) -> None:
    world.fault(target="retailcrm", kind="refuse")
    world.call(CALLER, "a")
    world.work_for(days=11, step=timedelta(minutes=15))
    assert world.status() is Status.PARKED
    world.clear_faults()
    assert replay(world.engine, world.entry, "Анна", world.now) is None
    world.work()
    assert len(world.orders) == 1
    assert world.status() is Status.DONE


def test_back_off_doubles_from_five_seconds_to_a_quarter_of_an_hour() -> None:
    delays = [back_off(attempts).total_seconds() for attempts in (1, 2, 3, 4, 8, 9, 500)]
    assert delays == [5, 10, 20, 40, 640, 900, 900]


def test_what_the_crm_refuses_is_parked_told_and_replayed_after_a_fix(tmp_path: Path) -> None:
    shop = example_shop()
    codes = shop.crm.codes.model_copy(update={"new": "no-such-status"})
    broken = shop.model_copy(update={"crm": shop.crm.model_copy(update={"codes": codes})})
    world = World(tmp_path, broken)
    world.call(CALLER, "a")
    world.work()
    entry = world.entry
    assert entry.status is Status.PARKED
    assert entry.reason == "crm-refused"
    assert "status" in entry.detail
    assert len(world.alerts) == 1
    world.shop = shop
    world.restart()
    assert replay(world.engine, entry, "Анна", world.now) is None
    world.work()
    assert len(world.orders) == 1
    world.close()


def test_parked_call_does_not_hold_up_its_client_and_makes_no_second_order_when_replayed(
    tmp_path: Path,
) -> None:
    shop = example_shop()
    codes = shop.crm.codes.model_copy(update={"missed_call_method": "no-such-method"})
    broken = shop.model_copy(update={"crm": shop.crm.model_copy(update={"codes": codes})})
    world = World(tmp_path, broken)
    world.call(CALLER, "a")
    world.work()
    parked = world.entry
    world.shop = shop
    world.restart()
    world.lead("1:1", Phone=PHONE)
    world.work()
    assert len(world.orders) == 1
    replay(world.engine, parked, "Анна", world.now)
    world.work()
    assert len(world.orders) == 1
    assert len(world.tasks) == 1
    world.close()


def test_claim_of_an_entry_that_ended_holds_nobody_up(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.fault(target="retailcrm", kind="refuse", path="orders/create")
    world.call(CALLER, "a")
    world.work()
    world.shop = example_shop(shop={"mode": "observe"})
    world.restart()
    world.work_for(minutes=2)
    assert world.status() is Status.OBSERVED
    world.clear_faults()
    world.shop = example_shop()
    world.restart()
    world.lead("1:1", Phone=PHONE)
    world.work()
    assert len(world.orders) == 1
    world.close()


def test_what_was_begun_stops_when_the_shop_observes(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.fault(target="retailcrm", kind="500", method="POST")
    world.fault(target="twilio", kind="503")
    world.parcel("ACCEPTED_AT_PICK_UP_POINT", MORNING)
    world.call(CALLER, "a")
    world.work()
    world.clear_faults()
    world.shop = example_shop(shop={"mode": "observe"})
    world.restart()
    world.work_for(minutes=30, step=timedelta(seconds=30))
    assert world.orders == []
    assert world.messages == []
    assert world.entries(Status.OPEN) == []
    world.close()


def test_two_lost_answers_in_a_row_are_looked_for_after_the_second_one(world: World) -> None:
    """The search lag counts from the last attempt that may have succeeded."""
    world.sandbox.configure({"search_lag": 4})
    world.fault(target="retailcrm", kind="hang", path="tasks/create", times=1)
    world.call(None, "a")
    world.work_for(seconds=10)
    world.fault(target="retailcrm", kind="drop", path="tasks/create", times=1)
    world.work_for(minutes=3, step=timedelta(seconds=1))
    assert len(world.tasks) == 1


def test_alert_that_one_person_refuses_reaches_the_next(tmp_path: Path) -> None:
    shop = example_shop()
    second = shop.people[1].model_copy(update={"name": "Пётр", "telegram": "1002"})
    world = World(tmp_path, shop.model_copy(update={"people": (*shop.people, second)}))
    world.fault(target="telegram", kind="403", times=1)
    world.post("tilda", "demo-token", b"{", "application/json")
    world.work()
    assert [message["chat_id"] for message in world.state["telegram"]] == ["1002", "1002"]
    assert "повреждённый JSON" in world.alerts[0]
    assert "telegram, Иван Петров: Telegram answers 403" in world.alerts[1]
    world.close()


def test_each_parcel_without_an_order_is_told(world: World) -> None:
    for number in range(3):
        world.parcel("DELIVERED", MORNING, number=f"X{number}", cdek_number=f"77{number}")
    world.work_for(seconds=30)
    assert len(world.alerts) == 3


def test_replay_of_a_half_done_plan_does_only_the_rest(world: World) -> None:
    world.fault(target="retailcrm", kind="garbage", method="POST")
    world.parcel("ACCEPTED_AT_PICK_UP_POINT", MORNING)
    world.work_for(days=11, step=timedelta(minutes=15))
    assert world.status() is Status.PARKED
    assert [result.state for result in world.entry.results] == ["done"]
    world.clear_faults()
    replay(world.engine, world.entry, "Анна", world.now)
    world.work_for(minutes=1)
    assert world.status() is Status.DONE
    assert world.order("1001A")["status"] == "arrived-in-pickup-point"
    assert len(world.messages) == 1


def test_finished_entry_is_not_replayed(world: World) -> None:
    world.call(CALLER, "a")
    world.work()
    assert replay(world.engine, world.entry, "Анна", world.now) is Obstacle.NOTHING_TO_DO


@pytest.mark.parametrize(
    ("source", "path", "body", "content_type", "reason"),
    [
        ("tilda", "demo-token", b"\xff\xfe=1", "application/x-www-form-urlencoded", "wrong-encoding"),
        ("tilda", "demo-token", b"{", "application/json", "broken-json"),
        ("tilda", "demo-token", b"<a/>", "application/xml", "wrong-content-type"),
        ("cdek", "demo-token", b"{", "application/json", "broken-json"),
        ("cdek", "demo-token", b'{"type":"ORDER_STATUS"}', "application/json", "unexpected-content"),
    ],
)
def test_authentic_but_unreadable_goes_to_quarantine_with_its_content_and_an_alert(
    world: World, source: str, path: str, body: bytes, content_type: str, reason: str
) -> None:
    assert world.post(source, path, body, content_type).status == 200
    world.work()
    entry = world.entry
    assert (entry.status, entry.reason) == (Status.QUARANTINED, reason)
    kept = world.engine.journal.envelope(entry.id)
    assert kept is not None
    assert kept.webhook.body == body
    assert len(world.alerts) == 1


def test_quarantined_entry_is_read_again_on_replay(world: World) -> None:
    world.post("tilda", "demo-token", b"{", "application/json")
    world.work()
    replay(world.engine, world.entry, "Анна", world.now)
    world.work()
    assert world.status() is Status.QUARANTINED
    assert len(world.entry.interventions) == 1


def test_same_event_in_other_bytes_is_nothing_new(world: World) -> None:
    world.post("tilda", "demo-token", b"tranid=1%3A1&formid=f&Phone=%2B79161234567")
    world.post("tilda", "demo-token", b"formid=f&tranid=1:1&Phone=%2B79161234567")
    world.work()
    assert len(world.orders) == 1
    assert len(world.entries()) == 1
    assert world.alerts == []


def test_same_id_with_another_content_is_kept_and_told_not_dropped(world: World) -> None:
    world.lead("1:1", Phone=PHONE, Textarea="Хочу тент")
    world.lead("1:1", Phone=PHONE, Textarea="Хочу два тента")
    world.work()
    assert len(world.orders) == 1
    (variant,) = world.entries(Status.QUARANTINED)
    assert variant.reason == "same-id-different-content"
    assert len(world.alerts) == 1
    replay(world.engine, variant, "Анна", world.now)
    world.work()
    assert "Хочу два тента" in world.tasks[0]["commentary"]


def test_poison_does_not_hold_up_its_group_for_ever(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.call(CALLER, "a")
    world.call(CALLER, "b")
    failing = world.entry_of_queue_head()

    def decide_or_fail(event: Any, desk: Any) -> Any:
        if desk.entry.id == failing:
            raise ZeroDivisionError
        return decide(event, desk)

    monkeypatch.setattr(deciding, "decide", decide_or_fail)
    world.work_for(minutes=10)
    assert [entry.reason for entry in world.entries(Status.PARKED)] == ["internal-error"]
    assert len(world.orders) == 1


@pytest.mark.parametrize(
    "tables",
    [
        {"shop": {"mode": "observe"}},
        {"rules": {"observe": ["call-missed", "lead-submitted", "parcel-moved"]}},
    ],
)
def test_observe_mode_decides_and_writes_down_but_changes_nothing(
    tmp_path: Path, tables: dict[str, Any]
) -> None:
    world = World(tmp_path, example_shop(**tables))
    before = world.state["orders"]
    world.call(CALLER, "a")
    world.lead("1:1", Phone=PHONE)
    world.parcel("ACCEPTED_AT_PICK_UP_POINT", MORNING)
    world.work()
    assert world.state["orders"] == before
    assert world.messages == []
    entries = world.entries(Status.OBSERVED)
    assert len(entries) == 3
    assert all(entry.plan for entry in entries)
    assert not any(request.startswith("POST") for request in world.sandbox.requests)
    world.close()


def test_observed_entry_acts_on_replay_once_the_shop_acts(tmp_path: Path) -> None:
    world = World(tmp_path, example_shop(shop={"mode": "observe"}))
    world.call(CALLER, "a")
    world.work()
    world.shop = example_shop()
    world.restart()
    replay(world.engine, world.entry, "Анна", world.now)
    world.work()
    assert len(world.orders) == 1
    world.close()


def test_order_within_a_group_is_kept_through_an_outage(world: World) -> None:
    world.fault(target="retailcrm", kind="refuse")
    for number in range(4):
        world.call(CALLER, f"call-{number}")
        world.later(seconds=20)
        world.work()
    world.clear_faults()
    world.work_for(minutes=5)
    assert world.orders[0]["externalId"] == "call-mango-call-0"
    assert world.tasks[0]["text"].startswith("Перезвонить: 3 пропущенных звонка")


def test_secrets_reach_neither_queue_nor_journal(world: World) -> None:
    world.call(CALLER, "a")
    world.lead("1:1", Phone=PHONE, key="demo-token")
    world.parcel("CREATED", MORNING)
    world.work()
    stored = b"".join(path.read_bytes() for path in world.folder.iterdir())
    for secret in (b"demo-key", b"demo-salt", b"demo-token"):
        assert secret not in stored


def test_fault_of_our_own_after_the_crm_did_the_work_makes_nothing_twice_even_when_replayed(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The order is made, and then remembering it fails until somebody mends it."""

    def forget(*_arguments: Any) -> None:
        raise ZeroDivisionError

    with monkeypatch.context() as broken:
        broken.setattr(Performer, "_remember", forget)
        world.call(CALLER, "a")
        world.work_for(minutes=10)
    assert world.status() is Status.PARKED
    replay(world.engine, world.entry, "Анна", world.now)
    world.work_for(minutes=2)
    assert world.status() is Status.DONE
    assert len(world.orders) == 1
    assert world.tasks == []


def test_event_that_could_not_be_decided_in_an_outage_leaves_no_doubt_behind(world: World) -> None:
    world.fault(target="retailcrm", kind="refuse", times=3)
    world.call(CALLER, "a")
    world.work()
    assert world.entry.uncertain_since is None
    assert world.entry.plan == ()
    world.work_for(minutes=2)
    assert len(world.orders) == 1
