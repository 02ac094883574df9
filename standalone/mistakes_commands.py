"""``leadkeeper mistakes``: who broke which rule, and what the rules would find."""

import csv
import sys
from collections import defaultdict
from collections.abc import Sequence
from typing import NoReturn

import click
from rich.table import Table
from rich.text import Text

from chalicelib import bootstrap
from chalicelib.bootstrap import Application
from chalicelib.crm.port import User
from chalicelib.errors import ConfigurationError, LeadkeeperError
from chalicelib.mistakes.report import PROGRAMS, mistakes_of, names_of, table
from chalicelib.mistakes.steps import on_mistake
from chalicelib.mistakes.trying import Find, last_orders, tried
from chalicelib.scenario.settings import Scenario
from standalone.journal_view import console

MOST_EXAMPLES = 5


@click.group()
def mistakes() -> None:
    """What orders lack: who left it out, and what the rules of scenario.toml would find."""


@mistakes.command()
@click.option(
    "--days", type=click.IntRange(1, 400), default=30, show_default=True, help="So many days until today."
)
@click.option("--csv", "as_csv", is_flag=True, help="For a spreadsheet.")
def report(*, days: int, as_csv: bool) -> None:
    """Say who broke which rule how often."""
    application = bootstrap.application()
    today = application.clock().astimezone(application.shop.shop.timezone).date()
    made = mistakes_of(application.engine.documents, today, days)
    rows = [(mistake.user_id, rule) for mistake in made for rule in mistake.rules]
    _print(table(rows, names_of(_users(application)), PROGRAMS), as_csv=as_csv)


@mistakes.command("try")
@click.option(
    "--last",
    type=click.IntRange(1, 50_000),
    default=500,
    show_default=True,
    help="So many orders, the newest ones, finished ones too.",
)
def try_rules(*, last: int) -> None:
    """Say what the rules would find in the CRM now. Writes nothing."""
    application = bootstrap.application()
    scenario = _scenario(application)
    try:
        orders = last_orders(application.crm, application.clock(), last, _progress)
    except LeadkeeperError as error:
        _fail(error)
    click.echo(err=True)
    found = list(tried(orders, scenario))
    unknown = [order.number for order in orders if order.status not in scenario.statuses]
    click.echo(f"{len(orders)} orders, {len({find.order_number for find in found})} of them with mistakes")
    if unknown:
        click.echo(f"{len(unknown)} in statuses that scenario.toml does not know: {_examples(unknown)}")
    if found:
        _print_by_status(found, scenario)
        rows = [(find.manager_id, find.rule) for find in found]
        _print(table(rows, names_of(_users(application)), "no manager"), as_csv=False)


def _scenario(application: Application) -> Scenario:
    if application.shop.scenario is None:
        raise ConfigurationError(
            "scenario.toml", "there is none beside the shop file", "Write one: see docs/mistakes.md"
        )
    return application.shop.scenario


def _users(application: Application) -> Sequence[User]:
    try:
        return application.crm.users()
    except LeadkeeperError as error:
        _fail(error)


def _fail(error: LeadkeeperError) -> NoReturn:
    click.echo(f"leadkeeper: {error}", err=True)
    sys.exit(1)


def _progress(count: int) -> None:
    click.echo(f"\r{count} orders read", err=True, nl=False)


def _print(rows: Sequence[Sequence[str]], *, as_csv: bool) -> None:
    if as_csv:
        csv.writer(sys.stdout).writerows(rows)
        return
    if not rows:
        click.echo("no mistakes")
        return
    heading, *body = rows
    shown = Table(box=None, pad_edge=False)
    for number, title in enumerate(heading):
        shown.add_column(title, justify="right" if number else "left")
    for row in body:
        shown.add_row(*map(Text, row))
    console().print(shown)


def _print_by_status(found: Sequence[Find], scenario: Scenario) -> None:
    by_status = defaultdict[tuple[str, str], list[str]](list)
    for find in found:
        by_status[find.status, find.rule].append(find.order_number)
    shown = Table(box=None, pad_edge=False)
    for title in ("status", "rule", "leads to", "orders", "such as"):
        shown.add_column(title, justify="right" if title == "orders" else "left", overflow="fold")
    for (status, rule), numbers in sorted(by_status.items(), key=lambda each: -len(each[1])):
        name = scenario.name_of(status)
        leads_to = on_mistake(status, scenario)
        shown.add_row(Text(name), rule, leads_to, str(len(numbers)), Text(_examples(numbers)))
    console().print(shown)


def _examples(numbers: Sequence[str]) -> str:
    more = ", …" if len(numbers) > MOST_EXAMPLES else ""
    return ", ".join(numbers[:MOST_EXAMPLES]) + more
