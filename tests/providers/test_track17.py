"""17TRACK: the contract suite, its statuses, and the parcels that it is told to follow."""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.errors import Unreadable
from chalicelib.events import AnyEvent, ParcelMoved, ParcelReason, ParcelStatus
from chalicelib.gate.webhook import Webhook
from chalicelib.providers.reading import Reading
from chalicelib.providers.track17.gate import signature
from chalicelib.providers.track17.read import STATUSES, SUB_STATUSES
from tests.courier_days import CallingCourierDay, News
from tests.courier_days import Outcome as AtTheEnd

from .contract import NOON, Door, ProviderContract, a_webhook
from .courier_contract import DELIVERY
from .polled_contract import Site
from .registering_contract import REFUSED, RegisteringContract, Service, ServiceWorld

KEY = "demo17key"
ARRIVED = (
    b'{"event":"TRACKING_UPDATED","data":{"number":"RA000000001RU","carrier":18031,"param":null,"tag":"1001A",'
    b'"track_info":{"latest_status":{"status":"AvailableForPickup","sub_status":"AvailableForPickup_Other",'
    b'"sub_status_descr":null},"latest_event":{"time_iso":"2026-05-14T09:20:00+03:00","time_utc":'
    b'"2026-05-14T06:20:00Z","description":"Arrived at delivery office","location":"Moscow","stage":'
    b'"AvailableForPickup"}}}}'
)
SIGN = "adb129d41138bc82435a3e623a0928bd2e927dcf9179079f91f6712ae26432bb"
MOVED = ParcelMoved(
    parcel_id="RA000000001RU",
    track_number="RA000000001RU",
    order_number="1001A",
    status=ParcelStatus.WAITING,
    code="AvailableForPickup_Other",
    at=datetime(2026, 5, 14, 6, 20, tzinfo=UTC),
)
DOCUMENTED = (
    "NotFound_Other",
    "NotFound_InvalidCode",
    "InfoReceived",
    "InTransit_PickedUp",
    "InTransit_Other",
    "InTransit_Departure",
    "InTransit_Arrival",
    "InTransit_CustomsProcessing",
    "InTransit_CustomsReleased",
    "InTransit_CustomsRequiringInformation",
    "Expired_Other",
    "AvailableForPickup_Other",
    "OutForDelivery_Other",
    "DeliveryFailure_Other",
    "DeliveryFailure_NoBody",
    "DeliveryFailure_Security",
    "DeliveryFailure_Rejected",
    "DeliveryFailure_InvalidAddress",
    "Delivered_Other",
    "Exception_Other",
    "Exception_Returning",
    "Exception_Returned",
    "Exception_NoBody",
    "Exception_Security",
    "Exception_Damage",
    "Exception_Rejected",
    "Exception_Delayed",
    "Exception_Lost",
    "Exception_Destroyed",
    "Exception_Cancel",
)


def signed(content: bytes, key: str = KEY, sign: str | None = None) -> Webhook:
    webhook = a_webhook(content, content_type="application/json")
    return replace(webhook, headers={**webhook.headers, "sign": sign or signature(content, key)})


def update(sub_status: str = "AvailableForPickup_Other", **changes: Any) -> bytes:
    """A status; ``...`` takes a field of the data out."""
    event = {
        "time_iso": "2026-05-14T09:20:00+03:00",
        "time_utc": "2026-05-14T06:20:00Z",
        "description": "The courier's words",
    }
    info = {
        "latest_status": {"status": sub_status.partition("_")[0], "sub_status": sub_status},
        "latest_event": event,
    }
    data = {"number": "RA000000001RU", "carrier": 18031, "tag": "1001A", "track_info": info, **changes}
    content = {name: value for name, value in data.items() if value is not ...}
    return json.dumps({"event": "TRACKING_UPDATED", "data": content}).encode()


def received(*contents: bytes) -> Door:
    door = Door("track17", {"api_key": KEY})
    for content in contents:
        assert door.receive(signed(content)).status == 200
    return door


def moved(content: bytes) -> ParcelMoved:
    (event,) = received(content).reading().events
    assert isinstance(event, ParcelMoved)
    return event


class TestContract(ProviderContract):
    provider = "track17"
    secrets: ClassVar[Mapping[str, str]] = {"api_key": KEY}
    next_secrets: ClassVar[Mapping[str, str]] = {"api_key": "demo17key-2"}
    sample = ARRIVED
    same_event = json.dumps(dict(reversed(json.loads(ARRIVED).items())), indent=1).encode()
    other_event = ARRIVED.replace(b"06:20:00Z", b"06:20:01Z")
    events: ClassVar[tuple[AnyEvent, ...]] = (MOVED,)
    samples = (
        update("Exception_Returning"),
        update("NotFound_Other", track_info={"latest_status": {"status": "NotFound"}}),
        b'{"event":"TRACKING_STOPPED","data":{"number":"RA000000001RU","carrier":18031,"tag":"1001A"}}',
    )
    broken = ARRIVED[:-20]
    wrong_encoding: ClassVar[Mapping[str, bytes]] = {
        "cp1251": ARRIVED.replace(b"Moscow", "Москва".encode("cp1251")),
        "no UTF-8": ARRIVED.replace(b"1001A", b"\xff\xfe"),
    }
    wrong_type_is_read = True
    field_names = (
        *json.loads(ARRIVED),
        *json.loads(ARRIVED)["data"],
        *json.loads(ARRIVED)["data"]["track_info"],
        *json.loads(ARRIVED)["data"]["track_info"]["latest_status"],
        *json.loads(ARRIVED)["data"]["track_info"]["latest_event"],
    )

    def proven(self, content: bytes, secrets: Mapping[str, str]) -> Webhook:
        return signed(content, secrets["api_key"])

    def altered(self, content: bytes, other: bytes) -> Webhook:
        return signed(other, sign=signature(content, KEY))

    def may_be_forgotten(self, webhook: Webhook) -> bool:
        try:
            event = json.loads(webhook.body.decode("utf-8-sig")).get("event")
        except (ValueError, AttributeError, RecursionError):
            return False
        return isinstance(event, str) and event not in {"", "TRACKING_UPDATED", "TRACKING_STOPPED"}

    def unknown_event(self) -> Webhook:
        return self.authentic(b'{"event": "MOON_PHASE", "data": {}}')

    def forgeries(self) -> Mapping[str, Webhook]:
        unsigned = a_webhook(ARRIVED, content_type="application/json")
        return {
            "unsigned": unsigned,
            "empty": replace(unsigned, headers={**unsigned.headers, "sign": ""}),
            "another key": signed(ARRIVED, "guessed"),
            "without a key": signed(ARRIVED, ""),
            "in capitals": signed(ARRIVED, sign=SIGN.upper()),
            "cut off": signed(ARRIVED, sign=SIGN[:-1]),
            "not ASCII": signed(ARRIVED, sign="подпись\ud800"),
            "another body": signed(ARRIVED + b" ", sign=SIGN),
            "in the query": a_webhook(ARRIVED, query={"sign": SIGN}),
        }


def test_the_documented_hash_is_plain_over_body_slash_and_key() -> None:
    assert signature(ARRIVED, KEY) == SIGN


@given(part=st.sampled_from(["sign", "body", "key"]), at=st.integers(0, 10_000), to=st.integers(0, 255))
def test_any_changed_byte_is_refused(part: str, at: int, to: int) -> None:
    parts = {"sign": SIGN.encode(), "body": ARRIVED, "key": KEY.encode()}
    changed = bytearray(parts[part])
    at %= len(changed)
    if changed[at] == to:
        return
    changed[at] = to
    parts[part] = bytes(changed)
    sign = parts["sign"].decode("latin-1")
    if part == "key":
        sign = signature(ARRIVED, parts["key"].decode("latin-1"))
    door = Door("track17", {"api_key": KEY})
    assert door.receive(signed(parts["body"], sign=sign)).status == 403
    assert not door.queue


class TestStatuses:
    @pytest.mark.parametrize("sub_status", DOCUMENTED)
    def test_each_documented_sub_status_has_its_meaning(self, sub_status: str) -> None:
        reading = received(update(sub_status)).reading()
        if sub_status == "NotFound_Other":
            assert reading == Reading(note="not-found")
            return
        (event,) = reading.events
        assert isinstance(event, ParcelMoved)
        assert event.status is SUB_STATUSES.get(sub_status, STATUSES.get(sub_status.partition("_")[0]))

    @pytest.mark.parametrize(
        ("sub_status", "status", "reason"),
        [
            ("Exception_Returning", ParcelStatus.RETURNING, None),
            ("Exception_Returned", ParcelStatus.RETURNED, None),
            ("Exception_Lost", ParcelStatus.LOST, ParcelReason.LOST),
            ("Exception_Destroyed", ParcelStatus.LOST, ParcelReason.DISPOSED),
            ("Exception_Cancel", ParcelStatus.CANCELLED, None),
            ("DeliveryFailure_NoBody", ParcelStatus.ATTEMPT_FAILED, ParcelReason.ABSENT),
            ("DeliveryFailure_Rejected", ParcelStatus.ATTEMPT_FAILED, ParcelReason.REFUSED),
            ("DeliveryFailure_Teleported", ParcelStatus.ATTEMPT_FAILED, None),
        ],
    )
    def test_a_sub_status_says_more(
        self, sub_status: str, status: ParcelStatus, reason: ParcelReason | None
    ) -> None:
        event = moved(update(sub_status))
        assert (event.status, event.reason, event.code) == (status, reason, sub_status)

    @pytest.mark.parametrize(
        "sub_status", ["AvailableForPickup_Other", "InTransit_Arrival", "OutForDelivery_Other"]
    )
    @pytest.mark.parametrize(("time", "goes_back"), [("2026-05-13T06:20:00Z", True), (None, False)])
    def test_what_waits_on_its_way_back_waits_for_the_sender(
        self, sub_status: str, time: str | None, *, goes_back: bool
    ) -> None:
        content = json.loads(update(sub_status))
        milestones = [{"key_stage": "Returning", "time_iso": time, "time_utc": time}]
        content["data"]["track_info"]["milestone"] = milestones
        event = moved(json.dumps(content).encode())
        assert (event.status is ParcelStatus.RETURNING) == goes_back

    @pytest.mark.parametrize("sub_status", ["Exception_Other", "Exception_Damage", "Expired_Other"])
    def test_a_problem_leaves_the_parcel_where_it_was(self, sub_status: str) -> None:
        event = moved(update(sub_status))
        assert event.status is ParcelStatus.PROBLEM
        assert event.keeps_status
        assert event.reason_words == "The courier's words"

    def test_what_is_no_trouble_needs_no_words(self) -> None:
        event = moved(update("InTransit_Arrival"))
        assert (event.reason_words, event.keeps_status) == ("", False)

    def test_without_a_sub_status_the_status_counts(self) -> None:
        event = moved(update(track_info={"latest_status": {"status": "Delivered"}}))
        assert (event.status, event.code) == (ParcelStatus.DELIVERED, "Delivered")

    def test_an_unknown_status_is_noted_and_logged(self, caplog: pytest.LogCaptureFixture) -> None:
        assert received(update("Teleported")).reading() == Reading(note="unknown-status:Teleported")
        assert "unknown status" in caplog.text


def test_the_status_may_stand_in_the_data_themselves() -> None:
    message = json.loads(ARRIVED)
    message["data"].update(message["data"].pop("track_info"))
    content = json.dumps(message).encode()
    door = received(ARRIVED, content)
    first, again = door.queue
    assert again.id == first.id
    assert door.read(again) == Reading((MOVED,))


def test_a_parcel_that_is_followed_no_longer_is_a_note() -> None:
    stopped = b'{"event":"TRACKING_STOPPED","data":{"number":"RA000000001RU","carrier":18031,"tag":null}}'
    assert received(stopped).reading() == Reading(note="tracking-stopped")


def test_before_the_courier_has_told_anything_there_is_no_time() -> None:
    info = {"latest_status": {"status": "NotFound", "sub_status": "NotFound_InvalidCode"}}
    event = moved(update(track_info={**info, "latest_event": None}))
    assert (event.status, event.reason) == (ParcelStatus.PROBLEM, ParcelReason.BAD_DATA)
    assert event.at == NOON


def test_without_a_time_the_same_status_is_the_same() -> None:
    info = {"latest_status": {"status": "NotFound", "sub_status": "NotFound_InvalidCode"}}
    contents = (
        update(track_info=info),
        update(track_info=info) + b" ",
        update(track_info=info, number="RA2"),
    )
    first, again, other = (envelope.id for envelope in received(*contents).queue)
    assert first == again != other


def test_the_local_time_serves_if_there_is_no_other() -> None:
    message = json.loads(ARRIVED)
    message["data"]["track_info"]["latest_event"]["time_utc"] = None
    assert moved(json.dumps(message).encode()) == MOVED


@pytest.mark.parametrize("time", ["yesterday", "1926-05-14T06:20:00Z", "2026-12-30T00:00:00Z"])
def test_an_absurd_time_goes_to_quarantine(time: str) -> None:
    with pytest.raises(Unreadable, match="unexpected-content"):
        received(ARRIVED.replace(b"2026-05-14T06:20:00Z", time.encode())).reading()


@pytest.mark.parametrize(
    "content",
    [
        b"{}",
        b"[]",
        b'{"event": ""}',
        b'{"event": 7}',
        b'{"event": "TRACKING_UPDATED"}',
        b'{"event": "TRACKING_UPDATED", "data": []}',
        update(number=...),
        update(track_info=...),
        update(track_info={"latest_status": {}}),
    ],
)
def test_what_does_not_say_what_it_is_goes_to_quarantine(content: bytes) -> None:
    with pytest.raises(Unreadable, match="unexpected-content"):
        received(content).reading()


def test_statuses_of_one_order_stay_in_order() -> None:
    contents = (update(), update("Delivered_Other"), update(tag=None), update(tag="", number="RA000000002RU"))
    groups = [envelope.group for envelope in received(*contents).queue]
    assert groups[0] == groups[1]
    assert len(set(groups)) == 3


class TestDay(CallingCourierDay):
    source = "abroad"
    settings: ClassVar[Mapping[str, Any]] = {"provider": "track17", "api_key": KEY}
    day = (
        News(timedelta(minutes=5), "R1", "InfoReceived"),
        News(timedelta(minutes=6), "R2", "InTransit_PickedUp"),
        News(timedelta(minutes=6), "R3", "InTransit_Arrival"),
        News(timedelta(minutes=7), "R4", "OutForDelivery_Other"),
        News(timedelta(minutes=8), "R5", "Exception_Security"),
        News(timedelta(hours=1), "R1", "InTransit_Other"),
        News(timedelta(hours=2), "R1", "AvailableForPickup_Other"),
        News(timedelta(hours=2), "R2", "AvailableForPickup_Other"),
        News(timedelta(hours=3), "R3", "AvailableForPickup_Other"),
        News(timedelta(hours=3), "R4", "DeliveryFailure_NoBody"),
        News(timedelta(hours=5), "R1", "AvailableForPickup_Other"),
        News(timedelta(hours=6), "R2", "Delivered_Other"),
        News(timedelta(hours=7), "R3", "Exception_Returning"),
        News(timedelta(hours=9), "R6", "Exception_Lost"),
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
        status = {"status": news.code.partition("_")[0], "sub_status": news.code}
        info = {"latest_status": status, "latest_event": {"time_utc": f"{at:%Y-%m-%dT%H:%M:%SZ}"}}
        content = update(number=news.track, tag=order_number, track_info=info)
        return replace(signed(content), source=self.source)


class TestRegistering(RegisteringContract):
    provider = "track17"
    source_settings: ClassVar[Mapping[str, object]] = {"api_key": KEY, "delivery_types": [DELIVERY]}
    without_key: ClassVar[Mapping[str, object]] = {"delivery_types": []}
    wrong_key: ClassVar[Mapping[str, object]] = {"api_key": "guessed"}
    host = "api.17track.net"
    per_minute = 180

    def site(self, service: Service) -> Site:
        return track17(service)

    def test_a_number_that_cannot_be_one_spoils_no_request(self, world: ServiceWorld) -> None:
        for track in ("нет", "1", "RA000000001RU"):
            world.send(track)
        world.ask_for(hours=1)
        assert list(world.service.followed) == ["RA000000001RU"]
        assert len(world.tasks) == 2

    def test_a_spent_quota_is_told_and_what_was_accepted_is_known(self, world: ServiceWorld) -> None:
        world.site = track17(world.service, quota=1)
        for track in ("RA000000001RU", "RA000000002RU"):
            world.send(track)
        world.ask_for(hours=5)
        (told,) = world.alerts
        assert "quota" in told
        assert world.tasks == []
        (first,) = world.service.followed
        assert world.service.registrations[first] == 1

    @pytest.mark.parametrize("code", [-18010003, -18019910])
    def test_what_concerns_all_parcels_is_the_trouble_of_none(self, world: ServiceWorld, code: int) -> None:
        row = {"number": "RA000000001RU", "error": {"code": code, "message": "no"}}
        well, world.site = (
            world.site,
            lambda _: httpx.Response(200, json={"code": 0, "data": {"rejected": [row]}}),
        )
        world.send("RA000000001RU")
        world.ask_for(hours=2)
        assert world.tasks == []
        world.site = well
        world.ask_for(hours=1)
        assert list(world.service.followed) == ["RA000000001RU"]

    @pytest.mark.parametrize("code", [-18010002, -18010004, -18010014])
    def test_an_error_of_the_whole_request_is_told(self, world: ServiceWorld, code: int) -> None:
        world.site = lambda _: httpx.Response(200, json={"code": code, "data": {}})
        world.send("RA000000001RU")
        world.ask_for(hours=2)
        (told,) = world.alerts
        assert str(code) in told

    def test_the_newest_of_two_keys_registers(self, tmp_path: Any) -> None:
        world = ServiceWorld(tmp_path, self, api_key=["old", KEY])
        world.send("RA000000001RU")
        world.ask_for(hours=1)
        assert list(world.service.followed) == ["RA000000001RU"]
        world.close()

    @pytest.mark.parametrize(
        "rejected", [{}, {"error": {}}, {"number": "RA000000001RU", "error": {"code": "no"}}]
    )
    def test_a_rejection_without_a_code_is_trouble(self, world: ServiceWorld, rejected: object) -> None:
        world.site = lambda _: httpx.Response(200, json={"code": 0, "data": {"rejected": [rejected]}})
        world.send("RA000000001RU")
        world.ask_for(hours=2)
        assert len(world.alerts) == 1
        assert world.tasks == []


def track17(service: Service, quota: int = 10_000) -> Site:
    """17TRACK's API."""

    def answer(request: httpx.Request) -> httpx.Response:
        service.requests += 1
        assert request.method == "POST"
        if request.headers["17token"] != KEY:
            return httpx.Response(401, json={"code": -18010002, "data": {}})
        if request.url.path == "/track/v2.2/getquota":
            return httpx.Response(200, json={"code": 0, "data": {"quota_remain": quota}})
        assert request.url.path == "/track/v2.2/register"
        rows = json.loads(request.content)
        assert len(rows) <= 40
        accepted, rejected = [], []
        for row in rows:
            number = row["number"]
            code = _code(service, quota, number, row["tag"])
            if code:
                error = {"code": code, "message": REFUSED}
                rejected.append({"number": number, "error": error})
            else:
                accepted.append({"origin": 1, "number": number, "carrier": 18031})
        return httpx.Response(200, json={"code": 0, "data": {"accepted": accepted, "rejected": rejected}})

    return answer


def _code(service: Service, quota: int, number: str, tag: str) -> int:
    if len(service.followed) >= quota and number not in service.followed:
        return -18019908
    return {"accepted": 0, "known": -18019901, "refused": -18019903}[service.told(number, tag)]
