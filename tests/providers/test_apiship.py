"""ApiShip: the contract suite of its webhooks, and what its statuses say once they were asked for."""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

import pytest

from chalicelib.errors import Unreadable
from chalicelib.events import AnyEvent, ParcelMoved, ParcelReason, ParcelStatus
from chalicelib.gate.webhook import Webhook
from chalicelib.providers.apiship.gate import status_id
from chalicelib.providers.apiship.read import ASKED, STATUSES, Settings, read
from chalicelib.providers.reading import Reading

from .contract import NOON, ZONE, Door, ProviderContract, a_webhook

TOKEN, API_TOKEN = "apiship-demo-token-1", "apiship-demo-api-token"
ORDER: Mapping[str, Any] = {
    "orderId": 7700001,
    "providerKey": "cdek",
    "providerNumber": "10000000011",
    "clientNumber": "1001A",
    "returnProviderNumber": "",
    "barcode": "",
    "trackingUrl": "https://example.com/t/1",
}
WAITS: Mapping[str, Any] = {
    "key": "readyForRecipient",
    "name": "Готов к выдаче",
    "description": "Заказ ожидает получателя",
    "created": "2026-05-14T09:21:00+03:00",
    "providerCode": "12",
    "providerName": "Принят на склад до востребования",
    "createdProvider": "2026-05-14T09:20:00+03:00",
}


def content(order: Mapping[str, object] | None = None, **status: object) -> bytes:
    """The sample of the reference; ``...`` takes a field of the status out."""
    told = {name: value for name, value in {**WAITS, **status}.items() if value is not ...}
    return json.dumps({"orderInfo": {**ORDER, **(order or {})}, "status": told}, ensure_ascii=False).encode()


HINT = json.dumps({"orderInfo": {"orderId": 7700001, "clientNumber": "1001A"}}).encode()


def posted(body: bytes, token: str = TOKEN) -> Webhook:
    return a_webhook(body, path=(token,), content_type="application/json")


def door(*bodies: bytes) -> Door:
    door = Door("apiship", {"token": TOKEN, "api_token": API_TOKEN})
    for body in bodies:
        assert door.receive(posted(body)).status == 200
    return door


def reading(body: bytes, **settings: object) -> Reading:
    own = {"provider": "apiship", "token": TOKEN, "api_token": API_TOKEN, **settings}
    return read(a_webhook(body, path=ASKED), Settings.model_validate(own), ZONE)


def moved(order: Mapping[str, object] | None = None, **status: object) -> ParcelMoved:
    (event,) = reading(content(order, **status)).events
    assert isinstance(event, ParcelMoved)
    return event


class TestContract(ProviderContract):
    provider = "apiship"
    secrets: ClassVar[Mapping[str, str]] = {"token": TOKEN}
    next_secrets: ClassVar[Mapping[str, str]] = {"token": "apiship-demo-token-2"}
    other_settings: ClassVar[Mapping[str, object]] = {"api_token": API_TOKEN}
    sample = content()
    same_event = json.dumps(dict(reversed(json.loads(content()).items())), indent=1).encode()
    other_event = content(createdProvider="2026-05-14T09:20:01+03:00")
    samples = (HINT, content(createdProvider=None), content({"clientNumber": ""}))
    events: ClassVar[tuple[AnyEvent, ...]] = ()
    note = "status-announced"
    broken = content()[:-20]
    wrong_encoding: ClassVar[Mapping[str, bytes]] = {
        "cp1251": content().decode().encode("cp1251"),
        "no UTF-8": content().replace(b"1001A", b"\xff\xfe"),
    }
    wrong_type_is_read = True
    unknown_is_kept = True
    unknown_note = "status-announced"
    field_names = ("orderInfo", "status", *ORDER, *WAITS)

    def proven(self, content: bytes, secrets: Mapping[str, str]) -> Webhook:
        return posted(content, secrets["token"])

    def unknown_event(self) -> Webhook:
        return posted(content(key="teleported"))

    def forgeries(self) -> Mapping[str, Webhook]:
        authentic = posted(content())
        return {
            "wrong": replace(authentic, path=("guessed",)),
            "wrong in query": replace(authentic, path=(), query={"token": "guessed"}),
            "missing": replace(authentic, path=()),
            "empty": replace(authentic, path=("",)),
            "cut off": replace(authentic, path=(TOKEN[:-1],)),
            "the token of the API": replace(authentic, path=(API_TOKEN,)),
            "the path of our own records": replace(authentic, path=ASKED),
            "in the body": replace(authentic, path=(), body=json.dumps({"token": TOKEN}).encode()),
        }


class TestAnnouncements:
    def test_nobody_can_pass_a_record_off_as_asked_for(self) -> None:
        it = Door("apiship", {"token": TOKEN, "api_token": API_TOKEN})
        it.receive(replace(posted(content()), path=(TOKEN, *ASKED)))
        assert it.reading() == Reading(note="status-announced")

    def test_the_id_of_an_announcement_is_not_that_of_the_status(self) -> None:
        """Else the status that was asked for would be known already."""
        it = door(content())
        (announced,) = it.queue
        assert (
            announced.id != type(announced).seal(announced.webhook, status_id(json.loads(content())), "").id
        )

    def test_without_a_status_it_is_the_same_for_ten_minutes(self) -> None:
        it = door()
        for minutes in (0, 9, 10):
            it.receive(replace(posted(HINT), received_at=NOON + timedelta(minutes=minutes)))
        first, again, other = it.queue
        assert first.id == again.id != other.id

    @pytest.mark.parametrize("order_id", [None, "", "x", -1, 1.5, True, [], "٣", 10**20])
    def test_an_order_without_a_number_is_for_a_person(self, order_id: object) -> None:
        with pytest.raises(Unreadable, match="unexpected-content"):
            door(content({"orderId": order_id})).reading()

    def test_statuses_of_one_order_stay_in_order(self) -> None:
        first, second, other = door(
            content(), content(key="delivered"), content({"clientNumber": "1002B"})
        ).queue
        assert first.group == second.group != other.group


class TestStatuses:
    def test_an_ordinary_one(self) -> None:
        assert moved() == ParcelMoved(
            parcel_id="7700001",
            track_number="10000000011",
            order_number="1001A",
            status=ParcelStatus.WAITING,
            code="readyForRecipient",
            at=datetime(2026, 5, 14, 6, 20, tzinfo=UTC),
        )

    @pytest.mark.parametrize(("key", "status"), STATUSES.items())
    def test_each_key_has_its_meaning(self, key: str, status: ParcelStatus) -> None:
        assert moved(key=key).status is status

    @pytest.mark.parametrize(
        ("key", "status"),
        [
            ("onPointOut", ParcelStatus.IN_CITY),
            ("returnedFromDelivery", ParcelStatus.ATTEMPT_FAILED),
            ("partialReturn", ParcelStatus.PARTIAL),
            ("returnReady", ParcelStatus.RETURNING),
        ],
    )
    def test_names_that_mislead(self, key: str, status: ParcelStatus) -> None:
        assert moved(key=key).status is status

    @pytest.mark.parametrize("key", ["unknown", "notApplicable"])
    def test_what_apiship_does_not_understand_leaves_the_parcel_where_it_was(self, key: str) -> None:
        assert reading(content(key=key)) == Reading(note=f"no-stage:{key}")

    def test_a_new_key_is_noted(self, caplog: pytest.LogCaptureFixture) -> None:
        assert reading(content(key="teleported")) == Reading(note="unknown-status:teleported")
        assert "unknown status" in caplog.text

    def test_a_trouble_says_why_in_the_couriers_words(self) -> None:
        event = moved(key="problem", providerDescription="Отказ получателя")
        assert (event.status, event.reason, event.reason_words) == (
            ParcelStatus.PROBLEM,
            None,
            "Отказ получателя",
        )
        assert moved(key="problem").reason_words == "Заказ ожидает получателя"
        assert len(moved(key="problem", description="ы" * 5000).reason_words) == 200
        assert moved(key="lost").reason is ParcelReason.LOST
        assert moved(key="delivered", providerDescription="Вручён").reason_words == ""

    @pytest.mark.parametrize("text", [..., None, "", "0000-00-00T00:00:00", "1970-01-01T03:00:00+03:00"])
    def test_a_courier_without_a_clock_leaves_apiships(self, text: object) -> None:
        assert moved(createdProvider=text).at == datetime(2026, 5, 14, 6, 21, tzinfo=UTC)

    def test_a_time_without_an_offset_is_in_the_sources_zone(self) -> None:
        assert moved(createdProvider="2026-05-14T13:20:00").at == datetime(2026, 5, 14, 6, 20, tzinfo=UTC)

    @pytest.mark.parametrize("text", [..., "soon"])
    def test_without_any_time_it_is_for_a_person(self, text: object) -> None:
        with pytest.raises(Unreadable, match="unexpected-content"):
            reading(content(created=text, createdProvider=text))

    def test_a_status_of_the_future_is_quarantined(self) -> None:
        with pytest.raises(Unreadable, match="future"):
            reading(content(createdProvider=(NOON + timedelta(days=31)).isoformat()))

    def test_couriers_that_another_source_follows_are_left_to_it(self) -> None:
        assert reading(content(), providers=["boxberry"]) == Reading(note="other-provider:cdek")
        assert reading(content(), providers=["boxberry", "cdek"]).events
