"""CDEK: the contract suite, and the surprises of its webhooks."""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar

import pytest

from chalicelib.errors import Unreadable
from chalicelib.events import AnyEvent, ParcelMoved, ParcelStatus
from chalicelib.gate.webhook import Webhook
from chalicelib.providers.cdek.statuses import STATUSES
from chalicelib.providers.reading import Reading
from tests.courier_days import CallingCourierDay, News, Outcome

from .contract import Door, ProviderContract, a_webhook

FOLDER = Path(__file__).parent / "cdek"
ARRIVED = (FOLDER / "arrived.json").read_bytes()
TOKEN = "cdek-demo-token-1"

MOVED = ParcelMoved(
    parcel_id="10000000011",
    track_number="10000000011",
    order_number="1001A",
    status=ParcelStatus.WAITING,
    code="ACCEPTED_AT_PICK_UP_POINT",
    at=datetime(2026, 5, 14, 6, 20, tzinfo=UTC),
    city="Москва",
)


def with_attributes(**changes: object) -> bytes:
    """The arrival with other attributes; ``...`` takes one out."""
    message: dict[str, Any] = json.loads(ARRIVED)
    attributes = {**message["attributes"], **changes}
    message["attributes"] = {name: value for name, value in attributes.items() if value is not ...}
    return json.dumps(message).encode()


def received(content: bytes) -> Door:
    door = Door("cdek", {"token": TOKEN})
    assert door.receive(a_webhook(content, path=(TOKEN,))).status == 200
    return door


def moved(content: bytes) -> ParcelMoved:
    (event,) = received(content).reading().events
    assert isinstance(event, ParcelMoved)
    return event


class TestContract(ProviderContract):
    provider = "cdek"
    secrets: ClassVar[Mapping[str, str]] = {"token": TOKEN}
    next_secrets: ClassVar[Mapping[str, str]] = {"token": "cdek-demo-token-2"}
    sample = ARRIVED
    same_event = json.dumps(dict(reversed(json.loads(ARRIVED).items())), indent=1).encode()
    other_event = with_attributes(status_date_time="2026-05-14T06:20:01+0000")
    events: ClassVar[tuple[AnyEvent, ...]] = (MOVED,)
    samples = (
        with_attributes(code="DELIVERED", status_reason_code="20", cdek_number=10000000011, city="Москва"),
        with_attributes(deleted=True, is_return=None, number=...),
    )
    broken = ARRIVED[:-20]
    wrong_encoding: ClassVar[Mapping[str, bytes]] = {
        "cp1251": ARRIVED.decode().encode("cp1251"),
        "no UTF-8": ARRIVED.replace(b"1001A", b"\xff\xfe"),
    }
    wrong_type_is_read = True
    field_names = (*json.loads(ARRIVED), *json.loads(ARRIVED)["attributes"])

    def proven(self, content: bytes, secrets: Mapping[str, str]) -> Webhook:
        return a_webhook(content, path=(secrets["token"],), content_type="application/json")

    def may_be_forgotten(self, webhook: Webhook) -> bool:
        try:
            kind = json.loads(webhook.body.decode("utf-8-sig")).get("type")
        except (ValueError, AttributeError, RecursionError):
            return False
        return isinstance(kind, str) and kind not in {"", "ORDER_STATUS", "DELIV_PROBLEM"}

    def unknown_event(self) -> Webhook:
        return self.authentic(b'{"type": "MOON_PHASE", "uuid": "1", "attributes": {}}')

    def forgeries(self) -> Mapping[str, Webhook]:
        authentic = self.authentic(ARRIVED)
        return {
            "wrong": replace(authentic, path=("guessed",)),
            "wrong in query": replace(authentic, path=(), query={"token": "guessed"}),
            "missing": replace(authentic, path=()),
            "empty": replace(authentic, path=("",)),
            "empty in query": replace(authentic, path=(), query={"token": ""}),
            "cut off": replace(authentic, path=(TOKEN[:-1],)),
            "not ASCII": replace(authentic, path=("токен\ud800",)),
            "in the body": replace(authentic, path=(), body=json.dumps({"token": TOKEN}).encode()),
        }


class TestDay(CallingCourierDay):
    source = "cdek"
    settings: ClassVar[Mapping[str, Any]] = {"provider": "cdek", "token": TOKEN}
    day = (
        News(timedelta(minutes=5), "101", "RECEIVED_AT_SHIPMENT_WAREHOUSE"),
        News(timedelta(minutes=5), "102", "SENT_TO_RECIPIENT_CITY"),
        News(timedelta(minutes=6), "103", "TAKEN_BY_COURIER"),
        News(timedelta(minutes=7), "104", "ACCEPTED_AT_PICK_UP_POINT"),
        News(timedelta(minutes=8), "105", "POSTOMAT_POSTED"),
        News(timedelta(hours=1), "101", "RETURNED_TO_SENDER_CITY_WAREHOUSE"),
        News(timedelta(hours=4), "101", "ACCEPTED_AT_PICK_UP_POINT"),
        News(timedelta(hours=5), "102", "ACCEPTED_AT_PICK_UP_POINT"),
        News(timedelta(hours=5), "103", "DELIV_PROBLEM", "13"),
        News(timedelta(hours=6), "103", "RETURNED_TO_RECIPIENT_CITY_WAREHOUSE"),
        News(timedelta(hours=6), "104", "NOT_DELIVERED", "11"),
        News(timedelta(hours=8), "102", "DELIVERED"),
        News(timedelta(hours=8), "103", "TAKEN_BY_COURIER"),
        News(timedelta(hours=9), "103", "DELIVERED"),
        News(timedelta(hours=9), "105", "DELIV_PROBLEM", "38"),
        News(timedelta(hours=9), "106", "DELIVERED", "20"),
        News(timedelta(hours=10), "107", "NOT_DELIVERED", "26"),
    )
    outcomes: ClassVar[Mapping[str, Outcome]] = {
        "101": Outcome("arrived-in-pickup-point", messages=1),
        "102": Outcome("complete", messages=1, is_sure=False),
        "103": Outcome("complete"),
        "104": Outcome("return", messages=1, is_sure=False, tasks=1),
        "105": Outcome("arrived-in-pickup-point", messages=1, tasks=1),
        "106": Outcome("send-to-delivery", tasks=1),
        "107": Outcome("send-to-delivery", tasks=1),
    }

    def webhook(self, news: News, at: datetime, order_number: str) -> Webhook:
        stamp = at.strftime("%Y-%m-%dT%H:%M:%S+0000")
        known = {"cdek_number": news.track, "number": order_number}
        is_problem = news.code == "DELIV_PROBLEM"
        attributes = (
            {**known, "code": news.reason, "create_date": stamp}
            if is_problem
            else {
                **known,
                "code": news.code,
                "status_reason_code": news.reason,
                "status_date_time": stamp,
                "city_name": "Москва",
            }
        )
        kind = "DELIV_PROBLEM" if is_problem else "ORDER_STATUS"
        message = {"type": kind, "uuid": f"u-{news.track}", "attributes": attributes}
        return replace(a_webhook(json.dumps(message).encode(), path=(TOKEN,)), source=self.source)


def test_the_token_may_stand_in_the_query() -> None:
    door = Door("cdek", {"token": TOKEN})
    assert door.receive(a_webhook(ARRIVED, query={"token": TOKEN, "shop": "1"})).status == 200
    assert door.queue[0].webhook.query == {"shop": "1"}
    assert door.reading() == Reading((MOVED,))


@pytest.mark.parametrize(
    "kind",
    [
        "ORDER_MODIFIED",
        "DELIV_AGREEMENT",
        "PRINT_FORM",
        "PREALERT_CLOSED",
        "OFFICE_AVAILABILITY",
    ],
)
def test_other_types_are_answered_and_forgotten(kind: str) -> None:
    content = json.dumps({"type": kind, "uuid": "1", "attributes": {"code": "1"}}).encode()
    assert not received(content).queue


@pytest.mark.parametrize(
    "content",
    [
        b"{}",
        b"[]",
        b"null",
        b'{"type": ""}',
        b'{"type": 7}',
        b'{"type": "ORDER_STATUS"}',
        b'{"type": "ORDER_STATUS", "uuid": "1", "attributes": []}',
        with_attributes(code=...),
        with_attributes(code=""),
        with_attributes(cdek_number=...),
        with_attributes(is_return="perhaps"),
    ],
)
def test_what_does_not_say_what_it_is_goes_to_quarantine(content: bytes) -> None:
    with pytest.raises(Unreadable, match="unexpected-content"):
        received(content).reading()


class TestStatuses:
    @pytest.mark.parametrize(("code", "status"), STATUSES.items())
    def test_each_code_has_one_meaning(self, code: str, status: ParcelStatus) -> None:
        assert moved(with_attributes(code=code)).status is status

    def test_all_codes_of_the_documentation_are_known(self) -> None:
        documented = (FOLDER / "codes.txt").read_text().split()
        assert sorted(STATUSES) == sorted(documented)

    @pytest.mark.parametrize(
        ("code", "status"),
        [
            ("POSTOMAT_POSTED", ParcelStatus.WAITING),
            ("POSTOMAT_SEIZED", ParcelStatus.RETURNING),
            ("POSTOMAT_RECEIVED", ParcelStatus.DELIVERED),
            ("ENTERED_TO_WAREHOUSE_ON_DEMAND", ParcelStatus.IN_TRANSIT),
        ],
    )
    def test_the_number_1000_means_nothing(self, code: str, status: ParcelStatus) -> None:
        assert moved(with_attributes(code=code, status_code="1000")).status is status

    @pytest.mark.parametrize(
        ("code", "status"),
        [
            ("RETURNED_TO_SENDER_CITY_WAREHOUSE", ParcelStatus.IN_TRANSIT),
            ("RETURNED_TO_TRANSIT_WAREHOUSE", ParcelStatus.IN_TRANSIT),
            ("RETURNED_TO_RECIPIENT_CITY_WAREHOUSE", ParcelStatus.ATTEMPT_FAILED),
            ("ACCEPTED_AT_RECIPIENT_CITY_WAREHOUSE", ParcelStatus.IN_CITY),
        ],
    )
    def test_names_that_mislead(self, code: str, status: ParcelStatus) -> None:
        assert moved(with_attributes(code=code)).status is status

    @pytest.mark.parametrize(
        ("code", "reason", "status"),
        [
            ("DELIVERED", "20", ParcelStatus.PARTIAL),
            ("DELIVERED", 20, ParcelStatus.PARTIAL),
            ("DELIVERED", "", ParcelStatus.DELIVERED),
            ("NOT_DELIVERED", "26", ParcelStatus.LOST),
            ("NOT_DELIVERED", "23", ParcelStatus.RETURNING),
            ("NOT_DELIVERED", None, ParcelStatus.RETURNING),
            ("ACCEPTED_AT_PICK_UP_POINT", "26", ParcelStatus.WAITING),
        ],
    )
    def test_a_reason_can_change_the_meaning(self, code: str, reason: object, status: ParcelStatus) -> None:
        assert moved(with_attributes(code=code, status_reason_code=reason)).status is status

    def test_an_unknown_code_is_noted_and_logged(self, caplog: pytest.LogCaptureFixture) -> None:
        reading = received(with_attributes(code="TELEPORTED")).reading()
        assert reading == Reading(note="unknown-status-code:TELEPORTED")
        assert "unknown status code" in caplog.text


@pytest.mark.parametrize("name", ["is_return", "is_reverse", "is_client_return"])
@pytest.mark.parametrize("yes", [True, "true", "True", "1", 1])
def test_a_shipment_back_to_the_shop_is_not_the_clients_parcel(name: str, yes: object) -> None:
    reading = received(with_attributes(**{name: yes, "code": "DELIVERED"})).reading()
    assert reading == Reading(note="return-shipment")


@pytest.mark.parametrize("no", [False, "false", "0", 0, "", None, ...])
def test_a_flag_that_says_no(no: object) -> None:
    assert moved(with_attributes(is_return=no, is_reverse=no, is_client_return=no, deleted=no)) == MOVED


def test_a_withdrawal_is_another_event_than_the_status() -> None:
    door = received(ARRIVED)
    door.receive(a_webhook(with_attributes(deleted="true"), path=(TOKEN,)))
    status, withdrawal = door.queue
    assert withdrawal.id != status.id
    assert door.read(withdrawal) == Reading((MOVED.model_copy(update={"withdrawn": True}),))


def test_the_number_of_the_parcel_may_be_a_number() -> None:
    assert moved(with_attributes(cdek_number=10000000011)) == MOVED


def test_older_webhooks_name_the_city_otherwise() -> None:
    assert moved(with_attributes(city_name=..., city="Москва")) == MOVED


@pytest.mark.parametrize(
    "text",
    ["2026-05-14T06:20:00+0000", "2026-05-14T06:20:00Z", "2026-05-14T09:20:00+03:00", "2026-05-14T13:20:00"],
)
def test_times_with_any_offset_and_without_one_in_the_zone_of_the_source(text: str) -> None:
    assert moved(with_attributes(status_date_time=text)).at == MOVED.at


@pytest.mark.parametrize(
    "text",
    [
        "yesterday",
        "",
        "1778739600",
        1778739600,
        "0001-01-01T00:00:00+1400",
        "9999-12-31T23:59:59-1400",
        "2026-13-01",
    ],
)
def test_absurd_times_go_to_quarantine(text: object) -> None:
    with pytest.raises(Unreadable, match="unexpected-content"):
        received(with_attributes(status_date_time=text)).reading()


def test_statuses_of_one_order_stay_in_order_and_others_do_not_wait_for_them() -> None:
    door = received(ARRIVED)
    for content in (
        with_attributes(code="DELIVERED"),
        with_attributes(number="1002B"),
        with_attributes(number=""),
        with_attributes(number="", code="DELIVERED"),
        with_attributes(number="", cdek_number="10000000012"),
    ):
        door.receive(a_webhook(content, path=(TOKEN,)))
    groups = [envelope.group for envelope in door.queue]
    assert groups[0] == groups[1]
    assert groups[3] == groups[4]
    assert len(set(groups)) == 4
