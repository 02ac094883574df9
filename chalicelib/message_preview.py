"""What a client would get if they were sent a text now: nothing is sent, and nothing is changed."""

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Literal

from chalicelib.actions import AddNote, RequestSms
from chalicelib.deciding import Decider
from chalicelib.engine.port import Documents
from chalicelib.entry import Entry
from chalicelib.errors import Postponed, Refused
from chalicelib.events import MessageWanted, Sms, SmsDue
from chalicelib.playbook.message_wanted import AGAIN_AFTER
from chalicelib.settings import Shop
from chalicelib.sms.opt_out import OptOuts
from chalicelib.sms.segments import Segments, segments
from chalicelib.told_memory import ToldMemory


@dataclass(frozen=True, slots=True)
class Preview:
    """A message that has a text.

    Attributes:
        segments: what its text takes.
        price: what they cost; None if the shop file does not tell.
        when: whether it would go out.
        reason: the code of why not now, or not at all; empty if it would.
        wait: for how long it would be held; zero unless it goes later.
    """

    sms: Sms
    segments: Segments
    price: Decimal | None
    when: Literal["now", "later", "never", "observed"]
    reason: str = ""
    wait: timedelta = timedelta()


def preview(
    wanted: MessageWanted, entry: Entry, *, shop: Shop, decider: Decider, documents: Documents
) -> Preview | str:
    """What would be sent, else why there is nothing to send, in the words that a manager would read.

    Of what the client got already the text is shown, too.

    Args:
        wanted: the text, and for whom.
        entry: the journal's, if it were really wanted.
        shop: whose texts and prices these are.
        decider: asked as if it were.
        documents: where it stands who wants no messages.

    Raises:
        LeadkeeperError: the CRM does not answer, or there is no such order or text.
    """
    as_if_untold = wanted.model_copy(update={"at": wanted.at + AGAIN_AFTER})
    decision = decider.decision(entry, (as_if_untold,))
    action = next(iter(decision.actions), None)
    if isinstance(action, AddNote):
        return action.text
    if not isinstance(action, RequestSms):
        return decision.note
    due = action.due
    size = segments(due.sms.text)
    per_segment = shop.messages.price_per_segment
    price = None if per_segment is None else size.parts * per_segment
    opted_out = OptOuts(documents).reason(due.sms.phone)
    if opted_out:
        return Preview(due.sms, size, price, "never", f"opted-out: {opted_out}")
    told = ToldMemory.model_validate(documents.get(due.sms.memory).content)
    if told.has(due.sms.model_copy(update={"not_if_told_since": wanted.at - AGAIN_AFTER})):
        return Preview(due.sms, size, price, "never", "already-told")
    if shop.observes(due.source, due.rule):
        return Preview(due.sms, size, price, "observed")
    return _due(due, entry, decider, size, price)


def _due(due: SmsDue, entry: Entry, decider: Decider, size: Segments, price: Decimal | None) -> Preview:
    """Whether it would go out at once, by the rule for messages that are due."""
    try:
        decision = decider.decision(entry, (due,))
    except Postponed as postponed:
        return Preview(due.sms, size, price, "later", postponed.reason, postponed.delay)
    except Refused as refused:
        return Preview(due.sms, size, price, "never", refused.reason)
    when: Literal["now", "never"] = "now" if decision.actions else "never"
    return Preview(due.sms, size, price, when, decision.note)
