"""How far the CRM's history was read, and since when what it tells is news."""

from dataclasses import replace
from datetime import datetime

from chalicelib.engine.port import Document
from chalicelib.events import FollowingBegun, LeadsAnswered
from chalicelib.memory import FOR_SCENARIO, HISTORY_KEY, HistoryMemory
from chalicelib.playbook.desk import Decision, Desk


def on_leads_answered(answered: LeadsAnswered, desk: Desk) -> Decision:
    """The journal keeps the answers; from here on the history is read next time."""
    document, memory = _remembered(desk)
    until = max(answered.until, memory.last_id or 0)
    return _recorded(document, memory, memory.model_copy(update={"last_id": until}))


def on_following_begun(begun: FollowingBegun, desk: Desk) -> Decision:
    """What was followed before goes on; what no longer is would begin anew."""
    document, memory = _remembered(desk)
    since = {what: memory.news_since.get(what, begun.at) for what in begun.followed}
    return _recorded(document, memory, memory.model_copy(update={"news_since": since}))


def scenario_followed_since(desk: Desk) -> datetime | None:
    """Since when orders are followed by the scenario; None before the first look at the history."""
    return _remembered(desk)[1].news_since.get(FOR_SCENARIO)


def _remembered(desk: Desk) -> tuple[Document, HistoryMemory]:
    document = desk.documents.get(HISTORY_KEY)
    return document, HistoryMemory.model_validate(document.content)


def _recorded(document: Document, before: HistoryMemory, after: HistoryMemory) -> Decision:
    claims = () if after == before else (replace(document, content=after.content()),)
    return Decision(claims=claims, note="recorded")
