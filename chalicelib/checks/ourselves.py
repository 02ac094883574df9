"""Leadkeeper looks at itself: what is stuck, what needs a person, and whether its checks run.

While all is well it says so to a dead man's switch outside, which raises the alarm when we can't.
"""

import logging
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta

import httpx
from pydantic import AwareDatetime

from chalicelib.alerts.incidents import Incidents, Observation
from chalicelib.checks.port import Check, Finding
from chalicelib.checks.running import TICK, CheckMemory
from chalicelib.engine.port import Engine, VersionConflict
from chalicelib.entry import Status
from chalicelib.memory import Memory
from chalicelib.texts import Texts
from chalicelib.timers import lateness

STUCK_AFTER = timedelta(minutes=10)
HEARTBEAT_TIMEOUT_SECONDS = 10
LATE = 3
"""A check that has not come to its end for so many of its spans."""

LEAST_FREE = 1024**3
"""Bytes on the disk. There is time to make room before nothing can be stored any more."""

LATE_FOR = timedelta(minutes=10)
"""After a time in which nothing ran at all, each check is late until its turn has come."""

log = logging.getLogger(__name__)


class LateMemory(Memory):
    """What we remember of checks that are late.

    Attributes:
        since: when one was first seen to be late; None while none is.
    """

    since: AwareDatetime | None = None


class Ourselves:
    """The check ``self``. Implements ``checks.port.Watch``."""

    name = "self"
    every = TICK
    has_baseline = False

    def __init__(
        self,
        engine: Engine,
        incidents: Incidents,
        texts: Texts,
        checks: Iterable[Check],
        heartbeat: httpx.Client | None,
        heartbeat_url: str,
    ) -> None:
        """Look at this engine and at the other checks.

        Args:
            engine: the host's queues and stores.
            incidents: where trouble is told.
            texts: the shop's texts.
            checks: those that must run.
            heartbeat: what asks the dead man's switch; None if there is none.
            heartbeat_url: the switch's address. It is a secret: whoever knows it can feign that we live.
        """
        self._engine = engine
        self._incidents = incidents
        self._texts = texts
        self._checks = list(checks)
        self._heartbeat = heartbeat
        self._heartbeat_url = heartbeat_url

    def find(self, now: datetime) -> Iterable[Finding]:
        """Tell of trouble as incidents: there is nothing to be done about it in the CRM."""
        causes = dict(self._causes(now))
        if self._late_since(now, is_late=bool(causes["checks"])) > now - LATE_FOR:
            causes["checks"] = ""
        self._incidents.observe_each(self._observation(kind, cause) for kind, cause in causes.items())
        if not causes["queue"]:
            self._beat()
        return ()

    def look(self, now: datetime) -> Sequence[str]:
        """See the port."""
        return [f"self:{kind}: {cause or 'well'}" for kind, cause in self._causes(now).items()]

    def _observation(self, kind: str, cause: str) -> Observation:
        subject = self._texts.render("checks/self_subject", kind=kind)
        return Observation(
            f"self:{kind}", is_bad=bool(cause), subject=subject, cause=cause, severity="warning"
        )

    def _causes(self, now: datetime) -> Mapping[str, str]:
        """What is wrong, by the kind of trouble; empty where nothing is."""
        return {**self._stuck(now), **self._set_aside(), **self._late(now), **self._nearly_full()}

    def _stuck(self, now: datetime) -> Mapping[str, str]:
        """What waits for too long, in a queue or to be put back there. What waits on purpose does not count.

        The queues of AWS do not tell an age: there an alarm does.
        """
        oldest = [queue.depth().oldest_at for queue in (self._engine.work, self._engine.notify)]
        ages = [now - moment for moment in oldest if moment is not None]
        waited = max(*ages, lateness(self._engine, now), timedelta())
        stuck = waited >= STUCK_AFTER
        return {"queue": self._texts.render("checks/stuck", waited=waited) if stuck else ""}

    def _set_aside(self) -> Mapping[str, str]:
        counts = self._engine.journal.counts((Status.PARKED, Status.QUARANTINED))
        return {str(status): self._set_aside_cause(status, count) for status, count in counts.items()}

    def _set_aside_cause(self, status: Status, count: int) -> str:
        return self._texts.render("checks/set_aside", status=str(status), count=count) if count else ""

    def _nearly_full(self) -> Mapping[str, str]:
        free = self._engine.free_bytes()
        if free is None:
            return {}
        return {"disk": self._texts.render("checks/disk", mebibytes=free >> 20) if free < LEAST_FREE else ""}

    def _late_since(self, now: datetime, *, is_late: bool) -> datetime:
        """Since when a check has been late. Remembered, for a process may not live long; now if none is."""
        document = self._engine.documents.get("late-checks")
        since = LateMemory.model_validate(document.content).since
        seen_since = (since or now) if is_late else None
        if seen_since != since:
            # Whoever wrote meanwhile saw the same.
            with suppress(VersionConflict):
                self._engine.documents.put(replace(document, content=LateMemory(since=seen_since).content()))
        return seen_since or now

    def _late(self, now: datetime) -> Mapping[str, str]:
        late = [check.name for check in self._checks if self._is_late(check, now)]
        return {"checks": ", ".join(late)}

    def _is_late(self, check: Check, now: datetime) -> bool:
        content = self._engine.documents.get(f"check:{check.name}").content
        memory = CheckMemory.model_validate(content)
        # Of what runs at each tick this is written down only now and then, but each failure.
        ran_at = memory.ran_at if check.every > TICK else None
        since = ran_at or memory.failing_since
        return since is not None and now - since > LATE * check.every

    def _beat(self) -> None:
        """A switch that cannot be reached raises its own alarm, so there is nothing to do about it here."""
        if self._heartbeat is None:
            return
        try:
            self._heartbeat.get(self._heartbeat_url, timeout=HEARTBEAT_TIMEOUT_SECONDS).raise_for_status()
        except httpx.HTTPError as error:
            # Without the address, which the error's text would hold.
            log.warning("the dead man's switch does not answer", extra={"error": type(error).__name__})
