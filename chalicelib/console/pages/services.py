"""Services: what the shop lives on, what was in trouble, what ends, and who gives signs of life."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from flask import Blueprint, abort, flash, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from chalicelib.checks.endpoints.check import DOCUMENT, EndpointMemory
from chalicelib.checks.endpoints.sightings import key_of
from chalicelib.checks.endpoints.uptime import UptimeHistory
from chalicelib.checks.running import CheckMemory, check_key
from chalicelib.console.access.guard import current_user, needs, record
from chalicelib.console.access.roles import Role
from chalicelib.console.parts import ConsoleParts, parts
from chalicelib.console.services.heartbeats import check_rows, source_rows
from chalicelib.console.services.renewals import counted, renewals, standings
from chalicelib.console.services.uptime import Span, rows, worst_first
from chalicelib.console.services.writing import Writer

page = Blueprint("services", __name__)

A_PAGE = 25
"""Endpoints or incidents: with what all have in common they are one reading of DynamoDB."""

PAST_DAYS = 90
DAY = timedelta(days=1)


@page.get("/services")
def show() -> str:
    """Endpoints."""
    console, now = parts(), parts().clock()
    writer = Writer(g.language, console.zone)
    span, number = _span(), _page_number()
    watched = console.shop.watched
    states = EndpointMemory.model_validate(console.engine.documents.get(DOCUMENT).content).states
    shown = worst_first(watched, states)[(number - 1) * A_PAGE : number * A_PAGE]
    history = UptimeHistory(console.engine.documents, console.zone)
    uptimes = history.of([key_of(one.name) for one in shown], now)
    return render_template(
        "services.html",
        rows=rows(shown, states, uptimes, span, console.shop, now, writer),
        spans=list(Span),
        span=span,
        open=console.incidents.open(),
        total=len(watched),
        number=number,
        has_more=len(watched) > number * A_PAGE,
    )


@page.get("/services/incidents")
def incidents() -> str:
    """What is in trouble, and what was."""
    console, number = parts(), _page_number()
    lasting = console.incidents.open()
    first, end = (number - 1) * A_PAGE, number * A_PAGE
    past = console.incidents.past.page(console.clock(), PAST_DAYS, first, end)
    return render_template(
        "services_incidents.html",
        is_well=not lasting,
        open=lasting[first:end],
        past=past.incidents,
        left_out=past.left_out,
        number=number,
        has_more=max(len(lasting), past.count) > end,
    )


@page.post("/services/incidents/acknowledge")
@needs(Role.OPERATOR)
def acknowledge() -> Response:
    """Who asks takes care of an incident."""
    key, seen_at = request.form.get("key", ""), _moment(request.form.get("seen_at", ""))
    incident, who = parts().incidents.get(key) or abort(404), current_user().name
    # One that began since the page was made is another one.
    is_new = incident.is_open and incident.known_since <= seen_at and incident.acknowledged_by != who
    if is_new:
        record("acknowledged", key)
    done = parts().incidents.acknowledge(key, who, seen_at) if is_new else None
    flash("acknowledged" if done is not None else "nothing_to_acknowledge")
    return redirect(url_for("services.incidents"), code=303)


@page.get("/services/subscriptions")
def subscriptions() -> str:
    """What ends when."""
    console = parts()
    found = renewals(standings(console.shop, console.engine.documents), console.shop, console.clock())
    return render_template(
        "services_subscriptions.html", found=found, counts=counted(found), feed=_feed(console)
    )


@page.get("/services/heartbeats")
def heartbeats() -> str:
    """When sources and our own checks last gave a sign of life."""
    console, now = parts(), parts().clock()
    writer = Writer(g.language, console.zone)
    return render_template(
        "services_heartbeats.html",
        sources=source_rows(
            console.shop.sources,
            console.books.hours(now - DAY + timedelta(hours=1), now),
            console.books.days(console.today - (PAST_DAYS - 1) * DAY, console.today),
            console.incidents.open_keys(),
            writer,
        ),
        checks=check_rows(console.checks.checks.values(), _check_memories(console), now, writer),
    )


def _check_memories(console: ConsoleParts) -> Mapping[str, CheckMemory]:
    names = list(console.checks.checks)
    documents = console.engine.documents.get_many([check_key(name) for name in names])
    return {name: CheckMemory.model_validate(documents[check_key(name)].content) for name in names}


def _feed(console: ConsoleParts) -> str:
    """The calendar's address; empty if there is none, or for who may only look: it lets anybody in."""
    calendar = console.shop.calendar
    if calendar is None or not current_user().may(Role.OPERATOR):
        return ""
    return url_for("calendar.feed", token=calendar.tokens[0], _external=True)


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        abort(400)
    return moment if moment.tzinfo else abort(400)


def _span() -> Span:
    wanted = request.args.get("span", "")
    return Span(wanted) if wanted in list(Span) else Span.DAY


def _page_number() -> int:
    number = request.args.get("page", "")
    return max(int(number), 1) if number.isdecimal() and len(number) <= len("999999") else 1
