"""Kill the worker at each step of what production tells and hears."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from chalicelib.engine.port import Document
from chalicelib.ladder_memory import LadderMemory, LadderTask, production_key
from chalicelib.production.memory import ProductionMemory, Question
from tests.crashes import CrashingWorld, Steps
from tests.production.workshop import ASKED, Workshop
from tests.test_crashes import crash_at_each_step, effects


class CrashingWorkshop(CrashingWorld, Workshop):
    """A world with a workshop whose worker can be killed at a step."""


def asked_before(world: CrashingWorkshop) -> int:
    """An order with an open question, and its id."""
    order_id = world.make()
    asked = Question(
        number=1, id="q-e1", source="workshop", entry_id="e", text=ASKED, at=world.now - timedelta(hours=1)
    )
    task = LadderTask(
        id=world.make_task({"text": "Вопрос", "commentary": "Цвет?", "performerId": 1}),
        step=timedelta(),
        about=asked.about,
        text="Вопрос",
        commentary="Цвет?",
        performer_id=1,
        marker="lk-1-1",
    )
    memory = LadderMemory(tasks=(task,), production=ProductionMemory(asked=1, questions=(asked,)))
    world.engine.documents.put(Document(production_key(order_id), memory.content(), 0))
    return order_id


def question(world: CrashingWorkshop) -> None:
    world.make()
    world.asks()


def answer(world: CrashingWorkshop) -> None:
    order_id = asked_before(world)
    world.answer(order_id, "Чёрные")
    world.post("crm-main", "demo-token", f"order_id={order_id}&changed=yes".encode())


def late(world: CrashingWorkshop) -> None:
    world.make()
    world.tells("promised", date=f"{world.now:%Y-%m-%d}")


def ready(world: CrashingWorkshop) -> None:
    asked_before(world)
    world.tells("ready")


def seen(world: Any) -> dict[str, Any]:
    answers = [(given["question_id"], given["text"]) for given in world.answers]
    return {**effects(world), "answers": answers}


@pytest.mark.parametrize("scenario", [question, answer, late, ready])
def test_crash_at_any_step_ends_with_exactly_one_effect(
    tmp_path: Path, scenario: Callable[[CrashingWorkshop], None]
) -> None:
    def make(folder: Path, steps: Steps) -> CrashingWorkshop:
        return CrashingWorkshop(folder, steps)

    crash_at_each_step(tmp_path, scenario, make, seen)  # type: ignore[arg-type]  # it makes our world
