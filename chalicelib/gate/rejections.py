"""Notices a source that refuses everything: its secret was changed at one end only.

A forged webhook leaves no trace but a counter. Five of them within a quarter of an hour, and nothing
authentic in between, are worth a word of our own on the queue. The worker knows whether the source was
ever healthy. So is the first one that is refused because too many come: it may be a client's.
"""

import json
import threading
from collections import defaultdict, deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from chalicelib.gate.envelope import OWN_SOURCE, Envelope
from chalicelib.gate.webhook import Webhook

MANY = 5
SPAN = timedelta(minutes=15)
TOO_MANY = "too-many"
"""Why an authentic one is refused."""


@dataclass(slots=True)
class _Doubts:
    """What a source sent lately.

    Attributes:
        rejected: when its last webhooks were rejected.
        accepted_at: when its last one was accepted.
        crowded_at: when one was refused last because too many came.
        is_told: True from when we said that it refuses everything until it is healthy again.
    """

    rejected: deque[datetime] = field(default_factory=lambda: deque(maxlen=MANY))
    accepted_at: datetime | None = None
    crowded_at: datetime | None = None
    is_told: bool = False


class Rejections:
    """Counts rejections by source. Each process of the gate counts for itself; any thread may."""

    def __init__(self) -> None:
        """Begin without doubts."""
        self._doubts: defaultdict[str, _Doubts] = defaultdict(_Doubts)
        self._lock = threading.Lock()

    def rejected(self, source: str, reason: str, now: datetime) -> Envelope | None:
        """Count one; returns what to say if the source has come to refuse everything."""
        with self._lock:
            doubts = self._doubts[source]
            doubts.rejected.append(now)
            if doubts.is_told or len(doubts.rejected) < MANY:
                return None
            first, accepted_at = doubts.rejected[0], doubts.accepted_at
            if now - first > SPAN or (accepted_at is not None and now - accepted_at <= SPAN):
                return None
            doubts.is_told = True
        return _envelope("source-rejects", source, now, reason=reason, since=first.isoformat())

    def crowded(self, source: str, now: datetime) -> Envelope | None:
        """An authentic one was refused, as too many came; returns what to say if it is the first."""
        with self._lock:
            doubts = self._doubts[source]
            doubts.crowded_at = now
            if doubts.is_told:
                return None
            doubts.is_told = True
        return _envelope("source-rejects", source, now, reason=TOO_MANY, since=now.isoformat())

    def accepted(self, source: str, now: datetime) -> Envelope | None:
        """Count an authentic one; returns what to say if it ends what was told."""
        with self._lock:
            doubts = self._doubts[source]
            doubts.accepted_at = now
            doubts.rejected.clear()
            if doubts.crowded_at is not None and now - doubts.crowded_at <= SPAN:
                # Of a crowd, most are accepted. It is over when none was refused for a while.
                return None
            was_told, doubts.is_told = doubts.is_told, False
        return _envelope("source-accepts", source, now) if was_told else None


def _envelope(kind: str, source: str, now: datetime, **details: str) -> Envelope:
    """As ``messages.read_own`` reads it; made by hand, because the gate has the standard library only."""
    event = {"kind": kind, "source": source, "noticed_at": now.isoformat(), **details}
    webhook = Webhook(
        source=OWN_SOURCE,
        method="PUT",
        path=(),
        query={},
        headers={"content-type": "application/json"},
        body=json.dumps(event).encode(),
        received_at=now,
    )
    return Envelope.seal(webhook, f"{kind}:{source}:{now.isoformat()}", f"{OWN_SOURCE}:{source}")
