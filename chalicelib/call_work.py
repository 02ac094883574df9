"""Carry out what follows from a call: notes on orders, lines in the CRM's list of calls, later looks."""

from collections.abc import Callable
from datetime import datetime

from chalicelib.actions import AnnotateOrder, Announce, LogCall
from chalicelib.crm.port import Crm
from chalicelib.engine.port import Timer, Timers
from chalicelib.entry import Result
from chalicelib.memory import ClientMemory
from chalicelib.messages import enclose

Remember = Callable[[str, Callable[[ClientMemory], ClientMemory]], None]


class CallWork:
    """Each action can be repeated. Raises as the ports do."""

    def __init__(self, crm: Crm, timers: Timers, remember: Remember) -> None:
        """Write to these, and change by ``remember`` what we know of a client."""
        self._crm = crm
        self._timers = timers
        self._remember = remember

    def perform(self, action: AnnotateOrder | LogCall | Announce, now: datetime) -> Result:
        """Carry it out and remember what was settled."""
        match action:
            case AnnotateOrder():
                return self._annotate_order(action, now)
            case LogCall():
                is_new = self._crm.log_call(action)
                note = "" if is_new else "it was there"
                return Result(state="done", reference=f"call {action.external_id}", note=note, at=now)
            case Announce():
                envelope = enclose(action.event, action.once, "", now)
                self._timers.set(Timer(action.due_at, "work", envelope))
                return Result(state="done", reference=f"entry {envelope.id[:12]}", at=now)

    def _annotate_order(self, action: AnnotateOrder, now: datetime) -> Result:
        is_there = self._crm.annotate_order(action)
        self._remember(action.client, lambda memory: memory.with_annotated_order(action))
        reference = f"order {action.order_id}"
        if is_there:
            return Result(state="done", reference=reference, at=now)
        return Result(state="skipped", reference=reference, note="the order is gone", at=now)
