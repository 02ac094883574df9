"""One order's story: how it began, what managers did with it, where its parcel went."""

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from tests.month import proportions
from tests.month.calendar import DAY, add_open, open_between, opening
from tests.month.happenings import (
    HOW_TOUCHED,
    Edited,
    Form,
    Happening,
    Made,
    Missed,
    Outage,
    Talked,
    Told,
    Touched,
    Wrote,
)
from tests.month.shop import LEAD_STEPS, PICKUP_STEPS, WORKERS

FIRST_CHAT = 5_000_000_000
AFTER_OUTAGE = timedelta(minutes=20)
"""So long after it nobody does anything: by then all has been caught up with."""

LEAST_STAY = timedelta(minutes=25)
"""So long at least an order stays in a status."""

FORM = "form300"
CANCELLED = ("no-call", "no-product", "already-buyed", "prices-did-not-suit", "delyvery-did-not-suit")


@dataclass(frozen=True, slots=True)
class Client:
    """Who orders; ``typed`` is their phone (E.164) as they write it."""

    phone: str
    name: str
    typed: str
    number: int


class Story:
    """Tells what happens about one order. Moments at which nobody could say what must follow are left out."""

    def __init__(self, chance: random.Random, number: int, client: Client, outages: Sequence[Outage]) -> None:
        self._chance = chance
        self._number = number
        self._client = client
        self._outages = outages

    def told(self, begins: datetime, ways: Mapping[str, float]) -> list[Happening]:
        """All of it, in no order."""
        teller = {
            "form": self._form,
            "missed call": self._missed_call,
            "answered call": self._answered_call,
            "message": self._message,
            "missed call, then a form": self._call_and_form,
        }[self._one_of(ways)]
        return list(teller(begins))

    # How it begins

    def _form(self, at: datetime) -> Iterator[Happening]:
        client = self._client
        tranid = f"{self._number}:{480_000_000 + self._number}"
        form = Form(at, tranid, FORM, client.typed, client.name, self._email())
        yield from self._delivered(form)
        if self._chance.random() < proportions.SAME_FORM_TWICE:
            again = at + self._between(minutes=(1, 8))
            yield Form(again, f"{tranid}9", FORM, client.typed, client.name, self._email())
        yield from self._work(f"lead-tilda-{tranid}", at)

    def _missed_call(self, at: datetime) -> Iterator[Happening]:
        call = Missed(at, f"call{self._number}", self._client.phone, at)
        yield from self._delivered(call)
        if self._chance.random() < proportions.CALLS_AGAIN:
            again = at + self._between(minutes=(2, 6))
            yield Missed(again, f"call{self._number}b", self._client.phone, again)
        yield from self._work(f"call-mango-{call.id}", at, calls=True)

    def _call_and_form(self, at: datetime) -> Iterator[Happening]:
        yield Missed(at, f"call{self._number}", self._client.phone, at)
        later = at + self._between(minutes=(3, 40))
        tranid = f"{self._number}:{480_000_000 + self._number}"
        yield Form(later, tranid, FORM, self._client.typed, self._client.name)
        yield from self._work(f"call-mango-call{self._number}", at, after=later, calls=True)

    def _answered_call(self, at: datetime) -> Iterator[Happening]:
        at = self._free(opening(at))
        user, at = self._manager(at)
        key = f"by-hand-{self._number}"
        yield Made(at, key, user, self._client.phone, {"firstName": self._client.name, "managerId": user})
        yield from self._on_its_way(key, user, self._free(at + self._between(minutes=(2, 9))))

    def _message(self, at: datetime) -> Iterator[Happening]:
        chat = FIRST_CHAT + self._number
        first = Wrote(at, 1, chat, self._client.name, "Добрый день! Сколько стоит тент 3×4?", at)
        yield from self._delivered(first)
        if self._chance.random() < proportions.WRITES_AGAIN:
            span = self._chance.choice([(1, 9), (60, 9000)])
            again = at + self._between(minutes=span)
            if self._is_calm(again):
                yield Wrote(again, 2, chat, self._client.name, "И ещё: с люверсами?", again)
        yield from self._work(f"message-telegram-{first.id}", at, phone=self._client.phone)

    def _delivered(self, webhook: Form | Missed | Wrote) -> Iterator[Happening]:
        yield webhook
        if self._chance.random() < proportions.DELIVERED_TWICE:
            yield replace(webhook, at=webhook.at + self._between(minutes=(1, 3)))

    # What managers do

    def _work(
        self,
        key: str,
        begins: datetime,
        *,
        after: datetime | None = None,
        calls: bool = False,
        phone: str = "",
    ) -> Iterator[Happening]:
        """Somebody looks at the new order, sooner or later."""
        user, at = self._answer(begins, after or begins)
        if calls:
            yield Talked(at, f"talk-{self._number}", self._client.phone)
            at = self._free(at + self._between(minutes=(1, 3)))
        yield from self._on_its_way(key, user, at, phone=phone)

    def _answer(self, begins: datetime, after: datetime) -> tuple[int, datetime]:
        """Who answers, and when: not while nobody could say whether a step of the ladder is told before."""
        patience = {"soon": (2, 10), "late": (34, 50), "very late": (100, 300)}
        span = self._between(minutes=patience[self._one_of(proportions.ANSWERS)])
        user, at = self._manager(self._free(add_open(max(begins, after), span)))
        # What comes in an outage is made at its end, or somewhat later.
        made = next((each.until for each in self._outages if each.at <= begins < each.until), begins)
        while any(_is_close(made, self._free(at), step) for step in LEAD_STEPS):
            user, at = self._manager(at + timedelta(minutes=4))
        return user, self._free(at)

    def _on_its_way(self, key: str, user: int, at: datetime, phone: str = "") -> Iterator[Happening]:
        """From the first answer to its end."""
        first = {"managerId": user, **({"phone": phone} if phone else {})}
        first["delivery"] = {"code": "cdek", "address": {"city": "Томск", "region": "Томская область"}}
        yield self._edit(at, key, user, {**first, "status": "client-confirmed"})
        at = self._next(at, minutes=(25, 1500))
        if self._one_of(proportions.ENDS) == "cancelled":
            yield self._edit(at, key, user, {"status": self._chance.choice(CANCELLED)})
            return
        yield self._edit(at, key, user, {"status": "prepayed"})
        yield from self._gets_in_touch(key, user, at)
        at = self._next(at, minutes=(40, 700))
        yield self._edit(at, key, user, {"status": "assembling"})
        at = self._next(at, minutes=(200, 2200))
        yield self._edit(at, key, user, {"status": "send-to-delivery"})
        yield from self._parcel(key, at)

    def _gets_in_touch(self, key: str, user: int, at: datetime) -> Iterator[Happening]:
        """The client calls once more while the order is under way."""
        if self._chance.random() >= proportions.CALLS_AGAIN:
            return
        at += self._between(minutes=(60, 2800))
        if not self._is_calm(at):
            return
        yield Missed(at, f"again{self._number}", self._client.phone, at)
        called = self._free(add_open(at, self._between(minutes=self._chance.choice([(4, 20), (60, 150)]))))
        if self._chance.random() < proportions.PERSON_DOES_IT:
            hows: Sequence[HOW_TOUCHED] = ("complete", "hand on", "reword")
            touched = self._free(add_open(at, self._between(minutes=(3, 18))))
            yield Touched(touched, key, "callback", user, self._chance.choice(hows))
        yield Talked(called, f"talk-again{self._number}", self._client.phone)

    def _edit(self, at: datetime, key: str, user: int, fields: Mapping[str, object]) -> Edited:
        chance = self._chance.random()
        none, two = proportions.NO_TRIGGER, proportions.TWO_TRIGGERS
        return Edited(at, key, user, fields, triggers=0 if chance < none else 2 if chance < none + two else 1)

    # Where its parcel goes

    def _parcel(self, key: str, sent: datetime) -> Iterator[Happening]:
        on_its_way = sent + self._between(minutes=(200, 1400))
        in_city = on_its_way + self._between(minutes=(1500, 5500))
        arrived = in_city + self._between(minutes=(100, 700))
        yield from self._news(key, "RECEIVED_AT_SHIPMENT_WAREHOUSE", on_its_way)
        yield from self._news(key, "ACCEPTED_IN_RECIPIENT_CITY", in_city)
        yield from self._news(key, "ACCEPTED_AT_PICK_UP_POINT", arrived)
        days = {
            "collected at once": (0.1, 2),
            "collected before the first reminder": (2, 4.7),
            "collected after the first reminder": (5.3, 9.7),
            "collected after the second reminder": (10.3, 13),
            "refused": (1, 14),
        }
        end = self._one_of(proportions.PARCELS)
        if end not in days:
            return
        first, last = days[end]
        code = "NOT_DELIVERED" if end == "refused" else "DELIVERED"
        yield from self._news(key, code, arrived + DAY * self._chance.uniform(first, last), arrived)

    def _news(
        self, key: str, code: str, happened_at: datetime, waits_since: datetime | None = None
    ) -> Iterator[Happening]:
        """When CDEK's webhook comes: late, and again."""
        is_late = self._chance.random() < proportions.PARCEL_NEWS_LATE
        told_at = happened_at + self._between(minutes=(60, 400) if is_late else (1, 9))
        while waits_since and any(_is_near(told_at - waits_since, step) for step in PICKUP_STEPS):
            told_at += timedelta(minutes=30)
        yield Told(told_at, key, code, happened_at)
        if self._chance.random() < proportions.PARCEL_NEWS_TWICE:
            yield Told(told_at + self._between(minutes=(1, 2500)), key, code, happened_at)

    # Moments

    def _next(self, at: datetime, minutes: tuple[int, int]) -> datetime:
        """A later moment at which people work."""
        later = opening(at + self._between(minutes=minutes))
        return self._free(later + self._between(minutes=(0, 60)))

    def _free(self, at: datetime) -> datetime:
        """The moment itself, unless the CRM is away, or has just come back."""
        for outage in self._outages:
            if outage.at - timedelta(minutes=2) <= at <= outage.until + AFTER_OUTAGE:
                return outage.until + AFTER_OUTAGE + self._between(minutes=(1, 15))
        return at

    def _is_calm(self, at: datetime) -> bool:
        return self._free(at) == at

    def _manager(self, at: datetime) -> tuple[int, datetime]:
        """Somebody who is at work then, or who is first back."""
        present = [one for one in WORKERS if one.is_at_work(at)]
        if present:
            return self._chance.choice(present).user, at
        first = min(WORKERS, key=lambda one: one.next_at_work(at))
        return first.user, first.next_at_work(at) + self._between(minutes=(1, 5))

    def _between(self, minutes: tuple[int, int]) -> timedelta:
        return timedelta(seconds=self._chance.randint(minutes[0] * 60, minutes[1] * 60))

    def _email(self) -> str:
        return f"client{self._client.number}@example.com"

    def _one_of(self, shares: Mapping[str, float]) -> str:
        return self._chance.choices(list(shares), list(shares.values()))[0]


def _is_near(waited: timedelta, step: timedelta) -> bool:
    return step - timedelta(minutes=30) < waited < step + timedelta(hours=3)


def _is_close(made: datetime, at: datetime, step: timedelta) -> bool:
    """Whether a step of the ladder may be due just now, or have been told just before."""
    longest, shortest = open_between(made, at), open_between(made + AFTER_OUTAGE, at)
    return longest > step - timedelta(minutes=2) and shortest < step + timedelta(minutes=15)
