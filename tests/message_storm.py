"""Many orders, each with six statuses, told shuffled and doubled: who must get which text, and who got it.

``python -m tests.message_storm`` does it with 1,000 orders; ``make message-storm`` calls that.
"""

import argparse
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from tests.world import MORNING, World, example_shop

ORDER_TEXTS = {"prepayed": "order_accepted", "assembling": "in_production"}
PARCEL_TEXTS = {
    "in_transit": "handed_over",
    "in_city": "in_city",
    "waiting": "arrived",
    "delivered": "delivered",
}
PARCEL_CODES = (
    ("in_transit", "RECEIVED_AT_SHIPMENT_WAREHOUSE"),
    ("in_city", "ACCEPTED_IN_RECIPIENT_CITY"),
    ("waiting", "ACCEPTED_AT_PICK_UP_POINT"),
    ("delivered", "DELIVERED"),
)
"""In the order in which they happen."""

SIGNS = {
    "принят": "order_accepted",
    "в производстве": "in_production",
    "передан в доставку": "handed_over",
    "в вашем городе": "in_city",
    "ждёт вас": "arrived",
    "спасибо за заказ": "delivered",
}
"""By which words a text is known."""

Sent = Counter[tuple[str, str]]
"""How often which phone got which text."""


@dataclass(frozen=True, slots=True)
class Told:
    """One webhook: ``rank`` is the place of a parcel's status on its way, None for an order's status."""

    number: int
    status: str
    rank: int | None = None


class Storm:
    """The shop, its orders, and everything that is told of them."""

    def __init__(self, folder: Path, orders: int, seed: int) -> None:
        shop = example_shop(messages={"order_statuses": ORDER_TEXTS}, rules={"sms": PARCEL_TEXTS})
        self.world = World(folder, shop)
        self._random = random.Random(seed)  # noqa: S311 -- a repeatable shuffle, no secret
        self.world.make_orders([{"firstName": "Анна", "phone": _phone(number)} for number in range(orders)])
        self._ids = {order["phone"]: order["id"] for order in self.world.orders}
        self._numbers = {order["phone"]: order["number"] for order in self.world.orders}
        self._orders = orders
        self._heard: list[Told] = []

    def run(self) -> None:
        """Let it all be told: first the orders' statuses, also by the CRM's history; then their parcels'."""
        self._look_at_history()
        for status in ORDER_TEXTS:
            for number in range(self._orders):
                self.world.edit_order(self._ids[_phone(number)], {"status": status})
            self._tell(Told(number, status) for number in range(self._orders))
            self._look_at_history()
        self.world.later(minutes=30)
        self._tell(self._parcels())

    def _look_at_history(self) -> None:
        """Until it tells nothing new: a run has a bound, and so has a stretch that it reads."""
        while self.world.application.checks.run("moved-on").emitted:
            self.world.work()

    def _parcels(self) -> list[Told]:
        return [
            Told(number, status, rank)
            for number in range(self._orders)
            for rank, (status, _) in enumerate(PARCEL_CODES)
        ]

    def _tell(self, news: Iterable[Told]) -> None:
        twice = [told for told in news for _ in range(2)]
        self._random.shuffle(twice)
        for told in twice:
            self._post(told)
            self.world.work()
            self._heard.append(told)

    def _post(self, told: Told) -> None:
        phone = _phone(told.number)
        if told.rank is None:
            body = f"order_id={self._ids[phone]}&status={told.status}".encode()
            assert self.world.post("crm-main", "demo-token", body).status == 200
            return
        code = PARCEL_CODES[told.rank][1]
        at = MORNING + timedelta(minutes=told.rank)
        number = self._numbers[phone]
        assert self.world.parcel(code, at, number, cdek_number=f"77{told.number}").status == 200

    def expected(self) -> Sent:
        """Each status of an order; of a parcel's those that were news by the courier's clock."""
        texts: Sent = Counter()
        newest: dict[int, int] = {}
        for told in self._heard:
            if told.rank is None:
                texts[_phone(told.number), ORDER_TEXTS[told.status]] = 1
            elif told.rank > newest.get(told.number, -1):
                newest[told.number] = told.rank
                texts[_phone(told.number), PARCEL_TEXTS[told.status]] = 1
        return texts

    def sent(self) -> Sent:
        """What clients got."""
        return Counter(
            (message["to"], next(text for sign, text in SIGNS.items() if sign in message["body"]))
            for message in self.world.messages
        )


def storm(orders: int, seed: int) -> tuple[Sent, Sent]:
    """What was sent, and what had to be."""
    with tempfile.TemporaryDirectory() as folder:
        weather = Storm(Path(folder), orders, seed)
        with closing(weather.world):
            weather.run()
            return weather.sent(), weather.expected()


def _phone(number: int) -> str:
    return f"+7916{number:07}"


def main() -> None:
    """Say how many were right, and fail if one was not."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--orders", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    began = time.perf_counter()
    sent, expected = storm(options.orders, options.seed)
    seconds = time.perf_counter() - began
    wrong = sum(((sent - expected) + (expected - sent)).values())
    told = options.orders * (len(ORDER_TEXTS) + len(PARCEL_CODES)) * 2
    done = f"{sum(sent.values())} messages, {wrong} wrong, {seconds:.0f} s"
    print(f"{options.orders} orders, {told} webhooks: {done}")  # noqa: T201 -- a command's output
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
