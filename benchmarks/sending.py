"""What became of one sent lead."""

from typing import NamedTuple

NO_ANSWER = 0


class Sent(NamedTuple):
    """One lead that was sent.

    Attributes:
        number: the lead's number.
        sent_at: when it was due to be sent, seconds since 1970.
        seconds: from that moment to the end of the answer.
        status: of the answer; 0 if there was none.
    """

    number: int
    sent_at: float
    seconds: float
    status: int
