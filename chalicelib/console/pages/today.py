"""Today: what came in, what became of it, and what needs a person now."""

from flask import Blueprint, render_template

from chalicelib.console.parts import parts
from chalicelib.entry import Status

page = Blueprint("today", __name__)


@page.get("/")
def show() -> str:
    """The first page."""
    counts = parts().engine.journal.counts((Status.PARKED, Status.QUARANTINED))
    return render_template("today.html", counts=counts)
