"""Somebody wants a client to get one of the shop's texts, and reads on their card what became of it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from chalicelib.actions import AddNote, AnyAction, RequestSms, RequestSmsReport
from chalicelib.entry import Entry, Status
from chalicelib.errors import Postponed, Refused
from chalicelib.events import MessageWanted, SmsReportDue
from chalicelib.messages import sms_entry_id
from chalicelib.playbook.client_messages import Occasion, message_about_order, message_to_customer
from chalicelib.playbook.desk import Decision, Desk, EntryReader
from chalicelib.playbook.orders import find_order

AGAIN_AFTER = timedelta(days=1)
"""Who wants the same text once more may have it then; whatever comes sooner is a second click."""

ENTRY = "entry "
"""How the result of an action that made an envelope begins."""

FIRST_LOOK = timedelta(seconds=10)
LONGEST_PAUSE = timedelta(hours=1)


def on_message_wanted(wanted: MessageWanted, desk: Desk) -> Decision:
    """Send it by the same way as any other message, and let the manager read the result.

    Raises:
        Refused: there is no such text, order or client; or the text is about an order, and none is named.
        Postponed: the order is not found yet.
    """
    if f"sms/{wanted.template}" not in desk.texts.names():
        raise Refused("no-such-text", f"there is no text sms/{wanted.template}")
    message, order_number, customer_id = _message(wanted, desk)
    if customer_id is None:
        return Decision(note=message) if isinstance(message, str) else Decision((message,))
    actions: tuple[AnyAction, ...]
    if isinstance(message, str):
        text = _note(wanted.template, order_number, Outcome("not-sent", message, "", desk.now), desk)
        return Decision((AddNote(customer_id=customer_id, text=text),))
    report = SmsReportDue(
        sms_entry=sms_entry_id(message.once),
        template=wanted.template,
        order_number=order_number,
        customer_id=customer_id,
    )
    actions = (message, RequestSmsReport(due=report))
    return Decision(actions)


def on_sms_report_due(due: SmsReportDue, desk: Desk) -> Decision:
    """Write on the client's card what became of the message, once that is known.

    Raises:
        Postponed: it is not sent yet: it is held back, or the gateway does not answer.
    """
    entry = last_try(desk.journal, due.sms_entry)
    if entry is None or entry.is_open:
        waited = desk.now - desk.entry.opened_at
        raise Postponed("sms-not-sent-yet", min(max(FIRST_LOOK, waited / 4), LONGEST_PAUSE))
    text = _note(due.template, due.order_number, outcome_of(entry), desk)
    return Decision((AddNote(customer_id=due.customer_id, text=text),))


def last_try(journal: EntryReader, sms_entry: str) -> Entry | None:
    """The entry of a message at the gateway that had it last; None if nobody has taken it up there yet."""
    entry = journal.get(sms_entry)
    while entry is not None and (following := _passed_on_to(entry)):
        entry = next(iter(journal.find(following)), None)
    return entry


def _passed_on_to(entry: Entry) -> str:
    """Where the id of the next gateway's entry begins; empty if this gateway did not pass the message on."""
    last = entry.results[-1] if entry.results else None
    if last is None or last.state != "skipped" or not last.reference.startswith(ENTRY):
        return ""
    return last.reference.removeprefix(ENTRY)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a message.

    Attributes:
        reason: why it was not sent, as a short code.
        detail: the same for a person, if there is more to say.
    """

    state: Literal["sent", "not-sent"]
    reason: str
    detail: str
    at: datetime


def outcome_of(entry: Entry) -> Outcome:
    """What became of a message, by its journal entry, which is closed."""
    last = entry.results[-1] if entry.results else None
    if entry.status is Status.DONE and last is not None:
        is_sent = last.state == "done"
        return Outcome("sent" if is_sent else "not-sent", "" if is_sent else last.note, "", last.at)
    return Outcome("not-sent", entry.reason, entry.detail, entry.updated_at)


def _message(wanted: MessageWanted, desk: Desk) -> tuple[RequestSms | str, str, int | None]:
    """The message or why there is none, the order's number, and whose card it is written on."""
    occasion = Occasion(
        template=wanted.template,
        rule=wanted.kind,
        once=f"wanted:{desk.entry.id}",
        not_if_told_since=wanted.at - AGAIN_AFTER,
    )
    if wanted.customer_id is not None:
        if "order_number" in desk.texts.fields_of(f"sms/{wanted.template}"):
            raise Refused("text-needs-order", f"sms/{wanted.template} names the order's number")
        customer = desk.crm.customer(wanted.customer_id)
        if customer is None:
            raise Refused("customer-not-found", f"client {wanted.customer_id}")
        return message_to_customer(customer, occasion, desk), "", customer.id
    order = find_order(wanted.order_id, wanted.order_number, desk)
    if order is None:
        raise Refused("order-not-found", f"order {wanted.order_number or wanted.order_id}")
    return message_about_order(order, occasion, desk), order.number, order.customer_id


def _note(template: str, order_number: str, outcome: Outcome, desk: Desk) -> str:
    return desk.texts.render(
        "note/sms_report",
        template=template,
        order_number=order_number,
        is_sent=outcome.state == "sent",
        reason=outcome.reason,
        detail=outcome.detail,
        at=outcome.at,
    )
