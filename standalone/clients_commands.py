"""``leadkeeper clients``: who may have two cards in the CRM."""

import csv
import sys
from collections.abc import Sequence
from datetime import timedelta

import click
from rich.table import Table

from chalicelib import bootstrap
from chalicelib.bootstrap import Application
from chalicelib.checks.doubles import DoublesCheck, dismiss
from chalicelib.errors import LeadkeeperError
from chalicelib.events import PossibleDouble
from standalone.journal_view import console

MOST_DAYS = 365
HEADINGS = ("first", "second", "the same", "certainty")


@click.group()
def clients() -> None:
    """The shop's clients in the CRM."""


@clients.command()
@click.option(
    "--days", type=click.IntRange(1, MOST_DAYS), default=30, show_default=True, help="How far back."
)
@click.option("--csv", "as_csv", is_flag=True, help="CSV instead of a table.")
def doubles(*, days: int, as_csv: bool) -> None:
    """List clients with an order of these days who may have two cards. Changes nothing."""
    application = bootstrap.application()
    now = application.clock()
    try:
        found = _check(application).doubles(now - timedelta(days=days), now)
    except LeadkeeperError as error:
        click.echo(f"leadkeeper: the CRM could not be asked: {error}", err=True)
        sys.exit(1)
    if as_csv:
        _print_csv(found)
    elif found:
        _print(found)
    else:
        click.echo("there are none")


@clients.command("dismiss")
@click.argument("first", type=int)
@click.argument("second", type=int)
def dismiss_command(first: int, second: int) -> None:
    """Say that two cards, by their numbers, are two people: they are not told again."""
    if first == second:
        raise click.UsageError("name two cards")
    dismiss(bootstrap.application().engine.documents, (first, second))
    click.echo(f"{first} and {second} are two people")


def _check(application: Application) -> DoublesCheck:
    checks = application.checks.checks.values()
    return next(check for check in checks if isinstance(check, DoublesCheck))


def _rows(found: Sequence[PossibleDouble]) -> list[tuple[str, ...]]:
    return [(str(each.first), str(each.second), each.reason, each.certainty) for each in found]


def _print(found: Sequence[PossibleDouble]) -> None:
    table = Table(box=None, pad_edge=False)
    for heading in HEADINGS:
        table.add_column(heading, overflow="fold")
    for row in _rows(found):
        table.add_row(*row)
    console().print(table)


def _print_csv(found: Sequence[PossibleDouble]) -> None:
    writer = csv.writer(sys.stdout)
    writer.writerow(HEADINGS)
    writer.writerows(_rows(found))
