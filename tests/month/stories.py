"""One order's story: how it began, and who answered."""

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from tests.month import proportions
from tests.month.calendar import add_open, open_between, opening
from tests.month.chances import AFTER_OUTAGE, Chances
from tests.month.happenings import (
    Form,
    Happening,
    Made,
    Missed,
    Outage,
    Talked,
    Touched,
    Wrote,
)
from tests.month.shop import LEAD_STEPS
from tests.month.walks import Walk

FIRST_CHAT = 5_000_000_000
FORM = "form300"
ANSWERED_WITHIN = {"soon": (2, 10), "late": (34, 50), "very late": (100, 300)}
"""Minutes of the shop's hours."""


@dataclass(frozen=True, slots=True)
class Client:
    """Who orders; ``typed`` is their phone (E.164) as they write it."""

    phone: str
    name: str
    typed: str
    email: str
    number: int


class Story:
    """Tells what happens about one order. Moments at which nobody could say what must follow are left out."""

    def __init__(self, chance: random.Random, number: int, client: Client, outages: Sequence[Outage]) -> None:
        self._dice = Chances(chance, outages)
        self._number = number
        self._client = client

    def told(self, begins: datetime, ways: Mapping[str, float]) -> list[Happening]:
        """All of it, in no order."""
        teller = {
            "form": self._form,
            "missed call": self._missed_call,
            "answered call": self._answered_call,
            "message": self._message,
            "missed call, then a form": self._call_and_form,
        }[self._dice.one_of(ways)]
        return list(teller(begins))

    # How it begins

    def _form(self, at: datetime) -> Iterator[Happening]:
        form = self._sent_form(at)
        yield from self._delivered(form)
        if self._dice.is_so(proportions.SAME_FORM_TWICE):
            yield replace(form, at=at + self._dice.minutes(1, 8), id=f"{form.id}9")
        yield from self._work(f"lead-tilda-{form.id}", at, {"firstName": form.name, "phone": form.phone})

    def _missed_call(self, at: datetime) -> Iterator[Happening]:
        call = Missed(at, f"call{self._number}", self._client.phone, at)
        yield from self._delivered(call)
        last = at
        if self._dice.is_so(proportions.CALLS_AGAIN):
            last = at + self._dice.minutes(2, 6)
            yield Missed(last, f"{call.id}b", call.phone, last)
        # Nobody calls on another line while they are being talked to.
        yield from self._work(f"call-mango-{call.id}", at, {"phone": call.phone}, after=last, calls=True)

    def _call_and_form(self, at: datetime) -> Iterator[Happening]:
        call = Missed(at, f"call{self._number}", self._client.phone, at)
        yield call
        form = self._sent_form(at + self._dice.minutes(3, 40))
        yield form
        told = {"firstName": form.name, "phone": call.phone}
        yield from self._work(f"call-mango-{call.id}", at, told, after=form.at, calls=True)

    def _answered_call(self, at: datetime) -> Iterator[Happening]:
        user, at = self._dice.manager(self._dice.free(opening(at)))
        at = self._dice.free(at)
        key = f"by-hand-{self._number}"
        told = {"firstName": self._client.name, "phone": self._client.phone}
        yield Made(at, key, user, {**told, "managerId": user})
        yield from self._walk(key, user, self._dice.free(at + self._dice.minutes(2, 9)), told)

    def _message(self, at: datetime) -> Iterator[Happening]:
        chat = FIRST_CHAT + self._number
        first = Wrote(at, 1, chat, self._client.name, "Добрый день! Сколько стоит тент 3×4?", at)
        yield from self._delivered(first)
        if self._dice.is_so(proportions.WRITES_AGAIN):
            again = at + (
                self._dice.minutes(1, 9) if self._dice.is_so(1 / 2) else self._dice.minutes(60, 9000)
            )
            if self._dice.is_calm(again):
                yield replace(first, at=again, happened_at=again, number=2, text="И ещё: с люверсами?")
        yield from self._work(f"message-telegram-{first.id}", at, {"firstName": first.name})

    def _sent_form(self, at: datetime) -> Form:
        client, tranid = self._client, f"{self._number}:{480_000_000 + self._number}"
        return Form(at, tranid, FORM, client.typed, client.name, client.email)

    def _delivered(self, webhook: Form | Missed | Wrote) -> Iterator[Happening]:
        yield webhook
        if self._dice.is_so(proportions.DELIVERED_TWICE):
            yield replace(webhook, at=webhook.at + self._dice.minutes(1, 3))

    # Who answers

    def _work(
        self,
        key: str,
        begins: datetime,
        told: Mapping[str, str],
        *,
        after: datetime | None = None,
        calls: bool = False,
    ) -> Iterator[Happening]:
        """Somebody looks at the new order, sooner or later."""
        user, at = self._answer(begins, after or begins)
        if calls:
            yield Talked(at, f"talk-{self._number}", self._client.phone)
            at = self._dice.free(at + self._dice.minutes(1, 3))
        yield from self._walk(key, user, at, told)

    def _answer(self, begins: datetime, after: datetime) -> tuple[int, datetime]:
        """Who answers, and when: not while nobody could say whether a step of the ladder is told before."""
        dice = self._dice
        span = dice.minutes(*ANSWERED_WITHIN[dice.one_of(proportions.ANSWERS)])
        user, at = dice.manager(dice.free(add_open(max(begins, after), span)))
        # What comes in an outage is made at its end, or somewhat later.
        made = next((each.until for each in dice.outages if each.at <= begins < each.until), begins)
        while any(_is_close(made, dice.free(at), step) for step in LEAD_STEPS):
            user, at = dice.manager(at + timedelta(minutes=4))
        return user, dice.free(at)

    def _walk(self, key: str, user: int, at: datetime, told: Mapping[str, str]) -> Iterator[Happening]:
        walk = list(Walk(self._dice, key, user, told, at).happenings(self._client.phone, self._client.name))
        yield from walk
        if self._dice.is_so(proportions.CALLS_AGAIN):
            yield from self._gets_in_touch(key, user, at)

    def _gets_in_touch(self, key: str, user: int, at: datetime) -> Iterator[Happening]:
        """The client calls once more while the order is under way."""
        dice = self._dice
        at += dice.minutes(60, 2800)
        if not dice.is_calm(at):
            return
        yield Missed(at, f"again{self._number}", self._client.phone, at)
        waits = dice.minutes(4, 20) if dice.is_so(1 / 2) else dice.minutes(60, 150)
        if dice.is_so(proportions.PERSON_DOES_IT):
            touched = dice.free(add_open(at, dice.minutes(3, 18)))
            how = dice.choice(("complete", "hand on", "reword"))
            yield Touched(touched, key, "callback", user, how)
        yield Talked(dice.free(add_open(at, waits)), f"talk-again{self._number}", self._client.phone)


def _is_close(made: datetime, at: datetime, step: timedelta) -> bool:
    """Whether a step of the ladder may be due just now, or have been told just before."""
    longest, shortest = open_between(made, at), open_between(made + AFTER_OUTAGE, at)
    return longest > step - timedelta(minutes=2) and shortest < step + timedelta(minutes=15)
