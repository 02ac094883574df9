"""ApiShip is asked for what it announced, and for all that changed: a webhook may be lost, or lie."""

import json
import random
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any, ClassVar

import httpx
import pytest

from chalicelib.entry import Status
from chalicelib.events import AnyEvent
from chalicelib.gate.gate import Gate
from chalicelib.gate.provider import Source
from chalicelib.gate.webhook import Webhook
from chalicelib.providers.apiship.poll import poller
from chalicelib.providers.apiship.read import ASKED, Settings
from chalicelib.providers.polling import Asking
from tests.courier_days import SHUFFLES, CourierDay, News, Outcome, PolledCourierDay
from tests.crowd import most_in_a_minute

from .contract import NOON, SOURCE, ZONE
from .courier_contract import CourierContract, CourierWorld, Parcel, Told, an_order
from .polled_contract import Site
from .test_apiship import API_TOKEN, ORDER, TOKEN, WAITS, content, moved, posted

MOSCOW = timezone(timedelta(hours=3))
SHARE_THAT_COMES, HALF = 0.7, 0.5
TOLD_LATER = timedelta(minutes=1)
"""So long after it happened ApiShip hears of a status."""


def row(parcel: Parcel) -> Mapping[str, Any]:
    """What ApiShip knows of a parcel: its newest status."""
    told = max(parcel.told, key=lambda one: one.at)
    return row_of(parcel.track_number, parcel.order_number, told)


def row_of(track: str, order_number: str, told: Told) -> Mapping[str, Any]:
    status = {
        "key": told.code,
        "description": told.reason,
        "created": (told.at + TOLD_LATER).astimezone(MOSCOW).isoformat(),
        "createdProvider": told.at.astimezone(MOSCOW).isoformat(),
    }
    order = {"orderId": order_id(track), "providerNumber": track, "clientNumber": order_number}
    return {"orderInfo": {**ORDER, **order}, "status": {**WAITS, **status}}


def order_id(track: str) -> int:
    return int.from_bytes(track.encode()) % 10**9


def apiship(parcels: Sequence[Parcel]) -> Site:
    """ApiShip, when it knows these parcels."""
    rows = {order_id(parcel.track_number): row(parcel) for parcel in parcels if parcel.told}

    def answer(request: httpx.Request) -> httpx.Response:
        if request.headers["authorization"] != API_TOKEN:
            return httpx.Response(401, json={"message": "Unauthorized"})
        _, version, *path = request.url.path.split("/")
        assert version == "v1"
        if path[:3] == ["orders", "statuses", "date"]:
            since = datetime.fromisoformat(path[3])
            assert since.tzinfo is not None
            changed = [
                one for one in rows.values() if datetime.fromisoformat(one["status"]["created"]) >= since
            ]
            return httpx.Response(200, json=changed)
        assert (request.method, path) == ("POST", ["orders", "statuses"])
        ids = json.loads(request.read())["orderIds"]
        assert len(ids) <= 100
        failed = [{"orderId": one, "message": "not found"} for one in ids if one not in rows]
        found = [rows[one] for one in ids if one in rows]
        return httpx.Response(200, json={"succeedOrders": found, "failedOrders": failed})

    return answer


class TestAsked(CourierContract):
    provider = "apiship"
    secrets: ClassVar[Mapping[str, str]] = {"api_token": API_TOKEN}
    other_settings: ClassVar[Mapping[str, object]] = {"token": TOKEN, "every": "5m"}
    calls_us = True
    host = "api.apiship.ru"
    path = ASKED
    sample = content()
    events: ClassVar[tuple[AnyEvent, ...]] = (moved(),)
    broken = content()[:-20]
    wrong_encoding: ClassVar[Mapping[str, bytes]] = {"no UTF-8": content().replace(b"1001A", b"\xff\xfe")}
    field_names = ("orderInfo", "status", "succeedOrders", "failedOrders", *ORDER, *WAITS)
    waiting = "readyForRecipient"
    in_transit = "onWay"
    delivered = "delivered"
    tells_history = False
    per_minute = 60

    def site(self, parcels: Sequence[Parcel]) -> Site:
        return apiship(parcels)


DAY = (
    News(timedelta(minutes=5), "A1", "onPointIn"),
    News(timedelta(minutes=5), "A2", "onWay"),
    News(timedelta(minutes=6), "A3", "delivering"),
    News(timedelta(minutes=7), "A4", "readyForRecipient"),
    News(timedelta(hours=1), "A1", "unknown"),
    News(timedelta(hours=2), "A1", "onPointOut"),
    News(timedelta(hours=3), "A1", "readyForRecipient"),
    News(timedelta(hours=3), "A2", "readyForRecipient"),
    News(timedelta(hours=3), "A3", "returnedFromDelivery", "Никого нет дома"),
    News(timedelta(hours=4), "A4", "returnReady"),
    News(timedelta(hours=5), "A2", "delivered"),
    News(timedelta(hours=5), "A4", "returning"),
    News(timedelta(hours=5), "A5", "lost"),
    News(timedelta(hours=6), "A6", "partialReturn"),
)
OUTCOMES = {
    "A1": Outcome("arrived-in-pickup-point", messages=1),
    "A2": Outcome("complete", messages=1, is_sure=False),
    "A3": Outcome("send-to-delivery", tasks=1),
    "A4": Outcome("return", messages=1, is_sure=False, tasks=1),
    "A5": Outcome("send-to-delivery", tasks=1),
    "A6": Outcome("send-to-delivery", tasks=1),
}


class TestDay(PolledCourierDay):
    """No webhook comes at all: it is asked what changed."""

    contract = TestAsked()
    day = DAY
    outcomes: ClassVar[Mapping[str, Outcome]] = OUTCOMES


class AnnouncedWorld(CourierWorld):
    """ApiShip also calls us."""

    def start(self) -> None:
        super().start()
        settings = {"token": TOKEN, "api_token": API_TOKEN}
        self.gate = Gate({SOURCE: Source(SOURCE, "apiship", settings)}, self.engine.work.put)

    def announce(self, webhook: Webhook) -> None:
        reply = self.gate.receive(replace(webhook, received_at=self.now))
        assert reply.status == 200

    def hint(self, track: str) -> Webhook:
        """A webhook with no more in it than the order."""
        order = {"orderId": order_id(track), "clientNumber": self.numbers[track]}
        return posted(json.dumps({"orderInfo": order}).encode())

    def full(self, track: str, told: Told) -> Webhook:
        """A webhook with the status."""
        return posted(json.dumps(row_of(track, self.numbers[track], told)).encode())


@pytest.fixture
def world(tmp_path: Path) -> Iterator[AnnouncedWorld]:
    with closing(AnnouncedWorld(tmp_path, TestAsked(), None, changes_every="7d")) as world:
        world.ask()
        yield world


def paths(world: CourierWorld) -> Counter[str]:
    return Counter(request.url.path.removeprefix("/v1/orders/").split("/date/")[0] for request in world.asked)


class TestAnnounced:
    """With so long between two questions what changed that only webhooks can tell."""

    def test_a_hint_is_enough(self, world: AnnouncedWorld) -> None:
        track = "A1"
        world.send(track)
        world.tell(track, "readyForRecipient")
        world.ask_for(minutes=10)
        assert world.messages == []
        world.announce(world.hint(track))
        world.ask_for(minutes=30)
        assert world.status_of(track) == "arrived-in-pickup-point"
        assert len(world.messages) == 1

    def test_what_a_webhook_says_does_not_count(self, world: AnnouncedWorld) -> None:
        track = "A1"
        world.send(track)
        world.tell(track, "onWay")
        world.announce(world.full(track, Told("delivered", world.now)))
        world.ask_for(minutes=30)
        assert world.status_of(track) == "delivering"

    def test_a_status_that_is_known_is_not_asked_for_again(self, world: AnnouncedWorld) -> None:
        track = "A1"
        world.send(track)
        world.tell(track, "readyForRecipient")
        world.announce(world.full(track, world.told[track][0]))
        world.work()
        before = len(world.asked)
        world.ask_for(minutes=30)
        assert len(world.asked) == before + 1

    def test_an_order_of_somebody_else_is_no_trouble(self, world: AnnouncedWorld) -> None:
        world.numbers["B1"] = "1"
        world.announce(world.hint("B1"))
        world.ask_for(minutes=30)
        assert world.alerts == []
        assert 0 < paths(world)["statuses"] <= 6

    def test_a_parcel_without_any_number_is_nobodys(self, world: AnnouncedWorld) -> None:
        """Not that of an order that has no track number either."""
        order_id = world.make_order(an_order(""))
        told = Told("delivered", world.now)
        nameless = row_of("", "", told)
        world.site = lambda _: httpx.Response(200, json={"succeedOrders": [nameless], "failedOrders": []})
        world.announce(posted(json.dumps(nameless).encode()))
        world.ask_for(minutes=30)
        (order,) = [order for order in world.orders if order["id"] == order_id]
        assert order["status"] == "send-to-delivery"
        assert [entry.reason for entry in world.entries(Status.PARKED)] == ["order-not-found"]

    def test_one_request_asks_about_a_hundred(self, world: AnnouncedWorld) -> None:
        tracks = [f"T{number:03}" for number in range(250)]
        for track in tracks:
            world.numbers[track] = track
            world.tell(track, "onWay")
            world.announce(world.full(track, world.told[track][0]))
        world.work()
        before = len(world.asked)
        world.application.checks.run(f"poll-{SOURCE}")
        assert len(world.asked) == before + 3


class TestAnnouncedDay(CourierDay):
    day = DAY
    outcomes: ClassVar[Mapping[str, Outcome]] = OUTCOMES

    @pytest.mark.parametrize("seed", SHUFFLES)
    def test_webhooks_are_doubled_too_late_out_of_order_or_lost(self, tmp_path: Path, seed: int) -> None:
        """Some in short and some in full: the end is the same."""
        chance = random.Random(seed)  # noqa: S311 -- no secret, but the same again
        with closing(AnnouncedWorld(tmp_path, TestAsked())) as world:
            world.numbers.update(self._send(world))
            world.ask()
            told = [(self.begins + news.after, news) for news in self.day]
            sent = [
                (at + timedelta(minutes=chance.randint(0, 300)), self._webhook(world, news, chance))
                for at, news in [*told, *told]
                if chance.random() < SHARE_THAT_COMES
            ]
            while world.now < self.begins + timedelta(hours=12):
                before, world.now = world.now, world.now + world.every
                for at, news in told:
                    if before <= at < world.now:
                        world.tell(news.track, news.code, at)
                for at, webhook in sent:
                    if before <= at < world.now:
                        world.announce(webhook)
                world.ask()
            self._check(world, world.numbers, in_order=True)
            assert world.alerts == []

    def _webhook(self, world: AnnouncedWorld, news: News, chance: random.Random) -> Webhook:
        told = Told(news.code, self.begins + news.after)
        return world.full(news.track, told) if chance.random() < HALF else world.hint(news.track)


def test_a_day_of_thousands_of_parcels_costs_few_requests() -> None:
    """5,000 parcels of which each changes twice a day, each time with two webhooks."""
    tracks = [f"T{number:04}" for number in range(5000)]
    chance = random.Random(1)  # noqa: S311 -- no secret, but the same again
    day = timedelta(days=1)
    changes = sorted((NOON + day * chance.random(), chance.choice(tracks)) for _ in range(10_000))
    moments: list[datetime] = []
    rows: dict[int, Mapping[str, Any]] = {}
    known: set[str] = set()
    state: dict[str, Any] = {}
    now = NOON

    def site(request: httpx.Request) -> httpx.Response:
        moments.append(now)
        if request.method == "GET":
            return httpx.Response(200, json=[])
        ids = json.loads(request.read())["orderIds"]
        return httpx.Response(200, json={"succeedOrders": [rows[one] for one in ids], "failedOrders": []})

    settings = Settings.model_validate({"provider": "apiship", "token": TOKEN, "api_token": API_TOKEN})
    asks = poller(settings, ZONE, httpx.MockTransport(site))
    heard: list[Webhook] = []
    while now < NOON + day:
        now += asks.every
        for at, track in [one for one in changes if now - asks.every <= one[0] < now]:
            rows[order_id(track)] = told = row_of(track, track, Told("onWay", at))
            heard[:0] = [replace(posted(json.dumps(told).encode()), received_at=at)] * 2
        asking = Asking(
            since=now - asks.overlap,
            until=now,
            heard=lambda: iter(heard),
            is_known=known.__contains__,
            recall=lambda: state,
            remember=state.update,
        )
        for page in asks.pages(asking):
            known.update(record.dedup_id for record in page)
    assert len(moments) <= 24 * 30
    assert most_in_a_minute(moments) <= 1
