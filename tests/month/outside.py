"""Third parties: what they send when something happens."""

import json
from collections.abc import Mapping

from chalicelib.gate.gate import Gate
from chalicelib.gate.provider import Source
from chalicelib.gate.timed_signature import signed
from chalicelib.gate.webhook import Webhook
from sandbox.documents import Document
from sandbox.production import SECRET
from tests.month.happenings import Form, Missed, Produced, Talked, Told, Wrote
from tests.month.shop import WORKSHOP
from tests.world import World, missed_call, track_number

TELEGRAM_SECRET = {"x-telegram-bot-api-secret-token": "demo-token"}


class Outside:
    """Clients by form, phone and messenger, the courier, and the workshop."""

    def __init__(self, world: World) -> None:
        self._world = world
        # The example shop has no workshop, and the world's gate knows its sources alone.
        source = Source("workshop", "production", WORKSHOP)
        self._workshop = Gate({source.name: source}, world.engine.work.put)

    def form(self, form: Form) -> None:
        fields = {"Phone": form.phone, "Name": form.name, "Email": form.email}
        assert self._world.lead(form.id, form.form, **fields).status == 200

    def missed(self, call: Missed) -> None:
        rang = missed_call(call.phone, call.id, int(call.happened_at.timestamp()) - 42)
        assert self._world.call(call.phone, call.id, **rang).status == 200

    def talked(self, talk: Talked) -> None:
        began = int(talk.at.timestamp()) - 60
        rang, ended = began - 9, began + 60
        times = {"create_time": rang, "forward_time": rang, "talk_time": began, "end_time": ended}
        back = {"call_direction": 2, "to": {"number": talk.phone}, "entry_result": 1}
        person = {"extension": "101", "number": "sip:manager1@shop.mangosip.ru"}
        assert self._world.call(talk.phone, talk.id, **back, **times, **{"from": person}).status == 200

    def wrote(self, wrote: Wrote) -> None:
        person = {"id": wrote.chat, "first_name": wrote.name}
        message = {
            "message_id": wrote.number,
            "date": int(wrote.happened_at.timestamp()),
            "chat": {**person, "type": "private"},
            "from": {**person, "is_bot": False},
            "text": wrote.text,
        }
        update = {"update_id": wrote.chat * 10 + wrote.number, "message": message}
        body = json.dumps(update).encode()
        self._deliver(self._world.gate, "telegram", body, TELEGRAM_SECRET)

    def told(self, told: Told, order: Document) -> None:
        number = str(order["number"])
        parcel = {"cdek_number": track_number(number, "own"), "city_name": "Томск"}
        reply = self._world.parcel(told.code, told.happened_at, number, told.order, **parcel)
        assert reply.status == 200

    def produced(self, told: Produced) -> None:
        content = {"id": told.id, "type": told.kind, "order": told.order, "text": told.text}
        if told.kind == "question":
            content["question_id"] = f"q-{told.id}"
        if told.day:
            content["date"] = told.day.isoformat()
        body = json.dumps({name: value for name, value in content.items() if value}).encode()
        self._deliver(self._workshop, "workshop", body, signed(body, SECRET, self._world.now))

    def _deliver(self, gate: Gate, source: str, body: bytes, headers: Mapping[str, str]) -> None:
        every = {"content-type": "application/json", **headers}
        webhook = Webhook(source, "POST", (), {}, every, body, self._world.now)
        assert gate.receive(webhook).status == 200
