"""What the error codes of gateways mean to us. Each gateway has one table from its codes to these answers."""

from collections.abc import Mapping
from enum import Enum

from chalicelib.errors import LeadkeeperError, OptedOut, Refused, Unreachable, WrongNumber


class Answer(Enum):
    """What a gateway's code means."""

    COME_LATER = "come-later"
    """It surely did nothing, and may do it later: too many requests, a daily limit, maintenance."""
    PERHAPS = "perhaps"
    """It may have sent the message, now or before."""
    NO_ACCESS = "no-access"
    """It refuses everything: a wrong key or account."""
    NO_MONEY = "no-money"
    """It refuses everything until somebody pays."""
    REFUSED = "refused"
    """It will not send this message: its sender, its text, or no route there. Another gateway may."""
    WRONG_NUMBER = "wrong-number"
    """No text message can reach the number."""
    OPTED_OUT = "opted-out"
    """The recipient does not want our messages."""


def error_of(answer: Answer, detail: str) -> LeadkeeperError:
    """What to raise."""
    match answer:
        case Answer.COME_LATER:
            return Unreachable("sms-unreachable", detail)
        case Answer.PERHAPS:
            return Unreachable("sms-unreachable", detail, maybe_done=True)
        case Answer.NO_ACCESS:
            return Unreachable("sms-no-access", detail)
        case Answer.NO_MONEY:
            return Unreachable("sms-no-money", detail)
        case Answer.REFUSED:
            return Refused("sms-refused", detail)
        case Answer.WRONG_NUMBER:
            return WrongNumber("sms-wrong-number", detail)
        case Answer.OPTED_OUT:
            return OptedOut(detail)


def refusal(answers: Mapping[int, Answer], code: int | None, detail: str) -> LeadkeeperError:
    """The error for a code with which a gateway said no; one that we do not know is a plain refusal."""
    return error_of(answers.get(code, Answer.REFUSED) if code is not None else Answer.REFUSED, detail)
