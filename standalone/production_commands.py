"""``leadkeeper production``: how long production waits for answers."""

from datetime import timedelta

import click

from chalicelib import bootstrap
from chalicelib.production.report import Spans, asked_since, figures


@click.group()
def production() -> None:
    """What production asked, and how soon it was answered."""


@production.command()
@click.option(
    "--days", type=click.IntRange(1, 400), default=30, show_default=True, help="So many days until now."
)
def report(*, days: int) -> None:
    """Say how many questions there were, how long their answers took, and which ones wait."""
    application = bootstrap.application()
    shop, now = application.shop.shop, application.clock()
    asked = asked_since(application.engine.documents, now - timedelta(days=days), now, shop.timezone)
    found = figures(asked, shop.hours, shop.timezone)
    click.echo(f"{found.asked} questions, {found.answered} answered, {len(found.waiting)} open")
    for name, spans in (("in the shop's hours", found.delay), ("in all", found.waited)):
        if spans is not None:
            click.echo(f"time to answer {name}: {_told(spans)}")
    for question in found.waiting:
        asked_at = question.at.astimezone(shop.timezone)
        text = " ".join(question.text.split())
        click.echo(f"open: order {question.order_number}, {asked_at:%Y-%m-%d %H:%M}: {text}")


def _told(spans: Spans) -> str:
    return f"median {_hours(spans.median)}, nine of ten within {_hours(spans.ninetieth)}"


def _hours(span: timedelta) -> str:
    minutes = round(span.total_seconds() / 60)
    return f"{minutes // 60} h {minutes % 60:02} min"
