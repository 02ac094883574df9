"""Calls, and what follows from a missed one."""

from datetime import timedelta
from typing import Literal

from pydantic import AwareDatetime

from chalicelib.events.base import Attribution, Event


class CallMissed(Event):
    """A client called and nobody talked to them.

    Attributes:
        call_id: the provider's id of the whole call, the same for each of its legs.
        phone: the caller in E.164, None if the number is hidden.
        line: our own number that was called, as the provider writes it; empty if unknown.
        called_at: when the call came in.
        is_final: False if another leg of the same call may still be answered, or may have been: an answer
            that is told within a minute then outweighs this.
    """

    kind: Literal["call-missed"] = "call-missed"
    call_id: str
    phone: str | None
    line: str = ""
    called_at: AwareDatetime
    is_final: bool = True


class CallAnswered(Event):
    """Somebody of the shop and a client talked to each other, whoever called.

    Attributes:
        call_id: the provider's id of the whole call, the same for each of its legs.
        phone: the client in E.164, None if the number is hidden.
        line: our own number, as the provider writes it; empty if unknown.
        direction: ``inbound`` if the client called.
        called_at: when the call began.
        answered_at: when they began to talk; None if the provider does not tell.
        talked: for how long; None if the provider does not tell.
        employee: who talked to the client, as the provider writes it: an extension or a name; empty if
            unknown.
        recording_url: where the recording is; empty if there is none, or not yet.
    """

    kind: Literal["call-answered"] = "call-answered"
    call_id: str
    phone: str | None
    line: str = ""
    direction: Literal["inbound", "outbound"]
    called_at: AwareDatetime
    answered_at: AwareDatetime | None = None
    talked: timedelta | None = None
    employee: str = ""
    recording_url: str = ""


class CallRecorded(Event):
    """The recording of a call is there; it may come before or after the call's own event.

    Attributes:
        call_id: the provider's id of the whole call.
        recording_url: where it is.
    """

    kind: Literal["call-recorded"] = "call-recorded"
    call_id: str
    recording_url: str


class CallTracked(Event):
    """What call tracking knows of a caller's visit; it may come before or after the call's own event.

    Attributes:
        call_id: the sender's id of the call.
        phone: the caller in E.164, None if the number is hidden.
        attribution: where the client came from; ``keyword`` is what they searched for.
        landing_page: the address of the page that showed the number.
        referrer: from which page they came there.
        visitor_ids: the visitor's ids by system, such as ``("yandex", "1700000000123456789")``.
        called_at: when the call began.
    """

    kind: Literal["call-tracked"] = "call-tracked"
    call_id: str
    phone: str | None
    attribution: Attribution = Attribution()
    landing_page: str = ""
    referrer: str = ""
    visitor_ids: tuple[tuple[str, str], ...] = ()
    called_at: AwareDatetime


class CallMissedDue(Event):
    """By now it would have been told if another leg of a call had been answered.

    Attributes:
        source: who told of the call.
        rule: the kind of its event: in observe mode nothing is made of it.
        call: the call, as its last leg told it.
        heard_at: when we heard that.
    """

    kind: Literal["call-missed-due"] = "call-missed-due"
    source: str
    rule: Literal["call-missed"] = "call-missed"
    call: CallMissed
    heard_at: AwareDatetime


class CallBackDue(Event):
    """By now somebody should have called a client back; else somebody above must hear.

    Attributes:
        source: whose call it was.
        rule: the kind of its event: in observe mode nobody hears.
        phone: the client in E.164.
        call_id: the call that the task was made for.
    """

    kind: Literal["call-back-due"] = "call-back-due"
    source: str
    rule: Literal["call-missed"] = "call-missed"
    phone: str
    call_id: str


class CallLogDue(Event):
    """A call is to be shown in the CRM, with what is known of it by then.

    Attributes:
        source: who told of the call.
        rule: the kind of its event: in observe mode nothing is shown.
    """

    kind: Literal["call-log-due"] = "call-log-due"
    source: str
    rule: Literal["call-answered"] = "call-answered"
    call_id: str


class CalledBack(Event):
    """Somebody talked to a client whose call had been missed, for reports.

    Attributes:
        order_id: the CRM's id of the order that their first call was about; None if there was none yet.
        missed_at: when the client had called; the first time, if they had called more than once.
        answered_at: when they began to talk.
        delay: how much of the shop's hours passed in between.
        direction: ``inbound`` if the client called again before anybody called back.
        employee: who talked to the client, as far as the provider tells.
    """

    kind: Literal["called-back"] = "called-back"
    order_id: int | None
    missed_at: AwareDatetime
    answered_at: AwareDatetime
    delay: timedelta
    direction: Literal["inbound", "outbound"]
    employee: str = ""


CallFollowUp = CallMissedDue | CallBackDue | CallLogDue | CalledBack
"""What follows from a call later, or is kept for reports."""
