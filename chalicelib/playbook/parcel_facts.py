"""What more there is to know of a parcel: until when it waits, and whether something of it is news."""

from datetime import UTC, datetime, timedelta

from chalicelib.events import SAME_DATE_EVERYWHERE, ParcelMoved
from chalicelib.parcel_memory import ParcelMemory
from chalicelib.playbook.desk import Desk
from chalicelib.poll_memory import PollMemory, poll_key


def kept_until(parcel: ParcelMemory, source: str, desk: Desk) -> tuple[datetime | None, bool]:
    """The moment, None if nobody knows it; and whether it is an estimate by the shop's word for this source.

    No courier says how it counts days. So an estimate counts the day of arrival, and by UTC, where the date
    is never ahead of the parcel's own: nobody must come too late for it.
    """
    days = desk.shop.storage_days(source)
    if parcel.keep_until is not None or parcel.is_extended or days is None or parcel.arrived_at is None:
        return parcel.keep_until, False
    last_day = parcel.arrived_at.astimezone(UTC).date() + timedelta(days=days - 1)
    return datetime.combine(last_day, SAME_DATE_EVERYWHERE), True


def is_news(moved: ParcelMoved, desk: Desk) -> bool:
    """Whether it happened since we began to ask this courier: of what was before, nobody is told."""
    content = desk.documents.get(poll_key(desk.entry.source)).content
    return not content or moved.at >= PollMemory.model_validate(content).started_at
