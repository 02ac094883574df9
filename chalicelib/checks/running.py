"""Run checks when they are due, and put what is new into the pipeline."""

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice

from pydantic import AwareDatetime

from chalicelib.checks.port import Check, Finding, Remembers, Watch
from chalicelib.clock import Clock
from chalicelib.engine.port import Document, Documents, Engine
from chalicelib.errors import LeadkeeperError
from chalicelib.events import AlertRaised
from chalicelib.gate.envelope import Envelope
from chalicelib.memory import Memory
from chalicelib.messages import enclose
from chalicelib.metrics import CHECK_RAN, SILENT, Metrics

TICK = timedelta(minutes=1)
"""How often a host asks what is due."""

AGAIN_AFTER_FAILURE = timedelta(minutes=10)
"""What cannot be looked at now is most likely in an outage."""

BEGINS_WITHIN = timedelta(minutes=2)
"""Of a tick: a check may take over two minutes, and where each tick is a process of its own, it has five."""

MOST_A_RUN = 50
"""So that a day with much trouble floods nobody, and no call waits long behind a day with many changes.

The rest comes with the next runs.
"""

AT_ONCE = 100
"""So many findings are held, and looked for in the journal, at once."""

SEEN_EVERY = timedelta(minutes=15)
"""How often that of a check is written down which runs at each tick, so that people see that it runs."""

NEVER = datetime.min.replace(tzinfo=UTC)

log = logging.getLogger(__name__)


class CheckMemory(Memory):
    """What we remember of a check.

    Attributes:
        ran_at: when it last came to its end; of one that runs at each tick up to ``SEEN_EVERY`` earlier.
        failed_at: when it last did not.
        failing_since: when it first did not, since it last came to its end; None while it does.
        baseline: how many findings the first run had that found something; 0 until then, None before
            the first run.
        accepted_at: when a person let it act on what it finds.
        is_behind: True if its last run held something back that nobody has to be spared: it goes on at once.
    """

    ran_at: AwareDatetime | None = None
    failed_at: AwareDatetime | None = None
    failing_since: AwareDatetime | None = None
    baseline: int | None = None
    accepted_at: AwareDatetime | None = None
    is_behind: bool = False

    @property
    def looked_at(self) -> datetime | None:
        """When it last ran, whatever came of it; None if it never did."""
        return max((at for at in (self.ran_at, self.failed_at) if at), default=None)

    def ran(self, now: datetime) -> "CheckMemory":
        """After it came to its end."""
        return self.model_copy(update={"ran_at": now, "failing_since": None})

    def failed(self, now: datetime) -> "CheckMemory":
        """After it did not."""
        return self.model_copy(update={"failed_at": now, "failing_since": self.failing_since or now})


@dataclass(frozen=True, slots=True)
class Report:
    """What one run did.

    Attributes:
        found: how many things are so now.
        first: the first of them, at most ``MOST_A_RUN``.
        emitted: what of them went into the pipeline, or would.
        held_back: what comes with the next runs.
        is_baseline: True if a person has to accept what was found before anything is done.
        seen: of a dry run of a check that watches: a line for each thing.
    """

    found: int
    first: Sequence[Finding]
    emitted: Sequence[Finding]
    held_back: int
    is_baseline: bool
    seen: Sequence[str] = ()


class CheckRunner:
    """The shop's checks."""

    def __init__(
        self, checks: Iterable[Check], engine: Engine, clock: Clock, metrics: Metrics = SILENT
    ) -> None:
        """Run these checks."""
        self.checks = {check.name: check for check in checks}
        self._engine = engine
        self._clock = clock
        self._metrics = metrics

    def run_due(self, *, each_tick: bool) -> None:
        """Run each check whose time has come. One that fails does not keep the others from running.

        Of those that may take long none begins late in a tick: it is due at the next one.

        Args:
            each_tick: True for those that run at each tick, False for the others, which may take long.
        """
        now = self._clock()
        for check in self._each_tick() if each_tick else self._due(now):
            if not each_tick and self._clock() - now >= BEGINS_WITHIN:
                return
            try:
                self.run(check.name)
            except LeadkeeperError as error:
                # It is tried again soon; who watches for ``CheckRan`` hears if that goes on.
                log.warning("a check could not look", extra={"check": check.name, "reason": error.reason})
                self._remember_failure(check, now)
            except Exception:
                log.exception("a check failed", extra={"check": check.name})
                self._remember_failure(check, now)

    def run(self, name: str, *, dry_run: bool = False) -> Report:
        """Run one check now. A dry run changes nothing.

        Raises:
            KeyError: there is no such check.
            LeadkeeperError: as the check raises.
        """
        check = self.checks[name]
        now = self._clock()
        if dry_run and isinstance(check, Watch):
            waits = check.has_baseline and self._memory(name).accepted_at is None
            return Report(0, (), (), 0, waits, seen=check.look(now))
        look = check.would_find if dry_run and isinstance(check, Remembers) else check.find
        is_baseline = check.has_baseline and self._memory(name).accepted_at is None
        report = self._report(look(now), now, is_baseline=is_baseline)
        if not dry_run:
            for finding in report.emitted:
                self._engine.work.put(_sealed(finding, now))
            self._remember(check, self._memory(name), report, now)
            self._metrics.record(CHECK_RAN, Check=name)
            words = {"check": name, "found": report.found, "emitted": len(report.emitted)}
            log.info("a check ran", extra=words)
        return report

    def accept(self, name: str) -> None:
        """Let a check act on what it finds.

        Raises:
            KeyError: there is no such check.
        """
        document = self._document(self.checks[name].name)
        memory = CheckMemory.model_validate(document.content)
        self._put(document, memory.model_copy(update={"accepted_at": self._clock()}))

    def _each_tick(self) -> list[Check]:
        return [check for check in self.checks.values() if check.every <= TICK]

    def _due(self, now: datetime) -> list[Check]:
        """Those that do not run at each tick and whose time has come; whoever waits longest is the first."""
        seldom = [(check, self._memory(check.name)) for check in self.checks.values() if check.every > TICK]
        due = [(check, memory) for check, memory in seldom if _is_due(check, memory, now)]
        return [check for check, _ in sorted(due, key=lambda one: one[1].looked_at or NEVER)]

    def _report(self, found: Iterable[Finding], now: datetime, *, is_baseline: bool) -> Report:
        """Count what is so, a piece at a time: of what waits for a person there may be any number."""
        things = iter(found)
        first: list[Finding] = []
        emitted: list[Finding] = []
        count = fresh = 0
        while piece := list(islice(things, AT_ONCE)):
            count += len(piece)
            unknown = [] if is_baseline else self._unknown(piece, now)
            fresh += len(unknown)
            first += piece[: MOST_A_RUN - len(first)]
            emitted += unknown[: MOST_A_RUN - len(emitted)]
        return Report(count, first, emitted, fresh - len(emitted), is_baseline)

    def _unknown(self, found: Sequence[Finding], now: datetime) -> list[Finding]:
        """What the journal has not seen yet."""
        ids = {finding.dedup_id: _sealed(finding, now).id for finding in found}
        known = self._engine.journal.known(list(ids.values()))
        return [finding for finding in found if ids[finding.dedup_id] not in known]

    def _remember(self, check: Check, memory: CheckMemory, report: Report, now: datetime) -> None:
        """Of a check that runs at each tick and has not failed only now and then: no write a minute."""
        if report.is_baseline and not memory.baseline:
            if report.found:
                log.warning("a first run only reports", extra={"check": check.name, "found": report.found})
                self._ask(check, report.found, now)
            memory = memory.model_copy(update={"baseline": report.found})
        # What needs a person's word once may be an old heap, or a bad day: that comes by and by.
        is_behind = report.held_back > 0 and not check.has_baseline
        memory = memory.model_copy(update={"is_behind": is_behind})
        seen_lately = memory.ran_at is not None and now - memory.ran_at < SEEN_EVERY
        if check.every > TICK or memory.failing_since is not None or not seen_lately:
            self._put(self._document(check.name), memory.ran(now))

    def _ask(self, check: Check, found: int, now: datetime) -> None:
        """People must know that nothing happens until one of them says so."""
        alert = AlertRaised(
            reason="check-baseline",
            source="",
            entry_id="",
            detail=f"{check.name}: {found}",
            raised_at=now,
        )
        self._engine.notify.put(enclose(alert, f"alert:baseline:{check.name}", "", now))

    def _remember_failure(self, check: Check, now: datetime) -> None:
        document = self._document(check.name)
        memory = CheckMemory.model_validate(document.content)
        self._put(document, memory.failed(now))

    def _memory(self, name: str) -> CheckMemory:
        return CheckMemory.model_validate(self._document(name).content)

    def _document(self, name: str) -> Document:
        return self._engine.documents.get(check_key(name))

    def _put(self, document: Document, memory: CheckMemory) -> None:
        self._engine.documents.put(Document(document.key, memory.content(), document.version))


def accepted_at(documents: Documents, name: str) -> datetime | None:
    """When a person let a check act on what it finds; None before that."""
    return CheckMemory.model_validate(documents.get(check_key(name)).content).accepted_at


def ran_at(documents: Documents, name: str) -> datetime | None:
    """When a check last came to its end; None if it never did."""
    return CheckMemory.model_validate(documents.get(check_key(name)).content).ran_at


def check_key(name: str) -> str:
    """The document of :class:`CheckMemory`."""
    return f"check:{name}"


def _is_due(check: Check, memory: CheckMemory, now: datetime) -> bool:
    # Half a tick of grace: a host's ticks are never quite a minute apart.
    return all(
        last is None or now - last >= pause - TICK / 2
        for last, pause in (
            (memory.ran_at, TICK if memory.is_behind else check.every),
            (memory.failed_at, AGAIN_AFTER_FAILURE),
        )
    )


def _sealed(finding: Finding, now: datetime) -> Envelope:
    return enclose(finding.event, finding.dedup_id, finding.group, now)
