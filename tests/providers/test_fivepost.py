"""5Post: the contract suite of a courier that is asked, and the surprises of its statuses."""

import json
from collections.abc import Mapping, Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import parse_qs

import httpx
import pytest

from chalicelib.entry import Status as EntryStatus
from chalicelib.errors import Unreadable
from chalicelib.events import AnyEvent, ParcelMoved, ParcelReason, ParcelStatus
from chalicelib.providers.fivepost.read import STATUSES, Settings, read
from chalicelib.providers.reading import Reading
from tests.courier_days import News, Outcome, PolledCourierDay

from .contract import NOON, ZONE, a_webhook
from .courier_contract import DELIVERY, CourierWorld, FollowingContract, Parcel
from .polled_contract import Site

KEY = "fivepost-demo-key"
JWT = "demo.jwt.token"
MOSCOW = timezone(timedelta(hours=3))
ROW: Mapping[str, Any] = {
    "status": "IN_PROCESS",
    "orderId": "d1d1d1d1-0000-4000-8000-000000000001",
    "senderOrderId": "1001A",
    "executionStatus": "PLACED_IN_POSTAMAT",
    "changeDate": "2026-05-14T12:20:00.000000+03:00",
}


def content(**changes: object) -> bytes:
    told = {"track_number": "5P1", "order_number": "1001A", "status": {**ROW, **changes}}
    return json.dumps(told, ensure_ascii=False).encode()


def reading(**changes: object) -> Reading:
    settings = Settings.model_validate({"provider": "fivepost", "api_key": KEY, "delivery_types": [DELIVERY]})
    return read(a_webhook(content(**changes)), settings, ZONE)


def moved(**changes: object) -> ParcelMoved:
    (event,) = reading(**changes).events
    assert isinstance(event, ParcelMoved)
    return event


def fivepost(parcels: Sequence[Parcel]) -> Site:
    """5Post, when it knows these parcels: of each it tells the last status."""
    known = {parcel.order_number: parcel for parcel in parcels}

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/jwt-generate-claims/rs256/1":
            form = parse_qs(request.read().decode())
            assert form == {"subject": ["OpenAPI"], "audience": ["A122019!"]}
            right = request.url.params["apikey"] == KEY
            return httpx.Response(200, json={"jwt": JWT}) if right else httpx.Response(401)
        assert (request.method, request.url.path) == ("POST", "/api/v1/getOrderStatus")
        assert request.headers["authorization"] == f"Bearer {JWT}"
        asked = json.loads(request.read())
        assert len(asked) <= 100
        found = [known[one["senderOrderId"]] for one in asked if one["senderOrderId"] in known]
        return httpx.Response(200, json=[row(parcel) for parcel in found if parcel.told])

    return answer


def row(parcel: Parcel) -> Mapping[str, str]:
    told = max(parcel.told, key=lambda one: one.at)
    return {
        "status": "IN_PROCESS",
        "orderId": f"d1-{parcel.track_number}",
        "senderOrderId": parcel.order_number,
        "executionStatus": told.code,
        "changeDate": told.at.astimezone(MOSCOW).isoformat(),
    }


class TestContract(FollowingContract):
    provider = "fivepost"
    secrets: ClassVar[Mapping[str, str]] = {"api_key": KEY}
    other_settings: ClassVar[Mapping[str, object]] = {"delivery_types": [DELIVERY]}
    host = "api-omni.x5.ru"
    sample = content()
    samples = (content(executionStatus="REJECTED: Ошибка валидации"), content(mileType="REVERSE_LAST_MILE"))
    events: ClassVar[tuple[AnyEvent, ...]] = (
        ParcelMoved(
            parcel_id="5P1",
            track_number="5P1",
            order_number="1001A",
            status=ParcelStatus.WAITING,
            code="PLACED_IN_POSTAMAT",
            at=datetime(2026, 5, 14, 9, 20, tzinfo=UTC),
        ),
    )
    broken = content()[:-20]
    wrong_encoding: ClassVar[Mapping[str, bytes]] = {
        "cp1251": content(executionStatus="PROBLEM: нет").decode().encode("cp1251"),
        "no UTF-8": content().replace(b"1001A", b"\xff\xfe"),
    }
    field_names = ("track_number", "order_number", "status", "jwt", "mileType", *ROW)
    waiting = "PLACED_IN_POSTAMAT"
    in_transit = "SORTED_IN_WAREHOUSE"
    delivered = "PICKED_UP"
    unknown = "TELEPORTED"
    tells_history = False
    per_minute = 300

    def site(self, parcels: Sequence[Parcel]) -> Site:
        return fivepost(parcels)


class TestDay(PolledCourierDay):
    contract = TestContract()
    day = (
        News(timedelta(minutes=5), "F1", "RECEIVED_IN_WAREHOUSE_BY_PLACES"),
        News(timedelta(minutes=5), "F2", "SORTED_IN_WAREHOUSE"),
        News(timedelta(minutes=6), "F3", "PLACED_IN_POSTAMAT"),
        News(timedelta(minutes=7), "F4", "REJECTED: Ошибка валидации по плановым ВГХ"),
        News(timedelta(hours=4), "F1", "PLACED_IN_POSTAMAT"),
        News(timedelta(hours=4), "F2", "PLACED_IN_POSTAMAT"),
        News(timedelta(hours=6), "F3", "READY_FOR_WITHDRAW_FROM_PICKUP_POINT"),
        News(timedelta(hours=9), "F2", "PICKED_UP"),
        News(timedelta(hours=9), "F3", "WITHDRAWN_FROM_PICKUP_POINT"),
        News(timedelta(hours=9), "F5", "LOST"),
    )
    outcomes: ClassVar[Mapping[str, Outcome]] = {
        "F1": Outcome("arrived-in-pickup-point", messages=1),
        "F2": Outcome("complete", messages=1, is_sure=False),
        "F3": Outcome("return", messages=1, is_sure=False, tasks=1),
        "F4": Outcome("send-to-delivery", tasks=1),
        "F5": Outcome("send-to-delivery", tasks=1),
    }


class TestStatuses:
    @pytest.mark.parametrize(("code", "status"), STATUSES.items())
    def test_each_code_has_its_meaning(self, code: str, status: ParcelStatus) -> None:
        assert moved(executionStatus=code).status is status

    def test_words_may_follow_the_code(self) -> None:
        event = moved(executionStatus="REJECTED: Ошибка валидации по плановым ВГХ: вес")
        assert (event.code, event.status) == ("REJECTED", ParcelStatus.PROBLEM)
        assert event.reason is ParcelReason.BAD_DATA
        assert event.reason_words == "Ошибка валидации по плановым ВГХ: вес"

    def test_a_fraction_of_a_second_may_have_any_length(self) -> None:
        assert moved(changeDate="2020-08-10T13:12:43.31964+03:00").at.microsecond == 319640

    def test_the_way_back_is_not_the_clients(self) -> None:
        assert reading(executionStatus="PICKED_UP", mileType="REVERSE_LAST_MILE") == Reading(note="way-back")

    def test_a_status_of_the_future_is_quarantined(self) -> None:
        with pytest.raises(Unreadable, match="future"):
            reading(changeDate=(NOON + timedelta(days=31)).isoformat())


def test_a_hundred_parcels_are_one_request(tmp_path: Path) -> None:
    with closing(CourierWorld(tmp_path, TestContract())) as world:
        for number in range(250):
            world.send(f"5P{number}")
        world.ask()
        world.later(hours=1)
        world.ask()
        # A token, and three pages of 100 parcels at most.
        assert [request.url.path for request in world.asked] == [
            "/jwt-generate-claims/rs256/1",
            *["/api/v1/getOrderStatus"] * 3,
        ]


def test_it_can_be_asked_by_its_own_id(tmp_path: Path) -> None:
    asked: list[object] = []

    def site(request: httpx.Request) -> httpx.Response:
        if request.url.path.startswith("/jwt"):
            return httpx.Response(200, json={"jwt": JWT})
        asked.extend(json.loads(request.read()))
        return httpx.Response(200, json=[{**ROW, "orderId": "5P1", "changeDate": world.now.isoformat()}])

    with closing(CourierWorld(tmp_path, TestContract(), asks_by="track_number")) as world:
        world.site = site
        world.send("5P1")
        world.ask()
        world.ask_for(hours=2)
        assert {json.dumps(one) for one in asked} == {'{"orderId": "5P1"}'}
        assert len(world.messages) == 1


def test_a_row_of_nobodys_parcel_is_seen_by_a_person(tmp_path: Path) -> None:
    def site(request: httpx.Request) -> httpx.Response:
        if request.url.path.startswith("/jwt"):
            return httpx.Response(200, json={"jwt": JWT})
        return httpx.Response(200, json=[ROW, None, {"senderOrderId": "1"}])

    with closing(CourierWorld(tmp_path, TestContract())) as world:
        world.site = site
        world.send("5P1")
        world.ask()
        world.ask_for(hours=2)
        assert len(world.entries(EntryStatus.QUARANTINED)) == 3


@pytest.mark.parametrize("status", [400, 404, 422])
def test_a_number_that_it_refuses_keeps_no_other_parcel_back(tmp_path: Path, status: int) -> None:
    def site(request: httpx.Request) -> httpx.Response:
        if request.url.path.startswith("/jwt"):
            return httpx.Response(200, json={"jwt": JWT})
        asked = [one["senderOrderId"] for one in json.loads(request.read())]
        if {world.numbers["5P7"], world.numbers["5P41"]} & set(asked):
            return httpx.Response(status, json={"error": "Not Found"})
        return world.well(request)

    with closing(CourierWorld(tmp_path, TestContract())) as world:
        for number in range(50):
            world.send(f"5P{number}")
        world.ask()
        world.site = site
        for number in range(50):
            world.tell(f"5P{number}", "SORTED_IN_WAREHOUSE", world.now + timedelta(minutes=1))
        world.ask_for(hours=2)
        delivering = [track for track in world.numbers if world.status_of(track) == "delivering"]
        assert len(delivering) == 48
        assert world.alerts == []


def test_a_courier_that_refuses_every_number_is_told_and_asked_no_storm(tmp_path: Path) -> None:
    def site(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json={"jwt": JWT}) if "jwt" in request.url.path else httpx.Response(404)

    for parcels in (1, 50):
        (tmp_path / str(parcels)).mkdir()
        with closing(CourierWorld(tmp_path / str(parcels), TestContract())) as world:
            for number in range(parcels):
                world.send(f"5P{number}")
            world.ask()
            world.site = site
            world.later(hours=1)
            world.asked.clear()
            world.ask()
            assert len(world.asked) <= 30
            world.ask_for(hours=5)
            (told,) = world.alerts
            assert told.startswith("Сбой")
