"""Tasks and notes, as retailCRM has them."""

from collections.abc import Collection
from datetime import datetime

from chalicelib.actions import AddNote, CreateTask
from chalicelib.crm.port import CompletedTask, Task, TaskComment
from chalicelib.crm.retailcrm import requests
from chalicelib.crm.retailcrm.answers import page_count, parsed, parsed_list
from chalicelib.crm.retailcrm.client import NotFound
from chalicelib.crm.retailcrm.models import CommentAnswer, NoteAnswer, TaskAnswer
from chalicelib.crm.retailcrm.reading.account import PAGE, AccountReading

MAX_TASK_PAGES = 10


class TaskReading(AccountReading):
    """Reads tasks and notes."""

    def task(self, task_id: int) -> Task | None:
        """See the port."""
        try:
            answer = self._client.get(f"tasks/{task_id}")
        except NotFound:
            return None
        return self._task(parsed(TaskAnswer, answer.get("task")))

    def tasks_with_ids(self, task_ids: Collection[int]) -> list[Task]:
        """See the port."""
        answers = self._with_ids("tasks", task_ids)
        return [
            self._task(task) for answer in answers for task in parsed_list(TaskAnswer, answer.get("tasks"))
        ]

    def completed_tasks(self, since: datetime) -> tuple[CompletedTask, ...]:
        """See the port. The filter knows whole days, so the moments are compared again."""
        filters = [
            ("filter[status]", "completed"),
            ("filter[completedAtFrom]", self._day(since)),
            ("limit", PAGE),
        ]
        found: dict[int, CompletedTask] = {}
        for page in range(1, MAX_TASK_PAGES + 1):
            answer = self._client.get("tasks", [*filters, ("page", str(page))])
            for task in parsed_list(TaskAnswer, answer.get("tasks")):
                at = self._moment(task.completed_at) if task.completed_at else None
                if task.order and at is not None and at >= since:
                    found[task.id] = CompletedTask(
                        id=task.id, order_id=task.order.id, order_number=task.order.number, at=at
                    )
            if page >= page_count(answer):
                break
        return tuple(found.values())

    def last_comment(self, task_id: int) -> TaskComment | None:
        """See the port. Which end of the list is the newest is not documented, so their ids tell."""
        try:
            answer = self._client.get(f"tasks/{task_id}/comments", [("limit", PAGE)])
        except NotFound:
            return None
        comments = [
            comment for comment in parsed_list(CommentAnswer, answer.get("comments")) if comment.text.strip()
        ]
        newest = max(comments, key=lambda comment: comment.id, default=None)
        return None if newest is None else TaskComment(text=newest.text.strip(), user_id=newest.creator)

    def find_task(self, action: CreateTask, marker: str, since: datetime) -> int | None:
        """See the port. Tasks have no external id: the marker stands at the end of the commentary."""
        filters = (
            [("filter[orderNumber]", action.order_number)]
            if action.order_number
            else [("filter[performers][]", str(action.performer_id))]
        )
        filters = [*filters, ("filter[createdAtFrom]", self._day_before(since)), ("limit", PAGE)]
        for page in range(1, MAX_TASK_PAGES + 1):
            answer = self._client.get("tasks", [*filters, ("page", str(page))])
            tasks = parsed_list(TaskAnswer, answer.get("tasks"))
            for task in tasks:
                if marker in task.commentary.split():
                    return task.id
            if page >= page_count(answer):
                return None
        return None

    def known_notes(self, note_ids: Collection[int]) -> frozenset[int]:
        """See the port."""
        answers = self._with_ids("customers/notes", note_ids)
        return frozenset(
            note.id for answer in answers for note in parsed_list(NoteAnswer, answer.get("notes"))
        )

    def find_note(self, action: AddNote, marker: str, since: datetime) -> int | None:
        """See the port. As tasks: the marker stands at the end of the text."""
        filters = [
            ("filter[customerIds][]", str(action.customer_id)),
            ("filter[createdAtFrom]", self._day_before(since)),
            ("limit", PAGE),
        ]
        answer = self._client.get("customers/notes", filters)
        notes = parsed_list(NoteAnswer, answer.get("notes"))
        return next((note.id for note in notes if marker in note.text.split()), None)

    def _task(self, answer: TaskAnswer) -> Task:
        return Task(
            id=answer.id,
            text=answer.text,
            commentary=requests.unmarked(answer.commentary),
            performer_id=answer.performer,
            is_complete=answer.complete,
            due_at=self._due(answer.datetime),
            order_id=answer.order.id if answer.order else None,
        )

    def _due(self, text: str) -> datetime | None:
        """Minutes, whether or not seconds follow them."""
        minutes = text[: len("2026-11-20 11:00")]
        return self._moment(minutes) if minutes else None
