"""Try an entry again after its trouble was mended."""

from dataclasses import replace
from datetime import datetime

from chalicelib.engine.port import Engine, VersionConflict
from chalicelib.entry import REPLAYABLE, Entry, Status
from chalicelib.gate.envelope import OWN_SOURCE

MOST = 100_000
"""More entries than a shop can have set aside."""


def set_aside(engine: Engine, reason: str) -> list[Entry]:
    """What is parked or quarantined for this reason, oldest first: so each client's order is kept.

    Also what was reopened and nobody has begun: an interrupted replay may not have queued it.
    """
    found = engine.journal.latest((Status.PARKED, Status.QUARANTINED, Status.OPEN), limit=MOST)
    waiting = (entry for entry in reversed(found) if not (entry.is_open and entry.is_begun))
    return [entry for entry in waiting if entry.reason == reason]


def replay(engine: Engine, entry: Entry, now: datetime) -> str:
    """Reopen the entry and queue its content again; returns why that is not possible, else nothing.

    The queue comes last: a worker would leave an entry alone that is not open yet. A crash in between leaves
    an open entry, which ``set_aside`` finds and a second replay queues.
    """
    envelope = engine.journal.envelope(entry.id)
    if entry.status not in {*REPLAYABLE, Status.OPEN, Status.EXPIRED}:
        return f"it is {entry.status}: there is nothing to try again"
    if envelope is None:
        return "its content has expired"
    reopened = entry.reopened(now)
    try:
        engine.journal.save(reopened)
    except VersionConflict:
        return "it is being worked on just now: look at it again"
    queue = engine.notify if entry.source == OWN_SOURCE else engine.work
    queue.put(replace(envelope, replay=reopened.replays))
    return ""
