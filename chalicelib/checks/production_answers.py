"""Managers who answer production with a task: those of ours about questions that people have completed."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from chalicelib.checks.port import Finding
from chalicelib.checks.running import ran_at
from chalicelib.crm.port import CompletedTask, CrmReader
from chalicelib.engine.port import Documents
from chalicelib.events import ProductionTaskCompleted
from chalicelib.ladder_memory import LadderMemory, production_key

EVERY = timedelta(minutes=5)
AT_FIRST = timedelta(days=2)
"""How far back the first look goes."""

ONCE_MORE = timedelta(hours=1)
"""So far before the last look the next one begins: what that held back, or the CRM's search did not show."""


class ProductionAnswers:
    """Looks at the tasks that were completed lately: one CRM read for each 100, ten at most."""

    name = "production-answers"
    every = EVERY
    has_baseline = False

    def __init__(self, crm: CrmReader, documents: Documents) -> None:
        """Look into this CRM, and into our memory of which tasks are ours."""
        self._crm = crm
        self._documents = documents

    def find(self, now: datetime) -> Iterator[Finding]:
        """See the port."""
        looked_at = ran_at(self._documents, self.name)
        completed = self._crm.completed_tasks(now - AT_FIRST if looked_at is None else looked_at - ONCE_MORE)
        keys = {production_key(task.order_id) for task in completed}
        documents = self._documents.get_many(sorted(keys)) if keys else {}
        ours = {
            task.id
            for document in documents.values()
            for task in LadderMemory.model_validate(document.content).tasks
            if task.about.startswith("question:")
        }
        yield from (_finding(task) for task in completed if task.id in ours)


def _finding(task: CompletedTask) -> Finding:
    return Finding(
        # A person may open it again, to write the answer that they forgot.
        dedup_id=f"production-task:{task.id}:{task.at.isoformat()}",
        group="",
        event=ProductionTaskCompleted(
            order_id=task.order_id, order_number=task.order_number, task_id=task.id, at=task.at
        ),
        line=f"{task.order_number}: a person has completed the task about production's question",
    )
