"""The way of one envelope: read, decide, freeze the plan, act once, close the journal entry.

A crash between any two steps ends with exactly one effect:

* before the plan is frozen, a retry decides anew;
* from then on it resumes the plan. An action whose second attempt would have a second effect is looked
  for outside, once the search lag has passed, before it is repeated.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from chalicelib.actions import AnyAction
from chalicelib.alerts.raising import AlertRaiser
from chalicelib.attempt import Attempt
from chalicelib.clock import Clock
from chalicelib.deciding import Decider
from chalicelib.engine.port import Journal, Queue, QueueName, Timer, Timers, VersionConflict
from chalicelib.entry import UNKNOWN_RESULT, Entry, Result, Status
from chalicelib.errors import (
    Away,
    ConfigurationError,
    LeadkeeperError,
    Outdated,
    Postponed,
    Refused,
    TooEarly,
    Unreachable,
    Unreadable,
)
from chalicelib.gate.envelope import OWN_SOURCE, Envelope
from chalicelib.gate.tickets import fingerprint
from chalicelib.metrics import ACTIONS, PARKED, QUARANTINED, SILENT, Metrics
from chalicelib.outages import (
    WELL,
    Health,
    Outages,
    Service,
    is_its_word,
    is_outage,
    service_of,
    service_of_action,
)
from chalicelib.pauses import CONFLICT_DELAY, LONGEST_BACK_OFF, LONGEST_IN_QUEUE, back_off
from chalicelib.perform import Performer
from chalicelib.providers.reading import Reading
from chalicelib.providers.test_leads import TEST_LEAD
from chalicelib.sources import Sources

PARK_AFTER = timedelta(days=10)
"""Long before the queue forgets a message, after 14 days."""

MAX_OWN_FAILURES = 8
OWN_FAILURES_FOR = timedelta(hours=1)
"""What fails so often and so long, while the service answers others, is the entry's own trouble."""

MAX_UNEXPECTED_FAILURES = 5
TIME_FOR_ONE_ACTION = timedelta(seconds=60)
"""Two requests that answer at the last moment, with the client's own short retries."""

Read = Callable[[Envelope], Reading]
log = logging.getLogger(__name__)


@dataclass(slots=True)
class _Run:
    """One attempt at one envelope.

    Attributes:
        entry: as it was saved last.
        is_first_try: True once this very attempt has frozen the plan: nobody tried an action before.
        service: what the entry needs outside, once it was needed.
        health: of this service, as the attempt found it.
        is_probe: True while the attempt is the one that looks whether the service is back.
    """

    envelope: Envelope
    entry: Entry
    deadline: datetime
    queue: QueueName
    is_first_try: bool = False
    service: Service | None = None
    health: Health = WELL
    is_probe: bool = False


class Pipeline:
    """Brings envelopes to their end."""

    def __init__(  # noqa: PLR0913 -- wired in one place, each part by its name
        self,
        *,
        work: Queue,
        journal: Journal,
        timers: Timers,
        read: Read,
        decider: Decider,
        performer: Performer,
        alerts: AlertRaiser,
        outages: Outages,
        sources: Sources,
        search_lag: timedelta,
        clock: Clock,
        metrics: Metrics = SILENT,
    ) -> None:
        """Work with these parts.

        Args:
            work: where the parts of a webhook go.
            journal: where the entries are.
            timers: hold what waits for long.
            read: turns an envelope into events.
            decider: turns events into actions.
            performer: carries actions out.
            alerts: tells people about trouble.
            outages: knows which services are away.
            sources: remembers who was ever heard of.
            search_lag: how long the CRM's searches may not show what was just written.
            clock: what time it is.
            metrics: where to count.
        """
        self._work = work
        self._journal = journal
        self._timers = timers
        self._read = read
        self._decider = decider
        self._performer = performer
        self._alerts = alerts
        self._outages = outages
        self._sources = sources
        self._search_lag = search_lag
        self._clock = clock
        self._metrics = metrics

    def process(self, envelope: Envelope, deadline: datetime, queue: QueueName) -> timedelta | None:
        """Bring one envelope to its end, or as far as it goes now.

        Args:
            envelope: as a queue handed it out.
            deadline: when somebody else may get it: no action is begun shortly before.
            queue: the queue.

        Returns:
            After what time to try again. None at the end, or if a timer will put it on the queue again.
        """
        entry = self._journal.open(envelope, self._clock())
        run = _Run(envelope, entry, deadline, queue)
        try:
            if entry.content_id != envelope.content_id:
                self._keep_variant(run)
                return None
            return self._attempt(run) if entry.is_open else None
        except VersionConflict:
            # Another worker has this entry too, because this one was thought dead. It may go on.
            return CONFLICT_DELAY
        finally:
            if run.service is not None and run.is_probe:
                self._outages.give_back(run.service, run.health)

    def _attempt(self, run: _Run) -> timedelta | None:
        try:
            self._advance(run)
        except VersionConflict:
            raise
        except Postponed as postponed:
            return self._wait(run, postponed)
        except Away as away:
            return self._put_off(run, away)
        except Outdated as outdated:
            now = self._clock()
            entry = run.entry.certain(now).thawed(now)
            self._save(run, entry.waiting(outdated.reason, outdated.detail, now))
            return timedelta()
        except LeadkeeperError as error:
            return self._failed(run, error)
        except ConfigurationError as error:
            self._park(run, "configuration", str(error))
        except Exception as error:
            log.exception("an entry failed unexpectedly", extra={"entry": run.entry.id})
            return self._failed_unexpectedly(run, error)
        return None

    def _advance(self, run: _Run) -> None:
        if not run.entry.plan:
            self._decide(run)
            run.is_first_try = True
        elif self._decider.observes(run.entry.source, run.entry.events):
            self._close(run, Status.OBSERVED, "observe-mode")
        may_be_done = not run.is_first_try
        while run.entry.is_open and (action := run.entry.next_action) is not None:
            self._act(run, action, may_be_done=may_be_done)
            may_be_done = False

    def _decide(self, run: _Run) -> None:
        try:
            reading = self._reading(run.envelope)
        except Unreadable as unreadable:
            self._quarantine(run, unreadable)
            return
        if run.entry.source != OWN_SOURCE and reading.note != TEST_LEAD:
            self._sources.heard(run.entry.source, self._clock())
        if not reading.events:
            # Their queue and the journal know each part: a crash before the entry is closed repeats nothing.
            for part in reading.parts:
                self._work.put(run.envelope.part(part.content, part.dedup_id, part.group))
            self._close(run, Status.IGNORED, reading.note)
            return
        if service_of(reading.events) == "crm":
            self._enter(run, "crm")
        run.entry = run.entry.understood(reading.events)
        decision = self._decider.claimed_decision(run.entry, reading.events)
        note = decision.note if decision.actions else ""  # else it is the reason
        run.entry = run.entry.frozen(reading.events, decision.actions, self._clock(), note)
        if not decision.actions:
            self._close(run, Status.IGNORED, decision.note)
        elif self._decider.observes(run.entry.source, reading.events):
            self._close(run, Status.OBSERVED, "observe-mode")
        else:
            self._save(run, run.entry)

    def _enter(self, run: _Run, service: Service | None) -> None:
        """See once an attempt whether the service that it needs is there."""
        if service is not None and run.service is None:
            run.health = self._outages.enter(service)
            run.service = service
            run.is_probe = run.health.probe_at is not None

    def _reading(self, envelope: Envelope) -> Reading:
        try:
            return self._read(envelope)
        except Unreadable:
            raise
        except Exception as error:
            # A fault of the reader's own. The content is safe in quarantine until it is mended.
            log.exception("a reader failed", extra={"source": envelope.webhook.source})
            raise Unreadable("reader-failed", type(error).__name__) from error

    def _act(self, run: _Run, action: AnyAction, *, may_be_done: bool) -> None:
        """Carry out the next action, or find that it was carried out, and record the result."""
        now = self._clock()
        if now + TIME_FOR_ONE_ACTION > run.deadline:
            raise Postponed("out-of-time", CONFLICT_DELAY)
        marker = f"lk-{run.entry.id[:12]}-{len(run.entry.results) + 1}"
        attempt = Attempt(marker=marker, now=now, entry_id=run.entry.id)
        must_look = may_be_done and not action.is_repeatable
        result = None if must_look else self._skipped(action, now)
        if result is None:
            self._enter(run, service_of_action(action, run.entry.events))
            if must_look:
                result = self._look_up(run, action, attempt) or self._skipped(action, now)
            result = result or self._performer.perform(action, attempt)
        if result.state == "done":
            # Before the result is stored: a crash in between must not hide that the service is back.
            self._succeeded(run)
        self._save(run, run.entry.recorded(result))
        self._metrics.record(ACTIONS, Kind=action.kind, Result=result.state)
        log.info("action", extra={"kind": action.kind, "result": result.state, "reference": result.reference})

    def _skipped(self, action: AnyAction, now: datetime) -> Result | None:
        """The result of an action that no longer makes sense."""
        obsolete = self._performer.obsolete(action, now)
        return Result(state="skipped", note=obsolete, at=now) if obsolete else None

    def _look_up(self, run: _Run, action: AnyAction, attempt: Attempt) -> Result | None:
        """Wait out the search lag since we noticed, then look for what an earlier attempt made."""
        lag = self._search_lag
        if run.entry.uncertain_since is None:
            self._save(run, run.entry.uncertain(attempt.now))
            raise Postponed("result-not-known-yet", lag)
        ready_at = run.entry.uncertain_since + lag
        if attempt.now < ready_at:
            raise Postponed("result-not-known-yet", ready_at - attempt.now)
        try:
            return self._performer.find(action, attempt, run.entry.received_at)
        except Refused as refused:
            # Nobody can tell. A person looks, and a replay carries it out.
            raise Refused(UNKNOWN_RESULT, refused.detail) from refused

    def _succeeded(self, run: _Run) -> None:
        """The service did what we asked: if it was away, it is back."""
        if run.service is not None and not run.health.is_well:
            self._outages.succeeded(run.service)
            run.health = WELL
            run.is_probe = False

    def _put_off(self, run: _Run, away: Away) -> timedelta | None:
        """Wait for a service that is known to be away. This attempt has done nothing."""
        now = self._clock()
        if now - run.entry.opened_at > PARK_AFTER:
            self._park(run, away.reason, away.detail)
            return None
        entry = run.entry.failed(away.reason, away.detail, now)
        if run.is_first_try and not entry.results:
            entry = entry.thawed(now)
        self._save(run, entry)
        return max(back_off(entry.attempts), away.delay)

    def _wait(self, run: _Run, postponed: Postponed) -> timedelta | None:
        now = self._clock()
        longest = LONGEST_IN_QUEUE if isinstance(postponed, TooEarly) else LONGEST_BACK_OFF
        if postponed.delay > longest:
            self._hold(run, postponed, now + postponed.delay)
            return None
        if now - run.entry.opened_at > PARK_AFTER:
            self._park(run, postponed.reason, postponed.detail)
            return None
        self._save(run, run.entry.waiting(postponed.reason, postponed.detail, now))
        return postponed.delay

    def _hold(self, run: _Run, postponed: Postponed, until: datetime) -> None:
        """Take it off the queue until then. The message goes last: a crash before that repeats all this."""
        self._save(run, run.entry.held(postponed.reason, postponed.detail, until, self._clock()))
        self._timers.set(Timer(until, run.queue, run.envelope))
        log.info("held", extra={"reason": postponed.reason, "until": until.isoformat()})

    def _failed(self, run: _Run, error: LeadkeeperError) -> timedelta | None:
        now = self._clock()
        alone = self._report(run, error)
        if error.permanent:
            # A refusal is a clear word: nothing was done.
            run.entry = run.entry.certain(now)
        if error.permanent or now - run.entry.opened_at > PARK_AFTER:
            self._park(run, error.reason, error.detail)
            return None
        entry = run.entry.failed(error.reason, error.detail, now, alone=alone)
        maybe_done = isinstance(error, Unreachable) and error.maybe_done
        if maybe_done:
            entry = entry.uncertain(now)
        elif run.is_first_try and not entry.results:
            # Surely nothing was done yet, and by the next attempt the world may have moved on.
            entry = entry.thawed(now)
        elif entry.plan and entry.uncertain_since is None:
            # An earlier attempt, of which we do not know how it ended, may have done it.
            entry = entry.uncertain(now)
        if entry.own_failures >= MAX_OWN_FAILURES and now - entry.opened_at > OWN_FAILURES_FOR:
            run.entry = entry
            self._park(run, "keeps-failing", error.detail)
            return None
        self._save(run, entry)
        return back_off(entry.attempts)

    def _report(self, run: _Run, error: LeadkeeperError) -> bool:
        """Say how the service answered; returns whether it was well just before it failed us."""
        if run.service is None:
            return False
        if is_its_word(run.service, error):
            self._succeeded(run)
        if not is_outage(run.service, error):
            return False
        self._outages.failed(run.service, error)
        run.is_probe = False
        return run.health.is_well

    def _failed_unexpectedly(self, run: _Run, error: Exception) -> timedelta | None:
        """A fault of our own: try again a few times, then park, so that the group can go on."""
        now = self._clock()
        entry = run.entry.failed("internal-error", type(error).__name__, now)
        if entry.plan and entry.uncertain_since is None:
            entry = entry.uncertain(now)
        run.entry = entry
        if entry.attempts >= MAX_UNEXPECTED_FAILURES:
            self._park(run, "internal-error", type(error).__name__)
            return None
        self._save(run, entry)
        return back_off(entry.attempts)

    def _park(self, run: _Run, reason: str, detail: str) -> None:
        self._alerts.trouble(run.entry, reason, detail)
        self._close(run, Status.PARKED, reason, detail)
        self._metrics.record(PARKED)

    def _quarantine(self, run: _Run, unreadable: Unreadable) -> None:
        self._alerts.trouble(run.entry, unreadable.reason, unreadable.detail)
        self._close(run, Status.QUARANTINED, unreadable.reason, unreadable.detail)
        self._metrics.record(QUARANTINED)

    def _keep_variant(self, run: _Run) -> None:
        """The same event with another content: nothing new if both say the same, else for a person."""
        entry, envelope = run.entry, run.envelope
        if entry.source == OWN_SOURCE:
            return  # The ids of our own messages say what must be sent only once, in whatever words.
        original = self._journal.envelope(entry.id)
        if original is not None and self._say_the_same(original, envelope):
            return
        variant = Envelope(
            id=fingerprint(envelope.id, envelope.content_id), group=envelope.group, webhook=envelope.webhook
        )
        kept = self._journal.open(variant, self._clock())
        if kept.is_open:
            kept = kept.model_copy(update={"variant": envelope.content_id[:8]})
            detail = f"differs from {entry.id[:12]}"
            kept_run = replace(run, envelope=variant, entry=kept)
            self._quarantine(kept_run, Unreadable("same-id-different-content", detail))

    def _say_the_same(self, original: Envelope, repeat: Envelope) -> bool:
        """True if both are readable and tell of the same events, whenever they came in."""
        webhook = replace(repeat.webhook, received_at=original.webhook.received_at)
        said = self._reading_or_none(original)
        return said is not None and said == self._reading_or_none(replace(repeat, webhook=webhook))

    def _reading_or_none(self, envelope: Envelope) -> Reading | None:
        try:
            return self._reading(envelope)
        except Unreadable:
            return None

    def _close(self, run: _Run, status: Status, reason: str, detail: str = "") -> None:
        self._save(run, run.entry.closed(status, reason, detail, self._clock()))
        log.info("closed", extra={"entry": run.entry.id, "status": status, "reason": reason})

    def _save(self, run: _Run, entry: Entry) -> None:
        run.entry = self._journal.save(entry)
