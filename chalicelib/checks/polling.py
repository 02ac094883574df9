"""Ask a source that does not call us, and put what is new on the queue, each thing once.

The cursor is saved once everything is on the queue. So a crash in between asks for the same again, and what
came before is known to the journal, or has an id by which it will be. Of a courier's parcels those that were
dealt with are not asked about again, although a later question failed.
"""

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from operator import itemgetter
from typing import Any

from chalicelib.alerts.incidents import Incidents, Observation
from chalicelib.changing import change_document
from chalicelib.checks.parcels import Round
from chalicelib.checks.port import Finding
from chalicelib.engine.port import Document, Engine, VersionConflict
from chalicelib.errors import LeadkeeperError
from chalicelib.gate.envelope import Envelope
from chalicelib.gate.tickets import fingerprint
from chalicelib.gate.webhook import Webhook
from chalicelib.leafing import newest_first
from chalicelib.memory import ASKED
from chalicelib.poll_memory import PollMemory, poll_key, poller_state_key
from chalicelib.providers.polling import FOR_EVER, Asking, Poller, Record
from chalicelib.texts import Texts

TOLD_AFTER = 3
"""Failures in a row: a single lost answer is nobody's trouble."""

MOST_AT_ONCE = timedelta(days=1)
"""After an outage, each run catches up with so much."""

OLDEST = timedelta(days=7)
"""What happened before is not asked for: a source that was out of the shop file for months floods nobody."""

Rounds = Callable[[datetime, datetime], Round]
"""Begins a round of questions about the parcels that came due between two moments."""

log = logging.getLogger(__name__)


class Poll:
    """The check ``poll-…``. Implements ``checks.port.Watch``."""

    has_baseline = False

    def __init__(
        self,
        source: str,
        poller: Poller,
        engine: Engine,
        incidents: Incidents,
        texts: Texts,
        parcels: Rounds | None = None,
    ) -> None:
        """Ask this source; what it tells goes on the engine's queue ``work``.

        ``parcels`` begins a round of questions about parcels, where the poller is given those to ask about.
        """
        self.name = f"poll-{source}"
        self.every = poller.every
        self._source = source
        self._poller = poller
        self._engine = engine
        self._incidents = incidents
        self._texts = texts
        self._parcels = parcels

    def find(self, now: datetime) -> Iterable[Finding]:
        """Put what is new on the queue. Trouble with the source becomes an incident, and the cursor stays.

        Raises:
            LeadkeeperError: the CRM does not tell which parcels to ask about.
        """
        document = self._begun(now)
        before = PollMemory.model_validate(document.content)
        parcels = self._parcels(before.asked_until, now) if self._parcels else None
        problem = self._ask(before, now, parcels)
        after = before.model_copy(update={"failures": before.failures + 1 if problem else 0})
        if parcels or not problem:
            until = parcels.reached if parcels else self._until(before, now)
            after = after.model_copy(update={"asked_until": until})
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
        after = memory.asked_until if memory else now - self.every
        parcels = self._parcels(after, now) if self._parcels else None
        asking = replace(self._asking(since, until, parcels), remember=lambda _: None, only_looks=True)
        return [f"{self._source}: answers", *self._told(asking)]

    def _told(self, asking: Asking) -> Iterator[str]:
        since, until = asking.since, asking.until
        for page in self._poller.pages(asking):
            envelopes = self._envelopes(page, since, until)
            known = self._engine.journal.known([envelope.id for _, envelope in envelopes])
            for record, envelope in envelopes:
                at = record.at.isoformat() if record.at else "at a time that cannot be read"
                yield f"{record.dedup_id}: {at}, {'known' if envelope.id in known else 'new'}"

    @property
    def _key(self) -> str:
        return poll_key(self._source)

    def _begun(self, now: datetime) -> Document:
        """The memory; made before the first question, so that its failure loses nothing."""
        document = self._engine.documents.get(self._key)
        if document.content:
            return document
        memory = PollMemory(started_at=now, asked_until=now)
        return self._engine.documents.put(replace(document, content=memory.content()))

    def _ask(self, memory: PollMemory, now: datetime, parcels: Round | None) -> str:
        """Put what is new on the queue; returns what kept it from that, empty if nothing did."""
        since = self._since(memory, now)
        # Whatever a parcel did since we began, we may hear only when it is its turn.
        is_told_late = parcels or self._poller.overlap >= FOR_EVER
        ours_since = memory.started_at if is_told_late else since
        taken = 0
        try:
            for page in self._poller.pages(self._asking(since, self._until(memory, now), parcels)):
                taken += self._take(page, ours_since, now)
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
        if self._parcels:
            ours += _standing(page, since)
        return [(record, self._sealed(record, now)) for record in sorted(ours, key=lambda one: one.at or now)]

    def _sealed(self, record: Record, now: datetime) -> Envelope:
        webhook = Webhook(
            source=self._source,
            method="GET",
            path=record.path,
            query={},
            headers={"content-type": record.content_type},
            body=record.content,
            received_at=now,
        )
        return Envelope.seal(webhook, record.dedup_id, record.group)

    def _since(self, memory: PollMemory, now: datetime) -> datetime:
        return max(memory.started_at, memory.asked_until - self._poller.overlap, now - OLDEST)

    def _until(self, memory: PollMemory, now: datetime) -> datetime:
        if self._parcels:
            # Each answer tells how its parcel stands now.
            return now
        return min(now, max(memory.asked_until, now - OLDEST) + MOST_AT_ONCE)

    def _asking(self, since: datetime, until: datetime, parcels: Round | None) -> Asking:
        # What the source told us itself just before its first run is ours all the same.
        heard_since = min(since, until - self._poller.overlap)
        asking = Asking(
            since,
            until,
            heard=lambda: self._heard(heard_since),
            is_known=self._is_known,
            recall=lambda: self._engine.documents.get(poller_state_key(self._source)).content,
            remember=self._remember,
        )
        return replace(asking, parcels=parcels.pages) if parcels else asking

    def _remember(self, state: Mapping[str, Any]) -> None:
        change_document(self._engine.documents, poller_state_key(self._source), lambda _: state)

    def _is_known(self, dedup_id: str) -> bool:
        return bool(self._engine.journal.known([fingerprint(self._source, dedup_id)]))

    def _heard(self, since: datetime) -> Iterator[Webhook]:
        journal = self._engine.journal
        for entry in newest_first(journal, self._source, since):
            envelope = journal.envelope(entry.id)
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


def _standing(page: Sequence[Record], since: datetime) -> list[Record]:
    """How each parcel stood when we began: that is to be known, although nobody is told of it."""
    earlier = [(record.at, record) for record in page if record.at is not None and record.at < since]
    newest = {record.group: record for _, record in sorted(earlier, key=itemgetter(0))}
    return list(newest.values())
