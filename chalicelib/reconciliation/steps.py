"""The comparing in small steps, so that it can go on in another process; each reads a bounded amount."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from itertools import islice

from chalicelib.actions import CreateTask
from chalicelib.crm.port import CrmReader, Order
from chalicelib.engine.port import Engine
from chalicelib.entry import SET_ASIDE, Entry, Status
from chalicelib.events import OWN_TROUBLE, Difference, Fate
from chalicelib.parcel_memory import ParcelMemory
from chalicelib.reconciliation.accepted import Accepted, accepted
from chalicelib.reconciliation.comparing import (
    behind_courier,
    gone_notes,
    gone_orders,
    gone_tasks,
    other_statuses,
    unfinished,
)
from chalicelib.reconciliation.memory import MOST_KEPT, Looked, Progress
from chalicelib.reconciliation.tracing import (
    history_since,
    traced_order,
    traced_status,
    traced_task,
    with_fate,
)
from chalicelib.settings import Shop

PIECE = 500
"""Entries a step: five reads of each kind of thing at the most, where each of them made one."""

SETTLES_WITHIN = timedelta(minutes=15)
"""What came in, or was done, later may still be on its way, and the CRM's searches lag."""

OPEN_TOO_LONG = timedelta(hours=1)
EVER = timedelta(days=400)
"""An open entry is looked at however old it is."""

MOST_GONE = 0.5
"""If more than this part of the orders is gone, it is rather the wrong CRM: nothing is put right."""

FEW = 20
"""Of so many it is asked who removed them, whatever part they are."""

FEW_WITHOUT_TRACE = 4
"""So many are put right, whatever part they are: of a small shop, too, no wrong CRM gets more."""

STAGES = (Status.DONE, Status.IGNORED)
"""An ignored one may tell of a parcel whose order had the right status already."""


@dataclass(frozen=True, slots=True)
class Comparing:
    """Compares the journal with the CRM. Changes nothing anywhere."""

    shop: Shop
    crm: CrmReader
    engine: Engine

    def steps(self, progress: Progress, *, is_sure: bool = False) -> Iterator[Progress]:
        """Go on from there, and say after each step how far it came; the last one is the whole result.

        Args:
            progress: how far it came.
            is_sure: whether a person says that it is the right CRM, however much is gone.

        Raises:
            LeadkeeperError: the CRM does not answer.
        """
        if progress.late:
            progress = self._late(progress)
            yield progress
        while progress.stage < len(STAGES):
            progress = self._next_piece(progress)
            yield progress
        if not is_sure:
            progress = _doubted(progress, "untraced", progress.found, FEW)
        while (untraced := progress.untraced) is not None:
            traced = self._traced(untraced)
            progress = progress.without(untraced) if traced is None else progress.with_differences(traced)
            yield progress
        lost: Counter[str] = Counter(
            each.kind for each in progress.differences.values() if each.fate == "repair"
        )
        if not is_sure:
            progress = _doubted(progress, "repair", lost, FEW_WITHOUT_TRACE)
        yield progress.with_differences(*self._unfinished(progress))

    def _late(self, progress: Progress) -> Progress:
        """Those that were left from the last time, and came in before all that is read now."""
        entries = [self.engine.journal.get(entry_id) for entry_id in progress.late]
        done = [
            entry
            for entry in entries
            if entry is not None and entry.status in STAGES and entry.received_at < progress.since
        ]
        return self._compared(progress, done).model_copy(update={"late": ()})

    def _next_piece(self, progress: Progress) -> Progress:
        status = STAGES[progress.stage]
        found = self.engine.journal.received(status, progress.place_at, progress.until, progress.place_id)
        entries = list(islice(found, PIECE))
        compared = self._compared(progress, entries)
        if len(entries) == PIECE:
            place = {"place_at": entries[-1].received_at, "place_id": entries[-1].id}
            return compared.model_copy(update=place)
        begin = {"stage": progress.stage + 1, "place_at": progress.since, "place_id": ""}
        return compared.model_copy(update=begin)

    def _compared(self, progress: Progress, entries: list[Entry]) -> Progress:
        made = accepted(entry for entry in entries if entry.updated_at <= progress.until)
        looked = Looked(
            entries=len(entries),
            orders=len(made.orders),
            tasks=len(made.tasks),
            notes=len(made.notes),
            parcels=len(made.parcels),
        )
        found = [
            *self._orders(made),
            *self._tasks(made),
            *self._notes(made),
            *self._statuses(made, progress),
        ]
        counts = Counter(progress.found) + Counter(each.kind for each in found)
        known = progress.model_copy(update={"looked": progress.looked.plus(looked), "found": counts})
        return known.with_differences(*found).with_additions(made.additions)

    def _orders(self, made: Accepted) -> Iterator[Difference]:
        by_external_id = self.crm.orders_with_external_ids(made.orders)
        there = {order.external_id for order in by_external_id}
        missing = [order.order_id for key, order in made.orders.items() if key not in there]
        yield from gone_orders(made.orders.values(), by_external_id, self.crm.orders_with_ids(missing))

    def _tasks(self, made: Accepted) -> Iterator[Difference]:
        found = {task.id for task in self.crm.tasks_with_ids(made.tasks)}
        yield from gone_tasks(made.tasks.values(), found)

    def _notes(self, made: Accepted) -> Iterator[Difference]:
        yield from gone_notes(made.notes, self.crm.known_notes(made.notes))

    def _statuses(self, made: Accepted, progress: Progress) -> Iterator[Difference]:
        parcels = self._parcels(made)
        ids = {memory.order_id for memory in parcels.values() if memory.order_id is not None}
        orders = {order.id: order for order in self.crm.orders_with_ids(ids | made.statuses.keys())}
        yield from other_statuses(made.statuses.values(), orders)
        for key, memory in parcels.items():
            yield from self._behind(key, memory, made.parcels[key], orders, progress)

    def _behind(
        self, key: str, memory: ParcelMemory, source: str, orders: Mapping[int, Order], progress: Progress
    ) -> Iterator[Difference]:
        order = orders.get(memory.order_id or 0)
        expected = self.shop.order_status_for(memory.status) if memory.status else None
        if order is None or expected is None:
            return
        behind = behind_courier(memory, key, source, order, expected, progress.until)
        if behind is not None and not self._is_at_work(memory):
            yield behind

    def _parcels(self, made: Accepted) -> Mapping[str, ParcelMemory]:
        documents = self.engine.documents.get_many(list(made.parcels)) if made.parcels else {}
        return {key: ParcelMemory.model_validate(each.content) for key, each in documents.items()}

    def _is_at_work(self, memory: ParcelMemory) -> bool:
        """Whether the last news are not carried out yet, or could not be: then that entry is told of."""
        entry = self.engine.journal.get(memory.newest.entry_id) if memory.newest else None
        return entry is not None and entry.status not in STAGES

    def _traced(self, difference: Difference) -> Difference | None:
        since = history_since(difference)
        match difference.kind:
            case "order-gone":
                changes = self.crm.changes_of_order(difference.order_id or 0, since)
                return traced_order(difference, changes, self.crm)
            case "task-gone":
                return self._traced_task(difference)
            case _:
                order = self.crm.order(difference.order_id or 0)
                if order is None or order.status == difference.expected:
                    return None
                history = self.crm.changes_of_order(order.id, order.created_at)
                return traced_status(difference, order, history, self.crm, self.engine.journal.get)

    def _traced_task(self, gone: Difference) -> Difference:
        entry = self.engine.journal.get(gone.entry_id)
        action = entry.plan[gone.action] if entry is not None and entry.plan else None
        if not isinstance(action, CreateTask):
            return with_fate(gone, "over")
        changes = self.crm.changes_of_task(gone.task_id or 0, history_since(gone))
        return traced_task(gone, action, changes, self.crm, self.engine.documents.get)

    def _unfinished(self, progress: Progress) -> Iterator[Difference]:
        journal, until = self.engine.journal, progress.until
        still_open = filter(
            _waits_for_nothing, journal.received(Status.OPEN, until - EVER, until - OPEN_TOO_LONG)
        )
        for entry in islice(still_open, MOST_KEPT):
            yield unfinished(entry, entry.reason or "open")
        for status in SET_ASIDE:
            for entry in islice(journal.received(status, progress.since, until), MOST_KEPT):
                yield unfinished(entry, entry.reason)


def _waits_for_nothing(entry: Entry) -> bool:
    """Whether an open entry neither waits for its hour nor tells of a trouble of ours."""
    return entry.waits_until is None and not any(isinstance(event, OWN_TROUBLE) for event in entry.events)


def _doubted(progress: Progress, fate: Fate, gone: Mapping[str, int], few: int) -> Progress:
    """If so much is gone that it is rather the wrong CRM, nothing of it is traced or put right."""
    looked = {"order-gone": progress.looked.orders, "task-gone": progress.looked.tasks}
    many = {kind for kind, count in looked.items() if gone.get(kind, 0) > max(few, count * MOST_GONE)}
    found = progress.differences.values()
    doubted = [with_fate(each, "many") for each in found if each.kind in many and each.fate == fate]
    return progress.with_differences(*doubted)
