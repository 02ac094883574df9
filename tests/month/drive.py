"""Lets a month happen: the whole product in one process against the sandbox, on a fake clock."""

import json
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from functools import singledispatchmethod
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx

from chalicelib.bootstrap import DATA_FILE, engine_on
from chalicelib.engine.port import Engine
from chalicelib.gate.gate import Gate
from chalicelib.gate.provider import Source
from chalicelib.gate.timed_signature import signed
from chalicelib.gate.webhook import Webhook
from sandbox.documents import Document
from sandbox.production import SECRET
from sandbox.transport import SandboxTransport
from tests.month.happenings import (
    Answered,
    CardMade,
    Edited,
    Form,
    Happening,
    Made,
    Missed,
    Outage,
    Produced,
    Talked,
    Told,
    Touched,
    Wrote,
)
from tests.month.observed import kind_of
from tests.month.one_thread import OneThread
from tests.month.people import somebody_else
from tests.month.scenario import REASON_FIELD
from tests.month.setting_up import set_up
from tests.month.shop import ANSWER_FIELD, BOSS, FIRED, WORKERS, WORKSHOP, month_shop
from tests.world import MORNING, World, missed_call, track_number

SECRET_HEADER = "x-telegram-bot-api-secret-token"
TICK = timedelta(minutes=5)
"""How often a minute of the host is played: each of them would only take longer."""

FIELDS = {REASON_FIELD: "Причина отмены"}
LADDERS = ("stalled-pickups", "unprocessed-leads")
Progress = Callable[[datetime], None]


class Month(World):
    """The shop, its people at work in the CRM, and everybody who tells it something."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, month_shop())
        self._at_work = httpx.Client(transport=SandboxTransport(self.sandbox), base_url="http://crm/api/v5/")
        self._hire()
        self._set_up()
        for check in LADDERS:
            self.application.checks.run(check)
            self.application.checks.accept(check)
        source = Source("workshop", "production", WORKSHOP)
        self._workshop = Gate({source.name: source}, self.engine.work.put)
        self.missing: set[str] = set()
        """Orders that were not there when something was to happen to them."""

    def make_engine(self) -> Engine:
        return engine_on(OneThread(self.folder / DATA_FILE), self.clock)

    def live(self, happenings: Iterable[Happening], end: datetime, progress: Progress) -> None:
        """Let it all happen, and the host's checks run meanwhile."""
        ticks = MORNING
        for happening in happenings:
            while ticks + TICK <= happening.at:
                ticks += TICK
                self._tick(ticks)
            self.now = happening.at
            self._happens(happening)
            self.work()
            progress(self.now)
        while ticks < end:
            ticks += TICK
            self._tick(ticks)

    def _tick(self, at: datetime) -> None:
        """What a host does each minute."""
        self.now = at
        if self._outage and at >= self._outage.until:
            self.clear_faults()
            self._outage = None
        self.application.incidents.look_after()
        self.application.checks.run_due(each_tick=True)
        self.application.checks.run_due(each_tick=False)
        self.work()

    _outage: Outage | None = None

    @singledispatchmethod
    def _happens(self, happening: Happening) -> None:
        raise NotImplementedError(happening)

    @_happens.register
    def _form(self, form: Form) -> None:
        fields = {"Phone": form.phone, "Name": form.name, "Email": form.email}
        assert self.lead(form.id, form.form, **fields).status == 200

    @_happens.register
    def _missed(self, call: Missed) -> None:
        rang = missed_call(call.phone, call.id, int(call.happened_at.timestamp()) - 42)
        assert self.call(call.phone, call.id, **rang).status == 200

    @_happens.register
    def _talked(self, talk: Talked) -> None:
        began = int(talk.at.timestamp()) - 60
        rang, ended = began - 9, began + 60
        times = {"create_time": rang, "forward_time": rang, "talk_time": began, "end_time": ended}
        back = {"call_direction": 2, "to": {"number": talk.phone}, "entry_result": 1}
        person = {"extension": "101", "number": "sip:manager1@shop.mangosip.ru"}
        assert self.call(talk.phone, talk.id, **back, **times, **{"from": person}).status == 200

    @_happens.register
    def _wrote(self, wrote: Wrote) -> None:
        person = {"id": wrote.chat, "first_name": wrote.name}
        message = {
            "message_id": wrote.number,
            "date": int(wrote.happened_at.timestamp()),
            "chat": {**person, "type": "private"},
            "from": {**person, "is_bot": False},
            "text": wrote.text,
        }
        update = {"update_id": wrote.chat * 10 + wrote.number, "message": message}
        self._post("telegram", "", update, {SECRET_HEADER: "demo-token"})

    @_happens.register
    def _told(self, told: Told) -> None:
        order = self._order(told.order)
        if order is None:
            self.missing.add(told.order)
            return
        number = str(order["number"])
        parcel = {"cdek_number": track_number(number, "own"), "city_name": "Томск"}
        assert self.parcel(told.code, told.happened_at, number, told.order, **parcel).status == 200

    @_happens.register
    def _made(self, made: Made) -> None:
        order = {"externalId": made.order, "orderMethod": "phone", **made.fields}
        self._person(made.user, "orders/create", {"order": order})

    @_happens.register
    def _card_made(self, made: CardMade) -> None:
        card = {"firstName": made.name, "phones": [{"number": made.phone}]}
        self._person(made.user, "customers/create", {"customer": card})

    @_happens.register
    def _edited(self, edited: Edited) -> None:
        order = self._order(edited.order)
        if order is None:
            self.missing.add(edited.order)
            return
        self._person(edited.user, f"orders/{order['id']}/edit", {"by": "id", "order": edited.fields})
        told = {"status": edited.fields["status"]} if "status" in edited.fields else {"changed": "yes"}
        body = urlencode({"order_id": order["id"], **told}).encode()
        for _ in range(edited.triggers):
            assert self.post("crm-main", "demo-token", body).status == 200

    @_happens.register
    def _touched(self, touched: Touched) -> None:
        for task in self._tasks(touched.order):
            if task["complete"] or kind_of(task["text"]) != touched.kind:
                continue
            performer = task["performer"]
            kept = {"text": task["text"], "commentary": task["commentary"], "performerId": performer}
            changes: dict[str, dict[str, Any]] = {
                "complete": {"complete": True},
                "hand on": {"performerId": somebody_else(performer)},
                "reword": {"commentary": f"{task['commentary']}\nНабрать вечером"},
            }
            edited = {**kept, **changes[touched.how]}
            self._person(touched.user, f"tasks/{task['id']}/edit", {"task": edited})

    def _tasks(self, external_id: str) -> list[Document]:
        order = self._order(external_id)
        return self.sandbox.crm.books.tasks.found("number", order["number"].casefold()) if order else []

    @_happens.register
    def _produced(self, told: Produced) -> None:
        content = {"id": told.id, "type": told.kind, "order": told.order, "text": told.text}
        if told.kind == "question":
            content["question_id"] = f"q-{told.id}"
        if told.day:
            content["date"] = told.day.isoformat()
        body = json.dumps({name: value for name, value in content.items() if value}).encode()
        headers = {"content-type": "application/json", **signed(body, SECRET, self.now)}
        webhook = Webhook("workshop", "POST", (), {}, headers, body, self.now)
        assert self._workshop.receive(webhook).status == 200

    @_happens.register
    def _answered(self, answered: Answered) -> None:
        if answered.way == "field":
            fields = {"customFields": {ANSWER_FIELD: answered.text}}
            self._edited(Edited(answered.at, answered.order, answered.user, fields))
            return
        for task in self._tasks(answered.order):
            if not task["complete"] and kind_of(task["text"]) == "production question":
                self.sandbox.add_task_comment(task["id"], answered.user, answered.text)
                self._touched(
                    Touched(answered.at, answered.order, "production question", answered.user, "complete")
                )

    @_happens.register
    def _goes_away(self, outage: Outage) -> None:
        self._outage = outage
        self.fault(target="retailcrm", kind="503")

    def _order(self, external_id: str) -> Document | None:
        return next(iter(self.sandbox.crm.books.orders.found("externalId", external_id)), None)

    def _person(self, user: int, path: str, fields: dict[str, Any]) -> None:
        parts = {**fields, "site": "tents"}
        form = {name: part if isinstance(part, str) else json.dumps(part) for name, part in parts.items()}
        answer = self._at_work.post(path, data=form, headers={"X-API-KEY": f"user-{user}"})
        assert answer.is_success, answer.text

    def _post(self, source: str, path: str, content: Document, headers: dict[str, str]) -> None:
        webhook = Webhook(
            source=source,
            method="POST",
            path=(path,) if path else (),
            query={},
            headers={"content-type": "application/json", **headers},
            body=json.dumps(content).encode(),
            received_at=self.now,
        )
        assert self.gate.receive(webhook).status == 200

    def _set_up(self) -> None:
        """What the account does not begin with: a field of the shop's own, and what ``crm setup`` makes."""
        for code, name in FIELDS.items():
            field = {"code": code, "name": name, "type": "text"}
            self._person(BOSS, "custom-fields/order/create", {"customField": field})
        self.made_by_setup = set_up(self.sandbox, self.shop)

    def _hire(self) -> None:
        """Those managers whom the sandbox does not begin with."""
        books = self.sandbox.crm.books
        colleague = books.users.get(WORKERS[0].user) or {}
        for one in WORKERS:
            if one.user in {WORKERS[0].user, BOSS, FIRED}:
                continue
            first, last = one.name.split()
            user = {**colleague, "firstName": first, "lastName": last, "email": f"{one.user}@tents.example"}
            user.pop("id")
            assert books.users.add(user, self.now) == one.user
