"""``leadkeeper reconcile``: compare what we accepted with the CRM, now and by hand."""

import sys
from collections.abc import Sequence

import click
from rich.table import Table

from chalicelib import bootstrap
from chalicelib.bootstrap import Application
from chalicelib.checks.reconciliation import ReconciliationCheck
from chalicelib.errors import LeadkeeperError
from chalicelib.events import Difference
from chalicelib.reconciliation.memory import Outcome, Progress
from chalicelib.reconciliation.wording import in_order, in_words, summary
from standalone.journal_view import console

MOST_DAYS = 30
SHORT_ID = 12


@click.command("reconcile")
@click.option(
    "--days", type=click.IntRange(1, MOST_DAYS), help="How far back; else as the shop file says, 3 days."
)
@click.option("--dry-run", is_flag=True, help="Put nothing right.")
@click.option("--sure", is_flag=True, help="However much is gone: it is the right CRM, shop and key.")
@click.option("--last", "show_last", is_flag=True, help="Show how the last night's ended; ask nobody.")
def reconcile_command(*, days: int | None, dry_run: bool, sure: bool, show_last: bool) -> None:
    """Compare what we accepted with the CRM, and put right what is lost, once the check is accepted."""
    application = bootstrap.application()
    check = _check(application)
    if show_last:
        _print_last(check.last(), application)
        return
    now = application.clock()
    try:
        result = _compared(check, application, days, is_sure=sure)
    except LeadkeeperError as error:
        click.echo(f"leadkeeper: the CRM could not be asked: {error}", err=True)
        sys.exit(1)
    differences = check.judged(result, is_sure=sure)
    _print(differences, len(differences), application)
    click.echo(summary(result, differences, bootstrap.texts_of(application.shop)))
    if not dry_run:
        repaired = check.repair(differences, now)
        click.echo(f"{repaired} are being put right")
    if check.must_accept and any(each.fate == "waits" for each in differences):
        click.echo("To put right what is lost: leadkeeper checks accept reconciliation")


def _check(application: Application) -> ReconciliationCheck:
    for check in application.checks.checks.values():
        if isinstance(check, ReconciliationCheck):
            return check
    raise click.UsageError('it is switched off: [reconciliation] at = "never"')


def _compared(
    check: ReconciliationCheck, application: Application, days: int | None, *, is_sure: bool
) -> Progress:
    """Step by step, with a line that says how far it is."""
    steps = check.progress(application.clock(), days, is_sure=is_sure)
    came = next(steps)
    with console().status("comparing") as status:
        for came in steps:
            looked = came.looked
            status.update(f"{looked.entries} events, {looked.orders} orders, {len(came.differences)} differ")
    return came


def _print_last(last: Outcome | None, application: Application) -> None:
    if last is None:
        click.echo("Nothing was compared yet")
        return
    at = last.at.astimezone(application.shop.shop.timezone)
    _print(last.differences, last.total, application)
    click.echo(f"As of {at:%d.%m. %H:%M}, {last.days} days back: {last.total} differences")


def _print(differences: Sequence[Difference], total: int, application: Application) -> None:
    if not differences:
        return
    zone = application.shop.shop.timezone
    texts = bootstrap.texts_of(application.shop)
    table = Table(box=None, pad_edge=False)
    for heading in ("when", "what", "entry"):
        table.add_column(heading, overflow="fold")
    for each in in_order(differences):
        at = each.at.astimezone(zone)
        table.add_row(f"{at:%d.%m. %H:%M}", in_words(each, texts), each.entry_id[:SHORT_ID])
    console().print(table)
    if total > len(differences):
        click.echo(f"... and {total - len(differences)} more")
