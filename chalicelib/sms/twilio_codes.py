"""Twilio's codes and statuses. Facts: its documentation of messages and error codes."""

from chalicelib.events import MessageStatus
from chalicelib.sms.answers import Answer
from chalicelib.sms.port import Standing

ANSWERS = {
    20003: Answer.NO_ACCESS,  # authentication (unverified)
    20429: Answer.COME_LATER,  # too many requests
    21211: Answer.WRONG_NUMBER,  # invalid number
    21408: Answer.REFUSED,  # that country is not enabled
    21606: Answer.REFUSED,  # the sender is not ours
    21608: Answer.REFUSED,  # a trial account sends to verified numbers only (unverified)
    21610: Answer.OPTED_OUT,
    21611: Answer.COME_LATER,  # the sender's queue is full (unverified)
    21612: Answer.REFUSED,  # no route from this sender
    21614: Answer.WRONG_NUMBER,  # no mobile
    21635: Answer.WRONG_NUMBER,  # a landline
}
"""What the answer to a request means, by its code. An unknown one is a plain refusal."""

STATUSES = {
    "accepted": MessageStatus.QUEUED,
    "scheduled": MessageStatus.QUEUED,
    "queued": MessageStatus.QUEUED,
    "sending": MessageStatus.QUEUED,
    "sent": MessageStatus.SENT,
    "delivered": MessageStatus.DELIVERED,
    "read": MessageStatus.DELIVERED,
    "undelivered": MessageStatus.FAILED,
    "failed": MessageStatus.FAILED,
    "canceled": MessageStatus.FAILED,
    "partially_delivered": MessageStatus.UNKNOWN,
}

STATUSES_FOR_CODE = {
    "30007": MessageStatus.REJECTED,  # filtered
    "30036": MessageStatus.EXPIRED,  # validity period expired (unverified)
}
"""Where the error code says more than the status of a message that failed."""

WRONG_NUMBERS = frozenset({"30005", "30006"})
"""Unknown destination; a landline."""

OPTED_OUT = "21610"
"""A messaging service takes a message first, and tells this afterwards (unverified)."""


def standing_of(status: str, code: str) -> Standing | None:
    """Where a message stands; None for a status that Twilio has invented since."""
    found = STATUSES.get(status)
    if found is MessageStatus.FAILED:
        found = STATUSES_FOR_CODE.get(code, found)
    if found is None:
        return None
    return Standing(
        found,
        code,
        is_number_wrong=code in WRONG_NUMBERS,
        is_opted_out=found.is_failure and code == OPTED_OUT,
    )
