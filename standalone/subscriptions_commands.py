"""``leadkeeper subscriptions``: what ends when, and what was renewed."""

import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import date, datetime

import click
from rich.table import Table

from chalicelib import bootstrap
from chalicelib.checks.subscriptions.memory import Renewal, renewal_key
from chalicelib.checks.subscriptions.settings import Dated, Subscription
from chalicelib.checks.subscriptions.standing import URGENT_STEP, Standing, calendar
from chalicelib.engine.port import Documents, VersionConflict
from chalicelib.settings import Shop
from standalone.journal_view import console

ORIGINS = {
    "file": "the shop file",
    "renewed": "told as renewed",
    "probe": "looked up",
    "estimate": "estimated",
    "unknown": "not looked up yet",
}


@click.group(invoke_without_command=True)
@click.pass_context
def subscriptions(context: click.Context) -> None:
    """What the shop pays for: when it ends, and who sees to it."""
    if context.invoked_subcommand is None:
        application = bootstrap.application()
        shop = application.shop
        found = calendar(shop.subscriptions, application.engine.documents.get, shop.shop.timezone)
        _print(found, shop, application.clock())


@subscriptions.command()
@click.argument("name")
@click.argument("day", metavar="DATE", type=click.DateTime(["%Y-%m-%d"]))
def renew(name: str, day: datetime) -> None:
    """Say that it was renewed, and its new last day, such as 2028-03-01."""
    application = bootstrap.application()
    subscription = _named(application.shop.subscriptions, name)
    if not isinstance(subscription, Dated):
        _fail(f"the end of {name} is looked up by {subscription.probe}: there is nothing to tell")
    elif day.date() <= subscription.expires:
        _fail(f"the shop file says {subscription.expires} for {name}, which is not earlier")
    else:
        _remember(application.engine.documents, name, day.date())
        click.echo(
            f"{name}: renewed until {day.date()}. Our open tasks about it are completed within the hour"
        )


def _named(found: Sequence[Subscription], name: str) -> Subscription:
    for subscription in found:
        if subscription.name == name:
            return subscription
    known = ", ".join(subscription.name for subscription in found) or "none"
    raise click.UsageError(f"there is no subscription {name}; there are: {known}")


def _remember(documents: Documents, name: str, day: date) -> None:
    while True:
        document = documents.get(renewal_key(name))
        with suppress(VersionConflict):
            documents.put(replace(document, content=Renewal(until=day).content()))
            return


def _fail(problem: str) -> None:
    click.echo(f"leadkeeper: {problem}", err=True)
    sys.exit(1)


def _print(found: Sequence[Standing], shop: Shop, now: datetime) -> None:
    if not found:
        click.echo("there are no [[subscriptions]] in the shop file")
        return
    table = Table(box=None, pad_edge=False)
    for heading in ("name", "ends", "days left", "money", "responsible", "known from", "price"):
        table.add_column(heading, overflow="fold", justify="right" if heading == "days left" else "left")
    for standing in found:
        day, days = standing.last_day(shop.shop.timezone), standing.days_left(now, shop.shop.timezone)
        table.add_row(
            standing.subscription.name,
            "" if day is None else str(day),
            "" if days is None else str(days),
            standing.money,
            standing.subscription.responsible or "on duty",
            _origin(standing),
            standing.subscription.price,
            style=_style(standing, shop, now),
        )
    console().print(table)


def _origin(standing: Standing) -> str:
    probe = getattr(standing.subscription, "probe", "")
    words = f"{ORIGINS[standing.origin]}{f', {probe}' if probe else ''}"
    return f"{words}; it fails: {standing.problem}" if standing.problem else words


def _style(standing: Standing, shop: Shop, now: datetime) -> str:
    step = standing.due_step(shop.ladders, now, shop.shop.timezone)
    if step is None:
        return "yellow" if standing.problem else ""
    return "bold red" if step <= URGENT_STEP else "yellow"
