"""What keeps a parcel from its client is a task for the order's manager; when it is over, we complete it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from chalicelib.actions import CompleteTask, CreateTask
from chalicelib.crm.port import Order
from chalicelib.events import ParcelMoved, ParcelReason, ParcelStatus
from chalicelib.ladder_memory import LadderTask, trouble_key
from chalicelib.parcel_memory import Move, ParcelMemory, parcel_key
from chalicelib.people import due_at
from chalicelib.playbook.client_clock import clock_line, in_daytime, zone_note, zone_of
from chalicelib.playbook.clients import has_paid_on_site
from chalicelib.playbook.desk import Desk
from chalicelib.playbook.ladder_tasks import Ladder, completions, ladder_of, phone_of
from chalicelib.playbook.parcel_facts import is_news
from chalicelib.playbook.performers import performer_of

CALL_WITHIN = timedelta(hours=2)
"""Of the performer's hours: a courier may try again tomorrow, or send the parcel back."""

OVER = frozenset({ParcelStatus.DELIVERED, ParcelStatus.PARTIAL, ParcelStatus.WAITING})
"""After that nothing keeps it from its client."""

COMES_AGAIN = frozenset({ParcelStatus.ATTEMPT_FAILED, ParcelStatus.PROBLEM})
"""When the same happens once more, that is another reason to phone."""


@dataclass(frozen=True, slots=True)
class Troubles:
    """What a move of a parcel changes about its troubles.

    Attributes:
        ladder: our tasks about this parcel.
        new: what the manager does not know yet.
        over: our tasks about what is over.
    """

    ladder: Ladder
    new: Sequence[Move]
    over: Sequence[LadderTask]


def troubles_of(parcel: ParcelMemory, moved: ParcelMoved, desk: Desk) -> Troubles | None:
    """What this move changes; None if it can change nothing.

    Args:
        parcel: as it stands after the move.
        moved: the move.
        desk: what the rule has before it.

    Raises:
        Postponed: another entry is at work for this parcel's troubles.
    """
    kinds = desk.shop.rules.parcel_tasks
    had_any = any(move.status in kinds for move in parcel.moves)
    if not had_any or not (moved.withdrawn or moved.status in kinds | OVER):
        return None
    ladder = ladder_of(desk, trouble_key(parcel_key(desk.entry.source, moved.parcel_id)))
    standing = [
        move for move in parcel.troubles(kinds, OVER) if move.reason is not ParcelReason.ASKED_BY_SHOP
    ]
    told = {task.about: task for task in ladder.memory.tasks}
    fresh = {
        _about(move): move
        for move in standing
        if (moved.withdrawn or move.entry_id == desk.entry.id)
        and _is_untold(move, told.get(_about(move)), desk)
    }
    if fresh and not is_news(moved, desk):
        fresh = {}
    still = {_about(move) for move in standing}
    over = [task for task in ladder.memory.tasks if task.about not in still]
    return Troubles(ladder, tuple(fresh.values()), over) if fresh or over else None


def completed(
    troubles: Troubles, parcel: ParcelMemory, moved: ParcelMoved, desk: Desk
) -> tuple[CompleteTask, ...]:
    """Our tasks about what is over."""
    note = desk.texts.render("task/parcel_trouble_over", at=moved.at, parcel_status=parcel.status or "")
    return completions(troubles.ladder, note, troubles.over)


def tasks_about(troubles: Troubles, moved: ParcelMoved, order: Order, desk: Desk) -> tuple[CreateTask, ...]:
    """A task for each new trouble."""
    return tuple(_task(move, troubles.ladder, moved, order, desk) for move in troubles.new)


def _is_untold(move: Move, task: LadderTask | None, desk: Desk) -> bool:
    if task is None:
        return True
    if move.status not in COMES_AGAIN:
        return False
    known = desk.crm.task(task.id)
    return known is None or known.is_complete


def _task(move: Move, ladder: Ladder, moved: ParcelMoved, order: Order, desk: Desk) -> CreateTask:
    people, zone = desk.shop.people, desk.shop.shop.timezone
    performer = performer_of(order, desk)
    phone = phone_of(order)
    client = zone_of(desk, order, phone)
    trouble = {"status": move.status, "reason": move.reason or "", "phone": phone}
    return CreateTask(
        order_id=order.id,
        order_number=order.number,
        text=desk.texts.render("task/parcel_trouble", order_number=order.number, **trouble),
        commentary=desk.texts.render(
            "task/parcel_trouble_commentary",
            order_number=order.number,
            name=order.first_name,
            client_time=clock_line(desk, client),
            courier=desk.shop.sources[desk.entry.source].provider,
            code=move.code,
            reason_words=move.reason_words,
            at=move.at,
            city=moved.city or order.city,
            address=order.pickup_address,
            track_number=moved.track_number,
            to_pay=None if not order.to_pay or has_paid_on_site(desk, order) else order.to_pay,
            **trouble,
        ),
        due_at=in_daytime(desk, performer, due_at(people, performer, desk.now, zone, CALL_WITHIN), client),
        performer_id=performer,
        phone=phone,
        ladder=ladder.document.key,
        about=_about(move),
        zone=zone_note(client),
    )


def _about(move: Move) -> str:
    return f"{move.status}:{move.reason or ''}"
