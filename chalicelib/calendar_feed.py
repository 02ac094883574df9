"""``GET /calendar.ics``: when subscriptions end, for any calendar program (RFC 5545)."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from icalendar import TRANSP, Alarm, Calendar, Event

from chalicelib.checks.subscriptions.settings import Balance
from chalicelib.checks.subscriptions.standing import Standing, calendar, steps_of
from chalicelib.clock import Clock
from chalicelib.engine.port import Documents
from chalicelib.gate.provider import Reply, same_secret
from chalicelib.gate.tickets import fingerprint
from chalicelib.ladders import DAY
from chalicelib.settings import Shop
from chalicelib.texts import Texts

CONTENT_TYPE = "text/calendar; charset=utf-8"
PRODUCT = "-//Leadkeeper//Subscriptions//EN"
ID_LENGTH = 32
READ_AGAIN_AFTER = timedelta(hours=12)


class CalendarFeed:
    """The calendar of one shop."""

    def __init__(self, shop: Shop, documents: Documents, texts: Texts, clock: Clock) -> None:
        """Tell of this shop's subscriptions in its texts, by what we remember in these documents."""
        self._shop = shop
        self._documents = documents
        self._texts = texts
        self._clock = clock

    def reply(self, token: str) -> Reply:
        """What who offers this token gets to hear: the calendar, 403, or 404 where there is none."""
        shop = self._shop
        if shop.calendar is None:
            return Reply(404, "there is nothing here")
        if not same_secret(token, shop.calendar.tokens):
            return Reply(403, "wrong token")
        found = calendar(shop.subscriptions, self._documents.get, shop.shop.timezone)
        return Reply(200, written(found, shop, self._texts, self._clock()), CONTENT_TYPE)


def written(found: Iterable[Standing], shop: Shop, texts: Texts, now: datetime) -> str:
    """The calendar as a file; what has no known end is not in it."""
    file = Calendar.new(
        prodid=PRODUCT,
        name=texts.render("calendar/name", shop=shop.shop.name),
        refresh_interval=READ_AGAIN_AFTER,
    )
    for standing in found:
        day = standing.last_day(shop.shop.timezone)
        if day is not None:
            file.add_component(_event(standing, day, shop, texts, now))
    return bytes(file.to_ical()).decode()


def _event(standing: Standing, day: date, shop: Shop, texts: Texts, now: datetime) -> Event:
    subscription = standing.subscription
    summary = texts.render(
        "calendar/subscription", name=subscription.name, is_money=isinstance(subscription, Balance)
    )
    description = texts.render(
        "calendar/subscription_description",
        responsible=subscription.responsible,
        price=subscription.price,
        note=subscription.note,
        url=subscription.url,
    )
    event = Event.new(
        # The same one after a renewal: then it moves instead of being there twice.
        uid=f"{fingerprint(shop.shop.name, subscription.name)[:ID_LENGTH]}@leadkeeper",
        stamp=now,
        start=day,
        end=day + DAY,
        summary=summary,
        description=description or None,
        url=subscription.url or None,
        transparency=TRANSP.TRANSPARENT,
    )
    alarm = Alarm.new(description=summary)
    alarm.add("action", "DISPLAY")
    alarm.add("trigger", -timedelta(days=steps_of(subscription, shop.ladders)[0]))
    event.add_component(alarm)
    return event
