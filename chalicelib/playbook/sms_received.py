"""A client wrote to us: a task for their order's manager, or an answer to a known word."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Literal

from pydantic import AwareDatetime

from chalicelib.actions import AllowPhone, RequestSms, SuppressPhone, TaskText, Topic
from chalicelib.crm.port import Order
from chalicelib.engine.port import Document
from chalicelib.events import Sms, SmsDue, SmsReceived
from chalicelib.memory import Memory
from chalicelib.playbook.client_tasks import newest_order, task_about
from chalicelib.playbook.clients import has_paid_on_site, look_up
from chalicelib.playbook.desk import Decision, Desk

Keyword = Literal["status", "opt-out", "opt-in"]
KEYWORDS: Mapping[str, Keyword] = {
    **dict.fromkeys(("?", "статус", "status"), "status"),
    **dict.fromkeys(("stop", "stopall", "unsubscribe", "optout", "стоп", "отписаться"), "opt-out"),
    **dict.fromkeys(("start", "unstop", "старт"), "opt-in"),
}
"""What a message of this one word means, in lower case.

Twilio also takes CANCEL, END, QUIT and YES for words of its own, but to us a client may say them of an order.
"""

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
    match keyword_of(received.text):
        case "status":
            return _tell_status(received, desk)
        case "opt-out":
            return Decision(actions=(SuppressPhone(phone=received.phone, reason="stop-message"),))
        case "opt-in":
            return Decision(actions=(AllowPhone(phone=received.phone),))
    return _ask_manager(received, desk)


def keyword_of(text: str) -> Keyword | None:
    """What the whole message means, if it is one of our words; quotes and full stops do not matter."""
    return KEYWORDS.get(text.strip(" \t\r\n.!«»\"'").lower())


def _ask_manager(received: SmsReceived, desk: Desk) -> Decision:
    client = look_up(desk, received.phone)
    topic = Topic(name="message", order_id=0, event_ids=(received.message_id,), moments=(received.at,))

    def word(topic: Topic, commentary: str) -> TaskText:
        return TaskText(
            text=desk.texts.render(
                "task/message", phone=received.phone, count=len(topic.moments), at=topic.moments[-1]
            ),
            commentary=desk.texts.render(
                "task/message_commentary",
                so_far=commentary,
                phone=received.phone,
                at=received.at,
                text=received.text,
                has_media=received.has_media,
            ),
        )

    return task_about(desk, client, received.phone, topic, word)


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
        to_pay=order.to_pay if order and order.to_pay and not has_paid_on_site(desk, order) else None,
        shop=desk.shop.shop.name,
    )


def _state(order: Order, desk: Desk) -> str:
    """What the order's status means, as far as the shop file tells."""
    if order.status == desk.shop.crm.codes.new:
        return "new"
    for parcel_status, code in desk.shop.crm.parcel_statuses.items():
        if code == order.status:
            return parcel_status.value
    return "open" if order.is_open else "closed"
