"""Who did what in the console: a week at a time, newest first."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from flask import Blueprint, g, render_template, request

from chalicelib.console.access.audit import Record
from chalicelib.console.access.guard import audit, needs
from chalicelib.console.access.roles import Role
from chalicelib.console.days import day_or_today
from chalicelib.console.journal.wording import Wording
from chalicelib.console.masks import Open
from chalicelib.console.parts import parts

page = Blueprint("audit", __name__)

WEEK = timedelta(days=7)
DAY = timedelta(days=1)

TO_ENTRIES = frozenset({"replayed", "discarded"})
"""What is done to an entry of the journal, by its id."""

TO_REASONS = frozenset({"replayed_reason"})
"""What is done to all entries that wait for one reason, by its code."""


@dataclass(frozen=True, slots=True)
class Row:
    """A record in words.

    Attributes:
        entry_id: how the id of the entry begins to which it was done; empty if it was not done to one.
    """

    at: datetime
    who: str
    did: str
    about: str
    entry_id: str


@dataclass(frozen=True, slots=True)
class Week:
    """What the page shows.

    Attributes:
        begins_at: when its first day begins, by the shop's clock.
        last_begins_at: likewise its last day.
        earlier: the last day of the week before.
        later: the last day of the week after it; None if this is the newest.
    """

    begins_at: datetime
    last_begins_at: datetime
    earlier: date
    later: date | None
    rows: tuple[Row, ...]


@page.get("/audit")
@needs(Role.ADMINISTRATOR)
def show() -> str:
    """A week."""
    last = day_or_today(request.args.get("until", ""), parts().today)
    records = audit().records(_begin(last - WEEK + DAY, parts().zone), _begin(last + DAY, parts().zone))
    week = week_of(records, last, parts().today, parts().zone, g.language)
    return render_template("audit.html", week=week)


def week_of(records: Sequence[Record], last: date, today: date, zone: ZoneInfo, language: str) -> Week:
    """The week that ends with a day."""
    wording = Wording(language, zone, Open())
    rows = (_row(record, wording) for record in records)
    return Week(
        begins_at=_begin(last - WEEK + DAY, zone),
        last_begins_at=_begin(last, zone),
        earlier=last - WEEK,
        later=min(last + WEEK, today) if last < today else None,
        rows=tuple(rows),
    )


def _row(record: Record, wording: Wording) -> Row:
    # Of what an older version wrote, which has no words any more, the code.
    did = wording.word(f"audit.did_{record.what}", record.what)
    entry_id = record.about if record.what in TO_ENTRIES else ""
    about = wording.reason_in_words(record.about)[0] if record.what in TO_REASONS else record.about
    return Row(record.at, record.who, did, about, entry_id)


def _begin(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone)
