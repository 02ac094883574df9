"""Find entries of the journal as people look for them."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from chalicelib.books.moments import midnight
from chalicelib.books.rows import Row, bare_number, order_key
from chalicelib.console.days import EARLIEST
from chalicelib.console.parts import ConsoleParts
from chalicelib.engine.port import Page, Place
from chalicelib.entry import SET_ASIDE, Entry, Status
from chalicelib.errors import LeadkeeperError
from chalicelib.outages import Health, service_key

A_PAGE = 50
SPAN = timedelta(days=31)
"""So much is looked through for a phone or an order at a time: all of it would take seconds."""

BEGINNING = datetime(2020, 1, 1, tzinfo=UTC)
NEEDS_PERSON = "needs-person"
SHORTEST_ID = 8
FEWEST_DIGITS = 4
PHONE_DIGITS = 10
_NO_DIGIT = re.compile(r"[\s()+.-]")
_WHOLE_PHONE = re.compile(r"[78]?9\d{9}")
"""No order's number, for which the CRM need not be asked."""

_ID = re.compile(rf"[0-9a-f]{{{SHORTEST_ID},64}}")


@dataclass(frozen=True, slots=True)
class Search:
    """What somebody looks for. Empty stands for any.

    Attributes:
        text: the last digits of a phone, or the beginning of an order's number or of an entry's id.
        state: a status, or ``NEEDS_PERSON``.
        since: the first day of the shop's clock; ``until`` likewise the last one.
        place: where the page goes on; None for the first one.
    """

    text: str = ""
    source: str = ""
    state: str = ""
    since: date | None = None
    until: date | None = None
    place: Place | None = None

    @property
    def statuses(self) -> tuple[Status, ...]:
        """The statuses that are looked for; none for all."""
        if self.state == NEEDS_PERSON:
            return SET_ASIDE
        return (Status(self.state),) if self.state else ()


@dataclass(frozen=True, slots=True)
class Found:
    """A page of what was found.

    Attributes:
        is_crm_silent: True if the CRM did not say which order has this number.
    """

    page: Page
    is_crm_silent: bool = False


def read_search(arguments: Mapping[str, str]) -> Search:
    """What an address asks for. What nobody can understand counts as nothing.

    Raises:
        ValueError: a day is none; the text is what was given.
    """
    state = arguments.get("state", "")
    return Search(
        text=arguments.get("q", "").strip(),
        source=arguments.get("source", ""),
        state=state if state == NEEDS_PERSON or state in set(Status) else "",
        since=_day(arguments.get("since", "")),
        until=_day(arguments.get("until", "")),
        place=read_place(arguments.get("before", "")),
    )


def write_place(place: Place) -> str:
    """For an address."""
    return f"{place.received_at.isoformat()}~{place.entry_id}"


def read_place(text: str) -> Place | None:
    """From an address; None if it is none."""
    moment, _, entry_id = text.partition("~")
    try:
        received_at = datetime.fromisoformat(moment)
    except ValueError:
        return None
    return Place(received_at, entry_id) if received_at.tzinfo is not None else None


def find(console: ConsoleParts, search: Search) -> Found:
    """A page of the entries that are looked for, newest first."""
    end = midnight(min(search.until or console.today, console.today) + timedelta(days=1), console.zone)
    since = midnight(max(search.since, EARLIEST), console.zone) if search.since else BEGINNING
    before = search.place if search.place and search.place.received_at < end else Place(end)
    if not search.text:
        journal = console.engine.journal
        return Found(journal.page(search.statuses, search.source, since, before, A_PAGE))
    text = search.text.casefold()
    by_id = console.engine.journal.find(text) if _ID.fullmatch(text) else []
    if by_id:
        return Found(Page(_chosen(by_id, search), None))
    # What is older has expired.
    kept_since = console.clock() - console.shop.retention.personal_data
    return _find_by_subject(console, search, max(since, kept_since), before)


def _find_by_subject(console: ConsoleParts, search: Search, since: datetime, before: Place) -> Found:
    """What is about a phone or an order."""
    begin = max(since, before.received_at - SPAN)
    digits = _NO_DIGIT.sub("", search.text)
    may_be_phone = digits.isdecimal() and len(digits) >= FEWEST_DIGITS
    phone = digits[-PHONE_DIGITS:] if may_be_phone else ""
    number = "" if _WHOLE_PHONE.fullmatch(digits) else bare_number(search.text)
    rows = console.books.find(begin, before, digits=phone, number=number, limit=A_PAGE)
    is_crm_silent = False
    if number:
        of_crm, is_crm_silent = _order_id(console, number)
        order_ids = {*of_crm, *_ids_beside(number, rows)}
        if order_ids:
            rows += console.books.find(begin, before, order_ids=order_ids, limit=A_PAGE)
    entries = console.engine.journal.entries([row.id for row in rows])
    newest = sorted(entries, key=lambda entry: (entry.received_at, entry.id), reverse=True)[:A_PAGE]
    if len(newest) == A_PAGE:
        next_place: Place | None = Place(newest[-1].received_at, newest[-1].id)
    else:
        next_place = Place(begin) if begin > since else None
    return Found(Page(_chosen(newest, search), next_place), is_crm_silent)


def _ids_beside(number: str, rows: Sequence[Row]) -> Iterator[str]:
    """The ids of orders whose number begins so, where a row tells both: the CRM finds whole numbers alone."""
    key = order_key(number)
    for row in rows:
        if len(row.order_ids) == 1 and row.has_number(key):
            yield row.order_ids[0]


def _order_id(console: ConsoleParts, number: str) -> tuple[list[str], bool]:
    """The id of the order with this very number, if the CRM has one; and whether it could not tell."""
    health = Health.model_validate(console.engine.documents.get(service_key("crm")).content)
    if health.is_away:
        return [], True  # Nobody should wait until a request times out.
    try:
        order = console.crm.order_by_number(number)
    except LeadkeeperError:
        return [], True
    return [str(order.id)] if order is not None else [], False


def _chosen(entries: Sequence[Entry], search: Search) -> list[Entry]:
    return [
        entry
        for entry in entries
        if (not search.statuses or entry.status in search.statuses) and search.source in {"", entry.source}
    ]


def _day(text: str) -> date | None:
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ValueError(text) from None
