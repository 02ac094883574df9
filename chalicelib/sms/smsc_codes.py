"""SMSC's codes. Facts: a public copy of its API page, and public integrations."""

from chalicelib.events import MessageStatus
from chalicelib.sms.answers import Answer
from chalicelib.sms.port import Standing

ANSWERS = {
    1: Answer.REFUSED,  # parameters
    2: Answer.NO_ACCESS,  # login, password, or our address is not allowed
    3: Answer.NO_MONEY,
    4: Answer.NO_ACCESS,  # our address is blocked for a while
    5: Answer.REFUSED,  # date
    6: Answer.REFUSED,  # the text or the sender is forbidden
    7: Answer.WRONG_NUMBER,
    8: Answer.REFUSED,  # it cannot be delivered there
    9: Answer.PERHAPS,  # the same message within a minute, or too many requests at once
}

NOT_FOUND = -3
STATUSES = {
    "-3": MessageStatus.UNKNOWN,
    "-2": MessageStatus.FAILED,  # stopped
    "-1": MessageStatus.QUEUED,
    "0": MessageStatus.SENT,
    "1": MessageStatus.DELIVERED,
    "2": MessageStatus.DELIVERED,  # read
    "3": MessageStatus.EXPIRED,
    "4": MessageStatus.DELIVERED,  # its link was clicked
    "20": MessageStatus.FAILED,
    "22": MessageStatus.FAILED,
    "23": MessageStatus.REJECTED,
    "24": MessageStatus.REJECTED,  # no money
    "25": MessageStatus.FAILED,  # unreachable
}
WRONG_NUMBERS = frozenset({"22"})


def standing_of(code: str) -> Standing | None:
    """Where a message stands; None for a code that SMSC has invented since."""
    found = STATUSES.get(code)
    if found is None:
        return None
    return Standing(found, code if found.is_failure else "", is_number_wrong=code in WRONG_NUMBERS)
