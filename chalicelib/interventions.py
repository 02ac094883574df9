"""What a person does about an entry that was set aside: try it again after a fix, or discard it."""

import heapq
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from chalicelib.books.again import book_again
from chalicelib.engine.port import Engine, Journal, QueueName, Timer, VersionConflict
from chalicelib.entry import REPLAYABLE, SET_ASIDE, Entry, Status
from chalicelib.gate.envelope import OWN_SOURCE

BEGINNING = datetime(2000, 1, 1, tzinfo=UTC)
STUCK_AFTER = timedelta(hours=1)
"""Much longer than any pause between two attempts."""

REMEMBERED_FOR = timedelta(minutes=1)
"""Much longer than it takes to reopen an entry and to queue it."""


class Obstacle(StrEnum):
    """Why a person cannot do what they want with an entry."""

    NOTHING_TO_DO = "nothing-to-do"
    """It is not set aside."""
    CONTENT_EXPIRED = "content-expired"
    BUSY = "busy"
    """Somebody else is at work with it: look at it again."""


def is_stuck(entry: Entry, now: datetime) -> bool:
    """True if an open entry should have been tried again long ago: its message is lost to the queue."""
    due_at = max(entry.updated_at, entry.waits_until or entry.updated_at)
    return entry.is_open and now - due_at > STUCK_AFTER


def may_be_replayed(entry: Entry, now: datetime) -> bool:
    """True if a person may have it tried again."""
    return entry.status in REPLAYABLE or entry.rests(now) or is_stuck(entry, now)


def set_aside(journal: Journal, reason: str, now: datetime) -> Iterator[Entry]:
    """What is parked or quarantined for this reason, oldest first: so each client's order is kept.

    Read as far as it is asked for.
    """
    each = (journal.received(status, BEGINNING, now) for status in SET_ASIDE)
    found = heapq.merge(*each, key=lambda entry: (entry.received_at, entry.id))
    return (entry for entry in found if entry.reason == reason)


def replay(engine: Engine, entry: Entry, who: str, now: datetime) -> Obstacle | None:
    """Reopen the entry and queue its content again; returns what stands against it, if anything does.

    The queue comes after that, because a worker would leave an entry alone that is not open yet. A timer
    comes before: if we die in between, it puts on the queue what was reopened, and nobody has to notice.
    """
    if entry.status is Status.EXPIRED:
        return Obstacle.CONTENT_EXPIRED
    if not may_be_replayed(entry, now):
        # Who presses the button twice finds it open.
        return Obstacle.BUSY if entry.is_open else Obstacle.NOTHING_TO_DO
    envelope = engine.journal.envelope(entry.id)
    if envelope is None:
        return Obstacle.CONTENT_EXPIRED
    reopened = entry.reopened(who, now)
    # The count of replays would be that of one which was cut off before it reopened anything.
    again = replace(envelope, replay=round(now.timestamp() * 1000))
    queue: QueueName = "notify" if entry.source == OWN_SOURCE else "work"
    timer = Timer(now + REMEMBERED_FOR, queue, again)
    engine.timers.set(timer)
    book_again(engine.documents, entry.received_at, now)
    try:
        engine.journal.save(reopened)
    except VersionConflict:
        # The timer stays: it may stand in the place of one that the entry needs. It does no harm.
        return Obstacle.BUSY
    engine.queue(queue).put(again)
    engine.timers.remove(timer)
    return None


def discard(engine: Engine, entry: Entry, who: str, now: datetime, note: str = "") -> Obstacle | None:
    """Let nothing be done about the entry any more; returns what stands against it, if anything does."""
    if entry.status not in SET_ASIDE:
        return Obstacle.NOTHING_TO_DO
    book_again(engine.documents, entry.received_at, now)
    try:
        engine.journal.save(entry.discarded(who, now, note))
    except VersionConflict:
        return Obstacle.BUSY
    return None
