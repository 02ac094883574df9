"""Parcels of the CRM's orders are asked about until they are done, each in its turn, within the limits."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from chalicelib.alerts.incidents import Incidents
from chalicelib.bootstrap import texts_of
from chalicelib.checks.parcels import Parcels, Round
from chalicelib.checks.polling import Poll
from chalicelib.errors import Unreachable
from chalicelib.events import ParcelMoved, ParcelStatus
from chalicelib.gate.tickets import fingerprint
from chalicelib.parcel_memory import ParcelMemory, parcel_key
from chalicelib.poll_memory import PollMemory, poll_key, poller_state_key
from chalicelib.providers.couriers import Following, parcel_record
from chalicelib.providers.polling import Asking, Followed, Record
from tests.crashes import Crash, CrashingWorld, Steps
from tests.world import MORNING, World

SOURCE = "boxberry"
FOLLOWING = Following(
    delivery_types=frozenset({"boxberry"}),
    follow_for=timedelta(days=90),
    ask_often=timedelta(hours=1),
    ask_seldom=timedelta(hours=3),
    requests_per_minute=300,
    requests_per_round=1000,
    parcels_per_request=2,
)


@dataclass
class FakeCourier:
    """Tells where parcels are.

    Attributes:
        asked: the parcels that it was asked about.
        requests: how many requests that took.
        told: the moves that it tells of a parcel.
    """

    following: Following = FOLLOWING
    every: timedelta = timedelta(minutes=15)
    overlap: timedelta = timedelta()
    told: dict[str, list[tuple[str, datetime]]] = field(default_factory=dict)
    asked: list[Followed] = field(default_factory=list)
    requests: int = 0
    trouble_after: int | None = None
    confirmed: list[int] = field(default_factory=list)
    states: list[Mapping[str, Any]] = field(default_factory=list)

    def pages(self, asking: Asking) -> Iterator[Sequence[Record]]:
        self.states.append(dict(asking.recall()))
        for number, page in enumerate(asking.parcels()):
            if self.trouble_after is not None and number >= self.trouble_after:
                raise Unreachable("source-unreachable", "ConnectTimeout")
            self.requests += 1
            self.asked += page
            yield [record for parcel in page for record in self.records(parcel)]
            if not asking.only_looks:
                self.confirmed.append(self.requests)
                asking.remember({"requests": self.requests})

    def records(self, parcel: Followed) -> Iterator[Record]:
        for code, at in self.told.get(parcel.track_number, ()):
            content = json.dumps({"code": code, "at": at.isoformat()}).encode()
            yield parcel_record(parcel.track_number, code, at, content, parcel.order_number)

    @property
    def tracks(self) -> list[str]:
        return [parcel.track_number for parcel in self.asked]


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with closing(World(tmp_path)) as world:
        yield world


@pytest.fixture
def courier() -> FakeCourier:
    return FakeCourier()


def poll_of(world: World, courier: FakeCourier) -> Poll:
    incidents = Incidents(world.used.documents, world.used.notify, world.clock)
    parcels = Parcels(SOURCE, courier.following, world.shop, world.application.crm, world.used.documents)
    rounds = partial(Round, parcels, world.clock, world.sleep)
    return Poll(SOURCE, courier, world.used, incidents, texts_of(world.shop), rounds)


def ask(world: World, courier: FakeCourier) -> None:
    """As the runner does it, each time in a process that remembers nothing."""
    assert list(poll_of(world, courier).find(world.now)) == []


def ask_for(world: World, courier: FakeCourier, **span: float) -> None:
    until = world.now + timedelta(**span)
    while world.now < until:
        world.now += courier.every
        ask(world, courier)


def an_order(track: str, status: str = "delivering", delivery: str = "boxberry") -> dict[str, Any]:
    parcel = {"code": delivery, **({"data": {"trackNumber": track}} if track else {})}
    return {"phone": "+7 916 555-00-01", "status": status, "delivery": parcel}


def make_orders(world: World, number: int) -> None:
    world.make_orders([an_order(f"BX{each:05}") for each in range(number)])


def stands(world: World, track: str, status: ParcelStatus, at: datetime = MORNING) -> None:
    """The courier has told this before."""
    document = world.engine.documents.get(parcel_key(SOURCE, track))
    moved = ParcelMoved(parcel_id=track, track_number=track, status=status, code=status.value, at=at)
    memory = ParcelMemory.model_validate(document.content).moved(moved, "entry", at)
    world.engine.documents.put(replace(document, content=memory.content()))


def reached(world: World) -> datetime:
    return PollMemory.model_validate(world.engine.documents.get(poll_key(SOURCE)).content).asked_until


def waiting_ids(world: World) -> set[str]:
    ids = set()
    while (message := world.engine.work.receive()) is not None:
        ids.add(message.envelope.id)
        world.engine.work.done(message.receipt)
    return ids


def test_each_parcel_is_asked_about_in_its_turn(world: World, courier: FakeCourier) -> None:
    make_orders(world, 8)
    for number in range(4):
        stands(world, f"BX{number:05}", ParcelStatus.IN_TRANSIT)
    stands(world, "BX00004", ParcelStatus.WAITING)
    ask(world, courier)
    ask_for(world, courier, hours=12)
    asked = Counter(courier.tracks)
    assert [asked[f"BX{number:05}"] for number in range(8)] == [4] * 4 + [12] * 4
    assert reached(world) == world.now


def test_who_was_told_is_told_to_the_courier(world: World, courier: FakeCourier) -> None:
    world.make_orders([an_order("BX1"), an_order("BX2")])
    stands(world, "BX1", ParcelStatus.WAITING, MORNING - timedelta(days=1))
    ask(world, courier)
    ask_for(world, courier, hours=1)
    first, second = sorted(courier.asked, key=lambda parcel: parcel.track_number)
    order = next(order for order in world.orders if order["id"] == first.order_id)
    assert first.order_number == order["number"]
    assert first.status is ParcelStatus.WAITING
    assert first.since == first.heard_at == MORNING - timedelta(days=1)
    assert (second.status, second.since, second.heard_at) == (None, None, None)


def test_what_is_done_or_not_his_is_not_asked_about(world: World, courier: FakeCourier) -> None:
    world.make_orders(
        [
            an_order("DONE", status="complete"),
            an_order("CANCELLED", status="cancel-other"),
            an_order("CDEK", delivery="cdek"),
            an_order(""),
            *(an_order(status) for status in ("delivered", "partial", "returned", "cancelled", "lost")),
            an_order("returning", status="return"),
            an_order("here"),
            an_order("here"),
        ]
    )
    for status in ("delivered", "partial", "returned", "cancelled", "lost", "returning"):
        stands(world, status, ParcelStatus(status))
    ask(world, courier)
    ask_for(world, courier, hours=3)
    # The shop calls an order returned while its parcel still comes back.
    assert Counter(courier.tracks) == {"here": 3, "returning": 1}


def test_orders_of_long_ago_are_not_followed(world: World, courier: FakeCourier) -> None:
    make_orders(world, 2)
    world.later(days=89)
    ask(world, courier)
    ask_for(world, courier, hours=1)
    assert len(courier.asked) == 2
    world.later(days=2)
    ask_for(world, courier, hours=3)
    assert len(courier.asked) == 2


def test_a_track_number_that_appears_later_is_picked_up(world: World, courier: FakeCourier) -> None:
    order_id = world.make_order(an_order(""))
    ask(world, courier)
    ask_for(world, courier, hours=5)
    assert courier.asked == []
    world.edit_order(order_id, {"delivery": {"code": "boxberry", "data": {"trackNumber": "LATE"}}})
    ask_for(world, courier, hours=1)
    assert courier.tracks == ["LATE"]


def test_limits_hold_and_are_fair(world: World) -> None:
    limits = replace(FOLLOWING, parcels_per_request=1, requests_per_round=7)
    courier = FakeCourier(limits)
    make_orders(world, 60)
    ask(world, courier)
    for _ in range(60 * 4 // 7 + 1):
        world.now += courier.every
        before = courier.requests
        ask(world, courier)
        assert courier.requests - before <= 7
    # There is no way to ask about 60 parcels each hour; but each one has its turn.
    assert set(Counter(courier.tracks).values()) <= {3, 4, 5}
    assert len(set(courier.tracks)) == 60
    assert world.slept == pytest.approx(courier.requests * 60 / 300)


def test_a_long_round_ends_and_goes_on_in_the_next(world: World, courier: FakeCourier) -> None:
    make_orders(world, 40)
    ask(world, courier)
    world.later(hours=1)
    records = courier.records

    def slow(parcel: Followed) -> Iterator[Record]:
        world.later(seconds=10)
        return records(parcel)

    courier.records = slow  # type: ignore[method-assign]  # a slow courier
    ask(world, courier)
    assert courier.requests == 6
    for _ in range(6):
        ask(world, courier)
    assert len(set(courier.tracks)) == 40


def test_nobody_is_asked_who_was_heard_of_lately(world: World) -> None:
    courier = FakeCourier(replace(FOLLOWING, unheard_for=timedelta(hours=12)))
    world.make_order(an_order("BX1"))
    stands(world, "BX1", ParcelStatus.WAITING, MORNING)
    ask(world, courier)
    ask_for(world, courier, hours=11)
    assert courier.asked == []
    ask_for(world, courier, hours=2)
    assert courier.tracks == ["BX1"]


def test_the_crm_is_read_by_hundreds(world: World, courier: FakeCourier) -> None:
    make_orders(world, 250)
    ask(world, courier)
    ask_for(world, courier, hours=1)
    assert world.sandbox.requests["GET /api/v5/orders 200"] == 3 * 5


def test_news_of_before_are_known_but_only_the_last_one(world: World, courier: FakeCourier) -> None:
    world.make_order(an_order("BX1"))
    courier.told["BX1"] = [
        ("accepted", MORNING - timedelta(days=3)),
        ("arrived", MORNING - timedelta(days=1)),
        ("delivered", MORNING + timedelta(minutes=20)),
    ]
    ask(world, courier)
    ask_for(world, courier, hours=2)
    told = {fingerprint(SOURCE, f"BX1:{code}:{at.isoformat()}") for code, at in courier.told["BX1"][1:]}
    assert waiting_ids(world) == told


def test_trouble_keeps_what_is_not_dealt_with(world: World, courier: FakeCourier) -> None:
    make_orders(world, 10)
    ask(world, courier)
    world.later(hours=1)
    courier.trouble_after = 2
    ask(world, courier)
    assert len(courier.asked) == 4
    courier.trouble_after = None
    ask(world, courier)
    assert sorted(courier.tracks) == [f"BX{number:05}" for number in range(10)]


def test_trouble_with_the_crm_is_not_the_couriers(world: World, courier: FakeCourier) -> None:
    make_orders(world, 3)
    ask(world, courier)
    world.fault(target="retailcrm", kind="refuse")
    for _ in range(5):
        world.later(minutes=15)
        with pytest.raises(Unreachable):
            ask(world, courier)
    world.clear_faults()
    world.work()
    assert world.alerts == []
    ask(world, courier)
    assert len(courier.asked) == 3


def test_a_poller_remembers_what_it_needs(world: World, courier: FakeCourier) -> None:
    make_orders(world, 3)
    ask(world, courier)
    ask_for(world, courier, hours=1)
    ask(world, courier)
    assert courier.states[0] == {}
    assert courier.states[-1] == {"requests": courier.requests}


def test_who_only_looks_changes_nothing(world: World, courier: FakeCourier) -> None:
    make_orders(world, 3)
    ask(world, courier)
    world.later(hours=1)
    courier.told["BX00001"] = [("arrived", MORNING + timedelta(minutes=5))]
    assert poll_of(world, courier).look(world.now) == [
        "boxberry: answers",
        "BX00001:arrived:2026-11-20T04:05:00+00:00: 2026-11-20T04:05:00+00:00, new",
    ]
    assert courier.confirmed == []
    assert world.engine.documents.get(poller_state_key(SOURCE)).version == 0
    assert reached(world) == MORNING
    assert world.engine.work.depth().messages == 0


def test_killed_at_any_step_nothing_is_confirmed_that_is_not_kept(tmp_path: Path) -> None:
    """A courier that forgets what we confirm, such as DPD, loses nothing."""

    def hour(folder: Path, steps: Steps) -> tuple[CrashingWorld, FakeCourier]:
        folder.mkdir()
        world = CrashingWorld(folder, Steps())
        courier = FakeCourier()
        make_orders(world, 5)
        courier.told = {f"BX{number:05}": [("arrived", MORNING)] for number in range(5)}
        ask(world, courier)
        world.later(hours=1)
        world.steps = steps
        world.restart()
        return world, courier

    steps = Steps()
    world, courier = hour(tmp_path / "counted", steps)
    with closing(world):
        ask(world, courier)
    told = {fingerprint(SOURCE, f"BX{number:05}:arrived:{MORNING.isoformat()}") for number in range(5)}
    assert len(steps.names) > 20
    for moment, name in enumerate(steps.names):
        world, courier = hour(tmp_path / str(moment), Steps(moment))
        with closing(world):
            with pytest.raises(Crash):
                ask(world, courier)
            world.resume()
            kept = waiting_ids(world)
            confirmed = {parcel.track_number for parcel in courier.asked[: 2 * len(courier.confirmed)]}
            gone = {fingerprint(SOURCE, f"{track}:arrived:{MORNING.isoformat()}") for track in confirmed}
            assert gone <= kept, name
            ask(world, courier)
            assert kept | waiting_ids(world) == told, name
