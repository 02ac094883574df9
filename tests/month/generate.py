"""A seeded month of a shop: each client's story by itself, then all of them together."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta

from tests.month import proportions
from tests.month.calendar import DAY, at
from tests.month.chances import Chances
from tests.month.happenings import CardMade, Happening, Outage
from tests.month.shop import BOSS
from tests.month.stories import Client, Story
from tests.world import MORNING

BEGINS = MORNING
LAST_ORDER_BEFORE_END = timedelta(hours=6)
ANOTHER_ORDER_AFTER = timedelta(hours=26)
"""So much later at least somebody orders again: a form within a day would complete a missed call's order."""

QUIET_END = timedelta(hours=3)
"""In the last hours nothing happens any more: everything comes to its end."""

RUSH = (0.35, 0.35, 0.5, 0.7, 1, 1.2, 1.2, 1.1, 1, 1, 1, 1.1, 1.1, 1, 0.9, 0.8, 0.7, 0.5)
"""How busy each hour from six in the morning until midnight is."""

SPELLINGS = ("+7 ({0}) {1}-{2}-{3}", "8{0}{1}{2}{3}", "{0}{1}{2}{3}", "7 {0} {1} {2} {3}", "+7{0}{1}{2}{3}")
NAMES = ("Ольга", "Павел", "Нина", "Егор", "Вера", "Степан", "Лидия", "Фёдор", "Роман", "Алиса")


class MonthPlan:
    """What happens in a month, or in some days of one.

    Attributes:
        ends: when it is over.
    """

    def __init__(self, seed: int, orders: int, days: int) -> None:
        self._seed = seed
        self._orders = orders
        self._days = days
        self.ends = BEGINS + days * DAY

    def happenings(self) -> list[Happening]:
        """Everything that happens, in its order."""
        outages = list(self._outages(random.Random(self._seed)))  # noqa: S311 -- repeatable, no secret
        happenings: list[Happening] = [*outages]
        clients: list[tuple[Client, datetime]] = []
        for number in range(self._orders):
            chance = random.Random(f"{self._seed}:{number}")  # noqa: S311 -- likewise
            begins = self._moment(chance)
            before = [each for each in clients if each[1] + ANOTHER_ORDER_AFTER < begins]
            if before and chance.random() < proportions.REPEAT_CLIENTS:
                (known, _), ways = chance.choice(before), proportions.WAYS_OF_REPEAT_CLIENTS
                clients = [each for each in clients if each[0].number != known.number]
                client = _again(chance, known, number)
                others = [each for each in before if each[0].number != known.number]
                if others and chance.random() < proportions.SOMEBODYS_MAILBOX:
                    other, _ = chance.choice(others)
                    client = replace(client, email=other.email)
                    # Nor does the other one order within a day: their cards are compared at night.
                    clients = [each for each in clients if each[0].number != other.number]
                    clients.append((other, begins))
                happenings += _second_card(chance, client, begins, outages)
            else:
                client, ways = _client(chance, number), proportions.WAYS
            happenings += Story(chance, number, client, outages).told(begins, ways)
            clients.append((client, begins))
        last = self.ends - QUIET_END
        # Of two at the same moment the first one told is the first: the sort is stable.
        return sorted((each for each in happenings if each.at < last), key=lambda each: each.at)

    def _moment(self, chance: random.Random) -> datetime:
        """Any moment but the last hours, by day more often than by night."""
        while True:
            day = _day(chance.randrange(self._days + 1))
            hour = 6 + chance.choices(range(len(RUSH)), RUSH)[0]
            moment = at(day, time(hour)) + timedelta(seconds=chance.randrange(3600))
            if BEGINS + timedelta(minutes=10) < moment < self.ends - LAST_ORDER_BEFORE_END:
                return moment

    def _outages(self, chance: random.Random) -> Iterator[Outage]:
        """One night, and minutes by day."""
        lost = chance.randrange(2, max(3, self._days - 2))
        yield Outage(at(_day(lost), time(23, 10)), until=at(_day(lost + 1), time(6, 40)))
        others = [each for each in range(1, self._days) if abs(each - lost) > 1]
        for each in chance.sample(others, min(proportions.OUTAGES, len(others))):
            begins = at(_day(each), time(chance.randrange(9, 19), chance.randrange(60)))
            minutes = chance.randint(*proportions.OUTAGE_MINUTES)
            yield Outage(begins, until=begins + timedelta(minutes=minutes))


def _client(chance: random.Random, number: int) -> Client:
    phone = f"+79{chance.randrange(10, 99)}{number:07}"
    return Client(phone, chance.choice(NAMES), _typed(chance, phone), f"client{number}@example.com", number)


def _again(chance: random.Random, client: Client, number: int) -> Client:
    """The same person, who writes their phone otherwise, or has another one."""
    phone = client.phone
    if chance.random() < proportions.ANOTHER_PHONE:
        phone = _client(chance, number).phone
    return replace(client, phone=phone, typed=_typed(chance, phone))


def _second_card(
    chance: random.Random, client: Client, begins: datetime, outages: Sequence[Outage]
) -> Iterator[Happening]:
    made_at = begins - timedelta(minutes=40)
    if chance.random() < proportions.SECOND_CARD and Chances(chance, outages).is_calm(made_at):
        yield CardMade(made_at, BOSS, client.phone, client.name)


def _typed(chance: random.Random, phone: str) -> str:
    digits = phone.removeprefix("+7")
    parts = (digits[:3], digits[3:6], digits[6:8], digits[8:])
    return chance.choice(SPELLINGS).format(*parts)


def _day(number: int) -> date:
    return BEGINS.date() + DAY * number
