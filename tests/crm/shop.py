"""A CRM in the same process: our adapter against the sandbox, on a clock of the test's own."""

import json
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import httpx

from chalicelib.crm.retailcrm.adapter import RetailCrm
from chalicelib.crm.retailcrm.client import RetailCrmClient
from chalicelib.pace import Pace
from sandbox.clock import SteppedClock
from sandbox.faults import Fault
from sandbox.transport import SandboxTransport
from sandbox.world import Sandbox

URL = "https://tents.example"
KEY = "sandbox"
SITE = "tents"
MOSCOW = ZoneInfo("Europe/Moscow")
SEEDED = 1001
"""The id of the order that the sandbox begins with: number 1001A, track number 10000000011."""


class Recording(httpx.BaseTransport):
    """Keeps each request on its way."""

    def __init__(self, inner: httpx.BaseTransport) -> None:
        self._inner = inner
        self.requests: list[httpx.Request] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        return self._inner.handle_request(request)


class CrmShop:
    """The adapter, the sandbox behind it, and what went between them."""

    def __init__(self, zone: ZoneInfo = MOSCOW, key: str = KEY, site: str = SITE) -> None:
        self.clock = SteppedClock()
        self.sandbox = Sandbox(self.clock)
        self.sandbox.configure({"rate_limit": None})
        self.slept: list[float] = []
        self.wire = Recording(SandboxTransport(self.sandbox, self.sleep))
        self.crm = RetailCrm(
            RetailCrmClient(URL, key, self.pace(), self.wire, self.sleep),
            site=site,
            zone=zone,
            finished_groups=frozenset({"complete", "cancel"}),
            monotonic=self.monotonic,
        )

    def pace(self) -> Pace:
        return Pace(1_000_000, self.monotonic, self.sleep)

    def monotonic(self) -> float:
        return self.clock.now.timestamp()

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.clock.advance(seconds)

    def later(self, **span: float) -> None:
        self.clock.now += timedelta(**span)

    def fault(self, kind: str, *, times: int | None = None, path: str | None = None) -> None:
        self.sandbox.add_fault(Fault("retailcrm", kind, times=times, path=path))

    # What people do in the CRM

    def person_makes(self, what: str, **fields: Any) -> int:
        return int(self._write(f"{what}s/create", {"site": SITE, what: json.dumps(fields)})["id"])

    def person_edits_order(self, order_id: int, user: int | None = None, **fields: Any) -> None:
        key = "inspector" if user is None else f"user-{user}"
        self._write(f"orders/{order_id}/edit", {"by": "id", "order": json.dumps(fields)}, key)

    def person_edits_task(self, task_id: int, **fields: Any) -> None:
        self._write(f"tasks/{task_id}/edit", {"by": "id", "task": json.dumps(fields)})

    def person_subscribes(self, customer_id: int, channel: str, *, active: bool) -> None:
        wish = [{"channel": channel, "subscription": "news", "active": active}]
        self._write(f"customers/{customer_id}/subscriptions", {"by": "id", "subscriptions": json.dumps(wish)})

    def _write(self, path: str, form: Mapping[str, str], key: str = "inspector") -> dict[str, Any]:
        with httpx.Client(transport=SandboxTransport(self.sandbox), headers={"X-API-KEY": key}) as http:
            answer = http.post(f"{URL}/api/v5/{path}", data=dict(form))
        assert answer.is_success, answer.text
        content: dict[str, Any] = answer.json()
        return content

    # What became of it

    def order(self, order_id: int) -> dict[str, Any]:
        return next(order for order in self.sandbox.state()["orders"] if order["id"] == order_id)

    @property
    def orders(self) -> list[dict[str, Any]]:
        orders: list[dict[str, Any]] = self.sandbox.state()["orders"]
        return [order for order in orders if order["id"] != SEEDED]

    @property
    def tasks(self) -> list[dict[str, Any]]:
        tasks: list[dict[str, Any]] = self.sandbox.state()["tasks"]
        return tasks


def answering(answer: Callable[[httpx.Request], httpx.Response]) -> RetailCrm:
    """The adapter in front of a server that answers just so."""
    client = RetailCrmClient(
        URL, KEY, Pace(1_000_000, lambda: 0.0), httpx.MockTransport(answer), lambda _seconds: None
    )
    return RetailCrm(client, site=SITE, zone=MOSCOW, finished_groups=frozenset({"complete", "cancel"}))
