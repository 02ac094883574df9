"""``/status``: how the endpoints are, for everybody, if the shop has switched it on.

It shows the names that the shop gave its endpoints and nothing else of the shop: no address, no cause, no
person. Anybody may ask for it as often as they like, so it is made once a minute.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice

from flask import Blueprint, abort, current_app, g, render_template, request

from chalicelib.alerts.past_incidents import PastIncident
from chalicelib.checks.endpoints.check import DOCUMENT, EndpointMemory
from chalicelib.checks.endpoints.sightings import key_of
from chalicelib.checks.endpoints.uptime import UptimeHistory
from chalicelib.console.access.guard import public
from chalicelib.console.parts import ConsoleParts, parts
from chalicelib.console.services.uptime import Condition, Span, rows, worst_first
from chalicelib.console.services.writing import Writer
from chalicelib.console.words import LANGUAGES

page = Blueprint("status", __name__)

MOST = 50
"""Endpoints on the page; who has more names those that matter, by ``public = false`` of the others."""

PAST_DAYS = 14
MOST_PAST = 100
MADE_EVERY = timedelta(minutes=1)
MADE = "leadkeeper-status"


@dataclass(frozen=True, slots=True)
class Made:
    """A page, and when it was made."""

    at: datetime
    text: str


@page.get("/status")
@public
def show() -> str:
    """The page of a minute ago at the latest."""
    console = parts()
    if not console.settings.status_page:
        abort(404)
    wanted = request.args.get("language", "")
    # The cookie of the console does not count here: one page for all.
    g.language = wanted if wanted in LANGUAGES else console.shop.shop.language
    made: dict[str, Made] = current_app.extensions.setdefault(MADE, {})
    known, now = made.get(g.language), console.clock()
    if known is None or now - known.at >= MADE_EVERY:
        known = made[g.language] = Made(now, _made(console, now))
    return known.text


def _made(console: ConsoleParts, now: datetime) -> str:
    shown = [one for one in console.shop.watched if one.public][:MOST]
    documents = console.engine.documents
    kept = EndpointMemory.model_validate(documents.get(DOCUMENT).content).states
    # A single failure is no news for everybody: most often the next probe succeeds.
    states = {key: state for key, state in kept.items() if state.is_down}
    uptimes = UptimeHistory(documents, console.zone).of([key_of(one.name) for one in shown], now)
    writer = Writer(g.language, console.zone)
    found = rows(worst_first(shown, states), states, uptimes, Span.QUARTER, console.shop, now, writer)
    names = {key_of(one.name): one.name for one in shown}
    return render_template(
        "status.html",
        rows=found,
        down=[row.name for row in found if row.condition is Condition.DOWN],
        unknown=[row.name for row in found if row.condition is Condition.UNKNOWN],
        past=[(names[past.key], past) for past in islice(_past(console, names, now), MOST_PAST)],
    )


def _past(console: ConsoleParts, keys: Collection[str], now: datetime) -> Iterator[PastIncident]:
    """Those of these endpoints, newest first."""
    for day in console.incidents.past.days(now, PAST_DAYS):
        yield from (past for past in day.newest_first if past.key in keys)
