"""The shop's clock: Tomsk, open every day from nine to eight. Reckoned without the product's own hours."""

from datetime import UTC, date, datetime, time, timedelta, timezone

TOMSK = timezone(timedelta(hours=7))
OPENS, CLOSES = time(9), time(20)
DAY = timedelta(days=1)


def local(moment: datetime) -> datetime:
    """On the shop's clock."""
    return moment.astimezone(TOMSK)


def at(day: date, clock: time) -> datetime:
    """This moment of a day, UTC."""
    return datetime.combine(day, clock, TOMSK).astimezone(UTC)


def opening(moment: datetime, opens: time = OPENS, closes: time = CLOSES) -> datetime:
    """The moment itself while it is open, else the next opening."""
    day, clock = local(moment).date(), local(moment).time()
    if clock < opens:
        return at(day, opens)
    return moment if clock < closes else at(day + DAY, opens)


def add_open(moment: datetime, span: timedelta) -> datetime:
    """When so much open time has passed."""
    moment = opening(moment)
    while moment + span > (closing := at(local(moment).date(), CLOSES)):
        span -= closing - moment
        moment = opening(closing)
    return moment + span


def open_between(first: datetime, last: datetime) -> timedelta:
    """How much open time lies between."""
    passed, moment = timedelta(), opening(first)
    while moment < last:
        closing = at(local(moment).date(), CLOSES)
        passed += min(last, closing) - moment
        moment = opening(closing)
    return passed
