"""CDEK is asked until when a parcel waits, and about parcels of which no webhook came."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs
from zoneinfo import ZoneInfo

import httpx
import pytest

from chalicelib.checks.running import CheckRunner
from chalicelib.entry import Status
from chalicelib.ladder_memory import LadderMemory, Stay, pickup_key
from chalicelib.providers.cdek.poll import poller
from chalicelib.providers.cdek.read import Settings
from tests.crowd import Crowd, most_in_a_minute
from tests.world import MORNING, World, example_shop

SETTINGS: Mapping[str, Any] = {
    "provider": "cdek",
    "token": "demo-token",
    "account": "an-account",
    "secure_password": "a-password",
    "delivery_types": ["cdek"],
}
UUID = "a1b2c3d4-0000-4000-8000-00000001001A"
TRACK = "10000000011"
POLL = "poll-cdek"
KEEP = "2026-11-28T20:59:59Z"


class PretendCdek(httpx.BaseTransport):
    """As much of CDEK's API as reading orders needs, and the sandbox.

    Attributes:
        orders: by waybill number, as ``GET /v2/orders`` answers them.
        asked: for what it was asked.
    """

    def __init__(self, sandbox: httpx.BaseTransport) -> None:
        self._sandbox = sandbox
        self.orders: dict[str, dict[str, Any]] = {}
        self.asked: list[str] = []
        self.trouble: int | None = None

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        if request.url.host != "api.cdek.ru":
            return self._sandbox.handle_request(request)
        if self.trouble:
            return httpx.Response(self.trouble)
        if request.url.path == "/v2/oauth/token":
            form = parse_qs(request.read().decode())
            right = form["client_secret"] == ["a-password"]
            return httpx.Response(200, json={"access_token": "jwt"}) if right else httpx.Response(401)
        assert request.headers["authorization"] == "Bearer jwt"
        number = request.url.params.get("cdek_number")
        self.asked.append(number or request.url.path)
        wanted = (
            self.orders.get(number)
            if number
            else next((one for one in self.orders.values() if request.url.path.endswith(one["uuid"])), None)
        )
        if wanted is None:
            error = {"code": "v2_entity_not_found", "message": "Entity is not found"}
            return httpx.Response(400, json={"requests": [{"errors": [error]}]})
        related = wanted.get("related", [])
        entity = {name: value for name, value in wanted.items() if name != "related"}
        return httpx.Response(200, json={"entity": entity, "requests": [], "related_entities": related})


class CdekWorld(World):
    cdek: PretendCdek

    def network(self) -> httpx.BaseTransport:
        self.cdek = PretendCdek(super().network())
        return self.cdek

    def sleep(self, seconds: float) -> None:
        super().sleep(seconds)
        self.now += timedelta(seconds=seconds)

    @property
    def checks(self) -> CheckRunner:
        return self.application.checks

    def ask_for(self, **span: float) -> None:
        until = self.now + timedelta(**span)
        while self.now < until:
            self.later(minutes=10)
            self.checks.run(POLL)
            self.work()

    def stay(self) -> Stay:
        document = self.engine.documents.get(pickup_key(self.order("1001A")["id"]))
        (stay,) = LadderMemory.model_validate(document.content).stays
        return stay


@pytest.fixture
def world(tmp_path: Path) -> Iterator[CdekWorld]:
    with closing(CdekWorld(tmp_path, example_shop(sources={"cdek": SETTINGS}))) as world:
        world.checks.run(POLL)
        yield world


def stamp(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%S+0000")


def an_order(statuses: Sequence[tuple[str, datetime]], **changes: Any) -> dict[str, Any]:
    """What CDEK knows of a parcel, newest status first."""
    listed = [
        {"code": code, "name": "…", "date_time": stamp(at), "city": "Москва", "deleted": False}
        for code, at in reversed(statuses)
    ]
    return {
        "uuid": UUID,
        "is_return": False,
        "is_reverse": False,
        "is_client_return": False,
        "cdek_number": TRACK,
        "number": "1001A",
        "recipient": {"name": "Ольга Иванова", "phones": [{"number": "+79161112233"}]},
        "statuses": listed,
        **changes,
    }


def test_until_when_it_waits_is_asked_once_for_each_arrival(world: CdekWorld) -> None:
    world.later(minutes=1)
    at = world.now
    world.parcel("ACCEPTED_AT_PICK_UP_POINT", at)
    world.work()
    assert world.stay().keep_until is None
    world.cdek.orders[TRACK] = an_order([("ACCEPTED_AT_PICK_UP_POINT", at)], keep_free_until=KEEP)
    world.ask_for(hours=2)
    assert world.stay().keep_until == datetime.fromisoformat(KEEP)
    assert world.stay().arrived_at == at
    assert world.cdek.asked == [f"/v2/orders/{UUID}"]
    assert len(world.messages) == 1
    assert world.entries(Status.QUARANTINED) == []


def test_the_task_has_the_date_of_the_receivers_city(world: CdekWorld) -> None:
    """The end of a day in Moscow is the next day in Tomsk, where the shop is."""
    world.later(minutes=1)
    at = world.now
    world.parcel("ACCEPTED_AT_PICK_UP_POINT", at)
    world.cdek.orders[TRACK] = an_order([("ACCEPTED_AT_PICK_UP_POINT", at)], keep_free_until=KEEP)
    world.work()
    world.ask_for(minutes=10)
    world.checks.accept("stalled-pickups")
    world.later(days=5)
    world.checks.run("stalled-pickups")
    world.work()
    assert "Хранение до 28.11.2026\n" in world.tasks[0]["commentary"]


def test_a_term_that_is_told_late_or_extended_is_known(world: CdekWorld) -> None:
    world.later(minutes=1)
    at = world.now
    world.parcel("ACCEPTED_AT_PICK_UP_POINT", at)
    world.work()
    world.cdek.orders[TRACK] = an_order([("ACCEPTED_AT_PICK_UP_POINT", at)])
    world.ask_for(hours=2)
    assert world.stay().keep_until is None
    for day in (28, 30):
        keep = f"2026-11-{day}T20:59:59Z"
        world.cdek.orders[TRACK]["keep_free_until"] = keep
        world.ask_for(hours=25)
        assert world.stay().keep_until == datetime.fromisoformat(keep)
    assert world.stay().arrived_at == at
    assert len(world.messages) == 1


def test_an_arrival_that_was_found_by_asking_is_told_with_its_date(world: CdekWorld) -> None:
    at = MORNING + timedelta(minutes=30)
    world.cdek.orders[TRACK] = an_order([("ACCEPTED_AT_PICK_UP_POINT", at)], keep_free_until=KEEP)
    world.ask_for(hours=13)
    (message,) = world.messages
    assert " до 28.11" in message["body"]
    assert world.cdek.asked == [TRACK]


def test_many_arrivals_of_an_outage_are_asked_about_within_the_limit(tmp_path: Path) -> None:
    settings = {**SETTINGS, "requests_per_minute": 10, "delivery_types": []}
    with closing(CdekWorld(tmp_path, example_shop(sources={"cdek": settings}))) as world:
        world.checks.run(POLL)
        world.later(minutes=1)
        for number in range(12):
            world.parcel("ACCEPTED_AT_PICK_UP_POINT", world.now, "1001A", f"{number}")
        world.work()
        for rounds in range(1, 5):
            world.later(minutes=10)
            world.checks.run(POLL)
            world.work()
            assert len(world.cdek.asked) == min(12, rounds * 5)


def test_nothing_of_the_client_is_kept(world: CdekWorld) -> None:
    world.later(minutes=1)
    world.parcel("ACCEPTED_AT_PICK_UP_POINT", world.now)
    world.cdek.orders[TRACK] = an_order([("ACCEPTED_AT_PICK_UP_POINT", world.now)], keep_free_until=KEEP)
    world.work()
    world.ask_for(hours=1)
    for entry in world.entries():
        envelope = world.engine.journal.envelope(entry.id)
        assert envelope is not None
        if entry.source == "cdek":
            assert "79161112233" not in envelope.webhook.body.decode()


def test_a_day_without_a_subscription_loses_nothing(world: CdekWorld) -> None:
    """No webhook comes at all."""
    sent = MORNING + timedelta(hours=1)
    world.cdek.orders[TRACK] = an_order([("SENT_TO_RECIPIENT_CITY", sent)])
    world.ask_for(hours=13)
    arrived = world.now
    world.cdek.orders[TRACK] = an_order(
        [("SENT_TO_RECIPIENT_CITY", sent), ("ACCEPTED_AT_PICK_UP_POINT", arrived)], keep_free_until=KEEP
    )
    world.ask_for(hours=25)
    assert world.order("1001A")["status"] == "arrived-in-pickup-point"
    assert len(world.messages) == 1
    assert world.stay().keep_until == datetime.fromisoformat(KEEP)
    assert 2 <= len(world.cdek.asked) <= 4


def test_a_parcel_that_webhooks_tell_of_is_not_asked_about(world: CdekWorld) -> None:
    for _ in range(5):
        world.later(minutes=1)
        world.parcel("SENT_TO_RECIPIENT_CITY", world.now)
        world.work()
        world.ask_for(hours=11)
    assert world.cdek.asked == []


def test_what_a_webhook_told_is_not_told_again(world: CdekWorld) -> None:
    world.later(minutes=1)
    at = world.now
    world.parcel("SENT_TO_RECIPIENT_CITY", at)
    world.work()
    world.cdek.orders[TRACK] = an_order([("SENT_TO_RECIPIENT_CITY", at)])
    world.ask_for(hours=30)
    assert world.cdek.asked
    assert len([entry for entry in world.entries() if entry.source == "cdek"]) == 1


def test_problems_and_withdrawn_statuses_are_found_by_asking(world: CdekWorld) -> None:
    at = MORNING + timedelta(minutes=30)
    world.cdek.orders[TRACK] = an_order(
        [("DELIVERED", at)], delivery_problem=[{"code": "13", "create_date": stamp(at)}]
    )
    world.cdek.orders[TRACK]["statuses"][0]["deleted"] = True
    world.ask_for(hours=13)
    assert [task["text"] for task in world.tasks] == [
        "Проблема с доставкой: получателя не было на месте. Заказ 1001A, +7 916 111-22-33"
    ]
    assert world.order("1001A")["status"] == "delivering"


def test_a_return_that_reached_the_shop_is_found_by_asking(tmp_path: Path) -> None:
    statuses = {"returning": "return", "returned": "cancel-other"}
    plain = example_shop(sources={"cdek": SETTINGS})
    shop = plain.model_copy(update={"crm": plain.crm.model_copy(update={"parcel_statuses": statuses})})
    with closing(CdekWorld(tmp_path, shop)) as world:
        world.checks.run(POLL)
        at = MORNING + timedelta(minutes=30)
        back = {"type": "return_order", "cdek_number": "10000000099", "uuid": "x"}
        world.cdek.orders[TRACK] = an_order([("NOT_DELIVERED", at)], related=[back])
        world.ask_for(hours=13)
        assert world.order("1001A")["status"] == "return"
        world.cdek.orders["10000000099"] = an_order(
            [("DELIVERED", world.now)], uuid="x", cdek_number="10000000099", is_return=True
        )
        world.ask_for(hours=13)
        assert world.order("1001A")["status"] == "cancel-other"
        before = len(world.cdek.asked)
        world.ask_for(hours=25)
        assert len(world.cdek.asked) == before


def test_cdek_that_is_down_is_told_and_loses_nothing(world: CdekWorld) -> None:
    world.cdek.orders[TRACK] = an_order([("ACCEPTED_AT_PICK_UP_POINT", MORNING + timedelta(minutes=5))])
    world.cdek.trouble = 503
    world.ask_for(hours=14)
    (told,) = world.alerts
    assert told.startswith("Сбой: источник cdek не отдаёт события")
    assert "a-password" not in told
    world.cdek.trouble = None
    world.ask_for(minutes=20)
    assert len(world.messages) == 1


def test_who_has_no_account_is_not_asked(tmp_path: Path) -> None:
    with closing(World(tmp_path)) as world:
        assert POLL not in world.application.checks.checks


def test_thousands_of_silent_parcels_stay_within_the_limit() -> None:
    """More is due than may be asked: of 5,000 parcels no webhook comes, each tenth is on its way back."""
    tracks = [f"1{number:010}" for number in range(5000)]
    moments: list[datetime] = []

    def cdek(request: httpx.Request) -> httpx.Response:
        moments.append(crowd.now)
        if request.url.path == "/v2/oauth/token":
            return httpx.Response(200, json={"access_token": "jwt"})
        number = request.url.params["cdek_number"]
        is_back = number.startswith("2")
        found = an_order([("SENT_TO_RECIPIENT_CITY", MORNING)], cdek_number=number, is_return=is_back)
        back = {"type": "return_order", "cdek_number": f"2{number}"}
        related = [back] if number.endswith("0") and not is_back else []
        return httpx.Response(200, json={"entity": found, "related_entities": related})

    settings = Settings.model_validate({**SETTINGS, "silent_for": "1h"})
    asks = poller(settings, ZoneInfo("Europe/Moscow"), httpx.MockTransport(cdek))
    assert asks is not None
    crowd = Crowd(asks, tracks)
    crowd.live(timedelta(hours=8))
    assert most_in_a_minute(moments) <= settings.requests_per_minute
    turns = Counter(crowd.asked)
    assert len(turns) == len(tracks)
    assert min(turns.values()) >= 2
