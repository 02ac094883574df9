"""What CDEK's codes mean.

Facts are from the documentation of CDEK API v2 (gateway.cdek.ru/api-cdek-docs, January 2026).
"""

from chalicelib.events import ParcelReason, ParcelStatus

STATUSES = {
    "ACCEPTED": ParcelStatus.CREATED,
    "CREATED": ParcelStatus.CREATED,
    "INVALID": ParcelStatus.PROBLEM,
    "REMOVED": ParcelStatus.CANCELLED,
    "RECEIVED_AT_SHIPMENT_WAREHOUSE": ParcelStatus.IN_TRANSIT,
    "READY_TO_SHIP_AT_SENDING_OFFICE": ParcelStatus.IN_TRANSIT,
    "READY_FOR_SHIPMENT_IN_TRANSIT_CITY": ParcelStatus.IN_TRANSIT,
    "READY_FOR_SHIPMENT_IN_SENDER_CITY": ParcelStatus.IN_TRANSIT,
    # Back in the warehouse of the city that it is to leave: no return to the sender.
    "RETURNED_TO_SENDER_CITY_WAREHOUSE": ParcelStatus.IN_TRANSIT,
    "PASSED_TO_CARRIER_AT_SENDING_OFFICE": ParcelStatus.IN_TRANSIT,
    "TAKEN_BY_TRANSPORTER_FROM_SENDER_CITY": ParcelStatus.IN_TRANSIT,
    "SEND_TO_TRANSIT_OFFICE": ParcelStatus.IN_TRANSIT,
    "SENT_TO_TRANSIT_CITY": ParcelStatus.IN_TRANSIT,
    "MET_AT_TRANSIT_OFFICE": ParcelStatus.IN_TRANSIT,
    "ACCEPTED_IN_TRANSIT_CITY": ParcelStatus.IN_TRANSIT,
    "ACCEPTED_AT_TRANSIT_WAREHOUSE": ParcelStatus.IN_TRANSIT,
    "RETURNED_TO_TRANSIT_WAREHOUSE": ParcelStatus.IN_TRANSIT,
    "READY_TO_SHIP_IN_TRANSIT_OFFICE": ParcelStatus.IN_TRANSIT,
    "PASSED_TO_CARRIER_AT_TRANSIT_OFFICE": ParcelStatus.IN_TRANSIT,
    "TAKEN_BY_TRANSPORTER_FROM_TRANSIT_CITY": ParcelStatus.IN_TRANSIT,
    "SENT_TO_SENDER_CITY": ParcelStatus.IN_TRANSIT,
    "MET_AT_SENDING_OFFICE": ParcelStatus.IN_TRANSIT,
    "ACCEPTED_IN_SENDER_CITY": ParcelStatus.IN_TRANSIT,
    "SENT_TO_RECIPIENT_CITY": ParcelStatus.IN_TRANSIT,
    "MET_AT_RECIPIENT_OFFICE": ParcelStatus.IN_CITY,
    "ACCEPTED_IN_RECIPIENT_CITY": ParcelStatus.IN_CITY,
    # There it awaits the courier, not the client.
    "ACCEPTED_AT_RECIPIENT_CITY_WAREHOUSE": ParcelStatus.IN_CITY,
    "ACCEPTED_AT_PICK_UP_POINT": ParcelStatus.WAITING,
    "TAKEN_BY_COURIER": ParcelStatus.COURIER,
    # The courier brought it back unhanded and will try again: no return to the sender.
    "RETURNED_TO_RECIPIENT_CITY_WAREHOUSE": ParcelStatus.ATTEMPT_FAILED,
    "DELIVERED": ParcelStatus.DELIVERED,
    "NOT_DELIVERED": ParcelStatus.RETURNING,
    "ENTERED_TO_OFFICE_TRANSIT_WAREHOUSE": ParcelStatus.IN_TRANSIT,
    "ENTERED_TO_DELIVERY_WAREHOUSE": ParcelStatus.IN_TRANSIT,
    # Being taken in at the pickup point; ACCEPTED_AT_PICK_UP_POINT follows (unverified).
    "ENTERED_TO_WAREHOUSE_ON_DEMAND": ParcelStatus.IN_TRANSIT,
    "IN_CUSTOMS_INTERNATIONAL": ParcelStatus.IN_TRANSIT,
    "SHIPPED_TO_DESTINATION": ParcelStatus.IN_TRANSIT,
    "PASSED_TO_TRANSIT_CARRIER": ParcelStatus.IN_TRANSIT,
    "IN_CUSTOMS_LOCAL": ParcelStatus.IN_TRANSIT,
    "CUSTOMS_COMPLETE": ParcelStatus.IN_TRANSIT,
    "POSTOMAT_POSTED": ParcelStatus.WAITING,
    "POSTOMAT_SEIZED": ParcelStatus.RETURNING,
    "POSTOMAT_RECEIVED": ParcelStatus.DELIVERED,
}
"""By CDEK's symbolic ``code``. The number in ``status_code`` is of no use: 1000 means eleven things."""

STATUSES_FOR_REASON = {
    ("DELIVERED", "20"): ParcelStatus.PARTIAL,
    ("NOT_DELIVERED", "26"): ParcelStatus.LOST,
}
"""By ``code`` and ``status_reason_code``, where the reason changes what the status means."""

REASONS = {
    "1": ParcelReason.WRONG_ADDRESS,
    "2": ParcelReason.NO_ANSWER,
    "3": ParcelReason.MOVED_AWAY,
    "5": ParcelReason.NOT_FOUND,
    "6": ParcelReason.BAD_DATA,
    "7": ParcelReason.NOT_SERVED,
    "8": ParcelReason.DAMAGED,
    "9": ParcelReason.DAMAGED,
    "10": ParcelReason.DAMAGED,
    "11": ParcelReason.REFUSED,
    "12": ParcelReason.BAD_QUALITY,
    "13": ParcelReason.WRONG_GOODS,
    "14": ParcelReason.WRONG_GOODS,
    "15": ParcelReason.TOO_LATE,
    "16": ParcelReason.BOUGHT_ELSEWHERE,
    "17": ParcelReason.CHANGED_MIND,
    "18": ParcelReason.ORDERED_BY_MISTAKE,
    "19": ParcelReason.DAMAGED,
    "21": ParcelReason.NO_MONEY,
    "22": ParcelReason.DID_NOT_SUIT,
    "23": ParcelReason.STORAGE_OVER,
    "24": ParcelReason.CUSTOMS,
    "25": ParcelReason.CUSTOMS,
    "26": ParcelReason.LOST,
    "27": ParcelReason.DISPOSED,
    "31": ParcelReason.ASKED_BY_SHOP,
    "33": ParcelReason.BAD_DATA,
    "34": ParcelReason.STORAGE_OVER,
}
"""By ``status_reason_code``; any other one is ``OTHER``, but for 20, which makes the status ``partial``."""

PROBLEMS = {
    "1": ParcelReason.WRONG_PHONE,
    "11": ParcelReason.REFUSES_TO_PAY,
    "13": ParcelReason.ABSENT,
    "17": ParcelReason.CLOSED,
    "19": ParcelReason.MOVED_AWAY,
    "35": ParcelReason.COURIER_LATE,
    "37": ParcelReason.LOCKER_FULL,
    "38": ParcelReason.LOCKER_BROKEN,
    "39": ParcelReason.DOES_NOT_FIT,
    "40": ParcelReason.REFUSED,
    "42": ParcelReason.NO_ENTRY,
    "45": ParcelReason.NO_DOCUMENT,
    "46": ParcelReason.MOVED_AWAY,
    "47": ParcelReason.WRONG_ADDRESS,
    "55": ParcelReason.NOT_FOUND,
}
"""By the ``code`` of a ``DELIV_PROBLEM``; any other one is ``OTHER``."""

NO_PROBLEMS = frozenset({"36", "53", "56"})
"""The client collects it, wants another hour, or it was handed to a pickup point."""

PARTIAL_DELIVERY = "20"
