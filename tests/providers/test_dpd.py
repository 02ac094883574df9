"""DPD: the contract suite of a courier that is asked, confirmations, and what states mean."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, suppress
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any, ClassVar
from xml.sax.saxutils import escape
from zoneinfo import ZoneInfo

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.entry import Status
from chalicelib.errors import Refused, Unreachable, Unreadable
from chalicelib.events import AnyEvent, ParcelMoved, ParcelReason, ParcelStatus
from chalicelib.gate.envelope import Envelope
from chalicelib.providers.dpd.poll import MOST_DOCUMENTS, Dpd
from chalicelib.providers.dpd.read import STATES, Settings, read
from chalicelib.providers.polling import Asking, Record
from chalicelib.providers.reading import Reading
from chalicelib.providers.soap import elements
from tests.courier_days import News, Outcome, PolledCourierDay

from .contract import NOON, SOURCE, Door, a_webhook, read_or_refused
from .courier_contract import DELIVERY, CourierContract, CourierWorld, Parcel
from .polled_contract import Site

MOSCOW = ZoneInfo("Europe/Moscow")
NUMBER = "1000000000"
KEY = "DEMO<&KEY"
STATE: Mapping[str, object] = {
    "clientOrderNr": "1001A",
    "dpdOrderNr": "RU000000001",
    "dpdParcelNr": "10000000001",
    "isReturn": "false",
    "newState": "OnTerminalDelivery",
    "transitionTime": "2026-05-14T09:20:00",
    "terminalCity": "Тверь",
}
ANSWER = (
    "<?xml version='1.0' encoding='UTF-8'?>"
    '<S:Envelope xmlns:S="http://schemas.xmlsoap.org/soap/envelope/"><S:Body>'
    '<ns2:{name}Response xmlns:ns2="http://dpd.ru/ws/tracing/2011-11-18">{content}</ns2:{name}Response>'
    "</S:Body></S:Envelope>"
)
FAULT = (
    '<S:Envelope xmlns:S="http://schemas.xmlsoap.org/soap/envelope/"><S:Body><S:Fault>'
    "<faultcode>S:Server</faultcode><faultstring>{text}</faultstring>"
    "<detail><WSFault><code>access-denied</code></WSFault></detail></S:Fault></S:Body></S:Envelope>"
)


def content(**changes: object) -> bytes:
    return json.dumps({**STATE, **changes}, ensure_ascii=False).encode()


def settings(**changes: object) -> Settings:
    own = {"provider": "dpd", "client_number": NUMBER, "client_key": KEY, "pickup_delivery_types": [DELIVERY]}
    return Settings.model_validate({**own, **changes})


def reading(pickup: Sequence[str] = (DELIVERY,), **changes: object) -> Reading:
    return read(a_webhook(content(**changes)), settings(pickup_delivery_types=pickup), MOSCOW)


def moved(pickup: Sequence[str] = (DELIVERY,), **changes: object) -> ParcelMoved:
    (event,) = reading(pickup, **changes).events
    assert isinstance(event, ParcelMoved)
    return event


def only(request: httpx.Request, name: str) -> str:
    (element,) = elements(request.content, {name})
    return element.text or ""


def document(number: int, states: Sequence[Mapping[str, str]], *, is_last: bool) -> str:
    rows = "".join(
        f"<states>{''.join(f'<{name}>{escape(text)}</{name}>' for name, text in state.items())}</states>"
        for state in states
    )
    return (
        f"<return><docId>{number}</docId><docDate>2026-11-20T12:00:00</docDate><clientNumber>{NUMBER}</clientNumber>"
        f"<resultComplete>{'true' if is_last else 'false'}</resultComplete>{rows}</return>"
    )


class Account:
    """DPD's side of a contract: what was confirmed is not told again."""

    at_once = 4

    def __init__(self) -> None:
        self.confirmed: set[tuple[str, ...]] = set()
        self.told: dict[int, list[tuple[str, ...]]] = {}

    def begin(self) -> None:
        self.confirmed.clear()
        self.told.clear()

    def answer(self, request: httpx.Request, parcels: Sequence[Parcel]) -> httpx.Response:
        assert (request.method, request.url.path) == ("POST", "/services/tracing")
        if (only(request, "clientNumber"), only(request, "clientKey")) != (NUMBER, KEY):
            return httpx.Response(500, text=FAULT.format(text=escape(request.content.decode())))
        if b"confirm>" in request.content:
            number = int(only(request, "docId"))
            self.confirmed.update(self.told[number])
            return httpx.Response(200, text=ANSWER.format(name="confirm", content="<return/>"))
        new = [
            (parcel.track_number, parcel.order_number, told.code, told.at.isoformat(), told.reason)
            for parcel in parcels
            for told in parcel.told
        ]
        new = [state for state in new if state not in self.confirmed]
        number = len(self.told) + 1
        self.told[number] = list(new[: self.at_once])
        rows = [row(*state) for state in new[: self.at_once]]
        answer = document(number, rows, is_last=len(new) <= self.at_once)
        return httpx.Response(200, text=ANSWER.format(name="getStatesByClient", content=answer))


def row(track: str, order: str, code: str, at: str, reason: str) -> Mapping[str, str]:
    name, is_return, _ = code.partition("<")
    told = {
        "clientOrderNr": order,
        "dpdOrderNr": track,
        "dpdParcelNr": f"1{track}",
        "pickupDate": "2026-11-19",
        "isReturn": "true" if is_return else "false",
        "newState": name,
        "transitionTime": f"{datetime.fromisoformat(at).astimezone(MOSCOW):%Y-%m-%dT%H:%M:%S}",
        "terminalCode": "TVR",
        "terminalCity": "Тверь",
        "incidentName": reason,
        "consignee": "Иванов И.И.",
    }
    return {name: text for name, text in told.items() if text}


ACCOUNT = Account()


@pytest.fixture(autouse=True)
def _nothing_is_confirmed() -> None:
    ACCOUNT.begin()


class TestContract(CourierContract):
    provider = "dpd"
    secrets: ClassVar[Mapping[str, str]] = {"client_number": NUMBER, "client_key": KEY}
    other_settings: ClassVar[Mapping[str, object]] = {"pickup_delivery_types": [DELIVERY]}
    host = "ws.dpd.ru"
    sample = content()
    samples = (
        content(newState="Delivered", isReturn="true"),
        content(newState="Problem", incidentName="Отказ получателя"),
    )
    events: ClassVar[tuple[AnyEvent, ...]] = (
        ParcelMoved(
            parcel_id="RU000000001",
            track_number="RU000000001",
            order_number="1001A",
            status=ParcelStatus.WAITING,
            code="OnTerminalDelivery",
            # The suite reads it in Tomsk's zone.
            at=datetime(2026, 5, 14, 2, 20, tzinfo=UTC),
            city="Тверь",
            collected_with=(DELIVERY,),
        ),
    )
    broken = content()[:-20]
    wrong_encoding: ClassVar[Mapping[str, bytes]] = {
        "cp1251": content().decode().encode("cp1251"),
        "no UTF-8": content().replace(b"1001A", b"\xff\xfe"),
    }
    field_names = tuple(STATE)
    waiting = "OnTerminalDelivery"
    in_transit = "OnRoad"
    delivered = "Delivered"
    per_minute = 60

    def site(self, parcels: Sequence[Parcel]) -> Site:
        return lambda request: ACCOUNT.answer(request, parcels)


class TestDay(PolledCourierDay):
    contract = TestContract()
    day = (
        *(News(timedelta(minutes=5), f"RU{number}", "OnTerminalPickup") for number in range(1, 7)),
        News(timedelta(hours=1), "RU1", "OnRoad"),
        News(timedelta(hours=4), "RU1", "OnTerminal"),
        News(timedelta(hours=8), "RU1", "OnTerminalDelivery"),
        News(timedelta(hours=2), "RU2", "OnTerminalDelivery"),
        News(timedelta(hours=9), "RU2", "Delivered"),
        # It goes back, and is delivered: to the shop.
        News(timedelta(hours=2), "RU3", "OnTerminalDelivery"),
        News(timedelta(hours=4), "RU3", "OnRoad<"),
        News(timedelta(hours=7), "RU3", "OnTerminalDelivery<"),
        News(timedelta(hours=9), "RU3", "Delivered<"),
        News(timedelta(hours=3), "RU4", "Delivering"),
        News(timedelta(hours=5), "RU4", "ReturnedFromDelivery", "Получатель отсутствует"),
        News(timedelta(hours=3), "RU5", "Lost"),
        News(timedelta(hours=3), "RU6", "Teleported"),
    )
    outcomes: ClassVar[Mapping[str, Outcome]] = {
        "RU1": Outcome("arrived-in-pickup-point", messages=1),
        "RU2": Outcome("complete", messages=1, is_sure=False),
        "RU3": Outcome("return", messages=1, is_sure=False, tasks=1),
        "RU4": Outcome("delivering", tasks=1),
        "RU5": Outcome("delivering", tasks=1),
        "RU6": Outcome("delivering"),
    }


class TestStates:
    @pytest.mark.parametrize(("name", "status"), STATES.items())
    def test_each_state_has_its_meaning(self, name: str, status: ParcelStatus) -> None:
        assert moved(newState=name).status is status

    @pytest.mark.parametrize(
        ("name", "status"),
        [
            ("OnTerminalDelivery", ParcelStatus.RETURNING),
            ("OnRoad", ParcelStatus.RETURNING),
            ("NewOrderByDPD", ParcelStatus.RETURNING),
            ("Delivering", ParcelStatus.RETURNING),
            ("ReturnedFromDelivery", ParcelStatus.RETURNING),
            ("Delivered", ParcelStatus.RETURNED),
            ("Lost", ParcelStatus.LOST),
            ("Problem", ParcelStatus.PROBLEM),
        ],
    )
    def test_on_the_way_back_a_state_has_another_meaning(self, name: str, status: ParcelStatus) -> None:
        back = moved(newState=name, isReturn="true")
        assert (back.status, back.code) == (status, f"{name} (return)")
        assert back.collected_with is None

    def test_a_return_that_is_cancelled_cancels_no_parcel(self) -> None:
        assert reading(newState="NotDone", isReturn="true") == Reading(note="return-cancelled")

    def test_the_senders_terminal_is_no_pickup_point(self) -> None:
        assert moved(newState="OnTerminalPickup").status is ParcelStatus.IN_TRANSIT

    def test_where_no_client_collects_a_terminal_is_a_stage(self) -> None:
        arrived = moved(pickup=())
        assert (arrived.status, arrived.collected_with) == (ParcelStatus.IN_CITY, None)
        assert moved(pickup=("b", "a")).collected_with == ("a", "b")

    def test_boxes_of_one_shipment_are_one_parcel(self) -> None:
        assert moved(dpdParcelNr="1").parcel_id == moved(dpdParcelNr="2").parcel_id == "RU000000001"
        assert moved(dpdOrderNr=None).parcel_id == "1001A"

    def test_a_state_of_no_parcel_is_quarantined(self) -> None:
        with pytest.raises(Unreadable, match="unexpected-content"):
            reading(dpdOrderNr=None, dpdParcelNr=None, clientOrderNr=None)

    def test_a_name_that_is_no_word_is_quarantined(self) -> None:
        with pytest.raises(Unreadable, match="newState"):
            reading(newState="+7 916 000-00-01")

    def test_why_stands_in_dpds_words(self) -> None:
        problem = moved(newState="Problem", incidentName="Отказ получателя")
        assert (problem.reason, problem.reason_words) == (None, "Отказ получателя")
        assert moved(newState="Lost").reason is ParcelReason.LOST
        assert moved(newState="OnRoad", incidentName="Отправлено").reason_words == ""

    def test_times_are_moscows(self) -> None:
        assert moved().at == datetime(2026, 5, 14, 6, 20, tzinfo=UTC)

    @pytest.mark.parametrize("time", ["", "soon", "1926-05-14T09:20:00"])
    def test_a_time_that_cannot_be_read_is_quarantined(self, time: str) -> None:
        with pytest.raises(Unreadable, match="unexpected-content"):
            reading(transitionTime=time)

    def test_a_state_of_the_future_is_quarantined(self) -> None:
        with pytest.raises(Unreadable, match="future"):
            reading(transitionTime=f"{NOON + timedelta(days=31):%Y-%m-%dT%H:%M:%S}")


@pytest.fixture
def world(tmp_path: Path) -> Iterator[CourierWorld]:
    with closing(CourierWorld(tmp_path, TestContract())) as world:
        yield world


def is_confirmation(request: httpx.Request) -> bool:
    return b"confirm>" in request.content


class TestConfirmations:
    def test_what_is_confirmed_is_durable(self, world: CourierWorld) -> None:
        world.send("RU1")
        world.ask()
        world.tell("RU1", "OnTerminalDelivery", world.now + timedelta(minutes=1))
        well = world.site
        durable: list[int] = []

        def looking(request: httpx.Request) -> httpx.Response:
            if is_confirmation(request):
                durable.append(world.engine.work.depth().messages)
            return well(request)

        world.site = looking
        world.now += timedelta(minutes=10)
        world.ask()
        assert durable == [1]

    def test_what_could_not_be_confirmed_comes_again_and_is_known(self, world: CourierWorld) -> None:
        world.send("RU1")
        world.ask()
        world.tell("RU1", "OnTerminalDelivery", world.now + timedelta(minutes=1))
        well = world.site
        world.site = lambda request: httpx.Response(503) if is_confirmation(request) else well(request)
        world.ask_for(hours=2)
        assert len(world.messages) == 1
        assert len(world.alerts) == 1
        world.site = well
        world.restart()
        world.ask_for(hours=1)
        assert len(world.messages) == 1
        assert [entry.status for entry in world.entries() if entry.source == SOURCE] == [Status.DONE]
        assert world.alerts[-1].startswith("Снова в порядке")

    def test_nothing_new_is_not_confirmed(self, world: CourierWorld) -> None:
        world.ask_for(hours=1)
        assert not any(map(is_confirmation, world.asked))
        assert all(later - at >= timedelta(minutes=5) for at, later in pairwise(world.asked_at))

    def test_who_only_looks_confirms_nothing(self, world: CourierWorld) -> None:
        world.send("RU1")
        world.ask()
        for number in range(10):
            world.tell("RU1", "OnRoad", world.now + timedelta(minutes=number))
        world.now += timedelta(minutes=10)
        before = len(world.asked)
        report = world.application.checks.run(f"poll-{SOURCE}", dry_run=True)
        assert len(report.seen) == 1 + Account.at_once
        assert len(world.asked) == before + 1
        assert not any(map(is_confirmation, world.asked))

    def test_what_happened_long_before_it_is_told_is_taken(self, world: CourierWorld) -> None:
        world.send("RU1")
        world.ask()
        world.site = lambda _: httpx.Response(503)
        world.tell("RU1", "Delivered", world.now + timedelta(days=1))
        world.ask_for(hours=1)
        world.now += timedelta(days=20)
        world.site = world.well
        world.ask_for(minutes=30)
        assert world.status_of("RU1") == "complete"

    def test_a_fault_tells_its_code_and_no_key(self, tmp_path: Path) -> None:
        with closing(CourierWorld(tmp_path, TestContract(), None, client_key="guessed-key")) as world:
            world.ask_for(hours=1)
            assert "access-denied" in world.alerts[0]
            assert "guessed-key" not in world.alerts[0]

    def test_an_answer_without_a_list_is_trouble(self, world: CourierWorld) -> None:
        world.site = lambda _: httpx.Response(200, text="<html></html>")
        world.ask_for(hours=1)
        assert "no list of states" in world.alerts[0]

    def test_who_received_a_parcel_is_not_kept(self, world: CourierWorld) -> None:
        world.send("RU1")
        world.ask()
        world.tell("RU1", "Delivered", world.now + timedelta(minutes=1))
        world.ask_for(minutes=30)
        (entry,) = [entry for entry in world.entries() if entry.source == SOURCE]
        envelope = world.engine.journal.envelope(entry.id)
        assert envelope is not None
        assert "Иванов" not in envelope.webhook.body.decode()


def test_a_parcel_that_is_brought_does_not_wait_for_its_client(tmp_path: Path) -> None:
    with closing(CourierWorld(tmp_path, TestContract(), None, pickup_delivery_types=["self"])) as world:
        world.send("RU1")
        world.ask()
        world.tell("RU1", "OnTerminalDelivery", world.now + timedelta(minutes=1))
        world.ask_for(minutes=30)
        assert world.status_of("RU1") == "delivering"
        assert world.messages == []
        assert world.entries(Status.PARKED) == []


def asking(**changes: Any) -> Asking:
    return Asking(NOON, NOON, heard=lambda: iter(()), is_known=lambda _: False, **changes)


def test_states_of_five_thousand_parcels_are_two_requests_for_each_list() -> None:
    requests: list[httpx.Request] = []
    lists = 5

    def answer(request: httpx.Request) -> httpx.Response:
        requests.append(request)
        if is_confirmation(request):
            return httpx.Response(200, text=ANSWER.format(name="confirm", content="<return/>"))
        number = len(requests) // 2
        rows = [row(f"RU{number}-{each}", "", "OnRoad", NOON.isoformat(), "") for each in range(1000)]
        answer = document(number + 1, rows, is_last=number == lists - 1)
        return httpx.Response(200, text=ANSWER.format(name="getStatesByClient", content=answer))

    pages = list(Dpd(settings(), MOSCOW, httpx.MockTransport(answer)).pages(asking()))
    assert [len(page) for page in pages] == [1000] * lists
    assert [is_confirmation(request) for request in requests] == [False, True] * lists


def test_a_list_that_never_ends_ends_the_round() -> None:
    def answer(_: httpx.Request) -> httpx.Response:
        states = [row("RU1", "", "OnRoad", NOON.isoformat(), "")]
        return httpx.Response(200, text=ANSWER.format(name="x", content=document(1, states, is_last=False)))

    pages = Dpd(settings(), MOSCOW, httpx.MockTransport(answer)).pages(asking())
    assert len(list(pages)) == MOST_DOCUMENTS


TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=12)


@given(
    st.lists(
        st.dictionaries(
            st.sampled_from([*STATE, "consignee", "pickupDate"]),
            st.sampled_from(["true", "Delivered", "2026-05-14T09:20:00", "", "9" * 400]) | TEXTS,
        ),
        max_size=4,
    ),
    st.sampled_from(["1", "", "x", "9" * 30]),
)
def test_whatever_stands_in_an_answer_becomes_records_or_trouble(
    states: list[dict[str, str]], number: str
) -> None:
    body = document(1, states, is_last=True).replace("<docId>1<", f"<docId>{number}<")
    transport = httpx.MockTransport(lambda _: httpx.Response(200, text=ANSWER.format(name="x", content=body)))
    records: list[Record] = []
    with suppress(Refused, Unreachable):
        for page in Dpd(settings(), MOSCOW, transport).pages(asking()):
            records += page
    for record in records:
        webhook = a_webhook(record.content)
        door = Door("dpd", TestContract().source_settings)
        assert read_or_refused(door, Envelope.seal(webhook, record.dedup_id, record.group))
