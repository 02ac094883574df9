"""What journal entries say was made in the CRM."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from chalicelib.actions import (
    AddNote,
    AnnotateOrder,
    AnyAction,
    CompleteOrder,
    CreateOrder,
    CreateTask,
    SetOrderStatus,
)
from chalicelib.entry import Entry, Result
from chalicelib.events import LostInCrm, ParcelMoved
from chalicelib.parcel_memory import parcel_key


@dataclass(frozen=True, slots=True)
class Place:
    """Which action of which entry, and when it was carried out."""

    entry_id: str
    source: str
    action: int
    at: datetime


@dataclass(frozen=True, slots=True)
class MadeOrder:
    """An order by its ids at the time."""

    place: Place
    order_id: int
    number: str
    external_id: str


@dataclass(frozen=True, slots=True)
class MadeTask:
    """A task by its id."""

    place: Place
    task_id: int
    action: CreateTask


@dataclass(frozen=True, slots=True)
class StatusSet:
    """The status that a rule gave to an order, not by a courier's news."""

    place: Place
    order_id: int
    status: str


@dataclass(slots=True)
class Accepted:
    """What some entries made.

    Attributes:
        orders: by external id.
        tasks: by id.
        notes: by id.
        statuses: the last one of each order, by the order's id.
        parcels: of which couriers had news, by key, with the sources.
        additions: the entries that added something to an order, by the order's id.
    """

    orders: dict[str, MadeOrder] = field(default_factory=dict)
    tasks: dict[int, MadeTask] = field(default_factory=dict)
    notes: dict[int, Place] = field(default_factory=dict)
    statuses: dict[int, StatusSet] = field(default_factory=dict)
    parcels: dict[str, str] = field(default_factory=dict)
    additions: dict[int, list[str]] = field(default_factory=dict)


def accepted(entries: Iterable[Entry]) -> Accepted:
    """What these entries made, and which parcels they are about."""
    made = Accepted()
    for entry in entries:
        parcels = {
            parcel_key(entry.source, event.parcel_id): entry.source
            for event in entry.events
            if isinstance(event, ParcelMoved)
        }
        made.parcels.update(parcels)
        # A status that was lost and set again is still the one that its first entry tells of.
        is_followed = bool(parcels) or any(isinstance(event, LostInCrm) for event in entry.events)
        for number, (action, result) in enumerate(zip(entry.plan, entry.results, strict=False)):
            if result.state == "done":
                place = Place(entry.id, entry.source, number, result.at)
                _add(made, action, result, place, is_followed=is_followed)
    return made


def _add(made: Accepted, action: AnyAction, result: Result, place: Place, *, is_followed: bool) -> None:
    made_id = _id_in(result.reference)
    match action:
        case CreateOrder() if made_id is not None:
            number = result.note.removeprefix("number ")
            made.orders[action.external_id] = MadeOrder(place, made_id, number, action.external_id)
        case CreateTask() if made_id is not None:
            made.tasks[made_id] = MadeTask(place, made_id, action)
        case AddNote() if made_id is not None:
            made.notes[made_id] = place
        case SetOrderStatus() if not is_followed:
            made.statuses[action.order_id] = StatusSet(place, action.order_id, action.status)
        case CompleteOrder() | AnnotateOrder():
            made.additions.setdefault(action.order_id, []).append(place.entry_id)
        case _:
            pass


def _id_in(reference: str) -> int | None:
    """The id at the end of ``order 12``."""
    _, _, last = reference.rpartition(" ")
    return int(last) if last.isdecimal() else None
