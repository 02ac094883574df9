"""What Yandex Delivery's statuses and reasons mean.

Facts are from yandex.com/support/delivery-profile: the status models of "other day" and of "express".
"""

from chalicelib.events import ParcelReason, ParcelStatus

REQUEST_STATUSES = {
    "DRAFT": ParcelStatus.CREATED,
    "VALIDATING": ParcelStatus.CREATED,
    "VALIDATING_ERROR": ParcelStatus.PROBLEM,
    "CREATED": ParcelStatus.CREATED,
    "DELIVERY_PROCESSING_STARTED": ParcelStatus.CREATED,
    # Misspelt by Yandex; the right spelling stands beside it, should they mend it.
    "DELIVERY_TRACK_RECIEVED": ParcelStatus.CREATED,
    "DELIVERY_TRACK_RECEIVED": ParcelStatus.CREATED,
    # Data only; the parcel itself is at SORTING_CENTER_AT_START.
    "SORTING_CENTER_PROCESSING_STARTED": ParcelStatus.CREATED,
    "SORTING_CENTER_TRACK_RECEIVED": ParcelStatus.CREATED,
    "SORTING_CENTER_TRACK_LOADED": ParcelStatus.CREATED,
    "DELIVERY_LOADED": ParcelStatus.CREATED,
    "SORTING_CENTER_LOADED": ParcelStatus.CREATED,
    "SORTING_CENTER_AT_START": ParcelStatus.IN_TRANSIT,
    "SORTING_CENTER_PREPARED": ParcelStatus.IN_TRANSIT,
    "SORTING_CENTER_TRANSMITTED": ParcelStatus.IN_TRANSIT,
    "DELIVERY_AT_START": ParcelStatus.IN_TRANSIT,
    "DELIVERY_AT_START_SORT": ParcelStatus.IN_TRANSIT,
    "DELIVERY_TRANSPORTATION": ParcelStatus.IN_TRANSIT,
    "DELIVERY_TRANSPORTATION_RECIPIENT": ParcelStatus.IN_TRANSIT,
    "DELIVERY_ARRIVED_PICKUP_POINT": ParcelStatus.WAITING,
    "DELIVERY_STORAGE_PERIOD_EXTENDED": ParcelStatus.WAITING,
    # It lies there until somebody sends it back.
    "DELIVERY_STORAGE_PERIOD_EXPIRED": ParcelStatus.PROBLEM,
    "DELIVERY_TRANSMITTED_TO_RECIPIENT": ParcelStatus.DELIVERED,
    "DELIVERY_DELIVERED": ParcelStatus.DELIVERED,
    # Misspelt, too.
    "PARTICULARLY_DELIVERED": ParcelStatus.PARTIAL,
    "PARTIALLY_DELIVERED": ParcelStatus.PARTIAL,
    "DELIVERY_ATTEMPT_FAILED": ParcelStatus.ATTEMPT_FAILED,
    "CANCELLED": ParcelStatus.CANCELLED,
    "RETURN_PREPARING": ParcelStatus.RETURNING,
    "RETURN_TRANSPORTATION_STARTED": ParcelStatus.RETURNING,
    "RETURN_ARRIVED_DELIVERY": ParcelStatus.RETURNING,
    "RETURN_TRANSMITTED_FULFILMENT": ParcelStatus.RETURNING,
    # For the shop, not for the client.
    "RETURN_READY_FOR_PICKUP": ParcelStatus.RETURNING,
    "RETURN_RETURNED": ParcelStatus.RETURNED,
}

ON_THE_WAY_BACK = "SORTING_CENTER_RETURN_"
"""How the names of a family of statuses begin."""

STORAGE_EXTENDED = "DELIVERY_STORAGE_PERIOD_EXTENDED"
STORAGE_OVER = "DELIVERY_STORAGE_PERIOD_EXPIRED"

NOTES = frozenset({"DELIVERY_TIME_INTERVALS_UPDATED", "CONFIRMATION_CODE_RECEIVED", "FINISHED"})
"""They say nothing about where the parcel is, and hide the status that does. ``FINISHED``: (unverified)."""

NOTES_BEGIN = "DELIVERY_DATE_UPDATED_BY_"

REASONS = {
    "SHOP_CANCELLED": ParcelReason.ASKED_BY_SHOP,
    "USER_CHANGED_MIND": ParcelReason.CHANGED_MIND,
    "CLIENT_REQUEST": ParcelReason.REFUSED,
    "ORDER_WAS_LOST": ParcelReason.LOST,
    "ORDER_IS_DAMAGED": ParcelReason.DAMAGED,
    "BROKEN_ITEM": ParcelReason.BAD_QUALITY,
    "DIMENSIONS_EXCEEDED": ParcelReason.BAD_DATA,
    "PICKUP_EXPIRED": ParcelReason.STORAGE_OVER,
    "EXTRA_RESCHEDULING": ParcelReason.OTHER,
    "DELIVERY_PROBLEMS": ParcelReason.OTHER,
}

CLAIM_STATUSES = {
    "new": ParcelStatus.CREATED,
    "estimating": ParcelStatus.CREATED,
    "estimating_failed": ParcelStatus.PROBLEM,
    "ready_for_approval": ParcelStatus.CREATED,
    "accepted": ParcelStatus.CREATED,
    "performer_lookup": ParcelStatus.CREATED,
    "performer_draft": ParcelStatus.CREATED,
    "performer_found": ParcelStatus.CREATED,
    "performer_not_found": ParcelStatus.PROBLEM,
    "pickup_arrived": ParcelStatus.CREATED,
    "ready_for_pickup_confirmation": ParcelStatus.CREATED,
    "pickuped": ParcelStatus.COURIER,
    "delivery_arrived": ParcelStatus.COURIER,
    "ready_for_delivery_confirmation": ParcelStatus.COURIER,
    "pay_waiting": ParcelStatus.COURIER,
    "delivered": ParcelStatus.DELIVERED,
    "delivered_finish": ParcelStatus.DELIVERED,
    "returning": ParcelStatus.RETURNING,
    "return_arrived": ParcelStatus.RETURNING,
    "ready_for_return_confirmation": ParcelStatus.RETURNING,
    "returned": ParcelStatus.RETURNED,
    "returned_finish": ParcelStatus.RETURNED,
    "cancelled": ParcelStatus.CANCELLED,
    "cancelled_with_payment": ParcelStatus.CANCELLED,
    "cancelled_by_taxi": ParcelStatus.CANCELLED,
    "cancelled_with_items_on_hands": ParcelStatus.CANCELLED,
    "failed": ParcelStatus.PROBLEM,
}


def request_status(code: str) -> ParcelStatus | None:
    """What a status of an other-day request means; None for a note, or if it is a new one."""
    return ParcelStatus.RETURNING if code.startswith(ON_THE_WAY_BACK) else REQUEST_STATUSES.get(code)


def is_note(code: str) -> bool:
    """Whether an other-day status is no stage of the way."""
    return code in NOTES or code.startswith(NOTES_BEGIN)


def hides_place(code: str) -> bool:
    """Whether an other-day status leaves the parcel where an earlier one has put it."""
    return is_note(code) or code == STORAGE_OVER
