"""MTS VPBX: the contract suite of a source that is asked, and the surprises of its history."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

import httpx
import pytest

from chalicelib.errors import Unreadable
from chalicelib.events import AnyEvent, CallAnswered, CallMissed
from chalicelib.providers.mts.poll import MOST_PAGES, ROWS_OF_A_PAGE, SETTLED_AFTER, poller
from chalicelib.providers.mts.read import Settings, read
from chalicelib.providers.polling import Asking, Record
from chalicelib.providers.reading import Reading
from tests.polled_days import Appears, PolledDay
from tests.telephony_days import HIDDEN
from tests.world import MORNING

from .contract import NOON, ZONE, a_webhook
from .polled_contract import PolledContract, Site

TOKEN = "mts-demo-token-1"
ROW_AT = datetime(2025, 11, 3, 9, 15, tzinfo=UTC)
ROW: Mapping[str, Any] = {
    "extTrackingId": "77001:1",
    "callGroupId": "g-1",
    "callTime": 1762161300000,
    "callingNumber": "+79161234567",
    "calledNumber": "+74950000001",
    "redirectingNumber": None,
    "direction": "TERMINATING",
    "status": "MISSED",
    "duration": 37000,
    "answerDuration": 0,
    "abonentName": "Анна",
    "userId": "101@vpbx",
    "timeZone": "Europe/Moscow",
}
ANSWERED: Mapping[str, Any] = {"status": "RECEIVED", "answerDuration": 63000, "abonentName": "Иван"}
OUTBOUND: Mapping[str, Any] = {
    "direction": "ORIGINATING",
    "status": "PLACED",
    "callingNumber": "+74950000001",
    "calledNumber": "+79161234567",
}
MISSED = CallMissed(call_id="77001:1", phone="+79161234567", line="+74950000001", called_at=ROW_AT)
TALKED = CallAnswered(
    call_id="77001:1",
    phone="+79161234567",
    line="+74950000001",
    direction="inbound",
    called_at=ROW_AT,
    talked=timedelta(seconds=63),
    employee="Иван",
)


def row(**changes: object) -> dict[str, object]:
    """The row with other fields; ``...`` takes one out."""
    fields = {**ROW, **changes}
    return {name: value for name, value in fields.items() if value is not ...}


def call(*rows: Mapping[str, object]) -> bytes:
    return json.dumps({"rows": rows or [dict(ROW)]}).encode()


def reading(*rows: Mapping[str, object]) -> Reading:
    return read(a_webhook(call(*rows)), Settings.model_validate({"provider": "mts", "token": TOKEN}), ZONE)


def history(rows: Sequence[object]) -> Site:
    """The history, when it has these rows: page by page, by the time of the call."""

    def answer(request: httpx.Request) -> httpx.Response:
        if request.headers.get("x-auth-token") != TOKEN:
            return httpx.Response(401, json={"error": "unauthorized"})
        asked = {name: int(value) for name, value in request.url.params.items()}
        fitting = [one for one in rows if _is_between(one, asked["dateFrom"], asked["dateTo"])]
        first = asked["page"] * asked["size"]
        page = fitting[first : first + asked["size"]]
        pages = -(-len(fitting) // asked["size"])
        return httpx.Response(200, json={"content": page, "totalPages": pages, "totalElements": len(fitting)})

    return answer


def _is_between(value: object, since: int, until: int) -> bool:
    at = value.get("callTime") if isinstance(value, dict) else None
    return not isinstance(at, int) or since <= at <= until


def asked(site: Site, since: datetime, until: datetime) -> list[Record]:
    settings = Settings.model_validate({"provider": "mts", "token": TOKEN})
    asks = poller(settings, ZONE, httpx.MockTransport(site))
    return [
        record
        for page in asks.pages(Asking(since, until, heard=lambda: iter(()), is_known=lambda _: False))
        for record in page
    ]


def records(*rows: Mapping[str, object], until: datetime = ROW_AT + SETTLED_AFTER) -> list[Record]:
    return asked(history(rows), ROW_AT - timedelta(hours=1), until)


class TestContract(PolledContract):
    provider = "mts"
    secrets: ClassVar[Mapping[str, str]] = {"token": TOKEN}
    host = "vpbx.mts.ru"
    sample = call()
    samples = (call(row(**ANSWERED), row()), call(row(**OUTBOUND, answerDuration="5000")))
    events: ClassVar[tuple[AnyEvent, ...]] = (MISSED,)
    broken = call()[:-20]
    wrong_encoding: ClassVar[Mapping[str, bytes]] = {
        "cp1251": json.dumps({"rows": [ROW]}, ensure_ascii=False).encode("cp1251"),
        "no UTF-8": call().replace(b"77001", b"\xff\xfe"),
    }
    field_names = (*ROW, "rows", "content", "totalPages")

    def row(self, number: int, at: datetime, phone: str) -> object:
        return row(
            extTrackingId=f"{number}:1", callTime=int(at.timestamp() * 1000), callingNumber=f"+{phone}"
        )

    def site(self, rows: Sequence[object]) -> Site:
        return history(rows)


class TestReading:
    def test_answered(self) -> None:
        assert reading(row(**ANSWERED)) == Reading((TALKED,))

    def test_a_colleague_took_it(self) -> None:
        for rows in ((row(), row(**ANSWERED)), (row(**ANSWERED), row())):
            assert reading(*rows) == Reading((TALKED,))

    def test_nobody_of_a_group_took_it(self) -> None:
        later = row(callTime=1762161310000, abonentName="Иван")
        assert reading(later, row()) == Reading((MISSED,))

    @pytest.mark.parametrize("status", ["RECIEVED", "received", "PLACED"])
    def test_words_for_an_inbound_call_that_was_taken(self, status: str) -> None:
        assert reading(row(**{**ANSWERED, "status": status})) == Reading((TALKED,))

    def test_we_called_and_they_answered(self) -> None:
        expected = TALKED.model_copy(update={"direction": "outbound", "employee": "Анна"})
        assert reading(row(**OUTBOUND, answerDuration=63000)) == Reading((expected,))

    @pytest.mark.parametrize("talked", [0, None, ...])
    def test_we_called_in_vain(self, talked: object) -> None:
        assert reading(row(**OUTBOUND, answerDuration=talked)) == Reading(note="outbound-call")

    def test_the_direction_may_be_absent(self) -> None:
        assert reading(row(direction=...)) == Reading((MISSED,))
        assert reading(row(**ANSWERED, direction=...)) == Reading((TALKED,))
        assert reading(row(**{**OUTBOUND, "direction": None})).note == "outbound-call"

    def test_the_length_says_nothing(self) -> None:
        assert reading(row(duration=0, answerDuration=5000)) == Reading((MISSED,))
        expected = TALKED.model_copy(update={"talked": None})
        assert reading(row(**{**ANSWERED, "answerDuration": ...})) == Reading((expected,))

    def test_the_line_is_the_number_that_the_client_dialled(self) -> None:
        (event,) = reading(row(redirectingNumber="+78005553535")).events
        assert event == MISSED.model_copy(update={"line": "+78005553535"})

    @pytest.mark.parametrize("number", [None, "", "anonymous", ..., "+7378742833"])
    def test_a_hidden_caller_has_no_phone(self, number: object) -> None:
        assert reading(row(callingNumber=number)).events == (MISSED.model_copy(update={"phone": None}),)

    @pytest.mark.parametrize("number", ["101", 101, "sip:ivan@vpbx.example"])
    def test_colleagues_are_no_clients(self, number: object) -> None:
        assert reading(row(callingNumber=number)) == Reading(note="internal-call")

    @pytest.mark.parametrize("status", ["RINGING", "", None])
    def test_an_unknown_status_is_a_note(self, status: object) -> None:
        assert reading(row(status=status)) == Reading(note="unknown-status")
        assert reading(row(status=status), row()) == Reading(note="unknown-status")

    def test_another_id_serves_if_the_first_is_absent(self) -> None:
        assert reading(row(extTrackingId=...)).events == (MISSED.model_copy(update={"call_id": "g-1"}),)

    @pytest.mark.parametrize("moment", [..., 0, 1762161300, 10**30, "noon", True])
    def test_absurd_times_go_to_quarantine(self, moment: object) -> None:
        with pytest.raises(Unreadable, match="unexpected-content"):
            reading(row(callTime=moment))


class TestAsking:
    def test_all_pages_are_asked_for(self) -> None:
        many = [row(extTrackingId=f"{number}:1") for number in range(ROWS_OF_A_PAGE * 2 + 1)]
        assert len(records(*many)) == len(many)

    def test_the_rows_of_one_call_are_one_record_wherever_they_stand(self) -> None:
        others = [row(extTrackingId=f"{number}:1") for number in range(ROWS_OF_A_PAGE)]
        [record] = [one for one in records(row(), *others, row(**ANSWERED)) if one.dedup_id[:5] == "77001"]
        assert record.dedup_id == "77001:1:answered"
        assert [one["status"] for one in json.loads(record.content)["rows"]] == ["MISSED", "RECEIVED"]

    def test_a_missed_call_waits_for_the_colleague_who_took_it(self) -> None:
        assert records(row(), until=ROW_AT + SETTLED_AFTER - timedelta(seconds=1)) == []
        [record] = records(row())
        assert (record.dedup_id, record.group, record.at) == ("77001:1:missed", "phone:9161234567", ROW_AT)
        [record] = records(row(**ANSWERED), until=ROW_AT)
        assert record.dedup_id == "77001:1:answered"

    def test_what_is_unknown_now_may_be_known_later(self) -> None:
        [record] = records(row(status="RINGING"))
        assert record.dedup_id == "77001:1:unknown"

    def test_a_history_without_end_is_trouble(self) -> None:
        asks: list[httpx.Request] = []

        def endless(request: httpx.Request) -> httpx.Response:
            asks.append(request)
            return httpx.Response(200, json={"content": [], "totalPages": 10**9})

        with pytest.raises(Exception, match="more than"):
            asked(endless, NOON, NOON)
        assert len(asks) == MOST_PAGES

    def test_times_are_milliseconds(self) -> None:
        asks: list[httpx.Request] = []

        def site(request: httpx.Request) -> httpx.Response:
            asks.append(request)
            return history([])(request)

        asked(site, ROW_AT, ROW_AT + timedelta(minutes=1))
        assert dict(asks[0].url.params) == {
            "dateFrom": "1762161300000",
            "dateTo": "1762161360000",
            "page": "0",
            "size": "50",
        }


class TestDay(PolledDay):
    """A morning of an account with two employees; both are rung, and each has a row."""

    contract = TestContract()
    known_clients = ("+79165550002",)
    orders = ("+79165550001",)
    call_backs = ("+79165550001", "+79165550002", HIDDEN)

    def day(self) -> Sequence[Appears]:
        internal = {"callingNumber": "101", "calledNumber": "102"}
        ours = {"callingNumber": "+74950000001", "calledNumber": "+79165550005"}
        return [
            *self._call(1, 1, "+79165550001", {}, {"abonentName": "Иван"}),
            *self._call(5, 2, "+79165550002", {}),
            *self._call(10, 3, "+79165550003", {}, ANSWERED),
            *self._call(15, 4, None, {}),
            *self._call(20, 5, "", internal, {**internal, **ANSWERED}),
            *self._call(25, 6, "", {**OUTBOUND, **ours}),
            *self._call(30, 7, "", {**OUTBOUND, **ours, "answerDuration": 63000}),
            *self._call(35, 8, "+79165550001", {}),
        ]

    def _call(
        self, minute: int, number: int, caller: str | None, *rows: Mapping[str, object]
    ) -> list[Appears]:
        at = MORNING + timedelta(minutes=minute)
        told = row(extTrackingId=f"{number}:1", callTime=int(at.timestamp() * 1000), callingNumber=caller)
        return [
            Appears(timedelta(minutes=minute, seconds=40 + 20 * leg), {**told, **fields})
            for leg, fields in enumerate(rows)
        ]
