"""What a client searched for before they called: it goes to the order, whatever comes first.

It is told for a call, but often with another id than telephony's: then phone and time say that both are one.
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from chalicelib.actions import AnnotateOrder, AnyAction, TaskText, UpdateTask
from chalicelib.call_memory import CallMemory
from chalicelib.events import Attribution, CallTracked
from chalicelib.memory import ClientMemory, Visit, client_key
from chalicelib.playbook.claims import own_claim
from chalicelib.playbook.clients import client_memory
from chalicelib.playbook.desk import Decision, Desk
from chalicelib.playbook.follow_up import is_untouched
from chalicelib.playbook.known_calls import happened_at, kept, known_call
from chalicelib.playbook.visits import custom_fields, visit_text

NOTHING_KNOWN = re.compile(r"\(.*\)|<.*>|\{.*\}|\[.*\]")
"""``(not set)``, ``(none)``, ``<не указано>``, or a macro that nobody filled in: ``{keyword}``."""


def on_call_tracked(told: CallTracked, desk: Desk) -> Decision:
    """What we made of the call gets what is known of it; what is still to come finds it remembered."""
    source = desk.entry.source
    known = known_call(desk, source, told.call_id)
    tracked = told.model_copy(
        update={
            "phone": told.phone or known.memory.phone,
            "attribution": _known_words(told.attribution),
            "called_at": happened_at((known.memory.call or told).called_at, desk),
        }
    )
    if not visit_text(tracked, desk):
        return Decision(note="nothing-known")
    call = kept(known, known.memory.with_visit(tracked), desk)
    if tracked.phone is None:
        return Decision(claims=call, note="call-tracked")
    document, memory = client_memory(desk, client_key(tracked.phone, ""))
    actions: tuple[AnyAction, ...] = (
        *_better_orders(document.key, memory, tracked, desk),
        *_better_task(document.key, memory, tracked, desk),
    )
    remembered = memory.with_visit(Visit(source=source, tracked=tracked))
    claimed = remembered.claimed(own_claim(desk)) if actions else remembered
    claims = (replace(document, content=claimed.content()), *call)
    return Decision(actions, claims, note="" if actions else "call-tracked")


def visit_of(
    known: CallMemory, memory: ClientMemory, moments: Sequence[datetime], desk: Desk
) -> CallTracked | None:
    """What is known of the visit before a call, or before one of several; None if nothing is.

    Args:
        known: what its source has told of the call.
        memory: what we remember of its client.
        moments: when they called.
        desk: what the rule has before it.
    """
    if known.tracked is not None:
        return known.tracked
    near = [
        visit.tracked
        for visit in memory.visits
        if any(_is_same_call(visit.tracked.called_at, moment, desk) for moment in moments)
    ]
    return near[-1] if near else None


def attribution_of(visit: CallTracked | None, line: str) -> tuple[Attribution, bool]:
    """An order's source, and whether it is a guess: that the client called this line."""
    guess = Attribution(source="phone", medium=line)
    if visit is None or visit.attribution == Attribution():
        return guess, True
    known = visit.attribution
    if not known.source:
        known = known.model_copy(update={"source": guess.source, "medium": known.medium or guess.medium})
    return known, False


def with_visit(task: TaskText, visit: CallTracked | None, desk: Desk) -> TaskText:
    """A task to call back that also says what the client searched for; unchanged if that is unknown."""
    if visit is None:
        return task
    searched = desk.texts.render("task/searched", searched=visit.attribution.keyword)
    return TaskText(
        text=f"{task.text}{searched}", commentary=f"{task.commentary}\n\n{visit_text(visit, desk)}"
    )


def _known_words(attribution: Attribution) -> Attribution:
    """Without words that say that nothing is known."""
    values = {name: value.strip() for name, value in attribution.model_dump().items()}
    return Attribution(
        **{name: "" if NOTHING_KNOWN.fullmatch(value) else value for name, value in values.items()}
    )


def _is_same_call(one: datetime, other: datetime, desk: Desk) -> bool:
    return abs(one - other) <= desk.shop.telephony.same_call_within


def _better_orders(
    key: str, memory: ClientMemory, visit: CallTracked, desk: Desk
) -> tuple[AnnotateOrder, ...]:
    """The order that the call made, if we knew no better source for it."""
    notes = []
    for order in memory.orders:
        if order.guess is not None and _is_same_call(order.at, visit.called_at, desk):
            attribution, is_guess = attribution_of(visit, order.guess.medium)
            note = AnnotateOrder(
                client=key,
                order_id=order.id,
                note=visit_text(visit, desk),
                attribution=None if is_guess else attribution,
                guess=order.guess,
                custom_fields=custom_fields(visit, desk),
            )
            notes.append(note)
    return tuple(notes)


def _better_task(key: str, memory: ClientMemory, visit: CallTracked, desk: Desk) -> tuple[UpdateTask, ...]:
    """The open task to call back, unless a person has changed it."""
    told = memory.task("callback")
    if told is None or not any(_is_same_call(moment, visit.called_at, desk) for moment in told.topic.moments):
        return ()
    if visit_text(visit, desk) in told.commentary or not is_untouched(desk, told):
        return ()
    after = with_visit(told.written, visit, desk)
    task = UpdateTask(
        client=key,
        task_id=told.id,
        before=told.written,
        text=after.text,
        commentary=after.commentary,
        performer_id=told.performer_id,
        marker=told.marker,
        topic=told.topic,
    )
    return (task,)
