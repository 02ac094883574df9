"""Whether a service that we write to answers: shared by all workers, so that a dead one is not stormed.

After a few failures in a row nobody asks the service any more, but one attempt from time to time that looks
whether it is back. People hear of an outage once when it has lasted a while, and once at its end.

An attempt is one try at one entry. It counts as failed whichever request of it failed, so that a service
that reads but does not write is away, too.
"""

import logging
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from pydantic import AwareDatetime, BaseModel, ConfigDict

from chalicelib.actions import AnyAction, AskDelivery, AttachFile, SendAnswer, SendReply, SendSms
from chalicelib.alerts.incidents import Incidents, Observation
from chalicelib.clock import Clock
from chalicelib.engine.port import Documents, VersionConflict
from chalicelib.errors import Away, LeadkeeperError, Unreachable
from chalicelib.events import (
    OWN_TROUBLE,
    AnyEvent,
    FileDue,
    ProductionAnswerDue,
    ProductionAnswered,
    ReplyDue,
    SmsDeliveryDue,
    SmsDue,
    SmsReceipt,
)
from chalicelib.pauses import back_off
from chalicelib.texts import Texts

log = logging.getLogger(__name__)

Service = str
"""``crm``, an SMS gateway such as ``sms:twilio``, a messenger such as ``messenger:telegram-main``, or
``production:workshop``."""

AWAY_AFTER = 3
"""Failures in a row. A single one is a hiccup, and says little of the service."""

LONGEST_PROBE_INTERVAL = timedelta(minutes=1)
"""So that a service that is back is noticed soon. A worker that looks and dies holds nobody up for longer."""

TELL_AFTER = timedelta(seconds=30)
TELL_AFTER_FAILURES = 4
"""What is over sooner need not wake anybody."""


class Health(BaseModel):
    """How a service has answered lately.

    Attributes:
        failures: how many attempts failed in a row.
        failing_since: when the first of them did; None if the service is well.
        reason: the reason code of the last one.
        detail: the same for a person.
        probe_at: from when on one attempt may look whether the service is back; None if all may go on.
        told: whether people were told that it is away.
    """

    model_config = ConfigDict(frozen=True)

    failures: int = 0
    failing_since: AwareDatetime | None = None
    reason: str = ""
    detail: str = ""
    probe_at: AwareDatetime | None = None
    told: bool = False

    @property
    def is_well(self) -> bool:
        """True if the last attempt succeeded."""
        return self.failing_since is None

    @property
    def is_away(self) -> bool:
        """True once it has failed so often that nobody asks it but to look whether it is back."""
        return self.probe_at is not None

    def may_be_probed(self, now: datetime) -> bool:
        """True if it is time to look again."""
        return self.probe_at is not None and now >= self.probe_at

    def failed(self, reason: str, detail: str, now: datetime) -> "Health":
        """After one more failure."""
        failures = self.failures + 1
        interval = min(back_off(failures - AWAY_AFTER + 1), LONGEST_PROBE_INTERVAL)
        since = self.failing_since or now
        return Health(
            failures=failures,
            failing_since=since,
            reason=reason,
            detail=detail,
            probe_at=now + interval if failures >= AWAY_AFTER else None,
            told=self.told or (failures >= TELL_AFTER_FAILURES and now - since >= TELL_AFTER),
        )

    def probed(self, now: datetime) -> "Health":
        """While one attempt looks whether the service is back."""
        return self.model_copy(update={"probe_at": now + LONGEST_PROBE_INTERVAL})

    def content(self) -> dict[str, Any]:
        """As a document."""
        return self.model_dump(mode="json", exclude_defaults=True)


WELL = Health()


class Outages:
    """The health of the services, and who is told of it."""

    def __init__(self, documents: Documents, incidents: Incidents, texts: Texts, clock: Clock) -> None:
        """Keep the health in these documents, and tell of outages as incidents."""
        self._documents = documents
        self._incidents = incidents
        self._texts = texts
        self._clock = clock

    def enter(self, service: Service) -> Health:
        """Begin an attempt that needs the service.

        Raises:
            Away: it does not answer, and it is not time to look again, or somebody else does.
        """
        document = self._documents.get(service_key(service))
        health = Health.model_validate(document.content)
        if health.probe_at is None:
            return health
        now = self._clock()
        if now < health.probe_at:
            raise Away(health.reason, health.probe_at - now, health.detail)
        try:
            self._documents.put(replace(document, content=health.probed(now).content()))
        except VersionConflict:
            raise Away(health.reason, LONGEST_PROBE_INTERVAL, health.detail) from None
        return health

    def give_back(self, service: Service, entered: Health) -> None:
        """An attempt ended without asking the service for anything: the next one may look at once."""
        document = self._documents.get(service_key(service))
        health = Health.model_validate(document.content)
        if health.failures == entered.failures:
            with suppress(VersionConflict):
                self._documents.put(replace(document, content=entered.content()))

    def failed(self, service: Service, error: LeadkeeperError) -> None:
        """An attempt failed. Tells people once the outage has lasted a while."""
        while True:
            document = self._documents.get(service_key(service))
            before = Health.model_validate(document.content)
            now = self._clock()
            after = before.failed(error.reason, error.detail, now)
            if after.told and not before.told and after.failing_since is not None:
                # Before it is stored: told twice it is one alert, but a crash in between would hide it.
                log.error("outage", extra={"service": service, "reason": error.reason})
                cause = self._texts.render("outage/cause", reason=error.reason, detail=error.detail)
                self._observe(service, cause, since=after.failing_since)
            with suppress(VersionConflict):
                self._documents.put(replace(document, content=after.content()))
                return

    def succeeded(self, service: Service) -> None:
        """An attempt succeeded. Tells people who were told of an outage that it is over."""
        document = self._documents.get(service_key(service))
        health = Health.model_validate(document.content)
        if health.failing_since is None:
            return
        if health.told:
            log.warning("outage is over", extra={"service": service})
            self._observe(service, self._texts.render("outage/over", **_named(service)))
        # Whoever wrote meanwhile has later news.
        with suppress(VersionConflict):
            self._documents.put(replace(document, content=WELL.content()))

    def _observe(self, service: Service, cause: str, since: datetime | None = None) -> None:
        subject = self._texts.render("outage/subject", **_named(service))
        self._incidents.observe(
            Observation(f"service:{service}", since is not None, subject, cause, since=since)
        )


def service_of(events: Sequence[AnyEvent]) -> Service | None:
    """The service without which nothing can be decided about these events.

    None for an alert: one about a dead alert channel would go the same way, and each retries on its own. None
    for messages to clients, and for their files: which gateway or messenger is needed is a part of the
    decision. That a file needs the CRM, too, is told by whatever else needs it.
    """
    of_messages = (SmsDue, SmsDeliveryDue, SmsReceipt, ReplyDue, FileDue)
    needs_nothing = (*OWN_TROUBLE, *of_messages, ProductionAnswerDue, ProductionAnswered)
    return None if any(isinstance(event, needs_nothing) for event in events) else "crm"


def service_of_action(action: AnyAction, events: Sequence[AnyEvent]) -> Service | None:
    """The service without which an action for these events cannot be carried out."""
    match action:
        case SendSms():
            return gateway_service(action.gateway)
        case AskDelivery():
            return gateway_service(action.due.gateway)
        case SendReply() | AttachFile():
            return f"messenger:{action.source}"
        case SendAnswer():
            return f"production:{action.due.source}"
    return service_of(events)


def gateway_service(gateway: str) -> Service:
    """The service that an SMS gateway is."""
    return f"sms:{gateway}" if gateway else "sms"


def is_its_word(service: Service, error: LeadkeeperError) -> bool:
    """True if the service itself refused: it is alive."""
    return error.permanent and error.reason.startswith(_prefix(service))


def is_outage(service: Service, error: LeadkeeperError) -> bool:
    """True if the service did not answer as it should."""
    return isinstance(error, Unreachable) and error.reason.startswith(_prefix(service))


def _prefix(service: Service) -> str:
    """How the reason codes of its errors begin."""
    return f"{service.partition(':')[0]}-"


def service_key(service: Service) -> str:
    """The document of a service's health, and the incident of its outage."""
    return f"service:{service}"


def _named(service: Service) -> dict[str, str]:
    """As texts want it."""
    kind, _, gateway = service.partition(":")
    return {"service": kind, "gateway": gateway}
