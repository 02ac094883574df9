"""Yandex Delivery is asked: other-day requests day by day, express claims by their journal."""

import json
import random
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chalicelib.entry import Status
from chalicelib.errors import LeadkeeperError, Refused, Unreachable
from chalicelib.events import AnyEvent
from chalicelib.gate.envelope import Envelope
from chalicelib.gate.gate import Gate
from chalicelib.gate.provider import Source
from chalicelib.ladder_memory import LadderMemory, Stay, pickup_key
from chalicelib.providers.polling import Asking, Record
from chalicelib.providers.yandexdelivery.poll import YandexDelivery, poller
from chalicelib.providers.yandexdelivery.read import REQUEST, Settings
from tests.courier_days import News, Outcome, PolledCourierDay
from tests.crowd import most_in_a_minute
from tests.world import MORNING

from .contract import NOON, SOURCE, ZONE, Door, a_webhook, contents, read_or_refused
from .courier_contract import CourierContract, CourierWorld, Parcel, Told
from .polled_contract import Site
from .test_yandexdelivery import API_TOKEN, TOKEN, in_the_query, moved, request

OTHER_DAY, EXPRESS = "b2b-authproxy.taxi.yandex.net", "b2b.taxi.yandex.net"
PHONE = "+79529999999"
KEPT_FOR = timedelta(days=7)


def stamp(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def state(told: Told) -> Mapping[str, Any]:
    return {"status": told.code, "description": "…", "timestamp_utc": stamp(told.at), "reason": told.reason}


def row(parcel: Parcel) -> Mapping[str, Any]:
    """A request as Yandex lists it, with its newest status."""
    newest = max(parcel.told, key=lambda one: one.at)
    return {
        "request_id": f"{parcel.track_number}-udp",
        "courier_order_id": parcel.track_number,
        "request": {
            "info": {"operator_request_id": parcel.order_number},
            "recipient_info": {"first_name": "Василий", "phone": PHONE},
        },
        "state": state(newest),
    }


def made_at(track: str) -> datetime:
    """When a request was made: each on another day."""
    return MORNING - timedelta(days=1 + int.from_bytes(track.encode()) % 50, hours=1)


def other_day(parcels: Sequence[Parcel]) -> Site:
    """Yandex, when it knows these requests."""
    known = {f"{parcel.track_number}-udp": parcel for parcel in parcels if parcel.told}

    def answer(question: httpx.Request) -> httpx.Response:
        if question.headers["authorization"] != f"Bearer {API_TOKEN}":
            return httpx.Response(401, json={"code": "unauthorized"})
        if question.url.path == "/api/b2b/platform/requests/info":
            span = json.loads(question.read())
            begin, end = (datetime.fromisoformat(span[name]) for name in ("from", "to"))
            assert end - begin <= timedelta(days=1)
            found = [one for one in known.values() if begin <= made_at(one.track_number) < end]
            return httpx.Response(200, json={"requests": [row(one) for one in found]})
        parcel = known.get(question.url.params["request_id"])
        if parcel is None:
            return httpx.Response(404, json={"code": "not_found"})
        told = sorted(parcel.told, key=lambda one: one.at)
        if question.url.path == "/api/b2b/platform/request/history":
            return httpx.Response(200, json={"state_history": [state(one) for one in told]})
        assert question.url.path == "/api/b2b/platform/request/actual_info"
        until = stamp(told[-1].at + KEPT_FOR)
        return httpx.Response(200, json={"destination_storage_expiration_date": until})

    return answer


class TestOtherDay(CourierContract):
    provider = "yandexdelivery"
    secrets: ClassVar[Mapping[str, str]] = {"api_token": API_TOKEN}
    other_settings: ClassVar[Mapping[str, object]] = {
        "services": ["other-day"],
        "every": "10m",
        "days_per_round": 20,
    }
    calls_us = True
    host = OTHER_DAY
    path = REQUEST
    sample = request()
    events: ClassVar[tuple[AnyEvent, ...]] = (moved(request()),)
    broken = request()[:-20]
    wrong_encoding: ClassVar[Mapping[str, bytes]] = {"no UTF-8": request().replace(b"1001A", b"\xff\xfe")}
    field_names = (
        *("requests", "request_id", "courier_order_id", "order_number", "state", "keep_until", "request"),
        *("info", "operator_request_id", "status", "timestamp", "timestamp_utc", "reason", "state_history"),
    )
    waiting = "DELIVERY_ARRIVED_PICKUP_POINT"
    in_transit = "DELIVERY_TRANSPORTATION"
    delivered = "DELIVERY_DELIVERED"
    tells_history = False
    per_minute = 300

    def site(self, parcels: Sequence[Parcel]) -> Site:
        return other_day(parcels)


class TestOtherDayDay(PolledCourierDay):
    contract = TestOtherDay()
    day = (
        News(timedelta(minutes=5), "Y1", "DELIVERY_TRACK_RECIEVED"),
        News(timedelta(minutes=5), "Y2", "DELIVERY_TRANSPORTATION"),
        News(timedelta(minutes=6), "Y3", "DELIVERY_TRANSPORTATION_RECIPIENT"),
        News(timedelta(minutes=7), "Y4", "DELIVERY_ARRIVED_PICKUP_POINT"),
        News(timedelta(hours=1), "Y1", "SORTING_CENTER_AT_START"),
        News(timedelta(hours=2), "Y1", "DELIVERY_ARRIVED_PICKUP_POINT"),
        News(timedelta(hours=2, minutes=5), "Y1", "CONFIRMATION_CODE_RECEIVED"),
        News(timedelta(hours=2), "Y2", "DELIVERY_ARRIVED_PICKUP_POINT"),
        News(timedelta(hours=2), "Y3", "DELIVERY_ATTEMPT_FAILED"),
        News(timedelta(hours=2, minutes=5), "Y3", "DELIVERY_DATE_UPDATED_BY_RECIPIENT"),
        News(timedelta(hours=3), "Y2", "DELIVERY_STORAGE_PERIOD_EXTENDED"),
        News(timedelta(hours=2), "Y7", "DELIVERY_ARRIVED_PICKUP_POINT"),
        News(timedelta(hours=4), "Y2", "DELIVERY_TRANSMITTED_TO_RECIPIENT"),
        News(timedelta(hours=4), "Y4", "SORTING_CENTER_RETURN_PREPARING"),
        News(timedelta(hours=5), "Y2", "DELIVERY_DELIVERED"),
        News(timedelta(hours=5), "Y4", "RETURN_READY_FOR_PICKUP"),
        News(timedelta(hours=5), "Y5", "PARTICULARLY_DELIVERED"),
        News(timedelta(hours=5), "Y7", "DELIVERY_STORAGE_PERIOD_EXPIRED"),
        News(timedelta(hours=6), "Y6", "CANCELLED", "SHOP_CANCELLED"),
    )
    outcomes: ClassVar[Mapping[str, Outcome]] = {
        "Y1": Outcome("arrived-in-pickup-point", messages=1),
        "Y2": Outcome("complete", messages=1, is_sure=False),
        "Y3": Outcome("delivering", tasks=1),
        "Y4": Outcome("return", messages=1, is_sure=False, tasks=1),
        "Y5": Outcome("send-to-delivery", tasks=1),
        "Y6": Outcome("send-to-delivery"),
        "Y7": Outcome("arrived-in-pickup-point", messages=1, tasks=1),
    }


@pytest.fixture
def world(tmp_path: Path) -> Iterator[CourierWorld]:
    with closing(CourierWorld(tmp_path, TestOtherDay())) as world:
        world.ask()
        yield world


def asked(world: CourierWorld) -> Counter[str]:
    return Counter(question.url.path.rsplit("/", 1)[1] for question in world.asked)


def stay(world: CourierWorld, track: str) -> Stay:
    order = world.order(world.numbers[track])
    document = world.engine.documents.get(pickup_key(order["id"]))
    (stay,) = LadderMemory.model_validate(document.content).stays
    return stay


class TestTerm:
    def test_it_is_asked_for_once_and_again_when_it_is_extended(self, world: CourierWorld) -> None:
        world.send("Y1")
        arrived = world.now
        world.tell("Y1", "DELIVERY_ARRIVED_PICKUP_POINT")
        world.ask_for(hours=3)
        assert asked(world)["actual_info"] == 1
        assert stay(world, "Y1").keep_until == arrived + KEPT_FOR
        extended = world.now
        world.tell("Y1", "DELIVERY_STORAGE_PERIOD_EXTENDED")
        world.ask_for(hours=3)
        assert asked(world)["actual_info"] == 2
        assert stay(world, "Y1").keep_until == extended + KEPT_FOR
        assert stay(world, "Y1").arrived_at == arrived
        assert len(world.messages) == 1

    def test_the_client_hears_of_a_parcel_of_which_yandex_knows_no_term(self, world: CourierWorld) -> None:
        world.site = self.without_details(world, httpx.Response(404, json={"code": "not_found"}))
        world.send("Y1")
        world.tell("Y1", "DELIVERY_ARRIVED_PICKUP_POINT")
        world.ask_for(hours=1)
        assert len(world.messages) == 1
        assert stay(world, "Y1").keep_until is None
        assert world.alerts == []

    def test_trouble_with_the_term_delays_the_arrival_by_two_hours_at_most(self, world: CourierWorld) -> None:
        world.site = self.without_details(world, httpx.Response(503))
        for track in ("Y1", "Y2"):
            world.send(track)
        world.tell("Y1", "DELIVERY_ARRIVED_PICKUP_POINT")
        world.tell("Y2", "DELIVERY_TRANSPORTATION")
        world.ask_for(hours=1)
        assert world.status_of("Y2") == "delivering"
        assert world.messages == []
        world.ask_for(hours=2)
        assert len(world.messages) == 1

    def without_details(self, world: CourierWorld, response: httpx.Response) -> Site:
        def site(question: httpx.Request) -> httpx.Response:
            return world.well(question) if question.url.path.endswith("requests/info") else response

        return site


def test_a_note_hides_no_arrival(world: CourierWorld) -> None:
    world.send("Y1")
    world.tell("Y1", "DELIVERY_ARRIVED_PICKUP_POINT")
    world.tell("Y1", "DELIVERY_TIME_INTERVALS_UPDATED", world.now + timedelta(seconds=30))
    world.ask_for(hours=2)
    assert world.status_of("Y1") == "arrived-in-pickup-point"
    assert len(world.messages) == 1
    assert asked(world)["history"] == 1


def test_what_happened_while_we_were_away_for_days_is_not_lost(world: CourierWorld) -> None:
    """Everything has its turn only after some rounds, and each of them brings us nearer to now."""
    tracks = [f"Y{number}" for number in range(1, 20)]
    for track in tracks:
        world.send(track)
        world.tell(track, "DELIVERY_ARRIVED_PICKUP_POINT", world.now + timedelta(hours=12))
    world.now += timedelta(days=4)
    world.ask_for(hours=2)
    assert {world.status_of(track) for track in tracks} == {"arrived-in-pickup-point"}


def test_nothing_of_the_client_is_kept(world: CourierWorld) -> None:
    world.send("Y1")
    world.tell("Y1", "DELIVERY_TRANSPORTATION")
    world.ask_for(hours=1)
    entry = next(entry for entry in world.entries() if entry.source == SOURCE)
    envelope = world.engine.journal.envelope(entry.id)
    assert envelope is not None
    assert PHONE not in envelope.webhook.body.decode()


def asks(*services: str, site: Site, **more: object) -> YandexDelivery:
    own = {"provider": "yandexdelivery", "api_token": API_TOKEN, "services": services, **more}
    return poller(Settings.model_validate(own), ZONE, httpx.MockTransport(site))


def asking(now: datetime, memory: dict[str, Any], known: set[str] | None = None) -> Asking:
    return Asking(
        since=now - timedelta(days=1),
        until=now,
        heard=lambda: iter(()),
        is_known=(set() if known is None else known).__contains__,
        recall=lambda: dict(memory),
        remember=memory.update,
    )


def test_each_round_goes_on_where_the_last_one_ended_and_begins_anew_at_the_end() -> None:
    begins: list[datetime] = []

    def site(question: httpx.Request) -> httpx.Response:
        begins.append(datetime.fromisoformat(json.loads(question.read())["from"]))
        return httpx.Response(200, json={"requests": []})

    memory: dict[str, Any] = {}
    it = asks("other-day", site=site, follow_for="6d")
    for _ in range(3):
        assert list(it.pages(asking(NOON, memory)))
    oldest = NOON - timedelta(days=6)
    expected = [oldest + timedelta(days=number) for number in (0, 1, 2, 3, 4, 5, 0, 1, 2, 3)]
    assert begins == expected


def test_a_page_that_was_not_taken_is_asked_for_again() -> None:
    memory: dict[str, Any] = {}
    it = asks("other-day", site=other_day([]))
    next(iter(it.pages(asking(NOON, memory))))
    assert memory == {}, "killed before the page was durable"


def test_a_day_of_thousands_of_parcels_costs_few_requests() -> None:
    """5,000 requests of 50 days, of which each changes twice in the day and a third begins to wait."""
    chance = random.Random(1)  # noqa: S311 -- no secret, but the same again
    day = timedelta(days=1)
    tracks = [f"T{number:04}" for number in range(5000)]
    told = {track: [Told("DELIVERY_AT_START", NOON - day)] for track in tracks}
    for number, track in enumerate(tracks):
        second = "DELIVERY_ARRIVED_PICKUP_POINT" if number % 3 == 0 else "DELIVERY_TRANSPORTATION"
        moments = sorted(NOON + day * chance.random() for _ in range(2))
        told[track] += [Told("DELIVERY_AT_START_SORT", moments[0]), Told(second, moments[1])]
    moments_asked: list[datetime] = []
    by_day: dict[str, list[str]] = {}
    for track in tracks:
        by_day.setdefault(f"{made_at(track):%Y-%m-%d}", []).append(track)
    now = NOON
    details = 0

    def site(question: httpx.Request) -> httpx.Response:
        nonlocal details
        moments_asked.append(now)
        if question.method == "GET":
            details += 1
            return httpx.Response(200, json={})
        asked_day = json.loads(question.read())["from"][:10]
        rows = [
            row(Parcel(track, track, [one for one in told[track] if one.at <= now]))
            for track in by_day.get(asked_day, [])
        ]
        return httpx.Response(200, json={"requests": rows})

    it = asks("other-day", site=site)
    memory: dict[str, Any] = {}
    known: set[str] = set()
    while now < NOON + day:
        now += it.every
        for page in it.pages(asking(now, memory, known)):
            known.update(record.dedup_id for record in page)
    arrivals = sum(1 for track in tracks if told[track][-1].code == "DELIVERY_ARRIVED_PICKUP_POINT")
    assert arrivals * 0.9 < details <= arrivals, "each term once"
    assert len(moments_asked) - details <= 720 * 4
    assert most_in_a_minute(moments_asked) <= 4 + 200


# Express


def claim(parcel: Parcel) -> Mapping[str, Any]:
    newest = max(parcel.told, key=lambda one: one.at)
    points = [
        {"type": "source", "external_order_id": "0"},
        {"type": "destination", "external_order_id": parcel.order_number, "contact": {"phone": PHONE}},
        {"type": "return", "external_order_id": "0"},
    ]
    return {
        "id": parcel.track_number,
        "status": newest.code,
        "updated_ts": newest.at.isoformat(),
        "route_points": points,
    }


def express(parcels: Sequence[Parcel]) -> Site:
    """Yandex, when it knows these claims; its journal is in the order in which it was told."""
    known = {parcel.track_number: parcel for parcel in parcels if parcel.told}
    told = sorted(
        ((one, parcel.track_number) for parcel in parcels for one in parcel.told), key=lambda pair: pair[0].at
    )
    journal = [
        {
            "operation_id": number,
            "claim_id": claim_id,
            "change_type": "status_changed",
            "updated_ts": one.at.isoformat(),
            "new_status": one.code,
            "revision": number,
        }
        for number, (one, claim_id) in enumerate(told)
    ]

    def answer(question: httpx.Request) -> httpx.Response:
        if question.headers["authorization"] != f"Bearer {API_TOKEN}":
            return httpx.Response(401, json={"code": "unauthorized"})
        path = question.url.path.removeprefix("/b2b/cargo/integration/v2/claims/")
        assert question.method == "POST"
        if path == "journal":
            begin = int(json.loads(question.read()).get("cursor", "0"))
            page = journal[begin : begin + 1000]
            return httpx.Response(200, json={"cursor": str(begin + len(page)), "events": page})
        assert path == "info"
        parcel = known.get(question.url.params["claim_id"])
        return httpx.Response(200, json=claim(parcel)) if parcel else httpx.Response(404, json={})

    return answer


class Express(TestOtherDay):
    """As a world needs it. No claim ever waits at a point, so the suite does not fit."""

    __test__ = False
    other_settings: ClassVar[Mapping[str, object]] = {"services": ["express"], "token": TOKEN}
    host = EXPRESS

    def site(self, parcels: Sequence[Parcel]) -> Site:
        return express(parcels)


class TestExpressDay(PolledCourierDay):
    contract = Express()
    day = (
        News(timedelta(minutes=5), "E1", "new"),
        News(timedelta(minutes=6), "E1", "accepted"),
        News(timedelta(minutes=7), "E2", "accepted"),
        News(timedelta(minutes=10), "E1", "pickuped"),
        News(timedelta(minutes=30), "E1", "delivery_arrived"),
        News(timedelta(minutes=40), "E1", "delivered"),
        News(timedelta(minutes=41), "E1", "delivered_finish"),
        News(timedelta(minutes=50), "E2", "pickuped"),
        News(timedelta(minutes=55), "E2", "returning"),
        News(timedelta(minutes=58), "E3", "performer_not_found"),
        News(timedelta(minutes=59), "E4", "cancelled_by_taxi"),
        News(timedelta(hours=2), "E2", "returned_finish"),
    )
    outcomes: ClassVar[Mapping[str, Outcome]] = {
        "E1": Outcome("complete"),
        "E2": Outcome("return", tasks=1),
        "E3": Outcome("send-to-delivery", tasks=1),
        "E4": Outcome("send-to-delivery"),
    }


class ExpressWorld(CourierWorld):
    """Yandex also calls us."""

    def start(self) -> None:
        super().start()
        own = {"token": TOKEN, "api_token": API_TOKEN, "services": ["express"]}
        self.gate = Gate({SOURCE: Source(SOURCE, "yandexdelivery", own)}, self.engine.work.put)

    def call(self, claim_id: str, at: datetime) -> None:  # type: ignore[override]  # here a courier calls
        query = f"claim_id={claim_id}&updated_ts={stamp(at)}".encode()
        reply = self.gate.receive(replace(in_the_query(query), received_at=self.now))
        assert reply.status == 200
        self.work()

    def without_journal(self, question: httpx.Request) -> httpx.Response:
        """It lags behind."""
        if question.url.path.endswith("journal"):
            return httpx.Response(200, json={"cursor": "0", "events": []})
        return self.well(question)


@pytest.fixture
def express_world(tmp_path: Path) -> Iterator[ExpressWorld]:
    with closing(ExpressWorld(tmp_path, Express())) as world:
        world.ask()
        yield world


class TestExpress:
    def test_the_journal_is_read_on_from_where_it_was_read(self, express_world: ExpressWorld) -> None:
        world = express_world
        world.send("E1")
        world.tell("E1", "pickuped")
        world.ask_for(minutes=4)
        world.tell("E1", "delivered")
        world.ask_for(minutes=4)
        world.restart()
        before = len(world.asked)
        world.ask_for(minutes=20)
        cursors = {json.loads(question.read())["cursor"] for question in world.asked[before:]}
        assert cursors == {"2"}
        assert world.status_of("E1") == "complete"

    def test_what_was_before_the_first_round_is_skipped_without_a_question(self, tmp_path: Path) -> None:
        with closing(ExpressWorld(tmp_path, Express())) as world:
            for number in range(3000):
                world.tell(f"old{number}", "delivered", world.now - timedelta(days=2, seconds=number))
            world.ask()
            assert asked(world) == {"journal": 4}
            assert world.entries() == []

    def test_a_call_is_enough_while_the_journal_lags(self, express_world: ExpressWorld) -> None:
        world = express_world
        world.site = world.without_journal
        world.send("E1")
        world.tell("E1", "delivered")
        world.call("E1", world.now)
        world.ask_for(minutes=4)
        assert world.status_of("E1") == "complete"
        world.site = world.well
        world.ask_for(minutes=20)
        told = [entry for entry in world.entries(Status.DONE) if entry.source == SOURCE]
        assert len(told) == 1, "the journal tells the same"

    def test_a_call_about_nobodys_claim_is_no_trouble(self, express_world: ExpressWorld) -> None:
        express_world.call("guessed", express_world.now)
        express_world.ask_for(minutes=20)
        assert express_world.alerts == []
        assert asked(express_world)["info"] <= 3

    def test_a_claim_that_cannot_be_asked_about_stops_the_journal_for_two_hours(
        self, express_world: ExpressWorld
    ) -> None:
        world = express_world

        def site(question: httpx.Request) -> httpx.Response:
            if question.url.path.endswith("info") and question.url.params["claim_id"] == "E1":
                return httpx.Response(500)
            return world.well(question)

        world.site = site
        for track in ("E1", "E2"):
            world.send(track)
            world.tell(track, "delivered")
            world.now += timedelta(minutes=1)
        world.ask_for(hours=1)
        assert len(world.alerts) == 1
        world.ask_for(hours=1, minutes=10)
        assert world.status_of("E2") == "complete"
        # Yandex did not say whose claim it is, but its id may stand in the order.
        assert world.status_of("E1") == "complete"

    @pytest.mark.parametrize(
        "response",
        [
            httpx.Response(503),
            httpx.Response(401),
            httpx.Response(302, headers={"location": "https://elsewhere.example"}),
            httpx.Response(200, json=[]),
            httpx.Response(200, json={"events": []}),
            httpx.Response(200, json={"cursor": "1", "events": {}}),
            httpx.ConnectError("no"),
        ],
        ids=str,
    )
    def test_when_it_is_down_that_is_told_and_nothing_is_lost(
        self, express_world: ExpressWorld, response: httpx.Response | Exception
    ) -> None:
        def down(_: httpx.Request) -> httpx.Response:
            if isinstance(response, Exception):
                raise response
            return response

        world = express_world
        world.site = down
        world.send("E1")
        world.tell("E1", "delivered")
        world.ask_for(minutes=10)
        (told,) = world.alerts
        with pytest.raises(LeadkeeperError) as caught:
            world.application.checks.run(f"poll-{SOURCE}", dry_run=True)
        assert API_TOKEN not in f"{told} {caught.value}"
        world.site = world.well
        world.ask_for(minutes=4)
        assert world.status_of("E1") == "complete"
        assert world.alerts[-1].startswith("Снова в порядке")

    @settings(suppress_health_check=[HealthCheck.differing_executors], deadline=None)
    @given(data=st.data())
    def test_whatever_it_answers_becomes_records_or_trouble(self, data: st.DataObject) -> None:
        names = st.sampled_from(
            ("cursor", "events", "claim_id", "change_type", "new_status", "updated_ts", "route_points")
        )
        values = st.recursive(
            st.none() | st.integers() | st.text(max_size=10) | st.just(NOON.isoformat()),
            lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=6),
            max_leaves=10,
        )
        journal = {"cursor": "1", "events": data.draw(st.lists(values, max_size=3))}
        content = data.draw(contents(names) | st.just(json.dumps(journal).encode()))
        it = asks("express", site=lambda _: httpx.Response(200, content=content))
        records: list[Record] = []
        try:
            records += [record for page in it.pages(asking(NOON, {})) for record in page]
        except (Refused, Unreachable):
            return
        for record in records:
            envelope = Envelope.seal(
                a_webhook(record.content, path=record.path), record.dedup_id, record.group
            )
            own = {"api_token": API_TOKEN, "services": ["express"]}
            assert read_or_refused(Door("yandexdelivery", own), envelope)


def test_trouble_with_one_service_keeps_the_others_news_not_back() -> None:
    def site(question: httpx.Request) -> httpx.Response:
        if question.url.host == OTHER_DAY:
            return httpx.Response(503)
        return express([Parcel("E1", "1001A", [Told("delivered", NOON)])])(question)

    it = asks("other-day", "express", site=site)
    records: list[Record] = []
    with suppress(Unreachable):
        for page in it.pages(asking(NOON, {})):
            records += page
        pytest.fail("the trouble was not told")
    assert [record.dedup_id for record in records] == ["claim:E1:delivered"]


def test_thousands_of_express_claims_in_a_day_cost_few_requests() -> None:
    """5,000 claims of 8 changes within an hour each: the most in a minute stay few."""
    chance = random.Random(1)  # noqa: S311 -- no secret, but the same again
    codes = ("new", "accepted", "performer_found", "pickuped", "delivery_arrived", "delivered")
    parcels = []
    for number in range(5000):
        begin = NOON + timedelta(seconds=86_400 * chance.random())
        told = [Told(code, begin + timedelta(minutes=9 * step)) for step, code in enumerate(codes)]
        parcels.append(Parcel(f"E{number}", f"{number}A", told))
    events = sorted(
        ((one.at, parcel, one) for parcel in parcels for one in parcel.told), key=lambda one: one[0]
    )
    by_id = {parcel.track_number: parcel for parcel in parcels}
    moments: list[datetime] = []
    now = NOON

    def site(question: httpx.Request) -> httpx.Response:
        moments.append(now)
        if question.url.path.endswith("info"):
            return httpx.Response(200, json=claim(by_id[question.url.params["claim_id"]]))
        begin = int(json.loads(question.read()).get("cursor", "0"))
        page = [event for event in events[begin : begin + 1000] if event[0] <= now]
        changes = [
            {
                "claim_id": parcel.track_number,
                "change_type": "status_changed",
                "new_status": one.code,
                "updated_ts": one.at.isoformat(),
            }
            for _, parcel, one in page
        ]
        return httpx.Response(200, json={"cursor": str(begin + len(page)), "events": changes})

    it = asks("express", site=site)
    memory: dict[str, Any] = {}
    known: set[str] = set()
    while now < NOON + timedelta(hours=25):
        now += it.every
        for page in it.pages(asking(now, memory, known)):
            known.update(record.dedup_id for record in page)
    assert len(known) == 5000 * len(codes)
    assert len(moments) <= 5000 * len(codes) + 2 * 25 * 30
    assert most_in_a_minute(moments) <= 200
