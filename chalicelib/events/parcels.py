"""Parcels: one vocabulary for all couriers."""

from datetime import UTC, time, timedelta
from enum import StrEnum
from typing import Literal

from pydantic import AwareDatetime

from chalicelib.events.base import Event


class ParcelStatus(StrEnum):
    """The one vocabulary for all couriers."""

    CREATED = "created"
    IN_TRANSIT = "in_transit"
    IN_CITY = "in_city"
    COURIER = "courier"
    ATTEMPT_FAILED = "attempt_failed"
    WAITING = "waiting"
    DELIVERED = "delivered"
    PARTIAL = "partial"
    RETURNING = "returning"
    RETURNED = "returned"
    CANCELLED = "cancelled"
    LOST = "lost"
    PROBLEM = "problem"


SAME_DATE_EVERYWHERE = time(9, tzinfo=UTC)
"""An hour of a day that has the same date on the clocks of all clients from Greenwich to Kamchatka."""


FINAL_PARCEL_STATUSES = frozenset(
    {
        ParcelStatus.DELIVERED,
        ParcelStatus.PARTIAL,
        ParcelStatus.RETURNED,
        ParcelStatus.CANCELLED,
        ParcelStatus.LOST,
    }
)


PARCEL_TROUBLES = frozenset(
    {
        ParcelStatus.ATTEMPT_FAILED,
        ParcelStatus.PARTIAL,
        ParcelStatus.RETURNING,
        ParcelStatus.LOST,
        ParcelStatus.PROBLEM,
    }
)
"""What somebody of the shop should do something about."""


class ParcelReason(StrEnum):
    """Why a parcel does not reach its client, in one vocabulary for all couriers."""

    REFUSED = "refused"
    """The client does not want it, and nobody knows why."""
    CHANGED_MIND = "changed_mind"
    BOUGHT_ELSEWHERE = "bought_elsewhere"
    ORDERED_BY_MISTAKE = "ordered_by_mistake"
    DID_NOT_SUIT = "did_not_suit"
    NO_MONEY = "no_money"
    REFUSES_TO_PAY = "refuses_to_pay"
    TOO_LATE = "too_late"
    BAD_QUALITY = "bad_quality"
    WRONG_GOODS = "wrong_goods"
    """Not what was ordered, or not all of it."""
    DAMAGED = "damaged"
    ABSENT = "absent"
    """Nobody was there."""
    NO_ANSWER = "no_answer"
    WRONG_PHONE = "wrong_phone"
    WRONG_ADDRESS = "wrong_address"
    MOVED_AWAY = "moved_away"
    """The client wants it at another address, or does not live there."""
    CLOSED = "closed"
    """The organisation where it should be handed over."""
    NO_ENTRY = "no_entry"
    """Whoever brings it needs a pass, or a code of the door."""
    NO_DOCUMENT = "no_document"
    LOCKER_FULL = "locker_full"
    LOCKER_BROKEN = "locker_broken"
    DOES_NOT_FIT = "does_not_fit"
    """Into the locker's cell."""
    NOT_SERVED = "not_served"
    """The courier does not go there."""
    COURIER_LATE = "courier_late"
    STORAGE_OVER = "storage_over"
    CUSTOMS = "customs"
    NOT_FOUND = "not_found"
    """The courier looks for it."""
    LOST = "lost"
    DISPOSED = "disposed"
    """Nobody came for it, and it was destroyed or sold."""
    BAD_DATA = "bad_data"
    """The courier does not take it, as what it was told of it is wrong."""
    ASKED_BY_SHOP = "asked_by_shop"
    OTHER = "other"


class ParcelMoved(Event):
    """A courier set, or withdrew, a status of a client's parcel.

    Attributes:
        parcel_id: the courier's id of the parcel.
        track_number: the number that a client can track, empty if the courier did not give one yet.
        order_number: the shop's number of the order, empty if the courier did not tell it.
        status: what it means.
        code: the courier's own code.
        at: when the courier set the status, by its clock.
        withdrawn: True if the courier takes this status back.
        city: where, as the courier writes it.
        keep_until: until when the parcel waits free of charge, if the courier tells. Of a day whose end is
            not known more exactly it is ``SAME_DATE_EVERYWHERE``.
        is_extended: True if it waits longer than told before, and the courier does not tell until when.
        collected_with: where the courier does not tell for whom a parcel waits, the CRM's codes of the ways
            of delivery with which the client collects it; with others it is brought. None if it tells.
        reason: why it does not reach the client, if it does not and the courier tells.
        reason_words: what the courier says about that in words of its own; empty if nothing.
        keeps_status: True if the courier tells of a problem only: the parcel's status stays what it was.
    """

    kind: Literal["parcel-moved"] = "parcel-moved"
    parcel_id: str
    track_number: str
    order_number: str = ""
    status: ParcelStatus
    code: str
    at: AwareDatetime
    withdrawn: bool = False
    city: str = ""
    keep_until: AwareDatetime | None = None
    is_extended: bool = False
    collected_with: tuple[str, ...] | None = None
    reason: ParcelReason | None = None
    reason_words: str = ""
    keeps_status: bool = False


class ParcelStillAt(Event):
    """A condition on a message: the parcel still has this status, as far as we know."""

    parcel_key: str
    status: ParcelStatus


class PickupStalled(Event):
    """A parcel has waited at a pickup point for a step of the ladder.

    Attributes:
        order_id: the CRM's id.
        arrived_at: since when it waits, as far as the check knew.
        step: the step of the ladder, which is also how long it has waited at least.
        keep_until: until when the courier keeps it; None if unknown.
    """

    kind: Literal["pickup-stalled"] = "pickup-stalled"
    order_id: int
    order_number: str
    arrived_at: AwareDatetime
    step: timedelta
    keep_until: AwareDatetime | None = None
