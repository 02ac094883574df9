"""Ask a source that does not call us, and put what is new on the queue, each thing once.

The cursor is saved once everything is on the queue. So a crash in between asks for the same again, and what
came before is known to the journal, or has an id by which it will be.
"""

import logging
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta

from pydantic import AwareDatetime

from chalicelib.alerts.incidents import Incidents, Observation
from chalicelib.checks.port import Finding
from chalicelib.engine.port import Document, Engine, VersionConflict
from chalicelib.errors import LeadkeeperError
from chalicelib.gate.envelope import Envelope
from chalicelib.gate.tickets import fingerprint
from chalicelib.gate.webhook import Webhook
from chalicelib.memory import ASKED, Memory
from chalicelib.providers.polling import Asking, Poller, Record
from chalicelib.texts import Texts

TOLD_AFTER = 3
"""Failures in a row: a single lost answer is nobody's trouble."""

MOST_AT_ONCE = timedelta(days=1)
"""After an outage, each run catches up with so much."""

OLDEST = timedelta(days=7)
"""What happened before is not asked for: a source that was out of the shop file for months floods nobody."""

MOST_HEARD = 1000

log = logging.getLogger(__name__)


class PollMemory(Memory):
    """What we remember of a source that is asked.

    Attributes:
        started_at: when it was asked first: what happened before is not ours.
        asked_until: everything up to then is on the queue, but for what is told late.
        failures: how often it was asked in vain since it last answered.
    """

    started_at: AwareDatetime
    asked_until: AwareDatetime
    failures: int = 0


class Poll:
    """The check ``poll-…``. Implements ``checks.port.Watch``."""

    has_baseline = False

    def __init__(
        self, source: str, poller: Poller, engine: Engine, incidents: Incidents, texts: Texts
    ) -> None:
        """Ask this source; what it tells goes on the engine's queue ``work``."""
        self.name = f"poll-{source}"
        self.every = poller.every
        self._source = source
        self._poller = poller
        self._engine = engine
        self._incidents = incidents
        self._texts = texts

    def find(self, now: datetime) -> Iterable[Finding]:
        """Put what is new on the queue. Trouble with the source becomes an incident, and the cursor stays."""
        document = self._begun(now)
        before = PollMemory.model_validate(document.content)
        problem = self._ask(before, now)
        after = (
            before.model_copy(update={"failures": before.failures + 1})
            if problem
            else before.model_copy(update={"failures": 0, "asked_until": self._until(before, now)})
        )
        if max(before.failures, after.failures) >= TOLD_AFTER:
            self._incidents.observe(self._observation(problem))
        # Whoever wrote meanwhile has asked, too.
        with suppress(VersionConflict):
            self._engine.documents.put(replace(document, content=after.content()))
        return ()

    def look(self, now: datetime) -> Sequence[str]:
        """What the source tells now, without personal data; also of the time before its first run.

        Raises:
            LeadkeeperError: it does not answer, or refuses.
        """
        content = self._engine.documents.get(self._key).content
        memory = PollMemory.model_validate(content) if content else None
        since = self._since(memory, now) if memory else now - self._poller.overlap
        until = self._until(memory, now) if memory else now
        return [f"{self._source}: answers", *self._told(since, until)]

    def _told(self, since: datetime, until: datetime) -> Iterator[str]:
        for page in self._poller.pages(self._asking(since, until)):
            envelopes = self._envelopes(page, since, until)
            known = self._engine.journal.known([envelope.id for _, envelope in envelopes])
            for record, envelope in envelopes:
                at = record.at.isoformat() if record.at else "at a time that cannot be read"
                yield f"{record.dedup_id}: {at}, {'known' if envelope.id in known else 'new'}"

    @property
    def _key(self) -> str:
        return f"poll:{self._source}"

    def _begun(self, now: datetime) -> Document:
        """The memory; made before the first question, so that its failure loses nothing."""
        document = self._engine.documents.get(self._key)
        if document.content:
            return document
        memory = PollMemory(started_at=now, asked_until=now)
        return self._engine.documents.put(replace(document, content=memory.content()))

    def _ask(self, memory: PollMemory, now: datetime) -> str:
        """Put what is new on the queue; returns what kept it from that, empty if nothing did."""
        since = self._since(memory, now)
        taken = 0
        try:
            for page in self._poller.pages(self._asking(since, self._until(memory, now))):
                taken += self._take(page, since, now)
        except LeadkeeperError as error:
            log.warning("a source does not tell", extra={"source": self._source, "reason": error.reason})
            return error.detail or error.reason
        except Exception as error:
            # A fault of ours. It must be told, whatever it is.
            log.exception("a source could not be asked", extra={"source": self._source})
            return type(error).__name__
        log.info("a source was asked", extra={"source": self._source, "taken": taken})
        return ""

    def _take(self, page: Sequence[Record], since: datetime, now: datetime) -> int:
        envelopes = {envelope.id: envelope for _, envelope in self._envelopes(page, since, now)}
        new = envelopes.keys() - self._engine.journal.known(list(envelopes))
        for envelope_id, envelope in envelopes.items():
            if envelope_id in new:
                self._engine.work.put(envelope)
        return len(new)

    def _envelopes(
        self, page: Sequence[Record], since: datetime, now: datetime
    ) -> list[tuple[Record, Envelope]]:
        """What of a page is ours, in the order in which it happened, whatever the order of its rows."""
        ours = [record for record in page if record.at is None or record.at >= since]
        return [(record, self._sealed(record, now)) for record in sorted(ours, key=lambda one: one.at or now)]

    def _sealed(self, record: Record, now: datetime) -> Envelope:
        webhook = Webhook(
            source=self._source,
            method="GET",
            path=record.path,
            query={},
            headers={"content-type": "application/json"},
            body=record.content,
            received_at=now,
        )
        return Envelope.seal(webhook, record.dedup_id, record.group)

    def _since(self, memory: PollMemory, now: datetime) -> datetime:
        return max(memory.started_at, memory.asked_until - self._poller.overlap, now - OLDEST)

    def _until(self, memory: PollMemory, now: datetime) -> datetime:
        return min(now, max(memory.asked_until, now - OLDEST) + MOST_AT_ONCE)

    def _asking(self, since: datetime, until: datetime) -> Asking:
        return Asking(since, until, heard=lambda: self._heard(since), is_known=self._is_known)

    def _is_known(self, dedup_id: str) -> bool:
        return bool(self._engine.journal.known([fingerprint(self._source, dedup_id)]))

    def _heard(self, since: datetime) -> Iterator[Webhook]:
        for entry in self._engine.journal.latest(source=self._source, limit=MOST_HEARD, since=since):
            envelope = self._engine.journal.envelope(entry.id)
            if envelope is not None:
                yield envelope.webhook

    def _observation(self, problem: str) -> Observation:
        words = {"source": self._source, "problem": problem}
        return Observation(
            key=f"{ASKED}{self._source}",
            is_bad=bool(problem),
            subject=self._texts.render("checks/source_subject", source=self._source),
            cause=self._texts.render("checks/source_cause", **words) if problem else "",
        )
