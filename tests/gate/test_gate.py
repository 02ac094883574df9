"""The gate with providers that misbehave; well-behaved ones pass ``tests/providers``."""

import sys
from datetime import UTC, datetime
from types import ModuleType

import pytest

from chalicelib.gate.envelope import Envelope
from chalicelib.gate.gate import Gate
from chalicelib.gate.provider import Forged, GateProvider, Reply, Source, Ticket
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


def a_webhook(body: bytes, headers: dict[str, str] | None = None) -> Webhook:
    return Webhook("shop", "POST", (), {}, headers or {}, body, datetime(2025, 11, 3, tzinfo=UTC))


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
    gate: Gate, queue: list[Envelope], body: bytes, reply: Reply, outcome: str, *, kept: bool
) -> None:
    assert gate.receive(a_webhook(body)) == reply
    assert gate.counters == {("shop", outcome): 1}
    assert [envelope.webhook.body for envelope in queue] == ([body] if kept else [])


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
