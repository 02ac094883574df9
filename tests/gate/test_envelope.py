"""Envelopes: what makes two of them the same, and their way through a queue as text."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.gate.envelope import Envelope
from chalicelib.gate.webhook import Webhook

NOON = datetime(2025, 11, 3, 12, 0, tzinfo=UTC)
WEBHOOK = Webhook(
    "shop", "POST", ("events",), {"a": "1", "b": "я"}, {"content-type": "text/plain"}, b"body", NOON
)

webhooks = st.builds(
    Webhook,
    source=st.text(),
    method=st.sampled_from(["GET", "POST"]),
    path=st.lists(st.text()).map(tuple),
    query=st.dictionaries(st.text(), st.text()),
    headers=st.dictionaries(st.text(), st.text()),
    body=st.binary(),
    received_at=st.datetimes(timezones=st.just(UTC)),
)


@given(webhooks, st.text(), st.text(), st.integers(0))
def test_the_text_form_loses_nothing(webhook: Webhook, dedup_id: str, group: str, replay: int) -> None:
    envelope = replace(Envelope.seal(webhook, dedup_id, group), replay=replay)
    assert Envelope.from_json(envelope.to_json()) == envelope


@pytest.mark.parametrize("text", ["", "{", "{}", '{"id": "1"}'])
def test_another_text_is_refused(text: str) -> None:
    with pytest.raises((ValueError, KeyError)):
        Envelope.from_json(text)


def test_ids_and_groups_are_hex_of_sha_256() -> None:
    envelope = Envelope.seal(WEBHOOK, "call:1", "phone:9161234567")
    for text in (envelope.id, envelope.group, envelope.deduplication_id):
        assert len(text) == 64
        assert set(text) <= set("0123456789abcdef")


def test_the_id_covers_source_and_dedup_id_only() -> None:
    envelope = Envelope.seal(WEBHOOK, "call:1", "g")
    assert Envelope.seal(replace(WEBHOOK, body=b"other"), "call:1", "h").id == envelope.id
    assert Envelope.seal(WEBHOOK, "call:2", "g").id != envelope.id
    assert Envelope.seal(replace(WEBHOOK, source="other"), "call:1", "g").id != envelope.id
    assert Envelope.seal(replace(WEBHOOK, source="shopc"), "all:1", "g").id != envelope.id


def test_without_a_group_an_event_is_a_group_of_its_own() -> None:
    envelope = Envelope.seal(WEBHOOK, "call:1", "")
    assert envelope.group == envelope.id


@pytest.mark.parametrize(
    "other",
    [
        replace(WEBHOOK, body=b"other"),
        replace(WEBHOOK, query={"a": "1"}),
        replace(WEBHOOK, path=("other",)),
        replace(WEBHOOK, method="GET"),
    ],
)
def test_other_content_is_never_taken_for_a_repeat(other: Webhook) -> None:
    first, second = Envelope.seal(WEBHOOK, "call:1", "g"), Envelope.seal(other, "call:1", "g")
    assert second.id == first.id
    assert second.content_id != first.content_id
    assert second.deduplication_id != first.deduplication_id


def test_a_repeat_may_come_later_with_its_query_in_another_order() -> None:
    later = replace(WEBHOOK, received_at=NOON + timedelta(hours=1), query={"b": "я", "a": "1"})
    assert (
        Envelope.seal(later, "call:1", "g").deduplication_id
        == Envelope.seal(WEBHOOK, "call:1", "g").deduplication_id
    )


def test_a_replay_is_no_repeat() -> None:
    envelope = Envelope.seal(WEBHOOK, "call:1", "g")
    assert replace(envelope, replay=1).deduplication_id != envelope.deduplication_id
