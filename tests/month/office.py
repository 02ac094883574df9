"""People at work in the CRM's own pages, each under their own name."""

import json
from typing import Any
from urllib.parse import urlencode

import httpx

from sandbox.documents import Document
from sandbox.transport import SandboxTransport
from tests.month.happenings import Answered, CardMade, Edited, Made, Touched, TriggeredLate
from tests.month.observed import kind_of
from tests.month.people import somebody_else
from tests.month.scenario import REASON_FIELD
from tests.month.shop import ANSWER_FIELD, BOSS, FIRED, WORKERS
from tests.world import World

QUESTION = "production question"


class Office:
    """The managers."""

    def __init__(self, world: World) -> None:
        self._world = world
        transport = SandboxTransport(world.sandbox)
        self._http = httpx.Client(transport=transport, base_url="http://crm/api/v5/")

    def hire(self) -> None:
        """Those managers whom the sandbox does not begin with."""
        books = self._world.sandbox.crm.books
        colleague = books.users.get(WORKERS[0].user) or {}
        for one in WORKERS:
            if one.user in {WORKERS[0].user, BOSS, FIRED}:
                continue
            first, last = one.name.split()
            user = {**colleague, "firstName": first, "lastName": last, "email": f"{one.user}@tents.example"}
            user.pop("id")
            assert books.users.add(user, self._world.now) == one.user

    def add_field(self) -> None:
        """The shop's own field, of which nobody but people knows the type."""
        field = {"code": REASON_FIELD, "name": "Причина отмены", "type": "text"}
        self._write(BOSS, "custom-fields/order/create", {"customField": field})

    def order(self, external_id: str) -> Document | None:
        """As it is now."""
        return next(iter(self._world.sandbox.crm.books.orders.found("externalId", external_id)), None)

    def made(self, made: Made) -> None:
        order = {"externalId": made.order, "orderMethod": "phone", **made.fields}
        self._write(made.user, "orders/create", {"order": order})

    def card_made(self, made: CardMade) -> None:
        card = {"firstName": made.name, "phones": [{"number": made.phone}]}
        self._write(made.user, "customers/create", {"customer": card})

    def edited(self, edited: Edited, order: Document) -> None:
        """And the CRM's trigger tells us, as often as it does."""
        self._write(edited.user, f"orders/{order['id']}/edit", {"by": "id", "order": edited.fields})
        told = {"status": edited.fields["status"]} if "status" in edited.fields else {"changed": "yes"}
        for _ in range(edited.triggers):
            self._trigger(order, **told)

    def triggered_late(self, triggered: TriggeredLate, order: Document) -> None:
        self._trigger(order, status=triggered.status)

    def touched(self, touched: Touched, order: Document) -> None:
        for task in self._open_tasks(order, touched.kind):
            self._touch(task, touched.user, touched.how)

    def answered(self, answered: Answered, order: Document) -> None:
        if answered.way == "field":
            fields = {"customFields": {ANSWER_FIELD: answered.text}}
            self.edited(Edited(answered.at, answered.order, answered.user, fields), order)
            return
        for task in self._open_tasks(order, QUESTION):
            self._world.sandbox.add_task_comment(task["id"], answered.user, answered.text)
            self._touch(task, answered.user, "complete")

    def _trigger(self, order: Document, **told: str) -> None:
        body = urlencode({"order_id": order["id"], **told}).encode()
        assert self._world.post("crm-main", "demo-token", body).status == 200

    def _open_tasks(self, order: Document, kind: str) -> list[Document]:
        about = self._world.sandbox.crm.books.tasks.found("number", order["number"].casefold())
        return [task for task in about if not task["complete"] and kind_of(task["text"]) == kind]

    def _touch(self, task: Document, user: int, how: str) -> None:
        performer = task["performer"]
        kept = {"text": task["text"], "commentary": task["commentary"], "performerId": performer}
        changes: dict[str, dict[str, Any]] = {
            "complete": {"complete": True},
            "hand on": {"performerId": somebody_else(performer)},
            "reword": {"commentary": f"{task['commentary']}\nНабрать вечером"},
        }
        self._write(user, f"tasks/{task['id']}/edit", {"task": {**kept, **changes[how]}})

    def _write(self, user: int, path: str, fields: dict[str, Any]) -> None:
        parts = {**fields, "site": "tents"}
        form = {name: part if isinstance(part, str) else json.dumps(part) for name, part in parts.items()}
        answer = self._http.post(path, data=form, headers={"X-API-KEY": f"user-{user}"})
        assert answer.is_success, answer.text
