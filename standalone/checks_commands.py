"""``leadkeeper checks`` and ``leadkeeper incidents``."""

import sys
from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

import click
from rich.table import Table

from chalicelib import bootstrap
from chalicelib.alerts.incidents import Incident
from chalicelib.checks.running import CheckRunner, Report
from chalicelib.clock import system_clock
from chalicelib.errors import LeadkeeperError
from standalone.journal_view import console

MOST_LINES = 20


@click.group()
def checks() -> None:
    """Scheduled checks: list them, run one now, let one act on what it finds."""


@checks.command("list")
def list_checks() -> None:
    """Say which checks there are."""
    for check in _runner().checks.values():
        click.echo(f"{check.name}, every {check.every}")


@checks.command("run")
@click.argument("name")
@click.option("--dry-run", is_flag=True, help="Only say what it would do, and why.")
def run_check(name: str, *, dry_run: bool) -> None:
    """Run one check now."""
    runner = _runner()
    _require(runner, name)
    try:
        report = runner.run(name, dry_run=dry_run)
    except LeadkeeperError as error:
        click.echo(f"leadkeeper: {name} could not look: {error}", err=True)
        sys.exit(1)
    _print(name, report, dry_run=dry_run)


@checks.command("accept")
@click.argument("name")
def accept_check(name: str) -> None:
    """Let a check act on what it finds, after a look at its first report."""
    runner = _runner()
    _require(runner, name)
    runner.accept(name)
    click.echo(f"{name}: from its next run on it acts")


def _runner() -> CheckRunner:
    return bootstrap.application().checks


def _require(runner: CheckRunner, name: str) -> None:
    if name not in runner.checks:
        known = ", ".join(runner.checks) or "none"
        raise click.UsageError(f"there is no check {name}; there are: {known}")


def _print(name: str, report: Report, *, dry_run: bool) -> None:
    if report.seen:
        click.echo("\n".join(report.seen))
        if report.is_baseline:
            click.echo(f"Nothing is done about it until: leadkeeper checks accept {name}")
        return
    shown, count = (
        (report.first, report.found) if report.is_baseline else (report.emitted, len(report.emitted))
    )
    for finding in shown[:MOST_LINES]:
        click.echo(finding.line)
    if count > MOST_LINES:
        click.echo(f"... and {count - MOST_LINES} more")
    if report.is_baseline:
        until = f"leadkeeper checks accept {name}"
        click.echo(f"{name}: found {report.found}. Nothing is done about them until: {until}")
        return
    verb = "would be acted on" if dry_run else "are acted on"
    known = report.found - len(report.emitted) - report.held_back
    click.echo(
        f"{name}: found {report.found}: {len(report.emitted)} {verb}, {known} were before,"
        f" {report.held_back} wait for the next runs"
    )


@click.group(invoke_without_command=True)
@click.pass_context
def incidents(context: click.Context) -> None:
    """Trouble that lasts: list it, or say that you take care."""
    if context.invoked_subcommand is None:
        application = bootstrap.application()
        _print_incidents(application.incidents.open(), system_clock(), application.shop.shop.timezone)


@incidents.command("acknowledge")
@click.argument("key")
@click.option("--by", required=True, help="Who takes care.")
def acknowledge(key: str, by: str) -> None:
    """Say that somebody takes care: no more reminders until it is over."""
    if bootstrap.application().incidents.acknowledge(key, by) is None:
        click.echo(f"leadkeeper: there is no incident {key} that lasts", err=True)
        sys.exit(1)
    click.echo(f"{key}: {by} takes care")


def _print_incidents(found: Sequence[Incident], now: datetime, zone: ZoneInfo) -> None:
    if not found:
        click.echo("all is well")
        return
    table = Table(box=None, pad_edge=False)
    for heading in ("key", "what", "since", "lasts", "state", "cause"):
        table.add_column(heading, overflow="fold")
    for incident in found:
        state = "comes and goes" if incident.is_flapping else incident.acknowledged_by or "nobody takes care"
        table.add_row(
            incident.key,
            incident.subject,
            f"{incident.began_at.astimezone(zone):%d.%m. %H:%M}",
            str(now - incident.began_at).split(".", maxsplit=1)[0],
            state,
            incident.cause,
        )
    console().print(table)
