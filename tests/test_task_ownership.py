"""A task that we made is completed by us once its reason is gone, and left alone once a person changed it."""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, cast

import pytest

from chalicelib.checks.moved_on import MovedOn
from chalicelib.checks.subscriptions.memory import Renewal, renewal_key
from chalicelib.crm.port import CrmReader, Order, OrderChange, OrderChanges
from chalicelib.engine.port import Document
from chalicelib.settings import Shop
from chalicelib.task_reasons import GONE_WHEN
from sandbox.retailcrm.removing import Removal
from tests import told_calls
from tests.checks.subscriptions.outside import NAME, dated, shop_with
from tests.conversations import answer, shop_that_chats, write
from tests.crashes import Crash, CrashingWorld, Steps
from tests.test_crashes import finish
from tests.test_sms_gateways import PHONE, SmsWorld, a_shop
from tests.world import MORNING

CALLER = PHONE.removeprefix("+")


def a_shop_with_everything() -> Shop:
    """Where each kind of task is made."""
    form = {"ask": ["deadline"], "times": 1}
    shop = shop_that_chats(request_form=form, sources=told_calls.SOURCES)
    sms = a_shop("twilio", delivered_within="30m")
    subscriptions = shop_with(dated("2026-12-20")).subscriptions
    return shop.model_copy(
        update={
            "sms": sms.sms,
            "sources": {**sms.sources, **shop.sources},
            "subscriptions": subscriptions,
        }
    )


class TaskWorld(CrashingWorld, SmsWorld):
    """A world in which each kind of task is made, and whose worker can be killed."""

    def run(self, check: str) -> None:
        self.application.checks.run(check)
        self.work()

    def order_moves(self, status: str, number: str = "1001A") -> None:
        """Somebody sets the status, and we read the CRM's history a little later."""
        self.edit_order(self.order(number)["id"], {"status": status})
        self.later(minutes=3)
        self.run("moved-on")

    def order_is_removed(self, number: str = "1001A") -> None:
        """Likewise."""
        self.sandbox.remove_order(self.order(number)["id"], Removal(by=1))
        self.later(minutes=3)
        self.run("moved-on")

    def client_is_called(self) -> None:
        self.later(minutes=2)
        self.talk(CALLER, "talk")
        self.work()

    def do_whole(self, do: Callable[["TaskWorld"], None]) -> None:
        """With everything that follows."""
        do(self)
        finish(self)

    def break_then(self, do: Callable[["TaskWorld"], None], at: str) -> None:
        """Do it, die at this step, and come back."""
        self.steps = Steps(crash_at=at)
        self.restart()
        with pytest.raises(Crash):
            self.do_whole(do)
        self.resume()
        finish(self)


def ready(world: TaskWorld) -> TaskWorld:
    """The seeded order is its client's, the history is read up to now, and all checks may act."""
    for name in ("stalled-pickups", "unprocessed-leads"):
        world.application.checks.accept(name)
    world.run("moved-on")
    return world


@pytest.fixture
def world(tmp_path: Path) -> Iterator[TaskWorld]:
    steps = Steps()
    world = ready(TaskWorld(tmp_path, steps, a_shop_with_everything()))
    world.resume()
    yield world
    world.close()


Deed = Callable[[TaskWorld], None]


def missed_call(world: TaskWorld) -> None:
    world.call(CALLER, "missed")


def nobody_calls_back(world: TaskWorld) -> None:
    world.call(CALLER, "missed")
    world.work()
    world.later(minutes=31)


def same_form_twice(world: TaskWorld) -> None:
    for number in ("1:1", "1:2"):
        world.lead(number, Phone=PHONE)
        world.work()
        world.later(minutes=1)


def text_message(world: TaskWorld) -> None:
    world.write("Когда приедет?")


def text_message_of_a_stranger(world: TaskWorld) -> None:
    world.write("Сколько стоит тент?", phone="+79990000000")


def chat_message(world: TaskWorld) -> None:
    write(world, "Когда приедет?", "m1", phone=PHONE)


def request_with_a_deadline(world: TaskWorld) -> None:
    write(world, "Нужен тент 3 на 4, до 5 декабря", "m1", chat="200")


def undelivered_message(world: TaskWorld) -> None:
    world.sandbox.configure({"twilio_outcome": "failed"})
    world.arrive()
    world.receipt(world.messages[0], "undelivered", "30003")


def parcel_waits(world: TaskWorld) -> None:
    world.edit_order(world.order("1001A")["id"], {"status": "arrived-in-pickup-point"})
    world.later(days=6)
    world.run("moved-on")
    world.run("stalled-pickups")


def nobody_looks_at_an_order(world: TaskWorld) -> None:
    world.make_order({"phone": "+79990000001", "status": "new"})
    world.later(minutes=20)
    world.run("unprocessed-leads")


def courier_does_not_reach_the_client(world: TaskWorld) -> None:
    world.parcel("NOT_DELIVERED", MORNING, status_reason_code="11")


def subscription_ends(world: TaskWorld) -> None:
    world.run("subscriptions")


def hidden_call(world: TaskWorld) -> None:
    told_calls.miss(world, "hidden", phone=None)


def client_is_called(world: TaskWorld) -> None:
    world.client_is_called()


def stranger_is_called(world: TaskWorld) -> None:
    world.later(minutes=2)
    world.talk("79990000000", "talk")
    world.work()


def hidden_caller_was_answered(world: TaskWorld) -> None:
    told_calls.talk(world, "hidden", phone=None)
    world.work()


def order_is_cancelled(world: TaskWorld) -> None:
    world.order_moves("cancel-other")


def own_order_is_cancelled(world: TaskWorld) -> None:
    world.order_moves("cancel-other", world.orders[0]["number"])


def own_order_is_looked_at(world: TaskWorld) -> None:
    world.order_moves("client-confirmed", world.orders[0]["number"])


def order_is_done(world: TaskWorld) -> None:
    world.order_moves("complete")


def order_is_deleted(world: TaskWorld) -> None:
    world.order_is_removed()


def own_order_is_deleted(world: TaskWorld) -> None:
    world.order_is_removed(world.orders[0]["number"])


def shop_answers_in_the_chat(world: TaskWorld) -> None:
    world.later(minutes=1)
    answer(world)
    world.work()


def client_writes(world: TaskWorld) -> None:
    world.later(minutes=1)
    world.write("Где заказ?")


def client_writes_in_a_chat(world: TaskWorld) -> None:
    world.later(minutes=1)
    write(world, "Где заказ?", "m2", phone=PHONE)
    world.work()


def next_message_arrives(world: TaskWorld) -> None:
    world.later(minutes=10)
    world.sandbox.configure({"twilio_outcome": "delivered"})
    world.post("crm-main", "demo-token", b"order_number=1001A&template=handed_over")
    world.work_for(minutes=1)
    world.receipt(world.messages[-1], "delivered")
    world.work()


def parcel_is_collected(world: TaskWorld) -> None:
    world.later(hours=1)
    world.parcel("DELIVERED", world.now)
    world.work()


def subscription_is_renewed(world: TaskWorld) -> None:
    document = world.engine.documents.get(renewal_key(NAME))
    content = Renewal.model_validate({"until": "2027-12-20"}).content()
    world.engine.documents.put(Document(document.key, content, document.version))
    world.run("subscriptions")


@dataclass(frozen=True)
class Case:
    """A kind of task, and what takes its reason away."""

    kind: str
    made_by: Deed
    gone_by: Deed

    def __str__(self) -> str:
        return f"{self.kind}-{self.made_by.__name__}-{self.gone_by.__name__}"


CASES = [
    Case("callback", missed_call, client_is_called),
    Case("callback-overdue", nobody_calls_back, client_is_called),
    Case("repeat-lead", same_form_twice, client_is_called),
    Case("repeat-lead", same_form_twice, own_order_is_cancelled),
    Case("repeat-lead", same_form_twice, own_order_is_deleted),
    Case("message", text_message, client_is_called),
    Case("message", text_message_of_a_stranger, stranger_is_called),
    Case("message", chat_message, shop_answers_in_the_chat),
    Case("message", chat_message, client_is_called),
    Case("request", request_with_a_deadline, own_order_is_cancelled),
    Case("request", request_with_a_deadline, own_order_is_deleted),
    Case("undelivered", undelivered_message, client_is_called),
    Case("undelivered", undelivered_message, client_writes),
    Case("undelivered", undelivered_message, client_writes_in_a_chat),
    Case("undelivered", undelivered_message, next_message_arrives),
    Case("undelivered", undelivered_message, order_is_done),
    Case("undelivered", undelivered_message, order_is_deleted),
    Case("pickup", parcel_waits, parcel_is_collected),
    Case("pickup", parcel_waits, order_is_done),
    Case("pickup", parcel_waits, order_is_deleted),
    Case("lead", nobody_looks_at_an_order, own_order_is_looked_at),
    Case("lead", nobody_looks_at_an_order, own_order_is_deleted),
    Case("trouble", courier_does_not_reach_the_client, parcel_is_collected),
    Case("trouble", courier_does_not_reach_the_client, order_is_cancelled),
    Case("trouble", courier_does_not_reach_the_client, order_is_deleted),
    Case("subscription", subscription_ends, subscription_is_renewed),
    Case("hidden-call", hidden_call, hidden_caller_was_answered),
]

CHANGES: dict[str, dict[str, Any]] = {
    "text": {"text": "Позвоню сама"},
    "commentary": {"commentary": "Договорились на завтра"},
    "performer": {"performerId": 3},
    "due-time": {"datetime": "2027-01-15 10:00"},
    "completed": {"complete": True},
    "order": {"order": {"number": "moved"}},
}

every_case = pytest.mark.parametrize("case", CASES, ids=str)
"""For each kind of task and each end of its reason."""


def made(world: TaskWorld, case: Case) -> list[int]:
    """The ids of the tasks."""
    case.made_by(world)
    world.work()
    tasks = [task["id"] for task in world.tasks]
    assert tasks
    assert not any(task["complete"] for task in world.tasks)
    return tasks


def test_each_kind_of_task_is_tried() -> None:
    assert {case.kind for case in CASES} >= GONE_WHEN.keys()
    for kind, reasons in GONE_WHEN.items():
        assert len([case for case in CASES if case.kind == kind]) >= len(reasons), kind


@every_case
def test_it_is_completed_once_with_a_note_when_its_reason_is_gone(world: TaskWorld, case: Case) -> None:
    tasks = made(world, case)
    case.gone_by(world)
    for task_id in tasks:
        task = world.task(task_id)
        assert task["complete"], task["text"]
        assert task["commentary"].count("Закрыто автоматически") == 1
    before = [world.task(task_id) for task_id in tasks]
    world.run("moved-on")
    world.client_is_called()
    assert [world.task(task_id) for task_id in tasks] == before


@every_case
@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_it_is_left_alone_once_a_person_changed_it(
    world: TaskWorld, case: Case, change: dict[str, Any]
) -> None:
    world.make_order({"phone": "+79990000009", "status": "complete", "number": "moved"})
    tasks = made(world, case)
    for task_id in tasks:
        world.edit_task(task_id, change)
    before = [world.task(task_id) for task_id in tasks]
    case.gone_by(world)
    assert [world.task(task_id) for task_id in tasks] == before


@every_case
@pytest.mark.parametrize("moment", ["before", "after"])
def test_it_is_completed_once_when_the_worker_dies_over_it(world: TaskWorld, case: Case, moment: str) -> None:
    tasks = made(world, case)
    world.break_then(case.gone_by, f"{moment} POST /api/v5/tasks/{tasks[0]}/edit")
    for task_id in tasks:
        assert world.task(task_id)["complete"]
        assert world.task(task_id)["commentary"].count("Закрыто автоматически") == 1


@pytest.mark.parametrize("wait", [missed_call, nobody_calls_back, text_message, chat_message])
@pytest.mark.parametrize("end", [order_is_done, order_is_cancelled, order_is_deleted])
def test_who_waits_for_a_call_or_an_answer_waits_whatever_becomes_of_the_order(
    world: TaskWorld, wait: Deed, end: Deed
) -> None:
    wait(world)
    world.work()
    end(world)

    assert world.tasks
    assert not any(task["complete"] for task in world.tasks)


def test_what_came_just_after_the_orders_end_is_not_settled_by_it(world: TaskWorld) -> None:
    world.lead("1:1", Phone=PHONE)
    world.work()
    world.edit_order(world.orders[0]["id"], {"status": "cancel-other"})
    world.later(minutes=1)
    world.lead("1:2", Phone=PHONE)
    world.work()
    world.later(minutes=2)
    world.run("moved-on")

    assert [task["complete"] for task in world.tasks] == [False]


def test_an_end_that_the_crms_search_does_not_show_yet_is_heard_all_the_same(world: TaskWorld) -> None:
    other = world.make_order({"phone": "+79990000001", "status": "new"})
    made(world, Case("undelivered", undelivered_message, order_is_done))
    world.run("moved-on")
    world.sandbox.configure({"search_lag": 60})
    # Answers are recorded, and what came before them is not read again.
    world.edit_order(other, {"status": "client-confirmed"})
    world.later(minutes=2)
    world.edit_order(world.order("1001A")["id"], {"status": "complete"})
    for _ in range(2):
        world.run("moved-on")
        world.later(minutes=3)

    assert [task["complete"] for task in world.tasks] == [True]


class MergedQuietly:
    """A CRM whose history tells of a merge without the word that the order was deleted."""

    def __init__(self, order_id: int, at: datetime) -> None:
        self.change = OrderChange(
            id=90, order_id=order_id, field="combine", before="", after="", at=at, merged_into=5
        )

    def order_changes(self, _after: int | None, _since: datetime) -> OrderChanges:
        return OrderChanges(changes=(self.change,), last_id=self.change.id)

    def orders_with_ids(self, _ids: Collection[int]) -> list[Order]:
        return []


def test_a_merged_order_is_over_whether_or_not_the_crm_calls_it_deleted(world: TaskWorld) -> None:
    made(world, Case("lead", nobody_looks_at_an_order, own_order_is_deleted))
    crm = cast("CrmReader", MergedQuietly(world.orders[0]["id"], world.now))
    found = MovedOn(world.shop, crm, world.engine.documents).find(world.now)

    assert [finding.event.kind for finding in found] == ["order-ended"]
