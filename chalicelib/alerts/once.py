"""What stands once where several people read it, although each of them is told on their own."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from chalicelib.clock import Clock
from chalicelib.engine.port import Document, Documents, VersionConflict
from chalicelib.errors import Postponed
from chalicelib.events import Alert
from chalicelib.gate.tickets import fingerprint

MOST_KEPT = 50
"""Alerts: more than are told at once."""

LONGEST_TELLING = timedelta(minutes=1)
"""Who has not said after this time how it went is gone."""

SOON = timedelta(seconds=5)


class Once:
    """Lets one worker tell an alert through a shared channel; the others hear that it was told."""

    def __init__(self, documents: Documents, clock: Clock) -> None:
        """Remember in these documents."""
        self._documents = documents
        self._clock = clock

    def tell(self, channel: str, alert: Alert, tell: Callable[[], None]) -> None:
        """Call ``tell``, unless this alert was told there already.

        Raises:
            Postponed: somebody else is just telling it.
            LeadkeeperError: as ``tell`` raises.
        """
        what = fingerprint(alert.subject_id, alert.state, alert.text, alert.at.isoformat())[:16]
        document = self._documents.get(_key(channel))
        words = document.content.get("told", {})
        begun = words.get(what)
        if begun == "":
            return
        now = self._clock()
        if begun is not None and now - datetime.fromisoformat(begun) < LONGEST_TELLING:
            raise Postponed("alert-being-told", SOON)
        claimed = _with(document, what, now.isoformat())
        try:
            self._documents.put(claimed)
        except VersionConflict:
            raise Postponed("alert-being-told", SOON) from None
        try:
            tell()
        except Exception:
            self._change(channel, what, None)
            raise
        self._change(channel, what, "")

    def _change(self, channel: str, what: str, begun: str | None) -> None:
        while True:
            try:
                self._documents.put(_with(self._documents.get(_key(channel)), what, begun))
            except VersionConflict:
                continue
            return


def _with(document: Document, what: str, begun: str | None) -> Document:
    """With when the telling began; empty once it was told, None if it was not."""
    others = [(name, value) for name, value in document.content.get("told", {}).items() if name != what]
    kept = others if begun is None else [*others, (what, begun)]
    return replace(document, content={"told": dict(kept[-MOST_KEPT:])})


def _key(channel: str) -> str:
    return f"told:{channel}"
