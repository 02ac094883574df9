"""A mistake is kept for the report of its day."""

from dataclasses import replace

from chalicelib.events import MistakesMade
from chalicelib.mistakes.memory import DayOfMistakes, day_key
from chalicelib.playbook.desk import Decision, Desk


def on_mistakes_made(made: MistakesMade, desk: Desk) -> Decision:
    """Add it to its day, once."""
    day = made.at.astimezone(desk.shop.shop.timezone).date()
    document = desk.documents.get(day_key(day))
    before = DayOfMistakes.model_validate(document.content)
    after = before.with_made(made)
    claims = () if after == before else (replace(document, content=after.content()),)
    return Decision(claims=claims, note="recorded")
