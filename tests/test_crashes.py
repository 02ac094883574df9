"""Kill the worker at each of its steps, also when the remote did the work but we did not hear of it."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from chalicelib.actions import CreateOrder, CreateTask, Topic
from chalicelib.engine.port import Document, Timer
from chalicelib.entry import Result, Status
from chalicelib.events import (
    CallBackDue,
    CallMissed,
    CallMissedDue,
    Difference,
    LostInCrm,
    OrderEnded,
    PickupStalled,
    Sms,
    SmsDue,
)
from chalicelib.gate.envelope import Envelope
from chalicelib.gate.rejections import MANY
from chalicelib.gate.webhook import Webhook
from chalicelib.ladder_memory import LadderMemory, LadderTask, mistakes_key, pickup_key
from chalicelib.memory import ClientMemory, RememberedTask, SourceMemory, client_key, source_key
from chalicelib.messages import enclose
from chalicelib.task_reasons import OrderTasks, order_tasks_key
from sandbox.telegram import TOKEN as TELEGRAM
from tests.conversations import shop_that_chats, write, write_later
from tests.crashes import Crash, CrashingWorld, Steps, worth_a_crash
from tests.files_sent import by_telegram, by_whatsapp, files, shop_that_takes_files, with_files
from tests.mistakes.shop import AGREED, COMPLETE, person_edits, person_makes, shop_with_scenario
from tests.world import MORNING, World

Scenario = Callable[[World], None]
WorldMaker = Callable[[Path, Steps], CrashingWorld]

CALLER = "79161234567"
PHONE = "+7 916 123-45-67"


def new_caller(world: World) -> None:
    world.call(CALLER, "a")


def repeat_caller(world: World) -> None:
    world.make_order({"phone": PHONE, "status": "new"})
    world.later(minutes=1)
    world.call(CALLER, "a")


def caller_calls_twice(world: World) -> None:
    world.call(CALLER, "a")
    world.call(CALLER, "b")


def another_call_updates_the_task(world: World) -> None:
    world.make_order({"phone": PHONE, "status": "new"})
    world.later(minutes=1)
    world.call(CALLER, "a")
    world.call(CALLER, "b")


def hidden_caller(world: World) -> None:
    world.call(None, "a")


def lead(world: World) -> None:
    world.lead("1:1", Phone=PHONE, Name="Анна")


def lead_completes_a_call(world: World) -> None:
    world.call(CALLER, "a")
    world.lead("1:1", Phone=PHONE, Name="Анна", payment='{"amount": "900", "products": ["Тент=900"]}')


def parcel_arrival(world: World) -> None:
    world.parcel("ACCEPTED_AT_PICK_UP_POINT", MORNING)


def parcel_journey(world: World) -> None:
    world.parcel("SENT_TO_RECIPIENT_CITY", MORNING)
    world.parcel("ACCEPTED_AT_PICK_UP_POINT", MORNING)


def call_back_closes_the_task(world: World) -> None:
    world.make_order({"phone": PHONE, "status": "new"})
    world.call(CALLER, "a")
    world.later(minutes=1)
    world.talk(CALLER, "b")


def new_caller_is_called_back(world: World) -> None:
    world.call(CALLER, "a")
    world.later(minutes=1)
    world.talk(CALLER, "b")


def nobody_calls_back(world: World) -> None:
    order_id = world.make_order({"phone": PHONE, "status": "new"})
    task_id = world.make_task({"text": "Перезвонить", "commentary": "Звонил", "performerId": 1})
    topic = Topic(name="callback", order_id=order_id, event_ids=("a",), moments=(world.now,))
    told = RememberedTask(
        id=task_id, text="Перезвонить", commentary="Звонил", performer_id=1, marker="lk-1-1", topic=topic
    )
    key = client_key(f"+{CALLER}", "")
    world.engine.documents.put(Document(key, ClientMemory(tasks=(told,)).content(), 0))
    due = CallBackDue(source="mango", phone=f"+{CALLER}", call_id="a")
    world.engine.timers.set(Timer(world.now, "work", enclose(due, "call-back-due:a", "", world.now)))


def order_ends(world: World) -> None:
    order_id = world.make_order({"phone": PHONE, "status": "cancel-other"})
    key = client_key(f"+{CALLER}", "")
    tasks = tuple(
        RememberedTask(
            id=world.make_task({"text": "Ответить", "commentary": "Спросил", "performerId": 1}),
            text="Ответить",
            commentary="Спросил",
            performer_id=1,
            marker="lk-1-1",
            topic=Topic(name=name, order_id=order_id, event_ids=("a",), moments=(world.now,)),
        )
        for name in ("message", "repeat-lead")
    )
    world.engine.documents.put(Document(key, ClientMemory(tasks=tasks).content(), 0))
    index = OrderTasks(keys=(key,)).content()
    world.engine.documents.put(Document(order_tasks_key(order_id), index, 0))
    ended = OrderEnded(order_id=order_id, at=world.now)
    world.engine.work.put(enclose(ended, "order-ended:1", "", world.now))


def no_leg_of_a_call_is_answered(world: World) -> None:
    call = CallMissed(call_id="a", phone=f"+{CALLER}", called_at=world.now, is_final=False)
    due = CallMissedDue(source="mango", call=call, heard_at=world.now)
    world.engine.timers.set(Timer(world.now, "work", enclose(due, "call-missed-due:a", "", world.now)))


def quarantine(world: World) -> None:
    world.post("tilda", "demo-token", b"\xff\xfe=1")


def parked(world: World) -> None:
    world.parcel("ACCEPTED_AT_PICK_UP_POINT", MORNING, number="9999X", cdek_number="777")


def crm_away(world: World) -> None:
    world.fault(target="retailcrm", kind="refuse", times=5)
    world.call(CALLER, "a")


def gateway_away(world: World) -> None:
    world.fault(target="twilio", kind="refuse", times=5)
    world.parcel("ACCEPTED_AT_PICK_UP_POINT", MORNING)


def held_overnight(world: World) -> None:
    tomorrow = world.now + timedelta(hours=14)
    sms = Sms(
        phone=f"+{CALLER}",
        text="Заказ ждёт",
        template="arrived",
        not_before=tomorrow,
        valid_until=tomorrow + timedelta(hours=1),
    )
    due = SmsDue(sms=sms, source="cdek", rule="parcel-moved")
    world.engine.notify.put(enclose(due, "sms:1", "", world.now))


def source_rejects_and_accepts_again(world: World) -> None:
    world.engine.documents.put(Document(source_key("tilda"), SourceMemory(heard_at=MORNING).content(), 0))
    for _ in range(MANY):
        world.post("tilda", "old-token", b"Phone=1")
    world.lead("1:2", Phone=PHONE)


def pickup_stalled(world: World) -> None:
    order_id = world.order("1001A")["id"]
    world.edit_order(order_id, {"status": "arrived-in-pickup-point"})
    stalled = PickupStalled(
        order_id=order_id, order_number="1001A", arrived_at=world.now, step=timedelta(days=5)
    )
    world.later(days=5)
    world.engine.work.put(enclose(stalled, "pickup:1001:5d", "", world.now))


def pickup_over(world: World) -> None:
    order_id = world.order("1001A")["id"]
    world.edit_order(order_id, {"status": "arrived-in-pickup-point"})
    tasks = [
        LadderTask(
            id=world.make_task({"text": "Позвонить", "commentary": "Ждёт", "performerId": 1}),
            step=timedelta(days=days),
            text="Позвонить",
            commentary="Ждёт",
            performer_id=1,
            marker="lk-1-1",
        )
        for days in (5, 10)
    ]
    memory = LadderMemory(tasks=tuple(tasks))
    world.engine.documents.put(Document(pickup_key(order_id), memory.content(), 0))
    world.parcel("DELIVERED", world.now)


def made_before(world: World, action: CreateOrder | CreateTask, reference: str) -> str:
    """The id of an entry that did this long ago."""
    event = CallMissed(call_id="a", phone=f"+{CALLER}", called_at=world.now)
    envelope = Envelope.seal(Webhook("mango", "POST", (), {}, {}, b"", world.now), reference, "")
    entry = world.engine.journal.open(envelope, world.now)
    result = Result(state="done", reference=reference, note="number 7A", at=world.now)
    world.engine.journal.save(entry.frozen((event,), (action,), world.now).recorded(result))
    return entry.id


def lost(world: World, kind: str, **fields: Any) -> None:
    """The nightly comparing has found that something is gone without a trace."""
    found = {"kind": kind, "fate": "repair", "source": "mango", "at": world.now, **fields}
    event = LostInCrm(source="mango", difference=Difference.model_validate(found))
    world.later(hours=1)
    world.engine.work.put(enclose(event, "lost-in-crm:1", "lost:1", world.now))


def order_lost(world: World) -> None:
    order = CreateOrder(
        client=client_key(f"+{CALLER}", ""),
        external_id="call-mango-a",
        method="missed-call",
        status="new",
        phone=f"+{CALLER}",
        occurred_at=world.now,
    )
    entry_id = made_before(world, order, "order 7")
    lost(world, "order-gone", about="call-mango-a", entry_id=entry_id, order_id=7, order_number="7A")


def task_lost(world: World) -> None:
    order_id, key = world.order("1001A")["id"], client_key(f"+{CALLER}", "")
    topic = Topic(name="callback", order_id=order_id, event_ids=("a",), moments=(world.now,))
    task = CreateTask(
        client=key,
        order_id=order_id,
        order_number="1001A",
        text="Перезвонить",
        commentary="Звонил",
        due_at=world.now,
        performer_id=1,
        topic=topic,
    )
    told = RememberedTask(
        id=7, text="Перезвонить", commentary="Звонил", performer_id=1, marker="lk-1-1", topic=topic
    )
    world.engine.documents.put(Document(key, ClientMemory(tasks=(told,)).content(), 0))
    entry_id = made_before(world, task, "task 7")
    lost(world, "task-gone", about="7", entry_id=entry_id, order_id=order_id, task_id=7)


def message_wanted(world: World) -> None:
    world.post("crm-main", "demo-token", b"order_number=1001A&template=arrived")


def order_status_changed(world: World) -> None:
    order_id = world.order("1001A")["id"]
    world.edit_order(order_id, {"status": "prepayed"})
    world.post("crm-main", "demo-token", f"order_id={order_id}&status=prepayed".encode())


def order_that_goes_back(world: World) -> None:
    world.shop = shop_with_scenario(on_mistake="put-back")
    world.restart()
    order_id = person_makes(world, **{**COMPLETE, "items": []})
    person_edits(world, order_id, status=AGREED)
    world.post("crm-main", "demo-token", f"order_id={order_id}&status={AGREED}".encode())


def mistake_mended(world: World) -> None:
    world.shop = shop_with_scenario()
    world.restart()
    order_id = person_makes(world, **COMPLETE)
    person_edits(world, order_id, status=AGREED)
    task = LadderTask(
        id=world.make_task({"text": "Исправить", "commentary": "Нет товаров", "performerId": 1}),
        step=timedelta(),
        about=f"{AGREED}\nitems",
        text="Исправить",
        commentary="Нет товаров",
        performer_id=1,
        marker="lk-1-1",
    )
    world.engine.documents.put(Document(mistakes_key(order_id), LadderMemory(tasks=(task,)).content(), 0))
    world.post("crm-main", "demo-token", f"order_id={order_id}&changed=yes".encode())


def with_conversations(world: World) -> None:
    # This messenger takes the same reply once; one that does not is tried in test_reply_crashes.
    chat = {"provider": "pretend", "bot_token": TELEGRAM, "knows_repeats": True}
    form = {"ask": ["deadline"], "times": 1}
    world.shop = shop_that_chats(request_form=form, sources={"chat": chat})
    world.restart()


def message_of_somebody_new(world: World) -> None:
    with_conversations(world)
    write(world, "Нужен тент", "m1", name="Анна")


def message_added_to_the_new_order(world: World) -> None:
    with_conversations(world)
    write(world, "Нужен тент, до 5 декабря", "m1")
    write(world, "", "m2", phone=f"+{CALLER}", files=["photo"])


def message_of_a_client_with_an_order(world: World) -> None:
    with_conversations(world)
    world.make_order({"phone": PHONE, "status": "new"})
    world.later(minutes=1)
    write(world, "Где заказ?", "m1", phone=f"+{CALLER}")
    write(world, "Алло", "m2")


def request_answered(world: World) -> None:
    with_conversations(world)
    write(world, "Нужен тент", "m1")
    write_later(world, "К 5 декабря", "m2", timedelta(minutes=20))


def file_of_somebody_new(world: World) -> None:
    world.shop = shop_that_takes_files()
    world.restart()
    with_files(world)
    by_telegram(world)


def file_of_a_client_with_an_order(world: World) -> None:
    world.make_order({"phone": PHONE, "status": "prepayed"})
    world.later(minutes=1)
    world.shop = shop_that_takes_files()
    world.restart()
    with_files(world)
    by_whatsapp(world)


SCENARIOS: list[Scenario] = [
    new_caller,
    repeat_caller,
    caller_calls_twice,
    another_call_updates_the_task,
    hidden_caller,
    lead,
    lead_completes_a_call,
    parcel_arrival,
    parcel_journey,
    call_back_closes_the_task,
    new_caller_is_called_back,
    nobody_calls_back,
    order_ends,
    no_leg_of_a_call_is_answered,
    quarantine,
    parked,
    crm_away,
    gateway_away,
    held_overnight,
    source_rejects_and_accepts_again,
    pickup_stalled,
    pickup_over,
    order_lost,
    task_lost,
    message_wanted,
    order_status_changed,
    order_that_goes_back,
    mistake_mended,
    message_of_somebody_new,
    message_added_to_the_new_order,
    message_of_a_client_with_an_order,
    request_answered,
    file_of_somebody_new,
    file_of_a_client_with_an_order,
]


def effects(world: World) -> dict[str, Any]:
    """What a manager and a client notice: no ids of entries, no times of doing."""
    return {
        "orders": [
            {
                key: order.get(key)
                for key in ("externalId", "status", "phone", "managerComment", "source", "firstName", "summ")
            }
            for order in world.state["orders"]
        ],
        "tasks": [
            (task["text"], task.get("order"), task["performer"], task["complete"]) for task in world.tasks
        ],
        "messages": [
            [(message["to"], message["body"]) for message in world.state[gateway]]
            for gateway in ("messages", "smsru", "smsc")
        ],
        "replies": {
            (sent["chat_id"], sent["text"], sent["once"])
            for sent in world.state["telegram"]
            if "once" in sent
        },
        "notes": [note["text"].partition(" отправлено ")[0] for note in world.state["notes"]],
        # An upload that is shown nowhere is nobody's business.
        "files": files(world),
        "alerts": len(set(world.alerts)),
        "statuses": sorted(entry.status for entry in world.entries()),
    }


def finish(world: World) -> None:
    """Let time pass until nothing waits: visibility time-outs, search lags, back-off and timers."""
    world.work()
    until = world.now + timedelta(days=2)
    while (world.waiting() or world.held()) and world.now < until:
        if not world.waiting():
            world.now = max(world.now, world.held()[0].due_at)
        world.work_for(timedelta(seconds=30), minutes=1)
    assert not world.entries(Status.OPEN)


def run(folder: Path, scenario: Scenario, steps: Steps, make_world: WorldMaker) -> CrashingWorld:
    world = make_world(folder, steps)
    world.sandbox.configure({"search_lag": 4})
    scenario(world)
    try:
        finish(world)
    except Crash:
        world.resume()
        finish(world)
    return world


def crash_at_each_step(
    folder: Path,
    scenario: Scenario,
    make_world: WorldMaker,
    effects: Callable[[World], dict[str, Any]] = effects,
) -> None:
    counted = Steps()
    whole = run(folder / "whole", scenario, counted, make_world)
    expected = effects(whole)
    whole.close()
    steps = worth_a_crash(counted.names)
    assert steps
    for number, name in steps:
        world = run(folder / str(number), scenario, Steps(crash_at=number), make_world)
        assert effects(world) == expected, f"after a crash {name} (step {number})"
        world.close()


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.__name__)
def test_crash_at_any_step_ends_with_exactly_one_effect(tmp_path: Path, scenario: Scenario) -> None:
    crash_at_each_step(tmp_path, scenario, CrashingWorld)
