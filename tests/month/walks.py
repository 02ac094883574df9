"""How managers lead an order from its first answer to its end, with what they forget and what they mend."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from tests.month import parcels, proportions, scenario, workshop
from tests.month.chances import Chances
from tests.month.happenings import Edited, Happening, TriggeredLate
from tests.month.people import somebody_else
from tests.month.shop import FIRED

CITIES = (("Томск", "Томская область"), ("Омск", "Омская область"), ("Москва", "Москва"))
REFUSALS = ("no-product", "already-buyed", "delyvery-did-not-suit", "prices-did-not-suit", "cancel-other")
GOODS = (("Тент защитный 3×4 м", 4990), ("Чехол на автомобиль, размер L", 6490), ("Люверсы", 350))

COURIERS_PRICE = 300
PAY_EVERYTHING = 0.4
"""How often."""

Fields = dict[str, Any]


class Walk:
    """One order in the hands of its managers."""

    def __init__(self, dice: Chances, order: str, user: int, told: Mapping[str, Any], at: datetime) -> None:
        """Take it at this moment; ``told`` is what the order has of its client."""
        self._dice = dice
        self._order = order
        self._user = user
        self._told = told
        self._at = at
        self._forgotten: Fields = {}
        self._is_courier = dice.is_so(proportions.COURIERS)
        self._price = 0

    def happenings(self, phone: str, name: str) -> Iterator[Happening]:
        """All of it."""
        is_left = self._dice.is_so(proportions.LEFT_TO_WHO_IS_GONE)
        first: Fields = {"managerId": FIRED if is_left else self._user}
        if "phone" not in self._told:
            first |= self._fill("phone", {"phone": phone}, {"phone": "не дал"})
        elif self._dice.is_so(proportions.NOT_REACHED):
            yield from self._not_reached(first)
            first = {}
        if self._dice.is_so(proportions.SLIPS["jump"]):
            yield from self._sold(name, first)
            return
        yield from self._step("contact", first)
        self._later(25, 1500)
        if self._dice.one_of(proportions.ENDS) == "cancelled":
            yield from self._step(self._dice.choice(REFUSALS), self._reason())
            return
        yield from self._sold(name, {})

    def _sold(self, name: str, first: Fields) -> Iterator[Happening]:
        yield from self._step("client-confirmed", {**first, **self._agreed(name)})
        self._later(60, 900)
        yield from self._step("prepayed", self._payment())
        self._later(30, 300)
        if self._dice.is_so(proportions.READY_EARLY):
            yield workshop.too_early(self._order, self._at)
            self._later(30, 300)
        if not self._dice.is_so(proportions.SLIPS["jump"]):
            yield from self._step("send-to-assembling", {})
            self._later(30, 300)
        yield from self._step("assembling", {})
        yield from self._in_workshop()
        self._later(40, 500)
        yield from self._sent()

    def _not_reached(self, first: Fields) -> Iterator[Happening]:
        for number in range(self._dice.number(1, 2)):
            yield from self._step(f"call-again-{number + 1}", first)
            first = {}
            self._later(90, 900)

    def _in_workshop(self) -> Iterator[Happening]:
        if not self._dice.is_so(proportions.WORKSHOP):
            self._later(200, 2000)
            yield from self._step("assembling-complete", {})
            return
        making = workshop.making(self._order, self._user, self._at, self._dice)
        yield from workshop.told(making, self._dice)
        self._at = making.ready

    def _reason(self) -> Fields:
        if self._dice.is_so(proportions.SLIPS["reason"]):
            return self._forget({"customFields": {scenario.REASON_FIELD: "Передумал"}}, {})
        return {"statusComment": "Клиент передумал"}

    def _agreed(self, name: str) -> Fields:
        named = {} if "firstName" in self._told else self._fill("name", {"firstName": name})
        return {**named, **self._items(), **self._fill("delivery", {"delivery": self._delivery()})}

    def _delivery(self) -> Fields:
        if self._is_courier:
            return {"code": scenario.COURIER_DELIVERY, "cost": COURIERS_PRICE}
        return {"code": scenario.PICKUP_DELIVERY, "cost": 0}

    def _address(self) -> Fields:
        city, region = CITIES[self._dice.number(0, len(CITIES) - 1)]
        street = {"street": "Ленина", "building": "12"} if self._is_courier else {}
        return {"city": city, "region": region, **street}

    def _items(self) -> Fields:
        item = self._made_to_order() if self._dice.is_so(proportions.MADE_TO_ORDER) else self._from_stock()
        self._price = item["initialPrice"]
        slip = "options" if "properties" in item else "price"
        forgotten = (
            {**item, "properties": item["properties"][:1]}
            if slip == "options"
            else {**item, "initialPrice": 0}
        )
        if self._dice.is_so(proportions.SLIPS["items"]):
            return self._forget({"items": [item]}, {})
        return self._fill(slip, {"items": [item]}, {"items": [forgotten]})

    def _made_to_order(self) -> Fields:
        size = {"code": "size", "name": scenario.OPTIONS[0], "value": "3×4"}
        colour = {"code": "colour", "name": scenario.OPTIONS[1], "value": "синий"}
        price = 100 * self._dice.number(60, 400)
        return {"productName": scenario.MADE_TO_ORDER, "initialPrice": price, "properties": [size, colour]}

    def _from_stock(self) -> Fields:
        name, price = GOODS[self._dice.number(0, len(GOODS) - 1)]
        return {"productName": name, "initialPrice": price}

    def _payment(self) -> Fields:
        due = self._price + (COURIERS_PRICE if self._is_courier else 0)
        amount = due if self._dice.is_so(PAY_EVERYTHING) else -(-due * scenario.PREPAYMENT // 100)
        paid = {"type": "bank-card", "status": "paid", "amount": amount}
        return self._fill("prepayment", {"payments": [paid]})

    def _sent(self) -> Iterator[Happening]:
        """It is handed over; without a whole address it comes back, until somebody mends that."""
        number = {} if self._is_courier else {"data": {"trackNumber": f"T{self._order[-9:]}"}}
        handed_over = {"delivery": {**self._delivery(), **number}}
        address = {"delivery": {"address": self._address()}}
        if self._dice.is_so(proportions.SLIPS["address"]):
            self._forget(address, {})
        else:
            handed_over["delivery"] |= address["delivery"]
        yield from self._step("send-to-delivery", handed_over)
        if self._is_courier:
            self._later(300, 2500)
            yield from self._step("complete", {})
            return
        told = list(parcels.news(self._order, self._at, self._dice))
        yield from told
        if any(each.code == "NOT_DELIVERED" for each in told):
            self._at = max(each.at for each in told)
            self._later(2000, 6000)
            yield from self._step("return-collected", {})

    # A step, and what becomes of its mistakes

    def _step(self, status: str, fields: Fields) -> Iterator[Happening]:
        """Into a status; what was forgotten is mended before the next one, or much later."""
        yield self._edited({**fields, "status": status})
        if self._dice.is_so(proportions.LATE_TRIGGER):
            yield TriggeredLate(self._at + self._dice.minutes(12, 3000), self._order, status)
        goes_back = scenario.mode_of(status) == "put-back"
        if not self._forgotten or not (goes_back or self._dice.is_so(proportions.MENDED)):
            return
        self._later(25, 300)
        yield self._edited(self._forgotten)
        self._forgotten = {}
        if goes_back:
            self._later(25, 200)
            yield self._edited({"status": status})

    def _fill(self, slip: str, fields: Fields, forgotten: Fields | None = None) -> Fields:
        """The fields, or what a manager who forgets them leaves there."""
        if self._dice.is_so(proportions.SLIPS[slip]):
            return self._forget(fields, forgotten or {})
        return fields

    def _forget(self, fields: Fields, left: Fields) -> Fields:
        self._forgotten = {**self._forgotten, **fields}
        return left

    def _edited(self, fields: Fields) -> Edited:
        has_none = self._dice.is_so(proportions.NO_TRIGGER)
        triggers = 0 if has_none else 2 if self._dice.is_so(proportions.TWO_TRIGGERS) else 1
        is_colleagues = self._dice.is_so(proportions.BY_COLLEAGUE)
        user = somebody_else(self._user) if is_colleagues else self._user
        return Edited(self._at, self._order, user, fields, triggers)

    def _later(self, least: float, most: float) -> None:
        self._at = self._dice.working_moment(self._at, least, most)
