"""The gate with providers that misbehave; well-behaved ones pass ``tests/providers``."""

import asyncio
import json
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import ModuleType

import pytest

from chalicelib.gate.envelope import OWN_SOURCE, Envelope
from chalicelib.gate.gate import Gate
from chalicelib.gate.provider import Forged, GateProvider, Reply, Source, Ticket, Unwanted
from chalicelib.gate.rejections import MANY, SPAN
from chalicelib.gate.webhook import Webhook

MODULE = "chalicelib.providers.pretended.gate"


class Pretended(GateProvider):
    """Does what the body of the webhook says."""

    accepted = Reply(202, "thanks")

    def probe(self, webhook: Webhook, source: Source) -> Reply | None:
        if webhook.body == b"probe fails":
            raise RuntimeError("probe")
        return Reply(200, "pong") if webhook.body == b"ping" else super().probe(webhook, source)

    def authenticate(self, webhook: Webhook, source: Source) -> Webhook:
        del source
        if webhook.body == b"forged":
            raise Forged("wrong-sign", 401)
        if webhook.body == b"check fails":
            raise RuntimeError("check")
        return webhook

    def ticket(self, webhook: Webhook, source: Source) -> Ticket | None:
        del source
        if webhook.body == b"ticket fails":
            raise RuntimeError("ticket")
        if webhook.body == b"of a robot":
            raise Unwanted("honeypot")
        return None if webhook.body == b"of no interest" else Ticket("1", "g")

    def most_per_minute(self, source: Source) -> int | None:
        most = source.settings.get("most")
        return most if isinstance(most, int) else super().most_per_minute(source)

    def answer(self, reply: Reply, webhook: Webhook, source: Source) -> Reply:
        if "x-words-fail" in webhook.headers:
            raise RuntimeError("answer")
        if "origin" in webhook.headers:
            return replace(reply, headers=(*reply.headers, ("Vary", "Origin")))
        return super().answer(reply, webhook, source)


@pytest.fixture(autouse=True)
def _pretended_provider(monkeypatch: pytest.MonkeyPatch) -> None:
    package, module = ModuleType(MODULE.rpartition(".")[0]), ModuleType(MODULE)
    module.GATE = Pretended()  # type: ignore[attr-defined]  # a module made here
    monkeypatch.setitem(sys.modules, package.__name__, package)
    monkeypatch.setitem(sys.modules, MODULE, module)


@pytest.fixture
def queue() -> list[Envelope]:
    return []


@pytest.fixture
def gate(queue: list[Envelope]) -> Gate:
    return Gate({"shop": Source("shop", "pretended")}, queue.append)


Receive = Callable[[Gate, list[Envelope], Webhook], Reply]


def at_once(gate: Gate, queue: list[Envelope], webhook: Webhook) -> Reply:
    """As a function on AWS."""
    del queue
    return gate.receive(webhook)


def in_a_loop(gate: Gate, queue: list[Envelope], webhook: Webhook) -> Reply:
    """As one machine."""

    async def put(envelope: Envelope) -> None:
        await asyncio.sleep(0)
        queue.append(envelope)

    return asyncio.run(gate.receive_async(webhook, put))


class Full(list[Envelope]):
    """A queue that takes nothing."""

    def append(self, envelope: Envelope) -> None:
        raise OSError(envelope.id)


both_ways = pytest.mark.parametrize("receive", [at_once, in_a_loop])


def a_webhook(body: bytes, headers: dict[str, str] | None = None) -> Webhook:
    return Webhook("shop", "POST", (), {}, headers or {}, body, datetime(2025, 11, 3, tzinfo=UTC))


@both_ways
@pytest.mark.parametrize(
    ("body", "reply", "outcome", "kept"),
    [
        (b"event", Reply(202, "thanks"), "accepted", True),
        (b"of no interest", Reply(202, "thanks"), "ignored", False),
        (b"of a robot", Reply(202, "thanks"), "honeypot", False),
        (b"ping", Reply(200, "pong"), "probe", False),
        (b"probe fails", Reply(202, "thanks"), "accepted", True),
        (b"forged", Reply(401, "wrong-sign"), "wrong-sign", False),
        (b"check fails", Reply(403, "unprovable"), "unprovable", False),
        (b"ticket fails", Reply(202, "thanks"), "accepted", True),
    ],
)
def test_each_outcome_has_one_reply_and_one_counter(
    gate: Gate,
    queue: list[Envelope],
    body: bytes,
    reply: Reply,
    outcome: str,
    kept: bool,
    receive: Receive,
) -> None:
    assert receive(gate, queue, a_webhook(body)) == reply
    assert gate.counters == {("shop", outcome): 1}
    assert [envelope.webhook.body for envelope in queue] == ([body] if kept else [])


@both_ways
def test_what_the_queue_does_not_take_is_told_to_the_sender(receive: Receive) -> None:
    full = Full()
    gate = Gate({"shop": Source("shop", "pretended")}, full.append)
    assert receive(gate, full, a_webhook(b"event")) == Reply(503, "try again later")
    assert gate.counters == {("shop", "queue-failed"): 1}


@both_ways
def test_a_source_that_refuses_everything_is_noticed_once(
    gate: Gate, queue: list[Envelope], receive: Receive
) -> None:
    for _ in range(2 * MANY):
        assert receive(gate, queue, a_webhook(b"forged")).status == 401
    assert receive(gate, queue, a_webhook(b"event")).status == 202
    assert [envelope.webhook.source for envelope in queue] == [OWN_SOURCE, OWN_SOURCE, "shop"]


@both_ways
def test_a_notice_that_is_lost_changes_no_reply(receive: Receive) -> None:
    full = Full()
    gate = Gate({"shop": Source("shop", "pretended")}, full.append)
    replies = [receive(gate, full, a_webhook(b"forged")) for _ in range(2 * MANY)]
    assert set(replies) == {Reply(401, "wrong-sign")}


@both_ways
@pytest.mark.parametrize("body", [b"event", b"of a robot", b"forged", b"ping"])
def test_each_answer_is_worded_by_its_provider(
    gate: Gate, queue: list[Envelope], body: bytes, receive: Receive
) -> None:
    plain = receive(gate, queue, a_webhook(body))
    assert receive(gate, queue, a_webhook(body, {"origin": "x"})) == replace(
        plain, headers=(("Vary", "Origin"),)
    )
    assert receive(gate, queue, a_webhook(body, {"x-words-fail": "1"})) == plain


def test_an_answer_is_worded_when_the_queue_is_full_too() -> None:
    gate = Gate({"shop": Source("shop", "pretended")}, Full().append)
    assert gate.receive(a_webhook(b"event", {"origin": "x"})).headers == (("Vary", "Origin"),)


class Crowd:
    """A source that may send two webhooks a minute."""

    def __init__(self, queue: list[Envelope]) -> None:
        self.queue = queue
        self.gate = Gate({"shop": Source("shop", "pretended", {"most": 2})}, queue.append)
        self.now = datetime(2025, 11, 3, tzinfo=UTC)

    def sends(self, body: bytes = b"event", *, after: float = 0) -> Reply:
        self.now += timedelta(seconds=after)
        return self.gate.receive(replace(a_webhook(body), received_at=self.now))

    @property
    def notices(self) -> list[str]:
        own = (item.webhook.body for item in self.queue if item.webhook.source == OWN_SOURCE)
        return [json.loads(body)["kind"] for body in own]


def test_more_than_the_most_a_minute_are_asked_to_come_later(queue: list[Envelope]) -> None:
    crowd = Crowd(queue)
    assert [crowd.sends().status, crowd.sends(after=20.5).status] == [202, 202]
    assert crowd.sends() == Reply(429, "too-many", headers=(("Retry-After", "40"),))
    assert crowd.sends(after=39.4).headers == (("Retry-After", "1"),)
    assert crowd.sends(after=0.1).status == 202
    assert crowd.sends().status == 429
    assert crowd.gate.counters == {("shop", "accepted"): 3, ("shop", "too-many"): 3}


@pytest.mark.parametrize("body", [b"forged", b"of a robot", b"of no interest"])
def test_what_is_not_kept_takes_no_place_from_clients(queue: list[Envelope], body: bytes) -> None:
    crowd = Crowd(queue)
    for _ in range(9):
        crowd.sends(body)
    assert [crowd.sends().status, crowd.sends().status, crowd.sends().status] == [202, 202, 429]


def test_a_clock_that_was_set_back_keeps_nobody_out(queue: list[Envelope]) -> None:
    crowd = Crowd(queue)
    crowd.sends()
    crowd.sends()
    assert crowd.sends(after=-7200).status == 202


def test_sources_do_not_take_each_others_place(queue: list[Envelope]) -> None:
    crowd = Crowd(queue)
    crowd.gate.sources = {name: Source(name, "pretended", {"most": 1}) for name in ("shop", "other")}
    other = replace(a_webhook(b"event"), source="other", received_at=crowd.now)
    assert [crowd.sends().status, crowd.sends().status] == [202, 429]
    assert crowd.gate.receive(other).status == 202


def test_a_crowd_is_told_once_and_its_end_when_it_is_over(queue: list[Envelope]) -> None:
    crowd = Crowd(queue)
    for _ in range(50):
        crowd.sends(after=10)
    assert crowd.notices == ["source-rejects"]
    crowd.sends(after=SPAN.total_seconds() - 60)
    assert crowd.notices == ["source-rejects"]
    crowd.sends(after=SPAN.total_seconds())
    assert crowd.notices == ["source-rejects", "source-accepts"]


def test_only_the_content_type_of_the_headers_is_kept(gate: Gate, queue: list[Envelope]) -> None:
    gate.receive(
        a_webhook(b"event", {"content-type": "text/plain", "authorization": "Bearer secret", "cookie": "a=b"})
    )
    assert queue[0].webhook.headers == {"content-type": "text/plain"}


def test_without_a_ticket_the_content_tells_repeats(gate: Gate, queue: list[Envelope]) -> None:
    for body in (b"ticket fails", b"ticket fails"):
        gate.receive(a_webhook(body))
    assert queue[0].id == queue[1].id


def test_unknown_sources_share_one_counter(gate: Gate) -> None:
    for name in ("guess-1", "guess-2"):
        webhook = Webhook(name, "POST", (), {}, {}, b"", datetime(2025, 11, 3, tzinfo=UTC))
        assert gate.receive(webhook).status == 404
    assert gate.counters == {("?", "unknown-source"): 2}
