"""A journal entry: what became of one envelope. Its changes are pure; the journal stores them."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from chalicelib.actions import AnyAction
from chalicelib.events import AnyEvent, Delivery
from chalicelib.gate.envelope import Envelope


class Status(StrEnum):
    """Where an entry stands."""

    OPEN = "open"
    """Received, or being retried."""
    DONE = "done"
    """Each action was carried out, or no longer needed."""
    IGNORED = "ignored"
    """Read, and nothing was to be done."""
    OBSERVED = "observed"
    """Decided in observe mode: nothing was written outside."""
    QUARANTINED = "quarantined"
    """Authentic, but unreadable. Can be replayed after a fix."""
    PARKED = "parked"
    """Could not be brought to its end. A person was told. Can be replayed after a fix."""
    DISCARDED = "discarded"
    """Was set aside, and a person decided to do nothing about it. Can be replayed all the same."""
    EXPIRED = "expired"
    """Its time is over: nothing but its id is kept, so that a repeat is still recognised. Not listed."""


SET_ASIDE = (Status.PARKED, Status.QUARANTINED)
"""What waits for a person."""

REPLAYABLE = frozenset({*SET_ASIDE, Status.OBSERVED, Status.DISCARDED})


UNKNOWN_RESULT = "unknown-result"
"""The reason of what is parked because nobody can tell whether its next action was carried out."""


class Result(BaseModel):
    """What became of one action.

    Attributes:
        state: ``done``, or ``skipped`` because it no longer made sense.
        reference: the id of what was made or changed outside, such as ``order 12``.
        note: for people: why it was skipped, or that it was found instead of done again.
        delivery: of a text message that a gateway has taken; else None.
    """

    model_config = ConfigDict(frozen=True)

    state: Literal["done", "skipped"]
    reference: str = ""
    note: str = ""
    delivery: Delivery | None = None
    at: AwareDatetime


class Intervention(BaseModel):
    """What a person did about an entry.

    Attributes:
        who: as the console or the machine knows them.
        note: why, in their own words; may be empty.
    """

    model_config = ConfigDict(frozen=True)

    what: Literal["replayed", "discarded"]
    who: str
    at: AwareDatetime
    note: str = ""


class Entry(BaseModel):
    """What became of one envelope.

    Attributes:
        id: the envelope's id.
        content_id: the fingerprint of its content.
        status: where it stands.
        reason: the reason code of the last trouble, or why nothing was to be done.
        detail: the same for a person.
        events: what its provider read.
        plan: the frozen list of actions; empty until it is frozen.
        note: with a plan, why some of its events are no news all the same: reason codes.
        results: what became of the first actions of the plan, in order.
        opened_at: since when it is to be brought to its end: when it came in, a person replayed it, or its
            timer is due.
        attempts: how often it failed since then and was put off.
        own_failures: how many of these were its own: the service answered others just before.
        waits_until: until when it waits on purpose, outside of its queue; None if it does not.
        uncertain_since: since when we know that the next action may have been carried out unseen.
        variant: tells this content from another one that came with the same id; empty for the first.
        interventions: what people did about it, oldest first.
        version: raised by each save; a save with an old version fails.
    """

    model_config = ConfigDict(frozen=True)

    id: str
    source: str
    group: str
    content_id: str
    received_at: AwareDatetime
    opened_at: AwareDatetime
    status: Status = Status.OPEN
    reason: str = ""
    detail: str = ""
    # By its kind: to try all of them takes as long as the rest of an entry's way.
    events: tuple[Annotated[AnyEvent, Field(discriminator="kind")], ...] = ()
    plan: tuple[AnyAction, ...] = ()
    note: str = ""
    results: tuple[Result, ...] = ()
    attempts: int = 0
    own_failures: int = 0
    waits_until: AwareDatetime | None = None
    uncertain_since: AwareDatetime | None = None
    variant: str = ""
    interventions: tuple[Intervention, ...] = ()
    updated_at: AwareDatetime
    version: int = 0

    @classmethod
    def opened(cls, envelope: Envelope, now: datetime) -> "Entry":
        """The first state of an envelope's entry."""
        return cls(
            id=envelope.id,
            source=envelope.webhook.source,
            group=envelope.group,
            content_id=envelope.content_id,
            received_at=envelope.webhook.received_at,
            opened_at=now,
            updated_at=now,
            version=1,
        )

    @classmethod
    def expired(cls, entry_id: str, source: str, content_id: str, received_at: datetime) -> "Entry":
        """What is left of an entry when its personal data has expired."""
        return cls(
            id=entry_id,
            source=source,
            group="",  # It is made of a phone number, and could be found by trying them all.
            content_id=content_id,
            received_at=received_at,
            opened_at=received_at,
            updated_at=received_at,
            status=Status.EXPIRED,
        )

    @property
    def is_open(self) -> bool:
        """True while there is something left to do."""
        return self.status is Status.OPEN

    def rests(self, now: datetime) -> bool:
        """True while it waits on purpose, outside of its queue: no worker has it."""
        return self.is_open and self.waits_until is not None and now < self.waits_until

    @property
    def next_action(self) -> AnyAction | None:
        """The first action without a result."""
        return self.plan[len(self.results)] if len(self.results) < len(self.plan) else None

    @property
    def may_be_done(self) -> bool:
        """True if the next action may have been carried out unseen."""
        return self.uncertain_since is not None or self.reason == UNKNOWN_RESULT

    def understood(self, events: tuple[AnyEvent, ...]) -> "Entry":
        """With what its provider read, so that whoever looks at it while it waits knows what it is about."""
        return self.model_copy(update={"events": events})

    def frozen(
        self, events: tuple[AnyEvent, ...], plan: tuple[AnyAction, ...], now: datetime, note: str = ""
    ) -> "Entry":
        """With its plan. From now on the first action may have been attempted."""
        return self._changed(now, events=events, plan=plan, note=note)

    def thawed(self, now: datetime) -> "Entry":
        """Without its plan, so that the next attempt decides anew.

        Only where that is safe: what was done can be repeated, and the next action surely was not done.
        Otherwise unchanged.
        """
        done = self.plan[: len(self.results)]
        if self.uncertain_since is not None or not all(action.is_repeatable for action in done):
            return self
        return self._changed(now, plan=(), note="", results=())

    def recorded(self, result: Result) -> "Entry":
        """With the result of the next action; the last result closes the entry."""
        results = (*self.results, result)
        status = Status.DONE if len(results) == len(self.plan) else Status.OPEN
        return self._changed(
            result.at, results=results, uncertain_since=None, status=status, reason="", detail=""
        )

    def noted(self, reference: str, note: str, delivery: Delivery) -> "Entry":
        """With what was told later of the text message that has this reference."""
        told = {"note": note, "delivery": delivery}
        results = tuple(
            result.model_copy(update=told) if result.reference == reference else result
            for result in self.results
        )
        return self.model_copy(update={"results": results})

    def uncertain(self, now: datetime) -> "Entry":
        """Its next action may have been carried out unseen, just before now at the latest."""
        return self._changed(now, uncertain_since=now)

    def certain(self, now: datetime) -> "Entry":
        """Its next action surely was not carried out."""
        return self._changed(now, uncertain_since=None)

    def failed(self, reason: str, detail: str, now: datetime, *, alone: bool = False) -> "Entry":
        """To be tried again after a failure; ``alone`` if the service answered others just before."""
        return self._changed(
            now,
            reason=reason,
            detail=detail,
            attempts=self.attempts + 1,
            own_failures=self.own_failures + alone,
        )

    def waiting(self, reason: str, detail: str, now: datetime) -> "Entry":
        """To be tried again after a wait that is nobody's failure."""
        return self._changed(now, reason=reason, detail=detail)

    def held(self, reason: str, detail: str, until: datetime, now: datetime) -> "Entry":
        """To be tried again at a later moment, from which on the time for its retries counts."""
        return self._changed(now, reason=reason, detail=detail, waits_until=until, opened_at=until)

    def closed(self, status: Status, reason: str, detail: str, now: datetime) -> "Entry":
        """At an end, good or bad."""
        return self._changed(now, status=status, reason=reason, detail=detail)

    def discarded(self, who: str, now: datetime, note: str = "") -> "Entry":
        """A person decided that nothing is to be done any more. Why it was set aside is kept."""
        done = Intervention(what="discarded", who=who, at=now, note=note)
        return self._changed(now, status=Status.DISCARDED, interventions=(*self.interventions, done))

    def reopened(self, who: str, now: datetime) -> "Entry":
        """Replayed by a person after a fix: decided anew where that is safe, else resumed.

        Why it was set aside is kept until it is begun. An open one that does not rest keeps its plan: a
        worker may be carrying out the next action just now, or has died at it.
        """
        done = Intervention(what="replayed", who=who, at=now)
        changes = {"status": Status.OPEN, "attempts": 0, "own_failures": 0}
        kept = self if self.is_open and not self.rests(now) else self.thawed(now)
        return kept.model_copy(
            update={
                **changes,
                "opened_at": now,
                "updated_at": now,
                "waits_until": None,
                "interventions": (*self.interventions, done),
            }
        )

    def _changed(self, now: datetime, **changes: object) -> "Entry":
        return self.model_copy(update={"waits_until": None, **changes, "updated_at": now})
