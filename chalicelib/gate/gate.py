"""The way of a webhook from the door to the queue."""

import importlib
import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from functools import cache

from chalicelib.gate.crowding import Crowding
from chalicelib.gate.envelope import Envelope
from chalicelib.gate.provider import Forged, GateProvider, Reply, Source, Ticket, Unwanted
from chalicelib.gate.rejections import TOO_MANY, Rejections
from chalicelib.gate.tickets import content_ticket
from chalicelib.gate.webhook import Webhook
from chalicelib.metrics import ACCEPTED, REJECTED, SILENT, Metrics

MAX_BODY_BYTES = 256 * 1024
KEPT_HEADERS = ("content-type",)
ACCEPTED_MESSAGE = "accepted"
NOT_TAKEN = "the queue did not take a webhook"
NOTICE_LOST = "the queue did not take a message of our own"

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the gate finds of one webhook.

    Attributes:
        reply: for the sender.
        envelope: what must be durable before the sender may hear the reply; None if nothing.
        notice: a message of our own about the source, which must not change the reply; None if nothing.
    """

    reply: Reply
    envelope: Envelope | None = None
    notice: Envelope | None = None


class Gate:
    """Takes a webhook, proves its origin, makes it durable with one call and answers.

    Attributes:
        sources: for whom it receives, by name. May be replaced when their secrets were rotated.
        counters: how many webhooks were accepted, ignored or rejected, by (source, outcome).
            A rejected webhook leaves no other trace.
    """

    def __init__(
        self,
        sources: Mapping[str, Source],
        put: Callable[[Envelope], None],
        metrics: Metrics = SILENT,
        log_accepted: Callable[[Envelope], None] | None = None,
    ) -> None:
        """Receive webhooks.

        Args:
            sources: from these, by name.
            put: makes an envelope durable or raises.
            metrics: of this host.
            log_accepted: writes the line about what was accepted; None for the usual way of logging.
        """
        self.sources = sources
        self._put = put
        self._metrics = metrics
        self._log_accepted = log_accepted or _log_accepted
        self.counters: Counter[tuple[str, str]] = Counter()
        self._rejections = Rejections()
        self._crowding = Crowding()

    def receive(self, webhook: Webhook) -> Reply:
        """Answer one webhook. A 2xx means that it is durable, or that nothing needed keeping."""
        return self._worded(self._received(webhook), webhook)

    async def receive_async(self, webhook: Webhook, put: Callable[[Envelope], Awaitable[None]]) -> Reply:
        """The same for a host that takes many webhooks at once in one thread; ``put`` makes them durable."""
        return self._worded(await self._received_async(webhook, put), webhook)

    def _received(self, webhook: Webhook) -> Reply:
        verdict = self._judge(webhook)
        if verdict.notice is not None:
            try:
                self._put(verdict.notice)
            except Exception:
                log.exception(NOTICE_LOST)
        if verdict.envelope is None:
            return verdict.reply
        try:
            self._put(verdict.envelope)
        except Exception:
            log.exception(NOT_TAKEN, extra=names(verdict.envelope))
            return self._not_taken(verdict.envelope)
        return self._taken(verdict.envelope, verdict.reply)

    async def _received_async(self, webhook: Webhook, put: Callable[[Envelope], Awaitable[None]]) -> Reply:
        verdict = self._judge(webhook)
        if verdict.notice is not None:
            try:
                await put(verdict.notice)
            except Exception:
                log.exception(NOTICE_LOST)
        if verdict.envelope is None:
            return verdict.reply
        try:
            await put(verdict.envelope)
        except Exception:
            log.exception(NOT_TAKEN, extra=names(verdict.envelope))
            return self._not_taken(verdict.envelope)
        return self._taken(verdict.envelope, verdict.reply)

    def _judge(self, webhook: Webhook) -> Verdict:
        source = self.sources.get(webhook.source)
        if source is None:
            return self._reject("?", "unknown-source", 404)
        if len(webhook.body) > MAX_BODY_BYTES:
            return self._reject(source.name, "too-large", 413)
        provider = _provider(source.provider)
        if webhook.method not in provider.methods:
            return self._reject(source.name, "wrong-method", 405)
        probe = _probe(provider, webhook, source)
        if probe is not None:
            self._count(source.name, "probe")
            return Verdict(probe)
        try:
            authentic = provider.authenticate(webhook, source)
        except Forged as forged:
            notice = self._rejections.rejected(source.name, forged.reason, webhook.received_at)
            return self._reject(source.name, forged.reason, forged.status, notice)
        except Exception:
            # Our own fault, but the origin is not proved: nothing may be kept.
            log.exception("the origin of a webhook could not be checked", extra={"source": source.name})
            return self._reject(source.name, "unprovable", 403)
        return self._judge_authentic(provider, authentic, source)

    def _judge_authentic(self, provider: GateProvider, webhook: Webhook, source: Source) -> Verdict:
        notice = self._rejections.accepted(source.name, webhook.received_at)
        try:
            ticket = _ticket(provider, webhook, source)
        except Unwanted as unwanted:
            self._refuse(source.name, unwanted.reason)
            return Verdict(provider.accepted, notice=notice)
        if ticket is None:
            self._count(source.name, "ignored")
            return Verdict(provider.accepted, notice=notice)
        most = provider.most_per_minute(source)
        wait = self._crowding.wait(source.name, most, webhook.received_at) if most else 0
        if wait:
            notice = self._rejections.crowded(source.name, webhook.received_at)
            return self._reject(source.name, TOO_MANY, 429, notice, (("Retry-After", str(wait)),))
        return Verdict(ticket.reply or provider.accepted, _sealed(webhook, ticket), notice)

    def _taken(self, envelope: Envelope, reply: Reply) -> Reply:
        self._count(envelope.webhook.source, "accepted")
        self._metrics.record(ACCEPTED)
        self._log_accepted(envelope)
        return reply

    def _not_taken(self, envelope: Envelope) -> Reply:
        """Whatever kept the queue from taking it: the sender must hear that we do not have it."""
        self._count(envelope.webhook.source, "queue-failed")
        return Reply(503, "try again later")

    def _reject(
        self,
        source: str,
        reason: str,
        status: int,
        notice: Envelope | None = None,
        headers: tuple[tuple[str, str], ...] = (),
    ) -> Verdict:
        self._refuse(source, reason)
        return Verdict(Reply(status, reason, headers=headers), notice=notice)

    def _refuse(self, source: str, reason: str) -> None:
        self._count(source, reason)
        self._metrics.record(REJECTED, Reason=reason)
        log.warning("rejected", extra={"source": source, "reason": reason})

    def _worded(self, reply: Reply, webhook: Webhook) -> Reply:
        """As the provider words it; whatever goes wrong there, the sender hears how it went."""
        source = self.sources.get(webhook.source)
        if source is None:
            return reply
        try:
            return _provider(source.provider).answer(reply, webhook, source)
        except Exception:
            log.exception("an answer could not be worded", extra={"source": source.name})
            return reply

    def _count(self, source: str, outcome: str) -> None:
        self.counters[source, outcome] += 1


def _sealed(webhook: Webhook, ticket: Ticket) -> Envelope:
    headers = {name: webhook.headers[name] for name in KEPT_HEADERS if name in webhook.headers}
    return Envelope.seal(replace(webhook, headers=headers), ticket.dedup_id, ticket.group)


def _log_accepted(envelope: Envelope) -> None:
    log.info(ACCEPTED_MESSAGE, extra=names(envelope))


def names(envelope: Envelope) -> dict[str, str]:
    """What a line about an envelope names."""
    return {"source": envelope.webhook.source, "entry": envelope.id}


def _probe(provider: GateProvider, webhook: Webhook, source: Source) -> Reply | None:
    """Ask the provider; what it cannot look at is no connection test and must prove its origin."""
    try:
        return provider.probe(webhook, source)
    except Exception:
        log.exception("a webhook could not be looked at", extra={"source": source.name})
        return None


def _ticket(provider: GateProvider, webhook: Webhook, source: Source) -> Ticket | None:
    """Ask the provider; whatever goes wrong there, an authentic webhook is kept by its content.

    Raises:
        Unwanted: it is not to be kept.
    """
    try:
        return provider.ticket(webhook, source)
    except Unwanted:
        raise
    except Exception:
        log.exception("no ticket for an authentic webhook", extra={"source": webhook.source})
        return content_ticket(webhook)


@cache
def _provider(name: str) -> GateProvider:
    """The provider's gate, imported at its first webhook: a cold start pays for one provider only."""
    module = importlib.import_module(f"chalicelib.providers.{name}.gate")
    gate: GateProvider = module.GATE
    return gate
