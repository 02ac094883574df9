"""Who changed what, as retailCRM's histories tell it."""

from datetime import datetime

from chalicelib.crm.port import OrderChange, OrderChanges, TaskChange
from chalicelib.crm.retailcrm.answers import page_count, parsed_list, text_of
from chalicelib.crm.retailcrm.client import Parameters
from chalicelib.crm.retailcrm.models import HistoryAnswer, TaskHistoryAnswer
from chalicelib.crm.retailcrm.reading.account import PAGE, AccountReading

MAX_HISTORY_PAGES = 5


class HistoryReading(AccountReading):
    """Reads the histories of orders and tasks."""

    def order_changes(self, after: int | None, since: datetime) -> OrderChanges:
        """See the port. ``sinceId`` excludes itself, and must not be sent together with ``page``."""
        return self._changes(after, since, [])

    def changes_of_order(self, order_id: int, since: datetime) -> tuple[OrderChange, ...]:
        """See the port."""
        return self._changes(None, since, [("filter[orderId]", str(order_id))]).changes

    def changes_of_task(self, task_id: int, since: datetime) -> tuple[TaskChange, ...]:
        """See the port. Nobody changes a task a hundred times: one page is enough."""
        filters = [
            ("filter[taskId]", str(task_id)),
            ("filter[startDate]", self._second(since)),
            ("limit", PAGE),
        ]
        answer = self._client.get("tasks/history", filters)
        records = parsed_list(TaskHistoryAnswer, answer.get("history"))
        return tuple(self._task_change(task_id, record) for record in records)

    def _changes(self, after: int | None, since: datetime, filters: Parameters) -> OrderChanges:
        changes: list[OrderChange] = []
        last_id = after
        for _ in range(MAX_HISTORY_PAGES):
            start = (
                ("filter[startDate]", self._second(since))
                if last_id is None
                else ("filter[sinceId]", str(last_id))
            )
            answer = self._client.get("orders/history", [*filters, start, ("limit", PAGE)])
            records = parsed_list(HistoryAnswer, answer.get("history"))
            changes += [change for record in records if (change := self._change(record))]
            last_id = max([record.id for record in records], default=last_id)
            if not records or page_count(answer) <= 1:
                break
        return OrderChanges(changes=tuple(changes), last_id=last_id)

    def _change(self, record: HistoryAnswer) -> OrderChange | None:
        """None for a record of another shop's order."""
        order = record.order
        if order is None or (self._site and order.site and order.site != self._site):
            return None
        return OrderChange(
            id=record.id,
            order_id=order.id,
            field=record.field,
            before=text_of(record.old_value),
            after=text_of(record.new_value),
            at=self._moment(record.created_at),
            user_id=record.user.id if record.user else None,
            is_ours=record.api_key.current,
            is_deletion=record.deleted,
            merged_into=record.combined_to.id if record.combined_to else None,
        )

    def _task_change(self, task_id: int, record: TaskHistoryAnswer) -> TaskChange:
        return TaskChange(
            task_id=task_id,
            field=record.field,
            at=self._moment(record.created_at),
            user_id=record.user.id if record.user else None,
            is_ours=record.api_key.current,
            is_creation=record.created,
            is_removal=record.deleted,
        )
