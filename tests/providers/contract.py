"""The contract suite: what every provider promises at the door and when its webhooks are read.

A provider's test module derives a class ``Test…`` from ``ProviderContract`` and supplies the vectors:
how a proven webhook is made around some content, and contents of each kind. Everything goes through the
real gate with a list as its queue, and through the queue's text form before it is read.
"""

import importlib
import json
import logging
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import ClassVar
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chalicelib.errors import Unreadable
from chalicelib.events import AnyEvent
from chalicelib.gate.envelope import Envelope
from chalicelib.gate.gate import MAX_BODY_BYTES, Gate
from chalicelib.gate.provider import Reply, Source
from chalicelib.gate.webhook import Webhook
from chalicelib.providers.reading import Reader, Reading

ZONE = ZoneInfo("Asia/Tomsk")
NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
SOURCE = "shop"

SURROGATES_TOO = st.characters()
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(SURROGATES_TOO, max_size=30)
    | st.sampled_from(
        ["", "0", "1", "-1", "1e999", "NaN", "null", "true", "9" * 30, "=", "≡1", "x=1", "a (b)=2"]
    )
)


def a_webhook(
    body: bytes = b"",
    *,
    path: tuple[str, ...] = (),
    query: Mapping[str, str] | None = None,
    content_type: str = "",
) -> Webhook:
    """A POST to ``/hooks/shop``, received at noon."""
    headers = {"content-type": content_type} if content_type else {}
    return Webhook(SOURCE, "POST", path, query or {}, headers, body, NOON)


@dataclass
class Door:
    """The real gate for one source, and what came through it."""

    provider: str
    settings: Mapping[str, object]
    queue: list[Envelope] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.gate = Gate({SOURCE: Source(SOURCE, self.provider, self.settings)}, self.queue.append)

    def receive(self, *webhooks: Webhook) -> Reply:
        """Let the webhooks knock one after the other; the reply to the last one."""
        return [self.gate.receive(webhook) for webhook in webhooks][-1]

    def reading(self) -> Reading:
        """What the only webhook in the queue says, after its way through the queue."""
        (envelope,) = self.queue
        return self.read(envelope)

    def read(self, envelope: Envelope) -> Reading:
        reader: Reader = importlib.import_module(f"chalicelib.providers.{self.provider}.read")
        own = reader.Settings(provider=self.provider, **self.settings)
        return reader.read(Envelope.from_json(envelope.to_json()).webhook, own, ZONE)


class ProviderContract(ABC):
    """Derive ``Test…`` from it. The class variables and abstract methods are the vectors."""

    provider: ClassVar[str]

    secrets: ClassVar[Mapping[str, str]]
    """The settings that prove the origin, with their values."""

    next_secrets: ClassVar[Mapping[str, str]]
    """The same with other values: both are valid while one replaces the other."""

    other_settings: ClassVar[Mapping[str, object]] = {}
    """What a source must set besides."""

    sample: ClassVar[bytes]
    """The content of an ordinary webhook."""

    same_event: ClassVar[bytes]
    """The same event in other bytes: other order, other white space."""

    other_event: ClassVar[bytes]
    """Another event of the same kind."""

    events: ClassVar[tuple[AnyEvent, ...]]
    """What the sample says."""

    note: ClassVar[str] = ""
    """Why the sample says nothing, if an ordinary webhook is only an announcement."""

    samples: ClassVar[tuple[bytes, ...]] = ()
    """Authentic contents of other kinds: the fuzz in ``tests/fuzz`` changes them and the sample."""

    broken: ClassVar[bytes]
    """The sample cut off."""

    broken_reason: ClassVar[str] = "broken-json"
    """Why the reader refuses it; a form that was cut off is merely incomplete."""

    wrong_encoding: ClassVar[Mapping[str, bytes]]
    """The sample in encodings that it must not have, by their names."""

    wrong_type_is_read: ClassVar[bool]
    """Whether a webhook that declares a wrong content type is read all the same."""

    unknown_is_kept: ClassVar[bool] = False
    """Whether an unknown event is kept and read, or answered and forgotten."""

    unknown_note: ClassVar[str] = ""
    """Why nothing comes of an unknown event that is kept; empty if something does."""

    reply: ClassVar[Reply] = Reply(200, "ok")
    """What the sender needs to hear."""

    field_names: ClassVar[tuple[str, ...]]
    """Names of real fields, for contents made at random."""

    @abstractmethod
    def proven(self, content: bytes, secrets: Mapping[str, str]) -> Webhook:
        """A webhook with this content, as the third party that knows the secrets sends it."""

    @abstractmethod
    def forgeries(self) -> Mapping[str, Webhook]:
        """Webhooks that prove nothing: wrong, missing and empty secrets, tampered content."""

    @abstractmethod
    def unknown_event(self) -> Webhook:
        """An authentic webhook about something of which we know nothing."""

    def altered(self, content: bytes, other: bytes) -> Webhook | None:
        """A webhook with other content and the proof of ``content``; None if nothing signs the content."""
        del content, other
        return None

    def content_of(self, webhook: Webhook) -> bytes:
        """The content in a webhook that was made by ``proven``."""
        return webhook.body

    def is_page(self, reply: Reply) -> bool:
        """Whether this reply is what a person sees who opens the URL, and nothing comes of it."""
        del reply
        return False

    def is_complaint(self, reply: Reply) -> bool:
        """Whether this reply tells a sender what to mend in a webhook, which is kept all the same."""
        del reply
        return False

    def is_welcome(self, reply: Reply) -> bool:
        """Whether this reply says that nothing is lost."""
        return reply == self.reply or self.is_complaint(reply)

    def may_be_forgotten(self, webhook: Webhook) -> bool:
        """Whether this authentic webhook is one of those that its provider documents as not kept."""
        del webhook
        return False

    @property
    def source_settings(self) -> dict[str, object]:
        """All that the source sets."""
        return {**self.other_settings, **self.secrets}

    def door(self) -> Door:
        return Door(self.provider, self.source_settings)

    def authentic(self, content: bytes) -> Webhook:
        return self.proven(content, self.secrets)

    def test_an_authentic_webhook_is_accepted_and_read(self) -> None:
        door = self.door()
        assert door.receive(self.authentic(self.sample)) == self.reply
        assert door.reading() == Reading(self.events, self.note)

    def test_a_forged_webhook_leaves_a_counter_and_nothing_else(self) -> None:
        for name, webhook in self.forgeries().items():
            door = self.door()
            reply = door.receive(webhook)
            assert reply.status in {401, 403}, name
            assert not door.queue, name
            assert door.gate.counters == {(SOURCE, reply.body): 1}, name

    def test_the_same_bytes_again_are_the_same_message(self) -> None:
        door = self.door()
        webhook = self.authentic(self.sample)
        door.receive(webhook, replace(webhook, received_at=NOON + timedelta(minutes=2)))
        first, again = door.queue
        assert (again.id, again.group) == (first.id, first.group)
        assert again.deduplication_id == first.deduplication_id

    def test_the_same_event_in_other_bytes_is_the_same_envelope(self) -> None:
        door = self.door()
        door.receive(self.authentic(self.sample), self.authentic(self.same_event))
        first, again = door.queue
        assert again.id == first.id
        assert again.deduplication_id != first.deduplication_id
        assert door.read(again) == door.read(first)

    def test_another_event_is_another_envelope(self) -> None:
        door = self.door()
        door.receive(self.authentic(self.sample), self.authentic(self.other_event))
        first, other = door.queue
        assert other.id != first.id

    def test_a_body_over_256_kib_is_refused(self) -> None:
        door = self.door()
        webhook = self.authentic(self.sample)
        assert door.receive(replace(webhook, body=webhook.body.ljust(MAX_BODY_BYTES + 1))).status == 413
        assert not door.queue

    def test_a_body_of_exactly_256_kib_is_not_too_large(self) -> None:
        webhook = self.authentic(self.sample)
        assert self.door().receive(replace(webhook, body=webhook.body.ljust(MAX_BODY_BYTES))).status != 413

    def test_a_wrong_content_type_loses_nothing(self) -> None:
        door = self.door()
        webhook = self.authentic(self.sample)
        headers = {**webhook.headers, "content-type": "application/x-wrong"}
        assert door.receive(replace(webhook, headers=headers)) == self.reply
        if self.wrong_type_is_read:
            assert door.reading() == Reading(self.events, self.note)
        else:
            with pytest.raises(Unreadable, match="wrong-content-type"):
                door.reading()

    def test_broken_content_is_kept_for_quarantine(self) -> None:
        door = self.door()
        assert self.is_welcome(door.receive(self.authentic(self.broken)))
        with pytest.raises(Unreadable, match=self.broken_reason):
            door.reading()

    def test_wrong_encoding_is_kept_for_quarantine(self) -> None:
        for name, content in self.wrong_encoding.items():
            door = self.door()
            assert self.is_welcome(door.receive(self.authentic(content))), name
            with pytest.raises(Unreadable, match="wrong-encoding"):
                door.reading()

    def test_an_unknown_event_is_answered_as_any_other(self) -> None:
        door = self.door()
        assert door.receive(self.unknown_event()) == self.reply
        assert bool(door.queue) == self.unknown_is_kept
        if self.unknown_is_kept:
            reading = door.reading()
            assert reading.events or reading.note == self.unknown_note

    def test_secrets_reach_neither_queue_nor_logs(self, caplog: pytest.LogCaptureFixture) -> None:
        caplog.set_level(logging.DEBUG)
        door = self.door()
        for content in (self.sample, self.broken, *self.wrong_encoding.values()):
            door.receive(self.authentic(content))
        door.receive(*self.forgeries().values())
        for envelope in door.queue:
            stored = envelope.to_json() + envelope.webhook.body.decode("latin-1")
            assert not any(secret in stored for secret in self.secrets.values())
        assert not any(secret in caplog.text for secret in self.secrets.values())

    def test_two_secrets_are_valid_while_one_replaces_the_other(self) -> None:
        both = {name: [old, self.next_secrets[name]] for name, old in self.secrets.items()}
        for secrets in (self.secrets, self.next_secrets):
            door = Door(self.provider, {**self.other_settings, **both})
            assert door.receive(self.proven(self.sample, secrets)) == self.reply
            assert door.reading() == Reading(self.events, self.note)
        assert self.door().receive(self.proven(self.sample, self.next_secrets)).status in {401, 403}

    def test_without_a_configured_secret_nobody_is_let_in(self) -> None:
        nothing = dict.fromkeys(self.secrets, "")
        for secrets in (self.secrets, nothing):
            door = Door(self.provider, nothing)
            assert door.receive(self.proven(self.sample, secrets)).status in {401, 403}
            assert not door.queue

    def test_the_sender_hears_when_the_queue_fails(self) -> None:
        def broken_queue(envelope: Envelope) -> None:
            raise OSError(f"no room for {envelope.id}")

        gate = Gate({SOURCE: Source(SOURCE, self.provider, self.source_settings)}, broken_queue)
        assert gate.receive(self.authentic(self.sample)).status == 503

    def test_an_unknown_source_is_not_found(self) -> None:
        door = self.door()
        assert door.receive(replace(self.authentic(self.sample), source="nobody")).status == 404
        assert not door.queue

    # Each provider runs this under its own class, which hypothesis would otherwise take for a mistake.
    @settings(suppress_health_check=[HealthCheck.differing_executors], deadline=None)
    @given(data=st.data())
    def test_whatever_is_sent_has_a_documented_outcome(self, data: st.DataObject) -> None:
        names = st.sampled_from(self.field_names) | st.text(SURROGATES_TOO, max_size=10)
        content = data.draw(contents(names))
        door = self.door()
        for webhook in (replace(self.authentic(b""), body=content), self.authentic(content)):
            door.queue.clear()
            reply = door.receive(webhook)
            assert reply.status in {200, 401, 403} or self.is_complaint(reply)
        for envelope in door.queue:
            assert read_or_refused(door, envelope)


def read_or_refused(door: Door, envelope: Envelope) -> bool:
    """Whether the envelope becomes events, or a note, or is refused with a reason."""
    try:
        reading = door.read(envelope)
    except Unreadable as error:
        return bool(error.reason)
    return bool(reading.events) != bool(reading.note)


def contents(names: st.SearchStrategy[str]) -> st.SearchStrategy[bytes]:
    """Random bytes, JSON and forms; many of their fields have real names."""
    values = st.recursive(
        SCALARS,
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(names, inner, max_size=8),
        max_leaves=20,
    )
    forms = st.dictionaries(names, st.text(max_size=30) | values.map(json.dumps), max_size=8)
    return (
        st.binary(max_size=300)
        | values.map(lambda value: json.dumps(value).encode())
        | st.dictionaries(names, values, max_size=8).map(lambda value: json.dumps(value).encode())
        | forms.map(lambda fields: urlencode(fields, errors="surrogatepass").encode())
    )
