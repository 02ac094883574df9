"""Where a client's clock stands, by each of the ways to guess it."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import httpx
import pytest

from chalicelib.bootstrap import sqlite_engine
from chalicelib.client_time.by_phone import zone_of_phone
from chalicelib.client_time.geohelper import GeoHelper
from chalicelib.client_time.names import RUSSIAN
from chalicelib.client_time.ranges import KEPT_FOR, REST_AFTER_FAILURE, PhoneRanges
from chalicelib.client_time.regions import CITIES, REGIONS, zone_of_city, zone_of_region
from chalicelib.client_time.zones import ClientZones
from chalicelib.engine.port import Engine
from sandbox.clock import SteppedClock
from sandbox.faults import Fault
from sandbox.geohelper import KEY
from sandbox.transport import SandboxTransport
from sandbox.world import Sandbox

TOMSK = ZoneInfo("Asia/Tomsk")
OMSK_MOBILE = "+79136123456"
UNKNOWN_MOBILE = "+79990000000"
ASKED = "GET /api/v1/phone-data"


REGISTER = """
Адыгея Респ, Алтай Респ, Алтайский край, Амурская обл, Архангельская обл, Астраханская обл,
Башкортостан Респ, Белгородская обл, Брянская обл, Бурятия Респ, Владимирская обл,
Волгоградская обл, Вологодская обл, Воронежская обл, Дагестан Респ, Еврейская Аобл,
Забайкальский край, Ивановская обл, Ингушетия Респ, Иркутская обл, Кабардино-Балкарская Респ,
Калининградская обл, Калмыкия Респ, Калужская обл, Камчатский край, Карачаево-Черкесская Респ,
Карелия Респ, Кемеровская область - Кузбасс обл, Кировская обл, Коми Респ, Костромская обл,
Краснодарский край, Красноярский край, Крым Респ, Курганская обл, Курская обл,
Ленинградская обл, Липецкая обл, Магаданская обл, Марий Эл Респ, Мордовия Респ, Москва г,
Московская обл, Мурманская обл, Ненецкий АО, Нижегородская обл, Новгородская обл,
Новосибирская обл, Омская обл, Оренбургская обл, Орловская обл, Пензенская обл, Пермский край,
Приморский край, Псковская обл, Ростовская обл, Рязанская обл, Самарская обл, Санкт-Петербург г,
Саратовская обл, Саха /Якутия/ Респ, Сахалинская обл, Свердловская обл, Севастополь г,
Северная Осетия - Алания Респ, Смоленская обл, Ставропольский край, Тамбовская обл,
Татарстан Респ, Тверская обл, Томская обл, Тульская обл, Тыва Респ, Тюменская обл,
Удмуртская Респ, Ульяновская обл, Хабаровский край, Хакасия Респ,
Ханты-Мансийский Автономный округ - Югра АО, Челябинская обл, Чеченская Респ,
Чувашская Республика - Чувашия, Чукотский АО, Ямало-Ненецкий АО, Ярославская обл
"""
"""The regions as the register of addresses writes them."""


def key_of(zone: ZoneInfo | None) -> str | None:
    return None if zone is None else zone.key


@pytest.mark.parametrize(
    ("written", "zone"),
    [
        ("Омская область", "Asia/Omsk"),
        ("омская обл.", "Asia/Omsk"),
        ("обл. Омская", "Asia/Omsk"),
        ("Омская обл", "Asia/Omsk"),
        ("Республика Татарстан (Татарстан)", "Europe/Moscow"),
        ("Татарстан Респ", "Europe/Moscow"),
        ("Чувашская Республика - Чувашия", "Europe/Moscow"),
        ("Кабардино-Балкарская Республика", "Europe/Moscow"),
        ("Республика Северная Осетия — Алания", "Europe/Moscow"),
        ("г. Москва", "Europe/Moscow"),
        ("Москва г", "Europe/Moscow"),
        ("Санкт-Петербург", "Europe/Moscow"),
        ("Ханты-Мансийский автономный округ - Югра", "Asia/Yekaterinburg"),
        ("Ханты-Мансийский Автономный округ - Югра АО", "Asia/Yekaterinburg"),
        ("Ямало-Ненецкий АО", "Asia/Yekaterinburg"),
        ("Ненецкий автономный округ", "Europe/Moscow"),
        ("Алтайский край", "Asia/Barnaul"),
        ("Республика Алтай", "Asia/Barnaul"),
        ("Кемеровская область - Кузбасс", "Asia/Novokuznetsk"),
        ("Республика Саха (Якутия)", "Asia/Yakutsk"),
        ("Саха /Якутия/ Респ", "Asia/Yakutsk"),
        ("Еврейская автономная область", "Asia/Vladivostok"),
        ("Еврейская Аобл", "Asia/Vladivostok"),
        ("Севастополь", "Europe/Simferopol"),
        ("Удмуртская Республика", "Europe/Samara"),
        ("Калининградская область", "Europe/Kaliningrad"),
        ("Саратовская обл.", "Europe/Saratov"),
        ("Bayern", None),
        ("область", None),
        ("", None),
    ],
)
def test_a_region_as_people_and_crms_write_it(written: str, zone: str | None) -> None:
    assert key_of(zone_of_region(written)) == zone


def test_each_region_of_the_register_is_known() -> None:
    regions = [name.strip() for name in REGISTER.replace("\n", " ").split(",")]
    assert len(regions) == 85
    assert [name for name in regions if zone_of_region(name) is None] == []


@pytest.mark.parametrize(
    ("written", "zone"),
    [
        ("Омск", "Asia/Omsk"),
        ("г. Омск", "Asia/Omsk"),
        ("Омск г", "Asia/Omsk"),
        ("ОРЁЛ", "Europe/Moscow"),
        ("Ростов-на-Дону", "Europe/Moscow"),
        ("Улан-Удэ", "Asia/Irkutsk"),
        ("Петропавловск-Камчатский", "Asia/Kamchatka"),
        ("Минск", "Europe/Minsk"),
        # Several cities of this name, or none that we know.
        ("Благовещенск", None),
        ("Железногорск", None),
        ("Мирный", None),
        ("Киров", None),
        ("Петропавловск", None),
        ("Омск, ул. Ленина, 1", None),
        ("", None),
    ],
)
def test_a_city_counts_if_there_is_one_of_its_name(written: str, zone: str | None) -> None:
    assert key_of(zone_of_city(written)) == zone


def test_each_zone_of_the_tables_exists_and_has_a_russian_name() -> None:
    for zone in {*REGIONS, *CITIES}:
        assert ZoneInfo(zone).key in RUSSIAN


def test_no_zone_of_a_russian_region_has_summer_time() -> None:
    for zone in REGIONS:
        offsets = {
            datetime(2026, month, 15, tzinfo=UTC).astimezone(ZoneInfo(zone)).utcoffset()
            for month in range(1, 13)
        }
        assert len(offsets) == 1, zone


@pytest.mark.parametrize(
    ("phone", "zone"),
    [
        ("+74951234567", "Europe/Moscow"),
        ("+73812123456", "Asia/Omsk"),
        ("+74012123456", "Europe/Kaliningrad"),
        ("+78452123456", "Europe/Saratov"),
        ("+74212123456", "Asia/Vladivostok"),
        ("+79161234567", None),
        ("+79991234567", None),
        ("+78001234567", None),
        ("+77011234567", "Asia/Almaty"),
        ("+77272123456", "Asia/Almaty"),
        ("+380441234567", "Europe/Kiev|Europe/Kyiv"),
        ("+4915112345678", "Europe/Berlin"),
        ("+12125551234", "America/New_York"),
        ("+18005551234", None),
        ("nonsense", None),
    ],
)
def test_a_phone_tells_its_zone_only_where_that_is_sure(phone: str, zone: str | None) -> None:
    assert key_of(zone_of_phone(phone)) in ([None] if zone is None else zone.split("|"))


def test_kazakhstan_has_one_zone() -> None:
    zones = ("Asia/Almaty", "Asia/Aqtau", "Asia/Aqtobe", "Asia/Oral", "Asia/Qostanay", "Asia/Qyzylorda")
    now = datetime(2026, 11, 20, tzinfo=UTC)
    assert {now.astimezone(ZoneInfo(zone)).utcoffset() for zone in zones} == {timedelta(hours=5)}


class Rig:
    """The service with a pretend GeoHelper."""

    def __init__(self, engine: Engine, clock: SteppedClock) -> None:
        self.clock = clock
        self.sandbox = Sandbox(clock)
        self.engine = engine
        self.zones = self.started()

    def started(self, key: str = KEY) -> ClientZones:
        """As a process that has just begun."""
        geohelper = GeoHelper("https://geohelper.example", key, SandboxTransport(self.sandbox))
        return ClientZones(TOMSK, PhoneRanges(geohelper, self.engine.documents, self.clock))

    def note(self, phone: str, city: str = "", region: str = "") -> str:
        return self.zones.zone_of(phone, city, region).note

    @property
    def asked(self) -> int:
        return sum(count for call, count in self.sandbox.requests.items() if call.startswith(ASKED))


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    clock = SteppedClock()
    engine = sqlite_engine(tmp_path, clock)
    yield Rig(engine, clock)
    engine.close()


def test_the_order_goes_before_the_phone_and_the_shop_comes_last(rig: Rig) -> None:
    assert rig.note(OMSK_MOBILE, "Москва", "Приморский край") == "zone Asia/Vladivostok by region"
    assert rig.note(OMSK_MOBILE, "Москва", "за МКАД") == "zone Europe/Moscow by city"
    assert rig.asked == 0
    assert rig.note(OMSK_MOBILE, "Ждановка") == "zone Asia/Omsk by phone range"
    assert rig.note("+4915112345678") == "zone Europe/Berlin by phone"
    assert rig.note(UNKNOWN_MOBILE) == "zone Asia/Tomsk by default"
    assert rig.note("") == "zone Asia/Tomsk by default"


def test_without_geohelper_a_mobile_has_the_shops_zone() -> None:
    zones = ClientZones(TOMSK, None)
    assert zones.zone_of(OMSK_MOBILE).note == "zone Asia/Tomsk by default"
    assert zones.zone_of("+73812123456").note == "zone Asia/Omsk by phone"


def test_a_range_is_asked_for_once_in_weeks_also_by_others(rig: Rig) -> None:
    for number in range(5):
        assert rig.note(f"+7913612000{number}") == "zone Asia/Omsk by phone range"
    rig.zones = rig.started()
    assert rig.note("+79136120009") == "zone Asia/Omsk by phone range"
    assert rig.asked == 1
    rig.clock.advance(KEPT_FOR.total_seconds())
    assert rig.note("+79136120009") == "zone Asia/Omsk by phone range"
    assert rig.asked == 2


def test_what_is_kept_names_no_single_phone(rig: Rig) -> None:
    rig.note(OMSK_MOBILE)
    rig.note(UNKNOWN_MOBILE)
    rows = rig.engine.documents.get_many(["phone-range:+7913612", "phone-range:+7999000"])
    assert rows["phone-range:+7913612"].version == 1
    assert rows["phone-range:+7999000"].version == 0
    assert OMSK_MOBILE.removeprefix("+") not in str(rows)


@pytest.mark.parametrize("kind", ["refuse", "hang", "503", "429", "garbage", "drop"])
def test_a_geohelper_in_trouble_holds_nothing_up(rig: Rig, kind: str) -> None:
    rig.sandbox.add_fault(Fault("geohelper", kind))
    for _ in range(5):
        assert rig.note(OMSK_MOBILE) == "zone Asia/Tomsk by default"
    assert rig.asked <= 1
    rig.sandbox.clear_faults()
    rig.clock.advance(REST_AFTER_FAILURE.total_seconds())
    assert rig.note(OMSK_MOBILE) == "zone Asia/Omsk by phone range"


def test_a_wrong_key_is_told_in_the_log_without_key_or_phone(
    rig: Rig, caplog: pytest.LogCaptureFixture
) -> None:
    zones = rig.started(key="wrong-key")
    assert not zones.zone_of(OMSK_MOBILE).is_known
    (record,) = caplog.records
    assert record.message == "GeoHelper does not tell"
    assert "wrong-key" not in str(record.__dict__)
    assert OMSK_MOBILE[1:] not in str(record.__dict__)


@pytest.mark.parametrize(
    ("result", "zone"),
    [
        ([], None),
        ({"region": []}, None),
        ({"region": {"timezone": "Nowhere/Nothing"}}, None),
        ({"region": {"timezone": "../../etc/passwd"}}, None),
        ({"region": {"timezone": "Asia/Omsk"}, "rangeStart": 0, "rangeEnd": 0}, "Asia/Omsk"),
        (
            {"region": {"timezone": "Asia/Omsk"}, "rangeStart": "79136000000", "rangeEnd": "79136999999"},
            "Asia/Omsk",
        ),
    ],
)
def test_odd_answers(result: object, zone: str | None) -> None:
    answer = httpx.MockTransport(lambda _: httpx.Response(200, json={"success": True, "result": result}))
    told = GeoHelper("https://geohelper.example", KEY, answer).range_of(OMSK_MOBILE)
    assert key_of(told.zone) == zone
    assert int(OMSK_MOBILE[1:]) in told
