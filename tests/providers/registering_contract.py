"""The contract suite of a service that must be told which parcels to follow: each of them once.

Orders go the whole way from the sandbox's CRM through the check to a pretend service. A provider's test
module derives ``TestRegistering`` from ``RegisteringContract``.
"""

import importlib
import json
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from typing import ClassVar

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chalicelib.entry import Status
from chalicelib.errors import LeadkeeperError
from chalicelib.events import ParcelMoved, ParcelReason, ParcelStatus
from chalicelib.gate.envelope import Envelope
from chalicelib.providers.polling import Poller, PollModule
from chalicelib.providers.reading import Reader
from chalicelib.providers.registering import REGISTRATION
from tests.crowd import Crowd, most_in_a_minute
from tests.world import World, example_shop

from .contract import NOON, SOURCE, ZONE, Door, a_webhook, contents, read_or_refused
from .courier_contract import an_order
from .polled_contract import Site

REFUSED = "This carrier is not known"
POLL = f"poll-{SOURCE}"


class Service:
    """What the pretend service knows.

    Attributes:
        followed: the order's number of each parcel that it follows, by track number.
        refuses: the track numbers that it takes for nonsense.
        registrations: how often it was told of each parcel.
    """

    def __init__(self) -> None:
        self.followed: dict[str, str] = {}
        self.refuses: set[str] = set()
        self.registrations: Counter[str] = Counter()
        self.requests = 0

    def told(self, track: str, order_number: str) -> str:
        """What it makes of a registration: ``accepted``, ``known`` or ``refused``."""
        self.registrations[track] += 1
        if track in self.refuses:
            return "refused"
        if track in self.followed:
            return "known"
        self.followed[track] = order_number
        return "accepted"


class ServiceWorld(World):
    """A shop with one such source, and the service behind it."""

    def __init__(self, folder: Path, contract: "RegisteringContract", **changes: object) -> None:
        self.contract = contract
        self.service = Service()
        self.site: Site = contract.site(self.service)
        source = {"provider": contract.provider, **contract.source_settings, **changes}
        super().__init__(folder, example_shop(sources={SOURCE: source}))

    def network(self) -> httpx.BaseTransport:
        sandbox = super().network()

        def answer(request: httpx.Request) -> httpx.Response:
            is_ours = request.url.host == self.contract.host
            return self.site(request) if is_ours else sandbox.handle_request(request)

        return httpx.MockTransport(answer)

    def send(self, track: str) -> str:
        """A parcel of a new order is on its way; the order's number."""
        order_id = self.make_order(an_order(track))
        return next(str(order["number"]) for order in self.orders if order["id"] == order_id)

    def ask_for(self, **span: float) -> None:
        """Let time pass, and ask as often as the source is asked."""
        until = self.now + timedelta(**span)
        while self.now < until:
            self.now += self.application.checks.checks[POLL].every
            self.application.checks.run(POLL)
            self.work()


class RegisteringContract(ABC):
    """What each such provider promises. The class variables are vectors."""

    provider: ClassVar[str]
    source_settings: ClassVar[Mapping[str, object]]
    """With ``delivery_types = [DELIVERY]``."""

    without_key: ClassVar[Mapping[str, object]]
    """What the settings become when something else registers the parcels."""

    wrong_key: ClassVar[Mapping[str, object]]
    """What they become when somebody guesses the key."""

    host: ClassVar[str]
    per_minute: ClassVar[int]
    """How many requests the service takes in a minute, as its documentation says."""

    @abstractmethod
    def site(self, service: Service) -> Site:
        """The pretend service. It must refuse whoever does not know the key."""

    @pytest.fixture
    def world(self, tmp_path: Path) -> Iterator[ServiceWorld]:
        with closing(ServiceWorld(tmp_path, self)) as world:
            yield world

    def test_each_parcel_is_registered_once_with_its_order(self, world: ServiceWorld) -> None:
        numbers = {track: world.send(track) for track in ("RA000000001RU", "RA000000002RU")}
        world.ask_for(hours=1)
        world.restart()
        numbers["RA000000003RU"] = world.send("RA000000003RU")
        world.ask_for(hours=6)
        assert world.service.followed == numbers
        assert set(world.service.registrations.values()) == {1}
        assert (world.messages, world.tasks, world.alerts) == ([], [], [])

    def test_a_lost_answer_is_asked_for_again(self, world: ServiceWorld) -> None:
        well = world.site

        def answers_into_the_void(request: httpx.Request) -> httpx.Response:
            well(request)
            raise httpx.ReadTimeout("lost")

        world.send("RA000000001RU")
        world.site = answers_into_the_void
        world.ask_for(minutes=40)
        world.site = well
        world.ask_for(hours=6)
        heard = world.service.registrations["RA000000001RU"]
        world.ask_for(hours=6)
        assert world.service.registrations["RA000000001RU"] == heard
        assert world.tasks == []

    def test_what_somebody_else_registered_is_no_trouble(self, world: ServiceWorld) -> None:
        world.service.followed["RA000000001RU"] = "elsewhere"
        world.send("RA000000001RU")
        world.ask_for(hours=6)
        assert world.service.registrations == {"RA000000001RU": 1}
        assert world.tasks == []

    def test_a_parcel_that_it_refuses_is_a_task_once(self, world: ServiceWorld) -> None:
        world.service.refuses.add("NONSENSE-1")
        world.send("NONSENSE-1")
        world.send("RA000000001RU")
        world.ask_for(hours=6)
        world.ask_for(days=2)
        (task,) = world.tasks
        assert "служба не приняла данные заказа" in task["text"]
        assert REFUSED in task["commentary"]
        assert list(world.service.followed) == ["RA000000001RU"]
        assert world.alerts == []

    def test_a_refusal_says_nothing_of_where_the_parcel_is(self) -> None:
        told = {"track_number": "NONSENSE-1", "order_number": "1001A", "refusal": "7", "words": REFUSED}
        envelope = Envelope.seal(a_webhook(json.dumps(told).encode(), path=REGISTRATION), "id", "")
        (event,) = Door(self.provider, self.source_settings).read(envelope).events
        assert event == ParcelMoved(
            parcel_id="NONSENSE-1",
            track_number="NONSENSE-1",
            order_number="1001A",
            status=ParcelStatus.PROBLEM,
            code="REGISTRATION 7",
            at=NOON,
            reason=ParcelReason.BAD_DATA,
            reason_words=REFUSED,
            keeps_status=True,
        )

    def test_a_parcel_that_it_refused_is_registered_once_it_can_be(self, world: ServiceWorld) -> None:
        world.service.refuses.add("RA000000001RU")
        world.send("RA000000001RU")
        world.ask_for(hours=6)
        world.service.refuses.clear()
        world.ask_for(days=2)
        assert list(world.service.followed) == ["RA000000001RU"]

    @pytest.mark.parametrize(
        "response",
        [
            httpx.Response(503),
            httpx.Response(429),
            httpx.Response(401),
            httpx.Response(302, headers={"location": "https://elsewhere.example"}),
            httpx.Response(200, text="<html>"),
            httpx.Response(200, json={"code": 0}),
            httpx.ConnectError("no"),
        ],
        ids=str,
    )
    def test_a_service_that_is_down_is_told_and_nothing_is_forgotten(
        self, world: ServiceWorld, response: httpx.Response | Exception
    ) -> None:
        def down(_: httpx.Request) -> httpx.Response:
            if isinstance(response, Exception):
                raise response
            return response

        well, world.site = world.site, down
        world.send("RA000000001RU")
        world.ask_for(hours=5)
        (told,) = world.alerts
        assert told.startswith(f"Сбой: источник {SOURCE}")
        assert world.tasks == []
        with pytest.raises(LeadkeeperError):
            world.application.checks.run(POLL, dry_run=True)
        world.site = well
        world.ask_for(hours=2)
        assert list(world.service.followed) == ["RA000000001RU"]
        assert world.alerts[-1].startswith("Снова в порядке")

    def test_a_wrong_key_is_told(self, tmp_path: Path) -> None:
        with closing(ServiceWorld(tmp_path, self, **self.wrong_key)) as world:
            world.send("RA000000001RU")
            world.ask_for(hours=5)
            assert len(world.alerts) == 1
            assert not world.service.followed

    def test_who_only_looks_registers_nothing(self, world: ServiceWorld) -> None:
        world.send("RA000000001RU")
        world.application.checks.run(POLL, dry_run=True)
        assert world.service.requests == 1
        assert not world.service.registrations

    def test_something_else_may_register_them(self, tmp_path: Path) -> None:
        with closing(ServiceWorld(tmp_path, self, **self.without_key)) as world:
            assert POLL not in world.application.checks.checks

    def test_a_registration_is_a_note_in_the_journal(self, world: ServiceWorld) -> None:
        world.send("RA000000001RU")
        world.ask_for(hours=1)
        (entry,) = world.entries(Status.IGNORED)
        assert entry.reason == "registered"

    def test_thousands_of_parcels_stay_within_the_limits(self) -> None:
        """6 hours of 5,000 parcels of which nothing is heard: each was registered once."""
        service = Service()
        site = self.site(service)
        moments: list[datetime] = []

        def counted(request: httpx.Request) -> httpx.Response:
            moments.append(crowd.now)
            return site(request)

        crowd = Crowd(self.poller(counted), [f"RA{number:09}RU" for number in range(5000)], is_heard=False)
        crowd.live(timedelta(hours=6))
        assert most_in_a_minute(moments) <= self.per_minute
        assert len(service.registrations) == 5000
        assert set(service.registrations.values()) == {1}

    # Each provider runs this under its own class, which hypothesis would otherwise take for a mistake.
    @settings(suppress_health_check=[HealthCheck.differing_executors], deadline=None)
    @given(data=st.data())
    def test_whatever_a_record_of_a_registration_holds_is_read_or_refused(self, data: st.DataObject) -> None:
        names = st.sampled_from(("track_number", "order_number", "refusal", "words"))
        envelope = Envelope.seal(a_webhook(data.draw(contents(names)), path=REGISTRATION), "id", "")
        assert read_or_refused(Door(self.provider, self.source_settings), envelope)

    def poller(self, site: Site) -> Poller:
        """What asks the pretend service."""
        reader: Reader = importlib.import_module(f"chalicelib.providers.{self.provider}.read")
        module: PollModule = importlib.import_module(f"chalicelib.providers.{self.provider}.poll")
        own = reader.Settings(provider=self.provider, **self.source_settings)
        poller = module.poller(own, ZONE, httpx.MockTransport(site))
        assert poller is not None
        return poller
