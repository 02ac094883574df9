import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.actions import CompleteOrder, CreateOrder, CreateTask, Topic, UpdateTask, WrittenTask
from chalicelib.conversation_memory import conversation_key
from chalicelib.events import FINAL_PARCEL_STATUSES, ParcelMoved, ParcelStatus, ParcelStillAt, Sms
from chalicelib.memory import (
    LARGEST_CLIENT,
    MAX_ORDERS,
    Claim,
    ClientMemory,
    RememberedOrder,
    client_key,
    is_personal,
)
from chalicelib.parcel_memory import MAX_MOVES, ParcelMemory, parcel_key
from chalicelib.told_memory import ToldMemory, told_about_order, told_to_customer

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
NOW = NOON + timedelta(seconds=3)
MARKER = "lk-0123456789ab-1"


def an_order(external_id: str = "call-1", form: str = "", at: datetime = NOON) -> CreateOrder:
    return CreateOrder(
        external_id=external_id,
        form=form,
        occurred_at=at,
        method="phone",
        status="new",
    )


def a_topic(name: Any = "callback", *calls: str) -> Topic:
    return Topic(name=name, order_id=7, event_ids=calls or ("a",), moments=(NOON,) * (len(calls) or 1))


def a_task(topic: Topic | None) -> CreateTask:
    return CreateTask(text="Перезвонить", commentary="", due_at=NOON, performer_id=1, topic=topic)


def kept(memory: Any) -> Any:
    """As it is after its way through a store."""
    return type(memory).model_validate(json.loads(json.dumps(memory.content())))


# Clients


def test_nothing_is_remembered_of_a_stranger() -> None:
    memory = ClientMemory.model_validate({})
    assert (memory.claim, memory.orders, memory.tasks) == (None, (), ())
    assert memory.task("callback") is None


def test_an_order_that_was_made_is_remembered_and_ends_the_claim() -> None:
    memory = ClientMemory().claimed(Claim(entry_id="one"))
    memory = memory.with_order(an_order(form="form100"), 7, "7A", NOW)
    assert memory.claim is None
    assert memory.orders == (RememberedOrder(id=7, number="7A", form="form100", at=NOON, made_at=NOW),)


def test_an_order_that_is_found_again_is_remembered_once() -> None:
    memory = ClientMemory().with_order(an_order(), 7, "7A", NOW).with_order(an_order(), 8, "8A", NOW)
    again = memory.with_order(an_order(), 7, "7A", NOW)
    assert [order.id for order in again.orders] == [8, 7]


def test_a_lead_that_completes_an_order_is_remembered_with_its_form_and_the_known_number() -> None:
    memory = ClientMemory().with_order(an_order(), 7, "7A", NOW)
    later = NOON + timedelta(minutes=5)
    memory = memory.with_completed_order(
        CompleteOrder(manager_comment="note", order_id=7, form="form100", occurred_at=later), NOW
    )
    assert memory.orders == (RememberedOrder(id=7, number="7A", form="form100", at=later, made_at=NOW),)


def test_a_lead_can_complete_an_order_that_we_did_not_make() -> None:
    memory = ClientMemory().with_completed_order(
        CompleteOrder(manager_comment="note", order_id=9, form="f", occurred_at=NOON), NOW
    )
    assert memory.orders == (RememberedOrder(id=9, number="", form="f", at=NOON, made_at=NOW),)


def test_only_the_newest_orders_are_remembered() -> None:
    memory = ClientMemory()
    for number in range(MAX_ORDERS + 3):
        memory = memory.with_order(an_order(), number, f"{number}A", NOW)
    assert [order.id for order in memory.orders] == list(range(3, MAX_ORDERS + 3))


def test_of_each_topic_the_last_task_is_remembered() -> None:
    memory = ClientMemory().with_task(a_task(a_topic("callback")), 1, MARKER)
    memory = memory.with_task(a_task(a_topic("repeat-lead")), 2, MARKER)
    update = UpdateTask(
        task_id=3,
        before=WrittenTask(text="Перезвонить", commentary=""),
        text="Перезвонить: 2 звонка",
        commentary="",
        performer_id=1,
        marker=MARKER,
        topic=a_topic("callback", "a", "b"),
    )
    memory = memory.with_task(update, 3, MARKER)
    callback, repeat = memory.task("callback"), memory.task("repeat-lead")
    assert callback is not None
    assert repeat is not None
    assert (callback.id, callback.topic.event_ids, callback.text) == (3, ("a", "b"), "Перезвонить: 2 звонка")
    assert repeat.id == 2
    assert len(memory.tasks) == 2


def test_of_too_much_the_oldest_is_forgotten_first() -> None:
    """Words in an emoji's four bytes, and more calls than anybody answers."""
    memory = ClientMemory().claimed(Claim(entry_id="one"))
    for number in range(MAX_ORDERS):
        memory = memory.with_order(an_order(form=f"{number}" + "😀" * 5_000), number, f"{number}A", NOW)
    wordy = a_task(a_topic("repeat-lead")).model_copy(update={"commentary": "😀" * 5_000})
    memory = memory.with_task(wordy, 1, MARKER)
    memory = memory.with_task(a_task(a_topic("callback", *map(str, range(100)))), 2, MARKER)
    memory = memory.claimed(Claim(entry_id="two"))
    content = memory.content()
    assert len(json.dumps(content, ensure_ascii=False).encode()) <= LARGEST_CLIENT
    stored = ClientMemory.model_validate(content)
    assert [order.id for order in stored.orders] == [7, 8, 9]
    assert [task.id for task in stored.tasks] == [1, 2]
    assert stored.claim == Claim(entry_id="two")


def test_what_alone_is_too_much_is_forgotten() -> None:
    calls = a_task(a_topic("callback", *map(str, range(5_000))))
    assert ClientMemory().with_task(calls, 1, MARKER).content() == ClientMemory().content()


def test_a_task_without_topic_is_not_remembered() -> None:
    assert ClientMemory().with_task(a_task(None), 1, MARKER) == ClientMemory()


def test_what_is_remembered_survives_the_store() -> None:
    memory = (
        ClientMemory()
        .with_order(an_order(form="форма"), 7, "7A", NOW)
        .with_task(a_task(a_topic("callback", "a", "b")), 1, MARKER)
        .claimed(Claim(entry_id="one"))
    )
    assert kept(memory) == memory


@pytest.mark.parametrize(
    ("phone", "email", "key"),
    [
        ("+79161234567", "maria@example.com", "client:+79161234567"),
        ("", " Maria@Example.com ", "client:maria@example.com"),
        ("", "", ""),
        ("", "  ", ""),
    ],
)
def test_a_client_is_known_by_phone_or_else_by_e_mail_address(phone: str, email: str, key: str) -> None:
    assert client_key(phone, email) == key


# Parcels

HEARD_AT = NOON + timedelta(days=1)


def a_move(status: ParcelStatus, minutes: int = 0, *, withdrawn: bool = False) -> ParcelMoved:
    return ParcelMoved(
        parcel_id="p",
        track_number="10",
        status=status,
        code=status.value.upper(),
        at=NOON + timedelta(minutes=minutes),
        withdrawn=withdrawn,
    )


def after(*moves: ParcelMoved) -> ParcelMemory:
    memory = ParcelMemory()
    for number, move in enumerate(moves):
        memory = memory.moved(move, f"entry {number}", HEARD_AT)
    return memory


def test_a_parcel_that_nobody_told_of_stands_nowhere() -> None:
    assert ParcelMemory.model_validate({}).status is None


def test_the_newest_status_by_the_couriers_clock_counts() -> None:
    assert after(a_move(ParcelStatus.WAITING, 5), a_move(ParcelStatus.IN_TRANSIT, 1)).status is (
        ParcelStatus.WAITING
    )


def test_of_two_statuses_at_the_same_moment_the_further_one_counts() -> None:
    moves = [a_move(ParcelStatus.WAITING), a_move(ParcelStatus.IN_TRANSIT)]
    assert after(*moves).status is after(*reversed(moves)).status is ParcelStatus.WAITING


@pytest.mark.parametrize("final", sorted(FINAL_PARCEL_STATUSES))
def test_a_final_status_is_not_undone_by_a_later_one(final: ParcelStatus) -> None:
    assert after(a_move(final, 1), a_move(ParcelStatus.IN_TRANSIT, 9)).status is final


def heard(*moves: tuple[ParcelStatus, int, int]) -> ParcelMemory:
    """Statuses with the hour of the courier's clock and the hour when we heard of them."""
    memory = ParcelMemory()
    for number, (status, hour, heard_hour) in enumerate(moves):
        move = a_move(status, hour * 60)
        memory = memory.moved(move, f"entry {number}", NOON + timedelta(hours=heard_hour))
    return memory


def test_news_from_a_clock_that_was_ahead_does_not_outdate_what_comes_after_it() -> None:
    memory = heard((ParcelStatus.IN_TRANSIT, 24, 0), (ParcelStatus.WAITING, 3, 3))
    assert memory.status is ParcelStatus.WAITING


def test_a_clock_that_is_always_ahead_still_tells_the_order() -> None:
    memory = heard(
        (ParcelStatus.CREATED, 24, 0), (ParcelStatus.WAITING, 29, 5), (ParcelStatus.IN_TRANSIT, 27, 6)
    )
    assert memory.status is ParcelStatus.WAITING


def test_clocks_that_differ_a_little_are_right() -> None:
    memory = heard((ParcelStatus.WAITING, 2, 1), (ParcelStatus.IN_TRANSIT, 1, 2))
    assert memory.status is ParcelStatus.WAITING


def test_a_withdrawn_status_no_longer_counts() -> None:
    memory = after(
        a_move(ParcelStatus.WAITING, 1),
        a_move(ParcelStatus.DELIVERED, 5),
        a_move(ParcelStatus.DELIVERED, 5, withdrawn=True),
    )
    assert memory.status is ParcelStatus.WAITING


def test_a_withdrawal_may_come_before_what_it_takes_back() -> None:
    memory = after(a_move(ParcelStatus.DELIVERED, withdrawn=True), a_move(ParcelStatus.DELIVERED))
    assert memory.status is None


def test_a_repeat_changes_nothing() -> None:
    memory = after(a_move(ParcelStatus.WAITING))
    assert memory.moved(a_move(ParcelStatus.WAITING), "another entry", HEARD_AT) == memory


def test_the_memory_of_a_parcel_does_not_grow_without_end() -> None:
    memory = after(*(a_move(ParcelStatus.IN_TRANSIT, minute) for minute in range(MAX_MOVES + 5)))
    assert len(memory.moves) == MAX_MOVES
    assert memory.moves[-1].at == NOON + timedelta(minutes=MAX_MOVES + 4)


def test_a_retry_sees_the_parcel_as_its_first_attempt_did() -> None:
    before = after(a_move(ParcelStatus.WAITING, 1))
    delivered = before.moved(a_move(ParcelStatus.DELIVERED, 5), "retried", HEARD_AT)
    withdrawn = delivered.moved(a_move(ParcelStatus.DELIVERED, 5, withdrawn=True), "taken back", HEARD_AT)
    assert delivered.without("retried") == before
    assert withdrawn.without("taken back") == delivered
    assert delivered.without("another") == delivered


moves = st.lists(
    st.builds(a_move, st.sampled_from(ParcelStatus), st.integers(0, 3), withdrawn=st.booleans()),
    max_size=8,
)


@given(moves, st.randoms())
def test_repeats_and_disorder_do_not_change_where_a_parcel_stands(
    told: list[ParcelMoved], random: Any
) -> None:
    shuffled = [*told, *told]
    random.shuffle(shuffled)
    assert after(*shuffled).status is after(*told).status


@given(moves)
def test_the_memory_of_a_parcel_survives_the_store(told: list[ParcelMoved]) -> None:
    memory = after(*told).model_copy(update={"order_id": 7})
    assert kept(memory) == memory


def test_a_parcel_is_known_by_source_and_id() -> None:
    assert parcel_key("cdek", "a1") == "parcel:cdek:a1"


def test_a_parcel_waits_since_the_first_of_repeated_arrivals() -> None:
    memory = ParcelMemory()
    for hour, (code, status) in enumerate(
        [
            ("A", ParcelStatus.WAITING),
            ("B", ParcelStatus.COURIER),
            ("C", ParcelStatus.WAITING),
            ("D", ParcelStatus.WAITING),
        ]
    ):
        at = NOON + timedelta(hours=hour)
        moved = ParcelMoved(parcel_id="1", track_number="1", code=code, status=status, at=at)
        memory = memory.moved(moved, code, at)
    assert memory.arrived_at == NOON + timedelta(hours=2)
    assert ParcelMemory().arrived_at is None


def test_of_an_extended_stay_nobody_knows_the_end() -> None:
    def waits(hours: int, **fields: Any) -> ParcelMoved:
        moved = a_move(ParcelStatus.WAITING, hours * 60)
        return moved.model_copy(update={"code": f"W{hours}", **fields})

    told = after(waits(1), waits(2, keep_until=NOON + timedelta(days=5)))
    assert (told.keep_until, told.is_extended) == (NOON + timedelta(days=5), False)
    extended = told.moved(waits(3, is_extended=True), "extended", HEARD_AT)
    assert (extended.keep_until, extended.is_extended) == (None, True)
    again = extended.moved(waits(4, keep_until=NOON + timedelta(days=20)), "again", HEARD_AT)
    assert (again.keep_until, again.is_extended) == (NOON + timedelta(days=20), False)
    assert not after(waits(1)).is_extended


class TestTold:
    def sms(self, **fields: Any) -> Sms:
        whole = {"phone": "+79161234567", "text": "x", "template": "arrived", "not_before": NOON}
        return Sms.model_validate({**whole, "valid_until": NOON, **fields})

    def about(self, parcel: str) -> Sms:
        return self.sms(only_if=ParcelStillAt(parcel_key=parcel, status=ParcelStatus.WAITING))

    def test_one_text_once(self) -> None:
        memory = ToldMemory().with_sent(self.sms(), NOON)
        assert memory.has(self.sms())
        assert not memory.has(self.sms(template="delivered"))

    def test_each_parcel_on_its_own_and_the_order_for_all(self) -> None:
        memory = ToldMemory().with_sent(self.about("parcel:1"), NOON)
        assert memory.has(self.about("parcel:1"))
        assert not memory.has(self.about("parcel:2"))
        assert memory.has(self.sms())
        assert ToldMemory().with_sent(self.sms(), NOON).has(self.about("parcel:2"))

    def test_who_asks_again_later(self) -> None:
        memory = ToldMemory().with_sent(self.sms(), NOON)
        assert memory.has(self.sms(not_if_told_since=NOON))
        assert not memory.has(self.sms(not_if_told_since=NOON + timedelta(seconds=1)))

    def test_it_is_kept_as_a_document_and_goes_with_other_personal_data(self) -> None:
        memory = ToldMemory().with_sent(self.about("parcel:1"), NOON)
        assert ToldMemory.model_validate(memory.content()) == memory
        assert is_personal(told_about_order(1))
        assert is_personal(conversation_key("telegram", "100"))
        assert is_personal(told_to_customer(1))
