"""A shop with a production system of its own, in a world on a fake clock."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from chalicelib.gate.gate import Gate
from chalicelib.gate.provider import Reply, Source
from chalicelib.gate.timed_signature import signed
from chalicelib.gate.webhook import Webhook
from chalicelib.settings import Shop
from sandbox.production import PATH, SECRET
from tests.world import World, example_shop

SOURCE: Mapping[str, Any] = {
    "provider": "production",
    "secret": SECRET,
    "answer_url": f"http://127.0.0.1:8001{PATH}",
}
PRODUCTION: Mapping[str, Any] = {
    "question_field": "production_question",
    "answer_field": "production_answer",
    "promised_field": "production_promised",
    "making": ["prepayed", "assembling"],
    "next_status": "assembling-complete",
}
CHECKS = ("moved-on", "production-answers")
ASKED = "Какой цвет люверсов?"


def a_shop(**production: Any) -> Shop:
    return example_shop(
        sources={"workshop": SOURCE},
        production={**PRODUCTION, **production},
        messages={"order_statuses": {"assembling-complete": "ready"}},
        client_time={"quiet": ""},
    )


class Workshop(World):
    """The world of a shop whose production tells by webhook."""

    def __init__(self, folder: Path, shop: Shop | None = None) -> None:
        super().__init__(folder, shop or a_shop())

    def start(self) -> None:
        super().start()
        self.workshop = Gate({"workshop": Source("workshop", "production", SOURCE)}, self.engine.work.put)

    def tells(self, kind: str, event_id: str = "e1", **fields: Any) -> Reply:
        """Production posts an event, signed."""
        content = {"id": event_id, "type": kind, "order": "T1", **fields}
        body = json.dumps({name: value for name, value in content.items() if value is not ...}).encode()
        headers = {"content-type": "application/json", **signed(body, SECRET, self.now)}
        return self.workshop.receive(Webhook("workshop", "POST", (), {}, headers, body, self.now))

    def asks(self, event_id: str = "e1", text: str = ASKED, **fields: Any) -> Reply:
        return self.tells("question", event_id, **{"question_id": f"q-{event_id}", "text": text, **fields})

    def make(self, **fields: Any) -> int:
        """The order that production makes; the client waits for it."""
        order = {"number": "T1", "status": "assembling", "phone": "+7 916 123-45-67", "managerId": 1}
        return self.make_order({**order, **fields})

    def look(self) -> None:
        """The checks run, and what they find is done."""
        for name in CHECKS:
            self.application.checks.run(name)
        self.work()

    def answer(self, order_id: int, text: str) -> None:
        """A manager writes into the order's field."""
        self.fill(order_id, production_answer=text)

    def fill(self, order_id: int, **fields: Any) -> None:
        self.edit_order(order_id, {"customFields": fields})

    @property
    def made(self) -> dict[str, Any]:
        return self.order("T1")

    @property
    def open_tasks(self) -> list[dict[str, Any]]:
        return [task for task in self.tasks if not task["complete"]]

    @property
    def answers(self) -> list[dict[str, Any]]:
        answers: list[dict[str, Any]] = self.state["production"]
        return answers
