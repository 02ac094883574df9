"""Trouble that lasts: told once when it begins, again from time to time, and once when it is over.

Each incident is a document. It is written with what people must hear before they are told, and again once
they were; the message's id says what is told: so a crash in between tells nothing twice and forgets nothing.
"""

from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from pydantic import AwareDatetime

from chalicelib.alerts.past_incidents import PastIncidents
from chalicelib.alerts.reminders import AS_USUAL, Patience, Reminders
from chalicelib.clock import Clock
from chalicelib.engine.port import Document, Documents, Queue, VersionConflict
from chalicelib.events import IncidentTold, IncidentWord, Severity
from chalicelib.memory import Memory
from chalicelib.messages import enclose

OPEN_INCIDENTS = "incidents"
"""The document that names those which need looking after: the others cost nothing.

It names one before that begins, and until after it has ended: a crash in between leaves one name too many.
"""

FLAPPING_BEGINNINGS = 3
FLAPPING_SPAN = timedelta(hours=6)
CALM_AFTER = timedelta(hours=2)
"""What has begun three times within six hours is told as flapping, until it has not changed for two hours."""


@dataclass(frozen=True, slots=True)
class Observation:
    """How something is just now.

    Attributes:
        key: what it is, such as ``endpoint:Landing module``. Stable: it names the incident.
        is_bad: whether it is in trouble.
        subject: the same for people.
        cause: what is wrong, for people; of what is well again, what they should know now.
        severity: how much it matters.
        responsible: the person's name; empty for whoever is a lead.
        since: when it began, if that was some time ago; None for now.
    """

    key: str
    is_bad: bool
    subject: str
    cause: str = ""
    severity: Severity = "critical"
    responsible: str = ""
    since: datetime | None = None


class Incident(Memory):
    """One incident: the present one of its key, or the last one.

    Attributes:
        began_at: when it began.
        changed_at: when it last began or ended.
        ended_at: when it ended; None while it lasts.
        note: what people should know once it has ended.
        beginnings: of this and earlier ones, as far as they count for flapping.
        is_flapping: True while its beginnings and ends are not told one by one.
        told: how often people were told of something.
        untold: what they must hear and perhaps have not heard yet; None almost always.
        remind_at: when they hear of it again; None if they need not.
        is_escalated: True once others were told, too.
        acknowledged_by: who takes care of it; empty if nobody has said so.
    """

    key: str
    subject: str
    cause: str = ""
    severity: Severity = "critical"
    responsible: str = ""
    began_at: AwareDatetime
    changed_at: AwareDatetime
    ended_at: AwareDatetime | None = None
    note: str = ""
    beginnings: tuple[AwareDatetime, ...] = ()
    is_flapping: bool = False
    told: int = 0
    untold: IncidentWord | None = None
    remind_at: AwareDatetime | None = None
    is_escalated: bool = False
    acknowledged_by: str = ""

    @property
    def is_open(self) -> bool:
        """True while the trouble lasts."""
        return self.ended_at is None

    @property
    def known_since(self) -> datetime:
        """When people heard of it first: while it flaps, its beginnings are not told one by one."""
        return min(self.beginnings) if self.is_flapping and self.beginnings else self.began_at

    @property
    def needs_care(self) -> bool:
        """True while people may have to hear something although nothing happens to it."""
        return self.is_open or self.is_flapping or self.untold is not None


Step = tuple[Incident, IncidentWord | None]
"""An incident after a change, and what people hear of it."""

Change = Callable[[Incident | None], Step | None]


def begun(last: Incident | None, seen: Observation, now: datetime, patience: Patience | None) -> Step:
    """Trouble begins."""
    earlier = () if last is None else last.beginnings
    beginnings = (*(moment for moment in earlier if now - moment < FLAPPING_SPAN), now)
    was_flapping = last is not None and last.is_flapping
    incident = Incident(
        key=seen.key,
        subject=seen.subject,
        cause=seen.cause,
        severity=seen.severity,
        responsible=seen.responsible,
        began_at=seen.since or now,
        changed_at=now,
        beginnings=beginnings,
        is_flapping=was_flapping or len(beginnings) >= FLAPPING_BEGINNINGS,
        told=0 if last is None else last.told,
        remind_at=now + patience.first if patience else None,
    )
    if was_flapping:
        return incident, None
    return incident, "flapping" if incident.is_flapping else "began"


def ended(incident: Incident, seen: Observation, now: datetime) -> Step:
    """The trouble is over."""
    changes = {"note": seen.cause, "ended_at": now, "changed_at": now, "remind_at": None}
    over = incident.model_copy(update=changes)
    return over, None if incident.is_flapping else "ended"


def looked_after(incident: Incident, now: datetime, patience: Patience | None) -> Step:
    """Time has passed."""
    later = {"remind_at": now + patience.again if patience else None}
    if incident.is_flapping:
        if now - incident.changed_at < CALM_AFTER:
            return incident, None  # People know that it comes and goes.
        calm = incident.model_copy(update={"is_flapping": False, "beginnings": (), **later})
        return calm, "still" if incident.is_open else "ended"
    if not incident.is_open or incident.acknowledged_by or patience is None:
        return incident, None
    if not incident.is_escalated and now - incident.began_at >= patience.escalate:
        return incident.model_copy(update={"is_escalated": True, **later}), "escalated"
    if incident.remind_at is not None and now >= incident.remind_at:
        return incident.model_copy(update=later), "still"
    return incident, None


class Incidents:
    """All incidents of the shop.

    Attributes:
        past: those that are over.
    """

    def __init__(
        self, documents: Documents, notify: Queue, clock: Clock, reminders: Reminders = AS_USUAL
    ) -> None:
        """Keep them in these documents, and tell of them by this queue."""
        self.past = PastIncidents(documents)
        self._documents = documents
        self._notify = notify
        self._clock = clock
        self._reminders = reminders

    def observe(self, seen: Observation) -> None:
        """Take note of how something is."""
        now = self._clock()

        def change(last: Incident | None) -> Step | None:
            is_open = last is not None and last.is_open
            if seen.is_bad and not is_open:
                return begun(last, seen, now, self._reminders.patience_with(seen.severity))
            if last is not None and is_open and not seen.is_bad:
                return ended(last, seen, now)
            return None

        self._change(seen.key, change)

    def observe_each(self, observations: Iterable[Observation], families: tuple[str, ...] = ()) -> None:
        """Take note of how several things are. What was well and still is costs one read for all of them.

        Args:
            observations: how they are.
            families: what keys begin with. What is in trouble in such a family and is not among the
                observations is no longer watched, so it is over.
        """
        open_keys = self.open_keys()
        unseen = {key for key in open_keys if key.startswith(families)}
        for seen in observations:
            unseen.discard(seen.key)
            if seen.is_bad or seen.key in open_keys:
                self.observe(seen)
        for key in unseen:
            self.observe(Observation(key, is_bad=False, subject=key))

    def look_after(self) -> None:
        """Remind, escalate, and notice what has calmed down."""
        now = self._clock()

        def change(last: Incident | None) -> Step | None:
            if last is None:
                return None
            return looked_after(last, now, self._reminders.patience_with(last.severity))

        for key in self.open_keys():
            self._change(key, change)

    def acknowledge(self, key: str, person: str, heard_at: datetime | None = None) -> Incident | None:
        """Somebody takes care of it; returns the incident, None if there is none that lasts.

        Args:
            key: names the incident.
            person: who takes care.
            heard_at: when they were told of it: what began later is another incident.
        """

        def change(last: Incident | None) -> Step | None:
            if last is None or not last.is_open or last.acknowledged_by == person:
                return None
            if heard_at is not None and heard_at < last.known_since:
                return None
            return last.model_copy(update={"acknowledged_by": person, "remind_at": None}), "acknowledged"

        return self._change(key, change)

    def open(self) -> list[Incident]:
        """Those that last or flap, the oldest first. One read, and one more for each 100 of them."""
        keys = [_document_key(key) for key in self.open_keys()]
        documents = self._documents.get_many(keys).values() if keys else ()
        found = [incident for document in documents if (incident := _incident(document))]
        lasting = [incident for incident in found if incident.is_open or incident.is_flapping]
        return sorted(lasting, key=lambda incident: incident.began_at)

    def open_keys(self) -> list[str]:
        """The keys of those that last or flap, by one read."""
        return list(self._documents.get(OPEN_INCIDENTS).content.get("keys", ()))

    def get(self, key: str) -> Incident | None:
        """The present or last incident of this key."""
        return _incident(self._documents.get(_document_key(key)))

    def _change(self, key: str, change: Change) -> Incident | None:
        """Change an incident and tell of it, whoever else does at the same time."""
        while True:
            document = self._documents.get(_document_key(key))
            last = _incident(document)
            if last is not None and last.untold is not None:
                # Whoever wrote it has not come to its end, or not yet.
                self._tell(document, last, last.untold)
                continue
            step = change(last)
            if step is None or step == (last, None):
                return None
            incident, word = step
            if word is not None:
                incident = incident.model_copy(update={"told": incident.told + 1, "untold": word})
            if incident.needs_care and (last is None or not last.needs_care):
                self._list(key, needs_care=True)  # Before it is written: a crash in between must not hide it.
            if last is not None and last.ended_at is None and incident.ended_at is not None:
                self.past.add(incident, incident.ended_at)  # Likewise: it must not be missing there.
            with suppress(VersionConflict):
                document = self._documents.put(replace(document, content=incident.content()))
                return incident if word is None else self._tell(document, incident, word)

    def _tell(self, document: Document, incident: Incident, word: IncidentWord) -> Incident:
        """Tell it, and write that it was told. Who does the same at the same time tells it by the same id."""
        now = self._clock()
        event = IncidentTold(
            key=incident.key,
            word=word,
            subject=incident.subject,
            cause=incident.cause,
            note=incident.note,
            severity=incident.severity,
            responsible=incident.responsible,
            acknowledged_by=incident.acknowledged_by,
            began_at=incident.began_at,
            told_at=now,
        )
        self._notify.put(enclose(event, f"incident:{incident.key}:{incident.told}", incident.key, now))
        told = incident.model_copy(update={"untold": None})
        with suppress(VersionConflict):
            self._documents.put(replace(document, content=told.content()))
        self._list_rightly(incident.key)
        return told

    def _list_rightly(self, key: str) -> None:
        """List it while it needs care, also if it has changed again meanwhile."""
        is_right = False
        while not is_right:
            listed = key in self.open_keys()
            incident = self.get(key)
            needs_care = incident is not None and incident.needs_care
            is_right = listed == needs_care
            if not is_right:
                self._list(key, needs_care=needs_care)

    def _list(self, key: str, *, needs_care: bool) -> None:
        while True:
            document = self._documents.get(OPEN_INCIDENTS)
            keys = [known for known in document.content.get("keys", ()) if known != key]
            keys += [key] if needs_care else []
            with suppress(VersionConflict):
                self._documents.put(replace(document, content={"keys": keys}))
                return


def _incident(document: Document) -> Incident | None:
    return Incident.model_validate(document.content) if document.content else None


def _document_key(key: str) -> str:
    return f"incident:{key}"
