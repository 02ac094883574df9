"""The gate with providers that misbehave; well-behaved ones pass ``tests/providers``."""

import asyncio
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from types import ModuleType

import pytest

from chalicelib.gate.envelope import OWN_SOURCE, Envelope
from chalicelib.gate.gate import Gate
from chalicelib.gate.provider import Forged, GateProvider, Reply, Source, Ticket
from chalicelib.gate.rejections import MANY
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
        return None if webhook.body == b"of no interest" else Ticket("1", "g")


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
