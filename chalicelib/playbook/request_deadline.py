"""A client has told until when they want it: a task on their order that is due by then."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from chalicelib.actions import Announce, AnyAction, TaskText, Topic
from chalicelib.conversation_memory import Told
from chalicelib.crm.port import Order
from chalicelib.events import MessageReceived, RequestDated
from chalicelib.hours import WorkingHours
from chalicelib.people import with_crm_user
from chalicelib.playbook.conversations import Conversation, conversation_of
from chalicelib.playbook.desk import Decision, Desk
from chalicelib.playbook.follow_up import due_moment, follow_up

NOON = time(12)
LAST_MINUTE = time(23, 59)


def dated(message: MessageReceived, told: Told, desk: Desk) -> tuple[AnyAction, ...]:
    """What sees to the task once the order is there, if a message tells a deadline."""
    if told.deadline is None:
        return ()
    event = RequestDated(
        source=desk.entry.source, chat=message.chat, message_id=message.message_id, at=message.at
    )
    return (Announce(once=f"request-dated:{desk.entry.id}", due_at=desk.now, event=event),)


def on_request_dated(request: RequestDated, desk: Desk) -> Decision:
    """One task an order, due by the deadline, or brought up to date with another one.

    Raises:
        Postponed: another entry is at work for this conversation or its client.
    """
    conversation = conversation_of(desk, request.source, request.chat)
    own = conversation.own_order
    order = conversation.client.order(own.id) if own else None
    told = conversation.memory.told
    if order is None or not order.is_open or told.deadline is None:
        return Decision(note="no-longer-open")
    return _task(request, conversation, order, told.deadline, desk)


def _task(
    request: RequestDated, conversation: Conversation, order: Order, deadline: date, desk: Desk
) -> Decision:
    fields = request_fields(conversation.memory.told, desk)

    def word(topic: Topic, _commentary: str) -> TaskText:
        del topic
        return TaskText(
            text=desk.texts.render("task/request", name=order.first_name, **fields),
            commentary=desk.texts.render(
                "task/request_commentary", order_number=order.number, told=request_text(fields, desk)
            ),
        )

    topic = Topic(name="request", order_id=order.id, event_ids=(request.message_id,), moments=(request.at,))
    task = follow_up(desk, conversation.chat, order, topic, word)
    if task is None:
        return Decision(note="already-told")
    due = due_by(deadline, task.performer_id, desk)
    return Decision((task.model_copy(update={"due_at": due}),), conversation.claims(desk))


def told_text(told: Told, desk: Desk) -> str:
    """What a client told, as a block of lines; empty if nothing."""
    return request_text(request_fields(told, desk), desk)


def request_fields(told: Told, desk: Desk) -> dict[str, object]:
    """What a client told, as texts want it."""
    zone = desk.shop.shop.timezone
    return {
        "company": told.company,
        "tax_number": told.tax_number,
        "deadline": datetime.combine(told.deadline, NOON, zone) if told.deadline else None,
    }


def request_text(fields: dict[str, object], desk: Desk) -> str:
    """Likewise, as a block of lines."""
    return desk.texts.render("order/request", **fields)


def due_by(deadline: date, performer: int, desk: Desk) -> datetime:
    """The last moment at which this person works up to the end of that day; soon if there is none left."""
    zone = desk.shop.shop.timezone
    person = with_crm_user(desk.shop.people, performer)
    hours = person.hours if person else desk.shop.shop.hours
    day = deadline
    while day >= desk.now.astimezone(zone).date():
        is_absent = person is not None and person.is_absent(datetime.combine(day, NOON, zone), zone)
        closing = None if is_absent else _closing(hours, day, zone)
        if closing is not None and closing > desk.now:
            return closing
        day -= timedelta(days=1)
    return due_moment(desk, performer)


def _closing(hours: WorkingHours, day: date, zone: ZoneInfo) -> datetime | None:
    """When the work of a day ends, in UTC, a minute before midnight at the latest; None if nobody works."""
    begin = datetime.combine(day, time.min, zone).astimezone(UTC)
    end = datetime.combine(day, LAST_MINUTE, zone).astimezone(UTC)
    closing = None
    opening = hours.next_opening(begin, zone)
    while opening < end:
        closing = min(hours.next_closing(opening, zone), end)
        opening = hours.next_opening(closing, zone)
        if closing == end:
            break
    return closing
