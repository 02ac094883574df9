"""Read a source's journal entries without holding them all: after a rush there are tens of thousands."""

from collections.abc import Iterator
from datetime import UTC, datetime

from chalicelib.engine.port import Journal, Place
from chalicelib.entry import Entry

A_PAGE = 100
END = datetime.max.replace(tzinfo=UTC)


def newest_first(journal: Journal, source: str, since: datetime, before: datetime = END) -> Iterator[Entry]:
    """The entries of a source that came in from ``since`` on and before ``before``.

    They are read a page at a time, as they are asked for.
    """
    place: Place | None = Place(before)
    while place is not None:
        page = journal.page((), source, since, place, A_PAGE)
        yield from page.entries
        place = page.next
