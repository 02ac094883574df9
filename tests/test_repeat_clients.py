"""Repeat clients keep one card, and people of the same name keep their own orders."""

import string
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.crm.port import Customer
from chalicelib.doubles import possible_doubles
from chalicelib.names import full_name
from chalicelib.phones import normalise
from tests.conversations import shop_that_chats, write
from tests.world import World

NAME = "Анна Смирнова"
PHONE = "+79161234567"


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with closing(a_world(tmp_path)) as world:
        yield world


def a_world(folder: Path) -> World:
    """Whose CRM puts nothing together by itself."""
    world = World(folder, shop_that_chats())
    world.sandbox.configure({"joins_customers": False})
    return world


def cards(world: World) -> list[dict[str, Any]]:
    return [card for card in world.state["customers"] if card.get("firstName") != "Мария"]


def card_of(order: dict[str, Any]) -> int:
    return int(order["customer"]["id"])


class TestByPhone:
    def test_the_card_with_the_newest_order_is_taken_of_several_and_the_others_are_told(
        self, world: World
    ) -> None:
        first, second, third = (
            world.make_customer({"firstName": name, "phones": [{"number": number}]})
            for name, number in (("А", "89161234567"), ("Б", "+7 (916) 123-45-67"), ("В", "9161234567"))
        )
        world.make_order({"customer": {"id": second}, "phone": PHONE, "status": "complete"})
        world.later(days=60)
        world.lead("1:1", Phone=PHONE)
        world.work()
        order = world.orders[-1]
        assert card_of(order) == second
        told = f"Возможно, это тот же клиент: карточки {first}, {third}."
        assert told in order["managerComment"]

    def test_without_orders_the_oldest_card_is_taken(self, world: World) -> None:
        first, _ = (world.make_customer({"phones": [{"number": PHONE}]}) for _ in range(2))
        world.call("79161234567", "a")
        world.work()
        assert card_of(world.orders[0]) == first
        assert "карточка" in world.orders[0]["managerComment"]

    def test_a_phone_that_only_an_order_has_is_its_clients(self, world: World) -> None:
        card = world.make_customer({"firstName": "Анна", "email": "anna@example.com"})
        world.lead("1:1", Phone=PHONE, Email="Anna@Example.com")
        world.work()
        world.later(hours=1)
        world.lead("1:2", form="other", Phone="8 916 123 45 67")
        world.work()
        assert [card_of(order) for order in world.orders] == [card, card]

    def test_a_phone_beats_an_e_mail_address_and_both_cards_are_told(self, world: World) -> None:
        by_phone = world.make_customer({"phones": [{"number": PHONE}]})
        by_email = world.make_customer({"email": "anna@example.com"})
        world.lead("1:1", Phone=PHONE, Email="anna@example.com")
        world.work()
        assert card_of(world.orders[0]) == by_phone
        assert f"карточка {by_email}" in world.orders[0]["managerComment"]


class TestByName:
    def person(self, world: World, **fields: Any) -> int:
        return world.make_customer({"firstName": "Анна", "lastName": "Смирнова", **fields})

    @pytest.mark.parametrize("name", ["Анна Смирнова", "смирнова АННА", " Смирнова, Анна "])
    def test_it_counts_with_the_city_however_it_is_written(self, world: World, name: str) -> None:
        card = self.person(world, email="anna@example.com", address={"city": "Томск"})
        lead(world, "г. Томск, ул. Ленина, 1", name)
        assert card_of(world.orders[0]) == card
        assert "найдена по имени и городу" in world.orders[0]["managerComment"]

    @pytest.mark.parametrize("name", ["Анна", "Аня Смирнова", "Анна Смирнова-Петрова", "Анна С."])
    def test_another_name_is_somebody_else(self, world: World, name: str) -> None:
        card = self.person(world, address={"city": "Томск"})
        lead(world, "Томск", name)
        assert card_of(world.orders[0]) != card
        assert "арточка" not in world.orders[0]["managerComment"]

    def test_of_two_of_the_same_name_nobody_is_meant_and_both_are_told(self, world: World) -> None:
        both = [self.person(world, address={"city": "Томск"}) for _ in range(2)]
        lead(world, "Томск")
        assert card_of(world.orders[0]) not in both
        assert f"карточки {both[0]}, {both[1]}" in world.orders[0]["managerComment"]

    def test_who_tells_nothing_but_a_name_is_told_as_a_possible_double(self, world: World) -> None:
        card = self.person(world, phones=[{"number": PHONE}])
        write(world, "Нужен тент", "m1", name=NAME)
        world.work()
        (order,) = world.orders
        assert card_of(order) != card
        assert order.get("phone") is None
        assert f"карточка {card}" in order["managerComment"]

    def test_another_phone_is_another_person_even_in_the_same_city(self, world: World) -> None:
        card = self.person(world, phones=[{"number": "+79990000000"}], address={"city": "Томск"})
        lead(world, "Томск, Ленина 1")
        assert card_of(world.orders[0]) != card
        assert f"карточка {card}" in world.orders[0]["managerComment"]

    @pytest.mark.parametrize(("address", "is_same"), [("г. Томск, ул. Ленина, 1", True), ("Омск", False)])
    def test_a_card_without_phone_needs_the_same_city(
        self, world: World, address: str, *, is_same: bool
    ) -> None:
        card = self.person(world, email="anna@example.com", address={"city": "Томск"})
        lead(world, address)
        assert (card_of(world.orders[0]) == card) is is_same

    def test_a_conversation_keeps_its_card(self, world: World) -> None:
        write(world, "Нужен тент", "m1", name="Анна")
        world.work()
        world.edit_order(world.orders[0]["id"], {"status": "complete"})
        world.later(days=40)
        write(world, "Нужен ещё один", "m2", name="Анна")
        world.work()
        first, second = world.orders
        assert card_of(first) == card_of(second)


def lead(world: World, address: str, name: str = NAME) -> None:
    cart = '{"amount": "900", "products": ["Тент=900"], "delivery_address": "%s"}' % address  # noqa: UP031 -- JSON has braces
    world.lead("1:1", Phone=PHONE, Name=name, payment=cart)
    world.work()


PEOPLE = [("+79161110001", "a@example.com"), ("+79161110002", "b@example.com")]
SPELLINGS = ("{0}", "8{1}", "8 ({2}) {3}-{4}-{5}", "+7 {2} {3} {4} {5}", "{1}")


@st.composite
def contacts(draw: st.DrawFn) -> tuple[int, str, str, str, str, int]:
    """Who gets in touch, how, and what they tell of themselves in which spelling; and how long after."""
    who = draw(st.integers(0, len(PEOPLE) - 1))
    phone, email = PEOPLE[who]
    digits = phone[2:]
    spelling = draw(st.sampled_from(SPELLINGS))
    parts = (phone, digits, digits[:3], digits[3:6], digits[6:8], digits[8:])
    typed = spelling.format(*parts) if draw(st.booleans()) else ""
    told = "".join(draw(st.sampled_from([str.upper, str.lower]))(letter) for letter in email)
    way = draw(st.sampled_from(["call", "lead", "chat"]))
    name = draw(st.sampled_from([NAME, "СМИРНОВА анна", "Анна", ""]))
    pause = draw(st.sampled_from([0, 30, 60 * 24 * 40]))
    return who, way, typed, told if draw(st.booleans()) else "", name, pause


@settings(max_examples=15, deadline=None)
@given(st.lists(contacts(), min_size=1, max_size=7))
def test_nobody_gets_a_second_card_for_one_phone_nor_an_order_of_somebody_else(
    told: list[tuple[int, str, str, str, str, int]],
) -> None:
    owners: dict[str, int] = {}
    with TemporaryDirectory() as folder, closing(a_world(Path(folder))) as world:
        world.sandbox.configure({"search_lag": 20})
        for number, (who, way, phone, email, name, minutes) in enumerate(told):
            before = {order["number"] for order in world.orders}
            tasks = len(world.tasks)
            if way == "call":
                world.call(PEOPLE[who][0].removeprefix("+"), f"call{number}")
            elif way == "lead":
                world.lead(f"1:{number}", form=f"form{number}", Phone=phone, Email=email, Name=name)
            else:
                known = normalise(phone, typed=True) or "" if phone else ""
                write(world, "Тент", f"m{number}", chat=f"{who}", name=name, phone=known)
            world.work()
            for order in world.orders:
                if order["number"] not in before:
                    owners[order["number"]] = who
            for task in world.tasks[tasks:]:
                assert owners[task["order"]["number"]] == who
            world.now += timedelta(minutes=minutes)
            # A boss may hear now that nobody called back.
            world.work()
        phones = [normalise(phone["number"], typed=True) for card in cards(world) for phone in card["phones"]]
        assert len(phones) == len(set(phones))


class TestPossibleDoubles:
    ANNA = Customer(id=1, first_name="Анна", last_name="Смирнова", phones=("89161234567",), email="a@x.ru")

    @pytest.mark.parametrize(
        ("other", "reason"),
        [
            (Customer(id=2, phones=("+7 916 123-45-67",)), "phone"),
            (Customer(id=2, email="A@X.RU "), "email"),
            (Customer(id=2, first_name="смирнова", last_name="АННА"), "name"),
            (Customer(id=2, first_name="Анна", last_name="Смирнова", phones=("89990000000",)), None),
            (Customer(id=2, first_name="Анна", last_name="Смирнова", email="b@x.ru"), None),
            (Customer(id=2, first_name="Анна"), None),
            (Customer(id=2), None),
        ],
    )
    def test_what_two_cards_have_in_common(self, other: Customer, reason: str | None) -> None:
        pairs = possible_doubles([other, self.ANNA])
        assert [(pair.first, pair.second, pair.reason) for pair in pairs] == (
            [(1, 2, reason)] if reason else []
        )

    def test_the_same_city_makes_a_name_worth_a_look_whatever_the_phones(self) -> None:
        anna = self.ANNA.model_copy(update={"city": "Томск"})
        other = anna.model_copy(update={"id": 2, "phones": ("89990000000",), "email": "", "city": "томск"})
        assert [pair.certainty for pair in possible_doubles([anna, other])] == ["possible"]

    def test_the_surest_come_first(self) -> None:
        by_email = Customer(id=2, email="a@x.ru")
        by_phone = Customer(id=3, phones=("89161234567",))
        assert [pair.key for pair in possible_doubles([self.ANNA, by_email, by_phone])] == ["1-3", "1-2"]

    @given(st.permutations(["Анна", "Мария", "Смирнова"]), st.sampled_from(string.punctuation + " "))
    def test_a_full_name_is_the_same_in_each_order(self, words: list[str], mark: str) -> None:
        assert full_name(f"{mark} ".join(words)) == ("анна", "мария", "смирнова")
