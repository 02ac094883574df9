"""The journal: find what came in by phone, order, source, state and time."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from flask import Blueprint, g, render_template, request, url_for

from chalicelib.books.rows import row_of
from chalicelib.console.access.guard import current_user
from chalicelib.console.access.roles import Role
from chalicelib.console.journal.entry import MOODS, source_of, title_of
from chalicelib.console.journal.search import NEEDS_PERSON, Search, find, read_search, write_place
from chalicelib.console.journal.steps import Link, Links, made_by
from chalicelib.console.journal.wording import Wording
from chalicelib.console.masks import Masks, Open, masks_of
from chalicelib.console.parts import parts
from chalicelib.engine.port import Place
from chalicelib.entry import SET_ASIDE, Entry, Status
from chalicelib.gate.envelope import OWN_SOURCE
from chalicelib.phones import readable

page = Blueprint("journal", __name__)

STATES = tuple(status for status in Status if status is not Status.EXPIRED)


@dataclass(frozen=True, slots=True)
class Row:
    """An entry in the list."""

    entry: Entry
    title: str
    source: str
    about: tuple[str, ...]
    mood: str
    reason: str
    made: tuple[Link, ...]


@dataclass(frozen=True, slots=True)
class Reason:
    """Why entries wait for a person, and how many of the list do."""

    code: str
    words: str
    count: int


@page.get("/journal")
def show() -> str:
    """A page of the journal."""
    wrong_day = ""
    try:
        search = read_search(request.args)
    except ValueError as error:
        search, wrong_day = Search(), str(error)
    found = find(parts(), search)
    rows = [row_view(entry, wording_for(entry), links()) for entry in found.page.entries]
    return render_template(
        "journal.html",
        search=search,
        rows=rows,
        found=found,
        older=_address(search, found.page.next) if found.page.next else "",
        newest=_address(search, None),
        reasons=reasons_of(rows),
        states=STATES,
        needs_person=NEEDS_PERSON,
        sources=[*parts().shop.sources, OWN_SOURCE],
        wrong_day=wrong_day,
    )


def row_view(entry: Entry, wording: Wording, addresses: Links) -> Row:
    """What the list shows of an entry."""
    row = row_of(entry)
    phones = [wording.masks.text(readable(f"+7{digits}")) for digits in (row.phones if row else ())]
    numbers = row.numbers if row else ()
    return Row(
        entry=entry,
        title=title_of(entry, wording),
        source=source_of(entry.source, wording),
        about=(*phones, *(wording.word("journal.order").format(number=number) for number in numbers)),
        mood=MOODS.get(entry.status, "idle"),
        reason=wording.reason(entry)[0],
        made=made_by(entry, wording, addresses),
    )


def reasons_of(rows: Sequence[Row]) -> list[Reason]:
    """Why the entries in the list wait for a person, the most frequent reason first."""
    waiting = [row for row in rows if row.entry.status in SET_ASIDE and row.entry.reason]
    words = {row.entry.reason: row.reason for row in waiting}
    counts = Counter(row.entry.reason for row in waiting)
    return [Reason(code, words[code], count) for code, count in counts.most_common()]


def wording_for(entry: Entry, content: Iterable[tuple[str, str]] = ()) -> Wording:
    """How who asks may read an entry, and what came in with it."""
    masks: Masks = Open() if current_user().may(Role.OPERATOR) else masks_of(entry, content)
    return Wording(g.language, parts().zone, masks)


def links() -> Links:
    """Where the pages of the journal lead to."""
    crm = parts().crm
    return Links(crm.order_link, crm.customer_link, lambda entry_id: url_for("entry.show", entry_id=entry_id))


def _address(search: Search, place: Place | None) -> str:
    """Where the same search goes on; or begins."""
    values = {
        "q": search.text,
        "source": search.source,
        "state": search.state,
        "since": search.since,
        "until": search.until,
        "before": write_place(place) if place else "",
    }
    return f"{url_for('journal.show')}?{urlencode({name: value for name, value in values.items() if value})}"
