"""What becomes of text messages, as the books have it: a real journal of a shop with several gateways."""

from collections.abc import Iterable, Iterator
from contextlib import closing
from datetime import timedelta
from decimal import Decimal
from functools import reduce
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest

from chalicelib.books.messages import Messages, MessageState, MessageTally
from chalicelib.books.reading import Books
from chalicelib.entry import Entry
from chalicelib.hours import WorkingHours
from tests.test_sms_gateways import PHONE, TWILIO, SmsWorld, a_shop, a_world

WRONG_SENDER = {**TWILIO, "sender": "+15005550007"}


@pytest.fixture
def twilio(tmp_path: Path) -> Iterator[SmsWorld]:
    with closing(a_world(tmp_path, "twilio")) as world:
        yield world


def booked(world: SmsWorld) -> Messages:
    return reduce(Messages.merged, (Messages.of(entry) for entry in world.entries()), Messages())


def only(world: SmsWorld) -> MessageTally:
    (tally,) = booked(world).tallies
    return tally


def a_tally(**fields: Any) -> MessageTally:
    return MessageTally(template="arrived", **fields)


def test_a_message_that_a_gateway_has_is_sent_until_more_is_told(twilio: SmsWorld) -> None:
    twilio.arrive()
    assert only(twilio) == a_tally(gateway="twilio", state=MessageState.SENT, unpriced=2)
    twilio.receipt(twilio.messages[0], "delivered")
    twilio.work()
    assert only(twilio).state is MessageState.DELIVERED


def test_a_message_that_did_not_arrive_is_paid_for_too(twilio: SmsWorld) -> None:
    twilio.arrive()
    twilio.receipt(twilio.messages[0], "undelivered", "30003")
    twilio.work()
    assert only(twilio) == a_tally(gateway="twilio", state=MessageState.UNDELIVERED, unpriced=2)


def test_the_price_that_the_gateway_tells_counts_instead_of_segments(tmp_path: Path) -> None:
    world = a_world(tmp_path, "smsc")
    world.arrive()
    expected = a_tally(gateway="smsc", state=MessageState.SENT, prices={"": Decimal("2.80")})
    assert only(world) == expected


def test_each_gateways_attempt_counts(tmp_path: Path) -> None:
    world = a_world(tmp_path, "twilio", "smsru", twilio=WRONG_SENDER)
    world.arrive()
    assert booked(world).tallies == (
        a_tally(gateway="smsru", state=MessageState.SENT, unpriced=2),
        a_tally(gateway="twilio", state=MessageState.REFUSED),
    )


def test_a_message_waits_for_the_morning_with_its_name(tmp_path: Path) -> None:
    shop = a_shop("twilio")
    quiet = shop.client_time.model_copy(update={"quiet": WorkingHours.parse("Mon-Sun 21:00-10:00")})
    with closing(SmsWorld(tmp_path, shop.model_copy(update={"client_time": quiet}))) as world:
        world.later(hours=17)
        world.arrive()
        assert only(world) == a_tally(state=MessageState.WAITING)
        world.work_for(timedelta(hours=1), hours=10)
        assert only(world).state is MessageState.SENT


def test_why_a_message_was_not_sent_is_told_without_what_is_the_clients(twilio: SmsWorld) -> None:
    twilio.write("СТОП")
    twilio.arrive()
    assert only(twilio) == a_tally(gateway="twilio", state=MessageState.NOT_SENT, reason="opted-out")
    assert PHONE[1:] not in booked(twilio).model_dump_json()


def test_what_no_gateway_takes_is_set_aside_and_can_be_discarded(tmp_path: Path) -> None:
    world = a_world(tmp_path, "twilio", twilio=WRONG_SENDER)
    world.arrive()
    expected = a_tally(state=MessageState.SET_ASIDE, reason="sms-refused")
    assert only(world).model_copy(update={"gateway": ""}) == expected
    (parked,) = (entry for entry in world.entries() if entry.reason == "sms-refused")
    world.engine.journal.save(parked.discarded("anna", world.now))
    assert only(world).state is MessageState.DISCARDED


def test_in_observe_mode_is_booked_what_would_have_been_sent(tmp_path: Path) -> None:
    shop = a_shop("twilio")
    observing = {name: source.model_copy(update={"mode": "observe"}) for name, source in shop.sources.items()}
    with closing(SmsWorld(tmp_path, shop.model_copy(update={"sources": observing}))) as world:
        world.arrive()
        assert not world.messages
        assert only(world) == a_tally(state=MessageState.OBSERVED, unpriced=2)


def test_other_entries_bring_nothing(twilio: SmsWorld) -> None:
    twilio.call("79161112233", "call-1")
    twilio.work()
    assert booked(twilio) == Messages()


def test_in_whatever_order_they_are_merged_the_same_comes_of_it() -> None:
    parts = [
        Messages(tallies=(a_tally(gateway="smsc", state=MessageState.SENT, prices={"": Decimal("1.40")}),)),
        Messages(tallies=(a_tally(gateway="smsc", state=MessageState.SENT, prices={"USD": Decimal(1)}),)),
        Messages(tallies=(a_tally(gateway="smsc", state=MessageState.SENT, unpriced=3),)),
        Messages(tallies=(a_tally(state=MessageState.WAITING),)),
    ]

    def merged(some: Iterable[Messages]) -> Messages:
        return Messages.model_validate(reduce(Messages.merged, some, Messages()).model_dump(mode="json"))

    expected = Messages(
        tallies=(
            a_tally(state=MessageState.WAITING),
            a_tally(
                gateway="smsc",
                state=MessageState.SENT,
                count=3,
                unpriced=3,
                prices={"": Decimal("1.40"), "USD": Decimal(1)},
            ),
        )
    )
    assert all(merged(order) == expected for order in permutations(parts))


def test_an_entry_of_before_deliveries_were_kept_counts_as_sent(twilio: SmsWorld) -> None:
    twilio.arrive()
    (entry,) = (entry for entry in twilio.entries() if Messages.of(entry).tallies)
    old = Entry.model_validate_json(entry.model_dump_json(exclude={"results": {"__all__": {"delivery"}}}))
    assert Messages.of(old) == Messages.of(entry)


def shown(world: SmsWorld) -> list[MessageState]:
    """What the page shows of yesterday and today, once the books are up to date."""
    world.application.checks.run("books")
    zone = world.shop.shop.timezone
    today = world.now.astimezone(zone).date()
    days = Books(world.engine.documents, world.engine.journal, zone).days(today - timedelta(days=2), today)
    return [tally.state for day in days for tally in day.facts.part(Messages).tallies]


def test_a_receipt_that_comes_days_later_is_in_the_books_at_once(twilio: SmsWorld) -> None:
    twilio.arrive()
    twilio.later(hours=30)
    assert shown(twilio) == [MessageState.SENT]
    twilio.later(minutes=5)
    assert shown(twilio) == [MessageState.SENT]
    twilio.receipt(twilio.messages[0], "undelivered", "30003")
    twilio.work()
    assert shown(twilio) == [MessageState.UNDELIVERED]
