"""Effect: what it brings that nothing is lost, by day, week and month."""

from datetime import date

from flask import Blueprint, Response, g, render_template, request

from chalicelib.console.days import day_or_today
from chalicelib.console.effect.table import as_csv
from chalicelib.console.effect.view import Stretch, day_after, shown, shown_periods, stretch_of
from chalicelib.console.parts import parts
from chalicelib.periods import KINDS

page = Blueprint("effect", __name__)


@page.get("/effect")
def show() -> str:
    """All figures, as pictures and tables."""
    stretch, console = _stretch(), parts()
    return render_template(
        "effect.html",
        stretch=stretch,
        until=_until(),
        later=day_after(stretch, console.today),
        sections=shown(stretch, console.settings.acting_since, console.shop, g.language),
        has_scenario=console.shop.scenario is not None,
    )


@page.get("/effect.csv")
def download() -> Response:
    """The same figures for a spreadsheet."""
    stretch = _stretch()
    name = f"effect-{stretch.periods[0].first}-{stretch.periods[-1].last}.csv"
    return Response(
        as_csv(stretch, parts().shop, g.language),
        mimetype="text/csv",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def _stretch() -> Stretch:
    """What the address asks for; the last days if it asks for nothing that there can be."""
    asked = request.args.get("by", "")
    kind = next((kind for kind in KINDS if kind == asked), KINDS[0])
    periods = shown_periods(kind, _until())
    console = parts()
    last = min(periods[-1].last, console.today)
    return stretch_of(periods, console.books.days(periods[0].first, last))


def _until() -> date:
    return day_or_today(request.args.get("until", ""), parts().today)
