"""AfterShip: the contract suite, its statuses, and the parcels that it is told to follow."""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from chalicelib.errors import Unreadable
from chalicelib.events import AnyEvent, ParcelMoved, ParcelReason, ParcelStatus
from chalicelib.gate.webhook import Webhook
from chalicelib.providers.aftership.gate import HEADER, signature
from chalicelib.providers.aftership.read import STATUSES, SUBTAGS, Settings
from chalicelib.providers.reading import Reading
from tests.courier_days import CallingCourierDay, News
from tests.courier_days import Outcome as AtTheEnd

from .contract import NOON, Door, ProviderContract, a_webhook
from .courier_contract import DELIVERY
from .polled_contract import Site
from .registering_contract import REFUSED, RegisteringContract, Service, ServiceWorld

SECRET, KEY = "demo-aftership-secret", "demo-aftership-key"
ARRIVED = (
    b'{"ts":1778751000,"event":"tracking_update","event_id":"3f1d2c4e-0000-4000-8000-000000000001",'
    b'"is_tracking_first_tag":true,"msg":{"id":"trk_demo_1","tracking_number":"RA000000001RU","slug":'
    b'"russian-post","tag":"AvailableForPickup","subtag":"AvailableForPickup_001","order_id":"1001A",'
    b'"checkpoints":[{"checkpoint_time":"2026-05-14T09:20:00+03:00","tag":"AvailableForPickup","subtag":'
    b'"AvailableForPickup_001","message":"Arrived at delivery office","location":"Moscow"}]}}'
)
SIGNATURE = "tD8GdrVS4BznoatbRZVpNV7/42Xh5p18DxguTJqoXgE="
MOVED = ParcelMoved(
    parcel_id="RA000000001RU",
    track_number="RA000000001RU",
    order_number="1001A",
    status=ParcelStatus.WAITING,
    code="AvailableForPickup_001",
    at=datetime(2026, 5, 14, 6, 20, tzinfo=UTC),
)
AT = int(datetime(2026, 5, 14, 9, 30, tzinfo=UTC).timestamp())
"""When AfterShip told it."""


def signed(content: bytes, secret: str = SECRET, sign: str | None = None) -> Webhook:
    webhook = a_webhook(content, content_type="application/json")
    own = signature(content, secret) if sign is None else sign
    return replace(webhook, headers={**webhook.headers, HEADER: own})


def update(told: str = "AvailableForPickup_001", *, event_id: object = "e1", **changes: Any) -> bytes:
    """A status; ``...`` takes a field of the parcel, or the id, out."""
    checkpoint = {"checkpoint_time": "2026-05-14T09:20:00+03:00", "message": "The courier's words"}
    parcel = {
        "tracking_number": "RA000000001RU",
        "order_id": "1001A",
        "tag": told.partition("_")[0],
        "subtag": told,
        "subtag_message": "AfterShip's words",
        "checkpoints": [checkpoint],
        **changes,
    }
    message = {"ts": AT, "event": "tracking_update", "event_id": event_id, "msg": _present(parcel)}
    return json.dumps(_present(message)).encode()


def _present(fields: Mapping[str, object]) -> dict[str, object]:
    return {name: value for name, value in fields.items() if value is not ...}


def checkpoints(*times: str) -> list[Mapping[str, str]]:
    return [{"checkpoint_time": time, "message": f"words of {time}"} for time in times]


def received(*contents: bytes) -> Door:
    door = Door("aftership", {"secret": SECRET})
    for content in contents:
        assert door.receive(signed(content)).status == 200
    return door


def moved(content: bytes) -> ParcelMoved:
    (event,) = received(content).reading().events
    assert isinstance(event, ParcelMoved)
    return event


class TestContract(ProviderContract):
    provider = "aftership"
    secrets: ClassVar[Mapping[str, str]] = {"secret": SECRET}
    next_secrets: ClassVar[Mapping[str, str]] = {"secret": "demo-aftership-secret-2"}
    sample = ARRIVED
    same_event = json.dumps(dict(reversed(json.loads(ARRIVED).items())), indent=1).encode()
    other_event = ARRIVED.replace(b'000000000001","is', b'000000000002","is')
    events: ClassVar[tuple[AnyEvent, ...]] = (MOVED,)
    samples = (
        update("Exception_010", order_number="1001A"),
        update("Pending_001", checkpoints=[]),
        update("InTransit_001", checkpoints=checkpoints("2026-05-14T00:52:00", "2026-05-13"), order_id=None),
    )
    broken = ARRIVED[:-20]
    wrong_encoding: ClassVar[Mapping[str, bytes]] = {
        "cp1251": ARRIVED.replace(b"Moscow", "Москва".encode("cp1251")),
        "no UTF-8": ARRIVED.replace(b"1001A", b"\xff\xfe"),
    }
    wrong_type_is_read = True
    field_names = (
        *json.loads(ARRIVED),
        *json.loads(ARRIVED)["msg"],
        *json.loads(ARRIVED)["msg"]["checkpoints"][0],
        "order_number",
    )

    def proven(self, content: bytes, secrets: Mapping[str, str]) -> Webhook:
        return signed(content, secrets["secret"])

    def altered(self, content: bytes, other: bytes) -> Webhook:
        return signed(other, sign=signature(content, SECRET))

    def may_be_forgotten(self, webhook: Webhook) -> bool:
        try:
            event = json.loads(webhook.body.decode("utf-8-sig")).get("event")
        except (ValueError, AttributeError, RecursionError):
            return False
        return isinstance(event, str) and event not in {"", "tracking_update"}

    def unknown_event(self) -> Webhook:
        return self.authentic(ARRIVED.replace(b"tracking_update", b"edd_revise"))

    def forgeries(self) -> Mapping[str, Webhook]:
        unsigned = a_webhook(ARRIVED, content_type="application/json")
        return {
            "unsigned": unsigned,
            "empty": signed(ARRIVED, sign=""),
            "another secret": signed(ARRIVED, "guessed"),
            "without a secret": signed(ARRIVED, ""),
            "in small letters": signed(ARRIVED, sign=SIGNATURE.lower()),
            "without its padding": signed(ARRIVED, sign=SIGNATURE.rstrip("=")),
            "not ASCII": signed(ARRIVED, sign="подпись\ud800"),
            "another body": signed(ARRIVED + b" ", sign=SIGNATURE),
            "in the query": a_webhook(ARRIVED, query={HEADER: SIGNATURE}),
        }


def test_the_documented_signature_is_base64_of_hmac_sha256() -> None:
    assert signature(ARRIVED, SECRET) == SIGNATURE


@given(
    part=st.sampled_from(["signature", "body", "secret"]), at=st.integers(0, 10_000), to=st.integers(0, 255)
)
def test_any_changed_byte_is_refused(part: str, at: int, to: int) -> None:
    parts = {"signature": SIGNATURE.encode(), "body": ARRIVED, "secret": SECRET.encode()}
    changed = bytearray(parts[part])
    at %= len(changed)
    if changed[at] == to:
        return
    changed[at] = to
    parts[part] = bytes(changed)
    sign = parts["signature"].decode("latin-1")
    if part == "secret":
        sign = signature(ARRIVED, parts["secret"].decode("latin-1"))
    door = Door("aftership", {"secret": SECRET})
    assert door.receive(signed(parts["body"], sign=sign)).status == 403
    assert not door.queue


@pytest.mark.parametrize("event", ["edd_revise", "tracking_pending_time", "return.approved"])
def test_other_events_are_answered_and_forgotten(event: str) -> None:
    assert not received(ARRIVED.replace(b"tracking_update", event.encode())).queue


class TestStatuses:
    @pytest.mark.parametrize(("tag", "status"), STATUSES.items())
    def test_each_tag_has_its_meaning(self, tag: str, status: ParcelStatus) -> None:
        for subtag in (f"{tag}_001", f"{tag}_999"):
            assert moved(update(subtag)).status is status
        event = moved(update(tag=tag, subtag=None))
        assert (event.status, event.code) == (status, tag)

    @pytest.mark.parametrize(("subtag", "status"), SUBTAGS.items())
    def test_a_subtag_says_more(self, subtag: str, status: ParcelStatus) -> None:
        event = moved(update(subtag))
        assert (event.status, event.keeps_status) == (status, False)

    @pytest.mark.parametrize(
        ("subtag", "status", "reason"),
        [
            ("Exception_003", ParcelStatus.PROBLEM, ParcelReason.REFUSED),
            ("Exception_007", ParcelStatus.PROBLEM, ParcelReason.WRONG_ADDRESS),
            ("Exception_008", ParcelStatus.PROBLEM, ParcelReason.STORAGE_OVER),
            ("Exception_013", ParcelStatus.LOST, ParcelReason.LOST),
            ("AttemptFail_002", ParcelStatus.ATTEMPT_FAILED, ParcelReason.ABSENT),
            ("AttemptFail_001", ParcelStatus.ATTEMPT_FAILED, None),
        ],
    )
    def test_troubles_have_reasons(
        self, subtag: str, status: ParcelStatus, reason: ParcelReason | None
    ) -> None:
        event = moved(update(subtag))
        assert (event.status, event.reason) == (status, reason)
        assert event.reason_words == "The courier's words"
        assert event.keeps_status == (status is ParcelStatus.PROBLEM)

    @pytest.mark.parametrize("subtag", ["AvailableForPickup_001", "InTransit_002", "OutForDelivery_001"])
    def test_what_waits_on_its_way_back_waits_for_the_sender(self, subtag: str) -> None:
        there = {"checkpoint_time": "2026-05-14T09:20:00+03:00", "subtag": subtag}
        back = {"checkpoint_time": "2026-05-13T09:20:00+03:00", "subtag": "Exception_010"}
        assert moved(update(subtag, checkpoints=[back, there])).status is ParcelStatus.RETURNING
        assert moved(update(subtag, checkpoints=[there])).status is not ParcelStatus.RETURNING

    def test_without_the_couriers_words_there_are_aftership_s(self) -> None:
        assert moved(update("Expired_001", checkpoints=None)).reason_words == "AfterShip's words"

    def test_what_the_courier_does_not_know_yet_is_a_note(self) -> None:
        assert received(update("Pending_001", checkpoints=[])).reading() == Reading(note="pending")

    def test_an_unknown_tag_is_noted_and_logged(self, caplog: pytest.LogCaptureFixture) -> None:
        assert received(update("Teleported_001")).reading() == Reading(note="unknown-status:Teleported")
        assert "unknown status" in caplog.text


class TestTime:
    def test_the_newest_checkpoint_counts_wherever_it_stands(self) -> None:
        times = ("2026-05-14T09:20:00+03:00", "2026-05-14T15:10:00+07:00", "2026-05-13T00:00:00+03:00")
        event = moved(update("AttemptFail_001", checkpoints=checkpoints(*times)))
        assert event.at == datetime(2026, 5, 14, 8, 10, tzinfo=UTC)
        assert event.reason_words == "words of 2026-05-14T15:10:00+07:00"

    def test_a_time_without_an_offset_is_in_the_zone_of_the_source(self) -> None:
        event = moved(update(checkpoints=checkpoints("2026-05-14T13:20:00")))
        assert event.at == MOVED.at

    def test_nothing_happens_after_it_was_told(self) -> None:
        event = moved(update(checkpoints=checkpoints("2026-05-14T23:00:00")))
        assert event.at == datetime.fromtimestamp(AT, UTC)

    @pytest.mark.parametrize("times", [(), ("soon",), ("",), ("1926-05-14T09:20:00",)])
    def test_without_a_time_of_the_courier_aftership_s_counts(self, times: tuple[str, ...]) -> None:
        assert moved(update(checkpoints=checkpoints(*times))).at == datetime.fromtimestamp(AT, UTC)

    def test_without_any_time_it_is_when_we_heard_of_it(self) -> None:
        message = json.loads(update(checkpoints=[]))
        del message["ts"]
        assert moved(json.dumps(message).encode()).at == NOON

    @pytest.mark.parametrize("ts", [0, 1778751000000, "yesterday", int(NOON.timestamp()) + 40 * 86400])
    def test_an_absurd_time_goes_to_quarantine(self, ts: object) -> None:
        message = {**json.loads(ARRIVED), "ts": ts}
        with pytest.raises(Unreadable, match="unexpected-content"):
            received(json.dumps(message).encode()).reading()


def test_the_order_s_own_number_counts_more_than_its_id() -> None:
    assert moved(update(order_number="1002B")).order_number == "1002B"
    assert moved(update(order_number=None)).order_number == "1001A"
    assert moved(update(order_id=None)).order_number == ""


def test_without_an_id_the_content_tells_webhooks_apart() -> None:
    door = received(update(event_id=...), update("Delivered_001", event_id=...), update(event_id=...) + b" ")
    first, other, again = (envelope.id for envelope in door.queue)
    assert first == again != other


@pytest.mark.parametrize(
    "content",
    [
        b"{}",
        b"[]",
        b'{"event": ""}',
        b'{"event": 7}',
        b'{"event": "tracking_update"}',
        b'{"event": "tracking_update", "event_id": "1", "msg": []}',
        update(tracking_number=...),
        update(tag=...),
    ],
)
def test_what_does_not_say_what_it_is_goes_to_quarantine(content: bytes) -> None:
    with pytest.raises(Unreadable, match="unexpected-content"):
        received(content).reading()


def test_statuses_of_one_order_stay_in_order() -> None:
    contents = (
        update(event_id=1),
        update(event_id=2, order_id=7, order_number="1001A"),
        update(event_id=3, order_id=None),
        update(event_id=4, order_id=None, tracking_number="RA000000002RU"),
    )
    groups = [envelope.group for envelope in received(*contents).queue]
    assert groups[0] == groups[1]
    assert len(set(groups)) == 3


class TestDay(CallingCourierDay):
    source = "abroad"
    settings: ClassVar[Mapping[str, Any]] = {"provider": "aftership", "secret": SECRET}
    day = (
        News(timedelta(minutes=5), "R1", "InfoReceived_001"),
        News(timedelta(minutes=6), "R2", "InTransit_002"),
        News(timedelta(minutes=6), "R3", "InTransit_004"),
        News(timedelta(minutes=7), "R4", "OutForDelivery_001"),
        News(timedelta(minutes=8), "R5", "Exception_004"),
        News(timedelta(hours=1), "R1", "InTransit_001"),
        News(timedelta(hours=2), "R1", "AvailableForPickup_001"),
        News(timedelta(hours=2), "R2", "AvailableForPickup_001"),
        News(timedelta(hours=3), "R3", "AvailableForPickup_001"),
        News(timedelta(hours=3), "R4", "AttemptFail_003"),
        News(timedelta(hours=5), "R1", "AvailableForPickup_001"),
        News(timedelta(hours=6), "R2", "Delivered_002"),
        News(timedelta(hours=7), "R3", "Exception_010"),
        News(timedelta(hours=9), "R6", "Exception_013"),
    )
    outcomes: ClassVar[Mapping[str, AtTheEnd]] = {
        "R1": AtTheEnd("arrived-in-pickup-point", messages=1),
        "R2": AtTheEnd("complete", messages=1, is_sure=False),
        "R3": AtTheEnd("return", messages=1, is_sure=False, tasks=1),
        "R4": AtTheEnd("send-to-delivery", tasks=1),
        "R5": AtTheEnd("send-to-delivery", tasks=1),
        "R6": AtTheEnd("send-to-delivery", tasks=1),
    }

    def webhook(self, news: News, at: datetime, order_number: str) -> Webhook:
        event_id = f"{news.track}:{news.code}:{at.isoformat()}"
        parcel: Mapping[str, Any] = {"tracking_number": news.track, "order_id": order_number}
        content = update(news.code, event_id=event_id, checkpoints=checkpoints(at.isoformat()), **parcel)
        message = {**json.loads(content), "ts": int(at.timestamp())}
        return replace(signed(json.dumps(message).encode()), source=self.source)


class TestRegistering(RegisteringContract):
    provider = "aftership"
    source_settings: ClassVar[Mapping[str, object]] = {
        "secret": SECRET,
        "api_key": KEY,
        "delivery_types": [DELIVERY],
    }
    without_key: ClassVar[Mapping[str, object]] = {"api_key": None, "delivery_types": []}
    wrong_key: ClassVar[Mapping[str, object]] = {"api_key": "guessed"}
    host = "api.aftership.com"
    per_minute = 1200

    def site(self, service: Service) -> Site:
        return aftership(service)

    @pytest.mark.parametrize(
        ("status", "code"), [(400, 4001), (400, 4010), (402, 402), (403, 403), (404, 404)]
    )
    def test_what_concerns_no_single_parcel_is_trouble(
        self, world: ServiceWorld, status: int, code: int
    ) -> None:
        world.site = lambda _: httpx.Response(status, json={"meta": {"code": code, "message": "no"}})
        world.send("RA000000001RU")
        world.ask_for(hours=2)
        assert len(world.alerts) == 1
        assert world.tasks == []

    @pytest.mark.parametrize("settings", [{"api_key": KEY}, {"delivery_types": [DELIVERY]}])
    def test_half_of_what_registering_needs_is_a_mistake(self, settings: Mapping[str, Any]) -> None:
        with pytest.raises(ValidationError, match="need each other"):
            Settings(provider="aftership", secret=SECRET, **settings)

    def test_the_courier_may_be_named(self, tmp_path: Any) -> None:
        named = []

        def answer(request: httpx.Request) -> httpx.Response:
            named.append(json.loads(request.content)["slug"])
            return httpx.Response(201, json={"meta": {"code": 201}, "data": {}})

        world = ServiceWorld(tmp_path, self, slug="russian-post")
        world.site = answer
        world.send("RA000000001RU")
        world.ask_for(hours=1)
        assert named == ["russian-post"]
        world.close()


def aftership(service: Service) -> Site:
    """AfterShip's API."""

    def answer(request: httpx.Request) -> httpx.Response:
        service.requests += 1
        if request.headers["as-api-key"] != KEY:
            return _answer(401, 401, "Invalid API key.")
        assert request.url.path == "/tracking/2025-07/trackings"
        if request.method == "GET":
            return _answer(200, 200, "")
        parcel = json.loads(request.content)
        assert parcel["order_id"] == parcel["order_number"]
        outcome = service.told(parcel["tracking_number"], parcel["order_number"])
        if outcome == "accepted":
            return _answer(201, 201, "")
        return (
            _answer(400, 4012, REFUSED)
            if outcome == "refused"
            else _answer(400, 4003, "Tracking already exists.")
        )

    return answer


def _answer(status: int, code: int, message: str) -> httpx.Response:
    return httpx.Response(status, json={"meta": {"code": code, "message": message}, "data": {}})
