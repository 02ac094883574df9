"""Boxberry: the contract suite of a courier that is asked, and the surprises of its statuses."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

import httpx
import pytest

from chalicelib.errors import Unreadable
from chalicelib.events import AnyEvent, ParcelMoved, ParcelStatus
from chalicelib.providers.boxberry.read import STATUSES, Settings, read
from chalicelib.providers.reading import Reading
from tests.courier_days import News, Outcome, PolledCourierDay

from .contract import NOON, a_webhook
from .courier_contract import DELIVERY, CourierWorld, FollowingContract, Parcel, Told
from .polled_contract import Site

TOKEN = "boxberry-demo-token"
TRACK = "DUD15086277"
ARRIVED: Mapping[str, Any] = {
    "Date": "2026-05-04T11:48:01",
    "Name": "Поступило в пункт выдачи",
    "Comment": "Москва (115478, Москва г, Каширское ш, д.24, строение 7)",
}


def content(**changes: object) -> bytes:
    told = {"track_number": TRACK, "order_number": "1001A", "status": {**ARRIVED, **changes}}
    return json.dumps(told, ensure_ascii=False).encode()


def reading(**changes: object) -> Reading:
    settings = Settings.model_validate(
        {"provider": "boxberry", "token": TOKEN, "delivery_types": [DELIVERY], "timezone": "Europe/Moscow"}
    )
    zone = settings.timezone
    assert zone is not None
    return read(a_webhook(content(**changes)), settings, zone)


def moved(**changes: object) -> ParcelMoved:
    (event,) = reading(**changes).events
    assert isinstance(event, ParcelMoved)
    return event


def boxberry(parcels: Sequence[Parcel]) -> Site:
    """Boxberry, when it knows these parcels."""
    known = {parcel.track_number: parcel for parcel in parcels}

    def answer(request: httpx.Request) -> httpx.Response:
        asked = request.url.params
        assert (request.method, request.url.path, asked["method"]) == ("GET", "/json.php", "ListStatuses")
        if asked["token"] != TOKEN:
            return httpx.Response(200, json={"err": "Неверный токен доступа"})
        parcel = known.get(asked["ImId"])
        if parcel is None:
            return httpx.Response(200, json=[{"err": "Нет данных по посылке"}])
        return httpx.Response(200, json=[status(told) for told in parcel.told])

    return answer


def status(told: Told) -> Mapping[str, str]:
    local = told.at + timedelta(hours=3)
    return {"Date": f"{local:%Y-%m-%dT%H:%M:%S}", "Name": told.code, "Comment": "Тверь (ул. Примерная, 1)"}


class TestContract(FollowingContract):
    provider = "boxberry"
    secrets: ClassVar[Mapping[str, str]] = {"token": TOKEN}
    other_settings: ClassVar[Mapping[str, object]] = {
        "delivery_types": [DELIVERY],
        "timezone": "Europe/Moscow",
    }
    host = "api.boxberry.ru"
    sample = content(Date="2026-05-04T15:48:01")
    samples = (content(Name="Выдано", Comment=None), content(Date="04.05.2026 11:48"))
    events: ClassVar[tuple[AnyEvent, ...]] = (
        ParcelMoved(
            parcel_id=TRACK,
            track_number=TRACK,
            order_number="1001A",
            status=ParcelStatus.WAITING,
            code="поступило в пункт выдачи",
            # The suite reads it in Tomsk's zone.
            at=datetime(2026, 5, 4, 8, 48, 1, tzinfo=UTC),
            city="Москва",
        ),
    )
    broken = content()[:-20]
    wrong_encoding: ClassVar[Mapping[str, bytes]] = {
        "cp1251": content().decode().encode("cp1251"),
        "no UTF-8": content().replace(b"1001A", b"\xff\xfe"),
    }
    field_names = ("track_number", "order_number", "status", "Date", "Name", "Comment", "err")
    waiting = "Поступило в пункт выдачи"
    in_transit = "Передано на сортировку"
    delivered = "Выдано"
    unknown = "Телепортировано"
    per_minute = 300

    def site(self, parcels: Sequence[Parcel]) -> Site:
        return boxberry(parcels)


class TestDay(PolledCourierDay):
    contract = TestContract()
    day = (
        News(timedelta(minutes=5), "B1", "Принято к доставке"),
        News(timedelta(minutes=5), "B2", "Принято к доставке"),
        News(timedelta(minutes=6), "B3", "Передано на курьерскую доставку"),
        News(timedelta(minutes=7), "B4", "Поступило в пункт выдачи"),
        News(timedelta(hours=2), "B1", "Передан на доставку до пункта выдачи"),
        News(timedelta(hours=3), "B1", "Передан на доставку до пункта выдачи"),
        News(timedelta(hours=4), "B1", "Поступило в пункт выдачи"),
        News(timedelta(hours=5), "B2", "Поступило в пункт выдачи"),
        News(timedelta(hours=5), "B3", "Возвращено с курьерской доставки"),
        News(timedelta(hours=6), "B4", "Готовится к возврату"),
        News(timedelta(hours=8), "B2", "Выдано"),
        News(timedelta(hours=8), "B3", "Передано на курьерскую доставку"),
        News(timedelta(hours=9), "B3", "Выдано"),
        News(timedelta(hours=9), "B4", "Отправлено в пункт приёма"),
        News(timedelta(hours=9), "B5", "Телепортировано"),
        News(timedelta(hours=10), "B6", "Возвращено с курьерской доставки"),
    )
    outcomes: ClassVar[Mapping[str, Outcome]] = {
        "B1": Outcome("arrived-in-pickup-point", messages=1),
        "B2": Outcome("complete", messages=1, is_sure=False),
        "B3": Outcome("complete"),
        "B4": Outcome("return", messages=1, is_sure=False, tasks=1),
        "B5": Outcome("send-to-delivery"),
        "B6": Outcome("send-to-delivery", tasks=1),
    }


class TestStatuses:
    @pytest.mark.parametrize(("name", "status"), STATUSES.items())
    def test_each_name_has_its_meaning(self, name: str, status: ParcelStatus) -> None:
        assert moved(Name=name.capitalize()).status is status

    def test_names_are_compared_without_case_blanks_and_dots(self) -> None:
        assert moved(Name="  ОТПРАВЛЕНО  в пункт ПРИЁМА ").status is ParcelStatus.RETURNING

    def test_a_courier_who_brought_it_back_is_no_return(self) -> None:
        assert moved(Name="Возвращено с курьерской доставки").status is ParcelStatus.ATTEMPT_FAILED

    @pytest.mark.parametrize(
        "date", ["2026-05-04T11:48:00", "2026-05-04 11:48:00", "04.05.2026 11:48", "04.05.2026 11:48:00"]
    )
    def test_each_form_of_a_date_is_read_in_moscow(self, date: str) -> None:
        assert moved(Date=date).at == datetime(2026, 5, 4, 8, 48, tzinfo=UTC)

    @pytest.mark.parametrize("date", ["", "yesterday", "31.02.2026 10:00", "04.05.1926 11:48"])
    def test_a_date_that_cannot_be_read_is_quarantined(self, date: str) -> None:
        with pytest.raises(Unreadable, match="unexpected-content"):
            reading(Date=date)

    def test_a_status_of_the_future_is_quarantined(self) -> None:
        with pytest.raises(Unreadable, match="future"):
            reading(Date=f"{NOON + timedelta(days=31):%Y-%m-%dT%H:%M:%S}")

    @pytest.mark.parametrize(
        ("comment", "city"),
        [
            ("Москва (115478, Москва г, Каширское ш, д.24)", "Москва"),
            ("Тверь, ул. Примерная, 1", "Тверь"),
            ("", ""),
        ],
    )
    def test_the_city_stands_before_the_address(self, comment: str, city: str) -> None:
        assert moved(Comment=comment).city == city
        assert moved(Comment=comment, Name="Выдано").city == ""


def test_a_courier_that_knows_no_parcel_at_all_is_trouble(tmp_path: Any) -> None:
    world = CourierWorld(tmp_path, TestContract())
    for number in range(8):
        world.send(TestContract().track_number(number))
    world.ask_for(hours=6)
    assert world.alerts == []
    world.ask_for(hours=4)
    assert len(world.alerts) == 1
    world.close()


def test_a_status_whose_date_cannot_be_read_keeps_nothing_else_back(tmp_path: Any) -> None:
    world = CourierWorld(tmp_path, TestContract())
    track = TestContract().track_number(1)
    world.send(track)
    world.ask()
    rows: list[object] = [{**ARRIVED, "Date": "soon"}, None, status(Told("Выдано", world.now))]
    world.site = lambda _: httpx.Response(200, json=rows)
    world.ask_for(hours=6)
    assert world.status_of(track) == "complete"
    world.close()
