"""The contract suite of a courier that is asked: what it promises when it asks and when it reads.

A provider's test module derives ``TestContract`` from ``CourierContract`` and supplies the vectors. Parcels
go the whole way: from the CRM's orders to a pretend courier, and what it tells through the check, the queue
and the pipeline back to the orders and their clients.
"""

import json
import logging
from abc import abstractmethod
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chalicelib.entry import Status
from chalicelib.errors import LeadkeeperError, Refused, Unreachable
from chalicelib.gate.envelope import Envelope
from chalicelib.providers.couriers import FollowsParcels
from chalicelib.providers.polling import Asking, Followed, Record
from tests.crowd import Crowd, most_in_a_minute
from tests.world import MORNING, World, example_shop

from .contract import NOON, SOURCE, Door, a_webhook, contents, read_or_refused
from .polled_contract import AskedContract, Site

DELIVERY = "courier"
"""The CRM's code of the way of delivery whose parcels are the courier's."""

PHONE = "+79165550001"


@dataclass(frozen=True)
class Told:
    """A status that the courier tells from now on: its code, when it was set, and why, if it has reasons."""

    code: str
    at: datetime
    reason: str = ""


@dataclass(frozen=True)
class Parcel:
    """A parcel as the pretend courier knows it; its statuses in any order."""

    track_number: str
    order_number: str
    told: Sequence[Told]


class CourierWorld(World):
    """A shop with one courier that is asked, and the courier behind it."""

    def __init__(
        self,
        folder: Path,
        contract: "CourierContract",
        rules: Mapping[str, object] | None = None,
        **settings: object,
    ) -> None:
        self.contract = contract
        self.told: dict[str, list[Told]] = {}
        self.numbers: dict[str, str] = {}
        self.site: Site = self.well
        self.asked: list[httpx.Request] = []
        self.asked_at: list[datetime] = []
        source = {"provider": contract.provider, **contract.source_settings, **settings}
        super().__init__(folder, example_shop(sources={SOURCE: source}, rules=rules or {}))

    def well(self, request: httpx.Request) -> httpx.Response:
        """The courier with what it tells now."""
        parcels = [Parcel(track, self.numbers.get(track, ""), told) for track, told in self.told.items()]
        return self.contract.site(parcels)(request)

    def network(self) -> httpx.BaseTransport:
        return _Both(self, super().network())

    def sleep(self, seconds: float) -> None:
        """Here the time passes: the limits of the courier hold by it."""
        super().sleep(seconds)
        self.now += timedelta(seconds=seconds)

    def send(self, track: str) -> str:
        """A parcel of a new order is on its way; the order's number."""
        order_id = self.make_order(an_order(track))
        number = next(str(order["number"]) for order in self.orders if order["id"] == order_id)
        self.numbers[track] = number
        return number

    def tell(self, track: str, code: str, at: datetime | None = None) -> None:
        """The courier tells this from now on."""
        self.told.setdefault(track, []).append(Told(code, at or self.now))

    def ask(self) -> None:
        """As the host does it each time, and then the work."""
        self.application.checks.run(f"poll-{SOURCE}")
        self.work()

    def ask_for(self, **span: float) -> None:
        """Let time pass, and ask as often as the source is asked."""
        until = self.now + timedelta(**span)
        while self.now < until:
            self.now += self.every
            self.ask()

    @property
    def every(self) -> timedelta:
        """How often the source is asked."""
        return self.application.checks.checks[f"poll-{SOURCE}"].every

    def status_of(self, track: str) -> str:
        """The order's status in the CRM."""
        return str(self.order(self.numbers[track])["status"])


def an_order(track: str, phone: str = PHONE) -> dict[str, Any]:
    """An order whose parcel has this track number; empty for none yet."""
    delivery = {"code": DELIVERY, **({"data": {"trackNumber": track}} if track else {})}
    return {"phone": phone, "status": "send-to-delivery", "delivery": delivery}


class _Both(httpx.BaseTransport):
    """The sandbox, and the courier."""

    def __init__(self, world: CourierWorld, sandbox: httpx.BaseTransport) -> None:
        self._world = world
        self._sandbox = sandbox

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        if request.url.host != self._world.contract.host:
            return self._sandbox.handle_request(request)
        self._world.asked.append(request)
        self._world.asked_at.append(self._world.now)
        return self._world.site(request)


class CourierContract(AskedContract):
    """Derive ``TestContract`` from it. ``other_settings`` holds ``delivery_types = [DELIVERY]``."""

    waiting: ClassVar[str]
    """The courier's code for: it waits for the client."""

    in_transit: ClassVar[str]
    delivered: ClassVar[str]

    unknown: ClassVar[str] = "teleported"
    """A code that nobody knows."""

    tells_history: ClassVar[bool] = True
    """Whether it tells earlier statuses, too, not the present one alone."""

    follows: ClassVar[bool] = False
    """Whether it is asked about each parcel; else it tells what changed in the whole account."""

    per_minute: ClassVar[int]
    """How many requests the courier takes in a minute, as its documentation or its settings say."""

    turns_within: ClassVar[timedelta] = timedelta(hours=6)
    """In which each of thousands of parcels has two turns."""

    def track_number(self, number: int) -> str:
        """A track number such as the courier's; each number has another one."""
        return f"TRACK{number:08}"

    @property
    def track_numbers(self) -> Sequence[str]:
        return [self.track_number(number) for number in range(3)]

    @abstractmethod
    def site(self, parcels: Sequence[Parcel]) -> Site:
        """The courier, when it knows these parcels. It must refuse whoever does not know the secrets."""

    @pytest.fixture
    def world(self, tmp_path: Path) -> Iterator[CourierWorld]:
        with closing(CourierWorld(tmp_path, self)) as world:
            yield world

    def test_a_parcel_goes_its_way_and_its_client_hears_once(self, world: CourierWorld) -> None:
        track = self.track_numbers[0]
        world.send(track)
        world.ask()
        world.tell(track, self.in_transit, world.now + timedelta(minutes=1))
        world.ask_for(hours=4)
        assert world.status_of(track) == "delivering"
        assert world.messages == []
        world.tell(track, self.waiting)
        world.ask_for(hours=4)
        assert world.status_of(track) == "arrived-in-pickup-point"
        (message,) = world.messages
        assert message["to"] == PHONE
        world.restart()
        world.ask_for(hours=12)
        world.tell(track, self.delivered)
        world.told[track].reverse()
        world.ask_for(hours=4)
        assert world.status_of(track) == "complete"
        assert len(world.messages) == 1
        assert world.alerts == []

    def test_a_track_number_that_appears_later_is_picked_up(self, world: CourierWorld) -> None:
        track = self.track_numbers[0]
        order_id = world.make_order(an_order(""))
        world.numbers[track] = str(world.orders[0]["number"])
        world.ask()
        world.tell(track, self.waiting, world.now + timedelta(hours=1))
        if self.follows:
            world.ask_for(hours=4)
            assert world.messages == []
        world.edit_order(order_id, {"delivery": {"code": DELIVERY, "data": {"trackNumber": track}}})
        world.ask_for(hours=4)
        assert len(world.messages) == 1

    def test_what_was_before_the_first_round_is_known_but_nobody_is_told(self, world: CourierWorld) -> None:
        track = self.track_numbers[0]
        world.send(track)
        world.tell(track, self.in_transit, world.now - timedelta(days=2))
        world.tell(track, self.waiting, world.now - timedelta(days=1))
        world.ask()
        world.ask_for(hours=4)
        assert world.messages == []
        assert world.tasks == []
        if self.follows:
            assert world.status_of(track) == "arrived-in-pickup-point"

    def test_a_status_that_nobody_knows_is_noted(self, world: CourierWorld) -> None:
        track = self.track_numbers[0]
        world.send(track)
        world.ask()
        world.tell(track, self.unknown, world.now + timedelta(minutes=1))
        world.tell(track, self.waiting, world.now + timedelta(minutes=2))
        world.ask_for(hours=4)
        assert len(world.messages) == 1
        if not self.tells_history:
            return
        (ignored,) = world.entries(Status.IGNORED)
        assert self.unknown.lower() in ignored.reason.lower()

    def test_a_parcel_that_the_courier_does_not_know_is_no_trouble(self, world: CourierWorld) -> None:
        for track in self.track_numbers[:2]:
            world.send(track)
        world.ask()
        world.tell(self.track_numbers[0], self.waiting, world.now + timedelta(minutes=1))
        world.ask_for(hours=12)
        assert len(world.messages) == 1
        assert world.alerts == []
        assert world.entries(Status.QUARANTINED, Status.PARKED) == []

    @pytest.mark.parametrize(
        "response",
        [
            httpx.Response(503),
            httpx.Response(429),
            httpx.Response(401),
            httpx.Response(302, headers={"location": "https://elsewhere.example"}),
            httpx.Response(200, text="<html>"),
            httpx.ConnectError("no"),
        ],
        ids=str,
    )
    def test_a_courier_that_is_down_is_told_and_loses_nothing(
        self, world: CourierWorld, response: httpx.Response | Exception, caplog: pytest.LogCaptureFixture
    ) -> None:
        def down(_: httpx.Request) -> httpx.Response:
            if isinstance(response, Exception):
                raise response
            return response

        # The hosts silence httpx, whose lines hold whole addresses.
        caplog.set_level(logging.WARNING, "httpx")
        caplog.set_level(logging.DEBUG, "chalicelib")
        track = self.track_numbers[0]
        world.send(track)
        world.ask()
        world.site = down
        world.tell(track, self.waiting, world.now + timedelta(minutes=1))
        world.ask_for(hours=5)
        (told,) = world.alerts
        assert told.startswith(f"Сбой: источник {SOURCE} не отдаёт события")
        with pytest.raises(LeadkeeperError) as caught:
            world.application.checks.run(f"poll-{SOURCE}", dry_run=True)
        world.site = world.well
        world.ask_for(hours=4)
        assert len(world.messages) == 1
        assert world.alerts[-1].startswith("Снова в порядке")
        for secret in self.secrets.values():
            assert secret not in f"{told} {caught.value} {caplog.text}"

    def test_a_wrong_secret_is_told(self, tmp_path: Path) -> None:
        wrong = dict.fromkeys(self.secrets, "guessed")
        with closing(CourierWorld(tmp_path, self, None, **wrong)) as world:
            world.send(self.track_numbers[0])
            world.ask_for(hours=5)
            assert len(world.alerts) == 1

    def test_secrets_are_not_stored(self, world: CourierWorld) -> None:
        track = self.track_numbers[0]
        world.send(track)
        world.ask()
        world.tell(track, self.waiting, world.now + timedelta(minutes=1))
        world.ask_for(hours=4)
        entry = next(entry for entry in world.entries() if entry.source == SOURCE)
        envelope = world.engine.journal.envelope(entry.id)
        assert envelope is not None
        stored = envelope.to_json() + envelope.webhook.body.decode()
        assert not [secret for secret in self.secrets.values() if secret in stored]

    @settings(suppress_health_check=[HealthCheck.differing_executors], deadline=None)
    @given(data=st.data())
    def test_whatever_it_answers_becomes_records_or_trouble(self, data: st.DataObject) -> None:
        names = st.sampled_from(self.field_names) | st.text(max_size=10)
        content = data.draw(contents(names))
        parcels = [Followed(each, f"{each}A", track) for each, track in enumerate(self.track_numbers)]
        asking = Asking(
            NOON - timedelta(hours=1),
            NOON,
            heard=lambda: iter(()),
            is_known=lambda _: False,
            parcels=lambda: iter([parcels[each : each + self._at_once] for each in range(len(parcels))]),
        )
        records: list[Record] = []
        with suppress(Refused, Unreachable):
            poller = self.poller(lambda _: httpx.Response(200, content=content))
            records += [record for page in poller.pages(asking) for record in page]
        for record in records:
            json.loads(record.content)
            assert record.at is None or record.at.tzinfo is UTC
            envelope = Envelope.seal(
                a_webhook(record.content, path=record.path), record.dedup_id, record.group
            )
            assert read_or_refused(Door(self.provider, self.source_settings), envelope)

    @property
    def _at_once(self) -> int:
        poller = self.poller(lambda _: httpx.Response(200))
        return poller.following.parcels_per_request if isinstance(poller, FollowsParcels) else 1


class FollowingContract(CourierContract):
    """Of a courier that is asked about each parcel."""

    follows = True

    def test_nobody_asks_about_a_parcel_that_is_done(self, world: CourierWorld) -> None:
        track = self.track_numbers[0]
        world.send(track)
        world.ask()
        world.tell(track, self.delivered, world.now + timedelta(minutes=1))
        world.ask_for(hours=4)
        before = len(world.asked)
        assert before
        # A person says that it is not done, after all; the courier has nothing more to say about it.
        world.edit_order(world.orders[0]["id"], {"status": "delivering"})
        world.ask_for(hours=12)
        assert len(world.asked) == before

    def test_thousands_of_parcels_stay_within_the_limits(self) -> None:
        """Hours of 5,000 parcels: each has had its turn, and no minute had too many requests."""
        tracks = [self.track_number(number) for number in range(5000)]
        at = MORNING - timedelta(days=1)
        site = self.site(
            [Parcel(track, f"{number}A", [Told(self.in_transit, at)]) for number, track in enumerate(tracks)]
        )
        moments: list[datetime] = []

        def counted(request: httpx.Request) -> httpx.Response:
            moments.append(crowd.now)
            return site(request)

        crowd = Crowd(self.poller(counted), tracks)
        crowd.live(self.turns_within)
        assert most_in_a_minute(moments) <= self.per_minute
        turns = Counter(crowd.asked)
        assert len(turns) == len(tracks)
        assert min(turns.values()) >= 2
        assert crowd.crm.reads <= 36 * 50
