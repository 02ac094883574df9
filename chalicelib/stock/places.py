"""Where the larger cities of Russia are, and how far they are apart."""

import re
from collections.abc import Iterator, Mapping
from math import asin, cos, radians, sin, sqrt
from typing import NamedTuple

from chalicelib.client_time.regions import name_key

EARTH_RADIUS_KM = 6371.0
LONGEST_ADDRESS = 500

_BOUNDARY = re.compile(r"[,;\n]")


class Place(NamedTuple):
    """A point on the Earth, in degrees."""

    latitude: float
    longitude: float


def kilometres(one: Place, other: Place) -> float:
    """How far two places are apart, by the great circle."""
    latitudes = radians(one.latitude), radians(other.latitude)
    half_across = sin((latitudes[1] - latitudes[0]) / 2) ** 2
    half_along = sin(radians(other.longitude - one.longitude) / 2) ** 2
    chord = half_across + cos(latitudes[0]) * cos(latitudes[1]) * half_along
    return 2 * EARTH_RADIUS_KM * asin(sqrt(min(chord, 1.0)))


def place_of(city: str) -> Place | None:
    """Where a city is, as people write its name; None if we don't know it."""
    return PLACES.get(name_key(city))


def place_in(address: str) -> Place | None:
    """Where the first city is that stands in an address between commas; None if we know none of them."""
    return next((place for part in _parts(address) if (place := place_of(part)) is not None), None)


def _parts(address: str) -> Iterator[str]:
    yield from _BOUNDARY.split(address[:LONGEST_ADDRESS])


def _table(text: str) -> Mapping[str, Place]:
    rows = (line.rsplit(maxsplit=2) for line in text.strip().splitlines())
    return {name.strip(): Place(float(latitude), float(longitude)) for name, latitude, longitude in rows}


PLACES = _table(
    """
    абакан 53.72 91.44
    альметьевск 54.90 52.30
    ангарск 52.54 103.89
    анадырь 64.73 177.51
    архангельск 64.54 40.54
    астрахань 46.35 48.03
    балаково 52.03 47.80
    балашиха 55.80 37.94
    барнаул 53.35 83.78
    белгород 50.60 36.59
    бийск 52.54 85.22
    братск 56.15 101.63
    брянск 53.24 34.36
    великий новгород 58.52 31.27
    владивосток 43.12 131.89
    владикавказ 43.02 44.68
    владимир 56.13 40.41
    волгоград 48.71 44.51
    волжский 48.79 44.78
    вологда 59.22 39.89
    воронеж 51.66 39.20
    грозный 43.32 45.69
    дзержинск 56.24 43.46
    екатеринбург 56.84 60.60
    зеленоград 55.99 37.21
    иваново 57.00 40.97
    ижевск 56.85 53.20
    иркутск 52.29 104.30
    йошкар ола 56.63 47.89
    казань 55.79 49.12
    калининград 54.71 20.51
    калуга 54.51 36.26
    кемерово 55.35 86.09
    керчь 45.36 36.47
    киров 58.60 49.66
    комсомольск на амуре 50.55 137.01
    кострома 57.77 40.93
    краснодар 45.04 38.98
    красноярск 56.01 92.87
    курган 55.44 65.34
    курск 51.73 36.19
    кызыл 51.72 94.44
    липецк 52.61 39.60
    магадан 59.57 150.81
    магнитогорск 53.41 58.98
    майкоп 44.61 40.11
    махачкала 42.98 47.50
    москва 55.75 37.62
    мурманск 68.97 33.07
    мытищи 55.91 37.74
    набережные челны 55.74 52.41
    нальчик 43.49 43.62
    нижневартовск 60.94 76.55
    нижнекамск 55.64 51.82
    нижний новгород 56.33 44.00
    нижний тагил 57.92 59.97
    новокузнецк 53.76 87.11
    новороссийск 44.72 37.77
    новосибирск 55.03 82.92
    новый уренгой 66.08 76.68
    норильск 69.35 88.20
    обнинск 55.10 36.61
    омск 54.99 73.37
    орел 52.97 36.08
    оренбург 51.77 55.10
    орск 51.23 58.47
    пенза 53.20 45.00
    пермь 58.01 56.25
    петрозаводск 61.79 34.35
    петропавловск камчатский 53.02 158.65
    подольск 55.43 37.55
    псков 57.82 28.33
    пятигорск 44.05 43.06
    ростов на дону 47.23 39.72
    рыбинск 58.05 38.83
    рязань 54.63 39.74
    салехард 66.53 66.60
    самара 53.20 50.15
    санкт петербург 59.94 30.31
    саранск 54.19 45.18
    саратов 51.53 46.03
    севастополь 44.60 33.52
    северодвинск 64.56 39.83
    симферополь 44.95 34.10
    смоленск 54.78 32.05
    сочи 43.60 39.73
    ставрополь 45.04 41.97
    старый оскол 51.30 37.84
    стерлитамак 53.63 55.95
    сургут 61.25 73.40
    сызрань 53.16 48.47
    сыктывкар 61.67 50.81
    таганрог 47.24 38.90
    тамбов 52.72 41.45
    тверь 56.86 35.90
    тольятти 53.51 49.42
    томск 56.50 84.97
    тула 54.19 37.62
    тюмень 57.15 65.53
    улан удэ 51.83 107.58
    ульяновск 54.31 48.40
    уфа 54.74 55.97
    хабаровск 48.48 135.08
    ханты мансийск 61.00 69.00
    химки 55.89 37.45
    чебоксары 56.14 47.25
    челябинск 55.16 61.40
    череповец 59.13 37.91
    черкесск 44.23 42.05
    чита 52.03 113.50
    элиста 46.31 44.26
    энгельс 51.50 46.12
    южно сахалинск 46.96 142.74
    якутск 62.03 129.73
    ярославль 57.63 39.87
    мск 55.75 37.62
    спб 59.94 30.31
    питер 59.94 30.31
    екб 56.84 60.60
    минск 53.90 27.57
    алматы 43.24 76.89
    астана 51.17 71.43
    """
)
"""The middle of each city to a hundredth of a degree: by name, as ``name_key`` leaves it."""
