"""Hours that are to be booked again because an entry changes: a person replays it, or a late receipt comes.

A replayed one may be at its end again before the books are looked at, and nothing else would show the change.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

from pydantic import AwareDatetime, Field

from chalicelib.changing import Content, change_document
from chalicelib.engine.port import Documents
from chalicelib.memory import Memory

MARKS_KEY = "books-again"
"""The document of :class:`Marks`."""

KEPT_FOR = timedelta(minutes=15)
"""The change follows its mark, and a worker has to bring the entry to its end."""

FRESH_FOR = timedelta(minutes=1)
"""Who changes many entries of an hour writes one mark a minute."""


class Marks(Memory):
    """The whole hours of UTC in which the entries came in, each with when it was last marked."""

    hours: Mapping[AwareDatetime, AwareDatetime] = Field(default_factory=dict)


def book_again(documents: Documents, received_at: datetime, now: datetime) -> None:
    """Have the hour of an entry booked again.

    To be called before the entry is changed: then a crash forgets none.

    Args:
        documents: where the books are kept.
        received_at: when the entry came in.
        now: the present moment.
    """
    hour = received_at.replace(minute=0, second=0, microsecond=0)

    def with_mark(content: Content) -> Content:
        marks = Marks.model_validate(content)
        marked_at = marks.hours.get(hour)
        if marked_at is not None and now - marked_at < FRESH_FOR:
            return content
        return Marks(hours={**marks.hours, hour: now}).content()

    change_document(documents, MARKS_KEY, with_mark)


def marked_hours(documents: Documents) -> list[datetime]:
    """The whole hours of UTC that are to be booked again."""
    return list(Marks.model_validate(documents.get(MARKS_KEY).content).hours)


def forget_marks(documents: Documents, now: datetime) -> None:
    """Once they are booked: without the marks that are so old that their change is in the books."""

    def without_old(content: Content) -> Content:
        marks = Marks.model_validate(content)
        if all(now - marked_at < KEPT_FOR for marked_at in marks.hours.values()):
            return content
        fresh = {hour: at for hour, at in marks.hours.items() if now - at < KEPT_FOR}
        return Marks(hours=fresh).content()

    change_document(documents, MARKS_KEY, without_old)
