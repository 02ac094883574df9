"""One open task a topic: what happens again brings it up to date instead of making another one."""

from collections.abc import Callable
from datetime import datetime

from chalicelib.actions import CreateTask, TaskText, Topic, UpdateTask
from chalicelib.client_time.zones import ClientZone
from chalicelib.crm.port import Order
from chalicelib.memory import RememberedTask
from chalicelib.people import due_at as due_in_hours
from chalicelib.playbook.client_clock import in_daytime, zone_note, zone_of
from chalicelib.playbook.clients import Client
from chalicelib.playbook.desk import Desk
from chalicelib.playbook.performers import performer_of, stand_in_for

Word = Callable[[Topic, str], TaskText]


def follow_up(
    desk: Desk, client: Client, order: Order | None, topic: Topic, word: Word
) -> CreateTask | UpdateTask | None:
    """A task for what just happened, or the open one brought up to date.

    A task that a person closed, changed or handed on is theirs: then a new one is made.

    Args:
        desk: what the rule has before it.
        client: who it is about.
        order: what the task is about; None for a client without any.
        topic: what happened just now, alone.
        word: the wording for a topic with everything that happened so far, and for the commentary so far.

    Returns:
        None if this has been told already.
    """
    told = client.memory.task_like(topic)
    if told is not None:
        if set(topic.event_ids) <= set(told.topic.event_ids):
            return None
        if is_untouched(desk, told):
            return _updated(desk, client, order, told, _joined(told.topic, topic), word)
    return _created(desk, client, order, topic, word)


def is_untouched(desk: Desk, told: RememberedTask) -> bool:
    """Still open, and as we wrote it."""
    task = desk.crm.task(told.id)
    return task is not None and task.is_untouched(told.written, told.performer_id)


def _joined(before: Topic, now: Topic) -> Topic:
    return before.model_copy(
        update={
            "event_ids": (*before.event_ids, *now.event_ids),
            "moments": tuple(sorted((*before.moments, *now.moments))),
        }
    )


def _updated(
    desk: Desk, client: Client, order: Order | None, told: RememberedTask, topic: Topic, word: Word
) -> UpdateTask:
    wording = word(topic, told.commentary)
    # What happens again must not be told to somebody who is on holiday, or works here no more.
    performer = stand_in_for(told.performer_id, order, desk)
    is_handed_on = performer != told.performer_id
    return UpdateTask(
        client=client.key,
        task_id=told.id,
        before=told.written,
        text=wording.text,
        commentary=wording.commentary,
        due_at=_due_at(desk, client, order, topic, performer) if is_handed_on else None,
        performer_id=performer,
        former_performer_id=told.performer_id if is_handed_on else None,
        marker=told.marker,
        topic=topic,
    )


def _created(desk: Desk, client: Client, order: Order | None, topic: Topic, word: Word) -> CreateTask:
    wording = word(topic, "")
    performer = performer_of(order, desk)
    return CreateTask(
        client=client.key,
        order_id=order.id if order else None,
        order_number=order.number if order else "",
        text=wording.text,
        commentary=wording.commentary,
        due_at=_due_at(desk, client, order, topic, performer),
        performer_id=performer,
        phone=client.phone,
        topic=topic,
        zone=zone_note(_zone(desk, client, order)),
    )


def _due_at(desk: Desk, client: Client, order: Order | None, topic: Topic, performer: int) -> datetime:
    """Soon, while this person works and the client is awake."""
    awake_at = topic.moments[-1] if topic.is_by_client else None
    return in_daytime(desk, performer, due_moment(desk, performer), _zone(desk, client, order), awake_at)


def _zone(desk: Desk, client: Client, order: Order | None) -> ClientZone:
    return zone_of(desk, order, client.phone) if order else desk.zones.zone_of(client.phone)


def due_moment(desk: Desk, performer: int) -> datetime:
    """Until when this person should call back: within working hours, at night at their opening."""
    return due_in_hours(
        desk.shop.people, performer, desk.now, desk.shop.shop.timezone, desk.shop.rules.call_back_within
    )
