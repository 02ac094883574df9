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
from chalicelib.checks.subscriptions.probes import certificate, domain, mango, smsru, twilio, zadarma
from chalicelib.checks.subscriptions.probes.port import TIMEOUT, End, Money
from chalicelib.checks.subscriptions.settings import (
    Balance,
    Certificate,
    Dated,
    Domain,
    MangoBalance,
    Probed,
    SmsRuBalance,
    Subscription,
    TwilioBalance,
    ZadarmaBalance,
)
from chalicelib.checks.subscriptions.standing import money_step
from chalicelib.engine.port import Documents, VersionConflict
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

    def look(self, subscriptions: Sequence[Subscription], now: datetime) -> None:
        """Ask the probes that are due."""
        self._end_incidents_of_others(subscriptions)
        due = [one for one in subscriptions if not isinstance(one, Dated) and self._is_due(one, now)]
        if not due:
            return
        with (
            httpx.Client(timeout=TIMEOUT, transport=self._outside.transport) as http,
            ThreadPoolExecutor(AT_ONCE, thread_name_prefix="probe") as threads,
        ):
            outcomes = list(threads.map(lambda one: self._ask(one, http), due))
        for subscription, outcome in zip(due, outcomes, strict=True):
            self._note(subscription, outcome, now)

    def _is_due(self, subscription: Probed, now: datetime) -> bool:
        if not isinstance(subscription, Domain):
            return True
        memory = self._memory(subscription)
        return memory.asked_at is None or memory.failures > 0 or now - memory.asked_at >= ASK_A_REGISTRY_EVERY

    def _ask(self, subscription: Probed, http: httpx.Client) -> Outcome:
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

    def _note(self, subscription: Probed, outcome: Outcome, now: datetime) -> None:
        document = self._documents.get(probe_key(subscription))
        before = ProbeMemory.model_validate(document.content)
        match outcome:
            case End():
                after = before.found_end(outcome.at, now)
            case Money():
                after = self._with_money(before, subscription, outcome, now)
            case str():
                after = before.failed(outcome, now)
                log.warning("a probe failed", extra={"probe": subscription.name, "detail": outcome})
        if max(before.failures, after.failures) >= TOLD_AFTER:
            self._incidents.observe(self._observation(subscription, after))
        # Whoever wrote meanwhile has later news.
        with suppress(VersionConflict):
            self._documents.put(replace(document, content=after.content()))

    def _with_money(
        self, before: ProbeMemory, subscription: Probed, money: Money, now: datetime
    ) -> ProbeMemory:
        after = before.found_money(money.amount, money.currency, now)
        if not isinstance(subscription, Balance):
            return after
        step = money_step(subscription, money.amount, after.spent_at, self._ladders, now)
        return after.judged(is_low=step is not None)

    def _observation(self, subscription: Probed, memory: ProbeMemory) -> Observation:
        subject = self._texts.render(
            "checks/probe_subject", name=subscription.name, is_money=isinstance(subscription, Balance)
        )
        return Observation(
            key=incident_key(subscription),
            is_bad=memory.failures > 0,
            subject=subject,
            cause=memory.problem,
            severity="warning",
            responsible=subscription.responsible,
        )

    def _end_incidents_of_others(self, subscriptions: Sequence[Subscription]) -> None:
        """What is no longer in the shop file, or no longer probed, is nobody's trouble."""
        probed = {incident_key(one) for one in subscriptions if not isinstance(one, Dated)}
        for incident in self._incidents.open():
            if incident.key.startswith(INCIDENT) and incident.key not in probed:
                self._incidents.observe(Observation(incident.key, is_bad=False, subject=incident.subject))

    def _memory(self, subscription: Probed) -> ProbeMemory:
        return ProbeMemory.model_validate(self._documents.get(probe_key(subscription)).content)


def incident_key(subscription: Probed) -> str:
    """The incident that its probe fails."""
    return f"{INCIDENT}{subscription.name}"
