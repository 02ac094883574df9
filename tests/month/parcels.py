"""Where a parcel goes, and what CDEK tells of it: late, again, in another order."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

from tests.month import proportions
from tests.month.calendar import DAY
from tests.month.chances import Chances
from tests.month.happenings import Told
from tests.month.shop import PICKUP_STEPS

DAYS_AT_PICKUP: Mapping[str, tuple[float, float]] = {
    "collected at once": (0.1, 2),
    "collected before the first reminder": (2, 4.7),
    "collected after the first reminder": (5.3, 9.7),
    "collected after the second reminder": (10.3, 13),
    "refused": (1, 14),
}


def news(order: str, sent: datetime, dice: Chances) -> Iterator[Told]:
    """Everything that is told of an order's parcel."""
    on_its_way = sent + dice.minutes(200, 1400)
    in_city = on_its_way + dice.minutes(1500, 5500)
    arrived = in_city + dice.minutes(100, 700)
    yield from _told(order, "RECEIVED_AT_SHIPMENT_WAREHOUSE", on_its_way, dice)
    yield from _told(order, "ACCEPTED_IN_RECIPIENT_CITY", in_city, dice)
    yield from _told(order, "ACCEPTED_AT_PICK_UP_POINT", arrived, dice)
    end = dice.one_of(proportions.PARCELS)
    if end in DAYS_AT_PICKUP:
        first, last = DAYS_AT_PICKUP[end]
        over = arrived + dice.minutes(first * DAY.total_seconds() / 60, last * DAY.total_seconds() / 60)
        code = "NOT_DELIVERED" if end == "refused" else "DELIVERED"
        yield from _told(order, code, over, dice, arrived)


def _told(
    order: str, code: str, happened_at: datetime, dice: Chances, waits_since: datetime | None = None
) -> Iterator[Told]:
    is_late = dice.is_so(proportions.PARCEL_NEWS_LATE)
    told_at = happened_at + (dice.minutes(60, 400) if is_late else dice.minutes(1, 9))
    while waits_since and any(_is_near(told_at - waits_since, step) for step in PICKUP_STEPS):
        told_at += timedelta(minutes=30)
    yield Told(told_at, order, code, happened_at)
    if dice.is_so(proportions.PARCEL_NEWS_TWICE):
        yield Told(told_at + dice.minutes(1, 2500), order, code, happened_at)


def _is_near(waited: timedelta, step: timedelta) -> bool:
    """Whether nobody could say if the step is told before."""
    return step - timedelta(minutes=30) < waited < step + timedelta(hours=3)
