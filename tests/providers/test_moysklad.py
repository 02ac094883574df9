"""MoySklad: the contract suite of its webhooks, and what is asked after them."""

import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar
from urllib.parse import unquote

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import SecretStr, ValidationError

from chalicelib.errors import Refused, Unreachable, Unreadable
from chalicelib.events import AnyEvent, OfferStock, StockTold
from chalicelib.gate.envelope import Envelope
from chalicelib.gate.tickets import fingerprint
from chalicelib.gate.webhook import Webhook
from chalicelib.providers.moysklad.client import Client
from chalicelib.providers.moysklad.poll import poller
from chalicelib.providers.moysklad.read import STOCK, Settings
from chalicelib.providers.moysklad.stock import stock_reader
from chalicelib.providers.polling import Asking, Record
from chalicelib.providers.reading import Reading
from sandbox.moysklad import an_id

from .contract import NOON, ZONE, Door, ProviderContract, a_webhook, contents

TOKEN, OTHER_TOKEN, API_TOKEN = "demo-url-token", "other-url-token", "demo-api-token"
OTHERS: Mapping[str, object] = {"api_token": API_TOKEN}
REPORT = (
    b"https://api.moysklad.ru/api/remap/1.2/report/stock/bystore/current?changedSince=2026-05-14 12:25:00"
)
SAMPLE = (
    b'{"accountId": "cccccccc-0000-11ef-0000-000000000003", "stockType": "stock", "reportType": "bystore",'
    b' "reportUrl": "' + REPORT + b'"}'
)
ENTITY = (
    b'{"auditContext": {"meta": {"type": "audit", "href": "https://api.moysklad.ru/api/remap/1.2/audit/a"},'
    b' "moment": "2026-05-14 12:30:00", "uid": "admin@demo"}, "events": [{"meta": {"type": "customerorder",'
    b' "href": "https://api.moysklad.ru/api/remap/1.2/entity/customerorder/b"}, "action": "UPDATE",'
    b' "accountId": "cccccccc-0000-11ef-0000-000000000003", "updatedFields": ["state"]}]}'
)
MAIN, OFFER = an_id(1), an_id(2)


def hook(content: bytes, token: str = TOKEN, request_id: str | None = None) -> Webhook:
    """As MoySklad sends it; an event has one id, in whatever bytes it comes."""
    try:
        meaning = json.dumps(json.loads(content), sort_keys=True)
    except (ValueError, RecursionError):
        meaning = content.decode("latin-1")
    query = {"requestId": fingerprint(meaning) if request_id is None else request_id}
    return a_webhook(content, path=(token,), query=query, content_type="application/json")


class TestContract(ProviderContract):
    provider = "moysklad"
    secrets: ClassVar[Mapping[str, str]] = {"token": TOKEN}
    next_secrets: ClassVar[Mapping[str, str]] = {"token": OTHER_TOKEN}
    other_settings: ClassVar[Mapping[str, object]] = OTHERS
    sample = SAMPLE
    same_event = json.dumps(dict(reversed(json.loads(SAMPLE).items())), indent=1).encode()
    other_event = SAMPLE.replace(b"12:25", b"12:30")
    events: ClassVar[tuple[AnyEvent, ...]] = ()
    note = "stock-changed"
    samples = (ENTITY,)
    broken = SAMPLE[:-20]
    wrong_encoding: ClassVar[Mapping[str, bytes]] = {"no UTF-8": SAMPLE.replace(b"bystore", b"\xff\xfe")}
    wrong_type_is_read = True
    unknown_is_kept = True
    unknown_note = "entity-changed"
    field_names = ("accountId", "stockType", "reportType", "reportUrl", "events", "at", "offers", "meta")

    def proven(self, content: bytes, secrets: Mapping[str, str]) -> Webhook:
        return hook(content, secrets["token"])

    def unknown_event(self) -> Webhook:
        return hook(ENTITY)

    def forgeries(self) -> Mapping[str, Webhook]:
        return {
            "no token": replace(hook(SAMPLE), path=()),
            "a wrong one": hook(SAMPLE, "guessed"),
            "an empty one": hook(SAMPLE, ""),
            "the API's": hook(SAMPLE, API_TOKEN),
            "our record's path": hook(SAMPLE, "stock"),
            "in the query": replace(hook(SAMPLE), path=(), query={"requestId": TOKEN}),
        }


class TestWebhooks:
    @pytest.mark.parametrize(
        "url",
        [
            "https://evil.example/api.moysklad.ru/api/remap/1.2/report",
            "https://api.moysklad.ru.evil.example/api/remap/1.2/report",
            "https://api.moysklad.ru@evil.example/api/remap/1.2/",
            "http://api.moysklad.ru/api/remap/1.2/report",
            "https://api.moysklad.ru/api/remap/1.20/report",
        ],
    )
    def test_a_foreign_report_is_for_a_person(self, url: str) -> None:
        door = Door("moysklad", {"token": TOKEN, **OTHERS})
        door.receive(hook(json.dumps({"reportUrl": url}).encode()))
        with pytest.raises(Unreadable, match="foreign-report-url"):
            door.reading()

    def test_a_repeat_has_the_same_request_id(self) -> None:
        door = Door("moysklad", {"token": TOKEN, **OTHERS})
        door.receive(hook(SAMPLE, request_id="1"), hook(SAMPLE, request_id="1"), hook(SAMPLE, request_id="2"))
        first, again, other = door.queue
        assert first.id == again.id != other.id

    def test_without_a_request_id_the_content_tells(self) -> None:
        door = Door("moysklad", {"token": TOKEN, **OTHERS})
        assert door.receive(hook(SAMPLE, request_id=""), hook(ENTITY, request_id="")).status == 200
        first, other = door.queue
        assert first.id != other.id

    def test_nobody_outside_can_tell_figures(self) -> None:
        """What looks like our own record comes without its path, and says nothing."""
        door = Door("moysklad", {"token": TOKEN, **OTHERS})
        record = json.dumps({"at": NOON.isoformat(), "offers": {"a": {"main": 1}}}).encode()
        door.receive(replace(hook(record), path=(TOKEN, *STOCK)))
        with pytest.raises(Unreadable, match="unexpected-content"):
            door.reading()

    def test_one_way_to_ask_is_needed(self) -> None:
        with pytest.raises(ValidationError):
            Settings(provider="moysklad", token=TOKEN)
        Settings(provider="moysklad", token=TOKEN, login="admin@demo", password=SecretStr("secret"))


Answer = Callable[[httpx.Request], httpx.Response]


class Warehouse:
    """Answers what it is told to, and keeps what it was asked."""

    def __init__(self, *answers: object, **changes: Any) -> None:
        self.asked: list[httpx.Request] = []
        self.slept: list[float] = []
        self._answers = list(answers)
        self.settings = Settings.model_validate(
            {"provider": "moysklad", "token": TOKEN, "api_token": API_TOKEN, "figure": "stock", **changes}
        )
        self.transport = httpx.MockTransport(self._answer)
        self.now = 0.0
        self.client = Client(self.settings, self.transport, self.sleep, lambda: self.now)

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer if isinstance(answer, httpx.Response) else httpx.Response(200, json=answer)

    @property
    def urls(self) -> list[str]:
        return [unquote(str(request.url)) for request in self.asked]


def line(quantity: float | None, store: str | None = MAIN, offer: str = OFFER, figure: str = "stock") -> Any:
    return {"assortmentId": offer, "storeId": store, figure: quantity}


def too_many(**headers: str) -> httpx.Response:
    return httpx.Response(429, headers=headers, json={"errors": [{"code": 1049}]})


class TestAsking:
    def test_what_changed_is_asked_for_in_moscow_time(self) -> None:
        warehouse = Warehouse([line(4), line(-1.5, offer=an_id(3)), line(9, store=None)])
        found = warehouse.client.changed(datetime(2026, 5, 14, 9, 25, tzinfo=UTC))
        assert found == {MAIN: {OFFER: 4, an_id(3): -1.5}}
        (request,) = warehouse.asked
        assert b" " not in request.url.raw_path
        assert warehouse.urls == [
            (
                "https://api.moysklad.ru/api/remap/1.2/report/stock/bystore/current"
                "?changedSince=2026-05-14 12:25:00&stockType=stock"
            )
        ]
        assert request.headers["accept-encoding"] == "gzip"
        assert request.headers["authorization"] == f"Bearer {API_TOKEN}"

    def test_with_login_and_password(self) -> None:
        warehouse = Warehouse([], api_token=None, login="админ@demo", password="secret")
        warehouse.client.changed(NOON)
        assert warehouse.asked[0].headers["authorization"].startswith("Basic ")

    @pytest.mark.parametrize("figure", ["stock", "freeStock", "quantity"])
    def test_the_figure_is_the_shops_choice(self, figure: str) -> None:
        warehouse = Warehouse([line(4, figure=figure)], figure=figure)
        assert warehouse.client.changed(NOON) == {MAIN: {OFFER: 4}}

    def test_too_many_requests_wait_as_long_as_it_says_in_milliseconds(self) -> None:
        retry = {"x-lognex-retry-after": "1500"}
        warehouse = Warehouse(too_many(**retry), too_many(**{"x-lognex-retry-timeinterval": "3000"}), [])
        assert warehouse.client.changed(NOON) == {}
        assert warehouse.slept == [1.5, 3.0]

    def test_it_is_not_stormed(self) -> None:
        warehouse = Warehouse(too_many())
        with pytest.raises(Unreachable):
            warehouse.client.changed(NOON)
        assert (len(warehouse.asked), warehouse.slept) == (4, [1.0, 1.0, 1.0])

    def test_who_wants_minutes_is_asked_another_time(self) -> None:
        warehouse = Warehouse(too_many(**{"x-lognex-retry-after": "60000"}))
        with pytest.raises(Unreachable):
            warehouse.client.changed(NOON)
        assert (len(warehouse.asked), warehouse.slept) == (1, [])

    def test_the_pace(self) -> None:
        warehouse = Warehouse([], requests_per_second=2)
        for _ in range(9):
            warehouse.client.changed(NOON)
        assert warehouse.now == pytest.approx(4)

    @pytest.mark.parametrize("status", [401, 403, 415, 302])
    def test_a_refusal_is_told_without_the_key(self, status: int) -> None:
        warehouse = Warehouse(httpx.Response(status, headers={"location": "https://evil.example/"}))
        with pytest.raises(Refused) as refused:
            warehouse.client.changed(NOON)
        assert API_TOKEN not in str(refused.value)
        assert len(warehouse.asked) == 1

    def test_the_crm_may_know_offers_by_another_field(self) -> None:
        rows = [{"id": OFFER, "article": " T-1 "}, {"id": an_id(3)}]
        warehouse = Warehouse({"rows": rows}, sku="article")
        assert warehouse.client.skus({OFFER, an_id(3)}) == {OFFER: "T-1"}
        assert warehouse.urls == [
            (
                "https://api.moysklad.ru/api/remap/1.2/entity/assortment?limit=1000"
                f"&filter=id={OFFER};id={an_id(3)}"
            )
        ]

    def test_names_of_many_offers_are_asked_in_pages(self) -> None:
        pages = [
            {"rows": [{"id": an_id(page * 1000 + row), "code": str(row)} for row in range(1000)]}
            for page in range(2)
        ]
        warehouse = Warehouse(*pages, {"rows": []}, sku="code")
        names = warehouse.client.all_skus()
        assert names is not None
        assert (len(names), len(warehouse.asked)) == (2000, 3)
        ids = {an_id(number) for number in range(250)}
        warehouse = Warehouse({"rows": []}, sku="code")
        warehouse.client.skus(ids)
        assert len(warehouse.asked) == 3
        assert max(len(str(request.url)) for request in warehouse.asked) < 8000


class TestEverything:
    def test_each_of_our_stores_is_asked_for(self) -> None:
        warehouse = Warehouse([line(4), line(None, offer=an_id(3)), line(0, offer=an_id(4))])
        reader = stock_reader(warehouse.settings, warehouse.transport, warehouse.sleep)
        (picture,) = reader.pictures(["main", MAIN])
        assert picture == (MAIN, {OFFER: 4, an_id(3): None, an_id(4): 0})
        assert warehouse.urls == [
            (
                "https://api.moysklad.ru/api/remap/1.2/report/stock/bystore/current"
                f"?include=zeroLines&withRecalculate=true&filter=storeId={MAIN}&stockType=stock"
            )
        ]


def test_the_answer_is_read() -> None:
    warehouse = Warehouse([line(4), line(2, offer=an_id(3)), line(None, offer=an_id(4))])
    asking = Asking(NOON - timedelta(minutes=5), NOON, heard=lambda: iter([]), is_known=lambda _: False)
    ((record,),) = poller(warehouse.settings, ZONE, warehouse.transport).pages(asking)
    envelope = replace(a_webhook(record.content, path=record.path), method="GET")
    door = Door("moysklad", {"token": TOKEN, **OTHERS})

    reading = door.read(Envelope.seal(envelope, record.dedup_id, record.group))
    (told,) = reading.events
    assert isinstance(told, StockTold)
    assert (told.source, told.at, told.piece) == ("shop", NOON, None)
    assert sorted(told.offers, key=lambda offer: offer.sku) == [
        OfferStock(sku=OFFER, stores=((MAIN, 4),)),
        OfferStock(sku=an_id(3), stores=((MAIN, 2),)),
    ]
    assert reading == Reading((told,))


@settings(deadline=None)
@given(data=st.data())
def test_whatever_moysklad_answers_is_stock_or_trouble(data: st.DataObject) -> None:
    names = st.sampled_from(("assortmentId", "storeId", "stock", "rows", "id", "code")) | st.text(max_size=5)
    content, status = data.draw(contents(names)), data.draw(st.sampled_from([200, 200, 400, 404, 500]))
    warehouse = Warehouse(
        httpx.Response(status, content=content), sku=data.draw(st.sampled_from(["id", "code"]))
    )
    asking = Asking(NOON - timedelta(minutes=5), NOON, heard=lambda: iter([]), is_known=lambda _: False)
    records: list[Record] = []
    with suppress(Refused, Unreachable):
        changes = poller(warehouse.settings, ZONE, warehouse.transport)
        records += [one for page in changes.pages(asking) for one in page]
    assert all(json.loads(record.content)["offers"] for record in records)
