"""Subscriptions as a calendar: what ends when, and what that means today."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby

from chalicelib.checks.subscriptions.memory import probe_key, renewal_key
from chalicelib.checks.subscriptions.settings import Dated, Subscription
from chalicelib.checks.subscriptions.standing import URGENT_STEP, Origin, Standing, calendar
from chalicelib.engine.port import Documents
from chalicelib.ladders import Ladders
from chalicelib.settings import Shop

_CALM, _SOON, _URGENT, _UNKNOWN = "good", "warn", "bad", "idle"


@dataclass(frozen=True, slots=True)
class Item:
    """One subscription.

    Attributes:
        day: its last day; None if nobody knows.
        days_left: until then; None if nobody knows.
        mood: how urgent it is.
        is_estimate: True if the day is reckoned from how fast money goes.
        problem: why its probe was last asked in vain; empty if all is well.
    """

    name: str
    day: date | None
    days_left: int | None
    mood: str
    origin: Origin
    is_estimate: bool
    money: str
    responsible: str
    price: str
    note: str
    url: str
    problem: str


@dataclass(frozen=True, slots=True)
class Month:
    """What ends in one month."""

    first: date
    items: Sequence[Item]


@dataclass(frozen=True, slots=True)
class Renewals:
    """What the page shows.

    Attributes:
        months: those in which something ends, the next one first.
        undated: what has no known end.
    """

    months: Sequence[Month]
    undated: Sequence[Item]


def standings(shop: Shop, documents: Documents) -> list[Standing]:
    """How all subscriptions stand, by one reading for each 100 of them."""
    found = documents.get_many([_key(subscription) for subscription in shop.subscriptions])
    return calendar(shop.subscriptions, lambda key: found[key], shop.shop.timezone)


def renewals(standings: Iterable[Standing], shop: Shop, now: datetime) -> Renewals:
    """What ends first before the rest."""
    items = [_item(standing, shop.ladders, shop, now) for standing in standings]
    dated = sorted((item for item in items if item.day), key=lambda item: (item.day or date.max, item.name))
    months = [
        Month(first, list(of_month))
        for first, of_month in groupby(dated, lambda item: (item.day or date.max).replace(day=1))
    ]
    return Renewals(months, [item for item in items if item.day is None])


def counted(found: Renewals) -> Mapping[str, int]:
    """How many there are of each mood."""
    items = [item for month in found.months for item in month.items] + list(found.undated)
    return {mood: sum(item.mood == mood for item in items) for mood in (_URGENT, _SOON, _CALM, _UNKNOWN)}


def _key(subscription: Subscription) -> str:
    return renewal_key(subscription.name) if isinstance(subscription, Dated) else probe_key(subscription)


def _item(standing: Standing, ladders: Ladders, shop: Shop, now: datetime) -> Item:
    subscription, zone = standing.subscription, shop.shop.timezone
    return Item(
        name=subscription.name,
        day=standing.last_day(zone),
        days_left=standing.days_left(now, zone),
        mood=_mood(standing, ladders, shop, now),
        origin=standing.origin,
        is_estimate=standing.amount is not None,
        money=standing.money,
        responsible=subscription.responsible,
        price=subscription.price,
        note=subscription.note,
        url=subscription.url,
        problem=standing.problem,
    )


def _mood(standing: Standing, ladders: Ladders, shop: Shop, now: datetime) -> str:
    step = standing.due_step(ladders, now, shop.shop.timezone)
    if step is not None:
        return _URGENT if step <= URGENT_STEP else _SOON
    if standing.origin == "unknown":
        return _UNKNOWN
    return _SOON if standing.problem else _CALM
