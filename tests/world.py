"""A whole shop in one process: our gate, queues and pipeline against the sandbox, on a fake clock."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx

from chalicelib import shopfile
from chalicelib.bootstrap import sqlite_engine, wire
from chalicelib.engine.port import Engine, Message, Queue, QueueName, Timer
from chalicelib.entry import Entry, Status
from chalicelib.gate.gate import Gate
from chalicelib.gate.provider import Reply
from chalicelib.gate.webhook import Webhook
from chalicelib.metrics import EmbeddedMetrics
from chalicelib.settings import Shop
from chalicelib.timers import fire_due
from chalicelib.validation import validate
from sandbox.exchange import Request
from sandbox.transport import SandboxTransport
from sandbox.world import Sandbox

MORNING = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)
"""11:00 in Tomsk, where the example shop is, a Friday."""

FORM = "application/x-www-form-urlencoded"
FAST_ENOUGH = 1_000_000
MAX_STEPS = 10_000
MOST_AT_ONCE = 50
FAR_FUTURE = datetime(2100, 1, 1, tzinfo=UTC)


def example_shop(**changes: Mapping[str, Any]) -> Shop:
    """The example shop with some tables changed, without waiting for the CRM's limit.

    Without its endpoints: they would be asked over the real network, where no sandbox answers.
    """
    file = shopfile.load({})
    content = {
        name: dict(table) if isinstance(table, dict) else table for name, table in file.content.items()
    }
    content["crm"]["requests_per_second"] = FAST_ENOUGH
    content["crm"]["reserved_per_second"] = FAST_ENOUGH / 2
    del content["endpoints"]
    for table, values in changes.items():
        content[table] = {**content.get(table, {}), **values}
    return validate(replace(file, content=content))


def shop_without_scenario(**changes: Mapping[str, Any]) -> Shop:
    """The same, but it does not follow its orders: nothing but texts and waiting is looked at."""
    return example_shop(**changes).model_copy(update={"scenario": None})


class World:
    """The shop, the third parties' webhooks, and the sandbox to look at."""

    def __init__(self, folder: Path, shop: Shop | None = None) -> None:
        self.now = MORNING
        self.folder = folder
        self.shop = shop or example_shop()
        self.sandbox = Sandbox(self.clock)
        self.sandbox.configure({"rate_limit": None})
        self.slept = 0.0
        self.metrics: list[str] = []
        self.start()

    def clock(self) -> datetime:
        return self.now

    def restart(self) -> None:
        """As after a crash: everything that was not on disk is gone."""
        self.close()
        self.start()

    def close(self) -> None:
        self.engine.close()

    def start(self) -> None:
        self.engine = self.make_engine()
        metrics = EmbeddedMetrics("test", self.clock, self.metrics.append)
        self.gate = Gate(shopfile.load({}).sources(), self.engine.work.put, metrics)
        self.used = self.instrumented(self.engine)
        self.application = wire(self.shop, self.used, self.clock, self.network(), self.sleep, metrics=metrics)

    def make_engine(self) -> Engine:
        """The host's queues and stores, with what is in them."""
        return sqlite_engine(self.folder, self.clock)

    def instrumented(self, engine: Engine) -> Engine:
        """The engine as the pipeline gets it."""
        return engine

    def network(self) -> httpx.BaseTransport:
        """The network as the pipeline gets it."""
        return SandboxTransport(self.sandbox, self.sleep)

    def sleep(self, seconds: float) -> None:
        self.slept += seconds

    def later(self, **span: float) -> None:
        self.now += timedelta(**span)

    # What third parties send

    def post(self, source: str, path: str, body: bytes, content_type: str = FORM) -> Reply:
        return self.gate.receive(
            Webhook(
                source=source,
                method="POST",
                path=tuple(path.split("/")) if path else (),
                query={},
                headers={"content-type": content_type},
                body=body,
                received_at=self.now,
            )
        )

    def call(self, phone: str | None, call_id: str, **fields: Any) -> Reply:
        """Mango tells of a call's end; missed, unless told otherwise."""
        summary = missed_call(phone, call_id, int(self.now.timestamp()))
        return self.post("mango", "events/summary", mango_body({**summary, **fields}))

    def talk(self, phone: str, call_id: str) -> Reply:
        """Mango tells that the shop has called somebody, and talked to them for a minute."""
        now = int(self.now.timestamp())
        back = {
            "call_direction": 2,
            "from": {"extension": "101", "number": "sip:manager1@shop.mangosip.ru"},
            "to": {"number": phone},
            "talk_time": now,
            "end_time": now + 60,
            "entry_result": 1,
        }
        return self.call(phone, call_id, **back)

    def lead(self, tranid: str, form: str = "form100", **fields: str) -> Reply:
        """A Tilda form."""
        body = urlencode({"tranid": tranid, "formid": form, **fields}).encode()
        return self.post("tilda", "demo-token", body)

    def parcel(
        self, code: str, at: datetime, number: str = "1001A", parcel: str = "", **attributes: Any
    ) -> Reply:
        """CDEK tells a parcel's status."""
        event = {
            "type": "ORDER_STATUS",
            "date_time": at.strftime("%Y-%m-%dT%H:%M:%S+0000"),
            "uuid": f"a1b2c3d4-0000-4000-8000-{parcel or number:0>12}",
            "attributes": {
                "is_return": False,
                "is_reverse": False,
                "is_client_return": False,
                "cdek_number": track_number(number, parcel),
                "number": number,
                "related_entities": [],
                "code": code,
                "status_code": "1000",
                "status_date_time": at.strftime("%Y-%m-%dT%H:%M:%S+0000"),
                "city_name": "Москва",
                "city_code": "44",
                "deleted": False,
                **attributes,
            },
        }
        return self.post("cdek", "demo-token", json.dumps(event).encode(), "application/json")

    # What we do with it

    def work(self) -> None:
        """Do everything that can be done now."""
        for _ in range(MAX_STEPS):
            if self.step(self.used.work) or self.step(self.used.notify):
                continue
            if not self.engine.timers.due(self.now, 1):
                return
            fire_due(self.used, self.now)
        raise AssertionError("the work does not come to an end")

    def step(self, queue: Queue) -> bool:
        """One message of this queue, as a worker does it; False if there is none."""
        message = queue.receive()
        if message is None:
            return False
        self.process(message, queue)
        return True

    def waiting(self) -> int:
        """How many messages there are, also those that are held or put off."""
        return self.engine.work.depth().messages + self.engine.notify.depth().messages

    def held(self) -> list[Timer]:
        """What a timer will put back, the first one first."""
        return self.engine.timers.due(FAR_FUTURE, MAX_STEPS)

    def process(self, message: Message, queue: Queue) -> None:
        name: QueueName = "notify" if queue in (self.used.notify, self.engine.notify) else "work"
        deadline = self.now + queue.visibility
        delay = self.application.pipeline.process(message.envelope, deadline, name)
        if delay is None:
            queue.done(message.receipt)
        else:
            queue.retry_after(message.receipt, delay)

    def work_for(self, step: timedelta = timedelta(seconds=5), **span: float) -> None:
        """Let time pass in steps, working at each."""
        until = self.now + timedelta(**span)
        while self.now < until:
            self.now += step
            self.work()

    # What people do in the CRM

    def make_order(self, order: Mapping[str, Any]) -> int:
        return self._in_crm("orders/create", {"site": "tents", "order": order})

    def make_orders(self, orders: Sequence[Mapping[str, Any]]) -> None:
        for first in range(0, len(orders), MOST_AT_ONCE):
            batch = orders[first : first + MOST_AT_ONCE]
            self._in_crm("orders/upload", {"site": "tents", "orders": batch})

    def edit_order(self, order_id: int, change: Mapping[str, Any]) -> None:
        self._in_crm(f"orders/{order_id}/edit", {"by": "id", "site": "tents", "order": change})

    def lose_the_crm(self) -> None:
        """Another, empty CRM: whatever we remember is gone there."""
        self.sandbox = Sandbox(self.clock)
        self.sandbox.configure({"rate_limit": None})
        self.restart()

    def make_customer(self, customer: Mapping[str, Any]) -> int:
        return self._in_crm("customers/create", {"site": "tents", "customer": customer})

    def subscribe(self, customer_id: int, *, active: bool, channel: str = "sms") -> None:
        """The client says whether they want a list of the shop's."""
        subscriptions = [{"channel": channel, "subscription": "news", "active": active}]
        fields = {"by": "id", "site": "tents", "subscriptions": subscriptions}
        self._in_crm(f"customers/{customer_id}/subscriptions", fields)

    def make_task(self, task: Mapping[str, Any]) -> int:
        return self._in_crm("tasks/create", {"site": "tents", "task": task})

    def edit_task(self, task_id: int, change: Mapping[str, Any]) -> None:
        task = self.task(task_id)
        kept = {"text": task["text"], "commentary": task["commentary"], "performerId": task["performer"]}
        self._in_crm(f"tasks/{task_id}/edit", {"site": "tents", "task": {**kept, **change}})

    def register_telephony(self) -> None:
        """The CRM takes calls from now on."""
        telephony = {"inputEventSupported": False}
        module = {"integrationCode": "leadkeeper", "integrations": {"telephony": telephony}}
        self._in_crm("integration-modules/leadkeeper/edit", {"integrationModule": module})

    def _in_crm(self, path: str, fields: Mapping[str, Any]) -> int:
        form = {
            name: value if isinstance(value, str) else json.dumps(value) for name, value in fields.items()
        }
        with httpx.Client(transport=SandboxTransport(self.sandbox)) as http:
            answer = http.post(f"http://crm/api/v5/{path}", data=form, headers={"X-API-KEY": "inspector"})
        assert answer.is_success, answer.text
        return int(answer.json().get("id", 0))

    # What goes wrong

    def fault(self, **fault: Any) -> None:
        """Switch a fault of the sandbox on: target, kind, times, path, method."""
        request = Request("POST", "/sandbox/faults", "", {}, json.dumps(fault).encode())
        assert self.sandbox.handle(request).status in {200, 201}

    def clear_faults(self) -> None:
        self.sandbox.clear_faults()

    # What became of it

    @property
    def orders(self) -> list[dict[str, Any]]:
        """The CRM's orders without the seeded one, oldest first."""
        return [order for order in self.state["orders"] if order["number"] != "1001A"]

    def order(self, number: str) -> dict[str, Any]:
        return next(order for order in self.state["orders"] if order["number"] == number)

    def order_ids(self) -> list[int]:
        return [order["id"] for order in self.orders]

    def task(self, task_id: int) -> dict[str, Any]:
        return next(task for task in self.tasks if task["id"] == task_id)

    @property
    def tasks(self) -> list[dict[str, Any]]:
        tasks: list[dict[str, Any]] = self.state["tasks"]
        return tasks

    @property
    def messages(self) -> list[dict[str, Any]]:
        messages: list[dict[str, Any]] = self.state["messages"]
        return messages

    @property
    def alerts(self) -> list[str]:
        return [message["text"] for message in self.state["telegram"]]

    @property
    def state(self) -> dict[str, Any]:
        return self.sandbox.state()

    def entries(self, *statuses: Status) -> list[Entry]:
        return self.engine.journal.latest(statuses, limit=1000)

    def entry_of_queue_head(self) -> str:
        """The id of the entry that the next message will make."""
        message = self.engine.work.receive()
        assert message is not None
        self.engine.work.retry_after(message.receipt, timedelta())
        return message.envelope.id

    def status(self) -> Status:
        """Where the newest webhook's entry stands."""
        return self.entry.status

    @property
    def entry(self) -> Entry:
        """The newest webhook's entry."""
        return next(entry for entry in self.entries() if not entry.source.startswith("@"))


def track_number(number: str, parcel: str = "") -> str:
    """CDEK's number of an order's parcel; the seeded order has a parcel already."""
    own = int(hashlib.sha256(f"{number}:{parcel}".encode()).hexdigest(), 16) % 10**10
    return "10000000011" if (number, parcel) in {("1001A", ""), ("", "")} else f"{own:010}"


def missed_call(phone: str | None, call_id: str, at: int) -> dict[str, Any]:
    """What Mango tells of a call that came in at this second and that nobody took."""
    return {
        "entry_id": call_id,
        "call_direction": 1,
        "from": {"number": phone} if phone else {},
        "to": {"extension": "101", "number": "sip:manager1@shop.mangosip.ru"},
        "line_number": "74950000001",
        "create_time": at,
        "forward_time": at + 5,
        "talk_time": 0,
        "end_time": at + 42,
        "entry_result": 0,
        "disconnect_reason": 1111,
    }


def mango_body(summary: Mapping[str, Any], key: str = "demo-key", salt: str = "demo-salt") -> bytes:
    text = json.dumps(summary)
    sign = hashlib.sha256((key + text + salt).encode()).hexdigest()
    return urlencode({"vpbx_api_key": key, "sign": sign, "json": text}).encode()
