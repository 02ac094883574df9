"""Hours that are to be booked again, because a person changes what became of an entry that was at its end."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from pydantic import AwareDatetime, Field

from chalicelib.books.moments import hour_of
from chalicelib.changing import Content, change_document
from chalicelib.engine.port import Documents
from chalicelib.entry import Entry
from chalicelib.memory import Memory

MARKS_KEY = "books-again"
"""The document of :class:`Marks`."""

KEPT_FOR = timedelta(minutes=15)
"""The change follows its mark, and a worker may bring a replayed entry to its end between two bookings."""


class Marks(Memory):
    """The hours, each with when it was last marked."""

    hours: Mapping[AwareDatetime, AwareDatetime] = Field(default_factory=dict)


def book_again(documents: Documents, entries: Iterable[Entry], now: datetime, zone: ZoneInfo) -> None:
    """Have the hours of these entries booked again.

    To be called before they are changed: then a crash forgets none. Costs one read and one write, however
    many entries there are.
    """
    marked = {hour_of(entry.received_at, zone): now for entry in entries}

    def with_marks(content: Content) -> Content:
        return Marks(hours={**Marks.model_validate(content).hours, **marked}).content()

    change_document(documents, MARKS_KEY, with_marks)


def marked_hours(documents: Documents) -> list[datetime]:
    """The hours that are to be booked again."""
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
