"""A source that sends nothing authentic any more, and one that does so again: an incident."""

from datetime import datetime

from chalicelib.actions import ObserveIncident
from chalicelib.events import SourceAccepts, SourceRejects
from chalicelib.gate.rejections import TOO_MANY
from chalicelib.memory import REJECTING, SourceMemory, source_key
from chalicelib.playbook.desk import Decision, Desk


def on_source_rejects(event: SourceRejects, desk: Desk) -> Decision:
    """Trouble, if the source was ever healthy: else somebody may only be trying the door."""
    memory = SourceMemory.model_validate(desk.documents.get(source_key(event.source)).content)
    if memory.heard_at is None:
        return Decision(note="never-healthy")
    words = "crowded" if event.reason == TOO_MANY else "rejecting"
    subject = desk.texts.render(f"checks/{words}_subject", source=event.source)
    cause = desk.texts.render(f"checks/{words}_cause", reason=event.reason)
    return Decision((_observed(event.source, subject, cause, since=event.since),))


def on_source_accepts(event: SourceAccepts, desk: Desk) -> Decision:
    """The trouble is over."""
    subject = desk.texts.render("checks/rejecting_subject", source=event.source)
    over = desk.texts.render("checks/rejecting_over")
    return Decision((_observed(event.source, subject, over),))


def _observed(source: str, subject: str, cause: str, since: datetime | None = None) -> ObserveIncident:
    """Trouble since then; none for its end, which is told under the subject of its beginning."""
    return ObserveIncident(
        key=f"{REJECTING}{source}", is_bad=since is not None, subject=subject, cause=cause, since=since
    )
