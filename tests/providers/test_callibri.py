"""Callibri: the contract suite of a source that is asked, and the surprises of its statistics."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar

import httpx
import pytest

from chalicelib.errors import Unreadable
from chalicelib.events import AnyEvent, Attribution, CallAnswered, CallMissed, CallTracked
from chalicelib.gate.webhook import Webhook
from chalicelib.providers.callibri.poll import poller
from chalicelib.providers.callibri.read import CALL, TRACKING, Settings, read
from chalicelib.providers.polling import Asking, Record
from chalicelib.providers.reading import Reading
from tests.polled_days import Appears, PolledDay
from tests.telephony_days import HIDDEN
from tests.world import MORNING

from .contract import ZONE, a_webhook
from .polled_contract import PolledContract, PolledWorld, Site

TOKEN, EMAIL, SITE_ID = "callibri-demo-token-1", "owner@shop.example", "12965"
SETTINGS: Mapping[str, object] = {"email": EMAIL, "site_id": SITE_ID, "tells_calls": True}

ROW: Mapping[str, Any] = {
    "appeal_id": 40100200,
    "date": "2025-11-03T09:15:00Z",
    "phone": "79161234567",
    "status": "Нет ответа",
    "conversations_number": 1,
    "duration": 37,
    "billsec": 0,
    "query": "купить стол",
    "utm_source": "yandex",
    "utm_medium": "cpc",
    "link_download": None,
}
ROW_AT = datetime(2025, 11, 3, 9, 15, tzinfo=UTC)
ANSWERED: Mapping[str, Any] = {
    "status": "Лид",
    "billsec": 63,
    "duration": 71,
    "responsible_manager": "Анна",
    "link_download": "https://callibri.example/records/1.mp3",
}
MISSED = CallMissed(call_id="40100200", phone="+79161234567", called_at=ROW_AT)
TRACKED = CallTracked(
    call_id="40100200",
    phone="+79161234567",
    attribution=Attribution(source="yandex", medium="cpc", keyword="купить стол"),
    called_at=ROW_AT,
)


def row(**changes: object) -> bytes:
    """The row with other fields; ``...`` takes one out."""
    fields = {**ROW, **changes}
    return json.dumps({name: value for name, value in fields.items() if value is not ...}).encode()


def reading(content: bytes, path: str = CALL) -> Reading:
    settings = Settings.model_validate({"provider": "callibri", "token": TOKEN, **SETTINGS})
    return read(a_webhook(content, path=(path,)), settings, ZONE)


def tracked(**changes: object) -> CallTracked:
    (event,) = reading(row(**changes), TRACKING).events
    assert isinstance(event, CallTracked)
    return event


def statistics(rows: Sequence[object]) -> Site:
    """Callibri, when it has these calls: it answers whole days."""

    def answer(request: httpx.Request) -> httpx.Response:
        asked = request.url.params
        if (asked["user_token"], asked["user_email"], asked["site_id"]) != (TOKEN, EMAIL, SITE_ID):
            return httpx.Response(403, json={"code": 403})
        days = [datetime.strptime(asked[name], "%d.%m.%Y").replace(tzinfo=UTC) for name in ("date1", "date2")]
        assert timedelta() <= days[1] - days[0] <= timedelta(days=6), "at most seven days"
        channels = [
            {"name_channel": "Сайт", "calls": rows, "feedbacks": [{"id": 1}], "chats": []},
            {"calls": []},
        ]
        return httpx.Response(200, json={"channels_statistics": channels})

    return answer


class TestContract(PolledContract):
    provider = "callibri"
    secrets: ClassVar[Mapping[str, str]] = {"token": TOKEN}
    other_settings = SETTINGS
    host = "api.callibri.ru"
    path = (CALL,)
    sample = row()
    samples = (
        row(**ANSWERED),
        row(
            landing_page="https://shop.example/?utm_term=x", metrika_client_id=170000, clbvid="a", phone=None
        ),
    )
    events: ClassVar[tuple[AnyEvent, ...]] = (MISSED,)
    broken = row()[:-20]
    wrong_encoding: ClassVar[Mapping[str, bytes]] = {
        "cp1251": json.dumps(dict(ROW), ensure_ascii=False).encode("cp1251"),
        "no UTF-8": row().replace(b"yandex", b"\xff\xfe"),
    }
    field_names = (
        *ROW,
        "responsible_manager",
        "utm_term",
        "metrika_client_id",
        "channels_statistics",
        "calls",
    )

    def row(self, number: int, at: datetime, phone: str) -> object:
        return {**ROW, "appeal_id": number, "date": at.strftime("%Y-%m-%dT%H:%M:%SZ"), "phone": phone}

    def site(self, rows: Sequence[object]) -> Site:
        return statistics(rows)


class TestTracking:
    def test_a_row_tells_what_the_client_searched_for(self) -> None:
        assert reading(row(), TRACKING) == Reading((TRACKED,))

    def test_each_place_has_its_field(self) -> None:
        event = tracked(
            query=None,
            utm_term="стол",
            utm_campaign="kuhni",
            utm_content="banner",
            landing_page="https://shop.example/",
            lid_landing="https://shop.example/stol",
            site_referrer="https://ya.ru/",
            clbvid="v1",
            ym_uid="17",
            metrika_client_id="1700000000123456789",
            ua_client_id="1.2",
        )
        assert event.attribution == Attribution(
            source="yandex", medium="cpc", campaign="kuhni", keyword="стол", content="banner"
        )
        assert (event.landing_page, event.referrer) == ("https://shop.example/stol", "https://ya.ru/")
        assert event.visitor_ids == (
            ("callibri", "v1"),
            ("yandex", "1700000000123456789"),
            ("google", "1.2"),
        )

    @pytest.mark.parametrize("nothing", ["(not set)", "<не указано>", "{keyword}", "", None, ...])
    def test_what_is_no_keyword(self, nothing: object) -> None:
        assert tracked(query=nothing, utm_term="стол").attribution.keyword == "стол"
        assert tracked(query=nothing, utm_term=nothing).attribution.keyword == ""

    def test_nothing_is_known_of_the_visit(self) -> None:
        content = row(query=None, utm_source=None, utm_medium=None)
        assert reading(content, TRACKING) == Reading(note="nothing-tracked")

    def test_a_hidden_caller_has_no_phone(self) -> None:
        assert tracked(phone=None).phone is None


class TestCalls:
    @pytest.mark.parametrize(
        "changes", [{"status": "Новый"}, {"billsec": 5}, {"billsec": None}, {"status": "нет ответа "}]
    )
    def test_missed(self, changes: dict[str, object]) -> None:
        assert reading(row(**changes)) == Reading((MISSED,))

    def test_answered(self) -> None:
        assert reading(row(**ANSWERED)).events == (
            CallAnswered(
                call_id="40100200",
                phone="+79161234567",
                direction="inbound",
                called_at=ROW_AT,
                talked=timedelta(seconds=63),
                employee="Анна",
                recording_url="https://callibri.example/records/1.mp3",
            ),
        )

    def test_what_is_no_address_is_no_recording(self) -> None:
        (event,) = reading(row(**{**ANSWERED, "link_download": "javascript:alert(1)"})).events
        assert isinstance(event, CallAnswered)
        assert event.recording_url == ""

    def test_nobody_knows(self) -> None:
        assert reading(row(status="Лид", billsec=...)) == Reading(note="unknown-outcome")

    @pytest.mark.parametrize("moment", [..., "noon", "1970-01-01T00:00:00Z", 5])
    def test_absurd_times_go_to_quarantine(self, moment: object) -> None:
        with pytest.raises(Unreadable, match="unexpected-content"):
            reading(row(date=moment))


class TestAsking:
    def records(self, at: datetime, *rows: Mapping[str, object], tells_calls: bool = True) -> list[Record]:
        values = {"provider": "callibri", "token": TOKEN, **SETTINGS, "tells_calls": tells_calls}
        asks = poller(Settings.model_validate(values), ZONE, httpx.MockTransport(statistics(rows)))
        asking = Asking(ROW_AT, at, heard=lambda: iter(()), is_known=lambda _: False)
        return [record for page in asks.pages(asking) for record in page]

    def ids(self, at: datetime, *rows: Mapping[str, object], tells_calls: bool = True) -> list[str]:
        return [record.dedup_id for record in self.records(at, *rows, tells_calls=tells_calls)]

    def test_as_tracking_alone_it_tells_no_calls(self) -> None:
        assert self.ids(ROW_AT + timedelta(hours=1), ROW, tells_calls=False) == ["tracking:40100200"]

    def test_a_missed_call_is_told_when_it_cannot_become_an_answered_one(self) -> None:
        ended = ROW_AT + timedelta(seconds=37)
        assert self.ids(ended + timedelta(seconds=59), ROW) == ["tracking:40100200"]
        assert self.ids(ended + timedelta(seconds=60), ROW) == ["tracking:40100200", "call:40100200:missed"]

    def test_an_answered_call_waits_for_its_recording_but_not_for_ever(self) -> None:
        answered = {**ROW, **ANSWERED}
        assert self.ids(ROW_AT, answered)[1:] == ["call:40100200:answered"]
        unrecorded = {**answered, "link_download": None}
        assert self.ids(ROW_AT + timedelta(minutes=11), unrecorded)[1:] == []
        assert self.ids(ROW_AT + timedelta(minutes=12), unrecorded)[1:] == ["call:40100200:answered"]

    def test_one_client_keeps_the_order(self) -> None:
        records = self.records(
            ROW_AT + timedelta(hours=1), ROW, {**ROW, "appeal_id": 2, "phone": "89161234567"}
        )
        assert {record.group for record in records} == {"phone:9161234567"}

    def test_days_cover_every_zone(self) -> None:
        asked: list[httpx.Request] = []

        def site(request: httpx.Request) -> httpx.Response:
            asked.append(request)
            return statistics([])(request)

        values = {"provider": "callibri", "token": TOKEN, **SETTINGS}
        asks = poller(Settings.model_validate(values), ZONE, httpx.MockTransport(site))
        moment = datetime(2026, 11, 20, 12, tzinfo=UTC)
        list(asks.pages(Asking(moment, moment, heard=lambda: iter(()), is_known=lambda _: False)))
        assert (asked[0].url.params["date1"], asked[0].url.params["date2"]) == ("19.11.2026", "21.11.2026")


def test_a_call_that_is_missed_and_then_found_answered_is_told_as_both(tmp_path: Path) -> None:
    """Its row may say "missed" while somebody still talks: what becomes of it is another record."""
    contract = TestContract()
    world = PolledWorld(tmp_path, contract)
    world.ask()
    told = contract.row(1, world.now, "79165550001")
    assert isinstance(told, dict)
    world.rows = [told]
    world.ask_for(minutes=4)
    world.rows = [{**told, **ANSWERED}]
    world.ask_for(minutes=4)
    kinds = sorted(event.kind for entry in world.entries() for event in entry.events)
    assert [kind for kind in kinds if kind.startswith("call-")] == [
        "call-answered",
        "call-missed",
        "call-tracked",
    ]
    assert len(world.orders) == 1
    world.close()


def test_the_record_of_a_webhook_without_a_path_is_read_for_tracking() -> None:
    settings = Settings.model_validate({"provider": "callibri", "token": TOKEN, **SETTINGS})
    webhook: Webhook = a_webhook(row())
    assert read(webhook, settings, ZONE) == Reading((TRACKED,))


class TestDay(PolledDay):
    """A morning with Callibri as the only telephony; a row gets its recording some minutes later."""

    contract = TestContract()
    known_clients = ("+79165550002",)
    orders = ("+79165550001", "+79165550005", "+79165550006")
    call_backs = ("+79165550002", "+79165550006", HIDDEN)

    def day(self) -> Sequence[Appears]:
        unrecorded = {**ANSWERED, "link_download": None}
        return [
            *self._call(1, 1, "79165550001"),
            *self._call(5, 2, "79165550002", conversations_number=3),
            *self._call(10, 3, "79165550003", **unrecorded),
            *self._call(10, 3, "79165550003", later=4, **ANSWERED),
            *self._call(20, 4, None),
            *self._call(25, 5, "79165550005", status="Нет ответа"),
            *self._call(30, 6, "79165550006", query=None, utm_source="(not set)", utm_medium=None),
            # They called again, and somebody answered.
            *self._call(40, 7, "79165550005", **ANSWERED),
            *self._call(50, 8, "79165550006"),
        ]

    def _call(
        self, minute: int, number: int, phone: str | None, later: int = 1, **fields: object
    ) -> list[Appears]:
        at = MORNING + timedelta(minutes=minute)
        told = {**ROW, "appeal_id": number, "date": f"{at:%Y-%m-%dT%H:%M:%SZ}", "phone": phone, **fields}
        return [Appears(timedelta(minutes=minute + later), told)]
