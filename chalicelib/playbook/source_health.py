"""A source that sends nothing authentic any more, and one that does so again.

The entry that tells people is remembered with it, so that a retry after a crash decides as the first attempt.
"""

from dataclasses import replace
from datetime import timedelta

from chalicelib.engine.port import Document
from chalicelib.events import AlertRaised, SourceAccepts, SourceRejects
from chalicelib.memory import SourceMemory, SourceTrouble, source_key
from chalicelib.playbook.desk import Decision, Desk
from chalicelib.playbook.notifications import tell_leads

AGAIN_AFTER = timedelta(days=1)
"""Each process of the gate notices trouble for itself, and may be gone before it notices the end."""


def on_source_rejects(event: SourceRejects, desk: Desk) -> Decision:
    """Tell people, if the source was ever healthy: else somebody may only be trying the door."""
    document, memory = _memory(event.source, desk)
    if memory.heard_at is None:
        return Decision(note="never-healthy")
    if _is_told(memory.trouble, event, desk.entry.id):
        return Decision(note="already-told")
    trouble = SourceTrouble(since=event.since, told_at=event.noticed_at, told_by=desk.entry.id)
    alert = AlertRaised(
        reason="source-rejects",
        source=event.source,
        entry_id="",
        detail=event.reason,
        since=event.since,
        raised_at=event.noticed_at,
    )
    return Decision(tell_leads(alert, desk), (_claim(document, memory, trouble),))


def on_source_accepts(event: SourceAccepts, desk: Desk) -> Decision:
    """Tell people who were told of the trouble that it is over."""
    document, memory = _memory(event.source, desk)
    if memory.trouble is None or memory.trouble.over_by not in {"", desk.entry.id}:
        return Decision(note="nobody-was-told")
    over = memory.trouble.model_copy(update={"over_by": desk.entry.id})
    alert = AlertRaised(
        reason="source-accepts",
        source=event.source,
        entry_id="",
        since=memory.trouble.since,
        raised_at=event.noticed_at,
    )
    return Decision(tell_leads(alert, desk), (_claim(document, memory, over),))


def _is_told(last: SourceTrouble | None, event: SourceRejects, entry_id: str) -> bool:
    """True while people know of it by another entry."""
    if last is None or last.over_by or last.told_by == entry_id:
        return False
    return event.noticed_at - last.told_at < AGAIN_AFTER


def _memory(source: str, desk: Desk) -> tuple[Document, SourceMemory]:
    document = desk.documents.get(source_key(source))
    return document, SourceMemory.model_validate(document.content)


def _claim(document: Document, memory: SourceMemory, trouble: SourceTrouble) -> Document:
    return replace(document, content=memory.model_copy(update={"trouble": trouble}).content())
