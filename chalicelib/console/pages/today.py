"""Today: what came in, what became of it, and what needs a person now."""

from datetime import datetime, timedelta

from flask import Blueprint, g, render_template, url_for

from chalicelib.books.moments import HOUR, day_of, hour_of, midnight
from chalicelib.checks.running import CheckMemory, check_key
from chalicelib.console import charts
from chalicelib.console.parts import ConsoleParts, parts
from chalicelib.console.today_view import LISTS, Kept, Need, Today, today_of
from chalicelib.console.words import word
from chalicelib.engine.port import Documents
from chalicelib.entry import Status
from chalicelib.late_answers import read_late_answers
from chalicelib.people import with_crm_user
from chalicelib.waiting_memory import read_head

page = Blueprint("today", __name__)


@page.get("/")
def show() -> str:
    """The first page."""
    console = parts()
    today = today_of(_kept(console), console.clock(), console.zone)
    people = console.shop.people
    return render_template(
        "today.html",
        today=today,
        hrefs=_hrefs(),
        chart=_chart(today),
        table=charts.values_table(_t("hour"), today.labels, today.series, charts.COUNT),
        performer=lambda user: found.name if (found := with_crm_user(people, user)) else "",
        order_link=console.crm.order_link,
        date=console.today,
    )


def _kept(console: ConsoleParts) -> Kept:
    """What the page is made of: ten reads at most, however much came in."""
    now, documents = console.clock(), console.engine.documents
    yesterday = midnight(day_of(now, console.zone) - timedelta(days=1), console.zone)
    return Kept(
        hours=console.books.hours(yesterday, hour_of(now, console.zone) + HOUR),
        standing=console.books.standing(),
        set_aside=console.engine.journal.counts((Status.PARKED, Status.QUARANTINED)),
        incidents=console.incidents.open(),
        late=read_late_answers(documents),
        parcels=read_head(documents),
        lists_fail_since=_lists_fail_since(documents),
    )


def _lists_fail_since(documents: Documents) -> datetime | None:
    keys = [check_key(name) for name in LISTS]
    memories = (CheckMemory.model_validate(each.content) for each in documents.get_many(keys).values())
    return min((memory.failing_since for memory in memories if memory.failing_since), default=None)


def _hrefs() -> dict[Need, str]:
    """Where somebody sees to what needs a person; what is named one by one leads there itself."""
    return {
        Need.INCIDENTS: url_for("services.incidents"),
        Need.PARKED: url_for("journal.show", state=Status.PARKED),
        Need.QUARANTINED: url_for("journal.show", state=Status.QUARANTINED),
        Need.PARCELS: url_for("parcels.show"),
        Need.LISTS: url_for("services.heartbeats"),
        Need.BOOKS: url_for("services.heartbeats"),
    }


def _chart(today: Today) -> str:
    series = charts.largest(today.series, _t("other_sources"))
    total = sum(sum(value or 0 for value in one.values) for one in series)
    description = _t("chart_words", count=f"{total:g}", first=today.labels[0], last=today.labels[-1])
    return charts.columns("came-in", _t("by_hour"), today.labels, series, description=description)


def _t(key: str, **values: object) -> str:
    return word(g.language, f"today.{key}", **values)
