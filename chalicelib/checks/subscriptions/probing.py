"""Ask the probes whose time has come, all at once, and remember what they found."""

import logging
import ssl
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import httpx

from chalicelib.alerts.incidents import Incidents, Observation
from chalicelib.checks.subscriptions.memory import ProbeMemory, probe_key
from chalicelib.checks.subscriptions.probes import certificate, domain, mango, smsc, smsru, twilio, zadarma
from chalicelib.checks.subscriptions.probes.port import TIMEOUT, End, Money
from chalicelib.checks.subscriptions.settings import (
    Balance,
    Certificate,
    Dated,
    Domain,
    MangoBalance,
    Probed,
    SmscBalance,
    SmsRuBalance,
    Subscription,
    TwilioBalance,
    ZadarmaBalance,
)
from chalicelib.checks.subscriptions.standing import money_step
from chalicelib.engine.port import Document, Documents, VersionConflict
from chalicelib.errors import LeadkeeperError
from chalicelib.ladders import Ladders
from chalicelib.texts import Texts

AT_ONCE = 8
TOLD_AFTER = 3
"""Failures in a row. One or two say little of the service."""

ASK_A_REGISTRY_EVERY = timedelta(days=1)
"""It limits how often one may ask, and a domain's end changes once a year."""

INCIDENT = "probe:"

Outcome = End | Money | str
"""What a probe found, or why it found nothing."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Outside:
    """How probes reach the world.

    Attributes:
        transport: replaces the network for HTTP in tests.
        trust: replaces the authorities that this machine trusts in tests.
    """

    transport: httpx.BaseTransport | None = None
    trust: ssl.SSLContext | None = None


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of something that is probed.

    Attributes:
        before: the document with what was known before this look.
        memory: what is known now.
    """

    subscription: Probed
    before: Document
    memory: ProbeMemory

    @property
    def document(self) -> Document:
        """The document with what is known now."""
        return replace(self.before, content=self.memory.content())

    def is_due(self, now: datetime) -> bool:
        """Whether it is time to ask."""
        if not isinstance(self.subscription, Domain) or self.memory.asked_at is None:
            return True
        return self.memory.failures > 0 or now - self.memory.asked_at >= ASK_A_REGISTRY_EVERY


class Prober:
    """Keeps what we know of the world outside up to date."""

    def __init__(
        self, documents: Documents, incidents: Incidents, texts: Texts, ladders: Ladders, outside: Outside
    ) -> None:
        """Remember in these documents; trouble with a probe is one of these incidents."""
        self._documents = documents
        self._incidents = incidents
        self._texts = texts
        self._ladders = ladders
        self._outside = outside

    def ask(self, subscriptions: Sequence[Subscription], now: datetime) -> list[Known]:
        """What is known of all that are probed, once those that are due were asked. Changes nothing."""
        known = [self._known(one) for one in subscriptions if not isinstance(one, Dated)]
        if not any(one.is_due(now) for one in known):
            return known
        with (
            httpx.Client(timeout=TIMEOUT, transport=self._outside.transport) as http,
            ThreadPoolExecutor(AT_ONCE, thread_name_prefix="probe") as threads,
        ):
            return list(threads.map(lambda one: self._brought_up_to_date(one, http, now), known))

    def remember(self, known: Sequence[Known]) -> None:
        """Store what was found, and tell of probes that fail."""
        self._incidents.observe_each(map(self._observation, known), families=(INCIDENT,))
        for one in known:
            if one.document.content != one.before.content:
                # Whoever wrote meanwhile has later news.
                with suppress(VersionConflict):
                    self._documents.put(one.document)

    def _known(self, subscription: Probed) -> Known:
        document = self._documents.get(probe_key(subscription))
        return Known(subscription, document, ProbeMemory.model_validate(document.content))

    def _brought_up_to_date(self, known: Known, http: httpx.Client, now: datetime) -> Known:
        if not known.is_due(now):
            return known
        subscription, memory = known.subscription, known.memory
        outcome = self._outcome(subscription, http)
        match outcome:
            case End():
                memory = memory.found_end(outcome.at, now)
            case Money():
                memory = self._with_money(memory, subscription, outcome, now)
            case str():
                memory = memory.failed(outcome, now)
                log.warning("a probe failed", extra={"probe": subscription.name, "detail": outcome})
        return replace(known, memory=memory)

    def _outcome(self, subscription: Probed, http: httpx.Client) -> Outcome:
        try:
            return self._found(subscription, http)
        except LeadkeeperError as error:
            return error.detail
        except Exception as error:
            # A fault of ours in one probe must not keep the others from being told.
            log.exception("a probe failed unexpectedly", extra={"probe": subscription.probe})
            return type(error).__name__

    def _found(self, subscription: Probed, http: httpx.Client) -> End | Money:
        match subscription:
            case Certificate():
                return certificate.look(subscription, self._outside.trust)
            case Domain():
                return domain.look(subscription, http)
            case TwilioBalance():
                return twilio.look(subscription, http)
            case MangoBalance():
                return mango.look(subscription, http)
            case ZadarmaBalance():
                return zadarma.look(subscription, http)
            case SmsRuBalance():
                return smsru.look(subscription, http)
            case SmscBalance():
                return smsc.look(subscription, http)

    def _with_money(
        self, before: ProbeMemory, subscription: Probed, money: Money, now: datetime
    ) -> ProbeMemory:
        after = before.found_money(money.amount, money.currency, now)
        if not isinstance(subscription, Balance):
            return after
        step = money_step(subscription, money.amount, after.spent_at, self._ladders, now)
        return after.judged(is_low=step is not None)

    def _observation(self, known: Known) -> Observation:
        subscription, memory = known.subscription, known.memory
        subject = self._texts.render(
            "checks/probe_subject", name=subscription.name, is_money=isinstance(subscription, Balance)
        )
        return Observation(
            key=f"{INCIDENT}{subscription.name}",
            is_bad=memory.failures >= TOLD_AFTER,
            subject=subject,
            cause=memory.problem,
            severity="warning",
            responsible=subscription.responsible,
        )
