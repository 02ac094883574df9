"""The profit formula: by day, week and month, two periods compared, and what people enter for it."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from itertools import groupby

from flask import Blueprint, abort, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from chalicelib.console.access.guard import needs, record
from chalicelib.console.access.roles import Role
from chalicelib.console.parts import parts
from chalicelib.console.profit.comparison import comparison, worth_comparing
from chalicelib.console.profit.entering import fields_of, problem_words
from chalicelib.console.profit.overview import overview
from chalicelib.console.profit.writing import Writer
from chalicelib.periods import KINDS, Kind, Period, latest
from chalicelib.profit.entered_memory import EnteredBook
from chalicelib.profit.formula import ENTERED, Indicator
from chalicelib.profit.importing import Problem, read_table, template
from chalicelib.profit.numbers import NotANumber, number
from chalicelib.profit.reading import Statements
from chalicelib.profit.spreadsheets import STYLES

page = Blueprint("profit", __name__)

LISTED: Mapping[Kind, int] = {"day": 31, "week": 14, "month": 14}
"""How many periods of each kind the page lists: each costs the reading of a document."""

COMPARED: Mapping[Kind, int] = {"day": 92, "week": 60, "month": 26}
"""So far back go the two that are compared: a shop has its seasons, so that it looks a year back."""


@page.get("/profit")
def show() -> str:
    """The periods of a kind, and two of them compared."""
    kind = _kind()
    listed = latest(kind, parts().today, LISTED[kind])
    options = latest(kind, parts().today, COMPARED[kind])
    statements = Statements(parts().engine.documents, parts().zone)
    found = statements.of(listed, parts().today)
    before, after = worth_comparing(found)
    before, after = _period_in("before", options, before), _period_in("after", options, after)
    further = [period for period in (before, after) if period not in listed]
    by_period = {each.period: each for each in (*found, *statements.of(further, parts().today))}
    words = Writer(g.language)
    return render_template(
        "profit.html",
        kind=kind,
        overview=overview(found, g.language),
        comparison=comparison(by_period[before], by_period[after], g.language),
        options=[(period.key, words.period(period)) for period in options],
        counted_at=statements.counted_at(),
        is_counted=parts().shop.profit is not None,
    )


@page.get("/profit/entry")
def entry() -> str:
    """What is entered for a period."""
    period = _period_of(request.args.get("period", "")) or _last_month()
    return _entry_page(period, _kept(period), saved=request.args.get("saved", ""))


@page.post("/profit/entry")
@needs(Role.OPERATOR)
def enter() -> Response | tuple[str, int]:
    """Take one period's values; an empty field takes its value away."""
    period = _period_of(request.form.get("period", "")) or abort(400)
    texts = {indicator: request.form.get(indicator.value, "").strip() for indicator in ENTERED}
    values: dict[Indicator, Decimal | None] = {}
    problems: dict[Indicator, str] = {}
    for indicator, text in texts.items():
        try:
            values[indicator] = number(indicator, text) if text else None
        except NotANumber as error:
            problems[indicator] = problem_words(Problem(error.code, value=text), g.language)
    if problems:
        return _entry_page(period, texts, problems), 422
    record("entered_profit", period.key)
    _book().put({period: values})
    return redirect(url_for("profit.entry", period=period.key, saved="one"), code=303)


@page.post("/profit/import")
@needs(Role.OPERATOR)
def import_table() -> Response | tuple[str, int]:
    """Take a table of values, or say what is wrong with it and take nothing."""
    uploaded = request.files.get("table")
    table = read_table(uploaded.read() if uploaded else b"")
    if table.problems or not table.rows:
        told = [problem_words(problem, g.language) for problem in table.problems or [Problem("empty")]]
        return _entry_page(_last_month(), _kept(_last_month()), told=told), 422
    keys = [period.key for period in sorted(table.rows, key=lambda period: (period.first, period.kind))]
    record("imported_profit", f"{len(keys)}: {keys[0]} – {keys[-1]}")
    _book().put(table.rows)
    return redirect(url_for("profit.entry", period=keys[-1], saved=len(keys)), code=303)


@page.get("/profit/table.csv")
def table() -> Response:
    """A table to fill in, with what is entered already."""
    kind = _kind()
    periods = latest(kind, parts().today, LISTED[kind])
    rows = _book().rows(periods[-1].first, periods[0].last)
    name = f"profit-{kind}.csv"
    return Response(
        # The mark at the beginning tells spreadsheets that it is UTF-8.
        "\ufeff" + template(periods[::-1], rows, STYLES[g.language]),
        mimetype="text/csv",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def _entry_page(
    period: Period,
    texts: Mapping[Indicator, str],
    problems: Mapping[Indicator, str] | None = None,
    told: Sequence[str] = (),
    saved: str = "",
) -> str:
    (statement,) = Statements(parts().engine.documents, parts().zone).of([period], parts().today)
    words = Writer(g.language)
    leads = statement.counted.leads if statement.counted else None
    reach = statement.values.get(Indicator.REACH)
    every = [period for kind in KINDS[::-1] for period in latest(kind, parts().today, LISTED[kind])]
    return render_template(
        "profit_entry.html",
        period=period,
        label=words.period(period),
        fields=fields_of(texts, problems or {}, g.language),
        groups=[
            (kind, [(each.key, words.period(each)) for each in of_kind])
            for kind, of_kind in groupby(every, key=lambda each: each.kind)
        ],
        leads=leads,
        leads_share=words.value(Indicator.C1, Fraction(leads) / reach) if leads and reach else "",
        kinds=KINDS,
        told=told,
        saved=saved,
    )


def _kept(period: Period) -> Mapping[Indicator, str]:
    """What is entered for a period, as people write it."""
    row = _book().rows(period.first, period.last).get(period, {})
    return {each: STYLES[g.language].number(each, value) for each, value in row.items()}


def _book() -> EnteredBook:
    return EnteredBook(parts().engine.documents)


def _kind() -> Kind:
    asked = request.args.get("by", "")
    return asked if asked in KINDS else "month"


def _period_in(name: str, options: Sequence[Period], otherwise: Period) -> Period:
    period = _period_of(request.args.get(name, ""))
    return period if period is not None and period in options else otherwise


def _period_of(text: str) -> Period | None:
    try:
        return Period.parse(text)
    except ValueError:
        return None


def _last_month() -> Period:
    return Period.containing("month", parts().today).previous
