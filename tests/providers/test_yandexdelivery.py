"""Yandex Delivery: the contract suite of its calls, and what its statuses say once they were asked for."""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar
from urllib.parse import parse_qsl

import pytest
from pydantic import ValidationError

from chalicelib.errors import Unreadable
from chalicelib.events import AnyEvent, ParcelMoved, ParcelReason, ParcelStatus
from chalicelib.gate.webhook import Webhook
from chalicelib.providers.reading import Reading
from chalicelib.providers.yandexdelivery.read import CLAIM, REQUEST, Settings, read
from chalicelib.providers.yandexdelivery.statuses import CLAIM_STATUSES, REASONS, REQUEST_STATUSES

from .contract import NOON, ZONE, Door, ProviderContract, a_webhook

TOKEN, API_TOKEN = "yandex-demo-token-1", "yandex-demo-oauth"
CLAIM_ID = "3b8d1af142664fde824626a7c19e2bd9"
CALL = f"claim_id={CLAIM_ID}&updated_ts=2026-05-14T09%3A20%3A00%2B00%3A00".encode()
SETTINGS: Mapping[str, Any] = {
    "api_token": API_TOKEN,
    "services": ["other-day", "express"],
    "token": TOKEN,
}
ARRIVED: Mapping[str, Any] = {
    "status": "DELIVERY_ARRIVED_PICKUP_POINT",
    "timestamp": 1778750400,
    "timestamp_utc": "2026-05-14T09:20:00.000000Z",
}


def request(**state: object) -> bytes:
    """A record of an other-day request; ``...`` takes a field of the status out."""
    told = {
        "request_id": "demo-0001-udp",
        "courier_order_id": "LO-1",
        "order_number": "1001A",
        "state": {name: value for name, value in {**ARRIVED, **state}.items() if value is not ...},
        "keep_until": "2026-05-21T20:59:59+00:00",
    }
    return json.dumps(told, ensure_ascii=False).encode()


def claim(**changes: object) -> bytes:
    """A record of an express claim."""
    told = {
        "claim_id": CLAIM_ID,
        "status": "delivered",
        "updated_ts": "2026-05-14T09:20:00+00:00",
        "order_numbers": ["1001A"],
        **changes,
    }
    return json.dumps(told).encode()


def reading(body: bytes, path: tuple[str, ...]) -> Reading:
    own = Settings.model_validate({"provider": "yandexdelivery", **SETTINGS})
    return read(a_webhook(body, path=path), own, ZONE)


def moved(body: bytes, path: tuple[str, ...] = REQUEST) -> ParcelMoved:
    (event,) = reading(body, path).events
    assert isinstance(event, ParcelMoved)
    return event


def called(body: bytes, token: str = TOKEN) -> Webhook:
    return a_webhook(body, path=(token,), content_type="application/x-www-form-urlencoded")


def in_the_query(body: bytes) -> Webhook:
    """As Yandex does it."""
    return replace(a_webhook(path=(TOKEN,)), query=dict(parse_qsl(body.decode())))


def door(*webhooks: Webhook) -> Door:
    door = Door("yandexdelivery", SETTINGS)
    for webhook in webhooks:
        assert door.receive(webhook).status == 200
    return door


class TestContract(ProviderContract):
    provider = "yandexdelivery"
    secrets: ClassVar[Mapping[str, str]] = {"token": TOKEN}
    next_secrets: ClassVar[Mapping[str, str]] = {"token": "yandex-demo-token-2"}
    other_settings: ClassVar[Mapping[str, object]] = {"api_token": API_TOKEN, "services": ["express"]}
    sample = CALL
    same_event = b"&".join(reversed(CALL.split(b"&"))) + b"&my=1"
    other_event = CALL.replace(b"20%3A00%2B", b"20%3A01%2B")
    samples = (CALL.split(b"&")[0],)
    events: ClassVar[tuple[AnyEvent, ...]] = ()
    note = "claim-announced"
    broken = CALL[:6]
    broken_reason = "unexpected-content"
    wrong_encoding: ClassVar[Mapping[str, bytes]] = {"no UTF-8": CALL.replace(b"3b8", b"%ff%fe")}
    wrong_type_is_read = True
    unknown_is_kept = True
    unknown_note = "claim-announced"
    field_names = ("claim_id", "updated_ts", "status")

    def proven(self, content: bytes, secrets: Mapping[str, str]) -> Webhook:
        return called(content, secrets["token"])

    def unknown_event(self) -> Webhook:
        return called(CALL + b"&event=teleported")

    def forgeries(self) -> Mapping[str, Webhook]:
        authentic = called(CALL)
        return {
            "wrong": replace(authentic, path=("guessed",)),
            "wrong in query": replace(authentic, path=(), query={"token": "guessed"}),
            "missing": replace(authentic, path=()),
            "empty": replace(authentic, path=("",)),
            "cut off": replace(authentic, path=(TOKEN[:-1],)),
            "the token of the API": replace(authentic, path=(API_TOKEN,)),
            "the path of our own records": replace(authentic, path=CLAIM),
            "in the body": replace(authentic, path=(), body=CALL + f"&token={TOKEN}".encode()),
        }


class TestCalls:
    def test_the_claim_stands_in_the_query(self) -> None:
        it = door(in_the_query(CALL), called(CALL))
        first, again = it.queue
        assert first.id == again.id
        assert first.webhook.query["claim_id"] == CLAIM_ID
        assert it.read(first) == Reading(note="claim-announced")

    def test_a_body_beside_the_query_does_not_matter(self) -> None:
        it = door(replace(in_the_query(CALL), body=b"\xff{"))
        assert it.reading() == Reading(note="claim-announced")

    def test_without_a_moment_it_is_the_same_for_ten_minutes(self) -> None:
        call = in_the_query(CALL.split(b"&")[0])
        first, again, other = door(
            *(replace(call, received_at=NOON + timedelta(minutes=minutes)) for minutes in (0, 9, 10))
        ).queue
        assert first.id == again.id != other.id

    @pytest.mark.parametrize("path", [REQUEST, CLAIM])
    def test_nobody_can_pass_a_record_off_as_asked_for(self, path: tuple[str, ...]) -> None:
        it = door(replace(in_the_query(CALL), path=(TOKEN, *path), body=claim()))
        assert it.reading() == Reading(note="claim-announced")

    @pytest.mark.parametrize("claim_id", ["", "../info", "a b", "x" * 101, "заявка"])
    def test_an_id_that_is_none_is_for_a_person(self, claim_id: str) -> None:
        with pytest.raises(Unreadable, match="unexpected-content"):
            door(replace(a_webhook(path=(TOKEN,)), query={"claim_id": claim_id})).reading()

    def test_without_a_token_of_ours_nobody_is_let_in(self) -> None:
        """Other-day deliveries need none: they call nobody."""
        settings = {"api_token": API_TOKEN, "services": ["other-day"]}
        Settings.model_validate({"provider": "yandexdelivery", **settings})
        assert Door("yandexdelivery", settings).receive(in_the_query(CALL)).status == 403


class TestRequests:
    def test_an_ordinary_one(self) -> None:
        assert moved(request()) == ParcelMoved(
            parcel_id="demo-0001-udp",
            track_number="LO-1",
            order_number="1001A",
            status=ParcelStatus.WAITING,
            code="DELIVERY_ARRIVED_PICKUP_POINT",
            at=datetime(2026, 5, 14, 9, 20, tzinfo=UTC),
            keep_until=datetime(2026, 5, 21, 20, 59, 59, tzinfo=UTC),
        )

    @pytest.mark.parametrize(("code", "status"), REQUEST_STATUSES.items())
    def test_each_status_has_its_meaning(self, code: str, status: ParcelStatus) -> None:
        assert moved(request(status=code)).status is status

    @pytest.mark.parametrize(
        ("code", "status"),
        [
            ("DELIVERY_TRACK_RECIEVED", ParcelStatus.CREATED),
            ("PARTICULARLY_DELIVERED", ParcelStatus.PARTIAL),
            ("RETURN_READY_FOR_PICKUP", ParcelStatus.RETURNING),
            ("SORTING_CENTER_RETURN_RFF_ARRIVED", ParcelStatus.RETURNING),
            ("SORTING_CENTER_AT_START", ParcelStatus.IN_TRANSIT),
        ],
    )
    def test_names_that_mislead_or_are_misspelt(self, code: str, status: ParcelStatus) -> None:
        assert moved(request(status=code)).status is status

    def test_an_extended_term_still_waits_and_has_the_new_term(self) -> None:
        event = moved(request(status="DELIVERY_STORAGE_PERIOD_EXTENDED"))
        assert (event.status, event.keep_until) == (
            ParcelStatus.WAITING,
            datetime(2026, 5, 21, 20, 59, 59, tzinfo=UTC),
        )

    def test_an_extended_term_of_which_yandex_does_not_tell_the_end_has_no_known_end(self) -> None:
        told = {**json.loads(request(status="DELIVERY_STORAGE_PERIOD_EXTENDED")), "keep_until": ""}
        event = moved(json.dumps(told).encode())
        assert (event.status, event.keep_until, event.is_extended) == (ParcelStatus.WAITING, None, True)
        assert not moved(request(status="DELIVERY_STORAGE_PERIOD_EXTENDED")).is_extended
        assert not moved(json.dumps({**json.loads(request()), "keep_until": ""}).encode()).is_extended

    def test_a_term_that_is_over_is_a_trouble_and_no_place(self) -> None:
        event = moved(request(status="DELIVERY_STORAGE_PERIOD_EXPIRED"))
        assert (event.status, event.reason, event.keeps_status, event.keep_until) == (
            ParcelStatus.PROBLEM,
            ParcelReason.STORAGE_OVER,
            True,
            None,
        )

    @pytest.mark.parametrize(
        "code",
        [
            "DELIVERY_TIME_INTERVALS_UPDATED",
            "DELIVERY_DATE_UPDATED_BY_SHOP",
            "DELIVERY_DATE_UPDATED_BY_RECIPIENT",
            "CONFIRMATION_CODE_RECEIVED",
            "FINISHED",
        ],
    )
    def test_notes_are_no_stages(self, code: str) -> None:
        assert reading(request(status=code), REQUEST) == Reading(note=f"no-stage:{code}")

    def test_a_new_status_is_noted(self, caplog: pytest.LogCaptureFixture) -> None:
        assert reading(request(status="TELEPORTED"), REQUEST) == Reading(note="unknown-status:TELEPORTED")
        assert "unknown status" in caplog.text

    @pytest.mark.parametrize(("code", "reason"), REASONS.items())
    def test_each_reason_has_its_meaning(self, code: str, reason: ParcelReason) -> None:
        assert moved(request(status="CANCELLED", reason=code)).reason is reason

    def test_a_change_of_the_date_is_no_reason(self) -> None:
        event = moved(request(status="DELIVERY_ATTEMPT_FAILED", reason="DELIVERY_DATE_UPDATED_BY_SHOP"))
        assert event.reason is None

    @pytest.mark.parametrize(
        "times",
        [{"timestamp": ...}, {"timestamp_utc": ...}, {"timestamp_utc": None, "timestamp": "1778750400"}],
    )
    def test_either_time_is_enough(self, times: Mapping[str, object]) -> None:
        assert moved(request(**times)).at == datetime(2026, 5, 14, 9, 20, tzinfo=UTC)

    @pytest.mark.parametrize("second", [..., "", "soon", 1, 9999999999, 1778750400000, "٣", -5])
    def test_an_absurd_time_is_quarantined(self, second: object) -> None:
        with pytest.raises(Unreadable, match="unexpected-content"):
            reading(request(timestamp_utc=..., timestamp=second), REQUEST)

    def test_a_status_of_the_future_is_quarantined(self) -> None:
        with pytest.raises(Unreadable, match="future"):
            reading(request(timestamp_utc=(NOON + timedelta(days=31)).isoformat()), REQUEST)

    @pytest.mark.parametrize("text", ["", "soon", "0001-01-01T00:00:00Z"])
    def test_a_term_that_cannot_be_read_is_left_out(self, text: str) -> None:
        told = {**json.loads(request()), "keep_until": text}
        assert moved(json.dumps(told).encode()).keep_until is None

    def test_without_a_number_of_its_own_it_is_known_by_its_id(self) -> None:
        told = {**json.loads(request()), "courier_order_id": None}
        assert moved(json.dumps(told).encode()).track_number == "demo-0001-udp"


class TestClaims:
    def test_an_ordinary_one(self) -> None:
        assert moved(claim(), CLAIM) == ParcelMoved(
            parcel_id=CLAIM_ID,
            track_number=CLAIM_ID,
            order_number="1001A",
            status=ParcelStatus.DELIVERED,
            code="delivered",
            at=datetime(2026, 5, 14, 9, 20, tzinfo=UTC),
        )

    @pytest.mark.parametrize(("code", "status"), CLAIM_STATUSES.items())
    def test_each_status_has_its_meaning(self, code: str, status: ParcelStatus) -> None:
        assert moved(claim(status=code), CLAIM).status is status
        assert status is not ParcelStatus.WAITING

    def test_a_claim_with_several_orders_says_nothing_of_any(self) -> None:
        assert reading(claim(order_numbers=["1", "2"]), CLAIM) == Reading(note="several-orders")

    def test_a_new_status_is_noted(self) -> None:
        assert reading(claim(status="teleported"), CLAIM) == Reading(note="unknown-status:teleported")

    def test_an_absurd_time_is_quarantined(self) -> None:
        with pytest.raises(Unreadable, match="unexpected-content"):
            reading(claim(updated_ts="soon"), CLAIM)


def test_all_days_must_have_their_turn_in_time() -> None:
    with pytest.raises(ValidationError, match="days_per_round"):
        Settings.model_validate({"provider": "yandexdelivery", **SETTINGS, "every": "1h"})
