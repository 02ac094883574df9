"""A client wrote to us: a task for their order's manager, or an answer to a known word."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from pydantic import AwareDatetime

from chalicelib.actions import RequestSms, TaskText, Topic
from chalicelib.crm.port import Order
from chalicelib.engine.port import Document
from chalicelib.events import Sms, SmsDue, SmsReceived
from chalicelib.memory import Memory
from chalicelib.playbook.client_clock import clock_line, zone_of
from chalicelib.playbook.client_tasks import newest_order, task_about
from chalicelib.playbook.clients import has_paid_on_site, look_up
from chalicelib.playbook.desk import Decision, Desk
from chalicelib.playbook.opt_out import wish_of
from chalicelib.playbook.sms_delivery import told_anyway

STATUS = frozenset({"", "статус", "status"})
"""A message of one of these words alone, or of a question mark, asks how the order stands. Twilio also takes
CANCEL, END, QUIT, YES for words of its own, but to us a client may say them of an order.
"""

PUNCTUATION = " \t\r\n.!«»\"'"
REPLY_IS_OF_USE = timedelta(hours=1)
DAY = timedelta(days=1)


class Reply(Memory):
    """One answer to a client who asked."""

    entry_id: str
    at: AwareDatetime


class Replies(Memory):
    """The answers that one phone got within a day."""

    replies: tuple[Reply, ...] = ()


def on_sms_received(received: SmsReceived, desk: Desk) -> Decision:
    """Answer a known word; everything else is for a person."""
    if _asks_for_status(received.text):
        return _tell_status(received, desk)
    wish = wish_of(received.phone, received.text)
    return Decision(actions=(wish,)) if wish else _ask_manager(received, desk)


def _asks_for_status(text: str) -> bool:
    word = text.strip(PUNCTUATION).lower()
    return word != "" and word.rstrip("? ") in STATUS


def _ask_manager(received: SmsReceived, desk: Desk) -> Decision:
    client = look_up(desk, received.phone)
    order = newest_order(client)
    zone = zone_of(desk, order, received.phone) if order else desk.zones.zone_of(received.phone)
    clock = clock_line(desk, zone)
    topic = Topic(name="message", order_id=0, event_ids=(received.message_id,), moments=(received.at,))

    def word(topic: Topic, commentary: str) -> TaskText:
        return TaskText(
            text=desk.texts.render(
                "task/message", phone=received.phone, count=len(topic.moments), at=topic.moments[-1]
            ),
            commentary=desk.texts.render(
                "task/message_commentary",
                so_far=commentary,
                client_time=clock,
                phone=received.phone,
                at=received.at,
                text=received.text,
                has_media=received.has_media,
            ),
        )

    task = task_about(desk, client, topic, word)
    return replace(task, actions=(*told_anyway(client, received.at, desk), *task.actions))


def _tell_status(received: SmsReceived, desk: Desk) -> Decision:
    document = desk.documents.get(f"sms-replies:{received.phone}")
    replies = _of_last_day(document, desk)
    if desk.shop.sms is None or len(replies) >= desk.shop.sms.status_replies:
        return Decision(note="too-many-questions")
    order = newest_order(look_up(desk, received.phone))
    sms = Sms(
        phone=received.phone,
        text=_status_text(order, desk),
        template="status",
        not_before=desk.now,
        valid_until=received.at + REPLY_IS_OF_USE,
        order_id=order.id if order else None,
        order_number=order.number if order else "",
        is_urgent=True,
    )
    due = SmsDue(sms=sms, source=desk.entry.source, rule=received.kind)
    told = Replies(replies=(*replies, Reply(entry_id=desk.entry.id, at=desk.now)))
    return Decision(
        actions=(RequestSms(once=f"status:{desk.entry.id}", due=due),),
        claims=(replace(document, content=told.content()),),
    )


def _of_last_day(document: Document, desk: Desk) -> tuple[Reply, ...]:
    """Without this very one, which may have been decided before."""
    replies = Replies.model_validate(document.content).replies
    return tuple(reply for reply in replies if desk.now - reply.at < DAY and reply.entry_id != desk.entry.id)


def _status_text(order: Order | None, desk: Desk) -> str:
    words = desk.shop.sms.status_words if desk.shop.sms else {}
    return desk.texts.render(
        "reply/status",
        order_number=order.number if order else "",
        words=words.get(order.status, "") if order else "",
        state=_state(order, desk) if order else "",
        track_number=order.track_number if order else "",
        to_pay=_to_pay(order, desk) if order else None,
        shop=desk.shop.shop.name,
    )


def _to_pay(order: Order, desk: Desk) -> Decimal | None:
    """Nothing for an order that is closed: its money is the CRM's matter, not the courier's any more."""
    if not order.is_open or not order.to_pay or has_paid_on_site(desk, order):
        return None
    return order.to_pay


def _state(order: Order, desk: Desk) -> str:
    """What the order's status means, as far as the shop file tells."""
    if order.status == desk.shop.crm.codes.new:
        return "new"
    for parcel_status, code in desk.shop.crm.parcel_statuses.items():
        if code == order.status:
            return parcel_status.value
    return "open" if order.is_open else "closed"
