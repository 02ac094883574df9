"""What a task to call a client says of the client's clock, and when it is due by it."""

from datetime import datetime, timedelta

from chalicelib.client_time.names import place
from chalicelib.client_time.zones import ClientZone
from chalicelib.crm.port import Order
from chalicelib.people import with_crm_user
from chalicelib.playbook.desk import Desk

AWAKE_FOR = timedelta(hours=1)
"""Who has just called or written to us is awake, whatever their clock says."""

MAX_DAYS = 14
"""So far ahead a moment is looked for that suits both the client and who calls."""


def zone_of(desk: Desk, order: Order, phone: str) -> ClientZone:
    """Where the clock of the order's client stands; ``phone`` is E.164 or empty."""
    return desk.zones.zone_of(phone, order.city, order.region)


def clock_line(desk: Desk, client: ClientZone) -> str:
    """A line for the task, such as ``У клиента сейчас 18:40``; empty if both clocks show the same."""
    ahead = client.hours_ahead(desk.shop.shop.timezone, desk.now)
    if not ahead:
        return ""
    return desk.texts.render(
        "task/client_time",
        clock=f"{desk.now.astimezone(client.zone):%H:%M}",
        place=place(client.zone.key, desk.texts.language),
        hours_ahead=ahead,
    )


def zone_note(client: ClientZone) -> str:
    """For the journal; empty if nothing is known of the client's clock."""
    return client.note if client.is_known else ""


def in_daytime(
    desk: Desk, performer: int, due: datetime, client: ClientZone, awake_at: datetime | None = None
) -> datetime:
    """The first moment, from ``due`` on, in the client's daytime at which this person works.

    Args:
        desk: what the rule has before it.
        performer: the CRM user who calls.
        due: until when they should call, by their own hours.
        client: unchanged stays what is due for a client whose zone nobody knows.
        awake_at: when the client called or wrote to us; None if they did not lately.
    """
    if not client.is_known or (awake_at is not None and due - awake_at <= AWAKE_FOR):
        return due
    person = with_crm_user(desk.shop.people, performer)
    moment = due
    for _ in range(MAX_DAYS):
        moment = desk.shop.client_time.calls.next_opening(moment, client.zone)
        at_work = person.next_at_work(moment, desk.shop.shop.timezone) if person else moment
        if at_work == moment:
            return moment
        moment = at_work
    return due
