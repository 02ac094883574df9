"""The nearest store that has the goods, and where cities are."""

import math
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.client_time.regions import name_key, zone_of_city
from chalicelib.stock.nearest import Shelf, nearest
from chalicelib.stock.places import PLACES, Place, kilometres, place_in, place_of

MOSCOW, TOMSK, NOVOSIBIRSK = (place_of(city) for city in ("Москва", "Томск", "Новосибирск"))
PLACE = st.builds(Place, st.floats(-90, 90), st.floats(-180, 180))
SHELF = st.builds(Shelf, st.text(max_size=3), st.none() | PLACE, st.integers(0, 5))


def shelf(title: str, place: Place | None, quantity: float) -> Shelf:
    return Shelf(title, place, quantity)


@pytest.mark.parametrize(
    ("one", "other", "apart"),
    [
        ("Москва", "Санкт-Петербург", 634),
        ("Москва", "Томск", 2880),
        ("Томск", "Новосибирск", 207),
        ("Калининград", "Владивосток", 7360),
    ],
)
def test_how_far_cities_are_apart(one: str, other: str, apart: float) -> None:
    """Known distances, to two percent."""
    first, second = place_of(one), place_of(other)
    assert first is not None
    assert second is not None
    assert kilometres(first, second) == pytest.approx(apart, rel=0.02)


@given(PLACE, PLACE)
def test_distances_are_distances(one: Place, other: Place) -> None:
    apart = kilometres(one, other)
    assert 0 <= apart <= math.pi * 6371.1
    assert apart == pytest.approx(kilometres(other, one), abs=1e-3)
    assert kilometres(one, one) == 0


def test_each_city_is_written_as_names_are_compared() -> None:
    assert all(name == name_key(name) for name in PLACES)
    in_russia = [place for name, place in PLACES.items() if name not in {"минск", "алматы"}]
    assert all(41 <= place.latitude <= 70 and 20 <= place.longitude <= 178 for place in in_russia)


def test_each_city_lies_in_its_time_zone() -> None:
    """A slip in a longitude would be seen: a zone is rarely farther than 25 degrees from its meridian."""
    for name, place in PLACES.items():
        zone = zone_of_city(name)
        if zone is not None:
            offset = datetime(2026, 1, 1, tzinfo=zone).utcoffset()
            assert offset is not None
            assert abs(place.longitude - offset.total_seconds() / 3600 * 15) < 30, name


@pytest.mark.parametrize(
    ("address", "city"),
    [
        ("Томск", "томск"),
        ("г. Томск, пр. Ленина, 1", "томск"),
        ("634050, Россия, Томская область, г Томск, пр. Ленина", "томск"),
        ("344000 г.Ростов-на-Дону, ул. Садовая", "ростов на дону"),
        ("СПб, Невский проспект, 1", "санкт петербург"),
        ("мск", "москва"),
        ("Королёв", ""),
        ("деревня Томск-7", ""),
        ("", ""),
    ],
)
def test_the_city_of_an_address(address: str, city: str) -> None:
    assert place_in(address) == PLACES.get(city)


class TestNearest:
    def test_the_nearest_one_that_has_it(self) -> None:
        shelves = [shelf("Москва", MOSCOW, 9), shelf("Новосибирск", NOVOSIBIRSK, 1), shelf("Томск", TOMSK, 0)]
        assert nearest(shelves, 1, TOMSK) == shelves[1]

    def test_who_has_enough_goes_first(self) -> None:
        shelves = [shelf("Москва", MOSCOW, 9), shelf("Новосибирск", NOVOSIBIRSK, 1)]
        assert nearest(shelves, 2, TOMSK) == shelves[0]
        assert nearest(shelves, 20, TOMSK) == shelves[1]

    def test_of_equally_near_ones_the_one_that_has_more(self) -> None:
        shelves = [shelf("один", TOMSK, 2), shelf("два", TOMSK, 3)]
        assert nearest(shelves, 1, MOSCOW) == shelves[1]

    def test_without_a_place_the_one_that_has_most(self) -> None:
        shelves = [shelf("Москва", MOSCOW, 2), shelf("Томск", TOMSK, 3), shelf("нигде", None, 1)]
        assert nearest(shelves, 1, None) == shelves[1]
        assert nearest([shelves[2], shelves[0]], 1, TOMSK) == shelves[0]

    def test_nobody(self) -> None:
        assert nearest([], 1, TOMSK) is None
        assert nearest([shelf("Томск", TOMSK, 0)], 1, TOMSK) is None

    @given(st.lists(SHELF, max_size=6), st.integers(1, 5), st.none() | PLACE)
    def test_nobody_better_is_passed_over(
        self, shelves: list[Shelf], wanted: int, client: Place | None
    ) -> None:
        found = nearest(shelves, wanted, client)
        assert (found is None) == all(one.quantity <= 0 for one in shelves)
        if found is None or client is None or found.place is None:
            return
        for one in shelves:
            if one.place is not None and one.quantity >= min(wanted, found.quantity) and one.quantity > 0:
                is_farther = kilometres(client, one.place) >= kilometres(client, found.place)
                assert is_farther or one.quantity < wanted
