"""No message at night where the client is; consent; who wants no messages at all."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from chalicelib.entry import Entry, Status
from chalicelib.errors import ConfigurationError, OptedOut
from chalicelib.events import OrderStillIn, Sms, SmsDue
from chalicelib.messages import enclose
from chalicelib.playbook.opt_out import wish_of
from chalicelib.sms.opt_out import OptOuts
from sandbox.geohelper import KEY
from standalone.why import why
from tests.world import World, example_shop

PHONE = "+79161234567"
OMSK_MOBILE = "+79136123456"
QUIET = "Mon-Sun 21:00-10:00"
EVENING = datetime(2026, 11, 20, 15, 30, tzinfo=UTC)
"""22:30 in Tomsk, 21:30 in Omsk, 18:30 in Moscow."""


@pytest.fixture
def world(tmp_path: Path) -> Any:
    world = World(tmp_path, example_shop(client_time={"quiet": QUIET}))
    world.now = EVENING
    yield world
    world.close()


def send(world: World, name: str = "1", **fields: Any) -> str:
    """Ask for a message; returns the entry's id."""
    sms = Sms(
        **{
            "phone": PHONE,
            "text": name,
            "template": "arrived",
            "not_before": world.now,
            "valid_until": world.now + timedelta(days=3),
            **fields,
        }
    )
    due = SmsDue(sms=sms, source="cdek", rule="parcel-moved")
    envelope = enclose(due, f"sms:{name}", "", world.now)
    world.engine.notify.put(envelope)
    world.work()
    return envelope.id


def entry(world: World, entry_id: str) -> Entry:
    found = world.engine.journal.get(entry_id)
    assert found is not None
    return found


def texts(world: World) -> list[str]:
    return [message["body"] for message in world.messages]


# Quiet hours


def test_the_clients_clock_counts_not_the_shops(world: World) -> None:
    at_once = send(world, "to Moscow", city="Москва")
    held = send(world, "to Omsk", region="Омская область")
    assert texts(world) == ["to Moscow"]
    (result,) = entry(world, at_once).results
    assert result.note == "by twilio, zone Europe/Moscow by city"
    (line,) = why(world.application, held)
    assert "it waits until 21.11. 11:00 (quiet-hours: zone Asia/Omsk by region)" in line
    world.now = datetime(2026, 11, 21, 3, 59, tzinfo=UTC)
    world.work()
    assert len(texts(world)) == 1
    world.later(minutes=1)  # 10:00 in Omsk
    world.work()
    assert texts(world) == ["to Moscow", "to Omsk"]
    (result,) = entry(world, held).results
    assert result.note == "by twilio, zone Asia/Omsk by region"


def test_a_mobile_without_an_address_has_the_shops_night(world: World) -> None:
    send(world)
    assert texts(world) == []
    assert world.held()[0].due_at == datetime(2026, 11, 21, 3, 0, tzinfo=UTC)


def test_geohelper_knows_where_a_mobile_is(tmp_path: Path) -> None:
    settings = {"quiet": QUIET, "geohelper": {"url": "http://127.0.0.1:8001", "api_key": KEY}}
    world = World(tmp_path, example_shop(client_time=settings))
    world.now = EVENING
    send(world, "to Moscow")
    send(world, "to Omsk", phone=OMSK_MOBILE)
    assert texts(world) == ["to Moscow"]
    assert entry(world, world.held()[0].envelope.id).detail == "zone Asia/Omsk by phone range"
    world.close()


def test_what_is_no_longer_true_in_the_morning_is_dropped_and_the_journal_says_so(world: World) -> None:
    order_id = world.order("1001A")["id"]
    condition = OrderStillIn(order_id=order_id, status="delivering")
    told = send(world, "still on its way", only_if=condition)
    world.edit_order(order_id, {"status": "complete"})
    world.later(hours=12)
    world.work()
    assert texts(world) == []
    assert entry(world, told).results[0].note == "no-longer-true"


def test_a_parcels_message_of_the_night_comes_in_the_morning(world: World) -> None:
    world.now = datetime(2026, 11, 20, 19, 0, tzinfo=UTC)  # 22:00 in Moscow, where order 1001A goes
    world.parcel("ACCEPTED_AT_PICK_UP_POINT", world.now)
    world.work_for(timedelta(minutes=30), hours=11)
    assert texts(world) == []
    world.work_for(timedelta(minutes=30), hours=1)
    assert len(texts(world)) == 1


def test_urgent_messages_go_at_night_unless_the_shop_says_otherwise(world: World, tmp_path: Path) -> None:
    send(world, "urgent", is_urgent=True)
    assert texts(world) == ["urgent"]
    hours = {"quiet": QUIET, "quiet_for_urgent": "Mon-Sun 22:00-08:00"}
    stricter = World(tmp_path / "stricter", example_shop(client_time=hours))
    stricter.now = EVENING
    send(stricter, "urgent", is_urgent=True)
    assert texts(stricter) == []
    assert stricter.held()[0].due_at == datetime(2026, 11, 21, 1, 0, tzinfo=UTC)
    stricter.close()


def test_what_would_be_too_late_in_the_morning_is_dropped_at_once_with_the_reason(world: World) -> None:
    told = send(world, "courier today", valid_until=world.now + timedelta(hours=2))
    assert world.held() == []
    dropped = entry(world, told)
    assert dropped.status is Status.IGNORED
    assert dropped.reason == "too-late-after-quiet-hours, zone Asia/Tomsk by default"


def test_a_gateway_that_is_away_in_the_morning_is_waited_for(world: World) -> None:
    send(world, "1")
    world.now = world.held()[0].due_at
    world.fault(target="twilio", kind="refuse")
    world.work_for(minutes=5)
    assert texts(world) == []
    world.clear_faults()
    world.work_for(minutes=10)
    assert texts(world) == ["1"]


def test_a_gateway_that_is_back_at_night_sends_nothing_until_the_morning(world: World) -> None:
    world.now = EVENING - timedelta(hours=1, minutes=35)  # 20:55 in Tomsk
    world.fault(target="twilio", kind="refuse")
    send(world)
    world.work_for(minutes=30)
    world.clear_faults()
    world.work_for(hours=2)
    assert texts(world) == []
    assert world.held()[0].due_at == datetime(2026, 11, 21, 3, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("tables", "key"),
    [
        ({"client_time": {"quiet": "always"}}, "client_time.quiet"),
        ({"client_time": {"quiet": "21-10"}}, "client_time.quiet"),
        ({"client_time": {"quiet": QUIET}, "rules": {"sms_valid": "12h"}}, "rules.sms_valid"),
        ({"client_time": {"geohelper": {}}}, "client_time.geohelper.api_key"),
    ],
)
def test_wrong_settings_are_named(tables: dict[str, Any], key: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        example_shop(**tables)
    assert caught.value.key == key


# Consent


def test_advertising_needs_consent_and_service_does_not(world: World) -> None:
    customer = world.make_customer({"firstName": "Анна", "phones": [{"number": PHONE}]})
    world.now = datetime(2026, 11, 21, 6, 0, tzinfo=UTC)
    unknown = send(world, "unknown", is_marketing=True)
    world.subscribe(customer, active=True, channel="email")
    still_unknown = send(world, "still unknown", is_marketing=True)
    world.subscribe(customer, active=False)
    refused = send(world, "refused", is_marketing=True)
    world.subscribe(customer, active=True)
    send(world, "agreed", is_marketing=True)
    send(world, "service", phone="+79169999999")
    assert texts(world) == ["agreed", "service"]
    assert [entry(world, each).reason for each in (unknown, still_unknown, refused)] == [
        "consent-unknown",
        "consent-unknown",
        "no-consent",
    ]


def test_who_withdraws_their_consent_overnight_gets_no_advertising(world: World) -> None:
    customer = world.make_customer({"firstName": "Анна", "phones": [{"number": PHONE}]})
    world.subscribe(customer, active=True)
    told = send(world, "sale", is_marketing=True)
    assert len(world.held()) == 1
    world.subscribe(customer, active=False)
    world.later(hours=12)
    world.work()
    assert texts(world) == []
    assert entry(world, told).reason == "no-consent"


# Who wants no messages


def act(world: World, text: str, phone: str = PHONE) -> None:
    """As the rule for a client's message does."""
    wish = wish_of(phone, text)
    assert wish is not None
    opt_outs = OptOuts(world.engine.documents)
    if wish.kind == "suppress-phone":
        opt_outs.suppress(wish.phone, wish.reason, world.now)
    else:
        opt_outs.allow(wish.phone, world.now)


@pytest.mark.parametrize("text", ["STOP", "Стоп", " стоп! ", "«СТОП»", "Unsubscribe", "отписаться"])
def test_stop_is_understood_and_start_lifts_it(world: World, text: str) -> None:
    world.now = datetime(2026, 11, 21, 6, 0, tzinfo=UTC)
    act(world, text)
    suppressed = send(world, "1")
    send(world, "to somebody else", phone="+79169999999")
    assert entry(world, suppressed).results[0].note == "opted-out: stop-message"
    act(world, "Старт")
    send(world, "2")
    assert texts(world) == ["to somebody else", "2"]


@pytest.mark.parametrize("text", ["", "стоп, не сегодня", "остановка", "да", "?"])
def test_anything_else_is_no_wish(text: str) -> None:
    assert wish_of(PHONE, text) is None


def test_who_opts_out_overnight_gets_nothing_in_the_morning(world: World) -> None:
    told = send(world, "1")
    act(world, "стоп")
    world.later(hours=12)
    world.work()
    assert texts(world) == []
    assert entry(world, told).results[0].note == "opted-out: stop-message"


def test_what_the_gateway_knows_is_remembered(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.now = datetime(2026, 11, 21, 6, 0, tzinfo=UTC)

    def refuse(*_: object) -> str:
        raise OptedOut("Twilio 21610")

    with monkeypatch.context() as patch:
        patch.setattr("chalicelib.sms.twilio.TwilioSms.send", refuse)
        first = send(world, "1")
    assert entry(world, first).status is Status.DONE
    assert entry(world, first).results[0].note.startswith("opted-out: Twilio 21610")
    second = send(world, "2")
    assert texts(world) == []
    assert entry(world, second).results[0].note == "opted-out: gateway"


def test_an_opt_out_outlives_personal_data_and_keeps_no_phone(world: World) -> None:
    world.now = datetime(2026, 11, 21, 6, 0, tzinfo=UTC)
    act(world, "стоп")
    world.later(days=800)
    world.engine.expire(world.now)
    assert OptOuts(world.engine.documents).reason(PHONE) == "stop-message"
    world.close()
    for file in world.folder.glob("leadkeeper.sqlite3*"):
        assert PHONE[-10:].encode() not in file.read_bytes()
