"""SMS.ru's codes. Facts: a public copy of its API page, and public libraries."""

from chalicelib.events import MessageStatus
from chalicelib.sms.answers import Answer
from chalicelib.sms.port import Standing

ACCEPTED = 100
SENT_BEFORE = frozenset({231, 232})
"""The same text to the same number within a minute, or a day: SMS.ru's own guard against repeats."""

ANSWERS = {
    200: Answer.NO_ACCESS,  # wrong api_id
    201: Answer.NO_MONEY,
    202: Answer.WRONG_NUMBER,
    206: Answer.COME_LATER,  # the daily limit, or what is left of it
    209: Answer.OPTED_OUT,  # in our stop-list
    220: Answer.COME_LATER,  # the service is down
    300: Answer.NO_ACCESS,
    301: Answer.NO_ACCESS,
    302: Answer.NO_ACCESS,  # the account is not confirmed
    500: Answer.COME_LATER,  # an error of the server: its documentation says to repeat
}
"""What the answer to a request, or to one number, means. Each other code refuses this message: an unknown
sender, a forbidden word, no route, a limit for this number."""

STATUSES = {
    "100": MessageStatus.QUEUED,
    "101": MessageStatus.SENT,
    "102": MessageStatus.SENT,
    "103": MessageStatus.DELIVERED,
    "104": MessageStatus.EXPIRED,
    "105": MessageStatus.FAILED,  # deleted by the operator
    "106": MessageStatus.FAILED,  # the phone's own failure
    "107": MessageStatus.FAILED,  # nobody knows why
    "108": MessageStatus.REJECTED,
    "110": MessageStatus.DELIVERED,  # read
    "150": MessageStatus.REJECTED,  # no route
    "202": MessageStatus.REJECTED,
    "207": MessageStatus.REJECTED,
    "-1": MessageStatus.UNKNOWN,
}
WRONG_NUMBERS = frozenset({"202"})


def standing_of(code: str) -> Standing | None:
    """Where a message stands; None for a code that SMS.ru has invented since."""
    found = STATUSES.get(code)
    if found is None:
        return None
    return Standing(found, code if found.is_failure else "", is_number_wrong=code in WRONG_NUMBERS)
