"""Russian Post: the contract suite of a courier that is asked, tickets, and what operations mean."""

import json
import random
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, suppress
from datetime import UTC, datetime, timedelta
from itertools import count, pairwise
from pathlib import Path
from typing import Any, ClassVar
from xml.sax.saxutils import escape, quoteattr
from zoneinfo import ZoneInfo

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.errors import Refused, Unreachable, Unreadable
from chalicelib.events import AnyEvent, ParcelMoved, ParcelReason, ParcelStatus
from chalicelib.gate.envelope import Envelope
from chalicelib.poll_memory import poller_state_key
from chalicelib.providers.polling import Asking, Followed, Record
from chalicelib.providers.reading import Reading
from chalicelib.providers.russianpost.history import steps_of
from chalicelib.providers.russianpost.operations import SAYS_NOTHING, STATUSES
from chalicelib.providers.russianpost.poll import RussianPost
from chalicelib.providers.russianpost.read import Settings, read
from chalicelib.providers.russianpost.tickets import barcode_of
from chalicelib.providers.soap import elements
from tests.courier_days import News, Outcome, PolledCourierDay
from tests.crowd import Crowd
from tests.world import MORNING

from .contract import NOON, SOURCE, Door, a_webhook, read_or_refused
from .courier_contract import DELIVERY, CourierWorld, FollowingContract, Parcel, Told
from .polled_contract import Site

MOSCOW = ZoneInfo("Europe/Moscow")
LOGIN = "demo-login"
PASSWORD = "demo<&password"
TRACK = "80000000000001"
ANSWER = (
    '<S:Envelope xmlns:S="http://schemas.xmlsoap.org/soap/envelope/"><S:Body>'
    '<ns2:{kind} xmlns:ns2="http://fclient.russianpost.org/postserver" '
    'xmlns:ns3="http://fclient.russianpost.org">{content}</ns2:{kind}></S:Body></S:Envelope>'
)
UNKNOWN_PARCEL = '<ns3:Error ErrorTypeID="12" ErrorName="Сообщение не найдено"/>'


def operation(code: str, at: str = "14.05.2026 09:20:00", index: str = "101000") -> dict[str, str]:
    kind, _, attribute = code.partition("/")
    return {"OperTypeID": kind, "OperCtgID": attribute, "DateOper": at, "IndexOper": index}


def content(code: str = "8/2", *, place: int = 0, after: str = "", **changes: object) -> bytes:
    told = {
        "track_number": TRACK,
        "order_number": "1001A",
        "operation": {**operation(code), **changes},
        "place": place,
        "after": after,
    }
    return json.dumps(told, ensure_ascii=False).encode()


def settings(**changes: object) -> Settings:
    own = {"provider": "russianpost", "login": LOGIN, "password": PASSWORD, "delivery_types": [DELIVERY]}
    return Settings.model_validate({**own, **changes})


def reading(code: str = "8/2", **changes: Any) -> Reading:
    return read(a_webhook(content(code, **changes)), settings(), MOSCOW)


def moved(code: str = "8/2", **changes: Any) -> ParcelMoved:
    (event,) = reading(code, **changes).events
    assert isinstance(event, ParcelMoved)
    return event


def answers(kind: str, content: str) -> httpx.Response:
    return httpx.Response(200, text=ANSWER.format(kind=kind, content=content))


def trouble(kind: str, code: int) -> httpx.Response:
    return answers(kind, f'<error ErrorTypeID="{code}" ErrorName="..."/>')


def only(request: httpx.Request, name: str) -> str:
    (element,) = elements(request.content, {name})
    return element.text or ""


TICKETS: dict[str, list[str]] = {}
"""What each ticket is for: the Post remembers it for 32 hours."""

NUMBERS = count(1)


def post(parcels: Sequence[Parcel]) -> Site:
    """The Post, when it knows these parcels."""
    known = {parcel.track_number: parcel for parcel in parcels}

    def answer(request: httpx.Request) -> httpx.Response:
        assert (request.method, request.url.path) == ("POST", "/fc")
        assert request.headers["content-type"].startswith("text/xml")
        asks_for_ticket = b"ticketRequest>" in request.content and b"answerBy" not in request.content
        kind = "ticketResponse" if asks_for_ticket else "answerByTicketResponse"
        if (only(request, "login"), only(request, "password")) != (LOGIN, PASSWORD):
            return trouble(kind, 3)
        if asks_for_ticket:
            barcodes = [element.get("Barcode", "") for element in elements(request.content, {"Item"})]
            if len(barcodes) > 3000:
                return trouble(kind, 18)
            ticket = f"20261120120000{next(NUMBERS):05}DEMO-LOGIN"
            TICKETS[ticket] = barcodes
            return answers(kind, f"<value>{ticket}</value>")
        asked = TICKETS.get(only(request, "ticket"))
        if asked is None:
            return trouble(kind, 17)
        items = "".join(item(barcode, known.get(barcode)) for barcode in asked)
        return answers(kind, f'<value FileName="" DatePreparation="20.11.2026 12:00:00">{items}</value>')

    return answer


def item(barcode: str, parcel: Parcel | None) -> str:
    operations = "".join(row(told) for told in parcel.told) if parcel else UNKNOWN_PARCEL
    return f"<ns3:Item Barcode={quoteattr(barcode)}>{operations}</ns3:Item>"


def row(told: Told) -> str:
    attributes = operation(told.code, f"{told.at.astimezone(MOSCOW):%d.%m.%Y %H:%M:%S}")
    written = " ".join(f"{name}={quoteattr(value)}" for name, value in attributes.items())
    return f'<ns3:Operation OperName="Обработка" {written}/>'


class TestContract(FollowingContract):
    provider = "russianpost"
    secrets: ClassVar[Mapping[str, str]] = {"login": LOGIN, "password": PASSWORD}
    other_settings: ClassVar[Mapping[str, object]] = {"delivery_types": [DELIVERY]}
    host = "tracking.russianpost.ru"
    sample = content()
    samples = (
        content("3/4"),
        content("8/2", after="3/4", place=1),
        content("8/28"),
        content("2/1", IndexOper=None),
    )
    events: ClassVar[tuple[AnyEvent, ...]] = (
        ParcelMoved(
            parcel_id=TRACK,
            track_number=TRACK,
            order_number="1001A",
            status=ParcelStatus.WAITING,
            code="8/2",
            # The suite reads it in Tomsk's zone.
            at=datetime(2026, 5, 14, 2, 20, tzinfo=UTC),
        ),
    )
    broken = content()[:-20]
    wrong_encoding: ClassVar[Mapping[str, bytes]] = {"no UTF-8": content().replace(b"1001A", b"\xff\xfe")}
    field_names = ("track_number", "order_number", "operation", "place", "after", "OperTypeID", "DateOper")
    waiting = "8/2"
    in_transit = "8/4"
    delivered = "2/1"
    unknown = "99/1"
    per_minute = 20
    # A turn may come an hour after it was due: there is one ticket an hour.
    turns_within = timedelta(hours=7)

    def track_number(self, number: int) -> str:
        return f"{80000000000000 + number}"

    def site(self, parcels: Sequence[Parcel]) -> Site:
        return post(parcels)


class Oftener(TestContract):
    """So often that a day ends soon enough."""

    __test__ = False
    other_settings: ClassVar[Mapping[str, object]] = {"delivery_types": [DELIVERY], "ask_seldom": "2h"}


def barcode(number: int) -> str:
    return TestContract().track_number(number)


class TestDay(PolledCourierDay):
    contract = Oftener()
    day = (
        *(News(timedelta(minutes=5), barcode(number), "1/2") for number in range(1, 9)),
        # Left the place and reached the next one within one second: what is listed first came first.
        News(timedelta(hours=1), barcode(1), "8/4"),
        News(timedelta(hours=3), barcode(1), "8/2"),
        News(timedelta(hours=20), barcode(1), "8/28"),
        News(timedelta(hours=3), barcode(2), "8/2"),
        News(timedelta(hours=9), barcode(2), "2/6"),
        # The wrong office, then the right one.
        News(timedelta(hours=3), barcode(3), "8/2"),
        News(timedelta(hours=7), barcode(3), "4/3"),
        News(timedelta(hours=12), barcode(3), "8/2"),
        # Nobody came for it, and it goes all the way back.
        News(timedelta(hours=3), barcode(4), "8/2"),
        News(timedelta(hours=8), barcode(4), "3/1"),
        News(timedelta(hours=12), barcode(4), "8/4"),
        News(timedelta(hours=16), barcode(4), "8/2"),
        News(timedelta(hours=20), barcode(4), "2/2"),
        # A refusal at the door.
        News(timedelta(hours=2), barcode(5), "8/15"),
        News(timedelta(hours=6), barcode(5), "12/6"),
        News(timedelta(hours=12), barcode(5), "3/4"),
        # A part of it.
        News(timedelta(hours=2), barcode(6), "8/2"),
        News(timedelta(hours=8), barcode(6), "3/15"),
        News(timedelta(hours=12), barcode(6), "8/2"),
        News(timedelta(hours=20), barcode(6), "2/2"),
        News(timedelta(hours=9), barcode(7), "5/1"),
        News(timedelta(hours=9), barcode(8), "8/24"),
        News(timedelta(hours=10), barcode(8), "77/7"),
    )
    outcomes: ClassVar[Mapping[str, Outcome]] = {
        barcode(1): Outcome("arrived-in-pickup-point", messages=1),
        barcode(2): Outcome("complete", messages=1, is_sure=False),
        barcode(3): Outcome("arrived-in-pickup-point", messages=1),
        barcode(4): Outcome("return", messages=1, is_sure=False, tasks=1),
        barcode(5): Outcome("return", tasks=2),
        barcode(6): Outcome("arrived-in-pickup-point", messages=1, is_sure=False, tasks=1),
        barcode(7): Outcome("delivering", tasks=1),
        barcode(8): Outcome("delivering"),
    }


class TestOperations:
    @pytest.mark.parametrize(("code", "status"), STATUSES.items())
    def test_each_operation_has_its_meaning(self, code: str, status: ParcelStatus) -> None:
        assert moved(code.replace("*", "0")).status is status

    @pytest.mark.parametrize("code", ["2/2", "2/4", "2/7", "2/9", "2/16", "2/20", "2/22", "2/24", "2/31"])
    def test_what_is_handed_back_to_the_sender_is_not_delivered(self, code: str) -> None:
        assert moved(code).status is ParcelStatus.RETURNED

    @pytest.mark.parametrize("code", ["2/0", "2/32", "5/9", "99/1", "8/99"])
    def test_what_is_not_known_is_a_note(self, code: str) -> None:
        assert reading(code) == Reading(note=f"unknown-operation:{code}")

    @pytest.mark.parametrize("code", sorted(SAYS_NOTHING))
    def test_a_notice_or_an_application_says_nothing_of_the_place(self, code: str) -> None:
        own = code.replace("*", "0")
        assert reading(own) == Reading(note=f"no-stage:{own}")

    def test_once_a_return_was_begun_the_place_of_delivery_is_the_senders(self) -> None:
        back = moved("8/2", after="3/1")
        assert (back.status, back.reason) == (ParcelStatus.RETURNING, ParcelReason.STORAGE_OVER)
        assert moved("8/28", after="3/1").keep_until is None
        assert moved("2/2", after="3/1").status is ParcelStatus.RETURNED
        assert moved("2/1", after="3/1").status is ParcelStatus.DELIVERED
        assert moved("5/1", after="3/1").status is ParcelStatus.LOST

    def test_of_a_part_the_rest_is_no_news_of_the_order(self) -> None:
        assert moved("3/15").status is ParcelStatus.PARTIAL
        for code in ("8/2", "2/2", "8/4"):
            assert reading(code, after="3/15").note == f"rest-goes-back:{code}"
        assert moved("2/1", after="3/15").status is ParcelStatus.PARTIAL

    @pytest.mark.parametrize(
        ("code", "reason"),
        [
            ("3/1", ParcelReason.STORAGE_OVER),
            ("3/4", ParcelReason.REFUSED),
            ("3/2", ParcelReason.ASKED_BY_SHOP),
            ("12/1", ParcelReason.ABSENT),
            ("42/6", ParcelReason.REFUSED),
            ("16/0", ParcelReason.DISPOSED),
            ("8/2", None),
        ],
    )
    def test_reasons(self, code: str, reason: ParcelReason | None) -> None:
        assert moved(code).reason is reason

    def test_what_has_no_reason_in_our_words_has_theirs(self) -> None:
        assert moved("12/9").reason_words == "Адресат заберёт отправление сам"

    @pytest.mark.parametrize(
        ("code", "day"),
        [("8/27", 7), ("8/33", 5), ("8/35", 23), ("8/28", 18), ("8/43", 15), ("8/42", 14), ("8/10", 14)],
    )
    def test_a_warning_says_until_when_it_waits(self, code: str, day: int) -> None:
        warned = moved(code)
        month = 5 if day >= 14 else 6
        assert warned.status is ParcelStatus.WAITING
        assert warned.keep_until == datetime(2026, month, day, 9, tzinfo=UTC)

    @pytest.mark.parametrize("code", ["8/23", "8/37", "8/38", "6/4", "6/5"])
    def test_of_an_extension_nobody_knows_until_when(self, code: str) -> None:
        extended = moved(code)
        assert (extended.status, extended.keep_until) == (ParcelStatus.WAITING, None)
        assert extended.is_extended

    @pytest.mark.parametrize(
        "date",
        ["", "soon", "31.02.2026 10:00:00", "14.05.1926 09:20:00", "14.05.2026", "01.01.0001 00:00:00"],
    )
    def test_a_date_that_cannot_be_read_is_quarantined(self, date: str) -> None:
        with pytest.raises(Unreadable, match="unexpected-content"):
            reading(DateOper=date)

    def test_a_status_of_the_future_is_quarantined(self) -> None:
        with pytest.raises(Unreadable, match="future"):
            reading(DateOper=f"{NOON + timedelta(days=31):%d.%m.%Y %H:%M:%S}")

    def test_an_operation_without_attribute_has_attribute_nought(self) -> None:
        assert moved("18/0", OperCtgID=None).code == "18/0"


class TestOrder:
    def test_within_a_second_the_list_says_what_came_first(self) -> None:
        rows = [operation("8/4"), operation("4/3"), operation("8/2"), operation("8/2", index="125362")]
        steps = steps_of(rows, MOSCOW)
        assert [(step.operation["OperTypeID"], step.place) for step in steps] == [
            ("8", 0),
            ("4", 1),
            ("8", 2),
            ("8", 3),
        ]
        moments = [moved(f"{step.operation['OperTypeID']}/2", place=step.place).at for step in steps[:3]]
        assert moments == sorted(set(moments))

    def test_an_operation_that_is_listed_twice_is_one(self) -> None:
        assert len(steps_of([operation("8/2"), operation("8/2")], MOSCOW)) == 1

    @given(st.randoms())
    def test_whatever_the_order_of_the_list_the_return_stands_before_what_follows(
        self, chance: random.Random
    ) -> None:
        rows = [
            operation(code, f"{day}.05.2026 10:00:00")
            for day, code in [(10, "1/1"), (12, "8/2"), (14, "3/1"), (16, "8/2"), (18, "2/2")]
        ]
        chance.shuffle(rows)
        steps = steps_of(rows, MOSCOW)
        assert [step.after for step in steps] == ["", "", "", "3/1", "3/1"]

    def test_what_cannot_be_dated_is_kept_for_quarantine(self) -> None:
        steps = steps_of([operation("8/2", "soon"), operation("1/1")], MOSCOW)
        assert [step.operation["DateOper"] for step in steps] == ["14.05.2026 09:20:00", "soon"]


@pytest.mark.parametrize(
    ("track", "known_as"),
    [
        ("80000000000001", "80000000000001"),
        (" 8000 0000 0000 01 ", "80000000000001"),
        ("ra123456789ru", "RA123456789RU"),
        ("DUD15086277", ""),
        ("1" * 40, ""),
        ("", ""),
        ("８０００００００００００００", ""),
    ],
)
def test_only_what_is_a_barcode_is_asked_about(track: str, known_as: str) -> None:
    assert barcode_of(track) == known_as


@pytest.fixture
def world(tmp_path: Path) -> Iterator[CourierWorld]:
    with closing(CourierWorld(tmp_path, TestContract())) as world:
        yield world


def is_for_ticket(request: httpx.Request) -> bool:
    return b"answerBy" not in request.content


def answers_asked(world: CourierWorld) -> list[datetime]:
    rows = zip(world.asked, world.asked_at, strict=True)
    return [at for request, at in rows if not is_for_ticket(request)]


class TestTickets:
    def test_a_track_number_is_found_however_the_crm_writes_it(self, world: CourierWorld) -> None:
        world.send("ra 123456789 ru")
        world.send("another courier's")
        world.ask()
        world.told["RA123456789RU"] = [Told("8/2", world.now + timedelta(minutes=1))]
        world.ask_for(hours=4)
        assert world.status_of("ra 123456789 ru") == "arrived-in-pickup-point"
        assert b"another" not in b"".join(request.content for request in world.asked)

    def test_the_answer_is_asked_for_after_a_quarter_of_an_hour(self, world: CourierWorld) -> None:
        world.send(barcode(1))
        world.ask_for(hours=6)
        asked = list(zip(world.asked, world.asked_at, strict=True))
        tickets = [at for request, at in asked if is_for_ticket(request)]
        assert len(tickets) >= 3
        assert all(later - at >= timedelta(hours=1) for at, later in pairwise(tickets))
        for at, answered in zip(tickets, answers_asked(world), strict=False):
            assert timedelta(minutes=15) <= answered - at <= timedelta(minutes=40)

    @pytest.mark.parametrize("code", [6, 16])
    def test_an_answer_that_is_not_ready_is_asked_for_again_a_quarter_later(
        self, world: CourierWorld, code: int
    ) -> None:
        world.send(barcode(1))
        world.ask()
        world.tell(barcode(1), "8/2", world.now + timedelta(minutes=1))
        ready_at = world.now + timedelta(hours=4)
        well = world.site

        def slow(request: httpx.Request) -> httpx.Response:
            if is_for_ticket(request) or world.now >= ready_at:
                return well(request)
            return trouble("answerByTicketResponse", code)

        world.site = slow
        world.ask_for(hours=5)
        asked = answers_asked(world)
        assert len(asked) >= 5
        assert all(later - at >= timedelta(minutes=15) for at, later in pairwise(asked))
        tickets = [
            at
            for request, at in zip(world.asked, world.asked_at, strict=True)
            if is_for_ticket(request) and at < ready_at
        ]
        assert len(tickets) == 1
        assert len(world.messages) == 1
        assert world.alerts == []

    def test_tickets_without_an_answer_are_told_and_given_up(self, world: CourierWorld) -> None:
        world.send(barcode(1))
        world.ask()
        world.tell(barcode(1), "8/2", world.now + timedelta(minutes=1))
        well = world.site
        world.site = lambda request: (
            well(request) if is_for_ticket(request) else trouble("answerByTicketResponse", 6)
        )
        world.ask_for(hours=9)
        (told,) = world.alerts
        assert "1 tickets got no answer" in told
        world.site = well
        world.ask_for(hours=5)
        assert len(world.messages) == 1
        assert world.alerts[-1].startswith("Снова в порядке")

    def test_a_ticket_that_has_expired_meanwhile_costs_nothing_but_time(self, world: CourierWorld) -> None:
        world.send(barcode(1))
        world.ask()
        world.tell(barcode(1), "8/2", world.now + timedelta(minutes=1))
        while not world.asked:
            world.ask_for(minutes=20)
        TICKETS.clear()
        world.now += timedelta(days=2)
        world.restart()
        world.ask_for(hours=2)
        assert len(world.messages) == 1
        assert world.alerts == []

    def test_a_refused_request_is_told(self, world: CourierWorld) -> None:
        world.send(barcode(1))
        world.site = lambda _: trouble("ticketResponse", 18)
        world.ask_for(hours=3)
        assert "it answers error 18" in world.alerts[0]

    def test_an_answer_without_any_parcel_is_trouble(self, world: CourierWorld) -> None:
        world.send(barcode(1))
        well = world.site
        world.site = lambda request: (
            well(request) if is_for_ticket(request) else answers("answerByTicketResponse", "<value/>")
        )
        world.ask_for(hours=4)
        assert "tells of no parcel" in world.alerts[0]

    def test_killed_after_the_ticket_the_parcels_are_asked_about_again(self, world: CourierWorld) -> None:
        world.send(barcode(1))
        world.ask()
        world.tell(barcode(1), "8/2", world.now + timedelta(minutes=1))
        while not world.asked:
            world.ask_for(minutes=20)
        # The answer with the ticket never reached us.
        key = poller_state_key(SOURCE)
        document = world.engine.documents.get(key)
        world.engine.documents.put(type(document)(key, {}, document.version))
        world.restart()
        world.ask_for(hours=3)
        assert len(world.messages) == 1

    def test_who_only_looks_leaves_the_ticket_to_the_next_round(self, world: CourierWorld) -> None:
        world.send(barcode(1))
        world.ask()
        world.tell(barcode(1), "8/2", world.now + timedelta(minutes=1))
        while not world.asked:
            world.ask_for(minutes=20)
        world.now += timedelta(minutes=20)
        before = world.engine.documents.get(poller_state_key(SOURCE))
        report = world.application.checks.run(f"poll-{SOURCE}", dry_run=True)
        assert any(f"{barcode(1)}:8/2" in line and "new" in line for line in report.seen)
        assert world.engine.documents.get(poller_state_key(SOURCE)) == before
        world.ask()
        assert len(world.messages) == 1

    def test_the_post_that_is_down_for_days_is_asked_about_all_that_is_due(self, world: CourierWorld) -> None:
        well = world.site
        world.send(barcode(1))
        world.ask()
        world.site = lambda _: httpx.Response(503)
        world.tell(barcode(1), "8/4", world.now + timedelta(hours=1))
        world.tell(barcode(1), "8/2", world.now + timedelta(days=1))
        world.ask_for(days=3)
        world.site = well
        world.ask_for(hours=1)
        assert len(world.messages) == 1


def test_an_extended_stay_has_no_known_end(world: CourierWorld) -> None:
    track = barcode(1)
    world.send(track)
    world.ask()
    world.tell(track, "8/2", world.now + timedelta(minutes=1))
    world.ask_for(hours=3)
    assert stay(world, track)["keep_until"] is None
    world.tell(track, "8/42")
    world.ask_for(hours=3)
    assert stay(world, track)["keep_until"].startswith("2026-11-20T")
    world.tell(track, "8/23")
    world.ask_for(hours=3)
    assert stay(world, track)["keep_until"] is None
    assert len(world.messages) == 1


def stay(world: CourierWorld, track: str) -> Mapping[str, Any]:
    order = world.order(world.numbers[track])
    (found,) = world.engine.documents.get(f"pickup:{order['id']}").content["stays"]
    assert isinstance(found, dict)
    return found


def test_a_day_of_five_thousand_parcels_costs_less_than_a_hundred_requests() -> None:
    """The free contract is said to have a hundred a day (unverified)."""
    tracks = [barcode(number) for number in range(5000)]
    site = post([Parcel(track, "", [Told("8/4", MORNING - timedelta(days=1))]) for track in tracks])
    asked: Counter[str] = Counter()

    def counted(request: httpx.Request) -> httpx.Response:
        asked["tickets" if is_for_ticket(request) else "answers"] += 1
        return site(request)

    poller = RussianPost(settings(), MOSCOW, httpx.MockTransport(counted))
    crowd = Crowd(poller, tracks)
    crowd.live(timedelta(days=1))
    assert min(Counter(crowd.asked).values()) >= 7
    assert asked == {"tickets": 24, "answers": 24}


def test_when_all_are_due_five_thousand_parcels_are_two_tickets() -> None:
    requests: list[httpx.Request] = []
    parcels = [Followed(number, f"{number}A", barcode(number)) for number in range(5000)]
    site = post([Parcel(parcel.track_number, "", [Told("8/4", NOON)]) for parcel in parcels])
    state: dict[str, Any] = {}

    def answer(request: httpx.Request) -> httpx.Response:
        requests.append(request)
        return site(request)

    poller = RussianPost(settings(), MOSCOW, httpx.MockTransport(answer))

    def ask(now: datetime) -> list[Record]:
        asking = Asking(
            NOON,
            now,
            heard=lambda: iter(()),
            is_known=lambda _: False,
            parcels=lambda: iter([parcels[:3000], parcels[3000:]]),
            recall=lambda: state,
            remember=state.update,
        )
        return [record for page in poller.pages(asking) for record in page]

    assert ask(NOON) == []
    assert len(requests) == 2
    # DynamoDB takes 400 KB.
    assert len(json.dumps(state)) < 200_000
    told = ask(NOON + timedelta(minutes=20))
    assert len(requests) == 4
    assert {json.loads(record.content)["order_number"] for record in told} == {f"{n}A" for n in range(5000)}


TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=12)
ATTRIBUTES = st.dictionaries(
    st.sampled_from(["OperTypeID", "OperCtgID", "DateOper", "IndexOper", "OperName"]),
    st.sampled_from(["1", "2", "3", "8", "12", "0", "", "14.05.2026 09:20:00", "9" * 400]) | TEXTS,
)


@given(st.lists(ATTRIBUTES, max_size=5), st.sampled_from([TRACK, "", "RA123456789RU", "ж"]) | TEXTS)
def test_whatever_stands_in_an_answer_becomes_records_or_trouble(
    rows: list[dict[str, str]], number: str
) -> None:
    operations = "".join(
        f"<ns3:Operation {' '.join(f'{name}={quoteattr(value)}' for name, value in each.items())}/>"
        for each in rows
    )
    body = f"<value><ns3:Item Barcode={quoteattr(number)}>{operations}{escape(number)}</ns3:Item></value>"
    ticket = {
        "value": "T",
        "given_at": NOON.isoformat(),
        "ask_at": NOON.isoformat(),
        "parcels": {TRACK: "1A"},
    }
    asking = Asking(
        NOON,
        NOON,
        heard=lambda: iter(()),
        is_known=lambda _: False,
        recall=lambda: {"given_at": NOON.isoformat(), "awaited": [ticket]},
    )
    transport = httpx.MockTransport(lambda _: answers("answerByTicketResponse", body))
    records: list[Record] = []
    with suppress(Refused, Unreachable):
        for page in RussianPost(settings(), MOSCOW, transport).pages(asking):
            records += page
    for record in records:
        webhook = a_webhook(record.content)
        door = Door("russianpost", TestContract().source_settings)
        assert read_or_refused(door, Envelope.seal(webhook, record.dedup_id, record.group))
