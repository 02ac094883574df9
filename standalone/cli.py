"""The command ``leadkeeper``."""

import logging
import sys
from contextlib import closing
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import click
from dotenv import load_dotenv

from chalicelib import __version__, bootstrap, logs, shopfile
from chalicelib.clock import system_clock
from chalicelib.entry import Status
from chalicelib.errors import ConfigurationError
from chalicelib.messengers.wiring import silent_messengers
from chalicelib.validation import validate
from standalone import journal_view, replaying
from standalone.alerts_commands import alerts
from standalone.backup_commands import backup_command, restore_command
from standalone.checks_commands import checks, incidents
from standalone.clients_commands import clients
from standalone.crm_commands import crm
from standalone.data import engine, only
from standalone.messenger_commands import messengers
from standalone.mistakes_commands import mistakes
from standalone.people_commands import people_command
from standalone.production_commands import production
from standalone.reconcile_command import reconcile_command
from standalone.scenario_commands import scenario
from standalone.secrets_command import secrets
from standalone.sms_commands import sms
from standalone.sms_view import print_prices
from standalone.sources_commands import sources
from standalone.subscriptions_commands import subscriptions
from standalone.telephony_commands import telephony
from standalone.why import why_command

LISTED = [status.value for status in Status if status is not Status.EXPIRED]


class Group(click.Group):
    """A configuration error is a sentence, not a stack trace."""

    def invoke(self, ctx: click.Context) -> object:
        """Run a command."""
        try:
            return super().invoke(ctx)
        except ConfigurationError as error:
            click.echo(f"leadkeeper: {error}", err=True)
            sys.exit(2)


@click.group(cls=Group)
@click.version_option(__version__)
def main() -> None:
    """Every call, lead and parcel becomes exactly one right action in the CRM."""
    load_dotenv(Path(".env"))
    logs.configure(logging.WARNING)


main.add_command(secrets)
main.add_command(checks)
main.add_command(incidents)
main.add_command(subscriptions)
main.add_command(sources)
main.add_command(telephony)
main.add_command(clients)
main.add_command(people_command)
main.add_command(crm)
main.add_command(messengers)
main.add_command(mistakes)
main.add_command(why_command)
main.add_command(reconcile_command)
main.add_command(alerts)
main.add_command(sms)
main.add_command(scenario)
main.add_command(production)
main.add_command(backup_command)
main.add_command(restore_command)


@main.command()
def serve() -> None:
    """Receive webhooks and work, until Ctrl-C."""
    from standalone.serve import Standalone  # noqa: PLC0415 -- the other commands need no HTTP server

    logs.configure(logging.INFO)
    standalone = Standalone()
    host, port = standalone.address
    click.echo(f"Leadkeeper {__version__} listens on http://{host}:{port}", err=True)
    standalone.run()


@main.command()
def check() -> None:
    """Check the shop file and the texts; name the key and the fix."""
    file = shopfile.load()
    shop = validate(file)
    texts = bootstrap.texts_of(shop)
    if journal_view.print_texts(texts) or not print_prices(texts, shop.messages):
        sys.exit(1)
    for name in silent_messengers(shop.sources):
        click.echo(f"sources.{name} has no token to reply with: its clients are asked for nothing")
    click.echo(
        f"{file.path.name} is right: {len(shop.sources)} sources, {len(shop.people)} people,"
        f" mode {shop.shop.mode}, CRM {shop.crm.url}"
    )


@main.command()
@click.argument("entry_id", required=False)
@click.option("--parked", is_flag=True, help="Only what could not be brought to its end.")
@click.option("--quarantined", is_flag=True, help="Only what could not be read.")
@click.option("--status", type=click.Choice(LISTED), help="Only this status.")
@click.option("--source", default="", help="Only this source.")
@click.option(
    "--limit",
    type=click.IntRange(min=1),
    default=50,
    show_default=True,
    help="At most so many, newest first.",
)
@click.option("--json", "as_json", is_flag=True, help="JSON instead of a table.")
def journal(
    *,
    entry_id: str | None,
    parked: bool,
    quarantined: bool,
    status: str | None,
    source: str,
    limit: int,
    as_json: bool,
) -> None:
    """List the newest entries, or show one with its content, plan and results."""
    chosen = {Status(status)} if status else set()
    chosen |= {Status.PARKED} if parked else set()
    chosen |= {Status.QUARANTINED} if quarantined else set()
    with closing(engine()) as opened:
        store, zone = opened.journal, _zone()
        if entry_id:
            journal_view.print_entry(store, only(store.find(entry_id), entry_id), zone, as_json=as_json)
        else:
            found = store.latest(sorted(chosen), source, limit)
            journal_view.print_entries(found, zone, as_json=as_json)


@main.command()
@click.argument("entry_ids", nargs=-1)
@click.option("--reason", help="All that are parked or quarantined for this reason, oldest first.")
def replay(entry_ids: tuple[str, ...], reason: str | None) -> None:
    """Try parked, quarantined or observed entries again. What was done is not done twice."""
    if not entry_ids and not reason:
        raise click.UsageError("name entries, or a reason with --reason")
    with closing(engine()) as opened:
        entries = [only(opened.journal.find(entry_id), entry_id) for entry_id in entry_ids]
        entries += replaying.set_aside(opened, reason) if reason else []
        problems = 0
        for entry in entries:
            problem = replaying.replay(opened, entry, system_clock())
            problems += bool(problem)
            click.echo(f"{entry.id[:12]}: {problem or 'will be tried again'}", err=bool(problem))
        if reason:
            click.echo(f"{len(entries) - problems} of {len(entries)} will be tried again")
    sys.exit(1 if problems else 0)


def _zone() -> ZoneInfo:
    """The shop's zone, if its file tells one."""
    try:
        return ZoneInfo(str(shopfile.load().content["shop"]["timezone"]))
    except (ConfigurationError, KeyError, ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("UTC")


if __name__ == "__main__":
    main()
