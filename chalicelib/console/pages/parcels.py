"""Parcels: who waits at a pickup point, by age, courier and city."""

from datetime import timedelta

from flask import Blueprint, g, render_template, request
from markupsafe import Markup

from chalicelib.console import charts
from chalicelib.console.parcels_view import MOST_DAYS, Ages, Choice, Only, board_of
from chalicelib.console.parts import parts
from chalicelib.console.words import word
from chalicelib.gate.envelope import OWN_SOURCE
from chalicelib.texts.filters import filters
from chalicelib.waiting_memory import read_head, read_waiting

page = Blueprint("parcels", __name__)


@page.get("/parcels")
def show() -> str:
    """All that wait, as the check ``waiting-parcels`` saw them last."""
    documents, shop = parts().engine.documents, parts().shop
    head = read_head(documents)
    managers = {person.crm_user: person.name for person in shop.people if person.crm_user is not None}
    choice = _choice()
    board = board_of(head, read_waiting(documents, head), choice, managers, parts().clock())
    return render_template(
        "parcels.html",
        board=board,
        choice=choice,
        only=list(Only),
        has_pickup_points=bool(shop.pickup_status),
        observes=shop.observes(OWN_SOURCE, "pickup-stalled"),
        order_link=parts().crm.order_link,
        pictures=_pictures(board.ages) if board.count else None,
    )


def _choice() -> Choice:
    asked = request.args
    only = asked.get("only", "")
    return Choice(
        only=Only(only) if only in list(Only) else Only.ALL,
        courier=asked.get("courier", ""),
        city=asked.get("city", "").strip(),
        page=asked.get("page", 1, type=int),
    )


def _pictures(ages: Ages) -> tuple[Markup, Markup]:
    """How long they wait, as a chart and as a table."""
    days = [str(day) if day < MOST_DAYS else f"{day}+" for day in range(ages.days)]
    series = [
        charts.Series(_step(step), counts, tone=_tone(position, ages))
        for position, (step, counts) in enumerate(zip(ages.steps, ages.counts, strict=True))
    ]
    chart = charts.columns(
        "parcels-by-age",
        word(g.language, "parcels.by_age"),
        days,
        series,
        description=word(g.language, "parcels.by_age_words"),
    )
    return chart, charts.values_table(word(g.language, "parcels.days"), days, series, charts.COUNT)


def _step(step: timedelta | None) -> str:
    if step is None:
        return word(g.language, "parcels.no_step")
    written = filters(g.language, parts().zone)["duration"](step)
    return word(g.language, "parcels.step_reached", step=written)


def _tone(position: int, ages: Ages) -> charts.Tone:
    """The first step warns, the last one is bad; what has reached none, and a step between, are neither."""
    steps = [index for index, step in enumerate(ages.steps) if step is not None]
    if position not in steps:
        return ""
    if position == steps[0]:
        return "warn"
    return "bad" if position == steps[-1] else ""
